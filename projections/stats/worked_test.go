package stats

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The worked examples of the method's description, to the digits given there.

// digits says that the figures are those given to so many places, rounded.
func digits(t *testing.T, places int, want []float64, have ...float64) {
	t.Helper()
	require.Len(t, have, len(want))
	half := 0.5000001
	for range places {
		half /= 10
	}
	for i := range want {
		require.InDelta(t, want[i], have[i], half, "figure %d", i)
	}
}

func TestWorkedWilson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		count, base int
		want        []float64
	}{
		{0, 10, []float64{0, 0.277533}}, {10, 10, []float64{0.722467, 1}}, {1, 2, []float64{0.094531, 0.905469}}, {45, 90, []float64{0.398837, 0.601163}}, {81, 263, []float64{0.255289, 0.366210}},
	} {
		s, err := Wilson(c.count, c.base, Z95)
		require.NoError(t, err)
		digits(t, 6, c.want, s.Interval.Low, s.Interval.High)
	}
	_, err := Wilson(0, 0, Z95)
	require.ErrorIs(t, err, ErrNoBase)
}

func TestWorkedMultipleChoice(t *testing.T) {
	t.Parallel()
	const a, b, c = 0, 1, 2
	s, err := CountSelections(3, [][]int{{a, b}, {a}, {b, c}, {a, c}, {}, {a, b, c}})
	require.NoError(t, err)
	require.Equal(t, Selections{Counts: []int{4, 3, 3}, Base: 5, Blank: 1}, s)
	shares, err := Proportions(s.Counts, s.Base, Z95)
	require.NoError(t, err)
	require.Equal(t, []float64{0.8, 0.6, 0.6}, []float64{shares[a].Share, shares[b].Share, shares[c].Share})
	_, err = CountSelections(3, [][]int{{a, a}})
	require.ErrorIs(t, err, ErrBadBallot)
}

// three countries and their answers to three options.
var abc = [][]int{{45, 30, 15}, {20, 50, 30}, {36, 12, 12}}

func countriesOf(option int) []Country {
	var found []Country
	for i, population := range []int64{100, 10, 1} {
		base := 0
		for _, n := range abc[i] {
			base += n
		}
		found = append(found, Country{string(rune('A' + i)), abc[i][option], base, population})
	}
	return found
}

func TestWorkedGlobalEstimates(t *testing.T) {
	t.Parallel()
	var pooled, equal, population []float64
	for o := range 3 {
		p, err := Pooled(countriesOf(o), Z95)
		require.NoError(t, err)
		e, err := EqualCountry(countriesOf(o), Z95)
		require.NoError(t, err)
		w, err := PopulationWeighted(countriesOf(o), Z95)
		require.NoError(t, err)
		pooled, equal, population = append(pooled, p.Share), append(equal, e.Share), append(population, w.Share)
		if o == 0 {
			digits(t, 6, []float64{0.030510, 0.373535, 0.493132, 0.047622}, e.StandardError, e.Interval.Low, e.Interval.High, w.StandardError)
			require.Equal(t, ScaleNormal, e.Scale)
			require.Equal(t, []int{250, 3}, []int{e.Base, e.Countries})
		}
	}
	digits(t, 6, []float64{0.404, 0.368, 0.228}, pooled...)
	digits(t, 6, []float64{0.433333, 0.344444, 0.222222}, equal...)
	digits(t, 6, []float64{0.473874, 0.347147, 0.178979}, population...)
	covered, err := WorldCoverage(countriesOf(0), 222)
	require.NoError(t, err)
	require.Equal(t, 0.5, covered)
}

func TestWorkedPostStratification(t *testing.T) {
	t.Parallel()
	r, err := PostStratify([]Stratum{{"a", 30, 40, 3}, {"b", 4, 10, 2}, {"c", 10, 20, 2}, {"d", 21, 30, 3}}, nil, Z95)
	require.NoError(t, err)
	digits(t, 6, []float64{.75, 2, 1, 1}, r.Strata[0].Weight, r.Strata[1].Weight, r.Strata[2].Weight, r.Strata[3].Weight)
	digits(t, 6, []float64{0.65, 0.615, 88.888889, 1.125, 0.050119, 0.511083, 0.709389},
		r.Raw.Share, r.Share, r.EffectiveBase, r.DesignEffect, r.StandardError, r.Interval.Low, r.Interval.High)
}

