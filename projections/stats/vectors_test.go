package stats

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// vectors are random inputs with what SciPy, statsmodels, mpmath, R and second implementations say of them; testdata/vectors.py makes them.
type vectors struct {
	Versions map[string]string

	Log, Exp, LogGamma, Normal, NormalQuantile, ChiSquared, Student, StudentQuantile [][]float64
	Wilson, Newcombe, TwoProportions, McNemar                                        [][]float64
	Cluster                                                                          []struct {
		Tables                             [][2]int
		N0, ICC, Deff, Variance, Low, High float64
	}
	TableMean []struct {
		Tables                   [][]int
		Mean, ICC, SE, Low, High float64
	}
	Estimates []struct {
		Countries         [][3]int64
		Pooled            float64
		Equal, Population []float64
	}
	Rake []struct {
		Bases           []int
		Targets         [][]float64
		Weights         []float64
		Mass, Effective float64
	}
	Represent []struct {
		Counts                              []int
		Population                          []int64
		GRI, RScore, Coverage, Chi, P, Best float64
		Seats                               []int
	}
	Rank []struct {
		Options                              int
		Ballots, Pairwise, Strengths, Levels [][]int
		Average                              []float64
		Condorcet                            int
	}
	Transition []struct {
		Table                    [][]int
		Gross, Net, Statistic, P float64
		DF                       int
	}
	Paired []struct {
		Pre, Post                            []int
		T, P, Low, High, SD, Ratio, Wilcoxon float64
	}
	Benjamini []struct{ P, Adjusted, R []float64 }
	DRI       []struct {
		Considerations, Preferences [][]int
		DRI                         float64
	}
	Spearman []struct {
		A, B []int
		R    float64
	}
	JSD []struct {
		Counts          [][]int
		Weights         []float64
		Pairs, TVD      [][]float64
		Equal, Weighted float64
		Rest            []float64
	}
	Permutation []struct {
		A, B []int
		P    float64
	}
	Kappa []struct {
		Table [][]int
		Kappa float64
	}
	Alpha []struct {
		Codes int
		Units [][]int
		Alpha float64
	}
	Random []struct {
		Seed         string
		Labels, Next []string
	}
}

func read(t *testing.T) vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var v vectors
	in := json.NewDecoder(bytes.NewReader(b))
	in.DisallowUnknownFields()
	require.NoError(t, in.Decode(&v))
	for i := range reflect.TypeOf(v).NumField() {
		require.NotZerof(t, reflect.ValueOf(v).Field(i).Len(), "vectors for %s", reflect.TypeOf(v).Field(i).Name)
	}
	return v
}

// near says that two figures agree to a relative (and near 0 absolute) difference.
func near(t *testing.T, want, have, difference float64, about ...any) {
	t.Helper()
	require.Falsef(t, math.IsNaN(have), "NaN for %v", about)
	require.LessOrEqualf(t, math.Abs(want-have), difference*max(1, math.Abs(want)), "want %v, have %v for %v", want, have, about)
}

// relative says so for figures that may be tiny.
func relative(t *testing.T, want, have, difference float64, about ...any) {
	t.Helper()
	require.Falsef(t, math.IsNaN(have), "NaN for %v", about)
	require.LessOrEqualf(t, math.Abs(want-have), difference*math.Abs(want), "want %v, have %v for %v", want, have, about)
}

func TestVectorsSpecial(t *testing.T) {
	t.Parallel()
	v := read(t)
	for _, x := range v.Log {
		relative(t, x[1], Log(x[0]), 3e-16, "log", x)
		near(t, x[2], Log2(x[0]), 1e-15, "log2", x)
	}
	for _, x := range v.Exp {
		relative(t, x[1], Exp(x[0]), 4e-16, "exp", x)
	}
	for _, x := range v.LogGamma {
		near(t, x[1], LogGamma(x[0]), 1e-14, "loggamma", x)
	}
	for _, x := range v.Normal {
		relative(t, x[1], NormalSurvival(x[0]), 1e-13, "normal", x)
		relative(t, x[1], NormalCDF(-x[0]), 1e-13, "normal", x)
	}
	for _, x := range v.NormalQuantile {
		near(t, x[1], NormalQuantile(x[0]), 1e-14, "quantile", x)
	}
	for _, x := range v.ChiSquared {
		relative(t, x[2], ChiSquaredSurvival(x[0], x[1]), 2e-13, "chi-squared", x)
	}
	for _, x := range v.Student {
		relative(t, x[2], StudentSurvival(x[0], x[1]), 1e-12, "student", x)
	}
	for _, x := range v.StudentQuantile {
		relative(t, x[2], StudentQuantile(x[0], x[1]), 1e-11, "student quantile", x)
	}
}

