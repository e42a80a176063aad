package measures

import (
	"slices"

	"daybook.internal/domain"
)

// steps are into how many equal parts the share of people who moved is cut where the moves themselves are hidden: five points each, or ten, or twenty, whichever is the first that is safe.
var steps = [...]int{20, 10, 5}

// MovedBand is between which shares of the people who answered both times gave another answer. It stands in for hidden moves.
type MovedBand struct {
	About   int    `json:"about"` // people who answered both times, to the next multiple of 5
	AtLeast Number `json:"atLeast"`
	AtMost  Number `json:"atMost"`
}

// band is a share of people who moved: of n people between least and most, which is the step that holds the true number.
type band struct{ n, steps, step, least, most int }

func bandOf(n, moved, steps int) band {
	b := band{n: n, steps: steps, step: min(steps*moved/n, steps-1)}
	b.least, b.most = (b.step*n+steps-1)/steps, ((b.step+1)*n+steps-1)/steps-1
	if b.step == steps-1 {
		b.most = n
	}
	return b
}

func (b band) doc() *MovedBand {
	return &MovedBand{(b.n + 2) / 5 * 5, Number(float64(b.step) / float64(b.steps)), Number(float64(b.step+1) / float64(b.steps))}
}

// silent tells whether a band tells nothing of those who answered only once, where the results before and after are published: whatever they answered, there are moves of the
// others with the margins that are left and a number of movers in the band.
//
// Of n people with margins r and c, those who stayed are at most Σmin(r, c), and at least max(0, r_j+c_j-n) for each j; of two numbers next to each other in between one is reached
// (with two options every second is, with more all but the last but one). Each person who is taken from a margin takes at most one from Σmin. So what is checked holds for all margins.
func (b band) silent(before, after []int) bool {
	least, most := always(b.n, before, after)
	return b.most > b.least && least <= b.most-1 && most >= b.least+1
}

// always are the least and the most of n people who may have moved, whatever those answered who answered once.
func always(n int, before, after []int) (least, most int) {
	stay, must := 2*n-sum(before)-sum(after), 0
	for j := range before {
		stay += min(before[j], after[j])
		must = max(must, before[j]+after[j]-n)
	}
	return n - stay, n - must
}

// bands cuts the share of those who moved for the places whose moves are hidden though both results are shown.
//
// What is published over all tells how many moved in all hidden places together. So the bands must leave open, for whatever number of movers in one band, any number in the places that are small, any that
// their margins allow in those that tell of small rows, and what is always possible in the others. Otherwise steps are wider, or there are no bands.
func (x *changing) bands(before, after []placed, q *domain.Question, small func(domain.Place) bool, least int) {
	for _, n := range steps {
		if x.moved = x.cut(n, before, after, q, small, least); len(x.moved) > 0 {
			return
		}
	}
}

func (x *changing) cut(steps int, before, after []placed, q *domain.Question, small func(domain.Place) bool, least int) map[domain.Place]band {
	bands := map[domain.Place]band{}
	all, free, most := 0, 0, 0 // who moved in hidden places; the least and the most of those whom no band shall tell of
	low, high := 0, 0          // the sums of bands, and of what is always possible in places without one
	for i, place := range x.places {
		m, moved := x.of[i], 0
		if !x.hidden[place] && !x.inner[place] {
			continue
		}
		for k := range m.before {
			if m.before[k] != m.after[k] {
				moved++
			}
		}
		all += moved
		at := slices.IndexFunc(before, func(p placed) bool { return p.place == place })
		if !x.hidden[place] { // its margins are published
			was, is := make([]int, m.cells), make([]int, m.cells)
			for k := range m.before {
				was[m.before[k]]++
				is[m.after[k]]++
			}
			from, to := always(m.n(), was, is)
			free, most = free+from, most+to
			continue
		}
		if m.n() < least || small(place) || at < 0 {
			most += m.n()
			continue
		}
		first, last := count(q, before[at].sheets).cells, count(q, after[i].sheets).cells
		b := bandOf(m.n(), moved, steps)
		from, to := always(m.n(), first, last)
		large := func(n int) bool { return n == 0 || n >= least }
		switch {
		case b.silent(first, last):
			bands[place] = b
			from, to = b.least, b.most
		case large(sum(m.left)) && large(sum(m.came)): // nothing of them is secret
			from, to = moved, moved
		case from > to:
			most += m.n()
			continue
		}
		low, high = low+from, high+to
	}
	if x.hidden[World] || x.inner[World] {
		return bands
	}
	open := low <= all-most && high >= all-free
	for _, b := range bands {
		open = open && low-b.least+b.most <= all-most && high-b.most+b.least >= all-free
	}
	if !open {
		return nil
	}
	return bands
}
