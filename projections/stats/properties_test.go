package stats

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// finite says that no figure is NaN or infinite.
func finite(t require.TestingT, figures ...float64) {
	for i, x := range figures {
		require.Falsef(t, math.IsNaN(x) || math.IsInf(x, 0), "figure %d is %v", i, x)
	}
}

// within says that an interval lies in low..high and holds x.
func within(t require.TestingT, i Interval, low, x, high float64) {
	finite(t, i.Low, i.High)
	require.True(t, low <= i.Low && i.Low <= x+1e-12 && x <= i.High+1e-12 && i.High <= high, "%v..%v around %v", i.Low, i.High, x)
}

func counts(t *rapid.T, k, most int, name string) []int {
	c := rapid.SliceOfN(rapid.IntRange(0, most), k, k).Draw(t, name)
	c[rapid.IntRange(0, k-1).Draw(t, "somebody")]++
	return c
}

func permuted(t *rapid.T, k int) []int {
	order := make([]int, k)
	for i := range order {
		order[i] = i
	}
	return rapid.Permutation(order).Draw(t, "order")
}

func inOrder[T any](values []T, order []int) []T {
	out := make([]T, len(order))
	for i, o := range order {
		out[i] = values[o]
	}
	return out
}

func TestSharesHaveBoundsAndComplements(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5000).Draw(t, "base")
		k := rapid.IntRange(0, n).Draw(t, "count")
		z := rapid.Float64Range(0.1, 6).Draw(t, "z")
		yes, err := Wilson(k, n, z)
		require.NoError(t, err)
		within(t, yes.Interval, 0, yes.Share, 1)
		no, err := Wilson(n-k, n, z)
		require.NoError(t, err)
		require.InDelta(t, 1-yes.Interval.High, no.Interval.Low, 1e-12)
		require.InDelta(t, 1-yes.Interval.Low, no.Interval.High, 1e-12)
		more, err := Wilson(2*k, 2*n, z)
		require.NoError(t, err)
		require.LessOrEqual(t, more.Interval.High-more.Interval.Low, yes.Interval.High-yes.Interval.Low+1e-12, "twice as many people know more")

		m := rapid.IntRange(1, 500).Draw(t, "other base")
		j := rapid.IntRange(0, m).Draw(t, "other count")
		d, err := Newcombe(k, n, j, m, z)
		require.NoError(t, err)
		within(t, d.Interval, -1, d.Difference, 1)
		back, err := Newcombe(j, m, k, n, z)
		require.NoError(t, err)
		require.InDelta(t, -d.Interval.High, back.Interval.Low, 1e-12)
	})
}

func TestTablesCostWhatTheyShare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var tables []Table
		base := 0
		for range rapid.IntRange(2, 15).Draw(t, "tables") {
			n := rapid.IntRange(0, 9).Draw(t, "size")
			tables = append(tables, Table{rapid.IntRange(0, n).Draw(t, "count"), n})
			base += n
		}
		r, err := TableRobust(tables, Z95)
		if err != nil {
			require.Contains(t, []Problem{ErrNoBase, ErrOneCluster}, NameOf(err))
			return
		}
		finite(t, r.MeanSize, r.N0, r.DesignEffect, r.EffectiveBase, r.LinearError)
		within(t, r.Interval, 0, r.Share.Share, 1)
		require.Equal(t, base, r.Share.Base)
		require.True(t, r.DesignEffect >= 1 && r.EffectiveBase <= float64(base))
		if r.ICC != nil {
			require.LessOrEqual(t, *r.ICC, 1.0)
		}
		slices.Reverse(tables)
		again, err := TableRobust(tables, Z95)
		require.NoError(t, err)
		require.InDelta(t, r.EffectiveBase, again.EffectiveBase, 1e-9, "the order of tables says nothing")
	})
}