func TestVectorsShares(t *testing.T) {
	t.Parallel()
	v := read(t)
	for _, x := range v.Wilson {
		s, err := Wilson(int(x[0]), int(x[1]), Z95)
		require.NoError(t, err)
		near(t, x[2], s.Interval.Low, 1e-14, x)
		near(t, x[3], s.Interval.High, 1e-14, x)
	}
	for _, x := range v.Newcombe {
		d, err := Newcombe(int(x[0]), int(x[1]), int(x[2]), int(x[3]), Z95)
		require.NoError(t, err)
		near(t, x[4], d.Interval.Low, 1e-13, x)
		near(t, x[5], d.Interval.High, 1e-13, x)
	}
	for _, x := range v.TwoProportions {
		d, err := TwoProportions(int(x[0]), int(x[1]), int(x[2]), int(x[3]))
		require.NoError(t, err)
		near(t, x[4], d.Statistic, 1e-13, x)
		near(t, x[5], d.P, 1e-13, x)
	}
}

func TestVectorsTables(t *testing.T) {
	t.Parallel()
	for _, x := range read(t).Cluster {
		var tables []Table
		for _, n := range x.Tables {
			tables = append(tables, Table{n[0], n[1]})
		}
		r, err := TableRobust(tables, Z95)
		require.NoError(t, err)
		near(t, x.N0, r.N0, 1e-13)
		near(t, x.ICC, *r.ICC, 1e-12)
		near(t, x.Deff, r.DesignEffect, 1e-12)
		near(t, x.Variance, r.LinearVariance, 1e-14)
		near(t, x.Low, r.Interval.Low, 1e-12)
		near(t, x.High, r.Interval.High, 1e-12)
	}
}

func TestVectorsTableMeans(t *testing.T) {
	t.Parallel()
	for _, x := range read(t).TableMean {
		var tables []Moments
		for _, values := range x.Tables {
			tables = append(tables, MomentsOf(values))
		}
		m, err := TableMean(tables, .95)
		require.NoError(t, err)
		near(t, x.Mean, m.Mean, 1e-14)
		near(t, x.ICC, *m.ICC, 1e-12)
		near(t, x.SE, m.LinearError, 1e-13)
		near(t, x.Low, m.Interval.Low, 1e-12)
		near(t, x.High, m.Interval.High, 1e-12)
	}
}

func TestVectorsEstimates(t *testing.T) {
	t.Parallel()
	for _, x := range read(t).Estimates {
		var countries []Country
		for i, c := range x.Countries {
			countries = append(countries, Country{strconv.Itoa(i), int(c[0]), int(c[1]), c[2]})
		}
		p, err := Pooled(countries, Z95)
		require.NoError(t, err)
		near(t, x.Pooled, p.Share, 1e-14)
		for _, c := range []struct {
			want []float64
			of   func([]Country, float64) (Estimate, error)
		}{{x.Equal, EqualCountry}, {x.Population, PopulationWeighted}} {
			e, err := c.of(countries, Z95)
			require.NoError(t, err)
			near(t, c.want[0], e.Share, 1e-14)
			near(t, c.want[1], e.StandardError, 1e-14)
			if e.Scale == ScaleNormal {
				near(t, c.want[2], e.Interval.Low, 1e-13)
				near(t, c.want[3], e.Interval.High, 1e-13)
			}
		}
	}
}

func TestVectorsRaking(t *testing.T) {
	t.Parallel()
	trimmed := 0
	for _, x := range read(t).Rake {
		var cells []Cell
		for i, n := range x.Bases { // 2 × 3 × 4, the last index fastest
			cells = append(cells, Cell{[]int{i / 12, i / 4 % 3, i % 4}, n})
		}
		var margins []Margin
		for d, targets := range x.Targets {
			margins = append(margins, Margin{fmt.Sprint(d), make([]string, len(targets)), targets})
		}
		r, err := Rake(cells, margins)
		require.NoError(t, err)
		for i, w := range x.Weights {
			near(t, w, r.Weights[i], 1e-9, i)
		}
		near(t, x.Mass, r.TrimmedMass, 1e-9)
		near(t, x.Effective, r.EffectiveBase, 1e-9)
		if r.Trimmed > 0 {
			trimmed++
		}
	}
	require.Positive(t, trimmed, "some vectors trim")
}

func TestVectorsRepresentativeness(t *testing.T) {
	t.Parallel()
	for _, x := range read(t).Represent {
		r, err := Represent(x.Counts, x.Population)
		require.NoError(t, err)
		near(t, x.GRI, r.GRI, 1e-14)
		near(t, x.GRI, r.Similarity, 1e-14)
		near(t, x.RScore, *r.RScore, 1e-14)
		near(t, x.Coverage, *r.Coverage, 0)
		near(t, x.Chi, r.ChiSquared.Statistic, 1e-12)
		near(t, x.P, r.ChiSquared.P, 1e-12)
		near(t, x.Best, r.Best, 1e-14)
		require.Equal(t, x.Seats, r.BestSeats)
	}
}

func TestVectorsRankings(t *testing.T) {
	t.Parallel()
	for _, x := range read(t).Rank {
		var ballots []Ranking
		for _, b := range x.Ballots {
			ballots = append(ballots, Ranking{b, 1})
		}
		r, err := Rank(x.Options, ballots)
		require.NoError(t, err)
		require.Equal(t, x.Pairwise, r.Pairwise)
		require.Equal(t, x.Strengths, r.Strengths)
		require.Equal(t, x.Levels, r.Schulze)
		require.Equal(t, x.Condorcet, r.Condorcet)
		for o, want := range x.Average {
			require.Equal(t, want, r.Average(o))
		}
	}
}

