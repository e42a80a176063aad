package measures

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/projections/stats/disclosure"
	"daybook.internal/replay/verify/verifytest"
	"daybook.internal/simulate"
)

// An attack knows everything that is published about one question, and how many people are in every row besides. Rows are counts by answer; what is shown of them is read from
// documents, and what they really are from the answers.
type attack struct {
	t       require.TestingT
	table   disclosure.Table
	sums    []disclosure.Sum
	hidden  []bool
	names   []string
	secret  []bool // rows whose counts nobody may reckon where they are hidden
	somehow []bool // of which a zero may be reckoned
	alone   []bool // too small by itself
	later   []bool // of crosstabs and change: what follows without them is no fault of theirs
}

// row adds a row; shown is what is published of it, nil where it is hidden.
func (a *attack) row(name string, people int, truth, shown []int, secret bool) int {
	if shown != nil {
		require.Equal(a.t, truth, shown, "%s: what is published is true", name)
	}
	a.table.Cells, a.table.People = append(a.table.Cells, truth), append(a.table.People, people)
	a.table.Valid = a.table.People
	a.hidden, a.names, a.secret = append(a.hidden, shown == nil), append(a.names, name), append(a.secret, secret)
	a.somehow, a.alone, a.later = append(a.somehow, false), append(a.alone, false), append(a.later, false)
	return len(a.names) - 1
}

func (a *attack) add(total int, parts ...int) {
	a.sums = append(a.sums, disclosure.Sum{Total: total, Parts: parts})
}

// tells says that a row that is shown by itself tells a count of its parts: nobody gave the answer, or everybody.
func (a *attack) tells(row, j int, hidden []bool) bool {
	x := a.table.Cells[row][j]
	return !hidden[row] && (x == 0 || x == a.table.People[row])
}

// recovered are the counts that follow where these rows are hidden. single says that everybody is in one cell.
func (a *attack) recovered(hidden []bool, single bool) (found []string) {
	t := a.table
	if single {
		t.People, t.Valid = nil, nil // counts of a row come to its people
	}
	bounds, err := disclosure.Attack(&t, a.sums, hidden, true)
	require.NoError(a.t, err)
	for i, cells := range bounds {
		for j, b := range cells {
			if !hidden[i] || !a.secret[i] || a.table.People[i] == 0 || b.Least != b.Most || (a.somehow[i] && b.Most == 0) {
				continue
			}
			told := false
			for _, s := range a.sums { // what one shown row tells of all its parts, and they of theirs
				told = told || slices.Contains(s.Parts, i) && (a.told(s.Total, j, hidden) || a.whole(i, s.Total, hidden))
			}
			if !told {
				found = append(found, fmt.Sprintf("%s, answer %d: %d", a.names[i], j, b.Least))
			}
		}
	}
	return found
}

// whole says that a row holds everybody of a total that is shown: it is the total.
func (a *attack) whole(row, total int, hidden []bool) bool {
	return !hidden[total] && a.table.People[row] == a.table.People[total]
}

func (a *attack) told(row, j int, hidden []bool) bool {
	if a.tells(row, j, hidden) {
		return true
	}
	return slices.ContainsFunc(a.sums, func(s disclosure.Sum) bool { return slices.Contains(s.Parts, row) && a.told(s.Total, j, hidden) })
}

// found is what is recovered, but for what would be without crosstabs or change, from results alone and how many people are in each row.
func (a *attack) found(hidden []bool, single bool) (found []string) {
	without := slices.Clone(hidden)
	for i := range without {
		without[i] = without[i] || a.later[i]
	}
	anyway := a.recovered(without, single)
	for _, f := range a.recovered(hidden, single) {
		if !slices.Contains(anyway, f) {
			found = append(found, f)
		}
	}
	for i, name := range a.names {
		for _, f := range anyway {
			if !a.later[i] && strings.HasPrefix(f, name+", answer ") {
				found = append(found, f)
			}
		}
	}
	return found
}

// carelessly is what is hidden where only what is too small by itself is.
func (a *attack) carelessly() []bool {
	hidden := slices.Clone(a.hidden)
	for i := range hidden {
		hidden[i] = a.alone[i] || (a.hidden[i] && !a.secret[i])
	}
	return hidden
}

// published reads a document of a view; false where there is none.
func published(t require.TestingT, s *State, v View, key string, d any) {
	doc, err := v.Compute(s, key, func(int, int) error { return nil })
	require.NoError(t, err)
	require.True(t, v.Public)
	require.NoError(t, json.Unmarshal(doc.Data, d))
}

// countOf turns a share with six digits back into people.
func countOf(share Number, base int) int { return int(math.Round(float64(share) * float64(base))) }