func TestTablesOfOneMindCountAsOne(t *testing.T) {
	t.Parallel()
	r, err := TableRobust([]Table{{8, 8}, {0, 8}, {8, 8}, {0, 8}}, Z95)
	require.NoError(t, err)
	require.Equal(t, 1.0, *r.ICC)
	require.Equal(t, 4.0, r.EffectiveBase)
}

func TestEstimatesMixCountries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var countries []Country
		low, high := 1.0, 0.0
		for range rapid.IntRange(1, 8).Draw(t, "countries") {
			n := rapid.IntRange(1, 120).Draw(t, "base")
			c := Country{"c", rapid.IntRange(0, n).Draw(t, "count"), n, rapid.Int64Range(1, 1_500_000_000).Draw(t, "population")}
			countries = append(countries, c)
			low, high = min(low, float64(c.Count)/float64(n)), max(high, float64(c.Count)/float64(n))
		}
		for _, of := range []func([]Country, float64) (Estimate, error){Pooled, EqualCountry, PopulationWeighted} {
			e, err := of(countries, Z95)
			require.NoError(t, err)
			finite(t, e.Variance, e.StandardError, e.EffectiveBase)
			within(t, e.Interval, 0, e.Share, 1)
			require.Less(t, e.Interval.Low, e.Interval.High, "nobody knows exactly what people think")
			require.True(t, low-1e-12 <= e.Share && e.Share <= high+1e-12)
			other := slices.Clone(countries)
			for i := range other {
				other[i].Count = other[i].Base - other[i].Count
			}
			no, err := of(other, Z95)
			require.NoError(t, err)
			require.InDelta(t, 1-e.Share, no.Share, 1e-12)
			require.InDelta(t, 1-e.Interval.High, no.Interval.Low, 1e-9)
		}
		scaled := slices.Clone(countries)
		for i := range scaled {
			scaled[i].Population *= 7
		}
		a, err := PopulationWeighted(countries, Z95)
		require.NoError(t, err)
		b, err := PopulationWeighted(scaled, Z95)
		require.NoError(t, err)
		require.InDelta(t, a.Share, b.Share, 1e-12, "the unit of population says nothing")
	})
}

func TestWeightsMeetThePopulation(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(2, 6).Draw(t, "strata")
		var strata []Stratum
		base, population := 0, 0.0
		for i := range k {
			n := rapid.IntRange(1, 40).Draw(t, "base")
			s := Stratum{string(rune('a' + i)), rapid.IntRange(0, n).Draw(t, "count"), n, float64(rapid.IntRange(1, 1000).Draw(t, "population"))}
			strata, base, population = append(strata, s), base+n, population+s.Population
		}
		r, err := PostStratify(strata, nil, Z95)
		require.NoError(t, err)
		within(t, r.Interval, 0, r.Share, 1)
		require.LessOrEqual(t, r.EffectiveBase, float64(base)+1e-9)
		cells, margin, counts, bases := []Cell{}, Margin{Name: "d"}, []int{}, []int{}
		for i, s := range strata {
			require.InDelta(t, s.Population/population, r.Strata[i].Weight*float64(s.Base)/float64(base), 1e-12)
			cells, counts, bases = append(cells, Cell{[]int{i}, s.Base}), append(counts, s.Count), append(bases, s.Base)
			margin.Strata, margin.Targets = append(margin.Strata, s.Name), append(margin.Targets, s.Population)
		}
		raked, err := Rake(cells, []Margin{margin})
		require.NoError(t, err)
		w, err := WeightedShare(raked.Weights, counts, bases, Z95)
		require.NoError(t, err)
		require.InDelta(t, r.Share, w.Share, 1e-9, "raking one margin is post-stratification")
	})
}

