package stats

import (
	"cmp"
	"math"
	"slices"
)

// sortBy puts indices in ascending order of what value gives; equal ones keep their order.
func sortBy(indices []int, value func(int) float64) {
	slices.SortStableFunc(indices, func(a, b int) int { return cmp.Compare(value(a), value(b)) })
}

// A PairedChange is how the same people answered a scale before and after.
type PairedChange struct {
	Pre, Post     Description
	Pairs         int
	Change        float64  // mean of post-pre
	SD            float64  // of the changes, n-1
	StandardError float64  // SD/√n
	Interval      Interval // Change ± t·StandardError
	T             *Test    // Change/StandardError, df n-1; nil where all changed by the same
	VarianceRatio *float64 // post over pre; below 1 is convergence; nil where all agreed before
}

// PairedMeans compares answers of matched people, pre[i] and post[i] of the same person, on the same scale; level is that of the interval (0.95).
// Slices of different lengths are ErrBadCount, fewer than two pairs ErrTooFew (none: ErrNoBase), a level outside (0, 1) ErrBadParameter.
func PairedMeans(pre, post []int, level float64) (PairedChange, error) {
	if err := checkPairs(pre, post); err != nil {
		return PairedChange{}, err
	}
	if !(level > 0 && level < 1) {
		return PairedChange{}, fail(ErrBadParameter, "level", "the level of an interval lies between 0 and 1")
	}
	if len(pre) < 2 {
		return PairedChange{}, fail(ErrTooFew, "", "one pair has no spread")
	}
	before, err := DescribeValues(pre)
	if err != nil {
		return PairedChange{}, err
	}
	after, err := DescribeValues(post)
	if err != nil {
		return PairedChange{}, err
	}
	changes := make([]int, len(pre))
	for i := range pre {
		changes[i] = post[i] - pre[i]
	}
	d, err := DescribeValues(changes)
	if err != nil {
		return PairedChange{}, err
	}
	r := PairedChange{Pre: before, Post: after, Pairs: len(pre), Change: d.Mean, SD: math.Sqrt(*d.SampleVariance)}
	df := float64(r.Pairs - 1)
	r.StandardError = math.Sqrt(*d.SampleVariance / float64(r.Pairs))
	half := float64(StudentQuantile(1-float64((1-level)/2), df) * r.StandardError)
	r.Interval = Interval{r.Change - half, r.Change + half}
	if r.SD > 0 {
		t := r.Change / r.StandardError
		r.T = &Test{t, r.Pairs - 1, float64(2 * StudentSurvival(math.Abs(t), df))}
	}
	if before.Variance > 0 {
		r.VarianceRatio = ref(after.Variance / before.Variance)
	}
	return r, nil
}

func checkPairs(pre, post []int) error {
	if len(pre) != len(post) {
		return fail(ErrBadCount, "", "everybody has an answer before and one after")
	}
	if len(pre) == 0 {
		return fail(ErrNoBase, "", "")
	}
	return nil
}

// Crossings are matched people who went over the midpoint of a scale. Who answered the midpoint before or after has not crossed it.
type Crossings struct {
	Base     int
	Up, Down int
}

// Share is the share of people who crossed, either way.
func (c Crossings) Share() float64 { return float64(c.Up+c.Down) / float64(c.Base) }

// MidpointCrossings counts them on a scale low..high. Errors are those of PairedMeans, and ErrBadCount for an answer that is not on the scale.
func MidpointCrossings(pre, post []int, low, high int) (Crossings, error) {
	if err := checkPairs(pre, post); err != nil {
		return Crossings{}, err
	}
	c := Crossings{Base: len(pre)}
	for i := range pre {
		if min(pre[i], post[i]) < low || max(pre[i], post[i]) > high {
			return Crossings{}, fail(ErrBadCount, "", "an answer lies on the scale")
		}
		a, b := 2*pre[i]-low-high, 2*post[i]-low-high
		switch {
		case a < 0 && b > 0:
			c.Up++
		case a > 0 && b < 0:
			c.Down++
		}
	}
	return c, nil
}

// SignedRanks is Wilcoxon's test of matched pairs.
type SignedRanks struct {
	Test          // Statistic is z
	Pairs   int   // whose answers differ; the others are dropped
	UpTwo   int64 // twice the sum of ranks of those who went up, whole because ties share half ranks
	DownTwo int64
}

// Wilcoxon ranks the changes by size, ties sharing their mean rank, and compares the ranks of those who went up with those who went down:
// z = (W-n(n+1)/4)/sqrt(n(n+1)(2n+1)/24 - Σ(t³-t)/48), W the ranks of those who went up; normal, without continuity. Nobody who changed is ErrNoChange;
// others as PairedMeans.
func Wilcoxon(pre, post []int) (SignedRanks, error) {
	if err := checkPairs(pre, post); err != nil {
		return SignedRanks{}, err
	}
	var sizes []int
	var up []bool
	for i := range pre {
		if d := post[i] - pre[i]; d != 0 {
			sizes, up = append(sizes, max(d, -d)), append(up, d > 0)
		}
	}
	if len(sizes) == 0 {
		return SignedRanks{}, fail(ErrNoChange, "", "")
	}
	ranks, ties := rankTwice(sizes)
	r := SignedRanks{Pairs: len(sizes)}
	for i, twice := range ranks {
		if up[i] {
			r.UpTwo += int64(twice)
		} else {
			r.DownTwo += int64(twice)
		}
	}
	n := float64(r.Pairs)
	product := float64(n * (n + 1))
	variance := float64(product*float64(float64(2*n)+1))/24 - float64(ties)/48
	r.Statistic = float64(r.UpTwo-r.DownTwo) / 4 / math.Sqrt(variance)
	r.P = twoSided(r.Statistic)
	return r, nil
}

// rankTwice gives twice the rank of each value from 1, ties sharing the mean of their ranks, and Σ(t³-t) over groups of ties.
func rankTwice(values []int) ([]int, int64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks, ties := make([]int, len(values)), int64(0)
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			ranks[i] = from + to + 1
		}
		t := int64(to - from)
		ties += t*t*t - t
		from = to
	}
	return ranks, ties
}
