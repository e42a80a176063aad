package projections

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// asFacts puts events into a history that no decision has looked at, each in a stream of its own.
func asFacts(events ...domain.Event) []domain.Fact {
	var facts []domain.Fact
	for i, e := range events {
		facts = append(facts, domain.Fact{
			Seq: uint64(i), Stream: domain.StreamName("x", domain.TypeOf(e)), Meta: domain.Meta{Source: "ed_1", Dialogue: "dl_1", Time: domain.Time(i + 1)}, Event: e,
		})
	}
	return facts
}

func registered(place domain.Place) domain.DialogueRegistered {
	return domain.DialogueRegistered{Dialogue: "dl_1", Edition: "ed_1", Place: place, SampleType: domain.Quota}
}

// TestImpossibleHistories: an auditor folds whatever a ledger holds. What the decisions would not let in must not make batches matter, either.
func TestImpossibleHistories(t *testing.T) {
	t.Parallel()
	reaction := domain.ReactionCast{Conversation: "dl_1", Respondent: "p", Statement: "s", Value: domain.Agree, Revision: 1}
	for name, events := range map[string][]domain.Event{
		"reaction before the dialogue":      {reaction, registered("KE"), reaction},
		"authorised before it is there":     {domain.DialogueAuthorised{Dialogue: "dl_1"}, domain.DeviationReported{Dialogue: "dl_1"}, registered("KE"), reaction},
		"registered twice":                  {registered("KE"), reaction, registered("NL"), reaction},
		"closed without opening":            {registered("KE"), domain.SessionClosed{Dialogue: "dl_1", Session: "s"}},
		"decided without a draft":           {registered("KE"), domain.RecommendationDecided{Recommendation: "r", Outcome: domain.Adopted}},
		"counted without a call":            {registered("KE"), domain.EndorsementClosed{Recommendation: "r", Chambers: []domain.ChamberCount{{Chamber: domain.CitizenChamber}}}},
		"revised without a draft":           {registered("KE"), domain.RecommendationRevised{Recommendation: "r", Version: 2, SourcesRemoved: []domain.Source{{Ref: domain.Ref{Stream: "x"}}}}},
		"superseded without a draft":        {registered("KE"), domain.RecommendationSuperseded{Recommendation: "r", By: []domain.RecommendationID{"r", "s"}}},
		"the second entry without a first":  {registered("KE"), domain.TallySheetRecorded{Dialogue: "dl_1", Session: "s", Entry: domain.EntryB}, domain.TallyReconciled{Dialogue: "dl_1", Session: "s"}},
		"voided without a vote":             {registered("KE"), domain.BallotVoided{Dialogue: "dl_1", Replaces: domain.Answer{Option: "a"}}},
		"moderated without a statement":     {registered("KE"), domain.StatementModerated{Conversation: "dl_1", Statement: "s", Decision: domain.Hide}},
		"moderated by an unknown decision":  {registered("KE"), domain.StatementModerated{Conversation: "dl_1", Statement: "s", Decision: "burn"}},
		"a reaction of another vocabulary":  {registered("KE"), domain.ReactionCast{Conversation: "dl_1", Statement: "s", Value: "meh"}},
		"linked to itself":                  {registered("KE"), domain.StatementLinked{Conversation: "dl_1", Statement: "s", Target: domain.Ref{Stream: "x-statement-linked.v1"}}},
		"drafted in a dialogue of no place": {domain.RecommendationDrafted{Recommendation: "r", Sources: []domain.Source{{Ref: domain.Ref{Stream: "x"}}}}},
	} {
		facts := asFacts(events...)
		want := whole(t, All(), facts)
		stored := shelf{}
		for i := range facts {
			changed, err := Changes(All(), stored.load, facts[i:i+1])
			require.NoError(t, err, name)
			stored.put(t, changed)
		}
		require.Equal(t, want.text(), stored.text(), name)
		for _, v := range All() {
			for ref, doc := range whole(t, []View{v}, facts) {
				require.Equal(t, want[ref], doc, name)
			}
		}
	}
}

// TestEditionOfRecommendationsAlone: an edition may begin with what it takes over from another one.
func TestEditionOfRecommendationsAlone(t *testing.T) {
	t.Parallel()
	w := oneDay(t)
	require.True(t, w.draft("rc_9", "", "ed_2", domain.Source{Ref: domain.Ref{Stream: domain.RecommendationStream("rc_1"), Version: 4}, Role: domain.Basis}))
	doc := whole(t, []View{Global}, w.facts())[Ref{"global", "ed_2"}]
	require.Equal(t, `{"edition":"ed_2","places":[],"samples":{},"recommendations":{"drafted":1,"adopted":0,"rejected":0,"deferred":0}}`, string(doc.Data))
}

