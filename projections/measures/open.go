package measures

import (
	"slices"

	"daybook.internal/domain"
)

// OpenPool has the answers to one closed question that may be published one by one: those of the places whose numbers are public.
type OpenPool struct {
	Asked
	Question *domain.Question
	Places   []OpenPlace // by name
	Hidden   []domain.Place
	Withheld bool // there are none, for what they could tell of strata that a crosstab hides
}

// OpenPlace has the standing answers of one place, refusals to answer among them, in an order that says nothing of who gave them. They are not to be changed.
type OpenPlace struct {
	Place   domain.Place
	Answers []*domain.Answer
}

// Open gives the answers that may be published one by one, by question. Words are in the vault and never here.
//
// It tells nothing of hidden strata: the sets of options that people chose together are left out where a stratum of the question is hidden, as they could narrow down
// what a crosstab hides (who chooses one option always chooses another). It tells nothing of hidden places: they are left out by the same decision as in the public views, which hold for the sums of all shown places
// anyway. It tells nothing of who answered: there is no pseudonym, no device, no table and no dialogue, and answers stand in the order of what they say, so that those of
// one person to two questions are not found together. Of a question with one cell to an answer, this is the result of the place and no more.
func (s *State) Open() []OpenPool {
	var pools []OpenPool
	for _, a := range s.order {
		if open, ok := (&Inputs{s: s}).open(a); ok {
			pools = append(pools, open)
		}
	}
	return pools
}

// open is one question of Open, where it is a closed one. It reads as a crosstab does, so that what was decided for it holds.
func (in *Inputs) open(a Asked) (open OpenPool, ok bool) {
	pool, q := in.pool(a), in.question(a.Question)
	if q == nil || q.Kind == domain.Open {
		return open, false
	}
	open = OpenPool{Asked: a, Question: q}
	if open.Withheld = q.Kind == domain.MultipleChoice && in.hidesStrata(a, pool, q); open.Withheld {
		return open, true
	}
	hidden := in.hidden(a, pool, q, &Head{Parameters: map[string]string{}})
	for _, at := range pool.places() {
		if hidden[at.place] {
			open.Hidden = append(open.Hidden, at.place)
			continue
		}
		p := OpenPlace{Place: at.place}
		for _, sheet := range at.sheets {
			for _, g := range sheet.Answers {
				if g.Answer != nil {
					p.Answers = append(p.Answers, g.Answer)
				}
			}
		}
		slices.SortFunc(p.Answers, func(a, b *domain.Answer) int { return a.Compare(*b) })
		open.Places = append(open.Places, p)
	}
	return open, true
}

// hidesStrata tells whether a crosstab of a question hides anything, or could not be decided.
func (in *Inputs) hidesStrata(a Asked, p *Pool, q *domain.Question) bool {
	plan := in.crossPlan(a)
	if plan == nil || !hasCrosstab(a, q) || len(in.crossable(p, plan)) == 0 {
		return false
	}
	x, err := in.crossing(a, p, q, plan)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(x.dimensions, func(d crossed) bool {
		if d.hidden.All {
			return true
		}
		for s := range len(d.strata) + 1 { // the last one is of those whose stratum is not known
			if d.hidden.Hides(s) {
				return true
			}
		}
		return false
	})
}
