package lottery

import (
	"math"

	"daybook.internal/sortition/lp"
)

// A cut is an inequality Σ weight_t·x_t ≤ most that holds for every panel, though not for every relaxed one. It is as good as the search that found it.
type cut struct {
	weight []float64
	most   float64
}

// least is what the sum of a cut cannot be below.
func (c cut) least(o *Orbits) float64 {
	sum := 0.0
	for t, w := range c.weight {
		sum += float64(min(0, w) * float64(o.List[t].Cap))
	}
	return sum
}

// separate looks for a cut between what is owed and what panels can give: if the chances of a herd could be had, the best panel in the direction of what is
// owed would give as much as they do on average. It tells whether it found a cut, and adds it.
func (o *Orbits) separate(h *herd, stop func() error) (bool, error) {
	c := cut{weight: make([]float64, len(o.List))}
	longest := 0.0
	for t, orbit := range o.List {
		c.weight[t] = h.owed[t] / float64(len(orbit.People))
		longest = max(longest, math.Abs(c.weight[t]))
	}
	p, average := o.Problem(), 0.0
	for t, orbit := range o.List {
		c.weight[t] /= longest
		p.Cost[t] = c.weight[t]
		average += float64(float64(c.weight[t]*float64(len(orbit.People))) * h.chance[t])
	}
	found := p.Maximise(lp.Search{Whole: len(o.List), Above: math.Inf(-1), Enough: math.Inf(1), Gap: 1e-7, Nodes: manyNodes, Stop: stop})
	if found.Err != nil {
		return false, found.Err
	}
	if !found.Complete || found.X == nil || average < found.Objective+1e-6 {
		return false, nil
	}
	c.most = found.Bound
	o.cuts = append(o.cuts, c)
	return true, nil
}
