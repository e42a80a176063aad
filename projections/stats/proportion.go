package stats

import "math"

// An Interval is a confidence interval, both ends included.
type Interval struct{ Low, High float64 }

// A Share is Count of Base with its interval. Its unit (people, tables) is the caller's to say: shares of people and of tables are never added.
type Share struct {
	Count, Base int
	Share       float64 // Count/Base
	Interval    Interval
}

// Wilson gives the share of count among base with its score interval; z is the normal quantile (Z95), p = count/base, n = base:
//
//	(p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)
//
// Base 0 is ErrNoBase: nobody has no share and no interval. count outside 0..base is ErrBadCount.
func Wilson(count, base int, z float64) (Share, error) {
	if err := checkCount(count, base); err != nil {
		return Share{}, err
	}
	p := float64(count) / float64(base)
	i, err := WilsonEffective(p, float64(base), z)
	if err != nil {
		return Share{}, err
	}
	return Share{count, base, p, i}, nil
}

// WilsonEffective is Wilson's interval of a share p that is worth n people, n > 0 and not whole in general (n/deff, Kish).
func WilsonEffective(p, n, z float64) (Interval, error) {
	switch {
	case !(p >= 0 && p <= 1):
		return Interval{}, fail(ErrBadCount, "", "a share lies between 0 and 1")
	case !(n > 0) || math.IsInf(n, 1):
		return Interval{}, fail(ErrNoBase, "", "")
	case !(z > 0) || math.IsInf(z, 1):
		return Interval{}, fail(ErrBadParameter, "z", "the quantile of an interval is above 0")
	}
	z2 := float64(z * z)
	scale := 1 + z2/n
	centre := (p + z2/float64(2*n)) / scale
	half := float64(z*math.Sqrt(float64(p*(1-p))/n+z2/float64(float64(4*n)*n))) / scale
	i := Interval{max(0, centre-half), min(1, centre+half)}
	switch p { // the ends are exact where the share is
	case 0:
		i.Low = 0
	case 1:
		i.High = 1
	}
	return i, nil
}

// checkCount says why count of base is no share.
func checkCount(count, base int) error {
	switch {
	case base < 0 || count < 0 || count > base:
		return fail(ErrBadCount, "", "a count lies between 0 and its base")
	case base == 0:
		return fail(ErrNoBase, "", "")
	}
	return nil
}

// Proportions gives the share of every count in the same base, as Wilson does. The counts need not sum to the base: several options may be chosen.
func Proportions(counts []int, base int, z float64) ([]Share, error) {
	shares := make([]Share, len(counts))
	for i, c := range counts {
		var err error
		if shares[i], err = Wilson(c, base, z); err != nil {
			return nil, err
		}
	}
	return shares, nil
}

// Selections are the answers to a question that allows several options. Base is how many people chose anything, which is the denominator of every share.
type Selections struct {
	Counts []int // by option
	Base   int
	Blank  int // answers that chose nothing
}

// CountSelections counts answers, each a set of options 0..options-1. An option twice or out of range is ErrBadBallot.
func CountSelections(options int, answers [][]int) (Selections, error) {
	s := Selections{Counts: make([]int, max(options, 0))}
	last := make([]int, max(options, 0)) // the answer, from 1, that chose the option last
	for i, a := range answers {
		if len(a) == 0 {
			s.Blank++
			continue
		}
		s.Base++
		for _, o := range a {
			if o < 0 || o >= options || last[o] == i+1 {
				return Selections{}, fail(ErrBadBallot, "", "an answer names an option twice or one that there is not")
			}
			last[o] = i + 1
			s.Counts[o]++
		}
	}
	return s, nil
}

// A Difference is A minus B of two independent shares, with its interval.
type Difference struct {
	A, B       Share
	Difference float64
	Interval   Interval
}

// Newcombe gives the difference of two independent shares. With Wilson's intervals [l, u] of both, the hybrid score interval (method 10) is
//
//	d - sqrt((pA-lA)² + (uB-pB)²) .. d + sqrt((uA-pA)² + (pB-lB)²)
//
// Errors are those of Wilson.
func Newcombe(countA, baseA, countB, baseB int, z float64) (Difference, error) {
	a, err := Wilson(countA, baseA, z)
	if err != nil {
		return Difference{}, err
	}
	b, err := Wilson(countB, baseB, z)
	if err != nil {
		return Difference{}, err
	}
	return Difference{a, b, a.Share - b.Share, newcombe(a.Share, a.Interval, b.Share, b.Interval)}, nil
}

// NewcombeEffective is the interval of Newcombe for shares that are worth nA and nB people.
func NewcombeEffective(pA, nA, pB, nB, z float64) (Interval, error) {
	a, err := WilsonEffective(pA, nA, z)
	if err != nil {
		return Interval{}, err
	}
	b, err := WilsonEffective(pB, nB, z)
	if err != nil {
		return Interval{}, err
	}
	return newcombe(pA, a, pB, b), nil
}

func newcombe(pA float64, a Interval, pB float64, b Interval) Interval {
	d := pA - pB
	return Interval{max(-1, d-hypot(pA-a.Low, b.High-pB)), min(1, d+hypot(a.High-pA, pB-b.Low))}
}

func hypot(x, y float64) float64 { return math.Sqrt(float64(x*x) + float64(y*y)) }

// A Test is a statistic with its two-sided p-value; DF is 0 where the statistic has no degrees of freedom.
type Test struct {
	Statistic float64
	DF        int
	P         float64
}

// TwoProportions tests whether two independent shares are the same: z = (pA-pB)/sqrt(p(1-p)(1/nA+1/nB)) with the pooled share p. Where nobody or
// everybody said yes the test is 0/0, which is ErrNoVariation.
func TwoProportions(countA, baseA, countB, baseB int) (Test, error) {
	if err := checkCount(countA, baseA); err != nil {
		return Test{}, err
	}
	if err := checkCount(countB, baseB); err != nil {
		return Test{}, err
	}
	a, b := float64(baseA), float64(baseB)
	p := float64(countA+countB) / (a + b)
	if countA+countB == 0 || countA+countB == baseA+baseB {
		return Test{}, fail(ErrNoVariation, "", "")
	}
	z := (float64(countA)/a - float64(countB)/b) / math.Sqrt(float64(float64(p*(1-p))*(1/a+1/b)))
	return Test{Statistic: z, P: twoSided(z)}, nil
}

// twoSided is the two-sided p-value of a standard normal statistic.
func twoSided(z float64) float64 { return gammaQ(0.5, float64(z*z)/2) }
