package commands_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// put brings events of other families into a stream of dl_1, as if they had been decided there.
func (w *world) put(stream domain.StreamID, events ...domain.Event) {
	w.t.Helper()
	w.putAs(domain.Meta{Source: "ed_1", Dialogue: "dl_1"}, stream, events...)
}

func (w *world) putAs(meta domain.Meta, stream domain.StreamID, events ...domain.Event) {
	w.t.Helper()
	meta.Time, meta.Command, meta.Actor = 1_760_000_000_000, fmt.Sprint("written-", len(w.records())), domain.Actor{Role: domain.Coordinator, Principal: "ada"}
	_, err := commands.Execute(context.Background(), w.memory, stream, meta, func(domain.Import) ([]domain.Event, error) { return events, nil })
	require.NoError(w.t, err)
}

// seat seats people at a table; who they are does not matter.
func (w *world) seat(table domain.TableID, session domain.SessionID, chamber domain.Chamber, people int) {
	w.t.Helper()
	f := domain.TableFormed{Dialogue: "dl_1", Table: table, Session: session, Chamber: chamber, Facilitator: "f", Revision: len(w.records())}
	for i := range people {
		f.Members = append(f.Members, domain.ParticipantID(fmt.Sprint("pa_", table, i)))
	}
	w.put(domain.StreamName("table", "dl_1", string(table)), f)
}

// answer writes the ballot of one pseudonym.
func (w *world) answer(p domain.Pseudonym, wave domain.Wave, question domain.ArtefactRef, a domain.Answer) {
	w.t.Helper()
	w.put(domain.BallotStream("dl_1", p), domain.BallotCast{
		Dialogue: "dl_1", Pseudonym: p, Session: "s1", Wave: wave, Question: question, Lang: "fr", Answer: a, Channel: domain.AppChannel, Revision: 1,
	})
}

func sheetOf(table, entry, clerk string, me, law, blank int) string {
	if table != "" {
		table = `,"table":"` + table + `"`
	}
	return fmt.Sprintf(`{"dialogue":"dl_1","session":"s1","wave":"session","question":{"id":"ar_q","version":1}%s,"entry":"%s","counts":{"me":%d,"law":%d},"valid":%d,"blank":%d,"spoiled":0,"sheet":%s,"clerk":"%s"}`,
		table, entry, me, law, me+law, blank, digest, clerk)
}

const reconcile = `{"dialogue":"dl_1","session":"s1","wave":"session","question":{"id":"ar_q","version":1},"source":"SOURCE"}`