func TestWorkedRaking(t *testing.T) {
	t.Parallel()
	cells := []Cell{{[]int{0, 0}, 20}, {[]int{0, 1}, 40}, {[]int{1, 0}, 10}, {[]int{1, 1}, 30}} // FY, FO, MY, MO
	margins := []Margin{{"gender", []string{"F", "M"}, []float64{.5, .5}}, {"age", []string{"Y", "O"}, []float64{.3, .7}}}
	first := []float64{1, 1, 1, 1}
	k := newRaking(cells, margins, 100)
	for d := range margins {
		k.meet(first, d)
	}
	digits(t, 6, []float64{.857143, .823529, 1.285714, 1.235294}, first...)
	r, err := Rake(cells, margins)
	require.NoError(t, err)
	digits(t, 6, []float64{.855897, .822051, 1.288206, 1.237265}, r.Weights...)
	var people []float64
	for i, w := range r.Weights {
		people = append(people, w*float64(cells[i].Base))
	}
	digits(t, 6, []float64{17.117943, 32.882057, 12.882057, 37.117943}, people...)
	require.Zero(t, r.Trimmed)
	require.Empty(t, r.Warnings)
	s, err := WeightedShare(r.Weights, []int{12, 20, 8, 12}, []int{20, 40, 10, 30}, Z95)
	require.NoError(t, err)
	digits(t, 6, []float64{0.52, 0.518646, 95.967998, 95.967998}, s.Raw.Share, s.Share, s.EffectiveBase, r.EffectiveBase)
}

func TestWorkedRepresentativeness(t *testing.T) {
	t.Parallel()
	r, err := Represent([]int{25, 55, 20}, []int64{3, 4, 3})
	require.NoError(t, err)
	digits(t, 6, []float64{0.85, 0.85, .833333, 1.375, .666667, 0.484848, 9.791667, 1, 1},
		r.GRI, r.Similarity, *r.Strata[0].Disparity, *r.Strata[1].Disparity, *r.Strata[2].Disparity, *r.RScore, r.ChiSquared.Statistic, *r.Coverage, r.Best)
	require.Equal(t, []int{30, 40, 30}, r.BestSeats)
}

func TestWorkedRanking(t *testing.T) {
	t.Parallel()
	const e, l, r = 0, 1, 2
	x, err := Rank(3, []Ranking{{[]int{e, l, r}, 5}, {[]int{l, r, e}, 3}, {[]int{r, l}, 2}, {[]int{l}, 1}})
	require.NoError(t, err)
	require.Equal(t, []int{5, 4, 2}, x.First)
	require.Equal(t, []int{18, 26, 17}, x.FixedBorda)
	require.Equal(t, []float64{10.5, 15, 7.5}, []float64{x.Average(e), x.Average(l), x.Average(r)})
	require.Equal(t, [][]int{{0, 5, 5}, {6, 0, 9}, {5, 2, 0}}, x.Pairwise)
	require.Equal(t, [][]int{{l}, {e, r}}, x.Schulze)
	require.Equal(t, l, x.Condorcet)
	require.Equal(t, []int{18, 22, 15}, x.LengthBorda) // 5·3+3·1, 5·2+3·3+2·1+1·1, 5·1+3·2+2·2
}

func TestWorkedAllocation(t *testing.T) {
	t.Parallel()
	a, err := Allocate(3, 100, [][]int{{50, 30, 20}, {0, 100, 0}, {40, 40, 20}, {10, 20, 70}})
	require.NoError(t, err)
	var mean, median, above []float64
	for _, o := range a {
		mean, median, above = append(mean, o.Mean), append(median, o.Median()), append(above, o.ShareAbove())
	}
	require.Equal(t, [][]float64{{25, 47.5, 27.5}, {25, 35, 20}, {.75, 1, .75}}, [][]float64{mean, median, above})
	_, err = Allocate(3, 100, [][]int{{50, 30, 20}, {50, 30, 21}})
	require.ErrorIs(t, err, ErrBadBallot)
	require.ErrorContains(t, err, ": 1:")
}

