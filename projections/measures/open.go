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
}

// OpenPlace has the standing answers of one place, refusals to answer among them, in an order that says nothing of who gave them. They are not to be changed.
type OpenPlace struct {
	Place   domain.Place
	Answers []*domain.Answer
}

// Open gives the answers that may be published one by one, by question. Words are in the vault and never here.
//
// It tells nothing of hidden places: they are left out by the same decision as in the public views, which hold for the sums of all shown places
// anyway. It tells nothing of who answered: there is no pseudonym, no device, no table and no dialogue, and answers stand in the order of what they say, so that those of
// one person to two questions are not found together. Of a question with one cell to an answer, this is the result of the place and no more.
func (s *State) Open() []OpenPool {
	in := &Inputs{s: s}
	var pools []OpenPool
	for _, a := range in.pools() {
		pool, q := in.pool(a), in.question(a.Question)
		if q == nil || q.Kind == domain.Open {
			continue
		}
		open := OpenPool{Asked: a, Question: q}
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
		pools = append(pools, open)
	}
	return pools
}
