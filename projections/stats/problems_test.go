package stats

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// second gives the error of a function that also gives a value; a value that comes with an error has no figure in it.
func second[T any](_ T, err error) error { return err }

func TestProblemsHaveNames(t *testing.T) {
	t.Parallel()
	ok := []Country{{"FR", 1, 2, 68}, {"KE", 1, 2, 55}}
	rest := []Divergence{{JSD: .1}, {JSD: .1}, {JSD: .4}}
	for name, c := range map[string]struct {
		err  error
		want Problem
	}{
		"share of nobody":                   {second(Wilson(0, 0, Z95)), ErrNoBase},
		"more yes than people":              {second(Wilson(3, 2, Z95)), ErrBadCount},
		"z of zero":                         {second(Wilson(1, 2, 0)), ErrBadParameter},
		"level of one":                      {second(ZOf(1)), ErrBadParameter},
		"share above one":                   {second(WilsonEffective(1.1, 5, Z95)), ErrBadCount},
		"share of no share":                 {second(WilsonEffective(math.NaN(), 5, Z95)), ErrBadCount},
		"effective base of nothing":         {second(WilsonEffective(.5, 0, Z95)), ErrNoBase},
		"difference from nobody":            {second(Newcombe(1, 2, 0, 0, Z95)), ErrNoBase},
		"difference of nobody":              {second(NewcombeEffective(.5, 0, .5, 1, Z95)), ErrNoBase},
		"two shares of nothing":             {second(TwoProportions(0, 5, 0, 7)), ErrNoVariation},
		"option that there is not":          {second(CountSelections(2, [][]int{{2}})), ErrBadBallot},
		"no tables":                         {second(TableRobust(nil, Z95)), ErrNoBase},
		"one table":                         {second(TableRobust([]Table{{1, 8}, {0, 0}}, Z95)), ErrOneCluster},
		"bad table":                         {second(TableRobust([]Table{{1, 8}, {9, 8}}, Z95)), ErrBadCount},
		"mean of one table":                 {second(TableMean([]Moments{{3, 3, 3}}, .95)), ErrOneCluster},
		"mean of moments that cannot be":    {second(TableMean([]Moments{{2, 3, 1}, {1, 1, 1}}, .95)), ErrBadCount},
		"mean at no level":                  {second(TableMean([]Moments{{2, 3, 5}, {1, 1, 1}}, 0)), ErrBadParameter},
		"value that is none":                {second(Combine([]Part{{math.NaN(), 1, 1, 1}})), ErrBadParameter},
		"variance without end":              {second(Combine([]Part{{1, math.Inf(1), 1, 1}})), ErrBadParameter},
		"tables of one person":              {second(ICC([]Moments{{1, 1, 1}, {1, 0, 0}})), ErrTooFew},
		"tables that all agree":             {second(ICC([]Moments{{2, 2, 2}, {2, 2, 2}})), ErrNoVariation},
		"no country":                        {second(EqualCountry(nil, Z95)), ErrNoBase},
		"countries of nobody":               {second(Pooled([]Country{{"FR", 0, 0, 68}}, Z95)), ErrNoBase},
		"country without population":        {second(PopulationWeighted(append(ok, Country{"XX", 1, 2, 0}), Z95)), ErrNoPopulation},
		"coverage without population":       {second(WorldCoverage(append(ok, Country{"XX", 1, 2, 0}), 8000)), ErrNoPopulation},
		"a world smaller than its parts":    {second(WorldCoverage(ok, 100)), ErrBadParameter},
		"weight below zero":                 {second(Combine([]Part{{1, 1, 1, -1}})), ErrBadParameter},
		"no weight":                         {second(Combine([]Part{{1, 1, 1, 0}})), ErrNoBase},
		"share outside":                     {second(CombineShares([]Part{{2, 1, 1, 1}}, Z95)), ErrBadCount},
		"weights of nobody":                 {second(Kish([]float64{1}, []int{0})), ErrNoBase},
		"weights for others":                {second(Kish([]float64{1}, nil)), ErrBadCount},
		"empty stratum":                     {second(PostStratify([]Stratum{{"old", 1, 2, 1}, {"young", 0, 0, 1}}, nil, Z95)), ErrEmptyStratum},
		"stratum not in the table":          {second(PostStratify([]Stratum{{"old", 1, 2, 1}, {"young", 0, 1, 0}}, nil, Z95)), ErrNoPopulation},
		"stratum twice":                     {second(PostStratify([]Stratum{{"old", 1, 2, 1}, {"old", 0, 1, 1}}, nil, Z95)), ErrBadParameter},
		"a plan that goes round":            {second(PostStratify([]Stratum{{"a", 0, 0, 1}, {"b", 0, 0, 1}, {"c", 1, 2, 1}}, []Merge{{"a", "b"}, {"b", "a"}}, Z95)), ErrEmptyStratum},
		"a plan for others":                 {second(PostStratify([]Stratum{{"a", 1, 1, 1}}, []Merge{{"z", "a"}}, Z95)), ErrBadParameter},
		"target without a person":           {second(Rake([]Cell{{[]int{0}, 5}}, []Margin{{"age", []string{"old", "young"}, []float64{1, 1}}})), ErrEmptyStratum},
		"person without a target":           {second(Rake([]Cell{{[]int{0}, 5}, {[]int{1}, 5}}, []Margin{{"age", []string{"old", "young"}, []float64{1, 0}}})), ErrNoPopulation},
		"margins that no weights meet":      {second(Rake([]Cell{{[]int{0, 0}, 5}, {[]int{1, 1}, 5}}, []Margin{{"a", []string{"0", "1"}, []float64{.5, .5}}, {"b", []string{"0", "1"}, []float64{.9, .1}}})), ErrNoConvergence},
		"raking of nobody":                  {second(Rake(nil, nil)), ErrNoBase},
		"nobody compared with a population": {second(Represent([]int{0}, []int64{1})), ErrNoBase},
		"compared with no population":       {second(Represent([]int{1}, []int64{0})), ErrNoPopulation},
		"seats below zero":                  {second(LargestRemainder(-1, []int64{1})), ErrBadCount},
		"populations beyond 63 bits":        {second(LargestRemainder(1, []int64{math.MaxInt64, 1})), ErrBadParameter},
		"ballot with an option twice":       {second(Rank(2, []Ranking{{[]int{1, 1}, 1}})), ErrBadBallot},
		"blank ballots only":                {second(Rank(2, []Ranking{{nil, 4}})), ErrNoBase},
		"allocation below zero":             {second(Allocate(2, 10, [][]int{{-1, 11}})), ErrBadBallot},
		"allocation of too few options":     {second(Allocate(2, 10, [][]int{{10}})), ErrBadBallot},
		"no allocation":                     {second(Allocate(2, 10, nil)), ErrNoBase},
		"description of nobody":             {second(Describe(nil)), ErrNoBase},
		"description of fewer":              {second(Describe([]ValueCount{{1, -1}})), ErrBadCount},
		"matrix that is not square":         {second(Transitions([][]int{{1, 2}})), ErrBadCount},
		"matrix of nobody":                  {second(Transitions([][]int{{0, 0}, {0, 0}})), ErrNoBase},
		"answer that is no option":          {second(TransitionTable(2, []int{2}, []int{0})), ErrBadCount},
		"nobody changed":                    {second(McNemar(0, 0)), ErrNoChange},
		"nobody moved":                      {second(StuartMaxwell([][]int{{4, 0}, {0, 5}})), ErrNoChange},
		"one pair":                          {second(PairedMeans([]int{1}, []int{2}, .95)), ErrTooFew},
		"no pair":                           {second(PairedMeans(nil, nil, .95)), ErrNoBase},
		"half a pair":                       {second(PairedMeans([]int{1}, nil, .95)), ErrBadCount},
		"answer off the scale":              {second(MidpointCrossings([]int{1}, []int{6}, 1, 5)), ErrBadCount},
		"ranks of no change":                {second(Wilcoxon([]int{1, 2}, []int{1, 2})), ErrNoChange},
		"p above one":                       {second(BenjaminiHochberg([]float64{1.1})), ErrBadParameter},
		"p of nothing":                      {second(BenjaminiHochberg([]float64{math.NaN()})), ErrBadParameter},
		"correlation of a constant":         {second(Spearman([]int{1, 1}, []int{1, 2})), ErrNoVariation},
		"reasons of one":                    {second(DRI([][]int{{1, 2}}, [][]int{{1, 2}}, nil)), ErrTooFew},
		"reasons of people without any":     {second(DRI([][]int{{1, 1}, {2, 2}}, [][]int{{1, 2}, {1, 2}}, nil)), ErrNoVariation},
		"divergence from nobody":            {second(JSD([]int{1}, []int{0})), ErrNoBase},
		"divergence over other options":     {second(JSD([]int{1}, []int{1, 1})), ErrBadCount},
		"divergence of nothing":             {second(GeneralisedJSD(nil, nil)), ErrTooFew},
		"weights of other countries":        {second(GeneralisedJSD([][]int{{1}}, []float64{1, 1})), ErrBadParameter},
		"the rest of one":                   {second(CountryVersusRest([][]int{{1}})), ErrTooFew},
		"permutation without rounds":        {second(PermuteJSD([][]int{{1}, {1}}, nil, 0, NewRandom("0"), nil)), ErrBadParameter},
		"permutation without a seed":        {second(PermuteJSD([][]int{{1}, {1}}, nil, 9, nil, nil)), ErrBadParameter},
		"small countries":                   {second(MinimumAgreement(ok, 10)), ErrNotEnoughBases},
		"no least base":                     {second(MinimumAgreement(ok, 0)), ErrBadParameter},
		"outlier of two":                    {second(Outliers(rest[:2], nil, 1.5, .05)), ErrTooFew},
		"outlier without p":                 {second(Outliers(rest, []float64{.1}, 1.5, .05)), ErrBadParameter},
		"no unit coded twice":               {second(KrippendorffNominal(2, [][]int{{1, Missing}})), ErrTooFew},
		"one code everywhere":               {second(KrippendorffNominal(2, [][]int{{1, 1}})), ErrNoVariation},
		"a code that there is not":          {second(KrippendorffNominal(2, [][]int{{1, 2}})), ErrBadCount},
		"coders with one code":              {second(CohenKappa([][]int{{9, 0}, {0, 0}})), ErrNoVariation},
	} {
		require.ErrorIs(t, c.err, c.want, name)
		require.Equal(t, c.want, NameOf(fmt.Errorf("view: %w", c.err)), name)
		var e *Error
		require.ErrorAs(t, c.err, &e, name)
	}
	require.Empty(t, NameOf(errors.New("another")))
	require.Empty(t, NameOf(nil))
}

