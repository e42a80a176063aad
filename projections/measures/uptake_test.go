package measures

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// draft puts a recommendation on the table; d is empty for one of the world.
func (w *world) draft(d domain.DialogueID, id domain.RecommendationID, sources ...domain.Source) domain.Ref {
	level, stream := domain.NationalLevel, domain.RecommendationStream(id)
	if d == "" {
		level = domain.GlobalLevel
	}
	w.add(d, stream, domain.RecommendationDrafted{Recommendation: id, Level: level, Body: domain.Citizens, Kind: domain.Vision, Sources: sources, Editor: "ed"})
	return domain.Ref{Stream: stream, Version: w.revisions[stream]}
}

func (w *world) decide(d domain.DialogueID, id domain.RecommendationID, outcome domain.Outcome) {
	w.add(d, domain.RecommendationStream(id), domain.RecommendationDecided{Recommendation: id, Version: 1, Outcome: outcome, DecidedBy: "c"})
}

func basis(refs ...domain.Ref) (sources []domain.Source) {
	for _, r := range refs {
		sources = append(sources, domain.Source{Ref: r, Role: domain.Basis})
	}
	return sources
}

// graph is the worked example: o1 (FR, t1), o2 (FR, t2), o3 (KE, t1), o4 (KE, t2), o5 (BR, t1); f1 of o1 and o2, k1 of o3, b1 of o5; g1 of f1 and k1, g2 of b1 and
// against f1.
func graph(t *testing.T) *world {
	w := newWorld(t)
	for _, place := range []domain.Place{"FR", "KE", "BR"} {
		w.dialogue(domain.DialogueID("dl_"+place), place, domain.Sortition)
	}
	o1, o2 := w.sheet("dl_FR", "t1", "o1", 1), w.sheet("dl_FR", "t2", "o2", 1)
	o3, _ := w.sheet("dl_KE", "t1", "o3", 1), w.sheet("dl_KE", "t2", "o4", 1)
	o5 := w.sheet("dl_BR", "t1", "o5", 1)
	f1 := w.draft("dl_FR", "rc_f1", basis(o1, o2)...)
	k1 := w.draft("dl_KE", "rc_k1", basis(o3)...)
	b1 := w.draft("dl_BR", "rc_b1", basis(o5)...)
	for id, d := range map[domain.RecommendationID]domain.DialogueID{"rc_f1": "dl_FR", "rc_k1": "dl_KE", "rc_b1": "dl_BR"} {
		w.decide(d, id, domain.Adopted)
		w.add(d, domain.DialogueStream(d), domain.DialogueCertified{Dialogue: d, By: "c"})
	}
	w.draft("", "rc_g1", basis(f1, k1)...)
	w.draft("", "rc_g2", append(basis(b1), domain.Source{Ref: f1, Role: domain.ContrastRole})...)
	w.decide("", "rc_g1", domain.Adopted)
	w.decide("", "rc_g2", domain.Adopted)
	return w
}

func TestBreadth(t *testing.T) {
	t.Parallel()
	w := graph(t)
	for key, want := range map[string]BreadthDoc{
		"rc_g1": {Countries: []domain.Place{"FR", "KE"}, Breadth: 0.666667, Tables: 3, Worksheets: 3, Recommendations: 2, Depth: 2},
		"rc_g2": {Countries: []domain.Place{"BR", "FR"}, Breadth: 0.666667, Tables: 3, Worksheets: 3, Recommendations: 2, Depth: 2, Contrast: 1},
		"rc_f1": {Countries: []domain.Place{"FR"}, Breadth: 0.333333, Tables: 2, Worksheets: 2, Depth: 1},
	} {
		var d BreadthDoc
		w.document(Breadth, key, &d)
		want.Head, want.Recommendation, want.Edition, want.Level, want.Kind, want.Outcome = d.Head, domain.RecommendationID(key), d.Edition, d.Level, domain.Vision, domain.Adopted
		want.Complete, want.Incomplete, want.Certified = true, []domain.StreamID{}, 3
		require.Equal(t, want, d)
		require.Empty(t, d.Warnings)
	}
}

