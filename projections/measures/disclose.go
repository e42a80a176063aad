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
	return p.closed(p.hidden, h)
}

// hides is what hidden decides, where a document of another question needs it.
func (in *Inputs) hides(a Asked, p *Pool, q *domain.Question) map[domain.Place]bool {
	return in.hidden(a, p, q, &Head{Parameters: map[string]string{}})
}

// hide decides which places of a pool are hidden. Of rankings first choices are protected, of allocations who gave an option any, of words the bases. Whatever adds up is known of
// the hidden places together, so that they have the least base together.
func hide(p *Pool, q *domain.Question, rule domain.Suppression) (map[domain.Place]bool, error) {
	places := slices.DeleteFunc(p.places(), func(at placed) bool { return p.open[at.place] > 0 }) // hidden anyway, and so is the sum
	if len(places) == 0 {
		return map[domain.Place]bool{}, nil
	}
	t := &disclosure.Table{}
	for _, at := range places {
		c := count(q, at.sheets)
		row, none := taken(q, c, at.sheets), 0
		t.Answers = len(row)
		for _, reason := range nonResponses {
			row = append(row, c.nonResponse[reason])
			none += c.nonResponse[reason]
		}
		t.Cells, t.Valid, t.People = append(t.Cells, row), append(t.Valid, c.valid), append(t.People, c.valid+none)
	}
	for {
		decided, err := disclosure.Protect(t, disclosure.Rule{MinBase: rule.MinBase, Range: max(1, rule.MinCell), BasesKnown: q.Kind != domain.Open})
		if err != nil {
			return nil, err
		}
		if decided.All {
			return everything(p), nil
		}
		hidden, base, least := map[domain.Place]bool{}, 0, -1 // least: the shown place of fewest people
		for i, at := range places {
			if decided.Hides(i) {
				hidden[at.place] = true
				base += t.Valid[i]
				t.Apart = append(t.Apart, i)
			} else if t.Valid[i] > 0 && (least < 0 || t.Valid[i] < t.Valid[least]) {
				least = i
			}
		}
		switch {
		case base == 0 || base >= rule.MinBase:
			return hidden, nil
		case least < 0:
			return everything(p), nil
		}
		t.Apart = append(t.Apart, least)
	}
}

// taken counts the answers of a place by what is protected of them.
func taken(q *domain.Question, c *counts, sheets []*Sheet) []int {
	if len(cellsOf(q)) > 0 {
		return slices.Clone(c.cells)
	}
	if q.Kind != domain.Ranking && q.Kind != domain.Allocation {
		return []int{c.valid}
	}
	row := make([]int, len(q.Options))
	for a := range answers(sheets) {
		for i, o := range q.Options {
			if a.Allocation[o.ID] > 0 || len(a.Ranking) > 0 && slices.Contains(a.Ranking[0], o.ID) {
				row[i]++
			}
		}
	}
	return row
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
