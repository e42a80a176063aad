package groups

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type cast struct {
	people, statements int
	votes              []Vote
}

var casts = rapid.Custom(func(t *rapid.T) cast {
	c := cast{people: rapid.IntRange(1, 80).Draw(t, "people"), statements: rapid.IntRange(1, 12).Draw(t, "statements")}
	for range rapid.IntRange(0, 400).Draw(t, "votes") {
		c.votes = append(c.votes, Vote{
			int32(rapid.IntRange(0, c.people-1).Draw(t, "who")), int32(rapid.IntRange(0, c.statements-1).Draw(t, "what")), int8(rapid.IntRange(-1, 1).Draw(t, "vote")),
		})
	}
	return c
})

// TestVotes holds the sparse form against a map in which the last vote wins.
func TestVotes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := casts.Draw(t, "cast")
		v, model := votesOf(t, c.people, c.statements, c.votes), map[[2]int]int8{}
		for _, x := range c.votes {
			model[[2]int{int(x.Respondent), int(x.Statement)}] = x.Value
		}
		require.Equal(t, len(model), v.Len())
		for r := range c.people {
			of, values := v.of(r)
			require.True(t, slices.IsSorted(of))
			for i, s := range of {
				is, there := model[[2]int{r, int(s)}]
				require.True(t, there)
				require.Equal(t, is, values[i])
			}
		}
		selected := v.selected(7, 15)
		require.True(t, slices.IsSorted(selected))
		fewest := c.statements
		for _, r := range selected {
			of, _ := v.of(r)
			fewest = min(fewest, len(of))
			require.NotEmpty(t, of)
		}
		for r := range c.people {
			if of, _ := v.of(r); !slices.Contains(selected, r) {
				require.LessOrEqual(t, len(of), fewest, "nobody more active is left out")
				require.True(t, len(of) == 0 || len(selected) >= 15)
				require.Less(t, len(of), min(7, c.statements))
			}
		}
	})
}

// TestGram holds both ways of counting pairs against each other, to the last bit, and against the definition.
func TestGram(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := casts.Draw(t, "cast")
		v := votesOf(t, c.people, c.statements, c.votes)
		rows, out := rapid.SliceOfN(rapid.IntRange(0, c.people-1), 1, 150).Draw(t, "rows"), make([]bool, c.statements)
		out[rapid.IntRange(0, c.statements-1).Draw(t, "out")] = rapid.Bool().Draw(t, "is out")
		m := newGram(v, rows, out)
		byVotes, byBits := &gram{m.n, m.mean, make([]float64, m.n*m.n)}, &gram{m.n, m.mean, make([]float64, m.n*m.n)}
		byVotes.byVotes(v, rows, out)
		byBits.byBits(v, rows, out, (len(rows)+63)/64)
		require.Equal(t, byVotes.g, byBits.g)
		require.Equal(t, m.g, byBits.g)
		centred := make([][]float64, len(rows))
		for i, r := range rows {
			centred[i] = make([]float64, m.n)
			of, values := v.of(r)
			for a, s := range of {
				if !out[s] {
					centred[i][s] = float64(values[a]) - m.mean[s]
				}
			}
		}
		for j := range m.n {
			sum := 0.0
			for k := range m.n {
				x := 0.0
				for _, row := range centred {
					x += row[j] * row[k]
				}
				require.InDelta(t, x, m.g[j*m.n+k], 1e-11)
			}
			for _, row := range centred {
				sum += row[j]
			}
			require.InDelta(t, 0, sum, 1e-11)
		}
		parts, explained := m.components(100)
		for i, p := range parts {
			if l := length(p); l != 0 {
				require.InDelta(t, 1, l, 1e-12)
			}
			require.GreaterOrEqual(t, explained[i], 0.0)
		}
		require.InDelta(t, 0, dot(parts[0], parts[1]), 1e-9)
		require.LessOrEqual(t, explained[0]+explained[1], 1+1e-9)
	})
}

var clouds = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]float64 {
	return [2]float64{float64(rapid.IntRange(-6, 6).Draw(t, "x")) / 3, float64(rapid.IntRange(-6, 6).Draw(t, "y")) / 3}
}), 2, 40)

