package measures

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// reasoners is a world with three considerations of five points, and three options to be put in an order.
func reasoners(t *testing.T, minBase int) (*world, []domain.ArtefactRef) {
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: minBase}, Measures: &domain.MeasurePlan{
		Considerations: []domain.ArtefactID{"ar_1", "ar_2", "ar_3"}, Preferences: "ar_order",
	}})
	var refs []domain.ArtefactRef
	for i := range 3 {
		q := domain.Question{Kind: domain.Likert, Unit: domain.Individual, Points: 5, Text: domain.In("en", "How much?")}
		for p := range 5 {
			q.Labels = append(q.Labels, domain.In("en", strconv.Itoa(p+1)))
		}
		refs = append(refs, w.question(domain.ArtefactID("ar_"+strconv.Itoa(i+1)), q))
	}
	order := choice("a", "b", "c")
	order.Kind, order.Top = domain.Ranking, 3
	return w, append(refs, w.question("ar_order", order))
}

func (w *world) reasons(d domain.DialogueID, who string, refs []domain.ArtefactRef, wave domain.Wave, points [3]int, order string) {
	for i, p := range points {
		w.cast(d, who, refs[i], wave, "", domain.Answer{Point: p})
	}
	var ranks [][]domain.OptionID
	for _, o := range order {
		ranks = append(ranks, []domain.OptionID{domain.OptionID(o)})
	}
	w.cast(d, who, refs[3], wave, "", domain.Answer{Ranking: ranks})
}

// The distance of two people from agreeing as much on one as on the other is |r-q|/√2: by hand, 0 gives an index of 1, ½/√2 one of 0, and 2/√2 one of -3.
func TestReason(t *testing.T) {
	t.Parallel()
	w, refs := reasoners(t, 2)
	w.dialogue("dl_1", "AA", domain.Sortition)
	w.dialogue("dl_2", "AA", domain.Sortition)
	w.dialogue("dl_3", "BB", domain.Sortition)
	for _, p := range []struct {
		dialogue      domain.DialogueID
		who           string
		before, after [3]int
		order         string
	}{
		{"dl_1", "p1", [3]int{1, 2, 3}, [3]int{1, 2, 4}, "abc"}, {"dl_1", "p2", [3]int{1, 3, 2}, [3]int{2, 3, 5}, "abc"}, // r ½, then 1
		{"dl_2", "p3", [3]int{1, 2, 3}, [3]int{1, 2, 3}, "cab"}, {"dl_2", "p4", [3]int{3, 2, 1}, [3]int{1, 3, 2}, "cab"}, // r -1, then ½
	} {
		w.reasons(p.dialogue, p.who, refs, domain.PreWave, p.before, p.order)
		w.reasons(p.dialogue, p.who, refs, domain.PostWave, p.after, p.order)
	}
	w.reasons("dl_1", "left", refs, domain.PreWave, [3]int{5, 1, 5}, "cba") // and was not there after
	w.reasons("dl_1", "short", refs, domain.PreWave, [3]int{5, 1, 5}, "cba")
	w.cast("dl_1", "short", refs[3], domain.PostWave, "", domain.Answer{NonResponse: domain.Blank})

	var d ReasonDoc
	w.document(Reason, "ed_1/sortition/AA", &d)
	require.Len(t, d.Dialogues, 2)
	require.Equal(t, 2, *d.Dialogues[0].Base)
	require.Equal(t, [3]Number{0, 1, 1}, [3]Number{d.Dialogues[0].Before.DRI, d.Dialogues[0].After.DRI, *d.Dialogues[0].Change})
	require.Equal(t, Number(0.353553), d.Dialogues[0].Before.Distance)
	require.Equal(t, [3]Number{-3, 0, 3}, [3]Number{d.Dialogues[1].Before.DRI, d.Dialogues[1].After.DRI, *d.Dialogues[1].Change})
	require.Equal(t, [3]Number{-1.5, 0.5, 2}, [3]Number{d.Before, d.After, d.Change})

	d = ReasonDoc{}
	w.document(Reason, "ed_1/sortition/world", &d)
	require.Equal(t, 2, d.Counted)
	require.Equal(t, Number(2), d.Change)

	_, err := Reason.Compute(w.state, "ed_1/sortition/DD", nil)
	require.ErrorIs(t, err, ErrNoDocument)
	stopped, err := Reason.Begin(w.state, "ed_1/sortition/world")
	require.NoError(t, err)
	_, err = stopped.Finish(func(int, int) error { return errStop })
	require.ErrorIs(t, err, errStop)

	// A place of one person hides itself and the other place, and so are their indices.
	w.reasons("dl_3", "p5", refs, domain.PreWave, [3]int{1, 2, 3}, "abc")
	w.reasons("dl_3", "p5", refs, domain.PostWave, [3]int{1, 2, 3}, "abc")
	d = ReasonDoc{}
	w.document(Reason, "ed_1/sortition/world", &d)
	require.Len(t, d.Dialogues, 3)
	for _, of := range d.Dialogues {
		require.True(t, of.Suppressed)
		require.Nil(t, of.Base)
		require.Nil(t, of.Before)
	}
}

// Options that somebody did not list share the last rank, and who gave the same to everything has no correlation with anybody.
func TestReasonWithoutVariation(t *testing.T) {
	t.Parallel()
	w, refs := reasoners(t, 2)
	w.dialogue("dl_1", "AA", domain.Sortition)
	for _, who := range []string{"p1", "p2"} {
		w.reasons("dl_1", who, refs, domain.PreWave, [3]int{2, 2, 2}, "a")
		w.reasons("dl_1", who, refs, domain.PostWave, [3]int{1, 2, 2}, "a")
	}
	var d ReasonDoc
	w.document(Reason, "ed_1/sortition/AA", &d)
	require.Equal(t, Number(1), d.Dialogues[0].After.DRI)
	require.Nil(t, d.Dialogues[0].Change)
	require.Zero(t, d.Counted)
	require.Empty(t, d.Errors)
	q := choice("a", "b", "c")
	require.Equal(t, []int{2, 3, 1}, ranksOf(&q, &domain.Answer{Ranking: [][]domain.OptionID{{"c"}, {"a"}}}))
}

// Where nothing was ranked in both waves, or the plan names no ranking, there is no such index.
func TestReasonNotAsked(t *testing.T) {
	t.Parallel()
	w, refs := reasoners(t, 2)
	w.dialogue("dl_1", "AA", domain.Sortition)
	w.reasons("dl_1", "p1", refs, domain.PreWave, [3]int{2, 2, 2}, "a")
	require.Empty(t, Reason.Keys(w.state))
	w.reasons("dl_1", "p1", refs, domain.PostWave, [3]int{2, 2, 2}, "a")
	require.Equal(t, []string{"ed_1/sortition/world", "ed_1/sortition/AA"}, Reason.Keys(w.state))
	w.protocol(domain.ProtocolFrozen{Measures: &domain.MeasurePlan{Considerations: []domain.ArtefactID{"ar_1", "ar_2"}}})
	require.Empty(t, Reason.Keys(w.state))
}
