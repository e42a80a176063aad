package advice

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"daybook.internal/sortition/lottery"
)

// A WhatIf is what one seat more or less in one quota would do.
type WhatIf struct {
	Change   Change
	Possible bool    // not even fractions of people would meet the quotas otherwise
	Minimum  float64 // the greatest smallest chance then
	Gain     float64 // how much more that is than now; where nothing is possible now it is Minimum
	Within   bool    // the change stays within the widest quotas
}

// WhatIfs are all of them.
type WhatIfs struct {
	Possible bool
	Minimum  float64 // the greatest smallest chance now
	List     []WhatIf
}

// Explore solves every quota again with one seat more and one less, in its minimum and in its maximum. The chances are those of the relaxation, in which seats
// may be fractions (lottery.Orbits.BestMinimum): bounds that panels mostly reach. People who are on no panel now (impossible, see lottery.Lottery) have no
// chance in it either, so that they do not hide what would help the others. widest may be nil; the list goes from the greatest gain down, and in the order of
// the quotas where gains are the same.
func Explore(in lottery.Instance, widest []lottery.Quota, impossible []int, tick lottery.Tick) (WhatIfs, error) {
	o, err := lottery.NewOrbits(in)
	if err == nil {
		err = o.Solvable()
	}
	if err != nil {
		return WhatIfs{}, err
	}
	if err := o.Exclude(impossible); err != nil {
		return WhatIfs{}, err
	}
	if tick == nil {
		tick = func(string, int, int) error { return nil }
	}
	var all WhatIfs
	if all.Minimum, all.Possible, err = minimum(o); err != nil {
		return WhatIfs{}, err
	}
	for f, q := range in.Quotas {
		if err := tick("what if", f, len(in.Quotas)); err != nil {
			return WhatIfs{}, err
		}
		for _, c := range seatChanges(in, f) {
			o.Quotas[f] = Apply(in.Quotas, c)[f]
			w := WhatIf{Change: c, Within: c.within(widest)}
			if w.Minimum, w.Possible, err = minimum(o); err != nil {
				return WhatIfs{}, err
			}
			w.Gain = w.Minimum - all.Minimum
			if math.Abs(w.Gain) < 1e-9 {
				w.Gain = 0
			}
			all.List = append(all.List, w)
		}
		o.Quotas[f] = q
	}
	slices.SortStableFunc(all.List, func(a, b WhatIf) int { return cmp.Compare(b.Gain, a.Gain) })
	return all, nil
}

// seatChanges are the changes of one quota by one seat, as far as they leave a quota.
func seatChanges(in lottery.Instance, f int) []Change {
	q := in.Quotas[f]
	var list []Change
	add := func(good bool, b Bound, to int) {
		if good {
			list = append(list, change(in.Quotas, f, b, to))
		}
	}
	add(q.Min > 0, Minimum, q.Min-1)
	add(q.Min < q.Max, Minimum, q.Min+1)
	add(q.Max > q.Min, Maximum, q.Max-1)
	add(q.Max < in.Size, Maximum, q.Max+1)
	return list
}

// minimum is the greatest smallest chance, and whether anything meets the quotas.
func minimum(o *lottery.Orbits) (float64, bool, error) {
	z, _, err := o.BestMinimum()
	if errors.Is(err, lottery.ErrInfeasible) {
		return 0, false, nil
	}
	return z, err == nil, err
}

// NearMisses are the what-ifs that would raise the smallest chance, or make a draw possible at all, by loosening one quota by one seat: at most n of them, the
// greatest gain first.
func (w WhatIfs) NearMisses(n int) []WhatIf {
	var list []WhatIf
	for _, one := range w.List {
		if one.Change.Loosens() && one.Possible && (one.Gain > 0 || !w.Possible) && len(list) < n {
			list = append(list, one)
		}
	}
	return list
}