// Paper is counted at the tables, ballots come from the app, and both must come to the same.
func TestTally(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := domain.ArtefactRef{ID: "ar_q", Version: 1}
	w.tell("open-session")
	w.seat("t1", "", domain.CitizenChamber, 2)
	w.seat("t1", "", domain.CitizenChamber, 3) // seated anew
	w.seat("t2", "", domain.CitizenChamber, 9)
	w.seat("t2", "s1", domain.CitizenChamber, 2) // for this session
	w.seat("t2", "s2", domain.CitizenChamber, 9)
	for i, a := range []domain.Answer{{Option: "me"}, {Option: "me"}, {Option: "law"}, {NonResponse: domain.Blank}, {Option: "law"}} {
		w.answer(domain.Pseudonym(fmt.Sprint("p", i)), domain.SessionWave, q, a)
	}
	w.answer("other", domain.PostWave, q, domain.Answer{Option: "me"})

	refused := func(rule *domain.Rejection, name, content string) {
		t.Helper()
		before := len(w.records())
		_, err := w.run(name, fmt.Sprint("refused-", before, len(content)), content)
		require.ErrorIs(t, err, rule)
		require.Len(t, w.records(), before)
	}
	refused(domain.ErrTallyMismatch, "record-tally-sheet", sheetOf("t1", "A", "a", 2, 2, 0)) // three sit there
	refused(domain.ErrTallyMismatch, "record-tally-sheet", sheetOf("t2", "A", "a", 2, 1, 0)) // two sit there in this session
	refused(domain.ErrTallyMismatch, "record-tally-sheet", sheetOf("t3", "A", "a", 1, 0, 0)) // nobody sits there
	refused(domain.ErrTallyMismatch, "record-tally-sheet", sheetOf("", "A", "a", 1, 0, 0))   // nobody has checked in
	refused(domain.ErrUnknownRef, "record-tally-sheet", strings.Replace(sheetOf("t1", "A", "a", 2, 1, 0), "ar_q", "ar_other", 1))
	refused(domain.ErrUnknownRef, "record-tally-sheet", strings.Replace(sheetOf("t1", "A", "a", 2, 1, 0), "dl_1", "dl_2", 1))
	w.must("record-tally-sheet", "1A", sheetOf("t1", "A", "a", 2, 1, 0))
	refused(domain.ErrSameClerk, "record-tally-sheet", sheetOf("t1", "B", "a", 2, 1, 0))
	first := w.must("record-tally-sheet", "1B", sheetOf("t1", "B", "b", 2, 1, 0))
	w.must("record-tally-sheet", "2A", sheetOf("t2", "A", "a", 0, 1, 0))
	w.must("record-tally-sheet", "2B", sheetOf("t2", "B", "b", 0, 1, 1))
	refused(domain.ErrPhaseClosed, "reconcile-tally", strings.Replace(reconcile, "SOURCE", "sheets", 1))
	w.must("close-session", "close", `{"dialogue":"dl_1","session":"s1","checkedIn":6}`)
	refused(domain.ErrTallyMismatch, "reconcile-tally", strings.Replace(reconcile, "SOURCE", "sheets", 1)) // A and B of table 2 differ
	w.must("record-tally-sheet", "2C", sheetOf("t2", "C", "c", 0, 1, 1))

	r := w.must("reconcile-tally", "settle", strings.Replace(reconcile, "SOURCE", "sheets", 1))
	f := w.fact(r.Events[0].Seq)
	require.Equal(t, domain.TallyReconciled{
		Dialogue: "dl_1", Session: "s1", Wave: domain.SessionWave, Question: q, Source: domain.FromSheets,
		CheckedIn: 6, Issued: 20, Ballots: 5, Missing: 1, Counts: map[string]int{"me": 2, "law": 2},
	}, f.Event)
	require.Contains(t, f.Meta.Observed, domain.Ref{Stream: domain.LedgerStream, Version: f.Seq}, "the ballots were counted in the whole ledger")
	refused(domain.ErrFrozen, "record-tally-sheet", sheetOf("t3", "A", "a", 0, 0, 0))
	require.Equal(t, repeated(first), w.must("record-tally-sheet", "1B", sheetOf("t1", "B", "b", 2, 1, 0)))
	w.answer("p9", domain.PostWave, q, domain.Answer{Option: "me"}) // the ledger moves on
	require.Equal(t, repeated(r), w.must("reconcile-tally", "settle", strings.Replace(reconcile, "SOURCE", "sheets", 1)))
	require.Empty(t, w.must("reconcile-tally", "again", strings.Replace(reconcile, "SOURCE", "sheets", 1)).Events)

	judges(t, w.records(), domain.TallySheetRecorded{}, domain.TallyReconciled{})
}

// Where sheets and ballots differ, somebody explains it.
func TestTallyDifference(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("open-session")
	w.seat("t1", "s1", domain.CitizenChamber, 3)
	for i, option := range []domain.OptionID{"me", "me", "law"} {
		w.answer(domain.Pseudonym(fmt.Sprint("p", i)), domain.SessionWave, domain.ArtefactRef{ID: "ar_q", Version: 1}, domain.Answer{Option: option})
	}
	w.must("record-tally-sheet", "A", sheetOf("t1", "A", "a", 1, 2, 0))
	w.must("record-tally-sheet", "B", sheetOf("t1", "B", "b", 1, 2, 0))
	w.must("close-session", "close", `{"dialogue":"dl_1","session":"s1","checkedIn":3}`)
	_, err := w.run("reconcile-tally", "unexplained", strings.Replace(reconcile, "SOURCE", "ballots", 1))
	require.ErrorIs(t, err, domain.ErrTallyMismatch)
	require.ErrorContains(t, err, "law, me")
	r := w.must("reconcile-tally", "explained", strings.Replace(reconcile, `"SOURCE"`, `"ballots","resolution":"a form was read wrongly"`, 1))
	got := w.fact(r.Events[0].Seq).Event.(domain.TallyReconciled)
	require.Equal(t, 2, got.Difference)
	require.Equal(t, map[string]int{"me": 2, "law": 1}, got.Counts)
}

