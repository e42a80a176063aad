package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// DefaultMinBase is the smallest base that is published where no protocol says otherwise.
const DefaultMinBase = 10

// suppression is the rule of an edition by which small cells are hidden; it names its parameters in the head of a document.
func (in *Inputs) suppression(id domain.EditionID, h *Head) domain.Suppression {
	rule := domain.Suppression{MinBase: DefaultMinBase}
	if p := in.edition(id).protocol; p != nil {
		rule = p.Suppression
	} else {
		h.warn(WarnNoProtocol, "no protocol is frozen: small cells are hidden below a base of %d", rule.MinBase)
	}
	h.with("minBase", rule.MinBase)
	h.with("minCell", rule.MinCell)
	return rule
}

// hidden are the places whose numbers of a question are not published: those with a base below the least one, and so many others, the smallest first, that what the
// numbers of the world tell of all hidden places together has that base and more than one place. Whoever subtracts what is published from the world
// learns no more than a base that may be published. The world is hidden where its own base is too small, and where there is no other way.
func (in *Inputs) hidden(a Asked, p *Pool, q *domain.Question, h *Head) map[domain.Place]bool {
	rule := in.suppression(a.Edition, h)
	hidden := map[domain.Place]bool{}
	type base struct {
		place domain.Place
		n     int
	}
	var open []base
	total, kept, count := 0, 0, 0 // answers in all, in hidden places, and how many such places there are
	for _, at := range p.places() {
		n := 0
		for _, s := range at.sheets {
			n += s.count(q).valid
		}
		if total += n; n > 0 && n < rule.MinBase {
			hidden[at.place] = true
			kept, count = kept+n, count+1
		} else if n > 0 {
			open = append(open, base{at.place, n})
		}
	}
	slices.SortStableFunc(open, func(a, b base) int { return cmp.Compare(a.n, b.n) })
	for count > 0 && (count < 2 || kept < rule.MinBase) {
		if len(open) == 0 {
			hidden[World] = true
			break
		}
		hidden[open[0].place] = true
		kept, count, open = kept+open[0].n, count+1, open[1:]
	}
	if total > 0 && total < rule.MinBase {
		hidden[World] = true
	}
	if len(hidden) > 0 {
		h.warn(WarnSuppressed, "the numbers of %d places are hidden: their base is below %d, or they would tell those of such places", len(hidden), rule.MinBase)
	}
	return hidden
}
