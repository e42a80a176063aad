package stats

import "slices"

// An Agreement is the smallest share over countries, with its country: what everybody can at least say of an option.
type Agreement struct {
	Country     int // index
	Count, Base int
	Share       float64
	Countries   int // with the least base
}

// MinimumAgreement gives the smallest share over countries that have at least minBase people, the first among equals. If no country has,
// it is ErrNotEnoughBases; minBase below 1 is ErrBadParameter.
func MinimumAgreement(countries []Country, minBase int) (Agreement, error) {
	if minBase < 1 {
		return Agreement{}, fail(ErrBadParameter, "minBase", "a base is at least 1")
	}
	var a Agreement
	for i, c := range countries {
		if c.Base < minBase {
			continue
		}
		if err := checkCount(c.Count, c.Base); err != nil {
			return Agreement{}, at(err, c.Name)
		}
		if p := float64(c.Count) / float64(c.Base); a.Countries == 0 || p < a.Share {
			a.Country, a.Count, a.Base, a.Share = i, c.Count, c.Base, p
		}
		a.Countries++
	}
	if a.Countries == 0 {
		return Agreement{}, fail(ErrNotEnoughBases, "", "")
	}
	return a, nil
}

// OutlierFactor is how many times the median divergence from the rest an outlier has at least.
const OutlierFactor = 1.5

// Outliers gives the indices of the countries whose divergence from the rest is more than factor times the median of all and, if p holds a p-value for each
// (Permuted.RestAdjusted), significant at alpha; largest divergence first, earlier countries first among equals. p is nil where the protocol has no permutation
// test. Fewer than three countries have no outlier, which is ErrTooFew.
func Outliers(rest []Divergence, p []float64, factor, alpha float64) ([]int, error) {
	if len(rest) < 3 {
		return nil, fail(ErrTooFew, "", "of two countries none is the outlier")
	}
	if !(factor >= 1) || p != nil && (len(p) != len(rest) || !(alpha > 0 && alpha < 1)) {
		return nil, fail(ErrBadParameter, "factor", "a factor is at least 1, alpha lies between 0 and 1, and every country has a p-value")
	}
	sorted := make([]float64, len(rest))
	for i, d := range rest {
		sorted[i] = d.JSD
	}
	slices.Sort(sorted)
	n := len(sorted)
	median := float64((sorted[(n-1)/2] + sorted[n/2]) / 2)
	var found []int
	for i, d := range rest {
		if d.JSD > float64(factor*median) && (p == nil || p[i] <= alpha) {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(a, b int) int {
		switch {
		case rest[a].JSD > rest[b].JSD:
			return -1
		case rest[a].JSD < rest[b].JSD:
			return 1
		}
		return 0
	})
	return found, nil
}
