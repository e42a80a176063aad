package measures

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

const aDialogue = domain.DialogueID("dl_1")

// sheetOf records one clerk's count of a question with options a, b and c.
func (w *world) sheetOf(ref domain.ArtefactRef, table domain.TableID, entry domain.Entry, counts [3]int, blank int) {
	e := domain.TallySheetRecorded{
		Dialogue: aDialogue, Session: aSession, Wave: domain.SessionWave, Question: ref, Table: table, Entry: entry, Blank: blank, Clerk: "clerk-" + string(entry),
		Counts: map[string]int{"a": counts[0], "b": counts[1], "c": counts[2]}, Valid: counts[0] + counts[1] + counts[2],
	}
	w.add(aDialogue, domain.TallyStream(aDialogue, aSession), e)
}

func TestReconciliation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.question("ar_q", choice("a", "b", "c"))
	w.dialogue(aDialogue, "AA", domain.Sortition)
	const key = "ed_1/dl_1/s1/ar_q@1/session"

	w.sheetOf(ref, "", domain.EntryA, [3]int{40, 30, 24}, 0)
	var d ReconciliationDoc
	w.document(Reconciliation, key, &d)
	require.Equal(t, 1, d.Entry.Sheets)
	require.Zero(t, d.Entry.Twice)
	require.Nil(t, d.Entry.Equal.Count, "nothing was counted twice")
	require.Nil(t, d.CheckedIn)
	require.Nil(t, d.Agrees)
	require.Equal(t, WarnNotReconciled, d.Warnings[0].Name)

	w.sheetOf(ref, "", domain.EntryB, [3]int{40, 30, 23}, 1)
	d = ReconciliationDoc{}
	w.document(Reconciliation, key, &d)
	require.Equal(t, []string{"(blank)", "c"}, d.Sheets[0].Differ, "the total of valid answers says nothing that c does not say")
	require.Equal(t, d.Sheets[0].Differ, d.Sheets[0].Open, "nobody has counted a third time")
	require.Equal(t, 1, d.Entry.Unsolved)
	require.Nil(t, d.Sheets[0].Numbers)
	require.Equal(t, [2]int{3, 5}, [2]int{*d.Entry.Equal.Count, *d.Entry.Equal.Base})

	w.sheetOf(ref, "", domain.EntryC, [3]int{40, 30, 24}, 0)
	settled := domain.TallyReconciled{
		Dialogue: aDialogue, Session: aSession, Wave: domain.SessionWave, Question: ref, Source: domain.FromSheets, CheckedIn: 96, Issued: 96, Ballots: 94, Missing: 1,
		Void: 1, Counts: map[string]int{"a": 40, "b": 30, "c": 24},
	}
	w.add(aDialogue, domain.TallyStream(aDialogue, aSession), settled)
	d = ReconciliationDoc{}
	w.document(Reconciliation, key, &d)
	require.Equal(t, [6]int{96, 96, 94, 1, 1, 0}, [6]int{*d.Issued, *d.CheckedIn, *d.Ballots, *d.Missing, *d.Void, *d.Difference})
	require.Equal(t, SheetNumbers{Counts: map[string]int{"a": 40, "b": 30, "c": 24}, Valid: 94}, *d.Sheets[0].Numbers, "the third entry decides")
	require.Empty(t, d.Sheets[0].Open)
	require.Zero(t, d.Entry.Unsolved)
	require.True(t, *d.Agrees)

	for _, broken := range []func(*domain.TallyReconciled){
		func(r *domain.TallyReconciled) { r.Missing = 0 },
		func(r *domain.TallyReconciled) { r.Issued = 95 },
		func(r *domain.TallyReconciled) { r.Ballots, r.Missing = 97, -2 },
	} {
		other := settled
		broken(&other)
		w.add(aDialogue, domain.TallyStream(aDialogue, aSession), other)
		d = ReconciliationDoc{}
		w.document(Reconciliation, key, &d)
		require.False(t, *d.Agrees)
	}
}

// The sheets of the tables add up to the room, or the view says in which cell they do not.
func TestReconciliationOfTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		room          [3]int
		room1, agrees bool
	}{{[3]int{40, 30, 24}, true, true}, {[3]int{40, 29, 25}, false, false}} {
		w := newWorld(t)
		ref := w.question("ar_q", choice("a", "b", "c"))
		w.dialogue(aDialogue, "AA", domain.Sortition)
		for _, entry := range []domain.Entry{domain.EntryA, domain.EntryB} {
			w.sheetOf(ref, "t1", entry, [3]int{20, 20, 4}, 1)
			w.sheetOf(ref, "t2", entry, [3]int{20, 10, 20}, 0)
			w.sheetOf(ref, "", entry, c.room, 1)
		}
		w.add(aDialogue, domain.TallyStream(aDialogue, aSession), domain.TallyReconciled{
			Dialogue: aDialogue, Session: aSession, Wave: domain.SessionWave, Question: ref, Source: domain.FromSheets, CheckedIn: 96, Issued: 96, Ballots: 95, Missing: 1,
			Counts: map[string]int{"a": 40, "b": 30, "c": 24},
		})
		var d ReconciliationDoc
		w.document(Reconciliation, "ed_1/dl_1/s1/ar_q@1/session", &d)
		require.Equal(t, 2, d.Tables.Tables)
		require.Equal(t, SheetNumbers{Counts: map[string]int{"a": 40, "b": 30, "c": 24}, Valid: 94, Blank: 1}, d.Tables.Sum)
		require.Equal(t, c.room1, len(*d.Tables.Room) == 0)
		require.Empty(t, *d.Tables.Settled)
		require.Equal(t, c.agrees, *d.Agrees)
	}
}
