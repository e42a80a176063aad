package stats

import "math"

// A Country is what one country said about one option, and how many people live there.
type Country struct {
	Name        string // only to name it in errors
	Count, Base int    // Count of Base chose the option
	Population  int64  // 0: not in the population table
}

// A Scale says on what scale an interval of an estimate was made.
type Scale string

// The scales. Normal is the rule; logit replaces it where a normal interval would leave 0..1; Wilson on the effective base where the variance is 0.
const (
	ScaleNormal Scale = "normal"
	ScaleLogit  Scale = "logit"
	ScaleWilson Scale = "wilson"
)

// Words are all that a Scale may be.
func (Scale) Words() []string {
	return []string{string(ScaleNormal), string(ScaleLogit), string(ScaleWilson)}
}

// An Estimate is a share of more than one country.
type Estimate struct {
	Share         float64
	Variance      float64
	StandardError float64 // root of Variance
	EffectiveBase float64 // the people that the estimate is worth if all countries agree: 1/Σ(w²/n)
	Interval      Interval
	Scale         Scale
	Base          int // people
	Countries     int // with an answer; those without are left out
}

// Pooled is Σk/Σn with Wilson's interval: every person counts the same, so that countries with more people in the room count more.
// The variance is p(1-p)/Σn. Nobody at all is ErrNoBase.
func Pooled(countries []Country, z float64) (Estimate, error) {
	count, base, used := 0, 0, 0
	for _, c := range countries {
		if c.Base == 0 && c.Count == 0 {
			continue
		}
		if err := checkCount(c.Count, c.Base); err != nil {
			return Estimate{}, at(err, c.Name)
		}
		count, base, used = count+c.Count, base+c.Base, used+1
	}
	s, err := Wilson(count, base, z)
	if err != nil {
		return Estimate{}, err
	}
	v := float64(s.Share*(1-s.Share)) / float64(base)
	return Estimate{s.Share, v, math.Sqrt(v), float64(base), s.Interval, ScaleWilson, base, used}, nil
}

// EqualCountry is (1/C)Σp, with variance (1/C²)Σp(1-p)/n. Nobody at all is ErrNoBase.
func EqualCountry(countries []Country, z float64) (Estimate, error) {
	return weigh(countries, z, func(Country) (float64, error) { return 1, nil })
}

// PopulationWeighted is Σwp with w = N/ΣN over the countries that answered, and variance Σw²p(1-p)/n. A country that answered and has no population is
// ErrNoPopulation, which names it. Nobody at all is ErrNoBase.
func PopulationWeighted(countries []Country, z float64) (Estimate, error) {
	return weigh(countries, z, func(c Country) (float64, error) {
		if c.Population <= 0 {
			return 0, fail(ErrNoPopulation, c.Name, "")
		}
		return float64(c.Population), nil
	})
}

func weigh(countries []Country, z float64, weight func(Country) (float64, error)) (Estimate, error) {
	parts := make([]Part, 0, len(countries))
	base := 0
	for _, c := range countries {
		if c.Base == 0 && c.Count == 0 {
			continue
		}
		if err := checkCount(c.Count, c.Base); err != nil {
			return Estimate{}, at(err, c.Name)
		}
		w, err := weight(c)
		if err != nil {
			return Estimate{}, err
		}
		n := float64(c.Base)
		p := float64(c.Count) / n
		base += c.Base
		parts = append(parts, Part{p, float64(p*(1-p)) / n, n, w})
	}
	e, err := CombineShares(parts, z)
	if err != nil {
		return Estimate{}, err
	}
	e.Base = base
	return e, nil
}

