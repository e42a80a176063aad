package projections

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

func documentOf[D any](t require.TestingT, docs shelf, v View, key string) (d D) {
	doc, ok := docs[Ref{v.Name, key}]
	require.True(t, ok, "%s %s", v.Name, key)
	require.NoError(t, strictJSON(doc.Data, &d))
	return d
}

// sameJSON compares what two values say: an empty map and none are written apart, and compared as one.
func sameJSON(t require.TestingT, want, got any, about ...any) {
	w, err := json.Marshal(want)
	require.NoError(t, err)
	g, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, string(w), string(g), about...)
}

// TestRegisterIsThatOfTheModel counts reviews by remembering every reviewer, as the view does not.
func TestRegisterIsThatOfTheModel(t *testing.T) {
	t.Parallel()
	replaced, approvals := 0, 0
	checkUntil(t, func() bool { return replaced > 20 && approvals > 20 }, func(t *rapid.T) {
		facts := preparedHistory(t, steps).facts()
		docs := whole(t, []View{Artefact}, facts)
		type by struct {
			domain.ArtefactRef
			who string
		}
		last, submitted, added := map[by]domain.ReviewRecorded{}, map[by]int{}, map[domain.ArtefactRef]domain.Time{}
		for _, f := range facts {
			switch e := f.Event.(type) {
			case domain.ArtefactVersionAdded:
				added[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}] = f.Meta.Time
			case domain.ReviewRecorded:
				at := by{domain.ArtefactRef{ID: e.Artefact, Version: e.Version}, e.Reviewer}
				if _, again := last[at]; again {
					replaced++
				}
				last[at] = e
			case domain.TranslationSubmitted:
				submitted[by{domain.ArtefactRef{ID: e.Artefact, Version: e.Version}, string(e.Lang)}]++
			case domain.ArtefactApproved:
				approvals++
				ref := domain.ArtefactRef{ID: e.Artefact, Version: e.Version}
				v := documentOf[ArtefactDoc](t, docs, Artefact, string(e.Artefact)).Versions[e.Version-1]
				require.Equal(t, &Approval{e.Quorum, len(e.Approvals), f.Meta.Time, int64(f.Meta.Time - added[ref])}, v.Approval)
			}
		}
		for ref := range added {
			v := documentOf[ArtefactDoc](t, docs, Artefact, string(ref.ID)).Versions[ref.Version-1]
			require.Equal(t, ref.Version, v.Version)
			reviews, scores := map[domain.ReviewKind]map[domain.Verdict]int{}, map[string]Score{}
			for at, r := range last {
				if at.ArtefactRef != ref {
					continue
				}
				if reviews[r.Kind] == nil {
					reviews[r.Kind] = map[domain.Verdict]int{}
				}
				reviews[r.Kind][r.Verdict]++
				for criterion, n := range r.Scores {
					scores[criterion] = Score{scores[criterion].Sum + n, scores[criterion].Count + 1}
				}
			}
			sameJSON(t, reviews, v.Reviews)
			sameJSON(t, scores, v.Scores)
			for lang, tr := range v.Languages {
				require.Equal(t, submitted[by{ref, string(lang)}], tr.Submitted)
			}
		}
	})
	require.Greater(t, replaced, 20, "reviewers change their minds in these histories")
	require.Greater(t, approvals, 20)
}

// TestCodesAreThoseOfTheModel folds every segment's stream and looks at where it ends.
func TestCodesAreThoseOfTheModel(t *testing.T) {
	t.Parallel()
	agreed, adjudicated := 0, 0
	checkUntil(t, func() bool { return agreed > 20 && adjudicated > 5 }, func(t *rapid.T) {
		w := preparedHistory(t, steps)
		want := FrameVersion{Version: 1, Codes: map[string]int{}}
		ends := map[domain.StreamID]domain.Coding{}
		final := map[domain.StreamID][]string{}
		for _, f := range w.facts() {
			switch e := f.Event.(type) {
			case domain.SegmentCoded:
				ends[f.Stream] = ends[f.Stream].Evolve(e)
				if final[f.Stream] = ends[f.Stream].Agreed(frame); len(final[f.Stream]) > 0 {
					agreed++
				}
				if want.Codings++; e.Method == domain.MachineSuggested {
					want.Suggested++
				}
			case domain.CodingAdjudicated:
				final[f.Stream] = e.Codes
				want.Adjudicated++
				adjudicated++
			}
		}
		if want.Segments = len(ends); want.Segments == 0 {
			return
		}
		for _, codes := range final {
			for _, c := range codes {
				want.Codes[c]++
			}
		}
		sameJSON(t, CodingDoc{frame.ID, []FrameVersion{want}}, documentOf[CodingDoc](t, whole(t, []View{Coding}, w.facts()), Coding, string(frame.ID)))
	})
	require.Greater(t, agreed, 20)
	require.Greater(t, adjudicated, 5)
}

