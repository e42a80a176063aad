// Package report puts the figures of a lottery together for the people who asked for it and those who were in it: what was aimed at, who was there, who was
// drawn, and what everybody's chance was. It is pure; pages and files are made of it elsewhere.
package report

import (
	"fmt"
	"strconv"

	"daybook.internal/sortition/advice"
	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/tables"
)

// A Share is a part of a whole.
type Share struct{ Part, Whole int }

// String is a share in percent with one decimal, rounded half up in whole numbers: 2 of 3 is 66.7.
func (s Share) String() string {
	if s.Whole <= 0 {
		return ""
	}
	tenths := (2000*int64(s.Part) + int64(s.Whole)) / (2 * int64(s.Whole))
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

// MarshalJSON writes a share as a number of percent, null where there is no whole.
func (s Share) MarshalJSON() ([]byte, error) {
	if s.Whole <= 0 {
		return []byte("null"), nil
	}
	return []byte(s.String()), nil
}

// A Report of a lottery.
type Report struct {
	Test       bool       `json:"test"` // a test run: drawn without public randomness
	Size       int        `json:"size"`
	People     int        `json:"people"`
	Types      int        `json:"types"`
	Panels     int        `json:"panels"`
	Drawn      *int       `json:"drawn,omitempty"` // the number of the panel, from 0; absent before the draw
	Impossible []string   `json:"impossible"`      // who is on no panel that meets the quotas
	Fewest     int        `json:"minTickets"`      // of those who are on any
	Most       int        `json:"maxTickets"`
	Bound      string     `json:"bound"` // no lottery gives everybody a greater chance: a fraction, exactly
	Why        []string   `json:"why"`   // in sentences
	Categories []Category `json:"categories"`
	Before     Share      `json:"before"`  // everybody's chance if there were no quotas
	Chances    []Chance   `json:"chances"` // with the quotas, ascending
	Aimed      []Level    `json:"relaxed"` // the chances that the panels were to give, ascending
	Pairs      Pairs      `json:"pairs"`
	NearMisses []NearMiss `json:"nearMisses"`
}

// A Category and its values.
type Category struct {
	Name   string  `json:"name"`
	Values []Value `json:"values"`
}

// A Value of a category: what the quota aims at, who is in the pool, who was drawn, and what chances people with it have.
type Value struct {
	Name          string `json:"name"`
	Min           int    `json:"min"`
	Max           int    `json:"max"`
	TargetLeast   Share  `json:"targetLeast"`
	TargetMost    Share  `json:"targetMost"`
	Pool          int    `json:"pool"`
	PoolShare     Share  `json:"poolShare"`
	Selected      int    `json:"selected"`      // 0 before the draw
	SelectedShare Share  `json:"selectedShare"` // null before the draw
	Fewest        int    `json:"minTickets"`
	Mean          Share  `json:"meanChance"`
	Most          int    `json:"maxTickets"`
}

// A Chance is a number of tickets and the people who have so many.
type Chance struct {
	Tickets int   `json:"tickets"`
	Chance  Share `json:"chance"`
	People  int   `json:"people"`
}

// A Level is a chance that the panels were to give, and to how many people.
type Level struct {
	Probability float64 `json:"probability"`
	People      int     `json:"people"`
}

// Pairs are lottery.Pairs: how often two people are on one panel, in percent of how often they would be if they were drawn independently.
type Pairs struct {
	Count  int `json:"count"`
	Never  int `json:"never"`
	Median int `json:"median"`
	P99    int `json:"p99"`
	Most   int `json:"most"`
}

// A NearMiss is one seat in one quota that would raise the smallest chance.
type NearMiss struct {
	Change  string  `json:"change"`
	Minimum float64 `json:"minimum"`
	Gain    float64 `json:"gain"`
}

// New makes the report of a lottery over an instance; drawn is the number of the panel that was drawn, -1 before the draw, and near what advice.Explore found.
func New(in lottery.Instance, l *lottery.Lottery, drawn int, near []advice.WhatIf) (Report, error) {
	if len(l.Tickets) != len(in.People) || drawn >= len(l.Panels) {
		return Report{}, fmt.Errorf("%w: the lottery is of another instance", lottery.ErrCheck)
	}
	r := Report{
		Size: in.Size, People: len(in.People), Types: l.Orbits, Panels: len(l.Panels), Before: Share{in.Size, len(in.People)},
		Bound: l.Certificate.Bound.RatString(), Impossible: []string{}, NearMisses: []NearMiss{},
	}
	var err error
	if r.Why, err = l.Certificate.Sentences(in, l.Impossible); err != nil {
		return Report{}, err
	}
	for _, level := range l.Relaxed {
		r.Aimed = append(r.Aimed, Level(level))
	}
	p := l.Pairs()
	r.Pairs = Pairs{p.Count, p.Never, p.Median, p.P99, p.Most}
	r.Fewest, r.Most = l.Range()
	var members []int
	if drawn >= 0 {
		r.Drawn, members = &drawn, l.Panels[drawn]
	}
	for _, i := range l.Impossible {
		r.Impossible = append(r.Impossible, in.People[i].ID)
	}
	for _, w := range near {
		r.NearMisses = append(r.NearMisses, NearMiss{w.Change.String(), w.Minimum, w.Gain})
	}
	counts := make([]int, len(l.Panels)+1)
	for _, n := range l.Tickets {
		counts[n]++
	}
	for n, people := range counts {
		if people > 0 {
			r.Chances = append(r.Chances, Chance{n, Share{n, len(l.Panels)}, people})
		}
	}
	for c, name := range in.Categories() {
		r.Categories = append(r.Categories, category(in, l, c, name, members))
	}
	return r, nil
}

func category(in lottery.Instance, l *lottery.Lottery, c int, name string, members []int) Category {
	out := Category{Name: name}
	for _, q := range in.Quotas {
		if q.Category != name {
			continue
		}
		v := Value{Name: q.Value, Min: q.Min, Max: q.Max, TargetLeast: Share{q.Min, in.Size}, TargetMost: Share{q.Max, in.Size}}
		tickets := 0
		for i, p := range in.People {
			if p.Values[c] != q.Value {
				continue
			}
			n := l.Tickets[i]
			if v.Pool == 0 || n < v.Fewest {
				v.Fewest = n
			}
			v.Most = max(v.Most, n)
			tickets += n
			v.Pool++
		}
		for _, i := range members {
			if in.People[i].Values[c] == q.Value {
				v.Selected++
			}
		}
		v.PoolShare, v.SelectedShare, v.Mean = Share{v.Pool, len(in.People)}, Share{v.Selected, len(members)}, Share{tickets, v.Pool * len(l.Panels)}
		out.Values = append(out.Values, v)
	}
	return out
}

// marked puts a column in front of the tables of a test run.
func (r Report) marked(t tables.Table) tables.Table {
	if r.Test {
		return t.With("TEST RUN", "not a draw")
	}
	return t
}

// Shares is a table of the categories: a row for each value.
func (r Report) Shares() tables.Table {
	t := tables.Table{Header: []string{"category", "value", "min", "max", "target least %", "target most %", "pool", "pool %", "selected", "selected %", "min tickets", "mean chance %", "max tickets"}}
	for _, c := range r.Categories {
		for _, v := range c.Values {
			selected := ""
			if r.Drawn != nil {
				selected = strconv.Itoa(v.Selected)
			}
			t.Rows = append(t.Rows, []string{
				c.Name, v.Name, strconv.Itoa(v.Min), strconv.Itoa(v.Max), v.TargetLeast.String(), v.TargetMost.String(), strconv.Itoa(v.Pool), v.PoolShare.String(),
				selected, v.SelectedShare.String(), strconv.Itoa(v.Fewest), v.Mean.String(), strconv.Itoa(v.Most),
			})
		}
	}
	return r.marked(t)
}

// Distribution is a table of the chances: how many people have each, beside the chance of all of them without quotas.
func (r Report) Distribution() tables.Table {
	t := tables.Table{Header: []string{"tickets", "of", "chance %", "chance without quotas %", "people"}}
	for _, c := range r.Chances {
		t.Rows = append(t.Rows, []string{strconv.Itoa(c.Tickets), strconv.Itoa(r.Panels), c.Chance.String(), r.Before.String(), strconv.Itoa(c.People)})
	}
	return r.marked(t)
}

// Figures is a table of everything else.
func (r Report) Figures() tables.Table {
	t := tables.Table{Header: []string{"figure", "value"}}
	add := func(name string, value any) { t.Rows = append(t.Rows, []string{name, fmt.Sprint(value)}) }
	add("seats", r.Size)
	add("people", r.People)
	add("types", r.Types)
	add("panels", r.Panels)
	if r.Drawn != nil {
		add("drawn panel", *r.Drawn)
	}
	add("people on no panel", len(r.Impossible))
	add("fewest tickets", r.Fewest)
	add("most tickets", r.Most)
	add("bound on the smallest chance", r.Bound)
	add("pairs expected five times or more", r.Pairs.Count)
	add("pairs of them never together", r.Pairs.Never)
	add("together, % of independent, median", r.Pairs.Median)
	add("together, % of independent, 99 in 100 at most", r.Pairs.P99)
	add("together, % of independent, most", r.Pairs.Most)
	for _, n := range r.NearMisses {
		add("near miss: "+n.Change, fmt.Sprintf("smallest chance %.4f, %.4f more", n.Minimum, n.Gain))
	}
	return r.marked(t)
}

// Tickets is a table of everybody's chance, in the order of the people.
func Tickets(in lottery.Instance, l *lottery.Lottery) tables.Table {
	t := tables.Table{Header: []string{"id", "tickets", "of", "chance %"}}
	for i, p := range in.People {
		t.Rows = append(t.Rows, []string{p.ID, strconv.Itoa(l.Tickets[i]), strconv.Itoa(len(l.Panels)), Share{l.Tickets[i], len(l.Panels)}.String()})
	}
	return t
}