// Other things to stand on: a reconciled result, statements before and after they are accepted, words that were coded, and nothing.
func TestBreadthGrounds(t *testing.T) {
	t.Parallel()
	w := graph(t)
	tally := domain.TallyStream("dl_KE", aSession)
	w.add("dl_KE", tally, domain.TallyReconciled{Dialogue: "dl_KE", Session: aSession})
	w.post("dl_BR", 2)
	said := domain.Ref{Stream: domain.StatementStream(aTalk, "st_0"), Version: 1}
	w.frame("cost")
	sheet := w.sheet("dl_FR", "t3", "o6", 1)
	coding := domain.CodingStream(w.code("dl_FR", sheet, "0", "anna", 1, "cost"))
	w.sheet("dl_FR", "t3", "o7", 1)
	empty := w.draft("", "rc_empty")
	w.draft("", "rc_g3", basis(domain.Ref{Stream: tally, Version: 1}, said, domain.Ref{Stream: coding, Version: 1}, empty)...)

	var d BreadthDoc
	w.document(Breadth, "rc_g3", &d)
	require.False(t, d.Complete)
	require.Equal(t, []domain.StreamID{empty.Stream, said.Stream}, d.Incomplete, "in the order of their names")
	require.Equal(t, []domain.Place{"BR", "FR", "KE"}, d.Countries)
	require.Equal(t, [6]int{1, 1, 1, 0, 1, 1}, [6]int{d.Tables, d.Worksheets, d.Results, d.Statements, d.Codings, d.Recommendations})
	require.Equal(t, 2, d.Depth, "the coding, and what was coded")

	accept := domain.StatementModerated{Conversation: aTalk, Statement: "st_0", Decision: domain.Accept}
	w.add("dl_BR", said.Stream, accept)
	w.add("", domain.RecommendationStream("rc_g3"), domain.RecommendationRevised{Recommendation: "rc_g3", Version: 2, SourcesRemoved: basis(empty)})
	d = BreadthDoc{}
	w.document(Breadth, "rc_g3", &d)
	require.True(t, d.Complete)
	require.Equal(t, 1, d.Statements)
	accept.Decision = domain.Hide
	w.add("dl_BR", said.Stream, accept)
	d = BreadthDoc{}
	w.document(Breadth, "rc_g3", &d)
	require.Equal(t, []domain.StreamID{said.Stream}, d.Incomplete)

	var u UptakeDoc
	w.document(Uptake, string(anEdition), &u)
	require.Equal(t, 1, u.Orphans)
	require.Equal(t, Number(0.25), u.OrphanRate)
	require.True(t, u.Global[2].Orphan, "rc_empty")
}

func TestUptake(t *testing.T) {
	t.Parallel()
	w := graph(t)
	var d UptakeDoc
	w.document(Uptake, string(anEdition), &d)
	require.Len(t, d.Worksheets, 1)
	u := d.Worksheets[0]
	require.Equal(t, []PlaceUptake{{"BR", 1, 1, 1}, {"FR", 2, 2, 1}, {"KE", 2, 1, 0.5}}, u.Places)
	require.Equal(t, [3]Number{0.5, 1, 0.5}, [3]Number{u.Min, u.Median, u.MinToMedian})
	require.Equal(t, []UnusedSheet{{"KE", "o4", domain.Ref{Stream: domain.TableStream("dl_KE", "t2"), Version: 1}}}, u.Unused)
	require.Zero(t, d.Orphans)
	require.Equal(t, []int{2, 2}, []int{d.Global[0].Countries, d.Global[1].Countries})
	require.False(t, d.Completed)
	require.Equal(t, [4]int{3, 0, 0, 3}, [4]int{d.National.Inputs, d.National.Used, d.National.Unused, d.National.Open})

	// The synthesis leaves one out.
	w.add("", domain.SynthesisStream(anEdition), domain.SynthesisCompleted{
		Edition: anEdition, Outputs: []domain.RecommendationID{"rc_g1"}, Editors: []string{"a", "b"}, Reviewers: []string{"c"},
		Inputs: domain.SynthesisInputs{Recommendations: []domain.Ref{{Stream: domain.RecommendationStream("rc_f1"), Version: 1}, {Stream: domain.RecommendationStream("rc_k1"), Version: 1}}},
		Unused: []domain.Unused{{Recommendations: []domain.RecommendationID{"rc_b1"}, ReasonCode: "said-elsewhere"}},
	})
	d = UptakeDoc{}
	w.document(Uptake, string(anEdition), &d)
	require.True(t, d.Completed)
	require.Equal(t, [4]int{3, 2, 1, 0}, [4]int{d.National.Inputs, d.National.Used, d.National.Unused, d.National.Open})
	require.Equal(t, map[string]int{"said-elsewhere": 1}, d.National.Reasons)
	require.Equal(t, []NotUsed{{"rc_b1", "BR", "said-elsewhere"}}, d.National.NotUsed)
	require.Equal(t, [3]Number{0, 1, 0}, [3]Number{d.National.Min, d.National.Median, d.National.MinToMedian})
	require.Equal(t, domain.Place("BR"), d.National.Places[0].Place)
	require.Equal(t, projections.PlaceUptake{Place: "FR", Adopted: 1, Used: 1, Uptake: d.National.Places[1].Uptake}, d.National.Places[1])

	// A worksheet that is written again is one, and used by whatever revision.
	w.sheet("dl_FR", "t1", "o1", 2)
	d = UptakeDoc{}
	w.document(Uptake, string(anEdition), &d)
	require.Equal(t, PlaceUptake{"FR", 2, 2, 1}, d.Worksheets[0].Places[1])
}
