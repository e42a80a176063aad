package lottery

import (
	"errors"
	"fmt"
	"math"

	"daybook.internal/sortition/lp"
)

// A relaxation is the panels of an instance where seats may be fractions. In the order of leximin no lottery over panels does better than it.
//
// Chances are found from below: each orbit that has no chance yet gets a floor of z·(its people) seats. Where no fractions meet all floors the ray of the linear
// program is an inequality in z, and z goes down to what it allows (Newton's method, or Dinkelbach's). At the z that is possible, the orbits of the last ray
// cannot have more than z while the others have as much: their chance is z, and the next z is looked for.
type relaxation struct {
	*lp.Problem
	*Orbits
	most   []float64 // by orbit: the most seats, by its cap and by the cap on chances
	people []float64 // by orbit
	chance []float64 // by orbit: -1 while it has none
	free   int       // how many have none
	slack  float64   // how far below their floors seats may be
	seats  bool      // the cap on chances is at work
}

// errCap says that the quotas cannot be met under a cap on chances.
var errCap = errors.New("no chances meet the quotas under the cap")

// errNumbers says that rounding errors got out of hand. It happens to relaxations with very many equal solutions.
var errNumbers = errors.New("the numbers got out of hand")

func (o *Orbits) relaxation(ceiling float64) *relaxation {
	r := &relaxation{Problem: o.Problem(), Orbits: o, slack: 1e-7, seats: ceiling < 1}
	for t, orbit := range o.List {
		m, chance := float64(len(orbit.People)), -1.0
		if orbit.Cap == 0 {
			chance = 0
		} else {
			r.free++
		}
		r.people, r.chance = append(r.people, m), append(r.chance, chance)
		r.most = append(r.most, min(r.Upper[t], float64(ceiling*m)))
		r.Upper[t] = r.most[t]
		r.Cost[t] = lp.Noise(t) - 0.5 // there is nothing to maximise
	}
	return r
}

// floors asks for z of the orbits that have no chance yet, and of the others for theirs.
func (r *relaxation) floors(z float64) {
	for t, c := range r.chance {
		if c < 0 {
			c = z
		}
		r.Lower[t] = min(r.Upper[t], max(0, float64(c*r.people[t])-r.slack))
	}
}

// weigh says what a ray allows: fixed + z·floors ≤ 0.
func (r *relaxation) weigh(y []float64) (fixed, floors float64, held []int) {
	for t := range r.List {
		switch a := r.Dot(y, t); {
		case math.Abs(a) < 1e-9:
		case a > 0 && r.chance[t] < 0:
			floors += float64(a * r.people[t])
			held = append(held, t)
		case a > 0:
			fixed += float64(a * r.Lower[t])
		default:
			fixed += float64(a * r.Upper[t])
		}
	}
	return fixed - r.rowsMost(y), floors, held
}

// rowsMost is the most that Σ y_i·(seats in row i) can be.
func (r *relaxation) rowsMost(y []float64) float64 {
	sum := 0.0
	for i, v := range y {
		j := r.Row(i)
		sum += max(float64(v*r.Lower[j]), float64(v*r.Upper[j]))
	}
	return sum
}

// raise finds the greatest floor that all orbits without a chance can have together, gives it to those that can have no more, and says by which ray, if any.
func (r *relaxation) raise() (z float64, ray []float64, err error) {
	z = math.Inf(1)
	for t, c := range r.chance {
		if c < 0 {
			z = min(z, r.most[t]/r.people[t])
		}
	}
	start := z
	var held []int
	for range 1000 {
		r.floors(z)
		switch r.Solve(math.Inf(-1)) {
		case lp.Optimal:
			if z >= start-1e-9 {
				for t, c := range r.chance {
					if c < 0 && r.most[t]/r.people[t] <= start+1e-9 {
						held = append(held, t)
					}
				}
			}
			for _, t := range held {
				if r.chance[t] < 0 {
					r.chance[t] = max(0, z)
					r.free--
				}
			}
			if len(held) == 0 {
				return 0, nil, fmt.Errorf("%w: a floor of %g holds nobody", errNumbers, z)
			}
			return max(0, z), ray, nil
		case lp.Infeasible:
		default:
			return 0, nil, fmt.Errorf("%w: the simplex fails", errNumbers)
		}
		ray = r.Ray()
		fixed, floors, h := r.weigh(ray)
		if floors < 1e-9 || -fixed/floors < -1e-6 {
			if fixed < 1e-5 && r.slack < 1e-4 { // rounding errors of the floors before
				r.slack *= 2
				continue
			}
			if r.seats {
				return 0, nil, errCap
			}
			return 0, nil, ErrInfeasible
		}
		z, held = min(-fixed/floors, z-1e-12), h
	}
	return 0, nil, fmt.Errorf("%w: floors do not come to an end", errNumbers)
}

// leximin gives every orbit its chance.
func (r *relaxation) leximin(tick Tick) ([]float64, error) {
	for r.free > 0 {
		if _, _, err := r.raise(); err != nil {
			return nil, err
		}
		if err := tick("chances", len(r.List)-r.free, len(r.List)); err != nil {
			return nil, err
		}
	}
	return r.chance, nil
}

// minimum is the greatest smallest chance under a cap, and the ray that proves it, if one was needed.
func (o *Orbits) minimum(ceiling float64) (float64, []float64, error) {
	return o.relaxation(ceiling).raise()
}

// BestMinimum is the greatest smallest chance that the quotas allow to those whose cap is not 0, and the certificate of it. Panels may fall short of it: it is an
// upper bound, in practice the one that Build reaches. It takes milliseconds, which is what what-ifs need. ErrInfeasible: not even fractions of people meet the
// quotas.
func (o *Orbits) BestMinimum() (float64, Certificate, error) {
	z, ray, err := o.minimum(1)
	if err != nil {
		return 0, Certificate{}, err
	}
	c, err := o.certify(ray)
	return z, c, err
}