func TestProblemsNameThePlace(t *testing.T) {
	t.Parallel()
	var e *Error
	_, err := PopulationWeighted([]Country{{"FR", 1, 2, 68}, {"XK", 1, 2, 0}}, Z95)
	require.ErrorAs(t, err, &e)
	require.Equal(t, "XK", e.Where)
	_, err = EqualCountry([]Country{{"FR", 3, 2, 68}}, Z95)
	require.ErrorAs(t, err, &e)
	require.Equal(t, "FR", e.Where)
	_, err = PostStratify([]Stratum{{"old", 1, 2, 1}, {"young", 0, 0, 1}}, nil, Z95)
	require.ErrorAs(t, err, &e)
	require.Equal(t, "young", e.Where)
	_, err = Rake([]Cell{{[]int{0, 0}, 5}}, []Margin{{"gender", []string{"F"}, []float64{1}}, {"age", []string{"old", "young"}, []float64{1, 1}}})
	require.ErrorAs(t, err, &e)
	require.Equal(t, "age/young", e.Where)
	require.EqualError(t, err, "empty stratum: age/young: nobody in the room belongs to it")
}

func TestEmptyStrataGoWhereThePlanSays(t *testing.T) {
	t.Parallel()
	strata := []Stratum{{"18-24", 0, 0, 2}, {"25-34", 0, 0, 3}, {"35-49", 4, 10, 2}, {"50+", 9, 10, 3}, {"nobody", 0, 0, 0}}
	plan := []Merge{{"18-24", "25-34"}, {"25-34", "35-49"}, {"50+", "35-49"}}
	r, err := PostStratify(strata, plan, Z95)
	require.NoError(t, err)
	require.Equal(t, []Merge{{"18-24", "35-49"}, {"25-34", "35-49"}}, r.Merged, "50+ has people, so it stays")
	require.Equal(t, []string{"35-49", "18-24", "25-34"}, r.Strata[0].Names)
	require.InDelta(t, .7*.4+.3*.9, r.Share, 1e-12)
}

