package groups

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// slowly makes one bootstrap run with the components of a gram, as version 1 did.
func (b *bootstraps) slowly(run int) (float64, error) {
	b.draw(newRandom(b.params.Seed, forBootstrap, uint64(run)))
	var rows []int
	for _, a := range b.at {
		rows = append(rows, b.selected[a])
	}
	m := newGram(b.votes, rows, b.out)
	c, _ := m.components(b.params.Iterations)
	return b.compare(m.project(b.votes, b.selected, b.out, c), run)
}

// TestPeopleAsStatements: components that are found among people are those found among statements.
func TestPeopleAsStatements(t *testing.T) {
	t.Parallel()
	for _, iterations := range []int{1, 2, 7, 100} {
		for seed := range uint64(20) {
			r := newRandom(seed, 77, uint64(iterations))
			statements, respondents := 40+r.below(30), 10+r.below(30)
			var cast []Vote
			for who := range respondents {
				for s := range statements {
					if r.below(3) == 0 {
						lean := int(uint64(who%3+s%5) % 2)
						cast = append(cast, Vote{int32(who), int32(s), int8(2*((lean+r.below(10)/8)%2) - 1)})
					}
				}
			}
			v := votesOf(t, respondents, statements, cast)
			out := make([]bool, statements)
			out[r.below(statements)] = true
			var rows, times, all []int
			for who := range respondents {
				if n := r.below(4); n > 0 {
					rows, times = append(rows, who), append(times, n)
					all = append(all, slices.Repeat([]int{who}, n)...)
				}
			}
			g := newGram(v, all, out)
			want, _ := g.components(iterations)
			var p people
			for _, square := range []bool{true, false} {
				got := [2][]float64{make([]float64, statements), make([]float64, statements)}
				p.take(v, rows, times, out, square)
				require.True(t, p.components(iterations, &got))
				require.InDeltaSlice(t, g.mean, p.mean, 1e-15)
				for i := range want {
					require.InDeltaSlice(t, want[i], got[i], 1e-8, "component %d after %d steps, square %t", i, iterations, square)
				}
			}
		}
	}
}

// TestPeopleSayNo where a component explains nothing: one person, people of one mind, two kinds of people.
func TestPeopleSayNo(t *testing.T) {
	t.Parallel()
	for kinds := 1; kinds <= 2; kinds++ {
		var cast []Vote
		for who := range 6 {
			for s := range 8 {
				cast = append(cast, Vote{int32(who), int32(s), int8(1 - 2*(who%kinds*s%2))})
			}
		}
		v := votesOf(t, 6, 8, cast)
		for _, square := range []bool{true, false} {
			var p people
			p.take(v, []int{0, 1, 2, 3, 4, 5}, []int{1, 1, 2, 1, 1, 3}, make([]bool, 8), square)
			c := [2][]float64{make([]float64, 8), make([]float64, 8)}
			require.False(t, p.components(100, &c), "%d kinds, square %t", kinds, square)
		}
	}
}

// TestBootstrapsAsBefore: the index of each run is that of the slow way, where it is not rounding that decides.
func TestBootstrapsAsBefore(t *testing.T) {
	t.Parallel()
	t.Run("few people", func(t *testing.T) { t.Parallel(); asBefore(t, 60, 80, 0.3, 100) })
	t.Run("few votes", func(t *testing.T) { t.Parallel(); asBefore(t, 400, 300, 0.04, 20) })
}

func asBefore(t *testing.T, respondents, statements int, seen float64, runs int) {
	cast, _ := planted(t, respondents, statements, 3, seen, 1)
	v := votesOf(t, respondents, statements, cast)
	p := Defaults()
	p.Bootstraps = 0
	found, err := Find(v, nil, p, nil)
	require.NoError(t, err)
	f := &finder{v, make([]bool, statements), p, found.Selected}
	b := f.bootstraps(&partition{label: found.Group, centers: found.Centers})
	same, mean, before := 0, 0.0, 0.0
	for run := range runs {
		fast, err := b.run(run)
		require.NoError(t, err)
		slow, err := b.slowly(run)
		require.NoError(t, err)
		if math.Abs(fast-slow) < 1e-12 {
			same++
		}
		mean, before = mean+fast/float64(runs), before+slow/float64(runs)
	}
	require.GreaterOrEqual(t, same, runs*9/10)
	require.InDelta(t, before, mean, 0.01)
	require.Less(t, mean, 0.9999, "runs differ")
}