// TestBoardIsThatOfTheModel: every dialogue is in one state, and findings are open until they are resolved.
func TestBoardIsThatOfTheModel(t *testing.T) {
	t.Parallel()
	resolved, reached := 0, 0
	checkUntil(t, func() bool { return resolved > 0 && reached > 0 }, func(t *rapid.T) {
		w := preparedHistory(t, steps)
		docs := whole(t, []View{Edition}, w.facts())
		for _, id := range []domain.EditionID{"ed_1", "ed_2"} {
			d := documentOf[EditionDoc](t, docs, Edition, string(id))
			states, dialogues := map[DialogueState]int{}, 0
			for _, s := range seats {
				in := w.dialogue(s.Dialogue)
				if in.Registered() == nil || s.Edition != id {
					continue
				}
				dialogues++
				state := DialogueRunning
				if in.InSession() != nil {
					state = DialogueClosed
				}
				states[state]++
				require.Equal(t, state, d.Dialogues[s.Dialogue].State)
				require.Equal(t, s.Place, d.Dialogues[s.Dialogue].Place)
			}
			require.Len(t, d.Dialogues, dialogues)
			sameJSON(t, states, d.States)

			audit := state[domain.Audit](w, domain.AuditStream(id))
			open, about := 0, 0
			for _, f := range d.Findings {
				if f.ResolvedAt != nil {
					resolved++
					continue
				}
				open++
				if len(f.Dialogues) == 0 || slices.Contains(f.Dialogues, "dl_1") {
					about++
				}
			}
			require.Equal(t, open, d.OpenFindings[domain.Minor]+d.OpenFindings[domain.Major])
			require.Equal(t, about, audit.Open("dl_1"))
			for _, m := range d.Milestones {
				to := m.DueAt
				if m.ReachedAt != nil {
					to, reached = *m.ReachedAt, reached+1
					require.Empty(t, m.Gates)
				}
				require.Equal(t, int64(to-m.PlannedAt)/day, m.SlipDays)
			}
		}
	})
	require.Positive(t, resolved)
	require.Positive(t, reached)
}

// TestDialogueStates walks one dialogue through all of its states.
func TestDialogueStates(t *testing.T) {
	t.Parallel()
	steps := []struct {
		event domain.Event
		state DialogueState
	}{
		{registered("KE"), DialogueRegistered},
		{domain.QuotaPlanSet{Dialogue: "dl_1"}, DialoguePlanned},
		{domain.DialogueAuthorised{Dialogue: "dl_1"}, DialogueAuthorised},
		{domain.QuotaPlanSet{Dialogue: "dl_1"}, DialogueAuthorised},
		{domain.SessionOpened{Dialogue: "dl_1", Session: "a"}, DialogueRunning},
		{domain.SessionOpened{Dialogue: "dl_1", Session: "b"}, DialogueRunning},
		{domain.SessionClosed{Dialogue: "dl_1", Session: "a"}, DialogueRunning},
		{domain.SessionClosed{Dialogue: "dl_1", Session: "b"}, DialogueClosed},
		{domain.SessionOpened{Dialogue: "dl_1", Session: "c"}, DialogueRunning},
		{domain.SessionClosed{Dialogue: "dl_1", Session: "c"}, DialogueClosed},
		{domain.DialogueCertified{Dialogue: "dl_1"}, DialogueCertified},
	}
	var events []domain.Event
	for _, s := range steps {
		events = append(events, s.event)
		d := documentOf[EditionDoc](t, whole(t, []View{Edition}, asFacts(events...)), Edition, "ed_1")
		require.Equal(t, map[domain.DialogueID]DialogueAt{"dl_1": {s.state, "KE", d.Dialogues["dl_1"].Open}}, d.Dialogues)
		require.Equal(t, map[DialogueState]int{s.state: 1}, d.States)
	}
}

// TestOpenedWith: sessions that are opened with an artefact are counted by dialogue, whatever version they use.
func TestOpenedWith(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openEditions()
	w.begin("dl_1", "ed_1", "KE", domain.Sortition)
	w.begin("dl_2", "ed_1", "KE", domain.OpenOnline)
	require.True(t, w.close("dl_1", "ss_1"))
	require.True(t, w.open("dl_1", "ss_2"))
	d := documentOf[ArtefactDoc](t, whole(t, []View{Artefact}, w.facts()), Artefact, "ar_table")
	require.Len(t, d.Versions, 1)
	require.Equal(t, 2, d.Versions[0].Version)
	require.Equal(t, map[domain.DialogueID]int{"dl_1": 2, "dl_2": 1}, d.Versions[0].Opened)
}

// TestImpossibleEditions: what no decision would let in must not make batches matter, either.
func TestImpossibleEditions(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]domain.Event{
		"reached, never planned":       {domain.MilestoneReached{Key: "m"}},
		"resolved, never raised":       {domain.AuditFindingResolved{Finding: "f"}},
		"raised twice":                 {domain.AuditFindingRaised{Finding: "f", Severity: domain.Major}, domain.AuditFindingRaised{Finding: "f", Severity: domain.Minor}, domain.AuditFindingResolved{Finding: "f"}},
		"certified before it is there": {domain.DialogueCertified{Dialogue: "dl_1"}, registered("KE")},
		"approved before it is there":  {domain.ArtefactApproved{Artefact: "a", Version: 7}, domain.ArtefactVersionAdded{Artefact: "a", Version: 3}},
		"replaces what was not there":  {domain.ReviewRecorded{Artefact: "a", Kind: domain.LegalReview, Verdict: domain.Block, Replaces: &domain.Reviewed{Kind: domain.CommitteeReview, Verdict: domain.Approve, Scores: map[string]int{"x": 3}}}},
		"verified without a text":      {domain.TranslationVerified{Artefact: "a", Lang: "sw"}},
		"adjudicated without a coder":  {domain.CodingAdjudicated{Frame: frame, Codes: []string{"a"}, Replaces: []string{"b"}}, domain.SegmentCoded{Frame: frame, Agreed: []string{"b"}}},
	} {
		facts := asFacts(events...)
		want, stored := whole(t, All(), facts), shelf{}
		require.NotEmpty(t, want, name)
		for i := range facts {
			changed, err := Changes(All(), stored.load, facts[i:i+1])
			require.NoError(t, err, name)
			stored.put(t, changed)
		}
		require.Equal(t, want.text(), stored.text(), name)
	}
}
