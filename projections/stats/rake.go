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
	k := newRaking(cells, margins, base)
	w := make([]float64, len(k.cells))
	for n := range w {
		w[n] = 1
	}
	if err := r.rake(w, k); err != nil {
		return Raked{}, err
	}
	moved := 0.0
	for n := range w {
		if t := min(max(w[n], RakeLow), RakeHigh); t != w[n] {
			moved += float64(math.Abs(w[n]-t) * k.base[n])
			w[n] = t
			r.Trimmed++
		}
	}
	if r.Trimmed > 0 {
		r.TrimmedMass = moved / base
		if err := r.rake(w, k); err != nil {
			return Raked{}, err
		}
	}
	r.Weights = make([]float64, len(cells))
	for n, i := range k.cells {
		r.Weights[i] = w[n]
	}
	w = r.Weights
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

// raking is the cells with anybody, dimension by dimension.
type raking struct {
	cells  []int     // their places among all
	base   []float64 // people
	all    float64
	strata [][]int32   // by margin and cell
	meets  [][]float64 // by margin and stratum: the people that there should be
	share  [][]float64 // the same as a share
	sums   []float64
}

func newRaking(cells []Cell, margins []Margin, base float64) *raking {
	k := &raking{all: base, cells: make([]int, 0, len(cells)), base: make([]float64, 0, len(cells))}
	for i, c := range cells {
		if c.Base > 0 {
			k.cells, k.base = append(k.cells, i), append(k.base, float64(c.Base))
		}
	}
	for d, m := range margins {
		of, meets, share, total := make([]int32, len(k.cells)), make([]float64, len(m.Targets)), make([]float64, len(m.Targets)), sumOf(m.Targets)
		for n, i := range k.cells {
			of[n] = int32(cells[i].Strata[d])
		}
		for s, target := range m.Targets {
			share[s] = target / total
			meets[s] = float64(share[s] * base)
		}
		k.strata, k.meets, k.share = append(k.strata, of), append(k.meets, meets), append(k.share, share)
		if len(m.Targets) > len(k.sums) {
			k.sums = make([]float64, len(m.Targets))
		}
	}
	return k
}

// rake goes round the margins until they are met. w is by cell with anybody.
func (r *Raked) rake(w []float64, k *raking) error {
	for range RakeRounds {
		r.Rounds++
		for d := range k.strata {
			k.meet(w, d)
		}
		r.Largest = 0
		for d := range k.strata {
			for s, sum := range k.weigh(w, d) {
				r.Largest = max(r.Largest, math.Abs(sum/k.all-k.share[d][s]))
			}
		}
		if r.Largest < RakeTolerance {
			return nil
		}
	}
	return fail(ErrNoConvergence, "", fmt.Sprintf("after %d rounds a share is still %.3g from its target", RakeRounds, r.Largest))
}

// meet makes w meet a margin.
func (k *raking) meet(w []float64, d int) {
	factor := k.weigh(w, d)
	for s, current := range factor {
		factor[s] = k.meets[d][s] / current
	}
	for n, s := range k.strata[d] {
		w[n] = float64(w[n] * factor[s])
	}
}

// weigh gives the weight of the people of every stratum of margin d, until the next call.
func (k *raking) weigh(w []float64, d int) []float64 {
	sums := k.sums[:len(k.meets[d])]
	clear(sums)
	base := k.base[:len(w)]
	for n, s := range k.strata[d][:len(w)] {
		sums[s] += float64(w[n] * base[n])
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
