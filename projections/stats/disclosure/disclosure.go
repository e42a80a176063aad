// Package disclosure hides small cells of published tables, and as many others as it takes that nobody can reckon them back.
//
// A table has one row for each segment (a stratum, a country) and one column for each answer. What is hidden is always a whole row. Everything else is published:
// the other rows, the totals, and perhaps how many people are in each segment. The rule it keeps: for each hidden cell there are other numbers, whole and not
// negative, that agree with everything published, and they reach as far as Rule.Range says. What the totals alone tell (nobody chose an option, or everybody) is
// no secret of a row, and is named in Implied.
//
// Which rows are hidden is published; why a row is hidden must not be, for the rule would then narrow down what it holds. Nobody's knowledge of a row's people beyond
// the published numbers is accounted for, and nothing here protects a table of segments crossed with segments beyond what Sums say.
package disclosure

import (
	"errors"
	"fmt"
	"slices"
)

// The rule of Protect and ProtectSums by its name and version.
const (
	Algorithm = "row-suppression"
	Version   = "1"
)

// ErrTable names a table that contradicts itself.
var ErrTable = errors.New("disclosure: table")

// Rule says what is too small.
type Rule struct {
	MinBase    int  `json:"minBase"`    // a row with fewer answers is hidden
	MinCell    int  `json:"minCell"`    // a row in which somebody, but fewer people than this, gave an answer is hidden; 0 and 1: none for this reason
	ClearBase  int  `json:"clearBase"`  // below so many answers a row with a share of 0 or 1 is hidden
	Range      int  `json:"range"`      // a hidden count may be any of Range+1 numbers at least, as far as totals allow
	BasesKnown bool `json:"basesKnown"` // whether it must hold against somebody who knows how many people each hidden row has; the safe side
}

// Defaults is the rule of the specification: 10, and 20 for shares of 0 and 1.
func Defaults() Rule { return Rule{MinBase: 10, ClearBase: 20, Range: 3, BasesKnown: true} }

func (r Rule) check() error {
	if r.MinBase < 0 || r.MinCell < 0 || r.ClearBase < 0 || r.Range < 1 {
		return fmt.Errorf("disclosure: rule %+v; begin with Defaults", r)
	}
	return nil
}

// Table is one table of counts: Cells[row][column].
type Table struct {
	Cells   [][]int
	Answers int   // the first columns are answers, the others reasons for none; 0: all are answers
	People  []int // in each row; nil: the sum of its cells, where everybody is in one. Where people choose several options it must be given
	Valid   []int // people in each row with an answer; nil: the sum of its answers. It is the base of shares; must be given with People
	Apart   []int // rows that are hidden already, for a reason of the caller's
}

// Reason is why a row is hidden.
type Reason uint8

// Reasons. They are for the operator, not for the public.
const (
	Shown      Reason = iota
	SmallBase         // fewer answers than MinBase
	SmallCell         // fewer people than MinCell with an answer
	ClearShare        // a share of 0 or 1, and fewer answers than ClearBase
	Complement        // so that totals do not reveal another one
	SetApart          // by the caller
)

func (r Reason) String() string {
	return [...]string{"shown", "smallBase", "smallCell", "clearShare", "complement", "apart"}[r]
}

// Hidden is what is not published.
type Hidden struct {
	All     bool     // the whole table, totals included
	Rows    []Reason // by row; Shown where it is published
	Implied [][2]int // hidden cells (row, column) that totals determine, whatever is hidden
}

// Hides tells whether a row is hidden.
func (h *Hidden) Hides(row int) bool { return h.All || h.Rows[row] != Shown }

// Protect hides rows of a table of which the total of each column is published.
//
// First, what is too small: rows with fewer answers than MinBase, those with fewer people than MinCell behind an answer that somebody gave, and those with fewer than ClearBase in which an option that somebody chose in the
// table has a share of 0 or 1. Empty rows hold nobody and are shown. A table of fewer than MinBase answers is hidden as a whole, and so is one of whose people
// all are in one hidden row.
//
// Then others, until each hidden count x of row i and column j has a range of whole numbers that is at least as wide as Range, or as wide as it would be if every row
// were hidden. The range is exact. With S the sum of column j over the hidden rows, a the people of row i, and n those of all hidden rows, it is
//
//	max(0, a+S−n) .. min(a, S)     where the people of rows are known, and 0 .. S where not and another row is hidden (Fréchet's bounds; every number between is reached)
//
// In each step it is the row of fewest people, of equal ones the first, that widens all ranges enough; where no single one does, the one that widens them most. Last, each row
// so taken is shown again if the ranges stay wide enough, the one with most people first.
func Protect(t *Table, rule Rule) (*Hidden, error) {
	if err := rule.check(); err != nil {
		return nil, err
	}
	p, err := newPlan(t, rule)
	if err != nil {
		return nil, err
	}
	h := &Hidden{Rows: make([]Reason, len(t.Cells))}
	hidden, filled, valid := 0, 0, 0
	for i := range t.Cells {
		h.Rows[i] = p.reason(i)
		valid += p.valid[i]
		if p.people[i] > 0 {
			filled++
		}
		if h.Rows[i] != Shown {
			p.hide(i, 1)
			hidden++
		}
	}
	if hidden > 0 && (filled == 1 || valid < rule.MinBase) {
		h.All = true
		return h, nil
	}
	p.complement(h)
	for i, reason := range h.Rows {
		for j := range p.columns {
			if reason != Shown && p.width(i, j, p.all, p.everybody) == 0 {
				h.Implied = append(h.Implied, [2]int{i, j})
			}
		}
	}
	return h, nil
}

