package measures

import (
	"strconv"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// DivergenceDoc is how far the countries lie apart in their answers to one question: Jensen-Shannon divergences in bits, from 0 to 1. Countries are those whose
// results are published.
type DivergenceDoc struct {
	Head
	QuestionHead
	Countries   []domain.Place  `json:"countries"`
	Hidden      []domain.Place  `json:"hidden"` // places with answers that are left out
	Bases       []int           `json:"bases"`  // valid answers, by country
	Pairs       [][]Number      `json:"pairs"`  // divergence of each two countries; the diagonal is 0
	Rest        []RestOfWorld   `json:"rest"`   // each country against the mean of the others, by country
	Generalised Number          `json:"generalised"`
	Population  Number          `json:"population"`             // the same with countries by their people
	PValue      *Number         `json:"pValue,omitempty"`       // p-value of generalised, 0 to 1, by permutation; absent where no permutations are planned
	Outliers    []domain.Place  `json:"outliers"`               // countries far from the rest, the farthest first
	Agreement   []LeastOfShares `json:"agreement"`              // for each option, the country where it has the smallest share
	Tested      int             `json:"permutations,omitempty"` // shuffles behind the p-values
}

// RestOfWorld is one country against the equal mean of all others.
type RestOfWorld struct {
	Country  domain.Place `json:"country"`
	JSD      Number       `json:"jsd"`
	Distance Number       `json:"distance"`
	TVD      Number       `json:"tvd"`
	Bias     Number       `json:"bias"` // about what jsd is by chance alone, at least 0
	PValue   *Number      `json:"pValue,omitempty"`
}

// LeastOfShares is the smallest share of an option in any country: what everybody can at least say.
type LeastOfShares struct {
	Option  string       `json:"option"`
	Country domain.Place `json:"country"`
	Share   Number       `json:"share"`
}

// outlierAlpha is how sure one is of an outlier, among all countries at once.
const outlierAlpha = 0.05

// Divergence has a document for every question of single choice, scale or endorsement that two countries answered: there each person is in one cell.
var Divergence = of(View{Name: "divergence", Version: Version, Public: true, Heavy: true,
	About: "how far countries lie apart in one question, which of them lie outside, and what all share; key: edition/question@version/session/wave/sampleType"},
	func(in *Inputs) []string { return askedKeys(in, oneCell, nil) },
	func(in *Inputs, key string, d *DivergenceDoc) error {
		a, _, err := parseAsked(key, 0)
		if err != nil {
			return err
		}
		pool, q, err := in.asked(a, &d.Head, &d.QuestionHead)
		if err != nil {
			return err
		}
		if !oneCell(a, q) {
			return ErrNoDocument
		}
		e := in.estimating(a, pool, q, &d.Head)
		d.Countries, d.Hidden, d.Bases, d.Pairs, d.Rest = e.places(), e.hidden, []int{}, [][]Number{}, []RestOfWorld{}
		d.Outliers, d.Agreement, d.Generalised, d.Population = []domain.Place{}, []LeastOfShares{}, None, None
		for _, r := range e.rooms {
			d.Bases = append(d.Bases, r.counts.valid)
		}
		if len(e.rooms) < 2 {
			d.warn("one-country", "fewer than two countries are published: nothing lies apart")
			return nil
		}
		d.compare(e, q)
		if e.plan != nil && e.plan.Permutations > 0 {
			d.with("permutations", e.plan.Permutations)
			d.with("seed", e.plan.Seed)
			rows, plan := e.rows(), e.plan
			in.later = func(tick Tick) error { return d.permute(rows, plan, key, tick) }
		}
		return nil
	})

// oneCell tells whether an answer to a question counts in one cell.
func oneCell(_ Asked, q *domain.Question) bool {
	return q.Kind == domain.SingleChoice || q.Kind == domain.Likert || q.Kind == domain.Endorse
}

// rows are the counts of the countries by cell.
func (e *estimating) rows() [][]int {
	rows := make([][]int, len(e.rooms))
	for i, r := range e.rooms {
		rows[i] = r.counts.cells
	}
	return rows
}

// compare computes what needs no chance.
func (d *DivergenceDoc) compare(e *estimating, q *domain.Question) {
	rows := e.rows()
	pairs, err := stats.JSDMatrix(rows)
	if err != nil {
		d.fail("pairs", err)
		return
	}
	d.by(stats.AlgorithmJSD, stats.AlgorithmMinimum)
	for _, row := range pairs {
		var out []Number
		for _, p := range row {
			out = append(out, Number(p.JSD))
		}
		d.Pairs = append(d.Pairs, out)
	}
	rest, err := stats.CountryVersusRest(rows)
	if err != nil {
		d.fail("rest", err)
		return
	}
	for i, r := range rest {
		d.Rest = append(d.Rest, RestOfWorld{Country: e.rooms[i].place, JSD: Number(r.JSD), Distance: Number(r.Distance), TVD: Number(r.TVD), Bias: Number(r.Bias)})
	}
	if all, err := stats.GeneralisedJSD(rows, nil); err == nil {
		d.Generalised = Number(all)
	} else {
		d.fail("generalised", err)
	}
	weights, known := make([]float64, len(e.rooms)), true
	for i, r := range e.rooms {
		weights[i] = float64(r.population)
		if e.plan != nil && r.population == 0 {
			known = false
			d.fail("population", &stats.Error{Name: stats.ErrNoPopulation, Where: string(r.place)})
		}
	}
	if e.plan != nil && known {
		if all, err := stats.GeneralisedJSD(rows, weights); err == nil {
			d.Population = Number(all)
		} else {
			d.fail("population", err)
		}
	}
	for i, c := range cellsOf(q) {
		least, err := stats.MinimumAgreement(e.countries(i), 1)
		if err != nil {
			d.fail("agreement on "+c.name, err)
			continue
		}
		d.Agreement = append(d.Agreement, LeastOfShares{c.name, e.rooms[least.Country].place, Number(least.Share)})
	}
	d.outliers(rest, nil)
}

// permute computes what a shuffle of people over countries would give, and by it which countries lie outside.
func (d *DivergenceDoc) permute(rows [][]int, plan *domain.MeasurePlan, key string, tick Tick) error {
	done := 0
	p, err := stats.PermuteJSD(rows, nil, plan.Permutations, stats.NewRandom(strconv.FormatUint(plan.Seed, 10), "divergence", key), func() error {
		done++
		return tick(done, plan.Permutations)
	})
	if stats.NameOf(err) != "" {
		d.fail("p-values", err)
		return nil
	}
	if err != nil {
		return err
	}
	d.by(stats.AlgorithmPermutation)
	all := Number(p.Overall.P)
	d.PValue, d.Tested = &all, plan.Permutations
	rest, values := make([]stats.Divergence, len(d.Rest)), make([]float64, len(d.Rest))
	for i := range d.Rest {
		v := Number(p.Rest[i].P)
		d.Rest[i].PValue, values[i] = &v, p.RestAdjusted[i]
		rest[i].JSD = p.Rest[i].Statistic
	}
	d.outliers(rest, values)
	return nil
}

// outliers names the countries that lie outside; of two countries none does.
func (d *DivergenceDoc) outliers(rest []stats.Divergence, p []float64) {
	if len(rest) < 3 {
		return
	}
	found, err := stats.Outliers(rest, p, stats.OutlierFactor, outlierAlpha)
	if err != nil {
		d.fail("outliers", err)
		return
	}
	d.by(stats.AlgorithmOutliers)
	d.Outliers = []domain.Place{}
	for _, i := range found {
		d.Outliers = append(d.Outliers, d.Countries[i])
	}
}
