package stats

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/bits.txt again")

func TestEveryAlgorithmIsListed(t *testing.T) {
	t.Parallel()
	tree, err := parser.ParseFile(token.NewFileSet(), "algorithms.go", nil, 0)
	require.NoError(t, err)
	var declared, listed []Algorithm
	ast.Inspect(tree, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			name, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			declared = append(declared, Algorithm(name))
		}
		return true
	})
	seen := map[Algorithm]bool{}
	for _, m := range Methods() {
		require.Regexp(t, regexp.MustCompile(`^[a-z0-9-]+/[0-9]+$`), string(m.Algorithm))
		require.NotEmpty(t, m.What)
		require.NotEmpty(t, m.Reference)
		require.False(t, seen[m.Algorithm])
		seen[m.Algorithm] = true
		listed = append(listed, m.Algorithm)
	}
	require.Equal(t, declared, listed)
}

// TestSameBits holds results to the last bit: the file was written on one machine, and every machine, whatever instructions it has, comes to the same.
// If a change moves a digit, raise the version of its algorithm and write the file again with -update.
func TestSameBits(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	show := func(a Algorithm, v any, err error) {
		require.NoError(t, err)
		fmt.Fprint(&b, a)
		writeBits(&b, reflect.ValueOf(v))
		fmt.Fprintln(&b)
	}
	wilson, err := Wilson(81, 263, Z95)
	show(AlgorithmWilson, wilson, err)
	newcombe, err := Newcombe(81, 263, 17, 91, Z95)
	show(AlgorithmNewcombe, newcombe, err)
	two, err := TwoProportions(81, 263, 17, 91)
	show(AlgorithmTwoProportions, two, err)
	tables, err := TableRobust([]Table{{3, 7}, {6, 8}, {1, 8}, {5, 6}, {2, 9}}, Z95)
	show(AlgorithmTableRobust, tables, err)
	mean, err := TableMean([]Moments{MomentsOf([]int{1, 5, 4}), MomentsOf([]int{2, 2, 3, 7}), MomentsOf([]int{6})}, .95)
	show(AlgorithmTableMean, mean, err)
	for o := range 3 {
		pooled, err := Pooled(countriesOf(o), Z95)
		show(AlgorithmPooled, pooled, err)
		equal, err := EqualCountry(countriesOf(o), Z95)
		show(AlgorithmEqualCountry, equal, err)
		population, err := PopulationWeighted(countriesOf(o), Z95)
		show(AlgorithmPopulation, population, err)
	}
	logit, err := EqualCountry([]Country{{"A", 1, 100, 1}, {"B", 0, 100, 1}}, Z95)
	show(AlgorithmEqualCountry, logit, err)
	post, err := PostStratify([]Stratum{{"a", 30, 40, 31}, {"b", 4, 10, 22}, {"c", 10, 20, 17}, {"d", 21, 30, 29}}, nil, Z95)
	show(AlgorithmPostStratify, post, err)
	raked, err := Rake([]Cell{{[]int{0, 0}, 20}, {[]int{0, 1}, 40}, {[]int{1, 0}, 1}, {[]int{1, 1}, 30}}, []Margin{{"g", []string{"F", "M"}, []float64{.52, .48}}, {"a", []string{"Y", "O"}, []float64{.37, .63}}})
	show(AlgorithmRake, raked, err)
	kish, err := Kish([]float64{.1, .7, 1.3}, []int{3, 5, 7})
	show(AlgorithmKish, kish, err)
	represent, err := Represent([]int{25, 55, 20, 3}, []int64{31, 43, 29, 7})
	show(AlgorithmRepresent, represent, err)
	mcnemar, err := McNemar(15, 6)
	show(AlgorithmMcNemar, mcnemar, err)
	table := [][]int{{20, 6, 4}, {3, 25, 7}, {1, 4, 30}}
	moves, err := Transitions(table)
	show(AlgorithmTransition, moves, err)
	stuart, err := StuartMaxwell(table)
	show(AlgorithmStuartMaxwell, stuart, err)
	pre, after := []int{1, 2, 2, 3, 3, 3, 4, 4, 5, 5}, []int{2, 2, 1, 3, 4, 4, 4, 5, 5, 5}
	paired, err := PairedMeans(pre, after, .95)
	show(AlgorithmPairedMeans, paired, err)
	wilcoxon, err := Wilcoxon(pre, after)
	show(AlgorithmWilcoxon, wilcoxon, err)
	adjusted, err := BenjaminiHochberg([]float64{.01, .04, .03, .2, .7})
	show(AlgorithmBenjamini, adjusted, err)
	v := read(t)
	for _, x := range v.DRI {
		dri, err := DRI(x.Considerations, x.Preferences, nil)
		show(AlgorithmDRI, dri, err)
	}
	for _, x := range v.JSD {
		matrix, err := JSDMatrix(x.Counts)
		show(AlgorithmJSD, matrix, err)
		all, err := GeneralisedJSD(x.Counts, x.Weights)
		show(AlgorithmJSD, all, err)
		rest, err := CountryVersusRest(x.Counts)
		show(AlgorithmJSD, rest, err)
	}
	permuted, err := PermuteJSD(abc, []float64{100, 10, 1}, 200, NewRandom("1"), nil)
	show(AlgorithmPermutation, permuted, err)
	for _, x := range v.Alpha {
		alpha, err := KrippendorffNominal(x.Codes, x.Units)
		show(AlgorithmAlpha, alpha, err)
	}
	kappa, err := CohenKappa([][]int{{20, 5}, {10, 17}})
	show(AlgorithmKappa, kappa, err)
	mixed, err := Mix([][]int{{3, 2, 2}, {1, 0, 6}, {4, 3, 1}})
	show(AlgorithmSimpson, mixed, err)
	for i := range 60 {
		x := float64(i*i)/7 + .01
		show("special", []float64{Log(x), Log2(x), Exp(x / 10), Exp(-x), LogGamma(x), NormalSurvival(x / 50), NormalQuantile(x / 600), ChiSquaredSurvival(x, float64(1+i%9)), StudentSurvival(x/40, float64(1+i))}, nil)
	}
	if *update {
		require.NoError(t, os.WriteFile("testdata/bits.txt", b.Bytes(), 0o644))
	}
	want, err := os.ReadFile("testdata/bits.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

// writeBits writes the bits of every float in v, in the order of its fields, and whole numbers.
func writeBits(b *bytes.Buffer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		fmt.Fprintf(b, " %016x", math.Float64bits(v.Float()))
	case reflect.Int, reflect.Int64:
		fmt.Fprintf(b, " %d", v.Int())
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString(" -")
			return
		}
		writeBits(b, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			writeBits(b, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			writeBits(b, v.Index(i))
		}
	}
}

// BenchmarkPermuteJSD72Countries is 1,000 rounds over 72 countries of so many people each, with five options.
func BenchmarkPermuteJSD72Countries(b *testing.B) {
	for _, people := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("people=%d", people), func(b *testing.B) {
			random := NewRandom("1")
			counts := make([][]int, 72)
			for i := range counts {
				counts[i] = make([]int, 5)
				for range people {
					counts[i][random.Intn(5)]++
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				_, err := PermuteJSD(counts, nil, 1000, random, nil)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000/72/float64(people), "ns/person/round")
		})
	}
}

func BenchmarkDRI100People(b *testing.B) {
	random := NewRandom("1")
	considerations, preferences := make([][]int, 100), make([][]int, 100)
	for i := range considerations {
		for range 40 {
			considerations[i] = append(considerations[i], 1+random.Intn(11))
		}
		preferences[i] = []int{1, 2, 3, 4, 5, 6, 7}
		random.Shuffle(7, func(a, b int) {
			preferences[i][a], preferences[i][b] = preferences[i][b], preferences[i][a]
		})
	}
	for b.Loop() {
		_, err := DRI(considerations, preferences, nil)
		require.NoError(b, err)
	}
}
