package measures

import (
	"iter"
	"math/bits"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// measurePlan are the parameters of measures that the protocol froze; nil, with a warning, where it froze none.
func (in *Inputs) measurePlan(id domain.EditionID, h *Head) *domain.MeasurePlan {
	p := in.edition(id).protocol
	if p == nil || p.Measures == nil {
		h.warn(WarnNoProtocol, "no protocol froze a population table, a profile or a seed: what needs them is absent")
		return nil
	}
	h.with("populationTable", p.Weighting.PopulationTable)
	return p.Measures
}

// weighted are the people of one country who answered a question and every question of the profile that their weights need. Weights of one room mean 1.
type weighted struct {
	base    int
	total   float64   // of all weights
	squares float64   // of their squares
	yes     []float64 // weights of those who chose a cell
	small   bool      // a stratum is too small to be published by itself
	bits    []int     // by cell: at least two to this power are the ways in which those who chose it may belong to strata
	chose   []int     // by cell, people
}

// enoughBits is how much must be open for an estimate that rests on small strata: each of its numbers tells six digits, which are twenty bits, of three or four.
const enoughBits = 64

// tells says that estimates weighted by a dimension might tell of small strata of countries: people solve for what few unknown counts give these digits. Of the countries together it is unlikely that
// they tell, where many tables give about the same.
func (e *estimating) tells(dimension string) bool {
	told, known := e.told[dimension]
	if !known {
		if told = e.findOut(dimension, nil); e.told == nil {
			e.told = map[string]bool{}
		}
		e.told[dimension] = told
	}
	return told
}

// findOut is what tells says where some places publish their own crosstabs by the dimension: of these nothing is open.
func (e *estimating) findOut(dimension string, published []domain.Place) bool {
	if dimension == "" {
		for _, r := range e.rooms {
			for name := range r.weighted {
				if name != "" && e.tells(name) {
					return true
				}
			}
		}
		return false
	}
	small, base := false, 0
	var bits, chose []int
	for _, r := range e.rooms {
		w := r.weighted[dimension]
		if w == nil {
			continue
		}
		small, base = small || w.small, base+w.base
		if bits == nil {
			bits, chose = make([]int, len(w.yes)), make([]int, len(w.yes))
		}
		for j := range w.bits {
			if chose[j] += w.chose[j]; !slices.Contains(published, r.place) {
				bits[j] += w.bits[j]
			}
		}
	}
	for j := range bits {
		if small && chose[j] > 0 && chose[j] < base && bits[j] < enoughBits {
			return true
		}
	}
	return false
}

// open counts in how many ways the people of one room who chose a cell may belong to strata, and notes strata that are too small by themselves. strata are those of the
// respondents, of so many. Strangers, whose stratum is not known, have no weight, but they are what the weighted leave of the room.
func (w *weighted) open(c *counts, strata, people, strangers []int, many int, rule domain.Suppression) {
	n, chose, cells := make([]int, many), make([]int, len(c.cells)), len(c.cells)
	of := make([]int, many*cells)
	for _, i := range people {
		s := strata[i]
		n[s]++
		for _, cell := range c.of(i) {
			of[s*cells+int(cell)]++
			chose[cell]++
		}
	}
	if w.bits == nil {
		w.bits, w.chose = make([]int, cells), make([]int, cells)
	}
	few := func(base, x, k int) bool {
		return base > 0 && (base < rule.MinBase || base < clearBase(rule) && k > 0 && (x == 0 || x == base))
	}
	others := make([]int, cells)
	for _, i := range strangers {
		for _, cell := range c.of(i) {
			others[cell]++
		}
	}
	for j, x := range others {
		w.small = w.small || few(len(strangers), x, x+chose[j])
	}
	for j, k := range chose {
		width := 0
		for s, base := range n { // the largest
			if base == 0 {
				continue
			}
			width = max(width, min(base, k)-max(0, base+k-len(people)))
			x := of[s*cells+j]
			w.small = w.small || few(base, x, k)
		}
		w.bits[j], w.chose[j] = w.bits[j]+bits.Len(uint(width+1))-1, w.chose[j]+k
	}
}

// strataOf are the strata of the respondents of one room, by dimension of its quota plan for which the plan of measures names a question: an index into the
// dimension's strata, or -1 where it is not known. They belong to the room and are not to be changed.
func (in *Inputs) strataOf(room *Room, edition domain.EditionID, plan *domain.MeasurePlan) ([]domain.QuotaDimension, [][]int) {
	d := in.dialogue(room.Dialogue)
	if d.plan == nil {
		return nil, nil
	}
	var dimensions []domain.QuotaDimension
	var sheets []*Sheet
	newest := uint64(0)
	for _, dim := range d.plan.Dimensions {
		a, pool := in.profile(edition, plan.Profile[dim.Name], d.frame.SampleType)
		if pool == nil {
			continue
		}
		if sheet := room.Sheet(a); sheet != nil {
			dimensions, sheets, newest = append(dimensions, dim), append(sheets, sheet), max(newest, pool.at)
		}
	}
	known := &room.strata
	if known.plan == plan && known.quota == d.plan && known.at == newest && known.people == len(room.Respondents) {
		return dimensions, known.of
	}
	*known = roomStrata{plan: plan, quota: d.plan, at: newest, people: len(room.Respondents)}
	for i, dim := range dimensions {
		of := make([]int, len(room.Respondents))
		for who := range of {
			of[who] = -1
			if a := sheets[i].Of(who); a != nil && a.Option != "" {
				of[who] = slices.IndexFunc(dim.Strata, func(s domain.Stratum) bool { return s.ID == string(a.Option) })
			}
		}
		known.of = append(known.of, of)
	}
	return dimensions, known.of
}

// roomStrata are the strata of a room's people, and what they were read from.
type roomStrata struct {
	plan   *domain.MeasurePlan
	quota  *domain.QuotaPlanSet
	at     uint64
	people int
	of     [][]int // by dimension and respondent
}

// profiled is a question of the profile.
type profiled struct {
	edition domain.EditionID
	id      domain.ArtefactID
	sample  domain.SampleType
}

// candidates are what was asked of a question of the profile, as long as nothing else comes to be asked.
type candidates struct {
	asked []Asked
	at    uint64
}

// profile is the last version of a question of the profile that was asked, and what was answered to it; nil where it was not asked.
func (in *Inputs) profile(edition domain.EditionID, id domain.ArtefactID, sample domain.SampleType) (at Asked, pool *Pool) {
	all, q := in.pools(), profiled{edition, id, sample}
	known, ok := in.s.profiles[q]
	if !ok || known.at != in.s.answered {
		known = candidates{at: in.s.answered}
		for _, a := range all {
			if id != "" && a.Edition == edition && a.Question.ID == id && a.Wave == domain.ProfileWave && a.Sample == sample {
				known.asked = append(known.asked, a)
			}
		}
		in.s.profiles[q] = known
	}
	for _, a := range known.asked {
		at, pool = a, in.pool(a)
	}
	return at, pool
}

// weigh weights the people of a country to each dimension alone, and under the empty name to all of them. A room that cannot be weighted is left out, and the
// head says why.
func (in *Inputs) weigh(a Asked, q *domain.Question, at placed, plan *domain.MeasurePlan, h *Head) map[string]*weighted {
	all, rule := map[string]*weighted{}, in.suppression(a.Edition, h)
	for _, sheet := range at.sheets {
		dimensions, strata := in.strataOf(sheet.Room, a.Edition, plan)
		dark := in.dark(sheet.Room, a, dimensions, plan)
		for name, w := range sheet.weights(q, dimensions, strata, plan, rule) {
			if dark[name] || name == "" && len(dark) > 0 {
				h.warn(WarnSuppressed, "places are not weighted whose profile is hidden")
				continue
			}
			if w.err != nil {
				h.fail("weights of dialogue "+string(sheet.Room.Dialogue), w.err)
				continue
			}
			for _, warning := range w.warnings {
				h.warn("weights", "dialogue %s: %s", sheet.Room.Dialogue, warning)
			}
			if all[name] == nil {
				n := len(w.yes)
				all[name] = &weighted{yes: make([]float64, n), bits: make([]int, n), chose: make([]int, n)}
			}
			all[name].add(&w.weighted)
		}
	}
	return all
}

// dark are the dimensions for which what the place of a room answered to the profile is hidden: weights, and why there are none, would tell of it.
func (in *Inputs) dark(room *Room, a Asked, dimensions []domain.QuotaDimension, plan *domain.MeasurePlan) map[string]bool {
	var dark map[string]bool
	for _, dim := range dimensions {
		asked, pool := in.profile(a.Edition, plan.Profile[dim.Name], a.Sample)
		if q := in.question(asked.Question); pool != nil && q != nil && in.hides(asked, pool, q)[room.Place] {
			if dark == nil {
				dark = map[string]bool{}
			}
			dark[dim.Name] = true
		}
	}
	return dark
}

func (w *weighted) add(other *weighted) {
	w.base, w.total, w.squares = w.base+other.base, w.total+other.total, w.squares+other.squares
	w.small = w.small || other.small
	for i, yes := range other.yes {
		w.yes[i] += yes
	}
	for i := range other.bits {
		w.bits[i], w.chose[i] = w.bits[i]+other.bits[i], w.chose[i]+other.chose[i]
	}
}

// sheetWeights are the weights of one room's people, and what they were computed from.
type sheetWeights struct {
	counted *counts
	strata  [][]int
	rule    domain.Suppression
	by      []dimensionWeights // each dimension alone, then all of them
}

type dimensionWeights struct {
	name string
	weighted
	warnings []string
	err      error
}

// weights weights the people of a room, once for as long as neither their answers nor their strata move.
func (s *Sheet) weights(q *domain.Question, dimensions []domain.QuotaDimension, strata [][]int, plan *domain.MeasurePlan, rule domain.Suppression) iter.Seq2[string, *dimensionWeights] {
	c, known := s.count(q), &s.weighed
	if known.counted != c || known.rule != rule || len(known.strata) != len(strata) || len(strata) > 0 && &known.strata[0] != &strata[0] {
		*known = sheetWeights{counted: c, strata: strata, rule: rule}
		for d := range dimensions {
			known.by = append(known.by, s.weigh(c, dimensions[d].Name, dimensions[d:d+1], strata[d:d+1], plan, rule))
		}
		if len(dimensions) > 1 {
			known.by = append(known.by, s.weigh(c, "", dimensions, strata, plan, rule))
		}
	}
	return func(yield func(string, *dimensionWeights) bool) {
		for i := range known.by {
			if !yield(known.by[i].name, &known.by[i]) {
				return
			}
		}
	}
}

// weigh weights the people of one room who gave a valid answer and whose strata are known.
func (s *Sheet) weigh(c *counts, name string, dimensions []domain.QuotaDimension, strata [][]int, plan *domain.MeasurePlan, rule domain.Suppression) dimensionWeights {
	to := dimensionWeights{name: name, weighted: weighted{yes: make([]float64, len(c.cells))}}
	people := make([]int, 0, len(s.Answers))
	var strangers []int
	for i, g := range s.Answers {
		switch {
		case g.Answer == nil || g.Answer.NonResponse != "":
		case known(strata, i):
			people = append(people, i)
		default:
			strangers = append(strangers, i)
		}
	}
	if len(people) == 0 {
		return to
	}
	if len(dimensions) == 1 {
		to.open(c, strata[0], people, strangers, len(dimensions[0].Strata), rule)
	}
	margins, into := make([]stats.Margin, len(dimensions)), make([][]int, len(dimensions))
	for d, dim := range dimensions {
		margins[d], into[d] = margin(dim, strata[d], people, plan.Merge[dim.Name])
	}
	cells, of := alike(strata, into, people)
	raked, err := stats.Rake(cells, margins)
	if err != nil {
		to.err = err
		return to
	}
	to.warnings, to.base = raked.Warnings, len(people)
	for n, i := range people {
		w := raked.Weights[of[n]]
		to.total += w
		to.squares += float64(w * w)
		for _, cell := range c.of(i) {
			to.yes[cell] += w
		}
	}
	return to
}

func known(strata [][]int, respondent int) bool {
	for _, of := range strata {
		if of[respondent] < 0 {
			return false
		}
	}
	return true
}

// alike puts people together who are in the same strata of all dimensions, after into: the cells in the order of their first people, and the cell of each of people.
func alike(strata, into [][]int, people []int) (cells []stats.Cell, of []int) {
	of = make([]int, len(people))
	place := map[int]int{}
	most := min(len(people), 128) // cells to make room for
	if len(strata) == 1 {
		most = len(into[0])
	}
	cells = make([]stats.Cell, 0, most)
	at := make([]int, 0, len(strata)*cap(cells)) // the strata of cells
	for n, i := range people {
		key := 0
		for d := range strata {
			key = key*len(into[d]) + into[d][strata[d][i]]
		}
		c, ok := place[key]
		if !ok {
			c = len(cells)
			place[key] = c
			for d := range strata {
				at = append(at, into[d][strata[d][i]])
			}
			cells = append(cells, stats.Cell{Strata: at[len(at)-len(strata) : len(at) : len(at)]})
		}
		cells[c].Base++
		of[n] = c
	}
	return cells, of
}

// margin is a dimension as people can be weighted to it: strata without anybody are merged as the frozen plan says, and into says where each stratum went.
func margin(dim domain.QuotaDimension, of, people []int, plan map[string]string) (stats.Margin, []int) {
	here := make([]int, len(dim.Strata))
	for _, i := range people {
		here[of[i]]++
	}
	place := map[string]int{}
	for i, s := range dim.Strata {
		place[s.ID] = i
	}
	m := stats.Margin{Name: dim.Name, Strata: make([]string, len(dim.Strata)), Targets: make([]float64, len(dim.Strata))}
	into := make([]int, len(dim.Strata))
	for i, s := range dim.Strata {
		to := i
		for range plan { // no longer than the plan
			next, ok := plan[dim.Strata[to].ID]
			if here[to] > 0 || !ok {
				break
			}
			to = place[next]
		}
		into[i] = to
		m.Strata[i] = s.ID
		m.Targets[to] += float64(s.PopulationShare.Num) / float64(s.PopulationShare.Den)
	}
	return m, into
}

// dimensions are those that any room could be weighted by, in the order of the plan; the empty one is all of them.
func (e *estimating) dimensions() iter.Seq[string] {
	names := map[string]bool{}
	for _, r := range e.rooms {
		for name, w := range r.weighted {
			if w.base > 0 {
				names[name] = true
			}
		}
	}
	return func(yield func(string) bool) {
		sorted := make([]string, 0, len(names))
		for name := range names {
			sorted = append(sorted, name)
		}
		slices.Sort(sorted)
		for _, name := range sorted {
			if !yield(name) {
				return
			}
		}
	}
}

// weightedShare is the share of one cell with countries by population, each weighted by a dimension, or by all.
func (e *estimating) weightedShare(cell int, dimension string, h *Head) *Estimate {
	what, by := "post-stratified by "+dimension, stats.AlgorithmPostStratify
	if dimension == "" {
		what, by = "raked", stats.AlgorithmRake
	}
	var parts []stats.Part
	base := 0
	for _, r := range e.rooms {
		w := r.weighted[dimension]
		if w == nil || w.base == 0 {
			continue
		}
		share, n := w.yes[cell]/w.total, float64(w.total*w.total)/w.squares
		parts = append(parts, stats.Part{Value: share, Variance: float64(share*(1-share)) / n, Base: n, Weight: float64(r.population)})
		base += w.base
	}
	got, err := stats.CombineShares(parts, stats.Z95)
	if err != nil {
		h.fail(what, err)
		return nil
	}
	h.by(by)
	return &Estimate{Number(got.Share), Number(got.StandardError), interval(got.Interval), base, Number(got.EffectiveBase), got.Countries}
}
