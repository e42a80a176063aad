package stats

import "math"

// Kish gives the effective base (Σwn)²/Σw²n of people with weights: bases[i] people have weights[i]. No weight at all is ErrNoBase, slices of different
// lengths ErrBadCount, a weight below zero ErrBadParameter.
func Kish(weights []float64, bases []int) (float64, error) {
	if len(weights) != len(bases) {
		return 0, fail(ErrBadCount, "", "there are as many weights as bases")
	}
	sum, squares := 0.0, 0.0
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return 0, fail(ErrBadParameter, "weight", "a weight is not below zero")
		}
		if bases[i] < 0 {
			return 0, fail(ErrBadCount, "", "a base is not below zero")
		}
		wn := float64(w * float64(bases[i]))
		sum += wn
		squares += float64(w * wn)
	}
	if !(squares > 0) {
		return 0, fail(ErrNoBase, "", "")
	}
	return float64(sum*sum) / squares, nil
}

// Weighted is a share of weighted people.
type Weighted struct {
	Raw           Share // without weights
	Share         float64
	EffectiveBase float64  // Kish
	DesignEffect  float64  // Base/EffectiveBase
	Interval      Interval // Wilson on EffectiveBase
}

// WeightedShare gives Σwk/Σwn: counts[i] of bases[i] people said yes, each with weights[i]. Errors are those of Kish and Wilson.
func WeightedShare(weights []float64, counts, bases []int, z float64) (Weighted, error) {
	n, err := Kish(weights, bases)
	if err != nil {
		return Weighted{}, err
	}
	if len(counts) != len(bases) {
		return Weighted{}, fail(ErrBadCount, "", "there are as many counts as bases")
	}
	count, base := 0, 0
	yes, all := 0.0, 0.0
	for i, k := range counts {
		if k < 0 || k > bases[i] {
			return Weighted{}, fail(ErrBadCount, "", "a count lies between 0 and its base")
		}
		count, base = count+k, base+bases[i]
		yes += float64(weights[i] * float64(k))
		all += float64(weights[i] * float64(bases[i]))
	}
	w := Weighted{Share: min(1, yes/all), EffectiveBase: n, DesignEffect: float64(base) / n}
	if w.Raw, err = Wilson(count, base, z); err != nil {
		return Weighted{}, err
	}
	w.Interval, err = WilsonEffective(w.Share, n, z)
	return w, err
}