// TestKinds: a view is asked about the kinds of events that it names, and would have nothing to say about the others.
func TestKinds(t *testing.T) {
	t.Parallel()
	asked := map[string]map[string]int{} // view and type
	rapid.Check(t, func(t *rapid.T) {
		for _, f := range anyHistory(t, steps).facts() {
			fact := Fact{Fact: f, Place: Frame{"ed_1", "KE", domain.Quota}}
			for _, v := range All() {
				named, keys := slices.Contains(v.kinds, reflect.TypeOf(f.Event)), v.keys(&fact, nil)
				if !oneKeyEach[v.Name] {
					require.True(t, named || len(keys) == 0, "view %s does not name %T", v.Name, f.Event)
				}
				if named && len(keys) > 0 {
					asked[v.Name] = counted(asked[v.Name], domain.TypeOf(f.Event), 1)
				}
			}
		}
	})
	for _, v := range All() {
		require.Len(t, asked[v.Name], len(v.kinds), "view %s names each kind once, and looks at it: %v", v.Name, asked[v.Name])
	}
}

// oneKeyEach are the views whose keys do not depend on the kind of the event: of these, what they name is all there is.
var oneKeyEach = map[string]bool{"accountability": true, "answers": true, "country": true, "dialogue": true, "edition": true, "global": true, "recruitment": true, "room": true}

func TestDocumentsOf(t *testing.T) {
	t.Parallel()
	f := NewFold(All(), nil)
	for _, fact := range oneDay(t).facts() {
		require.NoError(t, f.Apply(fact))
	}
	all, parts := shelf{}, shelf{}
	all.put(t, f.Documents())
	for _, v := range All() {
		parts.put(t, f.DocumentsOf(v.Name))
	}
	require.Equal(t, all, parts)
	for ref := range f.DocumentsOf("nothing") {
		require.Fail(t, "no such view", ref)
	}
}

func TestFoldFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken disk")
	facts := asFacts(domain.ReactionCast{Conversation: "dl_1", Statement: "s", Value: domain.Agree})
	for name, c := range map[string]struct {
		load func(Ref) ([]byte, error)
		want string
	}{
		"documents": {func(r Ref) ([]byte, error) {
			if r.View == Dialogue.Name {
				return nil, nil
			}
			return nil, broken
		}, "load conversation dl_1: broken disk"},
		"dialogues":       {func(Ref) ([]byte, error) { return nil, broken }, "load dialogue dl_1: broken disk"},
		"unknown member":  {func(Ref) ([]byte, error) { return []byte(`{"is":1}`), nil }, "dialogue dl_1"},
		"not JSON":        {func(Ref) ([]byte, error) { return []byte(``), nil }, "dialogue dl_1"},
		"more than JSON":  {func(Ref) ([]byte, error) { return []byte(`{}{}`), nil }, "more follows"},
		"unknown members": {damaged(`{"is":1}`), "document dl_1 of view conversation version 1"},
		"a tail":          {damaged(`{} x`), "document dl_1 of view conversation version 1"},
	} {
		_, err := Changes(All(), c.load, facts)
		require.ErrorContains(t, err, c.want, name)
	}
}

// damaged loads text for every document but those of Dialogue.
func damaged(text string) func(Ref) ([]byte, error) {
	return func(r Ref) ([]byte, error) {
		if r.View == Dialogue.Name {
			return nil, nil
		}
		return []byte(text), nil
	}
}

// TestEveryViewKeepsItsDocuments: what a view writes it can read, strictly, and nothing is lost by it.
func TestEveryViewKeepsItsDocuments(t *testing.T) {
	t.Parallel()
	for ref, doc := range whole(t, All(), oneDay(t).facts()) {
		v, ok := ByName(ref.View)
		require.True(t, ok)
		again, err := v.open(ref.Key, doc.Data)
		require.NoError(t, err, ref)
		data, err := again.encode()
		require.NoError(t, err)
		require.Equal(t, string(doc.Data), string(data), ref)
	}
}

// TestChangedStopsEarly: who stops listening is given the rest the next time.
func TestChangedStopsEarly(t *testing.T) {
	t.Parallel()
	f := NewFold(All(), nil)
	for _, fact := range oneDay(t).facts() {
		require.NoError(t, f.Apply(fact))
	}
	seen := map[Ref]bool{}
	for range 3 {
		for ref := range f.Changed() {
			require.False(t, seen[ref], "%s twice", ref)
			seen[ref] = true
			break
		}
	}
	require.Len(t, seen, 3)
	for ref := range f.Changed() {
		require.False(t, seen[ref], "%s twice", ref)
		seen[ref] = true
	}
	all := 0
	for range f.Documents() {
		all++
	}
	require.Len(t, seen, all)
	for ref := range f.Changed() {
		require.Fail(t, "nothing has changed since", ref)
	}
}

func BenchmarkApplyReactions(b *testing.B) {
	var facts []domain.Fact
	for _, f := range oneDay(b).facts() {
		if _, ok := f.Event.(domain.ReactionCast); ok {
			facts = append(facts, f)
		}
	}
	f := NewFold(All(), nil)
	for _, fact := range oneDay(b).facts() {
		require.NoError(b, f.Apply(fact))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := f.Apply(facts[i%len(facts)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
