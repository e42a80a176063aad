package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// A figure is what an indicator, or a part of one, is in one dialogue: exact as far as it can be, so that figures of several dialogues of one sample type add up to
// one of them all. A figure of a base of nothing is not known, and why says why.
type figure struct {
	how   how
	count int
	base  int     // what count, sum or extreme is of
	sum   float64 // ofMean: of base values; ofLeast, ofMost: the extreme
	why   string

	strata []stratumShare  // ofGap
	tables []stats.Moments // ofScale: points, by table
	pairs  [4]int          // ofLearning: wrong before and after, right before only, right after only, right before and after
	least  int             // ofGap: strata with a smaller base are left out
}

// how is how a figure follows from what it has, and from figures of dialogues.
type how int

const (
	ofShare    how = iota // count of base
	ofMean                // mean of values
	ofLeast               // the least of values
	ofMost                // the most of values
	ofTotal               // a count
	ofGap                 // the largest difference of a share between two strata of a dimension
	ofScale               // mean point of a scale
	ofLearning            // difference of the share of right answers
)

// stratumShare is a share in one stratum.
type stratumShare struct {
	dimension, stratum string
	count, base        int
}

func share(count, base int, why string) figure {
	return figure{how: ofShare, count: count, base: base, why: why}
}

func total(count int) figure { return figure{how: ofTotal, count: count, base: 1} }

// mean is that of n values.
func mean(sum float64, n int, why string) figure {
	return figure{how: ofMean, sum: sum, base: n, why: why}
}

// extreme is the least or the most of values, of one here.
func extreme(h how, value float64) figure { return figure{how: h, sum: value, base: 1} }

// nothing is a figure that is not known.
func nothing(h how, why string) figure { return figure{how: h, why: why} }

// plus is the figure of what f and g are figures of.
func (f figure) plus(g figure) figure {
	switch {
	case g.base == 0:
		return f
	case f.base == 0:
		return g
	}
	f.count, f.base = f.count+g.count, f.base+g.base
	switch f.how {
	case ofLeast:
		f.sum = min(f.sum, g.sum)
	case ofMost:
		f.sum = max(f.sum, g.sum)
	default:
		f.sum += g.sum
	}
	if len(g.strata) > 0 {
		f.strata = slices.Clone(f.strata)
		for _, s := range g.strata {
			f.in(s)
		}
	}
	f.tables = append(f.tables[:len(f.tables):len(f.tables)], g.tables...)
	for i, n := range g.pairs {
		f.pairs[i] += n
	}
	return f
}

// in counts in a stratum. Nobody else may have the strata of f.
func (f *figure) in(s stratumShare) {
	i, found := slices.BinarySearchFunc(f.strata, s, func(a, b stratumShare) int {
		return cmp.Or(cmp.Compare(a.dimension, b.dimension), cmp.Compare(a.stratum, b.stratum))
	})
	if !found {
		f.strata = slices.Insert(f.strata, i, s)
		return
	}
	f.strata[i].count += s.count
	f.strata[i].base += s.base
}

// value is what a figure comes to, with an interval where it has one; None where it is not known.
func (f figure) value(h *Head, what string) (Number, *Interval) {
	if f.base == 0 {
		return None, nil
	}
	switch f.how {
	case ofShare:
		return Number(float64(f.count) / float64(f.base)), nil
	case ofMean:
		return Number(f.sum / float64(f.base)), nil
	case ofTotal:
		return Number(float64(f.count)), nil
	case ofGap:
		return f.gap(), nil
	case ofScale:
		return f.scale(h, what)
	case ofLearning:
		return f.learned(h, what)
	}
	return Number(f.sum), nil
}

// gap is the largest difference between two strata of a dimension that have the least base.
func (f figure) gap() Number {
	gap, known := 0.0, false
	for i, a := range f.strata {
		for _, b := range f.strata[:i] {
			if a.dimension != b.dimension || a.base < max(1, f.least) || b.base < max(1, f.least) {
				continue
			}
			d := float64(a.count*b.base-b.count*a.base) / float64(a.base*b.base)
			gap, known = max(gap, d, -d), true
		}
	}
	if !known {
		return None
	}
	return Number(gap)
}

// scale is the mean point, with an interval that allows for tables where there are enough.
func (f figure) scale(h *Head, what string) (Number, *Interval) {
	m, err := stats.TableMean(f.tables, 0.95)
	if err == nil && len(f.tables) >= leastTables {
		h.by(stats.AlgorithmTableRobust)
		return Number(m.Mean), interval(m.Interval)
	}
	if name := stats.NameOf(err); name != "" && name != stats.ErrOneCluster && name != stats.ErrNoBase {
		h.fail(what, err)
	}
	return Number(f.sum / float64(f.base)), nil
}

// learned is the share of right answers after less that before, of the same people.
func (f figure) learned(h *Head, what string) (Number, *Interval) {
	var before, after []int
	for i, n := range f.pairs {
		for range n {
			before, after = append(before, i&1), append(after, i>>1)
		}
	}
	p, err := stats.PairedMeans(before, after, 0.95)
	if err != nil {
		if stats.NameOf(err) != stats.ErrTooFew {
			h.fail(what, err)
		}
		return None, nil
	}
	h.by(stats.AlgorithmPairedMeans)
	return Number(p.Change), interval(p.Interval)
}

// meets tells whether a value is within a threshold: exactly, where it is a share or a count.
func (f figure) meets(value Number, limit domain.Ratio, most bool) bool {
	num, den := limit.Num, max(limit.Den, 1)
	if f.how == ofShare || f.how == ofTotal {
		base := int64(f.base)
		if f.how == ofTotal {
			base = 1
		}
		if most {
			return int64(f.count)*den <= num*base
		}
		return int64(f.count)*den >= num*base
	}
	const rounding = 1e-9 // of what is shown with six digits
	at := float64(num) / float64(den)
	if most {
		return float64(value) <= at+rounding
	}
	return float64(value) >= at-rounding
}
