package measures

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// hall is a world of large rooms and two small ones, with volunteers whose school is not known of a few in each room.
func hall(t *testing.T) *world {
	w := crossWorld(t, 10)
	chance := rand.New(rand.NewPCG(7, 1))
	q := w.question("ar_q", choice("a", "b", "c"))
	for i, people := range []int{150, 130, 170, 8, 12} {
		id := domain.DialogueID("dl_" + strconv.Itoa(i))
		w.crossed(id, domain.Place("A"+string(rune('A'+i))))
		for n := range people {
			who := "p" + strconv.Itoa(n)
			school := chance.IntN(3)
			if n%25 == 3 {
				school = 3 // not known
			}
			w.profile(id, who, school, chance.IntN(2))
			w.cast(id, who, q, domain.SessionWave, "", domain.Answer{Option: domain.OptionID("abc"[chance.IntN(3):][:1])})
		}
	}
	return w
}

// person is somebody of a place and a stratum of each dimension.
type person struct {
	seat
	strata [2]int // of the dimension that is looked at, and of the other one
}

// Somebody who reads every public document of large rooms, crosstabs of places among them, cannot tell what people of a small stratum of a place said, nor those of a hidden place: for each such count there is
// another world, in which all of these documents have the same bytes. Four people have exchanged their answers, so that no sum has changed.
func TestOtherWorldsOfOwnCrosstabs(t *testing.T) {
	t.Parallel()
	w := hall(t)
	asked := w.state.order[slices.IndexFunc(w.state.order, func(a Asked) bool { return a.Question.ID == "ar_q" })]
	in, pool := &Inputs{s: w.state}, w.state.pools[asked]
	q, plan := in.question(asked.Question), in.crossPlan(asked)
	x, err := in.crossing(asked, pool, q, plan)
	require.NoError(t, err)
	other := worldsOf(t, w.state)
	found, secrets := other.recovered(func(a Asked) bool { return a == asked })
	require.Empty(t, found)
	require.NotZero(t, secrets)

	hidden := in.hides(asked, pool, q)
	for d, dim := range x.dimensions {
		owns := x.owns(d)
		require.Contains(t, owns, domain.Place("AA"), dim.name)
		people := peopleOfHall(in, asked, pool, plan, dim.name)
		shown := func(a person, i int) bool { // whether the part of a place that somebody is in is published: of this dimension, or of the other one
			of := (d + i) % len(x.dimensions)
			return slices.Contains(x.owns(of), a.sheet.Room.Place) && !x.own[of].Kept[a.strata[i]]
		}
		small := 0
		for p, at := range pool.places() {
			for s, cells := range dim.table.Cells[p] {
				if n := sum(cells); n == 0 || n >= 10 {
					continue
				}
				require.True(t, !slices.Contains(owns, at.place) || x.own[d].Kept[s], "a small part is not published")
				for j, c := range cellsOf(q) {
					small++
					require.True(t, other.elsewhere(people, shown, hidden, at.place, s, c.name), "%s, %s %d, %s: %d", at.place, dim.name, s, c.name, cells[j])
				}
			}
		}
		require.NotZero(t, small, dim.name)
	}
}

// peopleOfHall are those who answered a question, with their strata: of a dimension, and of the other one.
func peopleOfHall(in *Inputs, asked Asked, pool *Pool, plan *domain.MeasurePlan, dimension string) (all []person) {
	for _, sheet := range pool.Sheets {
		dimensions, strata := in.strataOf(sheet.Room, asked.Edition, plan)
		for _, at := range seats(asked, []*Sheet{sheet}) {
			who := person{seat: at}
			for i, d := range dimensions {
				s := strata[i][at.who]
				if s < 0 {
					s = len(d.Strata)
				}
				if d.Name == dimension {
					who.strata[0] = s
				} else {
					who.strata[1] = s
				}
			}
			all = append(all, who)
		}
	}
	return all
}

// elsewhere looks for a world in which one person more, or less, of a part gave an answer: two people exchange answers who are in one place or both in hidden ones, and if strata have changed by that, two others
// exchange the same answers the other way.
func (w *worlds) elsewhere(people []person, shown func(a person, dimension int) bool, hidden map[domain.Place]bool, place domain.Place, stratum int, cell string) bool {
	gave := func(a person) string { return string(a.answer().Option) }
	here := func(a person) bool { return a.sheet.Room.Place == place && a.strata[0] == stratum }
	may := func(a, b person) bool { // exchange
		if a.sheet.Room.Place != b.sheet.Room.Place && !(hidden[a.sheet.Room.Place] && hidden[b.sheet.Room.Place]) {
			return false
		}
		for i := range a.strata {
			if a.strata[i] != b.strata[i] && (shown(a, i) || shown(b, i)) {
				return false
			}
		}
		return true
	}
	takesBack := func(a, b, c, d person) bool {
		for i := range a.strata {
			if a.strata[i] == b.strata[i] && c.strata[i] != d.strata[i] || a.strata[i] != b.strata[i] && (c.strata[i] != a.strata[i] || d.strata[i] != b.strata[i]) {
				return false
			}
		}
		return true
	}
	tries := 0
	for _, a := range people {
		if !here(a) {
			continue
		}
		for _, b := range people {
			if (gave(a) == cell) == (gave(b) == cell) || here(b) || !may(a, b) {
				continue
			}
			if a.strata == b.strata && w.same(swap(a.seat, b.seat)...) {
				return true
			}
			for _, c := range people {
				if gave(c) != gave(b) || here(c) || c.seat == b.seat {
					continue
				}
				for _, d := range people {
					if gave(d) != gave(a) || here(d) || !takesBack(a, b, c, d) || !may(c, d) {
						continue
					}
					if tries++; tries > 100 {
						return false
					}
					if w.same(append(swap(a.seat, b.seat), swap(c.seat, d.seat)...)...) {
						return true
					}
				}
			}
		}
	}
	return false
}
