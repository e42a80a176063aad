package disclosure

import (
	"fmt"
	"slices"
)

// Sum says that a row is the sum of others: a country of its strata, a stratum of all countries' parts of it. Rows are indexes of one Table that holds them all.
type Sum struct {
	Total int
	Parts []int
}

// ProtectSums hides rows of tables that share margins, as the crosstabs of an edition do: a row may be a part of several sums and the total of others. All
// rows of all tables stand in one Table, each once, totals too.
//
// What is too small is as in Protect, but a row that is a part of nothing is not a row of a crosstab: it is hidden for a small base only. Then, sum by sum, cheapest
// first, parts are hidden as Protect hides rows, so that each sum by itself leaves every hidden part the range of the rule. Last, for each hidden cell, it
// takes a proof that all sums together do not determine it: a set of numbers, whole and not negative, that agrees with everything published and is another one in this
// cell. Proofs are sought among the solutions of the sums over what is hidden (exact elimination), one at a time and two together, exchanged with another column of the
// same rows where people are known. Where none is found, the row of fewest people in the sums of the cell is hidden too. Rows that turn out not to be needed are
// shown again, the one with most people first.
//
// All is never set: a root that is too small is a row like others. Implied are the hidden cells for which no proof is found when all rows of their sums are hidden.
func ProtectSums(t *Table, sums []Sum, rule Rule) (*Hidden, error) {
	if err := rule.check(); err != nil {
		return nil, err
	}
	p, err := newPlan(t, rule)
	if err != nil {
		return nil, err
	}
	if err := p.checkSums(sums); err != nil {
		return nil, err
	}
	part := make([]bool, len(t.Cells))
	for _, s := range sums {
		for _, i := range s.Parts {
			part[i] = true
		}
	}
	h := &Hidden{Rows: make([]Reason, len(t.Cells))}
	for i := range t.Cells {
		if h.Rows[i] = p.reason(i); h.Rows[i] > SmallBase && !part[i] {
			h.Rows[i] = Shown
		}
	}
	small := slices.Clone(h.Rows)
	for changed := true; changed; {
		changed = false
		for _, s := range sums {
			more, err := p.withinSum(h, s)
			if err != nil {
				return nil, err
			}
			changed = changed || more
		}
		open := p.unproven(h, sums)
		for _, c := range open {
			if i := p.cheapest(h, sums, c[0]); i >= 0 {
				h.Rows[i], changed = Complement, true
				break
			}
		}
		if !changed {
			h.Implied = open
		}
	}
	p.showAgain(h, sums, small)
	return h, nil
}

func (p *plan) checkSums(sums []Sum) error {
	for n, s := range sums {
		for _, i := range append([]int{s.Total}, s.Parts...) {
			if i < 0 || i >= len(p.Cells) {
				return fmt.Errorf("%w: sum %d has the row %d of %d", ErrTable, n, i, len(p.Cells))
			}
		}
		people, cells := 0, make([]int, p.columns)
		for _, i := range s.Parts {
			people += p.people[i]
			for j, x := range p.Cells[i] {
				cells[j] += x
			}
		}
		if people != p.people[s.Total] || !slices.Equal(cells, p.Cells[s.Total]) {
			return fmt.Errorf("%w: sum %d: its parts do not come to row %d", ErrTable, n, s.Total)
		}
	}
	return nil
}

// withinSum hides parts of one sum whose total is shown.
func (p *plan) withinSum(h *Hidden, s Sum) (changed bool, err error) {
	if h.Rows[s.Total] != Shown {
		return false, nil
	}
	t := &Table{Answers: p.answers}
	if p.Table.People != nil {
		t.People, t.Valid = []int{}, []int{}
	}
	for _, i := range s.Parts {
		t.Cells = append(t.Cells, p.Cells[i])
		if p.Table.People != nil {
			t.People, t.Valid = append(t.People, p.people[i]), append(t.Valid, p.valid[i])
		}
	}
	q, err := newPlan(t, p.rule)
	if err != nil {
		return false, err
	}
	local := &Hidden{Rows: make([]Reason, len(s.Parts))}
	for a, i := range s.Parts {
		if local.Rows[a] = h.Rows[i]; local.Rows[a] != Shown {
			q.hide(a, 1)
		}
	}
	q.complement(local)
	for a, i := range s.Parts {
		if local.Rows[a] != Shown && h.Rows[i] == Shown {
			h.Rows[i], changed = Complement, true
		}
	}
	return changed, nil
}