func TestRakingMeetsItsMarginsOrSaysWhy(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.IntRange(2, 3).Draw(t, "rows"), rapid.IntRange(2, 4).Draw(t, "columns")
		var cells []Cell
		for i := range a {
			for j := range b {
				cells = append(cells, Cell{[]int{i, j}, rapid.IntRange(0, 20).Draw(t, "base")})
			}
		}
		var margins []Margin
		for _, k := range []int{a, b} {
			m := Margin{Name: "m", Strata: make([]string, k)}
			for range k {
				m.Targets = append(m.Targets, float64(rapid.IntRange(0, 20).Draw(t, "target")))
			}
			m.Targets[0]++
			margins = append(margins, m)
		}
		r, err := Rake(cells, margins)
		if err != nil {
			require.Contains(t, []Problem{ErrNoBase, ErrEmptyStratum, ErrNoPopulation, ErrNoConvergence}, NameOf(err))
			return
		}
		people, weight := 0, 0.0
		for i, c := range cells {
			finite(t, r.Weights[i])
			people, weight = people+c.Base, weight+r.Weights[i]*float64(c.Base)
		}
		require.InDelta(t, float64(people), weight, 1e-6)
		for d, m := range margins {
			sums := make([]float64, len(m.Targets))
			for i, c := range cells {
				sums[c.Strata[d]] += r.Weights[i] * float64(c.Base)
			}
			for s, sum := range sums {
				require.InDelta(t, m.Targets[s]/sumOf(m.Targets), sum/float64(people), 1e-9)
			}
		}
	})
}

func TestRepresentationIsBestWhereSeatsAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 7).Draw(t, "strata")
		c := counts(t, k, 40, "counts")
		q := rapid.SliceOfN(rapid.Int64Range(0, 9_000_000_000), k, k).Draw(t, "population")
		q[0]++
		r, err := Represent(c, q)
		require.NoError(t, err)
		finite(t, r.GRI, r.Similarity, r.Best)
		require.InDelta(t, r.GRI, r.Similarity, 1e-12)
		require.True(t, -1e-12 <= r.GRI && r.GRI <= r.Best+1e-12 && r.Best <= 1)
		sum := 0
		for i, s := range r.BestSeats {
			sum += s
			require.Less(t, math.Abs(float64(s)-float64(r.Base)*r.Strata[i].Target), 1.0+1e-9, "nobody is a seat away from the quota")
		}
		require.Equal(t, r.Base, sum)
		order := permuted(t, k)
		again, err := Represent(inOrder(c, order), inOrder(q, order))
		require.NoError(t, err)
		require.InDelta(t, r.GRI, again.GRI, 1e-12)
		require.InDelta(t, r.Best, again.Best, 1e-12)
	})
}

func TestRankingsDoNotDependOnNames(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.IntRange(1, 6).Draw(t, "options")
		var ballots, renamed []Ranking
		order := permuted(t, m) // option o is called order[o]
		people := 0
		for range rapid.IntRange(1, 12).Draw(t, "kinds") {
			b := Ranking{permuted(t, m)[:rapid.IntRange(1, m).Draw(t, "length")], rapid.IntRange(1, 9).Draw(t, "ballots")}
			other := Ranking{nil, b.Ballots}
			for _, o := range b.Order {
				other.Order = append(other.Order, order[o])
			}
			ballots, renamed, people = append(ballots, b), append(renamed, other), people+b.Ballots
		}
		r, err := Rank(m, ballots)
		require.NoError(t, err)
		s, err := Rank(m, renamed)
		require.NoError(t, err)
		require.Equal(t, people, r.Ballots)
		sum := 0
		for a := range m {
			require.Equal(t, []int{r.First[a], r.AverageTwo[a], r.FixedBorda[a], r.LengthBorda[a]}, []int{s.First[order[a]], s.AverageTwo[order[a]], s.FixedBorda[order[a]], s.LengthBorda[order[a]]})
			for b := range m {
				require.LessOrEqual(t, r.Pairwise[a][b]+r.Pairwise[b][a], people)
				require.Equal(t, r.Strengths[a][b], s.Strengths[order[a]][order[b]])
			}
			sum += r.AverageTwo[a]
		}
		require.Equal(t, people*m*(m-1), sum, "every ballot gives as many average points")
		if r.Condorcet >= 0 {
			require.Equal(t, []int{r.Condorcet}, r.Schulze[0], "Schulze elects a Condorcet winner")
			require.Equal(t, order[r.Condorcet], s.Condorcet)
		}
		for i, level := range r.Schulze {
			named := []int{}
			for _, a := range level {
				named = append(named, order[a])
			}
			slices.Sort(named)
			require.Equal(t, named, s.Schulze[i])
		}
		require.Len(t, slices.Concat(r.Schulze...), m)
	})
}

