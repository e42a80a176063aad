package lottery

import (
	"fmt"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// Instances so small that every panel can be listed: the fairest lottery over them is computed in fractions, person by person, by a simplex that shares nothing
// with ours.

// randomInstance has few people and quotas that often just fit, which is where relaxations promise too much.
func randomInstance(r *rand.Rand, most int) Instance {
	n := 3 + r.IntN(most-2)
	in := Instance{Size: 1 + r.IntN(min(n-1, 7))}
	categories := 1 + r.IntN(5)
	sizes := make([]int, categories)
	for c := range sizes {
		sizes[c] = 2 + r.IntN(2)
	}
	home := r.IntN(3) == 0
	for i := range n {
		p := Person{ID: fmt.Sprintf("p%02d", i)}
		for c := range sizes {
			p.Values = append(p.Values, fmt.Sprint(min(r.IntN(sizes[c]), r.IntN(sizes[c]+1)%sizes[c])))
		}
		if home && r.IntN(2) == 0 {
			p.Address = fmt.Sprint(r.IntN(n/2 + 1))
		}
		in.People = append(in.People, p)
	}
	// quotas around what some people have, who are thus a panel unless they live together
	panel := r.Perm(n)[:in.Size]
	for c := range sizes {
		for v := range sizes[c] {
			has := 0
			for _, i := range panel {
				if in.People[i].Values[c] == fmt.Sprint(v) {
					has++
				}
			}
			in.Quotas = append(in.Quotas, Quota{fmt.Sprint("c", c), fmt.Sprint(v), max(0, has-r.IntN(5)/4), has + r.IntN(5)/4})
		}
	}
	return in
}

// allPanels lists every valid panel as a set of bits.
func allPanels(in Instance) (panels []uint) {
	for set := uint(0); set < 1<<len(in.People); set++ {
		if bits.OnesCount(set) == in.Size {
			var members []int
			for i := range in.People {
				if set>>i&1 == 1 {
					members = append(members, i)
				}
			}
			if _, err := Count(in, [][]int{members}); err == nil {
				panels = append(panels, set)
			}
		}
	}
	return panels
}

// bruteLeximin gives everybody's chance in the fairest lottery; nil for people who are on no panel.
func bruteLeximin(people int, panels []uint) []*big.Rat {
	chance := make([]*big.Rat, people)
	fixed := make([]bool, people)
	for i := range fixed {
		fixed[i] = !slices.ContainsFunc(panels, func(p uint) bool { return p>>i&1 == 1 })
	}
	for slices.Contains(fixed, false) {
		z, tight := bruteFloor(people, panels, fixed, chance)
		for i := range tight {
			if !fixed[i] && tight[i] {
				fixed[i], chance[i] = true, z
			}
		}
	}
	return chance
}

// bruteFloor maximises z: Σ_P λ_P·[i∈P] ≥ z for the people who are not fixed and ≥ their chance for the others, Σ λ = 1. It solves the dual, which needs no
// first phase: minimise v − Σ_fixed chance_i·y_i, Σ_free y_i = 1, v ≥ Σ_{i∈P} y_i for every P. Constraint by constraint: the columns of the simplex are the
// panels, its rows the people, and it starts from any panel.
func bruteFloor(people int, panels []uint, fixed []bool, chance []*big.Rat) (*big.Rat, []bool) {
	// variables: λ_P (0…), z, surplus_i; rows: person i: Σ λ[i∈P] − [free] z − s_i = chance_i or 0; last row Σ λ = 1; then artificials for all rows
	n, m := len(panels)+1+people, people+1
	tableau := make([][]*big.Rat, m)
	for i := range tableau {
		tableau[i] = make([]*big.Rat, n+m+1)
		for j := range tableau[i] {
			tableau[i][j] = new(big.Rat)
		}
		for j, p := range panels {
			if i == people || p>>i&1 == 1 {
				tableau[i][j].SetInt64(1)
			}
		}
		tableau[i][n+i].SetInt64(1)
		if i == people {
			tableau[i][n+m].SetInt64(1)
			continue
		}
		if !fixed[i] {
			tableau[i][len(panels)].SetInt64(-1)
		} else if chance[i] != nil {
			tableau[i][n+m].Set(chance[i])
		}
		tableau[i][len(panels)+1+i].SetInt64(-1)
	}
	basis := make([]int, m)
	for i := range basis {
		basis[i] = n + i
	}
	first := make([]*big.Rat, n+m+1)  // minimise the artificials
	second := make([]*big.Rat, n+m+1) // maximise z
	for j := range first {
		first[j], second[j] = new(big.Rat), new(big.Rat)
		for i := range tableau {
			if j < n || j == n+m {
				first[j].Sub(first[j], tableau[i][j])
			}
		}
	}
	second[len(panels)].SetInt64(-1)
	rationalSimplex(tableau, basis, first, [][]*big.Rat{second}, n)
	if first[n+m].Sign() != 0 {
		panic("the fixed chances cannot be had")
	}
	rationalSimplex(tableau, basis, second, nil, n)
	tight := make([]bool, people)
	for i := range tight {
		tight[i] = second[len(panels)+1+i].Sign() > 0 // the reduced cost of the surplus is the dual
	}
	return second[n+m], tight
}

// rationalSimplex minimises by Bland's rule; objective rows are brought along.
func rationalSimplex(tableau [][]*big.Rat, basis []int, objective []*big.Rat, along [][]*big.Rat, n int) {
	last := len(objective) - 1
	for {
		enter := slices.IndexFunc(objective[:n], func(c *big.Rat) bool { return c.Sign() < 0 })
		if enter < 0 {
			return
		}
		leave := -1
		var best *big.Rat
		for i, row := range tableau {
			if row[enter].Sign() > 0 {
				if ratio := new(big.Rat).Quo(row[last], row[enter]); leave < 0 || ratio.Cmp(best) < 0 || (ratio.Cmp(best) == 0 && basis[i] < basis[leave]) {
					leave, best = i, ratio
				}
			} else if basis[i] >= n && row[enter].Sign() < 0 && row[last].Sign() == 0 {
				leave, best = i, new(big.Rat) // an artificial at 0 must not grow
				break
			}
		}
		pivot := new(big.Rat).Set(tableau[leave][enter])
		for j := range tableau[leave] {
			tableau[leave][j].Quo(tableau[leave][j], pivot)
		}
		basis[leave] = enter
		for _, row := range slices.Concat(tableau, [][]*big.Rat{objective}, along) {
			if &row[0] == &tableau[leave][0] || row[enter].Sign() == 0 {
				continue
			}
			f := new(big.Rat).Set(row[enter])
			for j := range row {
				if tableau[leave][j].Sign() != 0 {
					row[j].Sub(row[j], new(big.Rat).Mul(f, tableau[leave][j]))
				}
			}
		}
	}
}

// agreesWithBrute holds the lottery of an instance against the fairest there is.
func agreesWithBrute(t require.TestingT, in Instance, small bool) {
	panels := allPanels(in)
	l, err := build(in, Options{Panels: 200, Objective: LeximinUncapped}, small, nil)
	if len(panels) == 0 {
		require.ErrorIs(t, err, ErrInfeasible)
		return
	}
	require.NoError(t, err)
	chance := bruteLeximin(len(in.People), panels)
	var impossible []int
	var want, got []float64
	for i, c := range chance {
		if c == nil {
			impossible = append(impossible, i)
			continue
		}
		f, _ := c.Float64()
		want = append(want, f)
		require.LessOrEqual(t, c.Cmp(l.Certificate.Bound), maxSign(chance, i), "the certificate bounds the smallest chance")
		if l.Exact {
			require.InDelta(t, f, float64(l.Tickets[i])/200, 4.0/200, "person %d: %v", i, in)
		}
	}
	require.Equal(t, impossible, l.Impossible)
	fewest, _ := l.Range()
	require.GreaterOrEqual(t, float64(fewest), 200*slices.Min(want)-4, "%v", in)
	for _, level := range l.Relaxed {
		for range level.People {
			got = append(got, level.Probability)
		}
	}
	sameLeximin(t, l, want, got)
}

// sameLeximin holds the chances that a lottery aims at against the fairest. Where they come from the relaxation, the first that differs may be better, by as much
// as herding cannot tell from rounding; the others are then chances of another lottery.
func sameLeximin(t require.TestingT, l *Lottery, want, got []float64) {
	slices.Sort(want)
	require.Len(t, got, len(want))
	for i := range got {
		if better := got[i] - want[i]; !l.Exact && better > 2e-5 {
			require.Less(t, better, 3.5/float64(len(l.Panels)), "%v of %v", got, want)
			return
		}
		require.InDelta(t, want[i], got[i], 2e-5, "%v of %v", got, want)
	}
}

// maxSign is 0 for the smallest chance, which must not be above the bound, and 1 for the others, which may.
func maxSign(chance []*big.Rat, i int) int {
	for _, c := range chance {
		if c != nil && c.Cmp(chance[i]) < 0 {
			return 1
		}
	}
	return 0
}

func TestBrute(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		in := randomInstance(rand.New(rand.NewPCG(seed, 7)), 12)
		agreesWithBrute(t, in, true)
		agreesWithBrute(t, in, false)
	}
}

func FuzzBrute(f *testing.F) {
	for seed := range uint64(5) {
		f.Add(seed, seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, small bool) {
		agreesWithBrute(t, randomInstance(rand.New(rand.NewPCG(seed, 11)), 12), small)
	})
}
