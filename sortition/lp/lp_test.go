package lp

import (
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyProblem is small and has whole numbers throughout, so that it can be listed and answers can be compared.
func anyProblem(t *rapid.T) *Problem {
	m, n := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 6).Draw(t, "columns")
	columns := make([]Column, n)
	for j := range columns {
		for i := range m {
			switch c := rapid.IntRange(-2, 3).Draw(t, "coefficient"); {
			case c != 0:
				columns[j].Rows = append(columns[j].Rows, int32(i))
				columns[j].Coefficients = append(columns[j].Coefficients, float64(c))
			}
		}
		if rapid.Bool().Draw(t, "ones") {
			columns[j].Coefficients = nil
		}
	}
	p := New(m, columns)
	bounds(t, p)
	return p
}

func bounds(t *rapid.T, p *Problem) {
	for j := range p.Cost {
		p.Lower[j] = float64(rapid.IntRange(-1, 2).Draw(t, "lower"))
		p.Upper[j] = p.Lower[j] + float64(rapid.IntRange(0, 3).Draw(t, "range"))
		p.Cost[j] = float64(rapid.IntRange(-4, 4).Draw(t, "cost"))
	}
}

// proves checks an answer of Solve by itself: an optimum by its dual, no solution by its ray.
func proves(t require.TestingT, p *Problem, status Status) {
	switch status {
	case Optimal:
		bound, y := 0.0, p.Duals()
		for j := range p.Cost {
			x, d := p.Value(j), p.Cost[j]-p.Dot(y, j)
			require.GreaterOrEqual(t, x, p.Lower[j]-1e-6)
			require.LessOrEqual(t, x, p.Upper[j]+1e-6)
			bound += max(d*p.Lower[j], d*p.Upper[j])
		}
		for i := range p.m {
			sum := 0.0
			for j := range p.n {
				for e := p.start[j]; e < p.end[j]; e++ {
					if int(p.row[e]) == i {
						sum += p.coef[e] * p.Value(j)
					}
				}
			}
			require.InDelta(t, sum, p.Value(p.Row(i)), 1e-6)
		}
		require.InDelta(t, bound, p.Objective(), 1e-6, "no solution is above its dual bound")
	case Infeasible:
		least, y := 0.0, p.Ray()
		for j := range p.Cost {
			a := p.Dot(y, j)
			least += min(a*p.Lower[j], a*p.Upper[j])
		}
		require.Greater(t, least, 0.0)
	default:
		require.Fail(t, "neither an optimum nor none", "%d", status)
	}
}

func TestSolve(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyProblem(t)
		proves(t, p, p.Solve(math.Inf(-1)))
		bounds(t, p) // and from the basis where it stands
		status := p.Solve(math.Inf(-1))
		proves(t, p, status)
		if status == Optimal {
			best := p.Objective()
			require.NotEqual(t, Cutoff, p.Solve(best-1))
			p.Reset()
			require.Contains(t, []Status{Optimal, Cutoff}, p.Solve(best+1))
		}
	})
}

func TestReplace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyProblem(t)
		p.Solve(math.Inf(-1))
		for j := range p.n {
			if p.place[j] < 0 {
				p.Replace(j, Column{Rows: []int32{int32(p.m - 1)}, Coefficients: []float64{2}})
			}
		}
		proves(t, p, p.Solve(math.Inf(-1)))
	})
}

// listed finds the best of all whole solutions by listing them.
func listed(p *Problem) (best float64, any bool) {
	best = math.Inf(-1)
	x := make([]float64, p.n)
	var from func(j int)
	from = func(j int) {
		if j < p.n {
			for x[j] = p.Lower[j]; x[j] <= p.Upper[j]; x[j]++ {
				from(j + 1)
			}
			return
		}
		rows, value := make([]float64, p.m), 0.0
		for j, v := range x {
			value += p.Cost[j] * v
			for e := p.start[j]; e < p.end[j]; e++ {
				rows[p.row[e]] += p.coef[e] * v
			}
		}
		for i, v := range rows {
			if v < p.Lower[p.Row(i)] || v > p.Upper[p.Row(i)] {
				return
			}
			value += p.Cost[p.Row(i)] * v
		}
		best, any = max(best, value), true
	}
	from(0)
	return best, any
}

