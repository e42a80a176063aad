package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
	"daybook.internal/projections/stats/disclosure"
)

// CrosstabDoc is one question by the strata of one dimension of the profile, over all countries. Where a stratum is hidden, Suppressed says so; Suppressed of the document
// says that all are, with Base.
type CrosstabDoc struct {
	Head
	QuestionHead
	Dimension  string         `json:"dimension"`
	Asks       string         `json:"asks"` // the question that asks for the dimension
	Place      domain.Place   `json:"place"`
	Suppressed bool           `json:"suppressed"`
	Base       *int           `json:"base,omitempty"` // valid answers
	Strata     []StratumCross `json:"strata"`         // in the order of the quota plans; last those whose stratum is not known
	Tested     int            `json:"tested"`         // cells with a p-value
	Flagged    int            `json:"flagged"`        // of them, those that differ from the rest
}

// StratumCross is the people of one stratum.
type StratumCross struct {
	Stratum    string      `json:"stratum"` // empty: the one of everybody whose stratum is not known
	Label      string      `json:"label"`
	Suppressed bool        `json:"suppressed"`
	Base       *int        `json:"base,omitempty"`
	Options    []CrossCell `json:"options,omitempty"`
}

// CrossCell is one option among the people of a stratum, beside everybody else who answered.
type CrossCell struct {
	Option     string    `json:"option"`
	Count      int       `json:"count"`
	Share      Number    `json:"share"`
	Interval   *Interval `json:"interval,omitempty"`           // interval of the share: Wilson, 95 in 100
	Difference *Number   `json:"difference,omitempty"`         // share less that of everybody else
	Newcombe   *Interval `json:"differenceInterval,omitempty"` // interval of the difference: Newcombe, 95 in 100
	PValue     *Number   `json:"pValue,omitempty"`             // of two proportions; absent where all or none chose the option
	Adjusted   *Number   `json:"adjusted,omitempty"`           // Benjamini and Hochberg, over all cells of the document
	Flag       bool      `json:"flag"`                         // whether the adjusted p-value is at most 0.05

	p float64
}

// Crosstab has a document for every question with options or a scale and every dimension, over all countries of a sample type. Countries have none of their own: most of their strata
// are too small, and what few are not would have to be hidden for the others. Nor have the questions of the profile, whose strata these are. There is no table by stratum and table.
//
// Strata are hidden so that, with the results of places and the crosstabs of other dimensions, no count of a hidden stratum, of a hidden place, or of a small stratum of a place follows: see
// disclosure.ProtectStrata.
var Crosstab = of(View{Name: "crosstab", Version: Version, Public: true,
	About: "one question by the strata of a dimension: shares, differences from the rest; key: edition/question@version/session/wave/sampleType/dimension/world"},
	func(in *Inputs) []string {
		return askedKeys(in, hasCrosstab, func(a Asked, p *Pool) []string {
			plan := in.crossPlan(a)
			if plan == nil {
				return nil
			}
			names := in.crossable(p, plan)
			for i := range names {
				names[i] += "/" + string(World)
			}
			return names
		})
	},
	func(in *Inputs, key string, d *CrosstabDoc) error {
		a, rest, err := parseAsked(key, 2)
		if err != nil {
			return err
		}
		pool, q, err := in.asked(a, &d.Head, &d.QuestionHead)
		if err != nil {
			return err
		}
		plan := in.crossPlan(a)
		if plan == nil || !hasCrosstab(a, q) || domain.Place(rest[1]) != World || !slices.Contains(in.crossable(pool, plan), rest[0]) {
			return ErrNoDocument
		}
		d.Dimension, d.Place, d.Asks, d.Strata = rest[0], World, string(plan.Profile[rest[0]]), []StratumCross{}
		x, err := in.crossing(a, pool, q, plan, &d.Head)
		if err != nil {
			d.fail("disclosure", err) // and nothing is shown
			d.Suppressed = true
			return nil
		}
		i := slices.IndexFunc(x.dimensions, func(c crossed) bool { return c.name == d.Dimension })
		d.fill(&x.dimensions[i], q, in.hidden(a, pool, q, &d.Head)[World])
		return nil
	})

