package measures

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay/verify/verifytest"
)

// crosstabs adds what a dimension's crosstabs publish, those of all places and of single ones, to an attack on a question: the rows of strata, of their parts in places, and of what remains of them when
// everything published is taken away.
func (a *attack) crosstabs(s *State, asked Asked, dim crossed, everybody int, places []int, least int) {
	var d CrosstabDoc
	published(a.t, s, Crosstab, asked.String()+"/"+dim.name+"/world", &d)
	own := map[int]*CrosstabDoc{} // by number of the place
	for p, r := range places {
		place := domain.Place(a.names[r])
		if slices.Contains(d.Places, place) {
			own[p] = &CrosstabDoc{}
			published(a.t, s, Crosstab, asked.String()+"/"+dim.name+"/"+string(place), own[p])
			require.False(a.t, a.hidden[r], "the results of a place with a crosstab are published")
			require.Equal(a.t, a.table.People[r], *own[p].Base)
			continue
		}
		_, err := Crosstab.Compute(s, asked.String()+"/"+dim.name+"/"+string(place), nil)
		require.ErrorIs(a.t, err, ErrNoDocument)
	}
	var strata []int
	parts := make([][]int, len(places))
	for n := range d.Strata {
		truth, people := make([]int, len(a.table.Cells[everybody])), 0
		var of []int
		for p, cells := range dim.table.Cells {
			base := sum(cells[n])
			if dim.table.People != nil {
				base = dim.table.People[p][n]
			}
			part := a.row(fmt.Sprintf("%s, %s %d", a.names[places[p]], dim.name, n), base, cells[n], a.stratum(own[p], n, base), base > 0 && base < least)
			a.alone[part] = base > 0 && base < least
			a.later[part] = true
			for j, k := range cells[n] {
				truth[j] += k
			}
			people, of, parts[p] = people+base, append(of, part), append(parts[p], part)
		}
		r := a.row(dim.name+" "+strconv.Itoa(n), people, truth, a.stratum(&d, n, people), true)
		a.alone[r], a.later[r] = people > 0 && people < least, true
		a.add(r, of...)
		strata = append(strata, r)
		a.remains(dim.name+" "+strconv.Itoa(n), r, of, least)
	}
	a.add(everybody, strata...)
	for p, of := range parts {
		a.add(places[p], of...)
		if own[p] != nil {
			a.remains(a.names[places[p]]+" by "+dim.name, places[p], of, least)
		}
	}
}

// stratum is what a crosstab publishes of one stratum; nil: nothing.
func (a *attack) stratum(d *CrosstabDoc, n, people int) []int {
	if d == nil {
		return nil
	}
	of := d.Strata[n]
	if of.Suppressed {
		require.Nil(a.t, of.Base)
		require.Empty(a.t, of.Options)
		return nil
	}
	require.Equal(a.t, people, *of.Base)
	counts := []int{}
	for _, o := range of.Options {
		counts = append(counts, o.Count)
	}
	return counts
}

// remains adds what a published total leaves when its published parts are taken away: it is as good as published, so it is of nobody or of as many as the least base, and may tell by itself that nobody of its
// parts gave an answer.
func (a *attack) remains(name string, total int, parts []int, least int) {
	var hidden []int
	truth, people := slices.Clone(a.table.Cells[total]), a.table.People[total]
	for _, i := range parts {
		if a.hidden[i] {
			hidden = append(hidden, i)
			continue
		}
		people -= a.table.People[i]
		for j, x := range a.table.Cells[i] {
			truth[j] -= x
		}
	}
	if a.hidden[total] || len(hidden) == 0 || len(hidden) == len(parts) {
		return
	}
	require.True(a.t, people == 0 || people >= least, "%s: %d remain", name, people)
	r := a.row(name+", what remains", people, truth, truth, false)
	a.later[r] = true
	a.add(r, hidden...)
}

// Nothing that is hidden follows from crosstabs of places, in rooms large enough for them. If each place published all strata that are large enough by themselves, much would.
func TestAttackOwnCrosstabs(t *testing.T) {
	t.Parallel()
	o := verifytest.Small
	o.Countries, o.Citizens = 3, 90
	s := NewState()
	for _, r := range verifytest.Edition(t, o).Records {
		f, err := r.Decode()
		require.NoError(t, err)
		require.NoError(t, s.Apply(f))
	}
	found, _, secrets := attackAll(t, s)
	require.Empty(t, found)
	require.Greater(t, secrets, 100)
	careless := 0
	for _, asked := range s.order {
		if q := (&Inputs{s: s}).question(asked.Question); q.Kind == domain.SingleChoice && hasCrosstab(asked, q) {
			a := attackQuestion(t, s, asked, q)
			careless += len(a.found(a.alone, true))
		}
	}
	require.NotZero(t, careless, "the attack finds what is not protected")
	own := 0
	for _, key := range Crosstab.Keys(s) {
		if _, rest, err := parseAsked(key, 2); err == nil && domain.Place(rest[1]) != World {
			own++
		}
	}
	require.Greater(t, own, 30, "places have crosstabs of their own")
}
