package stats

import "slices"

// A ValueCount is how many said a value.
type ValueCount struct{ Value, Count int }

// A Description describes whole numbers: answers on a scale, points given to an option. Sum, squares, median and counts are exact.
type Description struct {
	Base           int
	Sum            int
	Squares        int
	Mean           float64
	MedianTwo      int      // twice the median: the middle value twice, or the sum of the two middle ones
	Variance       float64  // Σ(x-mean)²/n, of these people
	SampleVariance *float64 // Σ(x-mean)²/(n-1), as an estimate for others; nil for one person
	Values         []ValueCount
}

// Median is the middle value, or the mean of the two middle ones.
func (d Description) Median() float64 { return float64(d.MedianTwo) / 2 }

// AtLeast counts the values not below low: top-2 of a scale 1..5 is AtLeast(4).
func (d Description) AtLeast(low int) int {
	n := 0
	for _, v := range d.Values {
		if v.Value >= low {
			n += v.Count
		}
	}
	return n
}

// Describe describes values that are given as counts, in any order; a value may stand there more than once. Nobody is ErrNoBase, a count below zero
// ErrBadCount.
func Describe(values []ValueCount) (Description, error) {
	sorted := slices.Clone(values)
	slices.SortStableFunc(sorted, func(a, b ValueCount) int {
		if a.Value < b.Value {
			return -1
		} else if a.Value > b.Value {
			return 1
		}
		return 0
	})
	var d Description
	for _, v := range sorted {
		switch n := len(d.Values); {
		case v.Count < 0:
			return Description{}, fail(ErrBadCount, "", "a count is not below zero")
		case v.Count == 0:
			continue
		case n > 0 && d.Values[n-1].Value == v.Value:
			d.Values[n-1].Count += v.Count
		default:
			d.Values = append(d.Values, v)
		}
		d.Base += v.Count
		d.Sum += v.Count * v.Value
		d.Squares += v.Count * v.Value * v.Value
	}
	if d.Base == 0 {
		return Description{}, fail(ErrNoBase, "", "")
	}
	n := float64(d.Base)
	spread := float64(d.Base*d.Squares-d.Sum*d.Sum) / n
	d.Mean, d.Variance = float64(d.Sum)/n, spread/n
	if d.Base > 1 {
		d.SampleVariance = ref(spread / (n - 1))
	}
	d.MedianTwo = d.at((d.Base-1)/2) + d.at(d.Base/2)
	return d, nil
}

// DescribeValues is Describe of single values.
func DescribeValues(values []int) (Description, error) {
	counts := make([]ValueCount, len(values))
	for i, v := range values {
		counts[i] = ValueCount{v, 1}
	}
	return Describe(counts)
}

// at gives the value of place i from 0 in ascending order.
func (d Description) at(i int) int {
	for _, v := range d.Values {
		if i < v.Count {
			return v.Value
		}
		i -= v.Count
	}
	return 0
}
