package measures

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/replay/verify/verifytest"
)

// Other worlds: a hidden number is safe if there is another world, in which it is another one, and everything that is published is the same to the byte: every document of every public view, with all
// its counts, means, estimates, p-values, flags and warnings, of all waves and places. Whoever reads them cannot tell the two apart, whatever they reckon.

// worlds is a State whose people may change places, with everything that is published of it.
type worlds struct {
	t         *testing.T
	s         *State
	documents map[projections.Ref][]byte
	ballots   map[Asked][]byte              // what a release has of a question one by one
	rests     map[*uint64][]projections.Ref // the documents that rest on an input, by its stamp
	but       string                        // a view that may differ
}

func worldsOf(t *testing.T, s *State) *worlds {
	w := &worlds{t: t, s: s, documents: map[projections.Ref][]byte{}, ballots: map[Asked][]byte{}, rests: map[*uint64][]projections.Ref{}}
	for _, v := range All() {
		if !v.Public {
			continue
		}
		for _, key := range v.Keys(s) {
			ref := projections.Ref{View: v.Name, Key: key}
			job, err := v.Begin(s, key)
			require.NoError(t, err)
			doc, err := job.Finish(nil)
			require.NoError(t, err)
			w.documents[ref] = doc.Data
			for _, stamp := range job.in.stamps {
				if of := w.rests[stamp]; len(of) == 0 || of[len(of)-1] != ref {
					w.rests[stamp] = append(of, ref)
				}
			}
		}
	}
	for _, asked := range s.order {
		w.ballots[asked] = w.open(asked)
	}
	return w
}

// open are the ballots of a question that are published one by one.
func (w *worlds) open(asked Asked) []byte {
	open, _ := (&Inputs{s: w.s}).open(asked)
	data, err := json.Marshal(open)
	require.NoError(w.t, err)
	return data
}

// seat is where one answer of one person stands.
type seat struct {
	asked Asked
	sheet *Sheet
	who   int
}

func (a seat) answer() *domain.Answer { return a.sheet.Of(a.who) }

// A turn gives somebody another answer.
type turn struct {
	seat
	to *domain.Answer
}

// swap lets two people exchange their answers.
func swap(a, b seat) []turn { return []turn{{a, b.answer()}, {b, a.answer()}} }

// both lets two people exchange what they answered to a question before and after.
func (w *worlds) both(a, b seat) []turn {
	turns := swap(a, b)
	for _, p := range (&Inputs{s: w.s}).pairs() {
		other := p.before
		if a.asked == p.before {
			other = p.after
		} else if a.asked != p.after {
			continue
		}
		x, y := seat{other, a.sheet.Room.Sheet(other), a.who}, seat{other, b.sheet.Room.Sheet(other), b.who}
		if x.sheet != nil && y.sheet != nil && x.who < len(x.sheet.Answers) && y.who < len(y.sheet.Answers) {
			turns = append(turns, swap(x, y)...)
		}
	}
	return turns
}

// give gives an answer, and forgets what was counted before. No stamp moves.
func (w *worlds) give(t turn) (before turn) {
	before = turn{t.seat, t.answer()}
	t.sheet.Answers[t.who].Answer = t.to
	t.sheet.counted, t.sheet.weighed, t.sheet.Room.strata = nil, sheetWeights{}, roomStrata{}
	return before
}

// same tells whether everything that is published is the same after some turns, and takes them back.
func (w *worlds) same(turns ...turn) bool {
	var back []turn
	for _, t := range turns {
		back = append(back, w.give(t))
	}
	w.recount(turns)
	defer func() {
		for _, t := range slices.Backward(back) {
			w.give(t)
		}
		w.recount(turns)
	}()
	tried := map[projections.Ref]bool{}
	for _, t := range turns {
		if !bytes.Equal(w.open(t.asked), w.ballots[t.asked]) {
			return false
		}
		for _, stamp := range []*uint64{&w.s.pools[t.asked].at, &t.sheet.Room.at} {
			for _, ref := range w.rests[stamp] {
				if tried[ref] || ref.View == w.but || ref.View == Crosstab.Name && t.asked.Wave == domain.ProfileWave { // people of other strata are in all crosstabs, and no other world is so near
					continue
				}
				tried[ref] = true
				v, _ := ByName(ref.View)
				doc, err := v.Compute(w.s, ref.Key, nil)
				require.NoError(w.t, err)
				if !bytes.Equal(doc.Data, w.documents[ref]) {
					return false
				}
			}
		}
	}
	return true
}

// recount counts the crosstabs of questions anew, with what was decided on them. Nobody is told why something is hidden, so the other world may hide for other reasons.
func (w *worlds) recount(turns []turn) {
	in := &Inputs{s: w.s}
	for _, asked := range w.s.order {
		p := w.s.pools[asked]
		strata := slices.ContainsFunc(turns, func(t turn) bool { return t.asked.Wave == domain.ProfileWave })
		if p.crossed == nil || !strata && !slices.ContainsFunc(turns, func(t turn) bool { return t.asked == asked }) {
			continue
		}
		profiles := make([]profile, len(p.Sheets))
		for i, s := range p.Sheets {
			profiles[i].dimensions, profiles[i].strata = in.strataOf(s.Room, asked.Edition, p.crossed.plan)
		}
		for i := range p.crossed.dimensions {
			d := &p.crossed.dimensions[i]
			hidden := d.hidden
			*d = p.cross(in.question(asked.Question), profiles, d.name)
			d.hidden = hidden
		}
	}
}

