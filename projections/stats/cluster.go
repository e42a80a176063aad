package stats

import "math"

// A Table is one table of a room: Count of Base said yes. A table where nobody answered (Base 0) is left out.
type Table struct{ Count, Base int }

// Clustered is a share of people who sat at tables, and so are less than that many independent answers.
type Clustered struct {
	Share          Share    // as if the people were independent
	Tables         int      // with at least one answer
	MeanSize       float64  // people per table
	N0             float64  // size of tables for unequal sizes: (N - Σn²/N)/(T-1)
	ICC            *float64 // nil where it has no value: all tables of one person, or everybody said the same
	DesignEffect   float64  // 1 + (MeanSize-1)·max(ICC, 0); 1 where ICC has no value
	EffectiveBase  float64  // Base/DesignEffect
	Interval       Interval // Wilson on EffectiveBase
	LinearVariance float64  // T/(T-1)·Σ_t(Σ_i(y_ti-p))²/N²
	LinearError    float64  // its root
}

// TableRobust gives the share of people over tables, with the variance that the tables leave.
//
// No answers at all is ErrNoBase, one table ErrOneCluster (say Wilson's interval then, and that it knows nothing of tables), a bad count ErrBadCount.
func TableRobust(tables []Table, z float64) (Clustered, error) {
	var groups []Moments
	count, base, squares := 0, 0, 0
	for _, t := range tables {
		if t.Base == 0 && t.Count == 0 {
			continue
		}
		if err := checkCount(t.Count, t.Base); err != nil {
			return Clustered{}, err
		}
		count, base, squares = count+t.Count, base+t.Base, squares+t.Base*t.Base
		groups = append(groups, Moments{t.Base, t.Count, t.Count}) // 0² = 0, 1² = 1
	}
	s, err := Wilson(count, base, z)
	if err != nil {
		return Clustered{}, err
	}
	if len(groups) < 2 {
		return Clustered{}, fail(ErrOneCluster, "", "")
	}
	n, t := float64(base), float64(len(groups))
	r := Clustered{Share: s, Tables: len(groups), MeanSize: n / t, N0: (n - float64(squares)/n) / (t - 1), DesignEffect: 1}
	if a, err := ICC(groups); err == nil {
		r.ICC = ref(a.ICC)
		r.DesignEffect = 1 + float64((r.MeanSize-1)*max(a.ICC, 0))
	}
	r.EffectiveBase = n / r.DesignEffect
	if r.Interval, err = WilsonEffective(s.Share, r.EffectiveBase, z); err != nil {
		return Clustered{}, err
	}
	sum := 0.0
	for _, g := range groups {
		d := float64(g.Sum) - float64(float64(g.Base)*s.Share)
		sum += float64(d * d)
	}
	r.LinearVariance = float64(t/(t-1)*sum) / float64(n*n)
	r.LinearError = math.Sqrt(r.LinearVariance)
	return r, nil
}

// Moments are whole answers of a group: how many, their sum, the sum of their squares.
type Moments struct{ Base, Sum, Squares int }

// MomentsOf gives the moments of values.
func MomentsOf(values []int) Moments {
	m := Moments{Base: len(values)}
	for _, v := range values {
		m.Sum += v
		m.Squares += v * v
	}
	return m
}

// An Analysis is a one-way analysis of variance of people within groups.
type Analysis struct {
	Groups, Base    int
	Between, Within float64 // mean squares
	N0              float64
	ICC             float64 // (Between-Within)/(Between+(N0-1)·Within), at most 1
}

// ICC gives the intraclass correlation ICC(1) of answers within groups. Empty groups are left out. Fewer than two groups are ErrOneCluster, groups of one
// person each ErrTooFew, answers that are all the same ErrNoVariation.
func ICC(groups []Moments) (Analysis, error) {
	var a Analysis
	sum, sizes := 0, 0
	between, within := 0.0, 0.0
	for _, g := range groups {
		if g.Base < 0 || g.Sum*g.Sum > g.Base*g.Squares {
			return Analysis{}, fail(ErrBadCount, "", "a group has at least nobody, and moments that values can have")
		}
		if g.Base == 0 {
			continue
		}
		a.Groups++
		a.Base += g.Base
		sum += g.Sum
		sizes += g.Base * g.Base
	}
	switch {
	case a.Base == 0:
		return Analysis{}, fail(ErrNoBase, "", "")
	case a.Groups < 2:
		return Analysis{}, fail(ErrOneCluster, "", "")
	case a.Base == a.Groups:
		return Analysis{}, fail(ErrTooFew, "", "every group has one person, so that nothing is known of differences within groups")
	}
	n := float64(a.Base)
	for _, g := range groups {
		if g.Base == 0 {
			continue
		}
		// N·sum_g - n_g·sum is whole, and 0 when the group's mean is the mean of all.
		d := float64(a.Base*g.Sum-g.Base*sum) / n
		between += float64(d*d) / float64(g.Base)
		within += float64(g.Base*g.Squares-g.Sum*g.Sum) / float64(g.Base)
	}
	a.Between = between / float64(a.Groups-1)
	a.Within = within / float64(a.Base-a.Groups)
	a.N0 = (n - float64(sizes)/n) / float64(a.Groups-1)
	if between == 0 && within == 0 {
		return Analysis{}, fail(ErrNoVariation, "", "")
	}
	a.ICC = (a.Between - a.Within) / (a.Between + float64((a.N0-1)*a.Within))
	return a, nil
}

// A ClusteredMean is the mean of answers of people who sat at tables.
type ClusteredMean struct {
	Mean          float64
	Base          int
	Tables        int      // with at least one answer
	ICC           *float64 // nil where it has no value
	DesignEffect  float64  // as in Clustered
	EffectiveBase float64
	LinearError   float64  // root of T/(T-1)·Σ_t(Σ_i(y_ti-mean))²/N²
	Interval      Interval // Mean ± t·LinearError, T-1 degrees of freedom
}

// TableMean gives the mean of answers on a scale over tables, with the variance that the tables leave; level is that of the interval (0.95). No answers at
// all are ErrNoBase, one table ErrOneCluster, moments that no values have ErrBadCount, a level outside (0, 1) ErrBadParameter.
func TableMean(tables []Moments, level float64) (ClusteredMean, error) {
	if !(level > 0 && level < 1) {
		return ClusteredMean{}, fail(ErrBadParameter, "level", "the level of an interval lies between 0 and 1")
	}
	a, err := ICC(tables)
	switch NameOf(err) {
	case ErrNoBase, ErrOneCluster, ErrBadCount:
		return ClusteredMean{}, err
	}
	r := ClusteredMean{DesignEffect: 1}
	sum := 0
	for _, g := range tables {
		if g.Base > 0 {
			r.Base, r.Tables, sum = r.Base+g.Base, r.Tables+1, sum+g.Sum
		}
	}
	n, t := float64(r.Base), float64(r.Tables)
	r.Mean = float64(sum) / n
	if err == nil {
		r.ICC = ref(a.ICC)
		r.DesignEffect = 1 + float64((n/t-1)*max(a.ICC, 0))
	}
	r.EffectiveBase = n / r.DesignEffect
	squares := 0.0
	for _, g := range tables {
		d := float64(r.Base*g.Sum-g.Base*sum) / n
		squares += float64(d * d)
	}
	r.LinearError = math.Sqrt(float64(t/(t-1)*squares)) / n
	half := float64(StudentQuantile(1-float64((1-level)/2), t-1) * r.LinearError)
	r.Interval = Interval{r.Mean - half, r.Mean + half}
	return r, nil
}
