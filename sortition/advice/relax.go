package advice

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"daybook.internal/sortition/lottery"
	"daybook.internal/sortition/lp"
)

// Feasibility is whether any panel meets the quotas, and what to change where none does.
type Feasibility struct {
	Feasible bool
	Panel    []int    // by orbit of lottery.NewOrbits: the seats on some panel that meets the quotas after Changes; nil where none was found
	Changes  []Change // what makes it possible; none where it is possible already
	Cost     float64  // of the changes; see Relax
	Cheapest bool     // no cheaper changes do; otherwise the search was given up before that was known
	Beyond   bool     // no changes within the widest quotas do: these go beyond them
	Hopeless bool     // nor do any others: there are too few people of different addresses
}

// mostNodes is how long a search may take.
const mostNodes = 200_000

// Relax tells whether a panel meets the quotas, and where none does looks for the cheapest changes that make one possible: a minimum q that is lowered by a
// seat costs 1 + 2/q, so that small groups lose last, and a maximum that is raised by a seat costs 1. (The weights are those of the Sortition Foundation's
// programs; Flanigan et al., Nature 596, 2021, supplement.) widest, by quota, are how far each may be moved; nil sets no limits. Where no changes within them
// do, the cheapest beyond them are given, and said to be so.
//
// tick may be nil. ErrInstance: the instance is not in order.
func Relax(in lottery.Instance, widest []lottery.Quota, tick lottery.Tick) (Feasibility, error) {
	o, err := lottery.NewOrbits(in)
	if err == nil {
		err = o.Solvable()
	}
	if err != nil {
		return Feasibility{}, err
	}
	if widest != nil && len(widest) != len(in.Quotas) {
		return Feasibility{}, fmt.Errorf("%w: %d limits for %d quotas", lottery.ErrInstance, len(widest), len(in.Quotas))
	}
	if tick == nil {
		tick = func(string, int, int) error { return nil }
	}
	tries := [][]lottery.Quota{in.Quotas, open(in)}
	if widest != nil {
		tries = slices.Insert(tries, 1, widest)
	}
	for i, limits := range tries {
		f, err := relax(o, in, limits, tick)
		if err != nil || f.Panel != nil {
			f.Beyond = i == 2
			return f, err
		}
	}
	return Feasibility{Hopeless: true}, nil
}

// open are quotas without bounds.
func open(in lottery.Instance) []lottery.Quota {
	out := slices.Clone(in.Quotas)
	for f := range out {
		out[f].Min, out[f].Max = 0, max(in.Size, out[f].Max)
	}
	return out
}

// relax looks for the cheapest changes within limits. Beside the seats of each orbit there are two whole numbers for each quota: by how much its minimum is
// lowered and its maximum raised, which the row of the quota counts as seats that are there and are not.
func relax(o *lottery.Orbits, in lottery.Instance, limits []lottery.Quota, tick lottery.Tick) (Feasibility, error) {
	orbits := len(o.List)
	var extra []lp.Column
	for f := range in.Quotas {
		extra = append(extra, lp.Column{Rows: []int32{int32(f)}}, lp.Column{Rows: []int32{int32(f)}, Coefficients: []float64{-1}})
	}
	p := o.Problem(extra...)
	for t := range o.List {
		p.Cost[t] = float64(1e-7 * lp.Noise(t)) // less than any two costs differ by, and it keeps the simplex from standing still
	}
	for f, q := range in.Quotas {
		lower, raise := orbits+2*f, orbits+2*f+1
		p.Upper[lower], p.Upper[raise] = float64(max(0, q.Min-limits[f].Min)), float64(max(0, min(limits[f].Max, max(q.Max, in.Size))-q.Max))
		p.Cost[lower], p.Cost[raise] = -cost(Minimum, q), -cost(Maximum, q)
	}
	enough := math.Inf(1)
	if slices.Equal(limits, in.Quotas) {
		enough = math.Inf(-1) // any panel will do
	}
	found := p.Maximise(lp.Search{
		Whole: orbits + 2*len(in.Quotas), Above: math.Inf(-1), Enough: enough, Gap: 1e-5, Nodes: mostNodes,
		Stop: func() error { return tick("feasibility", 0, 0) },
	})
	if found.Err != nil {
		return Feasibility{}, found.Err
	}
	if found.X == nil {
		if !found.Complete {
			return Feasibility{}, lottery.ErrUndecided
		}
		return Feasibility{}, nil
	}
	r := Feasibility{Panel: found.X[:orbits], Cheapest: found.Complete}
	for f, q := range in.Quotas {
		if n := found.X[orbits+2*f]; n > 0 {
			r.Changes = append(r.Changes, change(in.Quotas, f, Minimum, q.Min-n))
			r.Cost += float64(float64(n) * cost(Minimum, q))
		}
		if n := found.X[orbits+2*f+1]; n > 0 {
			r.Changes = append(r.Changes, change(in.Quotas, f, Maximum, q.Max+n))
			r.Cost += float64(float64(n) * cost(Maximum, q))
		}
	}
	r.Feasible = len(r.Changes) == 0
	r.Cheapest = r.Cheapest || r.Feasible
	return r, fits(o, in, r)
}

// cost of a seat.
func cost(b Bound, q lottery.Quota) float64 {
	if b == Minimum && q.Min > 0 {
		return 1 + 2/float64(q.Min)
	}
	return 1
}

// fits counts in whole numbers whether the panel that was found meets the quotas that are suggested: no advice is given because the solver said so.
func fits(o *lottery.Orbits, in lottery.Instance, r Feasibility) error {
	quotas, seats, size := Apply(in.Quotas, r.Changes...), make([]int, len(in.Quotas)), 0
	homes := make([]int, len(o.Households))
	for t, n := range r.Panel {
		orbit := o.List[t]
		if n < 0 || n > orbit.Cap {
			return errors.New("the panel that was found has more people of a kind than there are")
		}
		for _, f := range orbit.Features {
			seats[f] += n
		}
		if orbit.Household >= 0 {
			homes[orbit.Household] += n
		}
		size += n
	}
	for h, n := range homes {
		if n > o.Households[h] {
			return errors.New("the panel that was found has two people of one address")
		}
	}
	for f, q := range quotas {
		if seats[f] < q.Min || seats[f] > q.Max {
			return fmt.Errorf("the panel that was found has %d of %s %q, not %d to %d", seats[f], q.Category, q.Value, q.Min, q.Max)
		}
	}
	if size != in.Size {
		return fmt.Errorf("the panel that was found has %d members, not %d", size, in.Size)
	}
	return nil
}