func TestMaximise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := anyProblem(t)
		lower, upper := append([]float64(nil), p.Lower...), append([]float64(nil), p.Upper...)
		best, any := listed(p)
		found := p.Maximise(Search{Whole: p.n, Above: math.Inf(-1), Enough: math.Inf(1), Gap: 1e-7, Nodes: 100_000})
		require.True(t, found.Complete)
		require.Equal(t, any, found.X != nil)
		require.Equal(t, [][]float64{lower, upper}, [][]float64{p.Lower, p.Upper})
		if any {
			require.InDelta(t, best, found.Objective, 1e-6)
			require.InDelta(t, best, found.Bound, 1e-6)
			value := p.Cost
			sum := 0.0
			for j, x := range found.X {
				sum += value[j] * float64(x)
				require.Equal(t, math.Max(lower[j], math.Min(upper[j], float64(x))), float64(x))
			}
			none := p.Maximise(Search{Whole: p.n, Above: best, Enough: math.Inf(1), Gap: 1e-7, Nodes: 100_000})
			require.True(t, none.Complete)
			require.Nil(t, none.X, "nothing is above the best")
			first := p.Maximise(Search{Whole: p.n, Above: math.Inf(-1), Enough: math.Inf(-1), Nodes: 100_000})
			require.NotNil(t, first.X)
			require.GreaterOrEqual(t, first.Bound, best-1e-6)
			core := p.Maximise(Search{Whole: p.n, Above: math.Inf(-1), Enough: math.Inf(1), Gap: 1e-7, Share: 0.3, Base: best - 10, Core: 1, Nodes: 100_000})
			require.NotNil(t, core.X)
			require.GreaterOrEqual(t, core.Bound, best-1e-6)
			require.GreaterOrEqual(t, core.Objective, core.Bound-0.3*(core.Bound-(best-10))-1e-6-gapOf(core, best))
		}
	})
}

// gapOf is what a search that came to its end may have missed: it says so in its bound.
func gapOf(s Solution, best float64) float64 {
	if s.Complete {
		return math.Inf(1)
	}
	return 0
}

func TestStop(t *testing.T) {
	t.Parallel()
	// triangles, of each of which one can be had and fractions promise one and a half: many nodes
	const triangles, n = 8, 24
	columns := make([]Column, n)
	for j := range columns {
		columns[j].Rows = []int32{int32(j), int32(j/3*3 + (j+1)%3)}
	}
	p := New(n, columns)
	for j := range columns {
		p.Upper[j], p.Cost[j], p.Upper[p.Row(j)] = 1, 1, 1
	}
	found := p.Maximise(Search{Whole: n, Above: math.Inf(-1), Enough: math.Inf(1), Gap: 0.5, Nodes: 1 << 30})
	require.True(t, found.Complete)
	require.InDelta(t, triangles, found.Objective, 1e-6)
	require.Greater(t, found.Nodes, 100)
	few := p.Maximise(Search{Whole: n, Above: math.Inf(-1), Enough: math.Inf(1), Gap: 0.5, Nodes: 5})
	require.False(t, few.Complete)
	require.InDelta(t, 1.5*triangles, few.Bound, 1e-6)
	enough := errors.New("enough")
	stopped := p.Maximise(Search{Whole: n, Above: math.Inf(-1), Enough: math.Inf(1), Gap: 0.5, Nodes: 1 << 30, Stop: func() error { return enough }})
	require.ErrorIs(t, stopped.Err, enough)
	require.False(t, stopped.Complete)
}
