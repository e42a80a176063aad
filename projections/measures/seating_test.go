package measures

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

func (w *world) table(d domain.DialogueID, s domain.SessionID, id domain.TableID, facilitator string, people int) {
	w.add(d, domain.StreamID("table-"+string(d)+"/"+string(id)), domain.TableFormed{
		Dialogue: d, Table: id, Session: s, Chamber: domain.CitizenChamber, Facilitator: facilitator, Members: make([]domain.ParticipantID, people), Revision: 1,
	})
}

func TestSeating(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	profile, q := w.question("ar_age", choice("young", "middle", "old")), w.question("ar_q", choice("a", "b"))
	w.protocol(domain.ProtocolFrozen{Measures: &domain.MeasurePlan{Profile: map[string]domain.ArtefactID{"age": "ar_age"}}})
	w.dialogue(aDialogue, "AA", domain.Sortition)
	w.plan(aDialogue)
	w.register(aDialogue, 20, 18)
	w.session(aDialogue, "s1", domain.CitizenChamber)
	w.session(aDialogue, "s2", domain.CitizenChamber)
	w.table(aDialogue, "", "t1", "ann", 4)
	w.table(aDialogue, "", "t2", "ann", 5)
	w.table(aDialogue, "", "t3", "bob", 9)
	w.table(aDialogue, "s2", "t1", "bob", 8)
	n := 0
	for table, ages := range [][3]int{{2, 2, 0}, {0, 0, 4}} { // in the first session; everybody names the profile at no table
		for i, many := range ages {
			for range many {
				n++
				who := fmt.Sprint("p", n)
				w.castIn(aDialogue, "s1", who, profile, domain.ProfileWave, "", domain.Answer{Option: []domain.OptionID{"young", "middle", "old"}[i]})
				w.castIn(aDialogue, "s1", who, q, domain.SessionWave, domain.TableID(fmt.Sprint("t", table+1)), domain.Answer{Option: "a"})
			}
		}
	}
	w.castIn(aDialogue, "s1", "late", q, domain.SessionWave, "t1", domain.Answer{Option: "a"}) // never said how old
	w.add(aDialogue, "dialogue-dl_1", domain.SessionClosed{Dialogue: aDialogue, Session: "s1", Minutes: 55, CheckedIn: 18})

	var d SeatingDoc
	w.document(Seating, "ed_1/dl_1/s1", &d)
	require.Equal(t, []any{"day", 3, 18, 18, 60, 55}, []any{d.SeatedFor, d.Tables, d.Seated, *d.CheckedIn, *d.PlannedMinutes, *d.Minutes})
	require.Equal(t, []TableSize{{4, 1}, {5, 1}, {9, 1}}, d.Sizes)
	require.Equal(t, [2]int{1, 3}, [2]int{*d.GoodSize.Count, *d.GoodSize.Base})
	require.Equal(t, [2]Number{6, 9}, [2]Number{d.MeanSize, d.PerFacilitator})
	require.Equal(t, [2]int{2, 2}, [2]int{d.Facilitators, d.FewFacilitators}, "both look after nine")
	// Room: 2, 2, 4 of 8 is 1 - (4+4+16)/64; tables: 1/2 and 0.
	require.Equal(t, []Diversity{{"age", 8, 2, 0.625, 0.25, 0.4}}, d.Diversity)
	require.Equal(t, Number(0.4), d.MeanDiversity)

	d = SeatingDoc{}
	w.document(Seating, "ed_1/dl_1/s2", &d)
	require.Equal(t, []any{"session", 1, 8}, []any{d.SeatedFor, d.Tables, d.Seated})
	require.Nil(t, d.Minutes, "it is not closed")
	require.Empty(t, d.Diversity, "nobody named a table")
}
