package measures

import (
	"cmp"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// EstimateDoc is what a question comes to over all countries, three ways and more side by side: none of them is the truth. Countries are those whose results are
// published; the others are left out of every estimate, so that no estimate tells of a hidden place.
type EstimateDoc struct {
	Head
	QuestionHead
	Countries []domain.Place   `json:"countries"`
	Hidden    []domain.Place   `json:"hidden"`             // places with answers that are left out
	Base      int              `json:"base"`               // valid answers of the countries
	Coverage  *Number          `json:"coverage,omitempty"` // share of the world's people who live in the countries, 0 to 1
	Options   []OptionEstimate `json:"options"`
	Mean      *MeanEstimate    `json:"mean,omitempty"` // of a likert scale: estimates of the mean
}

// OptionEstimate is one option. An estimate that cannot be made is absent, and Errors says why.
type OptionEstimate struct {
	Option         string              `json:"option"`
	Label          domain.LText        `json:"label,omitempty"`
	Pooled         *Estimate           `json:"pooled,omitempty"`         // every person counts the same
	EqualCountry   *Estimate           `json:"equalCountry,omitempty"`   // every country counts the same
	Population     *Estimate           `json:"population,omitempty"`     // countries count by their people
	PostStratified map[string]Estimate `json:"postStratified,omitempty"` // the same after each country was weighted to its strata of one dimension
	Raked          *Estimate           `json:"raked,omitempty"`          // the same after each country was weighted to its strata of all dimensions
	Lowest         *PlaceShare         `json:"lowest,omitempty"`
	Highest        *PlaceShare         `json:"highest,omitempty"`
}

// Estimate is one estimate of a share, or of a mean.
type Estimate struct {
	Value         Number    `json:"value"`
	StandardError Number    `json:"standardError"`
	Interval      *Interval `json:"interval,omitempty"`
	Base          int       `json:"base"`          // people that the estimate rests on, over all countries in it
	EffectiveBase Number    `json:"effectiveBase"` // independent people that the estimate is worth, at least 0
	Countries     int       `json:"countries"`
}

// MeanEstimate is the mean point of a scale.
type MeanEstimate struct {
	Pooled       *Estimate `json:"pooled,omitempty"`
	EqualCountry *Estimate `json:"equalCountry,omitempty"`
	Population   *Estimate `json:"population,omitempty"`
}

// PlaceShare is the share of one place.
type PlaceShare struct {
	Place domain.Place `json:"place"`
	Share Number       `json:"share"`
}

// GlobalEstimate has a document for every question that has options or a scale.
var GlobalEstimate = of(View{Name: "estimate", Version: Version, Public: true,
	About: "one question over all countries: pooled, equal-country, population-weighted, post-stratified, raked; key: edition/question@version/session/wave/sampleType"},
	func(in *Inputs) []string {
		return askedKeys(in, func(_ Asked, q *domain.Question) bool { return len(cellsOf(q)) > 0 }, nil)
	},
	func(in *Inputs, key string, d *EstimateDoc) error {
		a, _, err := parseAsked(key, 0)
		if err != nil {
			return err
		}
		pool, q, err := in.asked(a, &d.Head, &d.QuestionHead)
		if err != nil {
			return err
		}
		if len(cellsOf(q)) == 0 {
			return ErrNoDocument
		}
		e := in.estimating(a, pool, q, &d.Head)
		if e.plan != nil && q.Unit == domain.Individual {
			for i := range e.rooms {
				e.rooms[i].weighted = in.weigh(a, q, e.rooms[i].placed, e.plan, &d.Head)
			}
		}
		d.Countries, d.Hidden, d.Base = e.places(), e.hidden, e.base()
		if e.plan != nil && len(e.rooms) > 0 {
			coverage, err := stats.WorldCoverage(e.countries(0), e.plan.World)
			if err != nil {
				d.fail("coverage", err)
			} else {
				share := Number(coverage)
				d.Coverage = &share
			}
		}
		for i, c := range cellsOf(q) {
			d.Options = append(d.Options, e.option(i, c, &d.Head))
		}
		if q.Kind == domain.Likert {
			d.Mean = e.mean(&d.Head)
		}
		return nil
	})

// estimating is a question in the countries that are published.
type estimating struct {
	plan   *domain.MeasurePlan // nil: none is frozen
	rooms  []estimated
	hidden []domain.Place
	told   map[string]bool // what tells says of a dimension, once known
}

type estimated struct {
	placed
	counts     *counts
	population int64
	weighted   map[string]*weighted // by dimension; the empty one is all of them; nil: not weighted
}

func (in *Inputs) estimating(a Asked, pool *Pool, q *domain.Question, h *Head) *estimating {
	e := &estimating{plan: in.measurePlan(a.Edition, h), hidden: []domain.Place{}}
	hidden := in.hidden(a, pool, q, h)
	for _, at := range pool.places() {
		c := count(q, at.sheets)
		switch {
		case c.valid == 0:
			continue
		case hidden[at.place]:
			e.hidden = append(e.hidden, at.place)
			continue
		}
		room := estimated{placed: at, counts: c}
		if e.plan != nil {
			room.population = e.plan.Population[at.place]
		}
		e.rooms = append(e.rooms, room)
	}
	return e
}

func (e *estimating) places() []domain.Place {
	places := []domain.Place{}
	for _, r := range e.rooms {
		places = append(places, r.place)
	}
	return places
}

func (e *estimating) base() (n int) {
	for _, r := range e.rooms {
		n += r.counts.valid
	}
	return n
}

// countries are the counts of one cell.
func (e *estimating) countries(cell int) []stats.Country {
	countries := make([]stats.Country, len(e.rooms))
	for i, r := range e.rooms {
		countries[i] = stats.Country{Name: string(r.place), Count: r.counts.cells[cell], Base: r.counts.valid, Population: r.population}
	}
	return countries
}

func (e *estimating) option(i int, c cell, h *Head) OptionEstimate {
	o := OptionEstimate{Option: c.name, Label: c.label}
	if len(e.rooms) == 0 {
		return o
	}
	countries := e.countries(i)
	o.Pooled = shareOf("pooled", stats.AlgorithmPooled, h)(stats.Pooled(countries, stats.Z95))
	o.EqualCountry = shareOf("equal-country", stats.AlgorithmEqualCountry, h)(stats.EqualCountry(countries, stats.Z95))
	if e.plan != nil {
		o.Population = shareOf("population", stats.AlgorithmPopulation, h)(stats.PopulationWeighted(countries, stats.Z95))
		for dimension := range e.dimensions() {
			if e.tells(dimension) {
				h.warn(WarnSuppressed, "weighted estimates are left out that might tell of small strata: %s", cmp.Or(dimension, "raked"))
				continue
			}
			est := e.weightedShare(i, dimension, h)
			switch {
			case est == nil:
			case dimension == "":
				o.Raked = est
			default:
				if o.PostStratified == nil {
					o.PostStratified = map[string]Estimate{}
				}
				o.PostStratified[dimension] = *est
			}
		}
	}
	for _, country := range countries {
		share := PlaceShare{domain.Place(country.Name), Number(float64(country.Count) / float64(country.Base))}
		if o.Lowest == nil || share.Share < o.Lowest.Share {
			o.Lowest = &share
		}
		if o.Highest == nil || share.Share > o.Highest.Share {
			o.Highest = &share
		}
	}
	return o
}

// shareOf takes an estimate of stats; one that cannot be made is absent.
func shareOf(what string, by stats.Algorithm, h *Head) func(stats.Estimate, error) *Estimate {
	return func(e stats.Estimate, err error) *Estimate {
		if err != nil {
			h.fail(what, err)
			return nil
		}
		h.by(by)
		return &Estimate{Number(e.Share), Number(e.StandardError), interval(e.Interval), e.Base, Number(e.EffectiveBase), e.Countries}
	}
}

// mean estimates the mean point of a scale. Its interval is the normal one.
func (e *estimating) mean(h *Head) *MeanEstimate {
	m := &MeanEstimate{}
	if len(e.rooms) == 0 {
		return m
	}
	by := func(what string, weight func(r *estimated) float64) *Estimate {
		var parts []stats.Part
		base := 0
		for i := range e.rooms {
			r := &e.rooms[i]
			mean, variance := r.counts.moments()
			n := float64(r.counts.valid)
			parts = append(parts, stats.Part{Value: mean, Variance: variance / n, Base: n, Weight: weight(r)})
			base += r.counts.valid
		}
		got, err := stats.Combine(parts)
		if err != nil {
			h.fail("mean, "+what, err)
			return nil
		}
		half := float64(stats.Z95 * got.StandardError)
		return &Estimate{
			Number(got.Value), Number(got.StandardError), &Interval{Number(got.Value - half), Number(got.Value + half)}, base, Number(got.EffectiveBase), got.Parts,
		}
	}
	m.Pooled = by("pooled", func(r *estimated) float64 { return float64(r.counts.valid) })
	m.EqualCountry = by("equal-country", func(*estimated) float64 { return 1 })
	if e.plan != nil {
		for _, r := range e.rooms {
			if r.population == 0 {
				h.fail("mean, population", &stats.Error{Name: stats.ErrNoPopulation, Where: string(r.place)})
				return m
			}
		}
		m.Population = by("population", func(r *estimated) float64 { return float64(r.population) })
	}
	return m
}