// hasCrosstab tells whether a question has crosstabs.
func hasCrosstab(a Asked, q *domain.Question) bool {
	return q.Unit == domain.Individual && len(cellsOf(q)) > 0 && a.Wave != domain.ProfileWave
}

// crossPlan is the plan that names the questions of the profile; nil where there is none.
func (in *Inputs) crossPlan(a Asked) *domain.MeasurePlan {
	if p := in.edition(a.Edition).protocol; p != nil {
		return p.Measures
	}
	return nil
}

// fill counts the strata that are shown.
func (d *CrosstabDoc) fill(x *crossed, q *domain.Question, all bool) {
	d.by(disclosure.Algorithm + "/" + disclosure.Version)
	d.Suppressed = all || x.hidden.All
	strata := append(slices.Clone(x.strata), domain.Stratum{Label: "not known"})
	sums, bases, world := make([][]int, len(strata)), make([]int, len(strata)), make([]int, len(cellsOf(q)))
	base := 0
	for s := range strata {
		sums[s] = make([]int, len(world))
		for p, of := range x.table.Cells {
			for j, n := range of[s] {
				sums[s][j] += n
				world[j] += n
				if x.table.People == nil {
					bases[s] += n
				}
			}
			if x.table.People != nil {
				bases[s] += x.table.People[p][s]
			}
		}
		base += bases[s]
	}
	if !d.Suppressed {
		d.Base = &base
	}
	for s, stratum := range strata {
		of := StratumCross{Stratum: stratum.ID, Label: stratum.Label, Suppressed: d.Suppressed || x.hidden.Hides(s)}
		if of.Suppressed {
			d.warn(WarnSuppressed, "strata are hidden whose base is small, or which would tell those of such groups")
		} else {
			of.Base = &bases[s]
			for j, c := range cellsOf(q) {
				of.Options = append(of.Options, d.cell(c.name, sums[s][j], bases[s], world[j]-sums[s][j], base-bases[s]))
			}
		}
		d.Strata = append(d.Strata, of)
	}
	d.flag()
}

// cell compares the people of a stratum with everybody else.
func (d *CrosstabDoc) cell(option string, count, base, others, rest int) CrossCell {
	c := CrossCell{Option: option, Count: count, Share: None}
	if base == 0 {
		return c
	}
	share, err := stats.Wilson(count, base, stats.Z95)
	if err != nil {
		d.fail("interval of "+option, err)
		return c
	}
	d.Head.by(stats.AlgorithmWilson)
	c.Share, c.Interval = Number(share.Share), interval(share.Interval)
	if rest == 0 {
		return c
	}
	difference, err := stats.Newcombe(count, base, others, rest, stats.Z95)
	if err != nil {
		d.fail("difference of "+option, err)
		return c
	}
	apart := Number(difference.Difference)
	d.by(stats.AlgorithmNewcombe)
	c.Difference, c.Newcombe = &apart, interval(difference.Interval)
	test, err := stats.TwoProportions(count, base, others, rest)
	switch stats.NameOf(err) {
	case "":
		p := Number(test.P)
		d.by(stats.AlgorithmTwoProportions)
		c.PValue, c.p = &p, test.P
	case stats.ErrNoVariation: // nobody chose it, or everybody
	default:
		d.fail("difference of "+option, err)
	}
	return c
}

// flag adjusts the p-values of all cells, and flags those that stay small.
func (d *CrosstabDoc) flag() {
	var tested []*CrossCell
	var p []float64
	for s := range d.Strata {
		for j := range d.Strata[s].Options {
			if c := &d.Strata[s].Options[j]; c.PValue != nil {
				tested, p = append(tested, c), append(p, c.p)
			}
		}
	}
	adjusted, err := stats.BenjaminiHochberg(p)
	if err != nil {
		d.fail("adjusted p-values", err)
		return
	}
	d.by(stats.AlgorithmBenjamini)
	d.with("falseDiscoveries", falseDiscoveries)
	d.Tested = len(tested)
	for i, c := range tested {
		a := Number(adjusted[i])
		if c.Adjusted, c.Flag = &a, adjusted[i] <= falseDiscoveries; c.Flag {
			d.Flagged++
		}
	}
}