// plan holds a table's sums: of all rows, and of the hidden ones.
type plan struct {
	*Table
	rule             Rule
	columns, answers int
	people, valid    []int
	all              []int // by column
	everybody        int
	sum              []int // by column, over hidden rows
	n                int   // people in hidden rows
}

func newPlan(t *Table, rule Rule) (*plan, error) {
	p := &plan{Table: t, rule: rule, people: t.People, valid: t.Valid}
	if len(t.Cells) > 0 {
		p.columns = len(t.Cells[0])
	}
	p.answers = t.Answers
	if p.answers == 0 {
		p.answers = p.columns
	}
	if p.answers < 0 || p.answers > p.columns || (t.People == nil) != (t.Valid == nil) || (t.People != nil && (len(t.People) != len(t.Cells) || len(t.Valid) != len(t.Cells))) {
		return nil, fmt.Errorf("%w: %d rows, %d columns, %d of them answers; people of %d rows, valid answers of %d", ErrTable, len(t.Cells), p.columns, t.Answers, len(t.People), len(t.Valid))
	}
	p.all, p.sum = make([]int, p.columns), make([]int, p.columns)
	if t.People == nil {
		p.people, p.valid = make([]int, len(t.Cells)), make([]int, len(t.Cells))
	}
	for i, row := range t.Cells {
		if len(row) != p.columns {
			return nil, fmt.Errorf("%w: row %d has %d columns, row 0 has %d", ErrTable, i, len(row), p.columns)
		}
		for j, x := range row {
			p.all[j] += x
			if t.People == nil {
				p.people[i] += x
				if j < p.answers {
					p.valid[i] += x
				}
			}
		}
		for j, x := range row {
			if x < 0 || x > p.people[i] || p.valid[i] > p.people[i] || (j < p.answers && x > p.valid[i]) {
				return nil, fmt.Errorf("%w: row %d, column %d counts %d of %d answers and %d people", ErrTable, i, j, x, p.valid[i], p.people[i])
			}
		}
		p.everybody += p.people[i]
	}
	return p, nil
}

// reason is why a row by itself is too small.
func (p *plan) reason(i int) Reason {
	few := func(x int) bool { return x > 0 && x < p.rule.MinCell }
	switch base := p.valid[i]; {
	case p.people[i] == 0:
		return Shown
	case slices.Contains(p.Apart, i):
		return SetApart
	case base < p.rule.MinBase:
		return SmallBase
	case slices.ContainsFunc(p.Cells[i][:p.answers], few):
		return SmallCell
	case base < p.rule.ClearBase:
		for j, x := range p.Cells[i][:p.answers] {
			if p.all[j] > 0 && (x == 0 || x == base) {
				return ClearShare
			}
		}
	}
	return Shown
}

// hide adds a row to the sums of hidden rows, or takes it out with -1.
func (p *plan) hide(i, sign int) {
	for j, x := range p.Cells[i] {
		p.sum[j] += sign * x
	}
	p.n += sign * p.people[i]
}

// width is how far a count of row i may go where rows with these sums and people are hidden.
func (p *plan) width(i, j int, sum []int, n int) int {
	a := p.people[i]
	switch {
	case a == n: // nobody else is hidden
		return 0
	case !p.rule.BasesKnown:
		return sum[j]
	}
	return min(a, sum[j]) - max(0, a+sum[j]-n)
}

// missing is by how much the range of row i falls short, over all columns.
func (p *plan) missing(i int) int {
	short := 0
	for j := range p.columns {
		if w := p.width(i, j, p.sum, p.n); w < p.rule.Range {
			short += max(0, min(p.rule.Range, p.width(i, j, p.all, p.everybody))-w)
		}
	}
	return short
}

// short is by how much the ranges of all hidden rows fall short, besides those of row but.
func (p *plan) short(h *Hidden, but int) int {
	short := 0
	for i, reason := range h.Rows {
		if reason != Shown && i != but {
			short += p.missing(i)
		}
	}
	return short
}

// complement hides further rows.
func (p *plan) complement(h *Hidden) {
	var order, taken []int // the cheapest first
	for i, n := range p.people {
		if n > 0 && h.Rows[i] == Shown {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.people[a] - p.people[b] })
	for short := p.short(h, -1); short > 0 && len(order) > 0; {
		best, least := 0, -1
		for at, i := range order {
			p.hide(i, 1)
			left := p.short(h, -1) + p.missing(i)
			p.hide(i, -1)
			if least < 0 || left < least {
				best, least = at, left
			}
			if left == 0 {
				break
			}
		}
		i := order[best]
		p.hide(i, 1)
		h.Rows[i], short = Complement, least
		order, taken = slices.Delete(order, best, best+1), append(taken, i)
	}
	slices.SortStableFunc(taken, func(a, b int) int { return p.people[b] - p.people[a] })
	for _, i := range taken {
		p.hide(i, -1)
		if p.short(h, i) > 0 {
			p.hide(i, 1)
			continue
		}
		h.Rows[i] = Shown
	}
}