func TestTrimmingWarns(t *testing.T) {
	t.Parallel()
	r, err := Rake([]Cell{{[]int{0}, 98}, {[]int{1}, 2}}, []Margin{{"age", []string{"old", "young"}, []float64{.5, .5}}})
	require.NoError(t, err)
	require.Equal(t, 1, r.Trimmed)
	require.InDelta(t, .4, r.TrimmedMass, 1e-9) // 2 people from weight 25 to 5
	require.Len(t, r.Warnings, 2, "one margin must be met whatever the limits say")
	require.InDelta(t, 49, r.Ratio, 1e-9)
}

func TestIntervalsNearTheEnds(t *testing.T) {
	t.Parallel()
	e, err := EqualCountry([]Country{{"A", 1, 100, 1}, {"B", 0, 100, 1}}, Z95)
	require.NoError(t, err)
	require.Equal(t, ScaleLogit, e.Scale)
	require.True(t, 0 < e.Interval.Low && e.Interval.Low < .005 && .005 < e.Interval.High && e.Interval.High < .05)
	e, err = EqualCountry([]Country{{"A", 0, 100, 1}, {"B", 0, 50, 1}}, Z95)
	require.NoError(t, err)
	require.Equal(t, ScaleWilson, e.Scale)
	require.InDelta(t, 4/(1./100+1./50), e.EffectiveBase, 1e-9)
	require.True(t, e.Interval.Low == 0 && e.Interval.High > 0.01)
}