func TestChangeIsCounted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k, n := rapid.IntRange(2, 6).Draw(t, "options"), rapid.IntRange(1, 40).Draw(t, "people")
		pre := rapid.SliceOfN(rapid.IntRange(0, k-1), n, n).Draw(t, "pre")
		post := rapid.SliceOfN(rapid.IntRange(0, k-1), n, n).Draw(t, "post")
		table, err := TransitionTable(k, pre, post)
		require.NoError(t, err)
		c, err := Transitions(table)
		require.NoError(t, err)
		require.True(t, 0 <= c.Net && c.Net <= c.Gross+1e-12 && c.Gross <= 1)
		s, err := StuartMaxwell(table)
		if c.Gross == 0 {
			require.ErrorIs(t, err, ErrNoChange)
			return
		}
		require.NoError(t, err)
		finite(t, s.Statistic, s.P)
		require.True(t, s.Statistic >= 0 && 0 <= s.P && s.P <= 1 && s.DF == k-len(s.Unused)-s.Parts)
		require.Equal(t, c.Net == 0, s.Statistic == 0)
		order := permuted(t, k)
		mixed := square(k)
		for i := range k {
			for j := range k {
				mixed[i][j] = table[order[j]][order[i]] // renamed, and backwards in time
			}
		}
		back, err := StuartMaxwell(mixed)
		require.NoError(t, err)
		require.Equal(t, s.Statistic, back.Statistic, "exact, so that nothing depends on the order of options")
		if k == 2 {
			m, err := McNemar(table[0][1], table[1][0])
			require.NoError(t, err)
			require.InDelta(t, m.Plain.Statistic, s.Statistic, 1e-12, "two options: McNemar")
		}
	})
}

func TestPairsTurnRound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "people")
		pre := rapid.SliceOfN(rapid.IntRange(0, 10), n, n).Draw(t, "pre")
		post := rapid.SliceOfN(rapid.IntRange(0, 10), n, n).Draw(t, "post")
		p, err := PairedMeans(pre, post, 0.9)
		require.NoError(t, err)
		back, err := PairedMeans(post, pre, 0.9)
		require.NoError(t, err)
		require.Equal(t, p.Change, -back.Change)
		within(t, p.Interval, -11e3, p.Change, 11e3)
		if p.T != nil {
			require.Equal(t, p.T.P, back.T.P)
		}
		x, err := MidpointCrossings(pre, post, 0, 10)
		require.NoError(t, err)
		y, err := MidpointCrossings(post, pre, 0, 10)
		require.NoError(t, err)
		require.Equal(t, [2]int{x.Up, x.Down}, [2]int{y.Down, y.Up})
		if w, err := Wilcoxon(pre, post); err == nil {
			require.Equal(t, int64(w.Pairs*(w.Pairs+1)), w.UpTwo+w.DownTwo)
			finite(t, w.Statistic, w.P)
		} else {
			require.ErrorIs(t, err, ErrNoChange)
		}
	})
}

func TestAdjustedPValuesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		q, err := BenjaminiHochberg(p)
		require.NoError(t, err)
		for i := range p {
			require.True(t, p[i] <= q[i] && q[i] <= 1)
			for j := range p {
				require.True(t, p[i] > p[j] || q[i] <= q[j])
			}
		}
	})
}

func TestReasonIndexHasBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n, items, options := rapid.IntRange(2, 8).Draw(t, "people"), rapid.IntRange(2, 8).Draw(t, "items"), rapid.IntRange(2, 5).Draw(t, "options")
		var c, q, stretched [][]int
		for range n {
			row := rapid.SliceOfN(rapid.IntRange(1, 11), items, items).Draw(t, "ratings")
			wide := []int{}
			for _, x := range row {
				wide = append(wide, x*x)
			}
			c, stretched, q = append(c, row), append(stretched, wide), append(q, permuted(t, options))
		}
		d, err := DRI(c, q, nil)
		if err != nil {
			require.ErrorIs(t, err, ErrNoVariation)
			return
		}
		finite(t, d.DRI)
		require.LessOrEqual(t, d.DRI, 1.0)
		require.Equal(t, n*(n-1)/2, d.Pairs+d.LeftOut)
		again, err := DRI(stretched, q, nil)
		require.NoError(t, err)
		require.Equal(t, d, again, "only ranks count")
	})
	same := [][]int{{1, 2, 3}, {3, 1, 2}, {2, 2, 1}}
	d, err := DRI(same, same, nil)
	require.NoError(t, err)
	require.InDelta(t, 1, d.DRI, 1e-12, "who agree on reasons agree on ends")
}

func TestDivergencesHaveBoundsAndSymmetry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 7).Draw(t, "options")
		a, b, c := counts(t, k, 50, "a"), counts(t, k, 50, "b"), counts(t, k, 50, "c")
		d, err := JSD(a, b)
		require.NoError(t, err)
		finite(t, d.JSD, d.Distance, d.TVD, d.Bias)
		require.True(t, 0 <= d.JSD && d.JSD <= 1 && d.JSD <= d.TVD+1e-12, "the divergence is at most the total variation")
		back, err := JSD(b, a)
		require.NoError(t, err)
		require.Equal(t, d.JSD, back.JSD)
		order := permuted(t, k)
		mixed, err := JSD(inOrder(a, order), inOrder(b, order))
		require.NoError(t, err)
		require.InDelta(t, d.JSD, mixed.JSD, 1e-12)
		e, err := JSD(b, c)
		require.NoError(t, err)
		f, err := JSD(a, c)
		require.NoError(t, err)
		require.LessOrEqual(t, f.Distance, d.Distance+e.Distance+1e-6, "a metric")
		two, err := GeneralisedJSD([][]int{a, b}, nil)
		require.NoError(t, err)
		require.InDelta(t, d.JSD, two, 1e-12)
		w, err := GeneralisedJSD([][]int{a, b, c}, []float64{1, 2, 3})
		require.NoError(t, err)
		scaled, err := GeneralisedJSD([][]int{a, b, c}, []float64{10, 20, 30})
		require.NoError(t, err)
		require.InDelta(t, w, scaled, 1e-12)
		m, err := JSDMatrix([][]int{a, b, c})
		require.NoError(t, err)
		require.Equal(t, d, m[0][1])
		require.Equal(t, back, m[1][0])
	})
}

func TestCodersAgreeWithThemselves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k, coders := rapid.IntRange(2, 4).Draw(t, "codes"), rapid.IntRange(2, 4).Draw(t, "coders")
		units := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(Missing, k-1), coders, coders), 1, 20).Draw(t, "units")
		a, err := KrippendorffNominal(k, units)
		if err != nil {
			require.Contains(t, []Problem{ErrTooFew, ErrNoVariation}, NameOf(err))
			return
		}
		finite(t, a.Value)
		require.LessOrEqual(t, a.Value, 1.0)
		for _, u := range units {
			slices.Reverse(u)
		}
		again, err := KrippendorffNominal(k, units)
		require.NoError(t, err)
		require.Equal(t, a, again, "coders have no order")
	})
	a, err := KrippendorffNominal(3, [][]int{{0, 0}, {1, 1}, {2, 2, Missing}})
	require.NoError(t, err)
	require.Equal(t, 1.0, a.Value)
}
