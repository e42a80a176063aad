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
	places := p.places()
	bases := make([]int, len(places))
	for i, at := range places {
		for _, s := range at.sheets {
			bases[i] += s.count(q).valid
		}
	}
	hidden := map[domain.Place]bool{}
	rows, world := cover(bases, rule.MinBase)
	for i, is := range rows {
		if is {
			hidden[places[i].place] = true
		}
	}
	if world {
		hidden[World] = true
	}
	if len(hidden) > 0 {
		h.warn(WarnSuppressed, "the numbers of %d places are hidden: their base is below %d, or they would tell those of such places", len(hidden), rule.MinBase)
	}
	return hidden
}

// cover is the rule of hidden: which of some rows with these bases, and whether their sum, are not published. Rows of nobody tell nothing and are never hidden.
func cover(bases []int, least int) (hidden []bool, all bool) {
	hidden = make([]bool, len(bases))
	var open []int
	total, kept, count := 0, 0, 0 // people in all, in hidden rows, and how many such rows there are
	for i, n := range bases {
		if total += n; n > 0 && n < least {
			hidden[i] = true
			kept, count = kept+n, count+1
		} else if n > 0 {
			open = append(open, i)
		}
	}
	slices.SortStableFunc(open, func(a, b int) int { return cmp.Compare(bases[a], bases[b]) })
	for count > 0 && (count < 2 || kept < least) {
		if len(open) == 0 {
			return hidden, true
		}
		hidden[open[0]] = true
		kept, count, open = kept+bases[open[0]], count+1, open[1:]
	}
	return hidden, total > 0 && total < least
}
