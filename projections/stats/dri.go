package stats

import "math"

// Spearman gives the rank correlation of two lists of values, ties sharing the mean of their ranks: Pearson's correlation of the ranks. Lists of
// different lengths are ErrBadCount, fewer than two values ErrTooFew, a list of equal values ErrNoVariation.
func Spearman(a, b []int) (float64, error) {
	if len(a) != len(b) {
		return 0, fail(ErrBadCount, "", "both lists have as many values")
	}
	if len(a) < 2 {
		return 0, fail(ErrTooFew, "", "a correlation needs two values")
	}
	x, y := centre(a), centre(b)
	if x.squares == 0 || y.squares == 0 {
		return 0, fail(ErrNoVariation, "", "")
	}
	return x.correlate(y), nil
}

// centred is twice the ranks less their mean, which are whole numbers.
type centred struct {
	ranks   []int
	squares int
}

func centre(values []int) centred {
	ranks, _ := rankTwice(values)
	c := centred{ranks: ranks}
	for i := range ranks {
		ranks[i] -= len(values) + 1
		c.squares += ranks[i] * ranks[i]
	}
	return c
}

// correlate is exact but for one division and one root.
func (c centred) correlate(d centred) float64 {
	sum := 0
	for i, r := range c.ranks {
		sum += r * d.ranks[i]
	}
	return float64(sum) / math.Sqrt(float64(float64(c.squares)*float64(d.squares)))
}

// An Index is the deliberative reason index of a group.
type Index struct {
	DRI          float64
	MeanDistance float64 // of the pairs from the line on which considerations agree as much as preferences
	People       int
	Pairs        int // of people, with both correlations
	LeftOut      int // pairs of which one gave the same value to everything, so that there is no correlation
}

// DRI is how far people who agree on considerations also agree on preferences. considerations[i] are person i's ratings of the same statements,
// preferences[i] person i's ranks of the same options (1 for the most wanted; any whole numbers in that order will do). For each pair of people r is
// Spearman's correlation of their considerations, q that of their preferences, d = |r-q|/√2; with λ = 1-√2/2 the index is
//
//	2·((1-mean d)-λ)/(1-λ) - 1, at most 1
//
// Fewer than two people are ErrTooFew, lists of different lengths ErrBadCount; if no pair has both correlations it is ErrNoVariation. tick, if not nil,
// is asked after every person; its error ends the work and is given back.
func DRI(considerations, preferences [][]int, tick func() error) (Index, error) {
	if len(considerations) != len(preferences) {
		return Index{}, fail(ErrBadCount, "", "everybody has considerations and preferences")
	}
	if len(considerations) < 2 {
		return Index{}, fail(ErrTooFew, "", "a pair has two people")
	}
	people := make([][2]centred, len(considerations))
	for i := range people {
		if len(considerations[i]) != len(considerations[0]) || len(preferences[i]) != len(preferences[0]) {
			return Index{}, fail(ErrBadCount, "", "everybody rated the same statements and ranked the same options")
		}
		people[i] = [2]centred{centre(considerations[i]), centre(preferences[i])}
	}
	x := Index{People: len(people)}
	sum := 0.0
	for i, a := range people {
		for _, b := range people[i+1:] {
			if a[0].squares == 0 || a[1].squares == 0 || b[0].squares == 0 || b[1].squares == 0 {
				x.LeftOut++
				continue
			}
			x.Pairs++
			sum += math.Abs(a[0].correlate(b[0])-a[1].correlate(b[1])) / math.Sqrt2
		}
		if tick != nil {
			if err := tick(); err != nil {
				return Index{}, err
			}
		}
	}
	if x.Pairs == 0 {
		return Index{}, fail(ErrNoVariation, "", "")
	}
	const lambda = 1 - math.Sqrt2/2
	x.MeanDistance = sum / float64(x.Pairs)
	x.DRI = float64(2*((1-x.MeanDistance)-lambda))/(1-lambda) - 1
	return x, nil
}
