package stats

import (
	"math"
	"slices"
)

// A Divergence is how far two distributions over the same k options lie apart.
type Divergence struct {
	BaseA, BaseB int     // people; 0 where a side is a mean of countries
	JSD          float64 // Jensen-Shannon divergence in bits, 0..1
	Distance     float64 // its root, a metric
	TVD          float64 // total variation ½Σ|p-q|
	Bias         float64 // (k-1)(1/nA+1/nB)/(8 ln 2): about what JSD is when both are samples of one distribution; of one side only where the other has no base
}

// JSD gives H((P+Q)/2) - (H(P)+H(Q))/2 of two counts over the same options. Nobody on a side is ErrNoBase, slices of different lengths or counts below
// zero ErrBadCount.
func JSD(a, b []int) (Divergence, error) {
	p, baseA, err := distribution(a)
	if err != nil {
		return Divergence{}, err
	}
	q, baseB, err := distribution(b)
	if err != nil {
		return Divergence{}, err
	}
	if len(a) != len(b) {
		return Divergence{}, fail(ErrBadCount, "", "both sides have the same options")
	}
	d := diverge(p, q)
	d.BaseA, d.BaseB = baseA, baseB
	d.Bias = bias(len(p), 1/float64(baseA)+1/float64(baseB))
	return d, nil
}

func bias(options int, worth float64) float64 {
	return float64(float64(options-1)*worth) / float64(8*math.Ln2)
}

func diverge(p, q []float64) Divergence {
	j, t := 0.0, 0.0
	for i := range p {
		m := float64((p[i] + q[i]) / 2)
		j += part(m) - float64((part(p[i])+part(q[i]))/2)
		t += math.Abs(p[i] - q[i])
	}
	j = min(max(j, 0), 1)
	return Divergence{JSD: j, Distance: math.Sqrt(j), TVD: t / 2}
}

// part is a share's part of the entropy in bits: -p·log2(p), and 0 for 0.
func part(p float64) float64 {
	if p <= 0 {
		return 0
	}
	return -float64(p * Log2(p))
}

func distribution(counts []int) ([]float64, int, error) {
	base := 0
	for _, c := range counts {
		if c < 0 {
			return nil, 0, fail(ErrBadCount, "", "a count is not below zero")
		}
		base += c
	}
	if base == 0 {
		return nil, 0, fail(ErrNoBase, "", "")
	}
	p := make([]float64, len(counts))
	for i, c := range counts {
		p[i] = float64(c) / float64(base)
	}
	return p, base, nil
}

// distributions gives the shares of rows of counts over the same options.
func distributions(counts [][]int) ([][]float64, []int, error) {
	rows, bases := make([][]float64, len(counts)), make([]int, len(counts))
	for i, c := range counts {
		if len(c) != len(counts[0]) {
			return nil, nil, fail(ErrBadCount, "", "all rows have the same options")
		}
		var err error
		if rows[i], bases[i], err = distribution(c); err != nil {
			return nil, nil, err
		}
	}
	return rows, bases, nil
}

// GeneralisedJSD gives H(ΣπP) - ΣπH(P) in bits, π the weights over their sum; nil weights are equal. Rows are countries, columns options. A row without
// anybody is ErrNoBase, so leave it out; no row is ErrTooFew; weights that are not as many or below zero or all zero are ErrBadParameter.
func GeneralisedJSD(counts [][]int, weights []float64) (float64, error) {
	rows, _, err := distributions(counts)
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		return 0, fail(ErrTooFew, "", "a divergence is between distributions")
	}
	w, err := normalised(weights, len(rows))
	if err != nil {
		return 0, err
	}
	return generalised(rows, w), nil
}

func normalised(weights []float64, n int) ([]float64, error) {
	w := make([]float64, n)
	if weights == nil {
		for i := range w {
			w[i] = 1 / float64(n)
		}
		return w, nil
	}
	total := sumOf(weights)
	if len(weights) != n || !(total > 0) || math.IsInf(total, 1) || slices.ContainsFunc(weights, func(x float64) bool { return !(x >= 0) }) {
		return nil, fail(ErrBadParameter, "weight", "there is a weight for every row, none below zero, and one above")
	}
	for i := range w {
		w[i] = weights[i] / total
	}
	return w, nil
}

func generalised(rows [][]float64, w []float64) float64 {
	within, mixed := 0.0, 0.0
	for i, p := range rows {
		h := 0.0
		for _, x := range p {
			h += part(x)
		}
		within += float64(w[i] * h)
	}
	for o := range rows[0] {
		m := 0.0
		for i, p := range rows {
			m += float64(w[i] * p[o])
		}
		mixed += part(m)
	}
	return max(0, mixed-within)
}

// JSDMatrix gives the divergence of every pair of rows, [a][b] = [b][a], zeros on the diagonal. Errors are those of JSD.
func JSDMatrix(counts [][]int) ([][]Divergence, error) {
	rows, bases, err := distributions(counts)
	if err != nil {
		return nil, err
	}
	m := make([][]Divergence, len(rows))
	for i := range m {
		m[i] = make([]Divergence, len(rows))
		m[i][i].BaseA, m[i][i].BaseB = bases[i], bases[i]
	}
	for i := range rows {
		for j := i + 1; j < len(rows); j++ {
			d := diverge(rows[i], rows[j])
			d.BaseA, d.BaseB = bases[i], bases[j]
			d.Bias = bias(len(rows[i]), 1/float64(bases[i])+1/float64(bases[j]))
			m[i][j] = d
			d.BaseA, d.BaseB = d.BaseB, d.BaseA
			m[j][i] = d
		}
	}
	return m, nil
}

// CountryVersusRest gives the divergence of every row from the equal mean of all others. Bias counts the mean of the others as worth 1/Σ(1/C-1)²/n people.
// Fewer than two rows are ErrTooFew; a row without anybody is ErrNoBase.
func CountryVersusRest(counts [][]int) ([]Divergence, error) {
	rows, bases, err := distributions(counts)
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, fail(ErrTooFew, "", "there is no rest of one country")
	}
	found, expected := versusRest(rows), restBias(len(rows[0]), bases)
	for i := range found {
		found[i].BaseA, found[i].Bias = bases[i], expected[i]
	}
	return found, nil
}

// restBias is the small-sample bias of each country against the equal mean of the others.
func restBias(options int, bases []int) []float64 {
	all, others := 0.0, float64(len(bases)-1)
	for _, n := range bases {
		all += 1 / float64(n)
	}
	found := make([]float64, len(bases))
	for i, n := range bases {
		own := 1 / float64(n)
		found[i] = bias(options, own+max(0, all-own)/float64(others*others))
	}
	return found
}

func versusRest(rows [][]float64) []Divergence {
	sums := make([]float64, len(rows[0]))
	for _, p := range rows {
		for o, x := range p {
			sums[o] += x
		}
	}
	rest, found := make([]float64, len(sums)), make([]Divergence, len(rows))
	for i, p := range rows {
		for o := range rest {
			rest[o] = max(0, sums[o]-p[o]) / float64(len(rows)-1)
		}
		found[i] = diverge(p, rest)
	}
	return found
}
