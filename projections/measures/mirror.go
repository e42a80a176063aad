package measures

import (
	"math/bits"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/stats"
)

// mirror compares along one dimension.
type mirror struct {
	in        *Inputs
	h         *Head
	rule      domain.Suppression
	dimension string
	rooms     []planned // all of the sample type that plan the dimension
}

// planned is a dialogue with its plan for the dimension.
type planned struct {
	*projections.DialogueDoc
	strata []domain.Stratum
}

// planned are those of some dialogues that plan the dimension.
func (m mirror) planned(of []*projections.DialogueDoc) (found []planned) {
	for _, d := range of {
		if plan := m.in.dialogue(d.Dialogue).plan; plan != nil {
			if i := slices.IndexFunc(plan.Dimensions, func(dim domain.QuotaDimension) bool { return dim.Name == m.dimension }); i >= 0 {
				found = append(found, planned{d, plan.Dimensions[i].Strata})
			}
		}
	}
	return found
}

// stratified are the counts of one dimension; nil where there are none.
func stratified(counts []domain.DimensionCount, dimension string) map[string]int {
	for _, c := range counts {
		if c.Name == dimension {
			return c.Strata
		}
	}
	return nil
}

// peopleBy are people of some dialogues by stratum; no map where nothing is known. all says that their sum is hidden, too.
type peopleBy struct {
	counts map[domain.DialogueID]map[string]int
	hidden map[domain.DialogueID]bool
	all    bool
}

// rows counts all dialogues, and says which of them are hidden.
func (m mirror) rows(count func(planned) map[string]int) peopleBy {
	p := peopleBy{counts: map[domain.DialogueID]map[string]int{}, hidden: map[domain.DialogueID]bool{}}
	bases := make([]int, len(m.rooms))
	for i, r := range m.rooms {
		if c := count(r); c != nil {
			p.counts[r.Dialogue] = c
			for _, n := range c {
				bases[i] += n
			}
		}
	}
	rows, all := cover(bases, m.rule.MinBase)
	for i, is := range rows {
		p.hidden[m.rooms[i].Dialogue] = is
	}
	p.all = all
	return p
}

// respondents counts the answers to the question for the dimension.
func (m mirror) respondents(d *RepresentativenessDoc, shown []planned) Represented {
	out := Represented{Who: whoRespondents, Unknown: "the protocol names no question for the dimension"}
	plan := m.in.measurePlan(d.Edition, m.h)
	if plan == nil || plan.Profile[m.dimension] == "" {
		return out
	}
	var a Asked
	for _, other := range m.in.pools() {
		if other.Edition == d.Edition && other.Question.ID == plan.Profile[m.dimension] && other.Wave == domain.ProfileWave && other.Sample == d.SampleType {
			if a.Edition != "" && a.Question != other.Question {
				m.h.warn(WarnMixedVersions, "the question for %s was asked in several versions: the last one is counted", m.dimension)
			}
			a = other
		}
	}
	pool, q := m.in.pool(a), m.in.question(a.Question)
	if out.Unknown = "nobody was asked for the dimension"; pool == nil || q == nil {
		return out
	}
	d.Question = &a.Question
	places := m.in.hidden(a, pool, q, m.h)
	p := peopleBy{counts: map[domain.DialogueID]map[string]int{}, hidden: map[domain.DialogueID]bool{}, all: places[World]}
	besides := 0 // who answered in dialogues that do not plan the dimension
	for _, at := range pool.places() {
		small := places[at.place]
		for _, s := range at.sheets {
			small = small || len(at.sheets) > 1 && s.count(q).valid < m.rule.MinBase
		}
		for _, s := range at.sheets {
			c, counts := s.count(q), map[string]int{}
			for i, cell := range cellsOf(q) {
				counts[cell.name] = c.cells[i]
			}
			p.counts[s.Room.Dialogue], p.hidden[s.Room.Dialogue] = counts, small
			if !slices.ContainsFunc(m.rooms, func(r planned) bool { return r.Dialogue == s.Room.Dialogue }) {
				besides += c.valid
			}
		}
	}
	if besides > 0 && (besides < m.rule.MinBase || len(places) > 0) {
		p.all = true // the result of the world, less this, would tell of them
	}
	return m.represent(whoRespondents, shown, p, out.Unknown)
}

