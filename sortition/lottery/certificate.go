package lottery

import (
	"fmt"
	"math"
	"math/big"
)

// A Certificate proves, by one sum of whole numbers, that no lottery over panels that meet the quotas can give everybody a chance above Bound.
//
// Every row of an instance (a quota, the size of a panel, a group of addresses) has a multiplier ρ. With a_t the sum of the multipliers of the rows that orbit t
// counts in, every panel x has Σ_t a_t·x_t = Σ_i ρ_i·(seats in row i). On average over a lottery in which everybody has a chance of z or more, an orbit of m_t
// people has m_t·z seats or more, and never more than cap_t. So
//
//	z · Σ_{a_t>0} a_t·m_t  ≤  Σ_i max(ρ_i·min_i, ρ_i·max_i) + Σ_{a_t<0} |a_t|·cap_t
//
// whatever the multipliers are, and who checks it needs to know nothing of how they were found. Besides, z is at most cap_t/m_t for every orbit, which the bound
// takes in too. The cap of orbits in which nobody can be on a panel is 0, and nothing is asked for them.
type Certificate struct {
	Multipliers []int64  // by row: the quotas in their order, the size of a panel, the groups of addresses
	Bound       *big.Rat // at most 1
}

// Bound adds the sum of a certificate up. ErrInstance says that the multipliers do not fit the rows or are beyond ±2^30.
func (o *Orbits) Bound(multipliers []int64) (*big.Rat, error) {
	if len(multipliers) != o.Rows() {
		return nil, fmt.Errorf("%w: %d multipliers for %d rows", ErrInstance, len(multipliers), o.Rows())
	}
	var most, weight big.Int
	add := func(to *big.Int, a, b int64) { to.Add(to, new(big.Int).Mul(big.NewInt(a), big.NewInt(b))) }
	for r, m := range multipliers {
		if m < -mostMultiplier || m > mostMultiplier {
			return nil, fmt.Errorf("%w: multiplier %d is %d", ErrInstance, r, m)
		}
		lower, upper := o.bounds(r)
		if m > 0 {
			add(&most, m, int64(upper))
		} else {
			add(&most, m, int64(lower))
		}
	}
	for t, orbit := range o.List {
		a := int64(0)
		for _, r := range o.rows(t) {
			a += multipliers[r]
		}
		switch {
		case orbit.Cap == 0: // nobody here is owed a chance
		case a > 0:
			add(&weight, a, int64(len(orbit.People)))
		default:
			add(&most, -a, int64(orbit.Cap))
		}
	}
	bound := big.NewRat(1, 1)
	for _, orbit := range o.List {
		if own := big.NewRat(int64(orbit.Cap), int64(len(orbit.People))); orbit.Cap > 0 && own.Cmp(bound) < 0 {
			bound = own
		}
	}
	if weight.Sign() > 0 {
		if sum := new(big.Rat).SetFrac(&most, &weight); sum.Cmp(bound) < 0 {
			bound = sum
		}
	}
	return bound, nil
}

// Exclude sets the caps of orbits to 0 whose people are on no panel. It takes whole orbits: ErrInstance says that only some of an orbit are named.
func (o *Orbits) Exclude(people []int) error {
	named := make([]int, len(o.List))
	for _, i := range people {
		if i < 0 || i >= len(o.Of) {
			return fmt.Errorf("%w: there is no person %d", ErrInstance, i)
		}
		named[o.Of[i]]++
	}
	for t, n := range named {
		switch n {
		case 0:
		case len(o.List[t].People):
			o.List[t].Cap = 0
		default:
			return fmt.Errorf("%w: %d of %d people who cannot be told apart are said to be on no panel", ErrInstance, n, len(o.List[t].People))
		}
	}
	return nil
}

// Verify adds the sum up again. impossible are the people who are said to be on no panel; that nobody can prove by a sum.
func (c Certificate) Verify(in Instance, impossible []int) error {
	o, err := NewOrbits(in)
	if err != nil {
		return err
	}
	if err := o.Exclude(impossible); err != nil {
		return err
	}
	bound, err := o.Bound(c.Multipliers)
	if err != nil {
		return err
	}
	if c.Bound == nil || bound.Cmp(c.Bound) != 0 {
		return fmt.Errorf("%w: the multipliers prove that no lottery gives everybody more than %s, and %v is said", ErrCheck, bound.RatString(), c.Bound)
	}
	return nil
}

// certify turns the ray that holds the smallest chance down into whole multipliers. Rays of panels are fractions with small denominators, so the multiples
// of the smallest entry are tried first; of all that are tried the lowest bound is taken. Whole multipliers are always right, if not always sharp.
func (o *Orbits) certify(ray []float64) (Certificate, error) {
	size := make([]int64, o.Rows())
	size[len(o.Quotas)] = 1 // nobody has more than size/people if all have the same
	bound, err := o.Bound(size)
	if err != nil {
		return Certificate{}, err
	}
	best := Certificate{size, bound}
	least, most := math.Inf(1), 0.0
	for _, v := range ray {
		if a := math.Abs(v); a > 1e-7 {
			least, most = min(least, a), max(most, a)
		}
	}
	if most == 0 {
		return best, nil
	}
	var scales []float64
	for d := 1; d <= 200; d++ {
		scales = append(scales, float64(d)/least)
	}
	scales = append(scales, 1e6/most)
	for _, scale := range scales {
		if scale*most > mostMultiplier {
			continue
		}
		multipliers := make([]int64, len(ray))
		off := 0.0
		for i, v := range ray {
			whole := math.Round(v * scale)
			off = max(off, math.Abs(float64(v*scale)-whole))
			multipliers[i] = int64(whole)
		}
		bound, err := o.Bound(multipliers)
		if err != nil {
			return Certificate{}, err
		}
		if bound.Cmp(best.Bound) < 0 {
			best = Certificate{multipliers, bound}
		}
		if off < 1e-6 {
			break // these are the multipliers themselves
		}
	}
	return best, nil
}