// attackQuestion is the attack on one question: its results, estimates and crosstabs.
func attackQuestion(t require.TestingT, s *State, asked Asked, q *domain.Question) *attack {
	in, a := &Inputs{s: s}, &attack{t: t}
	pool := s.pools[asked]
	rule := in.suppression(asked.Edition, &Head{Parameters: map[string]string{}})
	result := func(place domain.Place) []int {
		var d ResultDoc
		published(t, s, Result, asked.String()+"/"+string(place), &d)
		if d.Suppressed {
			require.Nil(t, d.Base)
			require.Empty(t, d.Options)
			return nil
		}
		counts := []int{}
		for _, o := range d.Options {
			if *d.Base > 0 {
				require.Equal(t, o.Count, countOf(o.Share, *d.Base))
			}
			counts = append(counts, o.Count)
		}
		return counts
	}
	world := count(q, pool.Sheets)
	everybody := a.row("world", world.valid, world.cells, result(World), true)
	var places []int
	shown := []domain.Place{}
	for _, at := range pool.places() {
		c := count(q, at.sheets)
		r := a.row(string(at.place), c.valid, c.cells, result(at.place), true)
		a.alone[r] = c.valid > 0 && c.valid < rule.MinBase
		if places = append(places, r); !a.hidden[r] && c.valid > 0 {
			shown = append(shown, at.place)
		}
	}
	a.add(everybody, places...)
	var e EstimateDoc
	published(t, s, GlobalEstimate, asked.String(), &e)
	require.Equal(t, shown, e.Countries, "estimates rest on what is shown, and tell no more than its sum")
	for j, o := range e.Options {
		if o.Pooled != nil {
			n := 0
			for i, r := range places {
				if slices.Contains(shown, pool.places()[i].place) {
					n += a.table.Cells[r][j]
				}
			}
			require.Equal(t, n, countOf(o.Pooled.Value, o.Pooled.Base))
		}
	}
	plan := in.crossPlan(asked)
	if plan == nil || !hasCrosstab(asked, q) {
		return a
	}
	x, err := in.crossing(asked, pool, q, plan)
	require.NoError(t, err)
	for _, dim := range x.dimensions {
		a.crosstabs(s, asked, dim, everybody, places, rule.MinBase)
	}
	return a
}

// attackChange is the attack on one question before and after: on the answers of those who answered once, wave by wave, and on the moves.
func attackChange(t require.TestingT, s *State, p pair, q *domain.Question) (attacks []*attack) {
	in := &Inputs{s: s}
	before, after := s.pools[p.before], s.pools[p.after]
	rule := in.suppression(p.after.Edition, &Head{Parameters: map[string]string{}})
	type change struct {
		doc   ChangeDoc
		m     *matched
		place domain.Place
	}
	var of []change
	for _, place := range everywhere(p.after, after) {
		c := change{place: domain.Place(place)}
		published(t, s, Change, p.key()+"/"+place, &c.doc)
		c.m = match(q, p.before, after.of(c.place))
		if c.doc.Suppressed {
			require.Nil(t, c.doc.Moves)
			require.Nil(t, c.doc.Scale)
		}
		of = append(of, c)
	}
	for wave, asked := range []Asked{p.before, p.after} {
		a := &attack{t: t}
		var answered, twice, once []int
		for _, c := range of {
			sheets := s.pools[asked].of(c.place)
			all := count(q, sheets)
			var d ResultDoc
			if len(sheets) > 0 {
				published(t, s, Result, asked.String()+"/"+string(c.place), &d)
			}
			counts := []int{}
			for _, o := range d.Options {
				counts = append(counts, o.Count)
			}
			if d.Suppressed || len(sheets) == 0 {
				counts = nil
			}
			truth, few := make([]int, len(all.cells)), make([]int, len(all.cells))
			for _, x := range [2][]int{c.m.before, c.m.after}[wave] {
				truth[x]++
			}
			var shares []int
			if !c.doc.Suppressed {
				shares = []int{}
				for _, o := range c.doc.Shares {
					shares = append(shares, countOf([2]Number{o.Before, o.After}[wave], *c.doc.Matched))
				}
			}
			for j := range few {
				few[j] = all.cells[j] - truth[j]
			}
			n := sum(few)
			answered = append(answered, a.row("answered "+string(c.place), all.valid, all.cells, counts, false))
			twice = append(twice, a.row("twice "+string(c.place), c.m.n(), truth, shares, c.m.n() < rule.MinBase))
			once = append(once, a.row("once "+string(c.place), n, few, nil, n < rule.MinBase))
			a.alone[twice[len(twice)-1]] = c.m.n() < rule.MinBase
			a.alone[once[len(once)-1]] = true
			a.somehow[twice[len(twice)-1]], a.somehow[once[len(once)-1]] = true, true
			a.later[twice[len(twice)-1]], a.later[once[len(once)-1]] = true, true
			a.add(answered[len(answered)-1], twice[len(twice)-1], once[len(once)-1])
		}
		a.add(twice[0], twice[1:]...)
		if slices.EqualFunc(before.places(), after.places(), func(a, b placed) bool { return a.place == b.place }) { // else there are more parts
			a.add(once[0], once[1:]...)
			a.add(answered[0], answered[1:]...)
		}
		attacks = append(attacks, a)
	}
	a := &attack{t: t}
	var rows [][]int
	for _, c := range of {
		var of []int
		margin := make([]int, c.m.cells)
		for x, cells := range c.m.table() {
			n := sum(cells)
			var shown []int
			if !c.doc.Suppressed && !c.doc.MovesHidden {
				shown = c.doc.Moves.Table[x]
			}
			r := a.row(fmt.Sprintf("%s from %d", c.place, x), n, cells, shown, n > 0 && n < rule.MinBase)
			of, a.somehow[r], a.alone[r], a.later[r] = append(of, r), true, n > 0 && n < rule.MinBase, true
			for j, k := range cells {
				margin[j] += k
			}
		}
		var shown []int
		if !c.doc.Suppressed {
			shown = margin
		}
		rows = append(rows, of)
		a.add(a.row(string(c.place)+" after", sum(margin), margin, shown, false), of...)
	}
	for x := range rows[0] {
		var parts []int
		for _, of := range rows[1:] {
			parts = append(parts, of[x])
		}
		a.add(rows[0][x], parts...)
	}
	return append(attacks, a)
}

