package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections/stats/disclosure"
)

// changing is a question before and after by place, and what of it is not published. It is decided once for all documents.
type changing struct {
	places []domain.Place
	of     []*matched
	hidden map[domain.Place]bool // nothing is published, of the World among them
	inner  map[domain.Place]bool // only what follows from how many gave each answer before and after
	moved  map[domain.Place]band // between which shares moved, where nothing else is published
	before Asked
	at     uint64
	by     domain.Suppression
}

// changing matches the people of every place, and decides what is hidden.
//
// The results before and after are published, and who answered both times. So the answers of those who answered only once follow: their number must be as large as any base, in each
// place and in all, or nobody. Where fewer people than the least base left or came, the change of the place is not published; and of further places, so that what is published over all tells
// nothing of these. Results have precedence.
func (in *Inputs) changing(p pair, q *domain.Question, h *Head) (*changing, error) {
	before, after := in.pool(p.before), in.pool(p.after)
	small, smallAfter := in.hidden(p.before, before, q, h), in.hidden(p.after, after, q, h)
	rule := in.suppression(p.after.Edition, h)
	at := max(before.at, after.at)
	if x := after.changed; x != nil && x.at == at && x.before == p.before && x.by == rule {
		return x, nil
	}
	x := &changing{before: p.before, at: at, by: rule}
	var apart []int
	for i, place := range after.places() {
		m := match(q, p.before, place.sheets)
		x.places, x.of = append(x.places, place.place), append(x.of, m)
		if small[place.place] || smallAfter[place.place] || m.n() < rule.MinBase {
			apart = append(apart, i)
		}
	}
	hide := disclosure.Rule{MinBase: rule.MinBase, Range: 1, BasesKnown: true}
	world := small[World] || smallAfter[World]
	for told := true; told; {
		more, all, err := x.apart(apart, hide)
		if err != nil {
			return nil, err
		}
		if apart = more; all {
			world = true
		}
		if told, err = x.decide(&apart, world, rule); err != nil {
			return nil, err
		}
	}
	x.bands(before.places(), after.places(), q, func(at domain.Place) bool { return small[at] || smallAfter[at] }, rule.MinBase)
	after.changed = x
	return x, nil
}

// apart are the places of which nothing is published, beginning with some, so that neither the moves of one of them nor the answers of those who answered once follow from
// what is published over all. all says that this is not enough, and nothing is published over all.
func (x *changing) apart(some []int, rule disclosure.Rule) (apart []int, all bool, err error) {
	moves, left, came := &disclosure.Table{}, &disclosure.Table{}, &disclosure.Table{}
	for _, m := range x.of {
		row := []int{}
		for _, from := range m.table() {
			row = append(row, from...)
		}
		moves.Cells = append(moves.Cells, row)
		left.Cells, came.Cells = append(left.Cells, m.left), append(came.Cells, m.came)
	}
	apart = slices.Clone(some)
	for i := range x.of { // whoever answered once, too few
		for _, t := range []*disclosure.Table{left, came} {
			if n := sum(t.Cells[i]); n > 0 && n < rule.MinBase && !slices.Contains(apart, i) {
				apart = append(apart, i)
			}
		}
	}
	small := slices.Clone(apart)
	for before := -1; before != len(apart); {
		before = len(apart)
		for _, t := range []*disclosure.Table{moves, left, came} {
			t.Apart = apart
			h, err := disclosure.Protect(t, rule)
			if err != nil {
				return nil, false, err
			}
			if h.All {
				return small, true, nil
			}
			for i := range x.of {
				if h.Hides(i) && !slices.Contains(apart, i) {
					apart = append(apart, i)
				}
			}
		}
	}
	shown, results := make([]bool, len(x.of)), make([]bool, len(x.of))
	for i := range shown {
		shown[i] = !slices.Contains(apart, i)
	}
	for wave, once := range []*disclosure.Table{left, came} {
		c := &disclosure.Cross{}
		for i, m := range x.of {
			twice := make([]int, m.cells)
			for _, answer := range [2][]int{m.before, m.after}[wave] {
				twice[answer]++
			}
			c.Cells = append(c.Cells, [][]int{twice, once.Cells[i]})
		}
		if told, err := disclosure.Tells(c, results, shown, rule.MinBase); told || err != nil {
			return small, true, err
		}
	}
	return apart, false, nil
}

// decide says what is hidden of places and of the World where nothing is published of some. It adds those whose margins alone tell of small rows of moves, and says whether there are any.
func (x *changing) decide(apart *[]int, world bool, rule domain.Suppression) (told bool, err error) {
	x.hidden, x.inner = map[domain.Place]bool{World: world}, map[domain.Place]bool{World: world}
	places, cross := make([]bool, len(x.of)), &disclosure.Cross{}
	for i, m := range x.of {
		cross.Cells = append(cross.Cells, m.table())
		if slices.Contains(*apart, i) {
			places[i], x.hidden[x.places[i]] = true, true
		}
	}
	moves := disclosure.Defaults() // but few people in a cell of a large row are no reason: over all there is hardly a table without
	moves.MinBase, moves.ClearBase = rule.MinBase, clearBase(rule)
	hidden, all, margins, err := disclosure.ProtectMoves(cross, places, moves)
	if err != nil {
		return false, err
	}
	for i, is := range hidden {
		if is {
			x.inner[x.places[i]] = true
		}
	}
	if all {
		x.inner[World] = true
	}
	*apart = append(*apart, margins...)
	return len(margins) > 0, nil
}

func sum(counts []int) (n int) {
	for _, x := range counts {
		n += x
	}
	return n
}

// table counts the moves: [before][after].
func (m *matched) table() [][]int {
	t := make([][]int, m.cells)
	for i := range t {
		t[i] = make([]int, m.cells)
	}
	for i := range m.before {
		t[m.before[i]][m.after[i]]++
	}
	return t
}