func TestMovesThatDoNotConnect(t *testing.T) {
	t.Parallel()
	// Options 0 and 1 exchange people, options 3 and 4 do, option 2 neither: two tests of McNemar at once.
	s, err := StuartMaxwell([][]int{{9, 7, 0, 0, 0}, {2, 9, 0, 0, 0}, {0, 0, 5, 0, 0}, {0, 0, 0, 1, 8}, {0, 0, 0, 3, 1}})
	require.NoError(t, err)
	require.Equal(t, []int{2}, s.Unused)
	require.Equal(t, []int{2, 2}, []int{s.Parts, s.DF})
	require.InDelta(t, 25./9+25./11, s.Statistic, 1e-12)
}

func TestLevelsOfTies(t *testing.T) {
	t.Parallel()
	// A circle of three: nobody beats everybody, and the circle is broken at its weakest link.
	r, err := Rank(3, []Ranking{{[]int{0, 1, 2}, 4}, {[]int{1, 2, 0}, 3}, {[]int{2, 0, 1}, 2}})
	require.NoError(t, err)
	require.Equal(t, -1, r.Condorcet)
	require.Equal(t, [][]int{{0}, {1}, {2}}, r.Schulze)
	r, err = Rank(3, []Ranking{{[]int{0, 1, 2}, 1}, {[]int{1, 2, 0}, 1}, {[]int{2, 0, 1}, 1}, {nil, 6}})
	require.NoError(t, err)
	require.Equal(t, [][]int{{0, 1, 2}}, r.Schulze)
	require.Equal(t, 6, r.Blank)
}