func TestWorkedChange(t *testing.T) {
	t.Parallel()
	table := [][]int{{20, 6, 4}, {3, 25, 7}, {1, 4, 30}}
	x, err := Transitions(table)
	require.NoError(t, err)
	require.Equal(t, [][]int{{30, 35, 35}, {24, 35, 41}}, [][]int{x.Pre, x.Post})
	digits(t, 6, []float64{0.25, 0.06, 0.24}, x.Gross, x.Net, *x.NetOverGross)
	s, err := StuartMaxwell(table)
	require.NoError(t, err)
	digits(t, 6, []float64{3.618090}, s.Statistic)
	require.Equal(t, 2, s.DF)
	m, err := McNemar(15, 5)
	require.NoError(t, err)
	digits(t, 6, []float64{5, 4.05, 0.041389}, m.Plain.Statistic, m.Corrected.Statistic, m.P())
}

func TestWorkedPairs(t *testing.T) {
	t.Parallel()
	p, err := PairedMeans([]int{1, 2, 2, 3, 3, 3, 4, 4, 5, 5}, []int{2, 2, 3, 3, 4, 4, 4, 5, 5, 5}, 0.95)
	require.NoError(t, err)
	digits(t, 6, []float64{3.2, 3.7, 0.5, 0.527046, 3.0, 1.56, 1.21, 1.21 / 1.56}, p.Pre.Mean, p.Post.Mean, p.Change, p.SD, p.T.Statistic, p.Pre.Variance, p.Post.Variance, *p.VarianceRatio)
	require.Equal(t, []int{4, 6, 10, 9}, []int{p.Pre.AtLeast(4), p.Post.AtLeast(4), p.Pairs, p.T.DF})
}

func TestWorkedDivergence(t *testing.T) {
	t.Parallel()
	m, err := JSDMatrix(abc)
	require.NoError(t, err)
	digits(t, 6, []float64{0.073945, 0.016529, 0.130659}, m[0][1].JSD, m[0][2].JSD, m[1][2].JSD)
	digits(t, 6, []float64{.271928, .128564, .361468}, m[0][1].Distance, m[0][2].Distance, m[1][2].Distance)
	digits(t, 6, []float64{.3, .133333, .4}, m[0][1].TVD, m[0][2].TVD, m[1][2].TVD)
	equal, err := GeneralisedJSD(abc, nil)
	require.NoError(t, err)
	population, err := GeneralisedJSD(abc, []float64{100, 10, 1})
	require.NoError(t, err)
	digits(t, 6, []float64{0.096114, 0.023968}, equal, population)
	rest, err := CountryVersusRest(abc)
	require.NoError(t, err)
	digits(t, 6, []float64{0.010214, 0.097542, 0.052988}, rest[0].JSD, rest[1].JSD, rest[2].JSD)
	p, err := PermuteJSD(abc, nil, 999, NewRandom("1"), nil)
	require.NoError(t, err)
	out, err := Outliers(rest, p.RestAdjusted, OutlierFactor, 0.05)
	require.NoError(t, err)
	require.Equal(t, []int{1}, out, "B is the outlier")
	least, err := MinimumAgreement(countriesOf(0), 60)
	require.NoError(t, err)
	require.Equal(t, Agreement{Country: 1, Count: 20, Base: 100, Share: 0.2, Countries: 3}, least)
}

func TestWorkedCoders(t *testing.T) {
	t.Parallel()
	k, err := CohenKappa([][]int{{20, 5}, {10, 15}})
	require.NoError(t, err)
	digits(t, 6, []float64{.4, .7, .5}, k.Value, k.Observed, k.Expected)
	units := slices.Concat(slices.Repeat([][]int{{1, 1}}, 20), slices.Repeat([][]int{{0, 0}}, 15), slices.Repeat([][]int{{1, 0}}, 5), slices.Repeat([][]int{{0, 1}}, 10))
	a, err := KrippendorffNominal(2, units)
	require.NoError(t, err)
	digits(t, 6, []float64{.4, .3, .5}, a.Value, a.Observed, a.Expected)
}
