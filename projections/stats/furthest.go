package stats

import (
	"math"
	"slices"
)

// furthest counts how often tables dealt by lot have countries as far from the rest as they are: each by itself, and the furthest of all by its bias.
//
// No logarithm is taken where bounds tell enough. With m = (p+q)/2 and t = (p-q)/(p+q), an option's part of the divergence is m·Σ t²ⁿ/(2n(2n-1)) nats (the series of
// the entropy of (1+t)/2): three terms are a lower bound, and what is left is at most t⁶·m·(ln 2 - 1/2 - 1/12 - 1/30) more, since it is that at t = 1.
type furthest struct {
	expected []float64 // bias, by row
	least    []float64 // divergence that counts as large, by row
	levels   []float64 // the same by its bias, ascending
	reached  []int     // rounds in which so many levels were
	sums     []float64 // of shares, by option
	rest     []float64
	low      []float64 // by row
	high     []float64
}

const (
	sixth   = math.Ln2 - 1.0/2 - 1.0/12 - 1.0/30
	inBits  = 1 / math.Ln2
	boundBy = 1e-13 // more than what rounding does to a bound
)

func newFurthest(found []Divergence, expected []float64) *furthest {
	f := &furthest{expected: expected, reached: make([]int, len(found)+1), low: make([]float64, len(found)), high: make([]float64, len(found))}
	for i, d := range found {
		f.least = append(f.least, d.JSD-permutationSlack)
		f.levels = append(f.levels, byBias(f.least[i], expected[i]))
	}
	slices.Sort(f.levels)
	return f
}

// count adds a round to AtLeast of each row, and to what was reached.
func (f *furthest) count(rows [][]float64, each []Permutation) {
	f.sum(rows)
	least, most := 0.0, 0.0
	for i, p := range rows {
		f.bound(i, p)
		least, most = max(least, byBias(f.low[i], f.expected[i])), max(most, byBias(f.high[i], f.expected[i]))
		if f.low[i] >= f.least[i] || (f.high[i] >= f.least[i] && f.exactly(p, len(rows)) >= f.least[i]) {
			each[i].AtLeast++
		}
	}
	n := f.upTo(least)
	if n < f.upTo(most) {
		exact := 0.0
		for i, p := range rows {
			if byBias(f.high[i], f.expected[i]) >= least {
				exact = max(exact, byBias(f.exactly(p, len(rows)), f.expected[i]))
			}
		}
		n = f.upTo(exact)
	}
	f.reached[n]++
}

// upTo is the number of levels that are not above x.
func (f *furthest) upTo(x float64) int {
	n, _ := slices.BinarySearchFunc(f.levels, x, func(level, x float64) int {
		if level <= x {
			return -1
		}
		return 1
	})
	return n
}

func (f *furthest) sum(rows [][]float64) {
	if f.sums == nil {
		f.sums, f.rest = make([]float64, len(rows[0])), make([]float64, len(rows[0]))
	}
	clear(f.sums)
	for _, p := range rows {
		for o, x := range p {
			f.sums[o] += x
		}
	}
}

func (f *furthest) bound(i int, p []float64) {
	low, left, each := 0.0, 0.0, 1/float64(len(f.low)-1)
	for o, x := range p {
		q := float64(max(0, f.sums[o]-x) * each)
		sum, apart := x+q, x-q
		if sum == 0 {
			continue
		}
		a := float64(apart*apart) / sum // 2m·t²
		t2 := a / sum
		t4 := float64(t2 * t2)
		low += float64(a * (1.0/4 + float64(t2*(1.0/24)) + float64(t4*(1.0/60))))
		left += float64(a * t4)
	}
	f.low[i] = float64(low*inBits) - boundBy
	f.high[i] = float64((low+float64(left*(sixth/2)))*inBits) + boundBy
}

// exactly is the divergence of a row from the mean of the others.
func (f *furthest) exactly(p []float64, n int) float64 {
	for o := range f.rest {
		f.rest[o] = max(0, f.sums[o]-p[o]) / float64(n-1)
	}
	return diverge(p, f.rest).JSD
}

// adjusted gives the p-value of each row: of the rounds whose furthest row was as far as it.
func (f *furthest) adjusted(rounds int) []float64 {
	found := make([]float64, len(f.least))
	for i, x := range f.least {
		at := f.upTo(byBias(x, f.expected[i])) // this level, and those equal to it
		more := 0
		for _, n := range f.reached[at:] {
			more += n
		}
		found[i] = float64(1+more) / float64(1+rounds)
	}
	return found
}
