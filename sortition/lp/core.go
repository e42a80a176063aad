package lp

import (
	"cmp"
	"math"
	"slices"
)

// A core is a problem with few of the columns of another one: those whose reduced cost is nearest to 0 at its optimum. The others stay where they are. What is
// good enough can mostly be found there, and every step costs less.
type core struct {
	*Problem
	of      *Problem
	columns []int   // of the other problem, ascending
	still   float64 // what the columns that stay add to the objective
}

// coreOf makes the core of size columns at the present basis, which is optimal.
func coreOf(p *Problem, size int) core {
	c := core{of: p}
	for j := range p.n {
		if p.place[j] < 0 {
			c.columns = append(c.columns, j)
		}
	}
	slices.SortFunc(c.columns, func(a, b int) int { return cmp.Or(cmp.Compare(math.Abs(p.reduced[a]), math.Abs(p.reduced[b])), a-b) })
	c.columns = c.columns[:min(size, len(c.columns))]
	for j := range p.n {
		if p.place[j] >= 0 {
			c.columns = append(c.columns, j)
		}
	}
	slices.Sort(c.columns)

	kept := make([]Column, len(c.columns))
	to := make([]int, p.n+p.m) // by variable of p: that of the core, -1 for those that stay
	for j := range p.n {
		to[j] = -1
	}
	for k, j := range c.columns {
		kept[k] = Column{p.row[p.start[j]:p.end[j]], p.coef[p.start[j]:p.end[j]]}
		to[j] = k
	}
	for i := range p.m {
		to[p.n+i] = len(kept) + i
	}
	c.Problem = New(p.m, kept)
	clear(p.side)
	for j := range p.n {
		if x := p.Value(j); to[j] < 0 && x != 0 {
			p.move(j, x)
			c.still += float64(p.Cost[j] * x)
		}
	}
	for j, k := range to {
		if k >= 0 {
			c.Lower[k], c.Upper[k], c.Cost[k], c.atUpper[k], c.place[k] = p.Lower[j], p.Upper[j], p.Cost[j], p.atUpper[j], p.place[j]
		}
	}
	for i := range p.m { // rows do not see what stays
		c.Lower[c.Row(i)] += p.side[i]
		c.Upper[c.Row(i)] += p.side[i]
	}
	copy(c.inverse, p.inverse)
	c.since = p.since
	for k, j := range p.basic {
		c.basic[k] = to[j]
	}
	return c
}

// maximise searches in the core. What is found is a solution of the whole problem; that nothing is found means nothing.
func (c core) maximise(s Search) Solution {
	s.Above, s.Enough, s.Share = s.Above-c.still, s.Enough-c.still, 0
	whole := s.Whole
	s.Whole, _ = slices.BinarySearch(c.columns, whole)
	found := c.Maximise(s)
	found.Objective += c.still
	if found.X == nil {
		return found
	}
	x := make([]int, whole)
	for j := range x {
		x[j] = int(math.Round(c.of.Value(j)))
	}
	for k, j := range c.columns[:s.Whole] {
		x[j] = found.X[k]
	}
	found.X = x
	return found
}