// What was counted stays as it was counted: a ballot is voided before its question is reconciled.
func TestVoidEndsWithTheTally(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("cast-ballot")
	w.must("close-session", "close", `{"dialogue":"dl_1","session":"s1","checkedIn":1}`)
	void := contentOf("void-ballot")
	r := w.must("void-ballot", "void", void)
	w.must("reconcile-tally", "settle", strings.Replace(reconcile, "SOURCE", "ballots", 1))
	require.Equal(t, repeated(r), w.must("void-ballot", "void", void), "what is void stays void")
	require.Empty(t, w.must("void-ballot", "once more", void).Events)

	w = newWorld(t)
	w.tell("cast-ballot")
	w.must("close-session", "close", `{"dialogue":"dl_1","session":"s1","checkedIn":1}`)
	w.must("reconcile-tally", "settle", strings.Replace(reconcile, "SOURCE", "ballots", 1))
	w.refused(domain.ErrFrozen, "void-ballot", void)
	w.refused(domain.ErrFrozen, "void-ballot", strings.Replace(void, "illegible", "withdrawal", 1), "nor withdrawn")
	w.refused(domain.ErrUnknownRef, "void-ballot", strings.Replace(void, `"s1"`, `"s2"`, 1))
}

// Of a question that tables answer, the tables of the chamber are counted, and not the people.
func TestTallyOfTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ofTables := strings.NewReplacer(`"unit":"individual"`, `"unit":"table"`, `"correct":{"ar_q":"law"},`, ``) // what a person knows is asked of each person
	for i, s := range story {
		if s.name == "check-in" {
			break
		}
		w.must(s.name, fmt.Sprint("story-", i), ofTables.Replace(s.content))
	}
	w.seat("t1", "", domain.CitizenChamber, 5)
	w.seat("t2", "", domain.CitizenChamber, 5)
	w.seat("t3", "s1", domain.CitizenChamber, 5)
	w.seat("t4", "s2", domain.CitizenChamber, 5) // in another session
	w.seat("t5", "", domain.StakeholderChamber, 5)
	q := domain.ArtefactRef{ID: "ar_q", Version: 1}
	w.answer("Tt1", domain.SessionWave, q, domain.Answer{Option: "me"})
	w.answer("Tt2", domain.SessionWave, q, domain.Answer{Option: "me"})
	w.must("close-session", "close", `{"dialogue":"dl_1","session":"s1","checkedIn":15}`)
	r := w.must("reconcile-tally", "settle", strings.Replace(reconcile, "SOURCE", "ballots", 1))
	got := w.fact(r.Events[0].Seq).Event.(domain.TallyReconciled)
	require.Equal(t, 3, got.CheckedIn)
	require.Equal(t, 2, got.Ballots)
	require.Equal(t, 1, got.Missing)
}

// restless is a ledger in which something happens before everybody looks at the whole of it.
type restless struct {
	ledger.Ledger
	happens func()
}

func (r restless) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	r.happens()
	return r.Ledger.All(ctx, after)
}

// All that a command counts is counted at one moment, and that moment stands in Observed: who counts again comes to the same, although people come in meanwhile,
// and a question that somebody asked about in vain is none that was answered.
func TestCountedAtOneMoment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("open-session")
	q := domain.ArtefactRef{ID: "ar_q", Version: 1}
	for i := range 3 {
		w.answer(domain.Pseudonym(fmt.Sprint("p", i)), domain.SessionWave, q, domain.Answer{Option: "me"})
	}
	come := 0
	comes := func() {
		come++
		id := domain.ParticipantID(fmt.Sprint("pa_", come))
		w.put(domain.ParticipantStream(id), domain.ParticipantCheckedIn{Participant: id, Dialogue: "dl_1", Chamber: domain.CitizenChamber, By: "hal"})
	}
	for range 3 {
		comes()
	}
	w.must("close-session", "close", `{"dialogue":"dl_1","session":"s1"}`)
	w.Service.Ledger = restless{w.Service.Ledger, comes}
	w.refused(domain.ErrUnknownRef, "reconcile-tally", strings.Replace(strings.Replace(reconcile, "SOURCE", "ballots", 1), `"version":1`, `"version":9`, 1))
	r := w.must("reconcile-tally", "settle", strings.Replace(reconcile, "SOURCE", "ballots", 1))
	require.Greater(t, come, 3)
	require.GreaterOrEqual(t, w.fact(r.Events[0].Seq).Event.(domain.TallyReconciled).CheckedIn, 4)
	judges(t, w.records(), domain.TallyReconciled{})
}