// attackAll recovers what can be recovered from everything that is published, and what could be if only small rows were hidden.
func attackAll(t require.TestingT, s *State) (found, careless []string, secrets int) {
	in := &Inputs{s: s}
	try := func(what string, a *attack, single bool) {
		for _, f := range a.found(a.hidden, single) {
			found = append(found, what+": "+f)
		}
		careless = append(careless, a.found(a.carelessly(), single)...)
		for i := range a.hidden {
			if a.hidden[i] && a.secret[i] && a.table.People[i] > 0 {
				secrets++
			}
		}
	}
	for _, asked := range s.order {
		if q := in.question(asked.Question); len(cellsOf(q)) > 0 {
			try(asked.String(), attackQuestion(t, s, asked, q), q.Kind != domain.MultipleChoice)
		}
	}
	for _, p := range in.pairs() {
		for i, a := range attackChange(t, s, p, in.question(p.after.Question)) {
			try(p.key()+" "+strconv.Itoa(i), a, true)
		}
	}
	return found, careless, secrets
}

// Nothing that is hidden of a synthetic edition with small rooms follows from everything that is published of it. If only small rows were hidden, much would.
func TestAttackEditions(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		o := verifytest.Small
		o.Seed = simulate.Options{Seed: seed + 1}.Seed
		o.Countries, o.Citizens = 4, 14
		s := NewState()
		for _, r := range verifytest.Edition(t, o).Records {
			f, err := r.Decode()
			require.NoError(t, err)
			require.NoError(t, s.Apply(f))
		}
		found, careless, secrets := attackAll(t, s)
		require.Empty(t, found)
		require.NotEmpty(t, careless, "the attack finds what is not protected")
		require.Greater(t, secrets, 100)
	}
}

// The same of worlds of any sizes.
func TestAttackWorlds(t *testing.T) {
	t.Parallel()
	careless := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := crossWorld(t, 5)
		options := rapid.IntRange(2, 3).Draw(rt, "options")
		several := rapid.Bool().Draw(rt, "several")
		q := choice([]domain.OptionID{"a", "b", "c"}[:options]...)
		if several {
			q.Kind = domain.MultipleChoice
		}
		ref := w.question("ar_q", q)
		for i := range rapid.IntRange(1, 4).Draw(rt, "places") {
			id := domain.DialogueID("dl_" + strconv.Itoa(i))
			w.crossed(id, domain.Place("AA"[:1]+string(rune('A'+i))))
			for n := range rapid.IntRange(0, 25).Draw(rt, "people") {
				who := "p" + strconv.Itoa(n)
				w.profile(id, who, rapid.IntRange(0, 3).Draw(rt, "school"), rapid.IntRange(0, 2).Draw(rt, "age"))
				give := func(wave domain.Wave) {
					a := domain.Answer{Option: q.Options[min(rapid.IntRange(0, options+1).Draw(rt, "answer"), options-1)].ID}
					if several {
						a = domain.Answer{Options: []domain.OptionID{a.Option}}
						if a.Options[0] != "b" && rapid.Bool().Draw(rt, "b too") {
							a.Options = append(a.Options, "b")
							slices.Sort(a.Options)
						}
					}
					w.cast(id, who, ref, wave, "", a)
				}
				if rapid.IntRange(0, 9).Draw(rt, "before") > 0 {
					give(domain.PreWave)
				}
				if rapid.IntRange(0, 9).Draw(rt, "after") > 0 {
					give(domain.PostWave)
				}
			}
		}
		found, open, _ := attackAll(rt, w.state)
		require.Empty(rt, found)
		careless += len(open)
	})
	require.NotZero(t, careless, "the attack finds what is not protected")
}
