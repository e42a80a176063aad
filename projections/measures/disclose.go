package measures

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats/disclosure"
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

// hidden are the places whose numbers of a question are not published, the World among them where its own tell too much: those with a base below the least one,
// and so many others that nobody reckons a hidden count back from the numbers of the world. It is decided once for all documents of a question.
func (in *Inputs) hidden(a Asked, p *Pool, q *domain.Question, h *Head) map[domain.Place]bool {
	rule := in.suppression(a.Edition, h)
	if p.hidden == nil || p.hiddenAt != p.at || p.hiddenBy != rule {
		var err error
		if p.hidden, err = hide(p, q, rule); err != nil {
			h.fail("disclosure", err) // and nothing is shown
			return everything(p)
		}
		p.hiddenAt, p.hiddenBy = p.at, rule
	}
	h.by(disclosure.Algorithm + "/" + disclosure.Version)
	if len(p.hidden) > 0 {
		h.warn(WarnSuppressed, "the numbers of %d places are hidden: their base is below %d, or they would tell those of such places", len(p.hidden), rule.MinBase)
	}
	return p.hidden
}

// hide decides which places of a pool are hidden. Rankings, allocations and words are in no cells that add up: of them the bases are protected.
func hide(p *Pool, q *domain.Question, rule domain.Suppression) (map[domain.Place]bool, error) {
	places := p.places()
	t := &disclosure.Table{Answers: max(1, len(cellsOf(q)))}
	for _, at := range places {
		c := count(q, at.sheets)
		row, none := slices.Clone(c.cells), 0
		if len(row) == 0 {
			row = []int{c.valid}
		}
		for _, reason := range nonResponses {
			row = append(row, c.nonResponse[reason])
			none += c.nonResponse[reason]
		}
		t.Cells, t.Valid, t.People = append(t.Cells, row), append(t.Valid, c.valid), append(t.People, c.valid+none)
	}
	decided, err := disclosure.Protect(t, disclosure.Rule{MinBase: rule.MinBase, Range: max(1, rule.MinCell), BasesKnown: len(cellsOf(q)) > 0})
	if err != nil {
		return nil, err
	}
	if decided.All {
		return everything(p), nil
	}
	hidden := map[domain.Place]bool{}
	for i, at := range places {
		if decided.Hides(i) {
			hidden[at.place] = true
		}
	}
	return hidden, nil
}

// everything is all places of a pool, and the World.
func everything(p *Pool) map[domain.Place]bool {
	hidden := map[domain.Place]bool{World: true}
	for _, at := range p.places() {
		hidden[at.place] = true
	}
	return hidden
}

// nonResponses are the reasons for giving no answer, in order.
var nonResponses = []domain.NonResponse{domain.DontKnow, domain.Refused, domain.NotApplicable, domain.Blank}

// cover hides rows by their bases alone: which of some rows with these bases, and whether their sum, are not published. Rows of nobody tell nothing and are never hidden.
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