// cheapest is the shown row of fewest people in a sum with row i; -1 where all are hidden.
func (p *plan) cheapest(h *Hidden, sums []Sum, i int) int {
	best := -1
	for _, s := range sums {
		if s.Total != i && !slices.Contains(s.Parts, i) {
			continue
		}
		for _, k := range append([]int{s.Total}, s.Parts...) {
			if h.Rows[k] == Shown && p.people[k] > 0 && (best < 0 || p.people[k] < p.people[best] || (p.people[k] == p.people[best] && k < best)) {
				best = k
			}
		}
	}
	return best
}

// showAgain shows complements without which everything is as safe.
func (p *plan) showAgain(h *Hidden, sums []Sum, small []Reason) {
	var order []int
	for i, reason := range h.Rows {
		if reason != Shown && small[i] == Shown {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.people[b] - p.people[a] })
	for _, i := range order {
		h.Rows[i] = Shown
		if !p.safe(h, sums) {
			h.Rows[i] = Complement
		}
	}
}

// safe tells whether each sum leaves its range, and nothing is determined but what is implied.
func (p *plan) safe(h *Hidden, sums []Sum) bool {
	for _, s := range sums {
		trial := &Hidden{Rows: slices.Clone(h.Rows)}
		if changed, err := p.withinSum(trial, s); err != nil || changed {
			return false
		}
	}
	for _, c := range p.unproven(h, sums) {
		if !slices.Contains(h.Implied, c) {
			return false
		}
	}
	return true
}

// unproven are the hidden cells (row, column), in order, for which no other number is found.
func (p *plan) unproven(h *Hidden, sums []Sum) (open [][2]int) {
	var rows []int
	for i, reason := range h.Rows {
		if reason != Shown && p.people[i] > 0 {
			rows = append(rows, i)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, func(a, b int) int { return p.people[b] - p.people[a] }) // the largest become pivots: many solutions go through them
	moves := solutions(equations(sums, rows), len(rows))
	free := make([][]bool, len(p.Cells))
	for _, i := range rows {
		free[i] = make([]bool, p.columns)
	}
	try := func(z []int) {
		for j := range p.columns {
			p.mark(free, rows, z, j)
		}
	}
	for _, z := range moves {
		try(z)
	}
	for a, z := range moves {
		if a > 0 && len(p.notFree(h, free)) == 0 {
			return nil
		}
		for _, y := range moves[:a] {
			for _, sign := range [2]int{1, -1} {
				if both, ok := plus(z, y, sign); ok {
					try(both)
				}
			}
		}
	}
	return p.notFree(h, free)
}

func (p *plan) notFree(h *Hidden, free [][]bool) (open [][2]int) {
	for i, reason := range h.Rows {
		for j := range p.columns {
			if reason != Shown && p.people[i] > 0 && !free[i][j] {
				open = append(open, [2]int{i, j})
			}
		}
	}
	return open
}

// mark marks the cells of column j that a step along z, one way or the other, changes to other numbers that may be.
func (p *plan) mark(free [][]bool, rows, z []int, j int) {
	for _, sign := range [2]int{1, -1} {
		may := func(k int) bool { // k: the column that gives and takes the other way; -1: none
			for a, i := range rows {
				switch d := sign * z[a]; {
				case p.Cells[i][j]+d < 0:
					return false
				case k >= 0 && p.Cells[i][k]-d < 0:
					return false
				case k < 0 && p.rule.BasesKnown && p.Cells[i][j]+d > p.people[i]:
					return false
				}
			}
			return true
		}
		set := func(k int) {
			for a, i := range rows {
				if z[a] != 0 {
					free[i][j] = true
					if k >= 0 {
						free[i][k] = true
					}
				}
			}
		}
		if !p.rule.BasesKnown || p.Table.People != nil {
			if may(-1) {
				set(-1)
			}
			continue
		}
		for k := range j {
			if may(k) {
				set(k)
			}
		}
	}
}

// plus adds two solutions if they meet, and the result is no larger than they are.
func plus(z, y []int, sign int) ([]int, bool) {
	meet, both := false, make([]int, len(z))
	for a := range z {
		if both[a] = z[a] + sign*y[a]; z[a] != 0 && y[a] != 0 {
			if both[a] != 0 {
				return nil, false
			}
			meet = true
		}
	}
	return both, meet
}
