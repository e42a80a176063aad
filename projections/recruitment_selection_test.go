package projections

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// selectionFacts are a room of three that is drawn by one selection, and by a second one in the place of those who left it; people of the first answer while the second goes on, which then is void, and a third one draws.
func selectionFacts() []domain.Fact {
	const id = domain.DialogueID("dl_1")
	counted := func(young, old int) []domain.DimensionCount {
		return []domain.DimensionCount{{Name: "age", Strata: map[string]int{"young": young, "old": old}}}
	}
	answer := func(by int, who domain.ParticipantID, a, before domain.SeatAnswer) domain.Event {
		return domain.SeatAnswered{Dialogue: id, Selection: by, Participant: who, Answer: a, Replaces: before}
	}
	steps := func(n, size int, vacant, drawn []domain.ParticipantID, of []domain.DimensionCount) []domain.Event {
		return []domain.Event{
			domain.SelectionAnnounced{Dialogue: id, Selection: n, Size: size, Panels: 10, Beacon: domain.BeaconChain{Name: "b"}, Vacant: vacant},
			domain.FeasibilityReported{Dialogue: id, Selection: n, People: 9, Feasible: false},
			domain.QuotasAmended{Dialogue: id, Selection: n, Changes: make([]domain.SeatQuota, 2)},
			domain.FeasibilityReported{Dialogue: id, Selection: n, People: 9, Feasible: true},
			domain.SelectionPoolSealed{Dialogue: id, Selection: n, People: 10 - n, Strata: counted(5-n, 5), Types: 2},
			domain.RoundsPinned{Dialogue: id, Selection: n, Build: 5, Draw: 9, BuildAt: 500, DrawAt: 900},
			domain.BeaconObserved{Dialogue: id, Selection: n, Round: 5, Randomness: domain.Digest{1}},
			domain.LotteryBuilt{Dialogue: id, Selection: n, Fewest: 1, Most: 4, Impossible: []domain.ParticipantID{"pa_9"}, Bound: domain.RatioOf(1, 3)},
			domain.PanelsCommitted{Dialogue: id, Selection: n},
			domain.BeaconObserved{Dialogue: id, Selection: n, Round: 12, Randomness: domain.Digest{2}, Missed: "m"},
			domain.PanelDrawn{Dialogue: id, Selection: n, Index: 0, Selected: drawn, Quota: of},
		}
	}
	events := []domain.Event{}
	add := func(more ...domain.Event) { events = append(events, more...) }
	add(steps(1, 3, nil, []domain.ParticipantID{"pa_1", "pa_2", "pa_3"}, counted(2, 1))...)
	add(answer(1, "pa_1", domain.SeatAccepted, ""), answer(1, "pa_2", domain.SeatAccepted, ""), answer(1, "pa_3", domain.SeatDeclined, ""))
	add(steps(2, 1, []domain.ParticipantID{"pa_3"}, []domain.ParticipantID{"pa_4"}, counted(0, 1))...)
	add(answer(2, "pa_4", domain.SeatAccepted, ""), answer(1, "pa_1", domain.SeatWithdrawn, domain.SeatAccepted))
	add(domain.SelectionVoided{Dialogue: id, Selection: 2, Reason: "r", By: "c"})
	add(steps(3, 2, []domain.ParticipantID{"pa_1", "pa_3"}, []domain.ParticipantID{"pa_4", "pa_5"}, counted(1, 1))...)
	add(answer(3, "pa_4", domain.SeatAccepted, ""), answer(3, "pa_5", domain.SeatDeclined, ""))
	facts := make([]domain.Fact, len(events))
	for i, e := range events {
		facts[i] = domain.Fact{Stream: domain.SortitionStream(id), Revision: uint64(i), Seq: uint64(i + 1), Meta: domain.Meta{Source: "ed_1", Dialogue: id, Time: domain.Time(1000 + i)}, Event: e}
	}
	return facts
}

// TestSelectionsInAnyBatches: what is loaded between two steps of a selection is what a fold over all of them has at hand.
func TestSelectionsInAnyBatches(t *testing.T) {
	t.Parallel()
	facts, views := selectionFacts(), []View{Recruitment}
	want := whole(t, views, facts)
	rapid.Check(t, func(t *rapid.T) {
		stored := shelf{}
		for _, batch := range batches(t, facts) {
			changed, err := Changes(views, stored.load, batch)
			require.NoError(t, err)
			stored.put(t, changed)
		}
		require.Equal(t, want.text(), stored.text())
	})
}

func TestSelectionsCountPeopleOnce(t *testing.T) {
	t.Parallel()
	facts := selectionFacts()
	after := func(n int) (d RecruitmentDoc) {
		s := whole(t, []View{Recruitment}, facts[:n])
		require.NotContains(t, string(s[Ref{View: "recruitment", Key: "dl_1"}].Data), "null")
		require.NoError(t, json.Unmarshal(s[Ref{View: "recruitment", Key: "dl_1"}].Data, &d))
		return d
	}
	d := after(14)
	require.Equal(t, 2, d.Drawn)
	require.Equal(t, map[domain.SeatAnswer]int{domain.SeatAccepted: 2, domain.SeatDeclined: 1}, d.Selections[0].Answers)
	require.Equal(t, 3, after(25).Drawn, "one was drawn in the place of another")

	d = after(27)
	require.Equal(t, 2, d.Drawn, "one of the first selection has left")
	require.Equal(t, map[domain.SeatAnswer]int{domain.SeatAccepted: 1, domain.SeatDeclined: 1, domain.SeatWithdrawn: 1}, d.Selections[0].Answers)
	require.Equal(t, map[domain.SeatAnswer]int{domain.SeatAccepted: 1}, d.Selections[1].Answers, "each answers the selection that drew them")
	require.Equal(t, map[string]int{"young": 2, "old": 2}, d.DrawnStrata[0].Strata)

	d = after(28)
	require.Equal(t, 1, d.Drawn, "who was drawn by a void selection has no seat")
	require.Equal(t, map[string]int{"young": 2, "old": 1}, d.DrawnStrata[0].Strata)
	require.Equal(t, 9, d.Pool, "replacements are no pool of the room")

	d = after(len(facts))
	require.Equal(t, 2, d.Drawn)
	require.Equal(t, map[string]int{"young": 3, "old": 2}, d.DrawnStrata[0].Strata)
	require.Equal(t, 12, d.Selections[2].Rounds[1].Observed)
	require.Equal(t, 1, d.Selections[2].Impossible)

	void := append(facts[:11:11], domain.Fact{Stream: facts[0].Stream, Revision: 11, Seq: 12, Meta: facts[0].Meta, Event: domain.SelectionVoided{Dialogue: "dl_1", Selection: 1, Reason: "r", By: "c"}})
	s := whole(t, []View{Recruitment}, void)
	require.Contains(t, string(s[Ref{View: "recruitment", Key: "dl_1"}].Data), `"drawnStrata":[]`)
	require.Contains(t, string(s[Ref{View: "recruitment", Key: "dl_1"}].Data), `"drawn":0`)
}
