package measures

import (
	"slices"

	"daybook.internal/domain"
)

// bands is into how many equal parts the share of people who moved is cut where the moves themselves are hidden: steps of five points.
const bands = 20

// MovedBand is between which shares of the people who answered both times gave another answer. It stands in for hidden moves.
type MovedBand struct {
	About   int    `json:"about"` // people who answered both times, to the next multiple of 5
	AtLeast Number `json:"atLeast"`
	AtMost  Number `json:"atMost"`
}

// band is a share of people who moved: of n people between least and most, which is the step that holds the true number.
type band struct{ n, step, least, most int }

func bandOf(n, moved int) band {
	b := band{n: n, step: min(bands*moved/n, bands-1)}
	b.least, b.most = (b.step*n+bands-1)/bands, ((b.step+1)*n+bands-1)/bands-1
	if b.step == bands-1 {
		b.most = n
	}
	return b
}

func (b band) doc() *MovedBand {
	return &MovedBand{(b.n + 2) / 5 * 5, Number(float64(b.step) / bands), Number(float64(b.step+1) / bands)}
}

// silent tells whether a band tells nothing of those who answered only once, where the results before and after are published: whatever they answered, there are moves of the
// others with the margins that are left and a number of movers in the band.
//
// Of n people with margins r and c, those who stayed are at most Σmin(r, c), and at least max(0, r_j+c_j-n) for each j; of two numbers next to each other in between one is reached
// (with two options every second is, with more all but the last but one). Each person who is taken from a margin takes at most one from Σmin. So what is checked holds for all margins.
func (b band) silent(before, after []int) bool {
	once := sum(before) + sum(after) - 2*b.n
	stay, must := -once, 0
	for j := range before {
		stay += min(before[j], after[j])
		must = max(must, before[j]+after[j]-b.n)
	}
	return b.most > b.least && stay >= b.n-b.most+1 && must <= b.n-b.least-1
}

// bands cuts the share of those who moved for the places whose moves are hidden though both results are shown. What is published over all tells how many moved in all hidden places together: unless
// this leaves each of them its whole band, and those without one everything, there are no bands.
func (x *changing) bands(before, after []placed, q *domain.Question, small func(domain.Place) bool, least int) {
	x.moved = map[domain.Place]band{}
	all, rest, low, high := 0, 0, 0, 0 // who moved in hidden places; the people of those without a band; the sums of bands
	for i, place := range x.places {
		m, moved := x.of[i], 0
		for k := range m.before {
			if m.before[k] != m.after[k] {
				moved++
			}
		}
		if !x.hidden[place] && !x.inner[place] {
			continue
		}
		all += moved
		at := slices.IndexFunc(before, func(p placed) bool { return p.place == place })
		if m.n() >= least && x.hidden[place] && !small(place) && at >= 0 {
			b := bandOf(m.n(), moved)
			if b.silent(count(q, before[at].sheets).cells, count(q, after[i].sheets).cells) {
				x.moved[place] = b
				low, high = low+b.least, high+b.most
				continue
			}
		}
		rest += m.n()
	}
	if x.hidden[World] || x.inner[World] {
		return
	}
	open := low <= all-rest && high >= all
	for _, b := range x.moved {
		open = open && all-(high-b.most)-rest <= b.least && all-(low-b.least) >= b.most
	}
	if !open {
		clear(x.moved)
	}
}
