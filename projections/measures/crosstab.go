package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
	"daybook.internal/projections/stats/disclosure"
)

// CrosstabDoc is one question by the strata of one dimension of the profile, in one place or over all. Where a stratum is hidden, Suppressed says so; Suppressed of the document
// says that all are, with Base.
type CrosstabDoc struct {
	Head
	QuestionHead
	Dimension  string         `json:"dimension"`
	Asks       string         `json:"asks"` // the question that asks for the dimension
	Place      domain.Place   `json:"place"`
	Suppressed bool           `json:"suppressed"`
	Base       *int           `json:"base,omitempty"` // people whose answers count; absent: hidden
	Places     []domain.Place `json:"places"`         // of the world: those that have a crosstab of their own. Those of the others are hidden
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
	Difference *Number   `json:"difference,omitempty"`         // share less that of everybody else, -1 to 1
	Newcombe   *Interval `json:"differenceInterval,omitempty"` // interval of the difference: Newcombe, 95 in 100
	PValue     *Number   `json:"pValue,omitempty"`             // p-value of two proportions, 0 to 1; absent where all or none chose the option
	Adjusted   *Number   `json:"adjusted,omitempty"`           // p-value, 0 to 1, adjusted by Benjamini and Hochberg over all cells of the document
	Flag       bool      `json:"flag"`                         // whether the adjusted p-value is at most 0.05

	p float64
}

// Crosstab has a document for every question with options or a scale and every dimension, over all countries of a sample type, and for each country of which it is safe. Most have none: where a stratum of a country is
// too small, or where it would tell of the others, nothing of the country is published by the dimension. A question that one country alone was asked has that of the world. Questions of the profile have none, whose strata
// these are. There is no table by stratum and table.
//
// Strata are hidden so that, with the results of places and the crosstabs of other dimensions, no count of a hidden stratum, of a hidden place, or of a small stratum of a place follows: see
// disclosure.ProtectStrata, and disclosure.PublishPlaces for the countries.
var Crosstab = of(View{Name: "crosstab", Version: Version, Public: true,
	About: "one question by the strata of a dimension: shares, differences from the rest; key: edition/question@version/session/wave/sampleType/dimension/place, or world"},
	func(in *Inputs) []string {
		return askedKeys(in, hasCrosstab, func(a Asked, p *Pool) (keys []string) {
			plan := in.crossPlan(a)
			if plan == nil {
				return nil
			}
			q := in.question(a.Question)
			if !in.hides(a, p, q)[World] {
				if x, err := in.crossing(a, p, q, plan); err == nil {
					for i, d := range x.dimensions {
						keys = append(keys, d.name+"/"+string(World))
						for _, place := range x.owns(i) {
							keys = append(keys, d.name+"/"+string(place))
						}
					}
					return keys
				}
			}
			for _, name := range in.crossable(p, plan) {
				keys = append(keys, name+"/"+string(World))
			}
			return keys
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
		if plan == nil || !hasCrosstab(a, q) {
			return ErrNoDocument
		}
		d.Dimension, d.Place, d.Asks, d.Strata, d.Places = rest[0], domain.Place(rest[1]), string(plan.Profile[rest[0]]), []StratumCross{}, []domain.Place{}
		hidden := in.hidden(a, pool, q, &d.Head)
		x, err := in.crossing(a, pool, q, plan)
		if err != nil && d.Place == World && slices.Contains(in.crossable(pool, plan), d.Dimension) {
			d.fail("disclosure", err) // and nothing is shown
			d.Suppressed = true
			return nil
		}
		if err != nil {
			return ErrNoDocument
		}
		i := slices.IndexFunc(x.dimensions, func(c crossed) bool { return c.name == d.Dimension })
		if i < 0 {
			return ErrNoDocument
		}
		owns := x.owns(i)
		of := &x.dimensions[i]
		if d.Place == World {
			if d.Places = owns; of.inhabited() > max(1, len(owns)) {
				d.warn(WarnSuppressed, "%d of %d places have no crosstab of their own: it is hidden", of.inhabited()-len(owns), of.inhabited())
			}
			d.Suppressed = hidden[World] || of.hidden.All
			d.fill(of, q, of.table.Cells, of.table.People, of.hidden.Hides)
			return nil
		}
		if !slices.Contains(owns, d.Place) {
			return ErrNoDocument
		}
		n := slices.Index(x.places, d.Place)
		var people [][]int
		if of.table.People != nil {
			people = of.table.People[n : n+1]
		}
		d.fill(of, q, of.table.Cells[n:n+1], people, func(s int) bool { return x.own[i].Kept[s] })
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

// fill counts the strata of some places that are shown. people is nil where everybody is in one cell.
func (d *CrosstabDoc) fill(x *crossed, q *domain.Question, places [][][]int, people [][]int, hides func(stratum int) bool) {
	d.by(disclosure.Algorithm + "/" + disclosure.Version)
	strata := append(slices.Clone(x.strata), domain.Stratum{Label: "not known"})
	sums, bases, all := make([][]int, len(strata)), make([]int, len(strata)), make([]int, len(cellsOf(q)))
	base := 0
	for s := range strata {
		sums[s] = make([]int, len(all))
		for p, of := range places {
			for j, n := range of[s] {
				sums[s][j] += n
				all[j] += n
				if people == nil {
					bases[s] += n
				}
			}
			if people != nil {
				bases[s] += people[p][s]
			}
		}
		base += bases[s]
	}
	if !d.Suppressed {
		d.Base = &base
	}
	for s, stratum := range strata {
		of := StratumCross{Stratum: stratum.ID, Label: stratum.Label, Suppressed: d.Suppressed || hides(s)}
		if of.Suppressed {
			d.warn(WarnSuppressed, "strata are hidden whose base is small, or which would tell those of such groups")
		} else {
			of.Base = &bases[s]
			for j, c := range cellsOf(q) {
				of.Options = append(of.Options, d.cell(c.name, sums[s][j], bases[s], all[j]-sums[s][j], base-bases[s]))
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
