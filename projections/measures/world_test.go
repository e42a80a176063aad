package measures

import (
	"encoding/json"
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay/verify/verifytest"
)

const (
	anEdition = domain.EditionID("ed_1")
	aSession  = domain.SessionID("s1")
)

// A world is a State that a test fills fact by fact.
type world struct {
	t         testing.TB
	state     *State
	seq       uint64
	revisions map[domain.StreamID]uint64
}

func newWorld(t testing.TB) *world {
	return &world{t, NewState(), 0, map[domain.StreamID]uint64{}}
}

// add applies an event of a dialogue, or of the edition as a whole.
func (w *world) add(d domain.DialogueID, stream domain.StreamID, e domain.Event) {
	w.t.Helper()
	f := domain.Fact{Event: e}
	f.Seq, f.Stream, f.Revision = w.seq, stream, w.revisions[stream]
	f.Meta.Source, f.Meta.Dialogue, f.Meta.Time = anEdition, d, domain.Time(w.seq)*1000
	require.NoError(w.t, w.state.Apply(f))
	w.seq++
	w.revisions[stream]++
}

func (w *world) protocol(p domain.ProtocolFrozen) {
	p.Edition = anEdition
	w.add("", "edition-ed_1", p)
}

func (w *world) dialogue(id domain.DialogueID, place domain.Place, sample domain.SampleType) {
	w.add(id, domain.StreamID("dialogue-"+id), domain.DialogueRegistered{Dialogue: id, Edition: anEdition, Place: place, SampleType: sample, Languages: []domain.Lang{"en"}})
}

// question puts a question before people, as version 1.
func (w *world) question(id domain.ArtefactID, q domain.Question) domain.ArtefactRef {
	w.add("", domain.StreamID("artefact-"+id), domain.ArtefactVersionAdded{Artefact: id, Version: 1, Kind: domain.QuestionArtefact, Question: &q, SourceLang: "en"})
	return domain.ArtefactRef{ID: id, Version: 1}
}

// cast gives an answer; table may be empty.
func (w *world) cast(d domain.DialogueID, who string, ref domain.ArtefactRef, wave domain.Wave, table domain.TableID, a domain.Answer) {
	w.add(d, domain.StreamID("ballot-"+string(d)+"/"+who), domain.BallotCast{
		Dialogue: d, Pseudonym: domain.Pseudonym(who), Session: aSession, Wave: wave, Question: ref, Lang: "en", Answer: a, Table: table, Revision: 1,
	})
}

// many gives the same answer for so many people who gave none before.
func (w *world) many(d domain.DialogueID, ref domain.ArtefactRef, n int, a domain.Answer) {
	for range n {
		w.cast(d, "p"+strconv.FormatUint(w.seq, 10), ref, domain.SessionWave, "", a)
	}
}

// document computes a document of a view and reads it into d.
func (w *world) document(v View, key string, d any) {
	w.t.Helper()
	doc, err := v.Compute(w.state, key, nil)
	require.NoError(w.t, err)
	require.NoError(w.t, json.Unmarshal(doc.Data, d))
}

func choice(options ...domain.OptionID) domain.Question {
	q := domain.Question{Kind: domain.SingleChoice, Unit: domain.Individual, Text: domain.In("en", "Which?")}
	for _, o := range options {
		q.Options = append(q.Options, domain.Option{ID: o, Label: domain.In("en", string(o))})
	}
	return q
}

// simulated is the record of a small synthetic edition.
func simulated(t testing.TB) []domain.Fact {
	t.Helper()
	var facts []domain.Fact
	for _, r := range verifytest.Edition(t, verifytest.Small).Records {
		f, err := r.Decode()
		require.NoError(t, err)
		facts = append(facts, f)
	}
	return facts
}

func stateOf(t testing.TB, facts []domain.Fact) *State {
	t.Helper()
	s := NewState()
	for _, f := range facts {
		require.NoError(t, s.Apply(f))
	}
	return s
}

var errStop = errors.New("enough")
