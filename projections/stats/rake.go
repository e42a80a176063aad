package stats

import (
	"fmt"
	"math"
)

// Limits of raking, as the protocol freezes them.
const (
	RakeRounds    = 1000  // rounds over all margins
	RakeTolerance = 1e-12 // largest difference of a share from its target
	RakeLow       = 0.2   // weights are trimmed to RakeLow..RakeHigh times their mean
	RakeHigh      = 5.0
	RakeRatio     = RakeHigh / RakeLow // largest over smallest weight, above which a warning is given
)

// A Margin is one dimension with the target of each of its strata, in any unit (people, per mille, shares).
type Margin struct {
	Name    string
	Strata  []string
	Targets []float64
}

// A Cell is people who are in the same stratum of every dimension: Strata[d] is the index of their stratum in margin d.
type Cell struct {
	Strata []int
	Base   int
}

// Raked are the weights of cells.
type Raked struct {
	Weights       []float64 // by cell, of each person in it; their mean over people is 1. A cell of nobody has weight 0
	Rounds        int       // in all, those after trimming included
	Largest       float64   // difference of a share from its target at the end
	Trimmed       int       // cells whose weight was trimmed
	TrimmedMass   float64   // share of all weight that trimming moved: Σn|w-trimmed|/Σnw
	Ratio         float64   // largest over smallest weight
	EffectiveBase float64   // Kish
	DesignEffect  float64
	Warnings      []string // the ratio is above RakeRatio; weights are outside the limits again after raking again
}

// Rake multiplies weights by target/current, margin by margin in their order, until no share is RakeTolerance from its target; trims the weights to
// RakeLow..RakeHigh times their mean; and, if that changed any, rakes again from the trimmed weights.
//
// A target above zero without a person is ErrEmptyStratum, people in a stratum with target 0 ErrNoPopulation, both naming "dimension/stratum".
// More than RakeRounds rounds in one go are ErrNoConvergence. Nobody is ErrNoBase; a stratum that there is not is ErrBadCount.
func Rake(cells []Cell, margins []Margin) (Raked, error) {
	base, err := checkMargins(cells, margins)
	if err != nil {
		return Raked{}, err
	}
	var r Raked
	w := make([]float64, len(cells))
	for i, c := range cells {
		if c.Base > 0 {
			w[i] = 1
		}
	}
	if err := r.rake(w, cells, margins, base); err != nil {
		return Raked{}, err
	}
	moved := 0.0
	for i, c := range cells {
		if c.Base == 0 {
			continue
		}
		if t := min(max(w[i], RakeLow), RakeHigh); t != w[i] {
			moved += float64(math.Abs(w[i]-t) * float64(c.Base))
			w[i] = t
			r.Trimmed++
		}
	}
	if r.Trimmed > 0 {
		r.TrimmedMass = moved / base
		if err := r.rake(w, cells, margins, base); err != nil {
			return Raked{}, err
		}
	}
	r.Weights = w
	low, high := math.Inf(1), 0.0
	bases := make([]int, len(cells))
	for i, c := range cells {
		bases[i] = c.Base
		if c.Base > 0 {
			low, high = min(low, w[i]), max(high, w[i])
		}
	}
	r.Ratio = high / low
	if r.Ratio > RakeRatio {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the largest weight is more than %g times the smallest", RakeRatio))
	}
	if low < RakeLow-1e-9 || high > RakeHigh+1e-9 {
		r.Warnings = append(r.Warnings, "weights are outside the limits again after trimming and raking again")
	}
	if r.EffectiveBase, err = Kish(w, bases); err != nil {
		return Raked{}, err
	}
	r.DesignEffect = base / r.EffectiveBase
	return r, nil
}

// rake goes round the margins until they are met.
func (r *Raked) rake(w []float64, cells []Cell, margins []Margin, base float64) error {
	for range RakeRounds {
		r.Rounds++
		rakeOnce(w, cells, margins, base)
		r.Largest = 0
		for d, m := range margins {
			total := sumOf(m.Targets)
			for s, sum := range shares(w, cells, d, len(m.Targets)) {
				r.Largest = max(r.Largest, math.Abs(sum/base-m.Targets[s]/total))
			}
		}
		if r.Largest < RakeTolerance {
			return nil
		}
	}
	return fail(ErrNoConvergence, "", fmt.Sprintf("after %d rounds a share is still %.3g from its target", RakeRounds, r.Largest))
}

// rakeOnce makes w meet every margin in turn.
func rakeOnce(w []float64, cells []Cell, margins []Margin, base float64) {
	for d, m := range margins {
		current, total := shares(w, cells, d, len(m.Targets)), sumOf(m.Targets)
		for i, c := range cells {
			if c.Base > 0 {
				s := c.Strata[d]
				w[i] = float64(w[i] * (float64(m.Targets[s]/total*base) / current[s]))
			}
		}
	}
}

// shares gives the weight of the people of every stratum of margin d.
func shares(w []float64, cells []Cell, d, strata int) []float64 {
	sums := make([]float64, strata)
	for i, c := range cells {
		if c.Base > 0 {
			sums[c.Strata[d]] += float64(w[i] * float64(c.Base))
		}
	}
	return sums
}

func sumOf(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum
}

func checkMargins(cells []Cell, margins []Margin) (float64, error) {
	base := 0
	for _, c := range cells {
		if c.Base < 0 || len(c.Strata) != len(margins) {
			return 0, fail(ErrBadCount, "", "a cell has at least nobody, and a stratum of every dimension")
		}
		for d, s := range c.Strata {
			if s < 0 || s >= len(margins[d].Targets) {
				return 0, fail(ErrBadCount, margins[d].Name, "a cell is in a stratum that has no target")
			}
		}
		base += c.Base
	}
	if base == 0 {
		return 0, fail(ErrNoBase, "", "")
	}
	for d, m := range margins {
		if len(m.Strata) != len(m.Targets) {
			return 0, fail(ErrBadParameter, m.Name, "every stratum has a name and a target")
		}
		people := make([]int, len(m.Targets))
		for _, c := range cells {
			people[c.Strata[d]] += c.Base
		}
		for s, t := range m.Targets {
			switch where := m.Name + "/" + m.Strata[s]; {
			case !(t >= 0) || math.IsInf(t, 1):
				return 0, fail(ErrBadParameter, where, "a target is not below zero")
			case t > 0 && people[s] == 0:
				return 0, fail(ErrEmptyStratum, where, "nobody in the room belongs to it")
			case t == 0 && people[s] > 0:
				return 0, fail(ErrNoPopulation, where, "")
			}
		}
	}
	return float64(base), nil
}