// CombineShares is Combine for parts that are shares, with the interval of a share. Their bases may be effective ones (TableRobust, PostStratify, Rake) and
// their variances those that belong to them. How many people they are the caller knows: Base is 0. A value outside 0..1 is ErrBadCount.
func CombineShares(parts []Part, z float64) (Estimate, error) {
	for _, p := range parts {
		if !(p.Value >= 0 && p.Value <= 1) {
			return Estimate{}, fail(ErrBadCount, "", "a share lies between 0 and 1")
		}
	}
	m, err := Combine(parts)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Share: min(1, m.Value), Variance: m.Variance, StandardError: m.StandardError, EffectiveBase: m.EffectiveBase, Countries: m.Parts}
	if e.Interval, e.Scale, err = shareInterval(e.Share, e.StandardError, e.EffectiveBase, z); err != nil {
		return Estimate{}, err
	}
	return e, nil
}

// shareInterval is an interval of a share p that was combined from others. Where all of them are 0 or 1 the variance is 0, which says nothing about how
// sure the estimate is; Wilson's interval on the effective base does.
func shareInterval(p, se, n, z float64) (Interval, Scale, error) {
	if !(z > 0) || math.IsInf(z, 1) {
		return Interval{}, "", fail(ErrBadParameter, "z", "the quantile of an interval is above 0")
	}
	if se == 0 || p <= 0 || p >= 1 {
		i, err := WilsonEffective(p, n, z)
		return i, ScaleWilson, err
	}
	half := float64(z * se)
	if p-half >= 0 && p+half <= 1 {
		return Interval{p - half, p + half}, ScaleNormal, nil
	}
	centre, half := Log(p/(1-p)), half/float64(p*(1-p))
	return Interval{1 / (1 + Exp(half-centre)), 1 / (1 + Exp(-centre-half))}, ScaleLogit, nil
}

// A Part is one independent value (a country's share or mean) with its variance, its base and its weight, in any unit of weight.
type Part struct{ Value, Variance, Base, Weight float64 }

// A Mean is a weighted mean of parts.
type Mean struct {
	Value         float64
	Variance      float64
	StandardError float64
	EffectiveBase float64 // 1/Σ(w²/n), w summing to 1
	Parts         int
}

// Combine gives Σwx/Σw and its variance Σ(w/Σw)²v, whatever the values measure. No part, or no weight, is ErrNoBase; a weight or variance below zero or a
// base not above zero is ErrBadParameter.
func Combine(parts []Part) (Mean, error) {
	total := 0.0
	for _, p := range parts {
		if !(p.Weight >= 0 && p.Weight <= math.MaxFloat64 && p.Variance >= 0 && p.Variance <= math.MaxFloat64 && p.Base > 0 && math.Abs(p.Value) <= math.MaxFloat64) {
			return Mean{}, fail(ErrBadParameter, "weight", "values are finite, weights and variances not below zero, bases above")
		}
		total += p.Weight
	}
	if !(total > 0) {
		return Mean{}, fail(ErrNoBase, "", "")
	}
	m := Mean{Parts: len(parts)}
	worth := 0.0
	for _, p := range parts {
		w := p.Weight / total
		m.Value += float64(w * p.Value)
		m.Variance += float64(float64(w*w) * p.Variance)
		worth += float64(w*w) / p.Base
	}
	m.StandardError, m.EffectiveBase = math.Sqrt(m.Variance), 1/worth
	return m, nil
}

// WorldCoverage is the share of world's people who live in the countries that answered. A country that answered and has no population is ErrNoPopulation.
func WorldCoverage(countries []Country, world int64) (float64, error) {
	if world <= 0 {
		return 0, fail(ErrNoPopulation, "world", "")
	}
	sum := int64(0)
	for _, c := range countries {
		switch {
		case c.Base == 0:
		case c.Population <= 0:
			return 0, fail(ErrNoPopulation, c.Name, "")
		default:
			sum += c.Population
		}
	}
	if sum > world {
		return 0, fail(ErrBadParameter, "world", "the countries have more people than the world")
	}
	return float64(sum) / float64(world), nil
}

// at adds the place to an error that has none.
func at(err error, where string) error {
	if e, ok := err.(*Error); ok && e.Where == "" {
		return &Error{e.Name, where, e.Detail}
	}
	return err
}