func TestKMeans(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := clouds.Draw(t, "points")
		first := distinct(points)
		k := min(rapid.IntRange(2, 5).Draw(t, "k"), len(first))
		before := math.Inf(1)
		var centers [][2]float64
		for _, i := range first[:k] {
			centers = append(centers, points[i])
		}
		for steps := range 30 {
			p := lloyd(points, slices.Clone(centers), steps+1)
			require.LessOrEqual(t, p.sse, before+1e-9, "a step never makes it worse")
			before = p.sse
		}
		one, err := best(points, indexes(len(points)), first, k, 0, 100, 1, 0, func() error { return nil })
		require.NoError(t, err)
		many, err := best(points, indexes(len(points)), first, k, 20, 100, 1, 0, func() error { return nil })
		require.NoError(t, err)
		require.LessOrEqual(t, many.sse, one.sse)
		sums, sizes := make([][2]float64, k), make([]int, k)
		for i, c := range many.label {
			require.Equal(t, nearest(many.centers, points[i]), c, "everybody is with the nearest")
			sums[c][0], sums[c][1] = sums[c][0]+points[i][0], sums[c][1]+points[i][1]
			sizes[c]++
		}
		for c, size := range sizes {
			require.NotZero(t, size)
			require.InDelta(t, sums[c][0]/float64(size), many.centers[c][0], 1e-12)
			require.InDelta(t, sums[c][1]/float64(size), many.centers[c][1], 1e-12)
		}
	})
}

// A centre that loses everybody moves to who is worst off.
func TestEmptyCentre(t *testing.T) {
	t.Parallel()
	points := [][2]float64{{0, 0}, {1, 0}, {10, 0}}
	p := lloyd(points, [][2]float64{{0, 0}, {50, 0}}, 100)
	require.Equal(t, []int{0, 0, 1}, p.label)
	require.InDelta(t, 0.5, p.sse, 1e-12)
}

// TestSilhouette holds the one pass over all pairs against the definition.
func TestSilhouette(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := clouds.Draw(t, "points")
		var parts []*partition
		for k := 2; k <= 3; k++ {
			p := &partition{centers: make([][2]float64, k)}
			for range points {
				p.label = append(p.label, rapid.IntRange(0, k-1).Draw(t, "label"))
			}
			parts = append(parts, p)
		}
		sample := sampled(len(points), rapid.IntRange(2, 50).Draw(t, "sample"), 7)
		require.True(t, slices.IsSorted(sample))
		means, _ := silhouettes(points, sample, parts)
		for p, part := range parts {
			total := 0.0
			for _, i := range sample {
				sums, sizes := make([]float64, len(part.centers)), make([]int, len(part.centers))
				for _, j := range sample {
					sums[part.label[j]] += math.Hypot(points[i][0]-points[j][0], points[i][1]-points[j][1])
					sizes[part.label[j]]++
				}
				b, own := math.Inf(1), part.label[i]
				for c := range sums {
					if c != own && sizes[c] > 0 {
						b = math.Min(b, sums[c]/float64(sizes[c]))
					}
				}
				a := sums[own] / float64(sizes[own]-1)
				if sizes[own] > 1 && !math.IsInf(b, 1) && math.Max(a, b) > 0 {
					total += (b - a) / math.Max(a, b)
				}
			}
			require.InDelta(t, total/float64(len(sample)), means[p], 1e-9)
		}
	})
}

func TestAdjustedRand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b []int
		want float64
	}{
		{[]int{0, 0, 1, 1}, []int{1, 1, 0, 0}, 1},
		{[]int{0, 0, 1, 2}, []int{0, 0, 1, 1}, 4.0 / 7},
		{[]int{0, 0, 1, 1}, []int{0, 1, 0, 1}, -0.5},
		{[]int{0, 0, 0, 0}, []int{0, 1, 2, 3}, 0},
		{[]int{0, 0, 0}, []int{5, 5, 5}, 1},
		{[]int{0, 1, 2}, []int{7, 8, 9}, 1},
		{nil, nil, 1},
	} {
		x, err := AdjustedRand(c.a, c.b)
		require.NoError(t, err)
		require.InDelta(t, c.want, x, 1e-15, "%v %v", c.a, c.b)
	}
	_, err := AdjustedRand([]int{0}, nil)
	require.ErrorIs(t, err, ErrSize)
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfN(rapid.IntRange(0, 3), 2, 40)
		a := labels.Draw(t, "a")
		b := rapid.SliceOfN(rapid.IntRange(0, 3), len(a), len(a)).Draw(t, "b")
		x, err := AdjustedRand(a, b)
		require.NoError(t, err)
		y, err := AdjustedRand(b, a)
		require.NoError(t, err)
		require.Equal(t, x, y)
		require.LessOrEqual(t, x, 1.0)
		self, err := AdjustedRand(a, a)
		require.NoError(t, err)
		require.Equal(t, 1.0, self)
	})
}

// The generator is the published one: its first numbers from the state 1234567 are known.
func TestRandom(t *testing.T) {
	t.Parallel()
	r := random(1234567)
	require.Equal(t, uint64(6457827717110365317), r.next())
	require.Equal(t, uint64(3203168211198807973), r.next())
	counts := make([]int, 7)
	for range 7000 {
		counts[r.below(7)]++
	}
	for _, n := range counts {
		require.InDelta(t, 1000, n, 150)
	}
}
