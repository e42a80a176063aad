package lottery

import (
	"errors"
	"fmt"
	"math"

	"daybook.internal/sortition/lp"
)

// ceiling gives the cap on chances that an objective asks for; least is the greatest smallest chance without one.
func (o *Orbits) ceiling(objective Objective, least float64) (float64, error) {
	switch objective {
	case LeximinUncapped:
		return 1, nil
	case Goldilocks:
		return o.goldilocks()
	default:
		c, err := o.smallestCap(least - 1e-9)
		return min(1, float64(c*1.02)), err
	}
}

// smallestCap is the smallest cap under which everybody can still have the chance z. It is found from below: where no fractions meet the quotas the ray is an
// inequality in the cap, and the cap goes up to what it asks for.
func (o *Orbits) smallestCap(z float64) (float64, error) {
	r := o.relaxation(1)
	possible := 0.0
	for t, orbit := range o.List {
		if orbit.Cap > 0 {
			possible += r.people[t]
		}
	}
	u := min(1, max(z, float64(o.Size)/possible))
	for range 1000 {
		for t, orbit := range o.List {
			r.Upper[t] = min(float64(orbit.Cap), float64(u*r.people[t])+r.slack)
		}
		r.floors(max(0, z))
		switch r.Solve(math.Inf(-1)) {
		case lp.Optimal:
			return u, nil
		case lp.Infeasible:
		default:
			return 0, fmt.Errorf("%w: the simplex fails", errNumbers)
		}
		y := r.Ray()
		fixed, caps := -r.rowsMost(y), 0.0 // what the ray asks for: fixed ≤ u·caps
		for t, orbit := range o.List {
			switch a := r.Dot(y, t); {
			case math.Abs(a) < 1e-9:
			case a > 0:
				fixed += float64(a * r.Lower[t])
			case orbit.Cap == 0:
			case float64(u*r.people[t]) < float64(orbit.Cap):
				caps -= float64(a * r.people[t])
			default:
				fixed += float64(a * float64(orbit.Cap))
			}
		}
		if caps < 1e-9 {
			if r.slack < 1e-4 { // rounding errors
				r.slack *= 2
				continue
			}
			return 0, ErrInfeasible
		}
		if u = max(fixed/caps, u+1e-12); u >= 1 {
			return 1, nil
		}
	}
	return 0, fmt.Errorf("%w: caps do not come to an end", errNumbers)
}

// goldilocks is the cap u at which u/(k/n) + (k/n)/z(u) is smallest, where z(u) is the greatest smallest chance under it. z is concave, so the sum is convex, and
// thirds are cut off an interval until it is short.
func (o *Orbits) goldilocks() (float64, error) {
	low, err := o.smallestCap(0)
	if err != nil {
		return 0, err
	}
	possible := 0
	for _, orbit := range o.List {
		if orbit.Cap > 0 {
			possible += len(orbit.People)
		}
	}
	share := float64(o.Size) / float64(possible)
	value := func(u float64) (float64, error) {
		z, _, err := o.minimum(u)
		if errors.Is(err, errCap) || (err == nil && z <= 0) {
			return math.Inf(1), nil
		}
		return u/share + share/z, err
	}
	low, high := min(1, float64(low*(1+1e-6))), 1.0
	for range 60 {
		third := (high - low) / 3
		a, b := low+third, high-third
		atA, err := value(a)
		if err != nil {
			return 0, err
		}
		atB, err := value(b)
		if err != nil {
			return 0, err
		}
		if atA <= atB && !math.IsInf(atA, 1) {
			high = b
		} else {
			low = a
		}
	}
	return high, nil
}