func TestVectorsChange(t *testing.T) {
	t.Parallel()
	v := read(t)
	for _, x := range v.Transition {
		c, err := Transitions(x.Table)
		require.NoError(t, err)
		near(t, x.Gross, c.Gross, 1e-14)
		near(t, x.Net, c.Net, 1e-14)
		s, err := StuartMaxwell(x.Table)
		require.NoError(t, err)
		near(t, x.Statistic, s.Statistic, 1e-11)
		near(t, x.P, s.P, 1e-12)
		require.Equal(t, x.DF, s.DF)
	}
	for _, x := range v.McNemar {
		m, err := McNemar(int(x[0]), int(x[1]))
		require.NoError(t, err)
		for i, have := range []float64{m.Plain.Statistic, m.Plain.P, m.Corrected.Statistic, m.Corrected.P} {
			if i >= 2 && x[0] == x[1] {
				continue // statsmodels takes (0-1)² where nobody is ahead; R and we go no further than 0
			}
			near(t, x[2+i], have, 1e-13, x)
		}
		require.Equal(t, x[0]+x[1] < ExactBelow, m.Exact != nil)
		if m.Exact != nil {
			near(t, x[6], *m.Exact, 1e-13, x)
		}
	}
	for _, x := range v.Paired {
		p, err := PairedMeans(x.Pre, x.Post, 0.95)
		require.NoError(t, err)
		for i, pair := range [][2]float64{{x.T, p.T.Statistic}, {x.P, p.T.P}, {x.Low, p.Interval.Low}, {x.High, p.Interval.High}, {x.SD, p.SD}, {x.Ratio, *p.VarianceRatio}} {
			near(t, pair[0], pair[1], 1e-12, i)
		}
		w, err := Wilcoxon(x.Pre, x.Post)
		require.NoError(t, err)
		near(t, x.Wilcoxon, w.P, 1e-13)
	}
	for _, x := range v.Benjamini {
		have, err := BenjaminiHochberg(x.P)
		require.NoError(t, err)
		for i := range x.P {
			near(t, x.Adjusted[i], have[i], 1e-15)
			near(t, x.R[i], have[i], 1e-15)
		}
	}
	for _, x := range v.Spearman {
		r, err := Spearman(x.A, x.B)
		require.NoError(t, err)
		near(t, x.R, r, 1e-14)
	}
	for _, x := range v.DRI {
		d, err := DRI(x.Considerations, x.Preferences, nil)
		require.NoError(t, err)
		near(t, x.DRI, d.DRI, 1e-13)
	}
}

func TestVectorsDivergence(t *testing.T) {
	t.Parallel()
	v := read(t)
	for _, x := range v.JSD {
		m, err := JSDMatrix(x.Counts)
		require.NoError(t, err)
		for i, row := range m {
			for j, d := range row {
				near(t, x.Pairs[i][j], d.JSD, 1e-14)
				near(t, x.TVD[i][j], d.TVD, 1e-14)
			}
		}
		equal, err := GeneralisedJSD(x.Counts, nil)
		require.NoError(t, err)
		weighted, err := GeneralisedJSD(x.Counts, x.Weights)
		require.NoError(t, err)
		near(t, x.Equal, equal, 1e-14)
		near(t, x.Weighted, weighted, 1e-14)
		rest, err := CountryVersusRest(x.Counts)
		require.NoError(t, err)
		for i, d := range rest {
			near(t, x.Rest[i], d.JSD, 1e-14)
		}
	}
	const rounds = 20_000
	for _, x := range v.Permutation {
		p, err := PermuteJSD([][]int{x.A, x.B}, nil, rounds, NewRandom("7"), nil)
		require.NoError(t, err)
		off := 4 * math.Sqrt(x.P*(1-x.P)/rounds)
		require.InDelta(t, x.P, p.Overall.P, off)
		require.InDelta(t, x.P, p.Rest[0].P, off)
	}
}

func TestVectorsCoders(t *testing.T) {
	t.Parallel()
	v := read(t)
	for _, x := range v.Kappa {
		k, err := CohenKappa(x.Table)
		require.NoError(t, err)
		near(t, x.Kappa, k.Value, 1e-14)
	}
	for _, x := range v.Alpha {
		a, err := KrippendorffNominal(x.Codes, x.Units)
		require.NoError(t, err)
		near(t, x.Alpha, a.Value, 1e-13)
	}
}

func TestVectorsRandom(t *testing.T) {
	t.Parallel()
	var firsts []string
	for _, x := range read(t).Random {
		r := NewRandom(x.Seed, x.Labels...)
		for _, want := range x.Next {
			require.Equal(t, want, strconv.FormatUint(r.Uint64(), 10))
		}
		require.False(t, slices.Contains(firsts, x.Next[0]), "other words, other numbers")
		firsts = append(firsts, x.Next[0])
	}
}
