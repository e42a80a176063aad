package measures

import (
	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// ResultDoc is how one question was answered in one place, or all over the world. Where the numbers of the place are hidden, Suppressed says so, and Base and what
// follows are absent: hidden is not missing.
type ResultDoc struct {
	Head
	QuestionHead
	Place       domain.Place               `json:"place"`
	Dialogues   int                        `json:"dialogues"`
	Suppressed  bool                       `json:"suppressed"`
	Base        *int                       `json:"base,omitempty"`        // valid answers: what shares are shares of
	NonResponse map[domain.NonResponse]int `json:"nonResponse,omitempty"` // people who gave no valid answer, by reason
	Tables      *int                       `json:"tables,omitempty"`      // at which the valid answers were given
	Options     []OptionResult             `json:"options,omitempty"`     // in the order of the question; of a scale its points
	Scale       *ScaleResult               `json:"scale,omitempty"`       // of a likert scale: mean, deviation and median of its points
}

// OptionResult is one option. People who choose several count under each, so that shares of a multiple choice may add up to more than 1.
type OptionResult struct {
	Option   string       `json:"option"`
	Label    domain.LText `json:"label,omitempty"`
	Count    int          `json:"count"`
	Share    Number       `json:"share"`
	Interval *Interval    `json:"interval,omitempty"` // Wilson, as if people had been drawn one by one
	Robust   *Robust      `json:"robust,omitempty"`   // where people sat at five tables or more
}

// leastTables is from how many tables on it is told how alike people at one table are. Of two or three tables it tells what was said at each, and with that of few people how they moved; and a
// variance between so few says little (Cameron and Miller, "A practitioner's guide to cluster-robust inference", Journal of Human Resources 50, 2015, VI).
const leastTables = 5

// Robust is an interval that allows for people at one table being alike.
type Robust struct {
	ICC           Number   `json:"icc"`
	DesignEffect  Number   `json:"designEffect"`
	EffectiveBase Number   `json:"effectiveBase"`
	Interval      Interval `json:"interval"` // Wilson on the effective base
}

// ScaleResult sums up the points of a scale.
type ScaleResult struct {
	Mean       Number `json:"mean"`
	SD         Number `json:"sd"` // standard deviation of the answers, by n-1; at least 0
	Median     Number `json:"median"`
	Favourable Number `json:"favourable"` // share of the two points at the favourable end, 0 to 1, by the question's polarity
}

// Result has a document for every question, wherever it was answered.
var Result = of(View{Name: "result", Version: Version, Public: true,
	About: "how one question was answered: base, non-response, shares with intervals; key: edition/question@version/session/wave/sampleType/place, place may be world"},
	func(in *Inputs) []string {
		return askedKeys(in, func(Asked, *domain.Question) bool { return true }, everywhere)
	},
	func(in *Inputs, key string, d *ResultDoc) error {
		a, rest, err := parseAsked(key, 1)
		if err != nil {
			return err
		}
		pool, q, err := in.asked(a, &d.Head, &d.QuestionHead)
		if err != nil {
			return err
		}
		d.Place = domain.Place(rest[0])
		sheets := pool.of(d.Place)
		if len(sheets) == 0 {
			return ErrNoDocument
		}
		d.Dialogues = len(sheets)
		hidden := in.hidden(a, pool, q, &d.Head)
		if d.Suppressed = hidden[d.Place]; d.Suppressed {
			return nil
		}
		c := count(q, sheets)
		seated := c
		if d.Place == World && len(hidden) > 0 {
			seated = count(q, pool.shown(hidden))
			d.warn(WarnHiddenTables, "how alike people at one table are is known from the tables of the places that are shown")
		}
		d.Base, d.NonResponse = &c.valid, c.nonResponse
		if q.Unit == domain.Individual && len(c.tables) > 0 {
			n := len(c.tables)
			d.Tables = &n
		}
		if n := len(seated.tables); d.Tables != nil && n > 1 && n < leastTables {
			d.warn(WarnFewTables, "intervals do not allow for people at one table being alike: %d tables are too few to tell of", n)
		}
		for i, o := range cellsOf(q) {
			d.Options = append(d.Options, c.option(i, o, seated, &d.Head))
		}
		if q.Kind == domain.Likert {
			d.Scale = c.scale(q)
		}
		return nil
	})

// option is the result of one cell. at has the tables by which intervals allow for people being alike: all of them, or of the world those of the places that are shown. Of all it would
// tell how few people of hidden places sat together.
func (c *counts) option(i int, o cell, at *counts, h *Head) OptionResult {
	r := OptionResult{Option: o.name, Label: o.label, Count: c.cells[i], Share: None}
	if c.valid == 0 {
		return r
	}
	p, err := stats.Wilson(c.cells[i], c.valid, stats.Z95)
	if err != nil {
		h.fail("interval of "+o.name, err)
		return r
	}
	h.by(stats.AlgorithmWilson)
	r.Share, r.Interval = Number(p.Share), interval(p.Interval)
	seated := 0
	tables := make([]stats.Table, len(at.tables))
	for t, of := range at.tables {
		tables[t] = stats.Table{Count: of.cells[i], Base: of.valid}
		seated += of.valid
	}
	if len(tables) < leastTables || seated < at.valid || seated == len(tables) {
		return r // few tables, or somebody sat at none, or everybody alone
	}
	cluster, err := stats.TableRobust(tables, stats.Z95)
	if err != nil {
		h.fail("interval of "+o.name+" by table", err)
		return r
	}
	h.by(stats.AlgorithmTableRobust)
	if at != c {
		cluster.EffectiveBase = float64(c.valid) / cluster.DesignEffect
		if cluster.Interval, err = stats.WilsonEffective(p.Share, cluster.EffectiveBase, stats.Z95); err != nil {
			h.fail("interval of "+o.name+" by table", err)
			return r
		}
	}
	r.Robust = &Robust{optional(cluster.ICC), Number(cluster.DesignEffect), Number(cluster.EffectiveBase), *interval(cluster.Interval)}
	return r
}