// seats are those who gave a valid answer in a place.
func seats(asked Asked, sheets []*Sheet) (of []seat) {
	for _, s := range sheets {
		for who, g := range s.Answers {
			if g.Answer != nil && g.Answer.NonResponse == "" {
				of = append(of, seat{asked, s, who})
			}
		}
	}
	return of
}

// hiddenResults looks for another world for each count that a result hides: two people of hidden places, who answered differently, in each other's stead.
func (w *worlds) hiddenResults(asked Asked, q *domain.Question) (found []string, secrets int) {
	in, pool := &Inputs{s: w.s}, w.s.pools[asked]
	hidden := in.hidden(asked, pool, q, &Head{Parameters: map[string]string{}})
	var all []seat
	for _, at := range pool.places() {
		if hidden[at.place] {
			all = append(all, seats(asked, at.sheets)...)
		}
	}
	gives := func(a *domain.Answer, cell string) bool {
		is := false
		if len(a.Ranking) > 0 {
			return slices.Contains(a.Ranking[0], domain.OptionID(cell))
		}
		if len(a.Allocation) > 0 {
			return a.Allocation[domain.OptionID(cell)] > 0
		}
		a.Cells(func(name string, _ int) { is = is || name == cell })
		return is
	}
	cells := cellsOf(q)
	if len(cells) == 0 {
		for _, o := range q.Options {
			cells = append(cells, cell{name: string(o.ID)})
		}
	}
	for _, at := range pool.places() {
		if !hidden[at.place] {
			continue
		}
		for _, c := range cells {
			of, some, everybody := seats(asked, at.sheets), false, true
			for _, x := range seats(asked, pool.Sheets) {
				some, everybody = some || gives(x.answer(), c.name), everybody && gives(x.answer(), c.name)
			}
			if len(of) == 0 || !some || everybody {
				continue // nothing to tell
			}
			secrets++
			if !w.other(of, all, at.place, func(a, b *domain.Answer) bool { return gives(a, c.name) != gives(b, c.name) }) {
				found = append(found, fmt.Sprintf("%s/%s, %s", asked, at.place, c.name))
			}
		}
	}
	return found, secrets
}

// other looks for a world in which somebody of a place gave another answer: that of somebody of another hidden place, who gave theirs, or anybody's, where not even the world is shown.
func (w *worlds) other(of, all []seat, place domain.Place, differ func(a, b *domain.Answer) bool) bool {
	tries := 0
	for _, a := range of {
		for _, b := range all {
			if b.sheet.Room.Place == place || !differ(a.answer(), b.answer()) {
				continue
			}
			if tries++; tries > 60 {
				return false
			}
			if w.same(swap(a, b)...) || w.same(w.both(a, b)...) {
				return true
			}
		}
	}
	tries = 0
	for _, a := range of {
		for _, b := range all {
			if !differ(a.answer(), b.answer()) {
				continue
			}
			if tries++; tries > 60 {
				return false
			}
			if w.same(turn{a, b.answer()}) {
				return true
			}
		}
	}
	return false
}

// thinned is a synthetic edition some of whose rooms are almost empty, and whose people leave out answers.
func thinned(t *testing.T, seed uint64) *State {
	o := verifytest.Small
	o.Seed, o.Countries, o.Citizens = seed, 6, 14
	s := NewState()
	chance := rand.New(rand.NewPCG(seed, 1))
	left, people := map[domain.Pseudonym]bool{}, map[domain.DialogueID]int{}
	for _, r := range verifytest.Edition(t, o).Records {
		f, err := r.Decode()
		require.NoError(t, err)
		if e, ok := f.Event.(domain.BallotCast); ok {
			if _, known := left[e.Pseudonym]; !known {
				size, ok := people[e.Dialogue]
				if !ok {
					size = 2 + chance.IntN(14)
				}
				left[e.Pseudonym], people[e.Dialogue] = size == 0, max(0, size-1)
			}
			if left[e.Pseudonym] || (e.Wave == domain.PostWave || e.Wave == domain.PreWave) && chance.IntN(15) == 0 {
				continue
			}
		}
		if _, ok := f.Event.(domain.BallotVoided); ok {
			continue
		}
		require.NoError(t, s.Apply(f))
		if e, ok := f.Event.(domain.ProtocolFrozen); ok {
			s.edition(e.Edition).protocol.Suppression.MinBase = 6
		}
	}
	return s
}

// recovered are the hidden counts for which there is no other world, and how many there are.
func (w *worlds) recovered(some func(Asked) bool) (found []string, secrets int) {
	in := &Inputs{s: w.s}
	for _, asked := range w.s.order {
		if q := in.question(asked.Question); q.Kind != domain.Open && some(asked) {
			more, n := w.hiddenResults(asked, q)
			found, secrets = append(found, more...), secrets+n
		}
	}
	return found, secrets
}

// No public document tells a hidden count of the edition. If only small places were hidden, many would be told.
func TestOtherWorlds(t *testing.T) {
	t.Parallel()
	s := thinned(t, 1)
	found, secrets := worldsOf(t, s).recovered(func(Asked) bool { return true })
	require.Empty(t, found)
	require.Greater(t, secrets, 500)

	in := &Inputs{s: s}
	for _, asked := range s.order {
		p, q := s.pools[asked], in.question(asked.Question)
		in.hides(asked, p, q)
		p.hidden = map[domain.Place]bool{}
		for _, at := range p.places() {
			if n := count(q, at.sheets).valid; n > 0 && n < 6 {
				p.hidden[at.place] = true
			}
		}
		p.crossed, p.changed = nil, nil
	}
	found, _ = worldsOf(t, s).recovered(func(a Asked) bool { return a.Wave == domain.EvaluationWave })
	require.NotEmpty(t, found, "the attack finds what is not protected")
}
