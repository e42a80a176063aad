package measures

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// A mover is somebody who answered after, in a place whose moves are hidden; from is the cell of the answer before, -1 where there is none.
type mover struct {
	seat
	place    domain.Place
	from, to int
}

// movers are those of a place.
func (in *Inputs) movers(p pair, q *domain.Question, place placed) (all []mover) {
	for _, s := range place.sheets {
		c, was := s.count(q), s.Room.Sheet(p.before)
		for who := range s.Answers {
			m := mover{seat{p.after, s, who}, place.place, -1, c.one(who)}
			if was != nil && who < len(was.Answers) {
				m.from = was.count(q).one(who)
			}
			if m.to >= 0 {
				all = append(all, m)
			}
		}
	}
	return all
}

// hiddenMoves looks for another world for each count of moves that is hidden: of places of which nothing is published every count, of those of which the margins are published the counts of people in small rows.
// Two people of the place have said each other's word after, so that both results stay; and where all moves over all are published, two of another such place have done the contrary. Or two people of two places
// of which nothing is published have changed places.
func (w *worlds) hiddenMoves(p pair, q *domain.Question, rule domain.Suppression) (found []string, secrets int) {
	in, after := &Inputs{s: w.s}, w.s.pools[p.after]
	x, err := in.changing(p, q, &Head{Parameters: map[string]string{}})
	require.NoError(w.t, err)
	var all []mover
	for _, place := range after.places() {
		if x.hidden[place.place] || x.inner[place.place] {
			all = append(all, in.movers(p, q, place)...)
		}
	}
	for i, place := range x.places {
		if !x.hidden[place] && !x.inner[place] {
			continue
		}
		for from, row := range x.of[i].table() {
			if !x.hidden[place] && sum(row) >= rule.MinBase {
				continue
			}
			for to, n := range row {
				if n == 0 {
					continue
				}
				secrets++
				if !w.moved(all, place, from, to, x.hidden) {
					found = append(found, fmt.Sprintf("%s/%s: %d of %d moved from %s to %s", p.key(), place, n, sum(row), cellsOf(q)[from].name, cellsOf(q)[to].name))
				}
			}
		}
	}
	return found, secrets
}

// moved looks for a world in which another number of people of a place moved from one answer to another.
func (w *worlds) moved(all []mover, place domain.Place, from, to int, hidden map[domain.Place]bool) bool {
	var here, there, movers []mover
	for _, m := range all {
		switch {
		case m.place != place:
			there = append(there, m)
		case m.from == from && m.to == to:
			movers, here = append(movers, m), append(here, m)
		default:
			here = append(here, m)
		}
	}
	for _, a := range movers {
		for _, b := range here { // each other's word after
			if b.from == from || b.to == to {
				continue
			}
			first := swap(a.seat, b.seat)
			if w.same(first...) {
				return true
			}
			for i, c := range all { // and two others, here or elsewhere, so that nothing over all has changed
				for _, d := range all[i+1:] {
					if c.place == d.place && c.to != d.to && !slices.ContainsFunc([]mover{a, b}, func(m mover) bool { return m.seat == c.seat || m.seat == d.seat }) && w.same(append(first, swap(c.seat, d.seat)...)...) {
						return true
					}
				}
			}
		}
		if !hidden[place] {
			continue
		}
		for _, b := range there { // each other's place
			if hidden[b.place] && (b.from != from || b.to != to) && w.same(w.both(a.seat, b.seat)...) {
				return true
			}
		}
		if hidden[World] && w.another(a) {
			return true
		}
	}
	return false
}

// another looks for a world in which somebody alone said another word before or after.
func (w *worlds) another(a mover) bool {
	q := (&Inputs{s: w.s}).question(a.asked.Question)
	for _, p := range (&Inputs{s: w.s}).pairs() {
		for _, asked := range []Asked{p.after, p.before} {
			at := seat{asked, a.sheet.Room.Sheet(asked), a.who}
			if p.after != a.asked || at.sheet == nil {
				continue
			}
			words := []domain.Answer{}
			for _, o := range q.Options {
				words = append(words, domain.Answer{Option: o.ID})
			}
			for point := range q.Points {
				words = append(words, domain.Answer{Point: point + 1})
			}
			for _, word := range words {
				if word.Compare(*at.answer()) != 0 && w.same(turn{at, &word}) {
					return true
				}
			}
		}
	}
	return false
}

// Somebody who reads every public document cannot tell how one of few people moved where moves are hidden: for each such count there is another world, in which all documents have the same bytes.
func TestOtherWorldsOfMoves(t *testing.T) {
	t.Parallel()
	secrets := 0
	for name, s := range map[string]*State{"an edition of small rooms": thinned(t, 2), "another": thinned(t, 3), "one more": thinned(t, 1), "large rooms": movingHall(t)} {
		w, in := worldsOf(t, s), &Inputs{s: s}
		w.but = Reason.Name // one number over all answers of all pairs of people, to no question by itself: other worlds with the same are farther away
		for _, p := range in.pairs() {
			found, n := w.hiddenMoves(p, in.question(p.after.Question), in.suppression(p.after.Edition, &Head{Parameters: map[string]string{}}))
			require.Empty(t, found, name)
			secrets += n
		}
	}
	require.Greater(t, secrets, 100)
}

// movingHall is a world of large rooms and two small ones, most of whose people answered twice, in which hardly anybody chose one of the options.
func movingHall(t *testing.T) *State {
	w := crossWorld(t, 10)
	chance := rand.New(rand.NewPCG(8, 1))
	q := w.question("ar_q", choice("a", "b", "c", "d"))
	option := func() domain.OptionID {
		if chance.IntN(40) == 0 {
			return "d"
		}
		return domain.OptionID("abc"[chance.IntN(3):][:1])
	}
	for i, people := range []int{150, 130, 170, 90, 8, 12} {
		id := domain.DialogueID("dl_" + strconv.Itoa(i))
		w.crossed(id, domain.Place("A"+string(rune('A'+i))))
		for n := range people {
			who, before := "p"+strconv.Itoa(n), option()
			if n%9 != 0 {
				w.cast(id, who, q, domain.PreWave, "", domain.Answer{Option: before})
			}
			if n%8 != 0 {
				if chance.IntN(2) == 0 {
					before = option()
				}
				w.cast(id, who, q, domain.PostWave, "", domain.Answer{Option: before})
			}
		}
	}
	return w.state
}
