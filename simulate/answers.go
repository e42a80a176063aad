package simulate

import (
	"slices"

	"daybook.internal/domain"
)

// A room bends answers: the country by a little, and the table, once people have talked, by more. Each bend moves weight from one option to another, as
// likely in one direction as in the other, so that the mean of the world stays where it is.
type room struct {
	seed    uint64
	country string
	bends   map[bendKey]bend
}

type bendKey struct {
	table    string
	question domain.ArtefactID
}

type bend struct{ from, to, by int }

const (
	countryBend = 60  // per mille, at most
	tableBend   = 140 // per mille, at most
)

func newRoom(seed uint64, country string) *room {
	return &room{seed, country, map[bendKey]bend{}}
}

func (r *room) bend(q *question, table string, n, most int) bend {
	key := bendKey{table, q.id}
	b, ok := r.bends[key]
	if !ok {
		c := seeded(r.seed, r.country, "bend", table, string(q.id))
		b = bend{c.below(n), c.below(n), c.below(most + 1)}
		r.bends[key] = b
	}
	return b
}

// weights are how likely each option or point is at a table of the country; no table: before anybody has talked.
func (r *room) weights(q *question, wave domain.Wave, table string) []int {
	w := slices.Clone(q.shares())
	if wave == domain.PostWave {
		for i, d := range q.drift {
			w[i] += d
		}
	}
	bends := []bend{r.bend(q, "", len(w), countryBend)}
	if table != "" && wave != domain.PreWave {
		bends = append(bends, r.bend(q, table, len(w), tableBend))
	}
	for _, b := range bends {
		by := min(b.by, w[b.from], w[b.to]) // as far one way as the other
		w[b.from] -= by
		w[b.to] += by
	}
	return w
}

// drawAnswer is what somebody answers by these weights. Open questions are answered elsewhere.
func drawAnswer(c *chance, q *question, w []int) domain.Answer {
	switch q.kind {
	case domain.SingleChoice:
		return domain.Answer{Option: q.options[c.pick(w)].id}
	case domain.Likert:
		return domain.Answer{Point: c.pick(w) + 1}
	case domain.MultipleChoice:
		return domain.Answer{Options: drawSet(c, q, w)}
	case domain.Ranking:
		return domain.Answer{Ranking: drawRanking(c, q, w)}
	}
	return domain.Answer{Allocation: drawAllocation(c, q, w)}
}

// drawSet takes each option about as often as its weight says, up to the most that may be taken. An option that stands alone is drawn first; where nothing
// else is drawn either, one option is picked.
func drawSet(c *chance, q *question, w []int) (set []domain.OptionID) {
	var free []int
	alone := 0
	for i, o := range q.options {
		if !slices.Contains(q.exclusive, o.id) {
			free = append(free, i)
		} else if alone += w[i]; c.perMille(w[i]) {
			return []domain.OptionID{o.id}
		}
	}
	var taken []int
	for _, i := range free {
		if c.perMille(w[i] * 1000 / (1000 - alone)) {
			taken = append(taken, i)
		}
	}
	for len(taken) > q.max {
		out := c.below(len(taken))
		taken = slices.Delete(taken, out, out+1)
	}
	if len(taken) == 0 {
		some := make([]int, len(free))
		for j, i := range free {
			some[j] = w[i]
		}
		taken = []int{free[c.pick(some)]}
	}
	for _, i := range taken {
		set = append(set, q.options[i].id)
	}
	return set
}

// drawRanking puts an option on each rank, as likely as its weight among those that are left. No option is so unlikely that it could not come last.
func drawRanking(c *chance, q *question, w []int) (ranks [][]domain.OptionID) {
	w = slices.Clone(w)
	for i := range w {
		w[i] = max(w[i], 1)
	}
	for range q.top {
		i := c.pick(w)
		ranks = append(ranks, []domain.OptionID{q.options[i].id})
		w[i] = 0
	}
	return ranks
}

// drawAllocation gives the points away step by step.
func drawAllocation(c *chance, q *question, w []int) map[domain.OptionID]int {
	points := map[domain.OptionID]int{}
	for range q.total / q.step {
		points[q.options[c.pick(w)].id] += q.step
	}
	return points
}

// nonResponse is why somebody does not answer, empty for most.
func nonResponse(c *chance, q *question) domain.NonResponse {
	if q.profile > 0 || !c.perMille(25) {
		return ""
	}
	return []domain.NonResponse{domain.DontKnow, domain.Blank, domain.Refused, domain.NotApplicable}[c.pick([]int{600, 300, 80, 20})]
}
