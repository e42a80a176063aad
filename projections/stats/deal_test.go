package stats

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// waysOf enumerates the tables with the given sums, with their chances when people are shuffled: Π rows! Π columns! / (all! Π cells!).
func waysOf(bases, columns []int) map[string]float64 {
	fact := func(n int) float64 { return math.Gamma(float64(n + 1)) }
	all, top := 0, 1.0
	for _, n := range bases {
		top *= fact(n)
		all += n
	}
	for _, n := range columns {
		top *= fact(n)
	}
	ways := map[string]float64{}
	left := append([]int(nil), columns...)
	var fill func(row int, table [][]int, weight float64)
	fill = func(row int, table [][]int, weight float64) {
		if row == len(bases) {
			ways[fmt.Sprint(table)] = top / (fact(all) * weight)
			return
		}
		var cell func(o, rest int, counts []int, weight float64)
		cell = func(o, rest int, counts []int, weight float64) {
			if o == len(left) {
				if rest == 0 {
					fill(row+1, append(table, append([]int(nil), counts...)), weight)
				}
				return
			}
			for c := 0; c <= min(rest, left[o]); c++ {
				left[o] -= c
				cell(o+1, rest-c, append(counts, c), weight*fact(c))
				left[o] += c
			}
		}
		cell(0, bases[row], nil, weight)
	}
	fill(0, nil, 1)
	return ways
}

// TestDealtAsShuffled: every table of the given sums is dealt as often as shuffling people would give it, also where the parts of 256 are far from the shares, and where options
// are more than eight.
func TestDealtAsShuffled(t *testing.T) {
	t.Parallel()
	for name, counts := range map[string][][]int{
		"three by three":   {{1, 1, 1}, {2, 0, 1}, {1, 1, 2}},
		"two by two":       {{7, 2}, {3, 6}},
		"one of an option": {{4, 0, 1}, {3, 0, 0}, {2, 1, 2}},
		"nine options":     {{1, 1, 0, 0, 0, 0, 0, 0, 1}, {0, 0, 1, 0, 0, 0, 0, 0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, bases, err := distributions(counts)
			require.NoError(t, err)
			d := newDealer(counts, bases)
			ways, seen := waysOf(bases, d.columns), map[string]int{}
			total := 0.0
			for _, p := range ways {
				total += p
			}
			require.InDelta(t, 1, total, 1e-12)
			const deals = 100_000
			random := NewRandom("1", name)
			for range deals {
				d.deal(random)
				seen[fmt.Sprint(d.counts)]++
			}
			require.LessOrEqual(t, len(seen), len(ways))
			chi2 := 0.0
			for table, p := range ways {
				chi2 += (float64(seen[table]) - deals*p) * (float64(seen[table]) - deals*p) / (deals * p)
			}
			require.Greater(t, ChiSquaredSurvival(chi2, float64(len(ways)-1)), 1e-4, "%d tables, χ² %g", len(ways), chi2)
			require.Len(t, rows, len(counts))
		})
	}
}

// TestDealtSums: sums stay, with countries of more people than a byte counts, and with options that next to nobody chose.
func TestDealtSums(t *testing.T) {
	t.Parallel()
	for _, counts := range [][][]int{
		{{900, 1, 3, 0}, {200, 0, 0, 40}, {1, 1, 1, 1}},
		{{900, 1, 3, 0, 1, 1, 1, 1, 9, 0, 60}, {20, 0, 0, 40, 9, 9, 9, 9, 9, 9, 9}},
		{{5}, {7}},
	} {
		_, bases, err := distributions(counts)
		require.NoError(t, err)
		d := newDealer(counts, bases)
		random := NewRandom("2")
		for range 200 {
			d.deal(random)
			columns := make([]int, len(d.columns))
			for i, row := range d.counts {
				sum := 0
				for o, c := range row {
					require.GreaterOrEqual(t, c, 0)
					sum += c
					columns[o] += c
				}
				require.Equal(t, bases[i], sum)
			}
			require.Equal(t, d.columns, columns)
		}
	}
}

// slowly is PermuteJSD as version 1 did it: people are shuffled, and every divergence is computed.
func slowly(t *testing.T, counts [][]int, rounds int, random *Random) Permuted {
	t.Helper()
	rows, bases, err := distributions(counts)
	require.NoError(t, err)
	var people []int
	for _, row := range counts {
		for o, c := range row {
			for range c {
				people = append(people, o)
			}
		}
	}
	return recount(t, counts, rounds, func() {
		random.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
		at := 0
		for i, n := range bases {
			clear(rows[i])
			for _, o := range people[at : at+n] {
				rows[i][o] += 1 / float64(n)
			}
			at += n
		}
	}, rows)
}