// represent compares the people of some dialogues, one or all, with their populations.
func (m mirror) represent(who Whom, rooms []planned, p peopleBy, unknown string) Represented {
	out := Represented{Who: who}
	var all, target, counts = []domain.Stratum{}, []int64{}, []int{}
	unplaced := 0
	var each []RoomGRI
	for _, r := range rooms {
		people := p.counts[r.Dialogue]
		if people == nil {
			continue
		}
		out.Dialogues++
		own, rest := make([]int, len(r.strata)), 0
		for _, n := range people {
			rest += n
		}
		weight, shares := int64(max(1, r.PlannedSize)), parts(r.strata)
		for i, s := range r.strata {
			own[i] = people[s.ID]
			rest -= own[i]
			at := slices.IndexFunc(all, func(have domain.Stratum) bool { return have.ID == s.ID })
			if at < 0 {
				at, all, target, counts = len(all), append(all, s), append(target, 0), append(counts, 0)
			}
			target[at], counts[at] = target[at]+weight*shares[i], counts[at]+own[i]
		}
		unplaced += rest
		if len(rooms) > 1 && !p.hidden[r.Dialogue] {
			if one, err := stats.Represent(own, population(r.strata)); err == nil {
				each = append(each, RoomGRI{r.Dialogue, r.Place, one.Base, Number(one.GRI), Number(one.Best)})
			}
		}
	}
	if out.Dialogues == 0 {
		out.Unknown = unknown
		return out
	}
	if out.Suppressed = p.all && len(rooms) > 1 || len(rooms) == 1 && p.hidden[rooms[0].Dialogue]; out.Suppressed {
		m.h.warn(WarnSuppressed, "%s: fewer than %d people, or they would tell of such a group", who, m.rule.MinBase)
		return out
	}
	if len(rooms) == 1 {
		target = population(rooms[0].strata)
	}
	r, err := stats.Represent(counts, target)
	if stats.NameOf(err) == stats.ErrNoBase {
		out.Base, out.Unplaced = &r.Base, &unplaced
		return out
	}
	if err != nil {
		m.h.fail(string(who), err)
		return out
	}
	m.h.by(stats.AlgorithmRepresent, stats.AlgorithmLargestRemainder)
	number := func(x float64) *Number { n := Number(x); return &n }
	out.Base, out.Unplaced, out.Rooms = &r.Base, &unplaced, each
	out.GRI, out.Best, out.Gap, out.Similarity = number(r.GRI), number(r.Best), number(r.Best-r.GRI), number(r.Similarity)
	rScore, coverage := optional(r.RScore), optional(r.Coverage)
	out.RScore, out.Coverage = &rScore, &coverage
	if c := r.ChiSquared; c != nil {
		out.ChiSquared = &Fit{Number(c.Statistic), c.DF, Number(c.P)}
	}
	for i, s := range r.Strata {
		out.Strata = append(out.Strata, StratumResult{
			all[i].ID, all[i].Label, s.Count, Number(s.Achieved), Number(s.Target), Number(s.Deviation), optional(s.Disparity), r.BestSeats[i],
		})
	}
	return out
}

// population are the shares of strata over their common denominator; where that has more than 62 bits, in parts of 10^9.
func population(strata []domain.Stratum) []int64 {
	whole := int64(1)
	for _, s := range strata {
		den := max(s.PopulationShare.Den, 1)
		high, low := bits.Mul64(uint64(whole/gcd(whole, den)), uint64(den))
		if high > 0 || low >= 1<<55 { // with up to a hundred strata, sums stay below 63 bits
			return parts(strata)
		}
		whole = int64(low)
	}
	out := make([]int64, len(strata))
	for i, s := range strata {
		out[i] = s.PopulationShare.Num * (whole / max(s.PopulationShare.Den, 1))
	}
	return out
}

// parts are the shares of strata in parts of 10^9, rounded down.
func parts(strata []domain.Stratum) []int64 {
	out := make([]int64, len(strata))
	for i, s := range strata {
		high, low := bits.Mul64(uint64(max(s.PopulationShare.Num, 0)), 1_000_000_000)
		if den := uint64(max(s.PopulationShare.Den, 1)); high < den {
			part, _ := bits.Div64(high, low, den)
			out[i] = int64(part)
		}
	}
	return out
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
