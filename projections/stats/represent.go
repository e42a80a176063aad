package stats

import (
	"math"
	"math/bits"
	"slices"
)

// A Representation compares who is in the room with who lives outside, along one dimension.
type Representation struct {
	Base       int
	Strata     []StratumShare
	GRI        float64  // 1 - ½Σ|s-q|; the Rose index
	Similarity float64  // Σmin(s,q), which is the same number by another way
	RScore     *float64 // smallest disparity over the largest; nil where nobody in the room belongs to a stratum of the population
	Coverage   *float64 // share of the strata with q > 1/n that have somebody; nil where there is no such stratum
	ChiSquared *Test    // for information; nil where somebody belongs to a stratum without population, or there is one stratum only
	Best       float64  // the GRI of BestSeats: the best that a room of this size can reach
	BestSeats  []int    // n seats by largest remainder
}

// A StratumShare is one stratum: achieved s, target q.
type StratumShare struct {
	Count     int
	Achieved  float64
	Target    float64
	Deviation float64  // s-q
	Disparity *float64 // s/q; nil where q is 0
}

// Represent compares counts of people by stratum with the population of each, in any whole unit (people, or shares over a common denominator).
// Nobody is ErrNoBase, no population ErrNoPopulation, slices of different lengths ErrBadCount.
func Represent(counts []int, population []int64) (Representation, error) {
	if len(counts) != len(population) {
		return Representation{}, fail(ErrBadCount, "", "every stratum has a count and a population")
	}
	r := Representation{Strata: make([]StratumShare, len(counts))}
	for _, c := range counts {
		if c < 0 {
			return Representation{}, fail(ErrBadCount, "", "a count is not below zero")
		}
		r.Base += c
	}
	if r.Base == 0 {
		return Representation{}, fail(ErrNoBase, "", "")
	}
	var err error
	if r.BestSeats, err = LargestRemainder(r.Base, population); err != nil {
		return Representation{}, err
	}
	all, n := int64(0), float64(r.Base)
	for _, q := range population {
		all += q
	}
	low, high, chi := math.Inf(1), 0.0, 0.0
	large, present, df, outside := 0, 0, -1, false
	for i, c := range counts {
		s, q := float64(c)/n, float64(population[i])/float64(all)
		st := StratumShare{c, s, q, s - q, nil}
		r.Similarity += min(s, q)
		if q > 0 {
			st.Disparity = ref(s / q)
			low, high = min(low, s/q), max(high, s/q)
			expected := float64(n * q)
			chi += float64((float64(c)-expected)*(float64(c)-expected)) / expected
			df++
		} else if c > 0 {
			outside = true
		}
		if product(population[i], r.Base).above(all) { // q > 1/n
			large++
			if c > 0 {
				present++
			}
		}
		r.Strata[i] = st
	}
	r.GRI, r.Best = gri(counts, r.Base, population, all), gri(r.BestSeats, r.Base, population, all)
	if high > 0 {
		r.RScore = ref(low / high)
	}
	if large > 0 {
		r.Coverage = ref(float64(present) / float64(large))
	}
	if !outside && df > 0 {
		r.ChiSquared = &Test{chi, df, ChiSquaredSurvival(chi, float64(df))}
	}
	return r, nil
}

func gri(counts []int, base int, population []int64, all int64) float64 {
	sum := 0.0
	for i, c := range counts {
		sum += math.Abs(float64(c)/float64(base) - float64(population[i])/float64(all))
	}
	return 1 - float64(sum/2)
}

// LargestRemainder gives seats by Hare quota: each stratum the whole part of seats·q, and what is left to the largest remainders, earlier strata first
// among equals. It is exact, and no other distribution of the seats has a higher GRI. A population below zero is ErrBadParameter, none at all
// ErrNoPopulation, seats below zero ErrBadCount.
func LargestRemainder(seats int, population []int64) ([]int, error) {
	all := int64(0)
	for _, q := range population {
		if q < 0 || all > math.MaxInt64-q {
			return nil, fail(ErrBadParameter, "population", "populations are not below zero and their sum fits 63 bits")
		}
		all += q
	}
	if all == 0 {
		return nil, fail(ErrNoPopulation, "", "")
	}
	if seats < 0 {
		return nil, fail(ErrBadCount, "", "there are at least no seats")
	}
	given, left := make([]int, len(population)), seats
	remainders, order := make([]uint64, len(population)), make([]int, len(population))
	for i, q := range population {
		p := product(q, seats)
		whole, rest := bits.Div64(p.high, p.low, uint64(all))
		given[i], remainders[i], order[i] = int(whole), rest, i
		left -= int(whole)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case remainders[a] > remainders[b]:
			return -1
		case remainders[a] < remainders[b]:
			return 1
		}
		return 0
	})
	for _, i := range order[:left] {
		given[i]++
	}
	return given, nil
}

// wide is a product of 128 bits.
type wide struct{ high, low uint64 }

func product(q int64, n int) wide {
	high, low := bits.Mul64(uint64(q), uint64(n))
	return wide{high, low}
}

func (w wide) above(x int64) bool { return w.high > 0 || w.low > uint64(x) }