// recount computes every divergence of every table that next puts into rows.
func recount(t *testing.T, counts [][]int, rounds int, next func(), rows [][]float64) Permuted {
	t.Helper()
	shares, bases, err := distributions(counts)
	require.NoError(t, err)
	w, err := normalised(nil, len(shares))
	require.NoError(t, err)
	overall, rest, expected := generalised(shares, w), versusRest(shares), restBias(len(shares[0]), bases)
	r := Permuted{Permutation{Statistic: overall, Rounds: rounds}, make([]Permutation, len(shares)), make([]float64, len(shares))}
	further := make([]int, len(shares))
	for range rounds {
		next()
		if generalised(rows, w) >= overall-permutationSlack {
			r.Overall.AtLeast++
		}
		furthest := 0.0
		for i, d := range versusRest(rows) {
			if d.JSD >= rest[i].JSD-permutationSlack {
				r.Rest[i].AtLeast++
			}
			furthest = max(furthest, byBias(d.JSD, expected[i]))
		}
		for i, d := range rest {
			if furthest >= byBias(d.JSD-permutationSlack, expected[i]) {
				further[i]++
			}
		}
	}
	r.Overall.P = float64(1+r.Overall.AtLeast) / float64(1+rounds)
	for i, d := range rest {
		r.Rest[i].Statistic, r.Rest[i].Rounds = d.JSD, rounds
		r.Rest[i].P, r.RestAdjusted[i] = float64(1+r.Rest[i].AtLeast)/float64(1+rounds), float64(1+further[i])/float64(1+rounds)
	}
	return r
}

// TestBoundsTellTheSame: of the same tables, the same counts as when every logarithm is taken.
func TestBoundsTellTheSame(t *testing.T) {
	t.Parallel()
	for seed := range 30 {
		random := NewRandom("3", fmt.Sprint(seed))
		counts := make([][]int, 2+random.Intn(12))
		for i := range counts {
			counts[i] = make([]int, 1+seed%6)
			counts[i][0] = 1
			for range 3 + random.Intn(60) {
				counts[i][random.Intn(1+random.Intn(len(counts[i])))]++
			}
		}
		rows, bases, err := distributions(counts)
		require.NoError(t, err)
		d, again := newDealer(counts, bases), *random
		want := recount(t, counts, 300, func() {
			d.deal(&again)
			for i, row := range d.counts {
				for o, c := range row {
					rows[i][o] = float64(c) / float64(bases[i])
				}
			}
		}, rows)
		got, err := PermuteJSD(counts, nil, 300, random, nil)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestPermutedAsShuffled: the p-values are those of shuffles, but for chance.
func TestPermutedAsShuffled(t *testing.T) {
	t.Parallel()
	counts := mostlyAlike(8, -1, NewRandom("5"))
	const rounds = 20_000
	fast, err := PermuteJSD(counts, nil, rounds, NewRandom("6"), nil)
	require.NoError(t, err)
	slow := slowly(t, counts, rounds, NewRandom("7"))
	near := func(a, b float64) {
		require.InDelta(t, a, b, 5*math.Sqrt((a*(1-a)+b*(1-b))/rounds)+1e-9)
	}
	near(slow.Overall.P, fast.Overall.P)
	for i := range counts {
		near(slow.Rest[i].P, fast.Rest[i].P)
		near(slow.RestAdjusted[i], fast.RestAdjusted[i])
	}
}

// TestPValuesOfChanceAreUniform: of tables of one distribution, every p-value comes as often as every other.
func TestPValuesOfChanceAreUniform(t *testing.T) {
	t.Parallel()
	random := NewRandom("8")
	const tables = 2000
	var overall, rest, smallest [10]int
	for range tables {
		counts := make([][]int, 5)
		for i := range counts {
			counts[i] = make([]int, 3)
			for range 30 + 10*i {
				counts[i][[]int{0, 0, 0, 1, 1, 2}[random.Intn(6)]]++
			}
		}
		p, err := PermuteJSD(counts, nil, 49, random, nil)
		require.NoError(t, err)
		tenth := func(p float64) int { return min(9, int(math.Ceil(p*50)-1)/5) }
		least := 1.0
		for _, x := range p.RestAdjusted {
			least = min(least, x)
		}
		overall[tenth(p.Overall.P)]++
		rest[tenth(p.Rest[2].P)]++
		smallest[tenth(least)]++
	}
	for _, seen := range [][10]int{overall, rest, smallest} {
		chi2 := 0.0
		for _, n := range seen {
			chi2 += math.Pow(float64(n)-tables/10, 2) / (tables / 10)
		}
		require.Greater(t, ChiSquaredSurvival(chi2, 9), 1e-4, "%v", seen)
	}
}
