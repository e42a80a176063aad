package stats

import "math"

// A Stratum is a cell of people: Count of Base said yes, and it holds Population of the people outside, in any unit (people, per mille).
type Stratum struct {
	Name        string
	Count, Base int
	Population  float64
}

// A Merge says where a stratum goes when it has nobody in the room: the plan is frozen before anybody answers. Into may itself be merged.
type Merge struct{ From, Into string }

// A StratumWeight is the weight of everybody in a stratum after merging: its share of the population over its share of the room.
type StratumWeight struct {
	Names  []string // the strata that were made one, the one that stays first
	Base   int
	Weight float64
}

// PostStratified is a share weighted to a population by strata.
type PostStratified struct {
	Weighted
	StandardError float64 // of the stratified share: root of ΣW²p(1-p)/n
	Strata        []StratumWeight
	Merged        []Merge // the merges of the plan that were needed
}

// PostStratify gives p = ΣWp over strata, W the share of the population, with weights W/(n_h/n).
//
// A stratum with population and nobody in the room goes where plan says, and on from there if that is empty too; without such a line it is ErrEmptyStratum,
// which names it. People in a stratum without population are ErrNoPopulation; a stratum with neither is left out. A name twice, or a line of the plan that
// names no stratum, is ErrBadParameter. Nobody at all is ErrNoBase.
func PostStratify(strata []Stratum, plan []Merge, z float64) (PostStratified, error) {
	cells, merged, err := merge(strata, plan)
	if err != nil {
		return PostStratified{}, err
	}
	base, population := 0, 0.0
	for _, c := range cells {
		base += c.Base
		population += c.Population
	}
	r := PostStratified{Merged: merged}
	weights, counts, bases := make([]float64, len(cells)), make([]int, len(cells)), make([]int, len(cells))
	variance := 0.0
	for i, c := range cells {
		share, n := c.Population/population, float64(c.Base)
		p := float64(c.Count) / n
		variance += float64(float64(share*share)*float64(p*(1-p))) / n
		weights[i], counts[i], bases[i] = share/(n/float64(base)), c.Count, c.Base
		r.Strata = append(r.Strata, StratumWeight{c.names, c.Base, weights[i]})
	}
	r.StandardError = math.Sqrt(variance)
	r.Weighted, err = WeightedShare(weights, counts, bases, z)
	return r, err
}

type mergedStratum struct {
	Stratum
	names []string
}

// merge gives the strata that have people, in their order, after those that have none went where plan says.
func merge(strata []Stratum, plan []Merge) ([]mergedStratum, []Merge, error) {
	place, base := make(map[string]int, len(strata)), 0
	cells := make([]mergedStratum, len(strata))
	for i, s := range strata {
		if s.Base < 0 || s.Count < 0 || s.Count > s.Base {
			return nil, nil, fail(ErrBadCount, s.Name, "a count lies between 0 and its base")
		}
		if !(s.Population >= 0) || math.IsInf(s.Population, 1) {
			return nil, nil, fail(ErrBadParameter, s.Name, "a population is not below zero")
		}
		if _, twice := place[s.Name]; twice {
			return nil, nil, fail(ErrBadParameter, s.Name, "the stratum stands there twice")
		}
		if s.Population == 0 && s.Base > 0 {
			return nil, nil, fail(ErrNoPopulation, s.Name, "")
		}
		place[s.Name], cells[i] = i, mergedStratum{s, []string{s.Name}}
		base += s.Base
	}
	if base == 0 {
		return nil, nil, fail(ErrNoBase, "", "")
	}
	into := make(map[string]string, len(plan))
	for _, m := range plan {
		_, from := place[m.From]
		_, to := place[m.Into]
		if _, twice := into[m.From]; twice || !from || !to {
			return nil, nil, fail(ErrBadParameter, m.From, "a plan to merge names every stratum that is merged once, and strata that there are")
		}
		into[m.From] = m.Into
	}
	var done []Merge
	for i, s := range strata {
		if s.Base > 0 || s.Population == 0 {
			continue
		}
		to, known := into[s.Name]
		for steps := 0; known && steps < len(plan) && strata[place[to]].Base == 0; steps++ {
			to, known = into[to]
		}
		if !known || strata[place[to]].Base == 0 {
			return nil, nil, fail(ErrEmptyStratum, s.Name, "nobody in the room belongs to it, and the plan does not say with which stratum to merge it")
		}
		t := &cells[place[to]]
		t.Population += cells[i].Population
		t.names = append(t.names, s.Name)
		done = append(done, Merge{s.Name, to})
	}
	kept := cells[:0]
	for i, c := range cells {
		if strata[i].Base > 0 {
			kept = append(kept, c)
		}
	}
	return kept, done, nil
}
