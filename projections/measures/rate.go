package measures

import "daybook.internal/projections/stats"

// Rate is Count of Base. All of it is null where one of the two is not known: not known is not zero. Of a base of nobody there is no share.
type Rate struct {
	Count    *int      `json:"count"`
	Base     *int      `json:"base"`
	Share    Number    `json:"share"`
	Interval *Interval `json:"interval"` // Wilson, 95 in 100
}

// unknown is the rate of what is not known.
var unknown = Rate{Share: None}

// rate is count of base. Where there are more than there can be, the record counts different people in the two: that is a warning, and no rate.
func (h *Head) rate(what string, count, base *int) Rate {
	if count == nil || base == nil {
		return unknown
	}
	r := Rate{Count: count, Base: base, Share: None}
	switch {
	case *base == 0 && *count == 0:
		return r
	case *count > *base:
		h.warn(WarnMoreThanBase, "%s: %d of %d; the two count different people, and there is no rate", what, *count, *base)
		return r
	}
	p, err := stats.Wilson(*count, *base, stats.Z95)
	if err != nil {
		h.fail(what, err)
		return r
	}
	h.by(stats.AlgorithmWilson)
	r.Share, r.Interval = Number(p.Share), interval(p.Interval)
	return r
}

// plus adds two counts; what is not known is not known afterwards only where both were not.
func plus(a, b *int) *int {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	n := *a + *b
	return &n
}

// some is n where anything of it stands in the record, and nil otherwise.
func some(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}