func TestPermutationCanBeStoppedAndRepeated(t *testing.T) {
	t.Parallel()
	stop, rounds := errors.New("stop"), 0
	_, err := PermuteJSD(abc, nil, 1000, NewRandom("1"), func() error {
		if rounds++; rounds == 7 {
			return stop
		}
		return nil
	})
	require.ErrorIs(t, err, stop)
	require.Equal(t, 7, rounds)
	a, err := PermuteJSD(abc, nil, 50, NewRandom("1", "q1"), nil)
	require.NoError(t, err)
	b, err := PermuteJSD(abc, nil, 50, NewRandom("1", "q1"), nil)
	require.NoError(t, err)
	require.Equal(t, a, b)
	same, err := PermuteJSD([][]int{{5, 5}, {5, 5}}, nil, 50, NewRandom("1"), nil)
	require.NoError(t, err)
	require.Equal(t, 1.0, same.Overall.P)
	_, err = DRI([][]int{{1, 2}, {2, 1}}, [][]int{{1, 2}, {2, 1}}, func() error { return stop })
	require.ErrorIs(t, err, stop)
}

func TestDescriptionsMedian(t *testing.T) {
	t.Parallel()
	d, err := Describe([]ValueCount{{5, 1}, {1, 2}, {2, 0}, {5, 1}})
	require.NoError(t, err)
	require.Equal(t, []ValueCount{{1, 2}, {5, 2}}, d.Values)
	require.Equal(t, 3.0, d.Median())
	one, err := DescribeValues([]int{7})
	require.NoError(t, err)
	require.Nil(t, one.SampleVariance)
	require.Equal(t, 7.0, one.Median())
}

// mostlyAlike are countries of 40 to 160 people of whom half choose each option, but for the one that leans.
func mostlyAlike(n, leaning int, random *Random) [][]int {
	rows := make([][]int, n)
	for i := range rows {
		rows[i] = make([]int, 2)
		for range 40 + random.Intn(121) {
			if o := random.Intn(4); i == leaning {
				rows[i][min(o, 1)]++
			} else {
				rows[i][o%2]++
			}
		}
	}
	return rows
}

func TestOneOutlierAmongManyIsFoundInFewRounds(t *testing.T) {
	t.Parallel()
	rows := mostlyAlike(72, 30, NewRandom("2"))
	rest, err := CountryVersusRest(rows)
	require.NoError(t, err)
	p, err := PermuteJSD(rows, nil, 200, NewRandom("3"), nil)
	require.NoError(t, err)
	for i := range rows {
		require.GreaterOrEqual(t, p.RestAdjusted[i], 1./201)
	}
	out, err := Outliers(rest, p.RestAdjusted, OutlierFactor, .05)
	require.NoError(t, err)
	require.Equal(t, []int{30}, out)
	without, err := Outliers(rest, nil, OutlierFactor, 0)
	require.NoError(t, err)
	require.Greater(t, len(without), 1, "without a test, chance makes outliers")
}

func TestCountriesOfOneMindSeldomHaveAnOutlier(t *testing.T) {
	t.Parallel()
	random, found := NewRandom("4"), 0
	for range 100 {
		rows := mostlyAlike(12, -1, random)
		p, err := PermuteJSD(rows, nil, 99, random, nil)
		require.NoError(t, err)
		for _, x := range p.RestAdjusted {
			if x <= .05 {
				found++
				break
			}
		}
	}
	require.LessOrEqual(t, found, 12, "about 5 of 100")
}

func TestNewcombesOwnExample(t *testing.T) {
	t.Parallel()
	d, err := Newcombe(56, 70, 48, 80, Z95) // Newcombe 1998, table II, example (a), method 10
	require.NoError(t, err)
	digits(t, 4, []float64{.0524, .3339}, d.Interval.Low, d.Interval.High)
}
