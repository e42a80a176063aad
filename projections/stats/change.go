package stats

import (
	"math"
	"math/big"
)

// A Transition is how matched people moved between the same k options: Table[before][after].
type Transition struct {
	Base         int
	Table        [][]int
	Pre, Post    []int    // margins
	Stayed       int      // on the diagonal
	Gross        float64  // share of people who changed: 1 - Stayed/Base
	Net          float64  // ½Σ|pre-post|/Base: what the room as a whole moved
	NetOverGross *float64 // nil where nobody changed
}

// Transitions describes a transition matrix. Nobody is ErrNoBase; a table that is not square, or a count below zero, ErrBadCount.
func Transitions(table [][]int) (Transition, error) {
	k := len(table)
	t := Transition{Table: table, Pre: make([]int, k), Post: make([]int, k)}
	for i, row := range table {
		if len(row) != k {
			return Transition{}, fail(ErrBadCount, "", "a transition matrix is square")
		}
		for j, n := range row {
			if n < 0 {
				return Transition{}, fail(ErrBadCount, "", "a count is not below zero")
			}
			t.Pre[i] += n
			t.Post[j] += n
			t.Base += n
		}
		t.Stayed += row[i]
	}
	if t.Base == 0 {
		return Transition{}, fail(ErrNoBase, "", "")
	}
	moved := 0
	for i := range k {
		moved += max(t.Pre[i]-t.Post[i], t.Post[i]-t.Pre[i])
	}
	n := float64(t.Base)
	t.Gross, t.Net = float64(t.Base-t.Stayed)/n, float64(moved)/float64(2*n)
	if t.Stayed < t.Base {
		t.NetOverGross = ref(float64(moved) / float64(2*(t.Base-t.Stayed)))
	}
	return t, nil
}

// TransitionTable counts pairs of options 0..k-1. Slices of different lengths, or an option that there is not, are ErrBadCount.
func TransitionTable(k int, pre, post []int) ([][]int, error) {
	if len(pre) != len(post) {
		return nil, fail(ErrBadCount, "", "everybody has an answer before and one after")
	}
	table := square(k)
	for i := range pre {
		if min(pre[i], post[i]) < 0 || max(pre[i], post[i]) >= k {
			return nil, fail(ErrBadCount, "", "an answer is one of the options")
		}
		table[pre[i]][post[i]]++
	}
	return table, nil
}

// ExactBelow is the number of changes below which McNemar gives the exact p-value, which then is the one to report.
const ExactBelow = 25

// A DichotomyChange is McNemar's test of B people who left a yes and C who came to it.
type DichotomyChange struct {
	B, C      int
	Plain     Test     // (b-c)²/(b+c), 1 degree of freedom
	Corrected Test     // (|b-c|-1)²/(b+c), with continuity; 0 where b = c
	Exact     *float64 // two-sided binomial p; nil where b+c is ExactBelow or more
}

// P is the p-value to report: exact below ExactBelow changes, of the plain statistic from there on.
func (d DichotomyChange) P() float64 {
	if d.Exact != nil {
		return *d.Exact
	}
	return d.Plain.P
}

// McNemar tests whether as many people left an option as came to it. Nobody who did either is ErrNoChange, a count below zero ErrBadCount.
func McNemar(b, c int) (DichotomyChange, error) {
	if b < 0 || c < 0 {
		return DichotomyChange{}, fail(ErrBadCount, "", "a count is not below zero")
	}
	if b+c == 0 {
		return DichotomyChange{}, fail(ErrNoChange, "", "")
	}
	n, d := float64(b+c), math.Abs(float64(b)-float64(c))
	corrected := max(0, d-1)
	r := DichotomyChange{B: b, C: c, Plain: chi(float64(d*d)/n, 1), Corrected: chi(float64(corrected*corrected)/n, 1)}
	if b+c < ExactBelow {
		p := BinomialTail(min(b, c), b+c)
		p.Mul(p, big.NewRat(2, 1))
		exact, _ := p.Float64()
		r.Exact = ref(min(1, exact))
	}
	return r, nil
}

func chi(x float64, df int) Test { return Test{x, df, ChiSquaredSurvival(x, float64(df))} }

// A MarginChange is Stuart and Maxwell's test.
type MarginChange struct {
	Test
	Unused []int // options that nobody left or came to; they are dropped
	Parts  int   // groups of options between which nobody moved
}

// StuartMaxwell tests whether the options of a transition matrix have the same shares before and after: d'S⁻¹d with d the net changes of all options but
// one, S their covariance n_i.+n_.i-2n_ii on the diagonal and -(n_ij+n_ji) off it.
//
// S is singular where options are connected by nobody's move. Then options that nobody left or came to are dropped and named in Unused, and the rest falls
// into Parts, within which S is regular; the statistic is the sum over the parts, with one degree of freedom less than options in each. All is computed
// in exact fractions. Nobody is ErrNoBase, nobody who moved ErrNoChange, a bad table ErrBadCount.
func StuartMaxwell(table [][]int) (MarginChange, error) {
	t, err := Transitions(table)
	if err != nil {
		return MarginChange{}, err
	}
	var r MarginChange
	sum := new(big.Rat)
	for _, part := range connected(table) {
		if len(part) == 1 {
			r.Unused = append(r.Unused, part[0])
			continue
		}
		r.Parts++
		r.DF += len(part) - 1
		sum.Add(sum, quadratic(t, part[:len(part)-1]))
	}
	if r.DF == 0 {
		return MarginChange{}, fail(ErrNoChange, "", "")
	}
	x, _ := sum.Float64()
	r.Test = chi(x, r.DF)
	return r, nil
}

// connected groups options between which somebody moved, directly or by way of others; groups and their members ascend.
func connected(table [][]int) [][]int {
	var parts [][]int
	seen := make([]bool, len(table))
	for first := range table {
		if seen[first] {
			continue
		}
		member := make([]bool, len(table))
		member[first] = true
		for queue := []int{first}; len(queue) > 0; queue = queue[1:] {
			i := queue[0]
			for j := range table {
				if !member[j] && table[i][j]+table[j][i] > 0 {
					member[j] = true
					queue = append(queue, j)
				}
			}
		}
		var part []int
		for i, is := range member {
			if is {
				seen[i], part = true, append(part, i)
			}
		}
		parts = append(parts, part)
	}
	return parts
}

// quadratic is d'S⁻¹d over options, by Gauss's elimination in fractions: the sum of the squares of what is left of d over the pivots. S is positive definite.
func quadratic(t Transition, options []int) *big.Rat {
	n := len(options)
	s, d := make([][]*big.Rat, n), make([]*big.Rat, n)
	for a, i := range options {
		s[a] = make([]*big.Rat, n)
		for b, j := range options {
			v := -(t.Table[i][j] + t.Table[j][i])
			if i == j {
				v += t.Pre[i] + t.Post[i]
			}
			s[a][b] = big.NewRat(int64(v), 1)
		}
		d[a] = big.NewRat(int64(t.Pre[i]-t.Post[i]), 1)
	}
	sum, x := new(big.Rat), new(big.Rat)
	for p := range n {
		for a := p + 1; a < n; a++ {
			factor := new(big.Rat).Quo(s[a][p], s[p][p])
			for b := p; b < n; b++ {
				s[a][b].Sub(s[a][b], x.Mul(factor, s[p][b]))
			}
			d[a].Sub(d[a], x.Mul(factor, d[p]))
		}
		sum.Add(sum, x.Quo(x.Mul(d[p], d[p]), s[p][p]))
	}
	return sum
}

// BenjaminiHochberg gives the p-values adjusted for the false discovery rate, in the order given: min over larger ones of p·m/rank. Reject where the
// adjusted value is at most 0.05. A p outside 0..1 is ErrBadParameter.
func BenjaminiHochberg(p []float64) ([]float64, error) {
	order := make([]int, len(p))
	for i, x := range p {
		if !(x >= 0 && x <= 1) {
			return nil, fail(ErrBadParameter, "p", "a p-value lies between 0 and 1")
		}
		order[i] = i
	}
	sortBy(order, func(i int) float64 { return p[i] })
	adjusted, least := make([]float64, len(p)), 1.0
	for rank := len(p); rank > 0; rank-- {
		i := order[rank-1]
		least = min(least, max(p[i], float64(p[i]*float64(len(p)))/float64(rank))) // p·m/m may be rounded to less than p
		adjusted[i] = least
	}
	return adjusted, nil
}
