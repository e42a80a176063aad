package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// sheet is one entry of a sheet of the example question: of a table, or of the room where the table is empty.
func sheet(table TableID, entry Entry, clerk string, state, users, blank, spoiled int) TallySheetRecorded {
	return TallySheetRecorded{
		Dialogue: "dl_KE", Session: "ss_2", Wave: PostWave, Question: ArtefactRef{"ar_wells", 3}, Table: table, Entry: entry,
		Counts: withoutZeros(map[string]int{"state": state, "users": users}), Valid: state + users, Blank: blank, Spoiled: spoiled, Sheet: exampleDigest(1), Clerk: clerk,
	}
}

// twoTables have been counted twice: t1 alike, t2 not.
func twoTables() []Event {
	return follows(sheet("t1", EntryA, "a", 2, 1, 0, 0), sheet("t1", EntryB, "b", 2, 1, 0, 0), sheet("t2", EntryA, "a", 1, 1, 1, 0), sheet("t2", EntryB, "b", 1, 1, 0, 1))
}

func TestTallySheet(t *testing.T) {
	t.Parallel()
	open := Fold(Dialogue{}, inSession()...)
	closed := Fold(open, example[SessionClosed]()) // 94 people
	q := *firstVersion().Question
	ask := func(s TallySheetRecorded) func(Tally) ([]Event, error) {
		return func(tally Tally) ([]Event, error) { return tally.RecordSheet(s, q, open, 6) }
	}
	in := func(s TallySheetRecorded, d Dialogue, present int) func(Tally) ([]Event, error) {
		return func(tally Tally) ([]Event, error) { return tally.RecordSheet(s, q, d, present) }
	}
	a, b := sheet("t1", EntryA, "a", 3, 2, 1, 0), sheet("t1", EntryB, "b", 3, 2, 0, 1)
	change := func(f func(*TallySheetRecorded)) func(Tally) ([]Event, error) { return ask(but(a, f)) }
	other := but(q, func(q *Question) { q.Unit = TableUnit })
	byTables := func(s TallySheetRecorded, present int) func(Tally) ([]Event, error) {
		return func(tally Tally) ([]Event, error) { return tally.RecordSheet(s, other, open, present) }
	}
	endorse, _ := endorseQuestion().Question(ArtefactRef{"ar_endorse", 1})
	vote := but(a, func(s *TallySheetRecorded) {
		s.Wave, s.Question, s.Counts = EndorsementWave, ArtefactRef{"ar_endorse", 1}, map[string]int{"yes": 5}
	})
	asked := func(s TallySheetRecorded) func(Tally) ([]Event, error) {
		return func(tally Tally) ([]Event, error) { return tally.RecordSheet(s, endorse, open, 6) }
	}
	third := sheet("t1", EntryC, "c", 3, 2, 1, 0)
	settled := TallyReconciled{Dialogue: "dl_KE", Session: "ss_2", Wave: PostWave, Question: ArtefactRef{"ar_wells", 3}, Source: FromBallots}
	checkRulings(t, []ruling[Tally]{
		{"the first entry", nil, ask(a), nil, follows(a)},
		{"the second entry", follows(a), ask(b), nil, follows(b)},
		{"the third entry", follows(a, b), ask(third), nil, follows(third)},
		{"is there", follows(a), ask(a), nil, nil},
		{"is there, with the cells of nobody", follows(sheet("t1", EntryA, "a", 5, 0, 0, 0)), ask(but(sheet("t1", EntryA, "a", 5, 0, 0, 0), func(s *TallySheetRecorded) {
			s.Counts = map[string]int{"state": 5, "users": 0}
		})), nil, nil},
		{"is there otherwise", follows(a), change(func(s *TallySheetRecorded) { s.Blank = 0 }), ErrFrozen, nil},
		{"of another table", follows(a), ask(sheet("t2", EntryA, "a", 1, 1, 0, 0)), nil, follows(sheet("t2", EntryA, "a", 1, 1, 0, 0))},
		{"of another wave", follows(a), change(func(s *TallySheetRecorded) { s.Wave = PreWave }), nil, follows(but(a, func(s *TallySheetRecorded) { s.Wave = PreWave }))},
		{"is reconciled", follows(settled), ask(a), ErrFrozen, nil},
		{"is reconciled, and there", follows(a, settled), ask(a), nil, nil},
		{"nothing was answered", nil, ask(sheet("t1", EntryA, "a", 0, 0, 0, 0)), nil, follows(sheet("t1", EntryA, "a", 0, 0, 0, 0))},

		{"no dialogue", nil, change(func(s *TallySheetRecorded) { s.Dialogue = "" }), ErrInvalidID, nil},
		{"no session", nil, change(func(s *TallySheetRecorded) { s.Session = "" }), ErrInvalidID, nil},
		{"a table of no name", nil, change(func(s *TallySheetRecorded) { s.Table = "a/b" }), ErrInvalidID, nil},
		{"no question", nil, change(func(s *TallySheetRecorded) { s.Question.Version = 0 }), ErrInvalidField, nil},
		{"unknown wave", nil, change(func(s *TallySheetRecorded) { s.Wave = "" }), ErrInvalidField, nil},
		{"unknown entry", nil, change(func(s *TallySheetRecorded) { s.Entry = "D" }), ErrInvalidField, nil},
		{"no clerk", nil, change(func(s *TallySheetRecorded) { s.Clerk = "" }), ErrInvalidField, nil},
		{"no image", nil, change(func(s *TallySheetRecorded) { s.Sheet = Digest{} }), ErrChecksum, nil},
		{"session not opened", nil, in(a, Fold(Dialogue{}, authorised()...), 6), ErrSessionNotOpen, nil},
		{"no dialogue at all", nil, in(a, Dialogue{}, 6), ErrSessionNotOpen, nil},
		{"session closed", nil, in(a, closed, 6), nil, follows(a)},
		{"another dialogue", nil, change(func(s *TallySheetRecorded) { s.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"question not asked", nil, change(func(s *TallySheetRecorded) { s.Question.Version = 2 }), ErrUnknownRef, nil},
		{"a vote on a recommendation", nil, asked(vote), nil, follows(vote)},
		{"a vote on a recommendation in another wave", nil, asked(but(vote, func(s *TallySheetRecorded) { s.Wave = PostWave })), ErrUnknownRef, nil},

		{"B before A", nil, ask(b), ErrTallyMismatch, nil},
		{"C before B", follows(a), ask(third), ErrTallyMismatch, nil},
		{"C where A and B agree", follows(a, but(a, func(s *TallySheetRecorded) { s.Entry, s.Clerk = EntryB, "b" })), ask(third), ErrTallyMismatch, nil},
		{"A of this table, B of the other", follows(sheet("t2", EntryA, "a", 1, 1, 0, 0)), ask(b), ErrTallyMismatch, nil},
		{"B by the clerk of A", follows(a), ask(but(b, func(s *TallySheetRecorded) { s.Clerk = "a" })), ErrSameClerk, nil},
		{"C by the clerk of A", follows(a, b), ask(but(third, func(s *TallySheetRecorded) { s.Clerk = "a" })), ErrSameClerk, nil},
		{"C by the clerk of B", follows(a, b), ask(but(third, func(s *TallySheetRecorded) { s.Clerk = "b" })), ErrSameClerk, nil},
		{"the room after a table", follows(a), ask(sheet("", EntryA, "a", 1, 1, 0, 0)), ErrTallyMismatch, nil},
		{"a table after the room", follows(sheet("", EntryA, "a", 1, 1, 0, 0)), ask(a), ErrTallyMismatch, nil},

		{"as many as sit there", nil, in(a, open, 6), nil, follows(a)},
		{"more than sit there", nil, in(a, open, 5), ErrTallyMismatch, nil},
		{"at a table, not in the room", nil, in(a, closed, 5), ErrTallyMismatch, nil},
		{"as many as are in the room", nil, in(sheet("", EntryA, "a", 3, 2, 1, 0), open, 6), nil, follows(sheet("", EntryA, "a", 3, 2, 1, 0))},
		{"more than are in the room", nil, in(sheet("", EntryA, "a", 3, 2, 1, 0), open, 5), ErrTallyMismatch, nil},
		{"as many as were in the room", nil, in(sheet("", EntryA, "a", 50, 42, 1, 1), closed, 0), nil, follows(sheet("", EntryA, "a", 50, 42, 1, 1))},
		{"more than were in the room", nil, in(sheet("", EntryA, "a", 50, 42, 2, 1), closed, 96), ErrTallyMismatch, nil},
		{"a table answers once", nil, byTables(sheet("t1", EntryA, "a", 1, 0, 0, 0), 6), nil, follows(sheet("t1", EntryA, "a", 1, 0, 0, 0))},
		{"a table answers twice", nil, byTables(sheet("t1", EntryA, "a", 1, 1, 0, 0), 6), ErrTallyMismatch, nil},
		{"a table that is not seated answers", nil, byTables(sheet("t1", EntryA, "a", 1, 0, 0, 0), 0), ErrTallyMismatch, nil},
		{"all tables answer", nil, byTables(sheet("", EntryA, "a", 6, 6, 0, 0), 12), nil, follows(sheet("", EntryA, "a", 6, 6, 0, 0))},
		{"more than all tables answer", nil, byTables(sheet("", EntryA, "a", 7, 6, 0, 0), 12), ErrTallyMismatch, nil},
		{"negative valid", nil, change(func(s *TallySheetRecorded) { s.Valid, s.Counts = -1, nil }), ErrTallyMismatch, nil},
		{"negative blank", nil, change(func(s *TallySheetRecorded) { s.Blank = -1 }), ErrTallyMismatch, nil},
		{"negative spoiled", nil, change(func(s *TallySheetRecorded) { s.Spoiled = -1 }), ErrTallyMismatch, nil},
		{"cells that are not valid answers", nil, change(func(s *TallySheetRecorded) { s.Valid = 4 }), ErrTallyMismatch, nil},
		{"a cell that is not on the sheet", nil, change(func(s *TallySheetRecorded) { s.Counts = map[string]int{"state": 3, "rain": 2} }), ErrTallyMismatch, nil},
	})
}

func TestTallyReconcile(t *testing.T) {
	t.Parallel()
	closed := Fold(Dialogue{}, append(inSession(), but(example[SessionClosed](), func(c *SessionClosed) { c.CheckedIn = 0 }))...)
	q := *firstVersion().Question
	ref := ArtefactRef{"ar_wells", 3}
	want := func(source TallySource, checkedIn, ballots, missing, void, state, users int) TallyReconciled {
		return TallyReconciled{
			Dialogue: "dl_KE", Session: "ss_2", Wave: PostWave, Question: ref, Source: source, CheckedIn: checkedIn, Issued: 96,
			Ballots: ballots, Missing: missing, Void: void, Counts: withoutZeros(map[string]int{"state": state, "users": users}),
		}
	}
	asked := func(source TallySource, changes ...func(*TallyReconciled)) TallyReconciled {
		r := TallyReconciled{Dialogue: "dl_KE", Session: "ss_2", Wave: PostWave, Question: ref, Source: source, CheckedIn: 1, Issued: 1, Ballots: 1, Missing: -1, Void: 7, Difference: 3}
		for _, change := range changes {
			change(&r)
		}
		return r
	}
	cast := func(checkedIn, state, users, blank, void int) Turnout {
		return Turnout{checkedIn, Numbers{withoutZeros(map[string]int{"state": state, "users": users}), state + users, blank, void}}
	}
	in := func(r TallyReconciled, q Question, d Dialogue, n Turnout) func(Tally) ([]Event, error) {
		return func(tally Tally) ([]Event, error) { return tally.Reconcile(r, q, d, n) }
	}
	ask := func(source TallySource, n Turnout, changes ...func(*TallyReconciled)) func(Tally) ([]Event, error) {
		return in(asked(source, changes...), q, closed, n)
	}
	resolved := func(r *TallyReconciled) { r.Resolution = "one form was entered twice" }
	third := func(state, users, blank, spoiled int) []Event {
		return append(twoTables(), sheet("t2", EntryC, "c", state, users, blank, spoiled))
	}
	agreed := follows(sheet("", EntryA, "a", 40, 50, 1, 2), sheet("", EntryB, "b", 40, 50, 1, 2))
	byTables := but(q, func(q *Question) { q.Unit = TableUnit })
	online := Fold(Dialogue{}, but(example[DialogueRegistered](), func(r *DialogueRegistered) { r.SampleType = OpenOnline }),
		but(example[SessionOpened](), func(s *SessionOpened) { s.IssuedCodes = 0 }), but(example[SessionClosed](), func(c *SessionClosed) { c.CheckedIn = 0 }))
	counted94 := Fold(Dialogue{}, append(inSession(), example[SessionClosed]())...)
	free := func(r TallyReconciled) TallyReconciled { r.Issued = 0; return r }
	settled := want(FromSheets, 94, 91, 1, 2, 40, 50)
	checkRulings(t, []ruling[Tally]{
		{"from the ballots", nil, ask(FromBallots, cast(96, 60, 33, 1, 1)), nil, follows(want(FromBallots, 96, 94, 1, 1, 60, 33))},
		{"from no ballots at all", nil, ask(FromBallots, cast(96, 0, 0, 0, 0)), nil, follows(want(FromBallots, 96, 0, 96, 0, 0, 0))},
		{"from the sheet of the room", agreed, ask(FromSheets, cast(94, 0, 0, 0, 0)), nil, follows(settled)},
		{"from the sheets of the tables", third(1, 1, 0, 1), ask(FromSheets, cast(8, 0, 0, 0, 0)), nil, follows(want(FromSheets, 8, 5, 2, 1, 3, 2))},
		{"the third entry decides otherwise", third(1, 1, 1, 0), ask(FromSheets, cast(8, 0, 0, 0, 0)), nil, follows(want(FromSheets, 8, 6, 2, 0, 3, 2))},
		{"the third entry decides nothing else", third(0, 1, 0, 1), ask(FromSheets, cast(8, 0, 0, 0, 0)), nil, follows(want(FromSheets, 8, 5, 2, 1, 3, 2))},
		{"the third entry agrees with neither", third(1, 1, 2, 2), ask(FromSheets, cast(8, 0, 0, 0, 0)), ErrTallyMismatch, nil},
		{"no third entry", twoTables(), ask(FromSheets, cast(8, 0, 0, 0, 0)), ErrTallyMismatch, nil},
		{"no third entry, though there are ballots", twoTables(), ask(FromBallots, cast(8, 3, 2, 0, 1), resolved), ErrTallyMismatch, nil},
		{"no second entry", twoTables()[:3], ask(FromSheets, cast(8, 0, 0, 0, 0)), ErrTallyMismatch, nil},
		{"two of three in every cell, which no answers can give", follows(sheet("", EntryA, "a", 3, 2, 0, 0), sheet("", EntryB, "b", 2, 3, 0, 0), sheet("", EntryC, "c", 3, 3, 0, 0)),
			ask(FromSheets, cast(8, 0, 0, 0, 0)), ErrTallyMismatch, nil},
		{"no sheets", nil, ask(FromSheets, cast(96, 60, 33, 1, 1)), ErrTallyMismatch, nil},
		{"sheets, and no ballots to take the numbers from", agreed, ask(FromBallots, cast(96, 0, 0, 0, 0)), ErrTallyMismatch, nil},

		{"sheets and ballots agree", agreed, ask(FromBallots, cast(94, 40, 50, 1, 2)), nil, follows(but(settled, func(r *TallyReconciled) { r.Source = FromBallots }))},
		{"they differ", agreed, ask(FromBallots, cast(94, 41, 50, 0, 2)), ErrTallyMismatch, nil},
		{"they differ, from the ballots", agreed, ask(FromBallots, cast(94, 41, 50, 0, 2), resolved), nil,
			follows(but(want(FromBallots, 94, 91, 1, 2, 41, 50), func(r *TallyReconciled) { r.Difference = 2; resolved(r) }))},
		{"they differ, from the sheets", agreed, ask(FromSheets, cast(94, 41, 50, 0, 2), resolved), nil,
			follows(but(settled, func(r *TallyReconciled) { r.Difference = 2; resolved(r) }))},
		{"they differ in what is void alone", agreed, ask(FromSheets, cast(94, 40, 50, 1, 0)), ErrTallyMismatch, nil},
		{"a resolution of nothing", agreed, ask(FromSheets, cast(94, 40, 50, 1, 2), resolved), nil, follows(but(settled, resolved))},

		{"is reconciled", append(agreed, settled), ask(FromSheets, cast(94, 0, 0, 0, 0)), nil, nil},
		{"is reconciled, and somebody's vote was voided since", append(agreed, settled), ask(FromSheets, cast(94, 9, 9, 9, 9)), nil, nil},
		{"is reconciled otherwise", append(agreed, settled), ask(FromBallots, cast(94, 40, 50, 1, 2)), ErrFrozen, nil},
		{"is reconciled without a resolution", append(agreed, settled), ask(FromSheets, cast(94, 0, 0, 0, 0), resolved), ErrFrozen, nil},
		{"another wave is reconciled", append(agreed, settled), ask(FromBallots, cast(94, 1, 0, 0, 0), func(r *TallyReconciled) { r.Wave = PreWave }), nil,
			follows(but(want(FromBallots, 94, 1, 93, 0, 1, 0), func(r *TallyReconciled) { r.Wave = PreWave }))},

		{"nobody is missing", nil, ask(FromBallots, cast(94, 60, 33, 0, 1)), nil, follows(want(FromBallots, 94, 94-1, 0, 1, 60, 33))},
		{"more than checked in", nil, ask(FromBallots, cast(93, 60, 33, 0, 1)), ErrTallyMismatch, nil},
		{"as many as codes", nil, ask(FromBallots, cast(99, 60, 33, 2, 1)), nil, follows(want(FromBallots, 99, 95, 3, 1, 60, 33))},
		{"more than codes", nil, ask(FromBallots, cast(99, 60, 33, 2, 2)), ErrTallyMismatch, nil},
		{"those counted at the closing, whoever checked in later", nil, in(asked(FromBallots), q, counted94, cast(200, 60, 33, 0, 1)), nil, follows(want(FromBallots, 94, 93, 0, 1, 60, 33))},
		{"tables answer without codes", nil, in(asked(FromBallots), byTables, counted94, cast(12, 7, 4, 0, 0)), nil, follows(free(want(FromBallots, 12, 11, 1, 0, 7, 4)))},
		{"more tables than there are", nil, in(asked(FromBallots), byTables, counted94, cast(12, 9, 4, 0, 0)), ErrTallyMismatch, nil},
		{"open online, where nobody checks in", nil, in(asked(FromBallots), q, online, cast(0, 300, 200, 7, 3)), nil, follows(free(want(FromBallots, 510, 507, 0, 3, 300, 200)))},
		{"open online, where somebody does", nil, in(asked(FromBallots), q, online, cast(9, 300, 200, 7, 3)), ErrTallyMismatch, nil},
		{"in a room where nobody checked in", nil, ask(FromBallots, cast(0, 1, 0, 0, 0)), ErrTallyMismatch, nil},

		{"no dialogue", nil, ask(FromBallots, cast(9, 0, 0, 0, 0), func(r *TallyReconciled) { r.Dialogue = "" }), ErrInvalidID, nil},
		{"no session", nil, ask(FromBallots, cast(9, 0, 0, 0, 0), func(r *TallyReconciled) { r.Session = "" }), ErrInvalidID, nil},
		{"no question", nil, ask(FromBallots, cast(9, 0, 0, 0, 0), func(r *TallyReconciled) { r.Question = ArtefactRef{} }), ErrInvalidField, nil},
		{"unknown wave", nil, ask(FromBallots, cast(9, 0, 0, 0, 0), func(r *TallyReconciled) { r.Wave = "" }), ErrInvalidField, nil},
		{"unknown source", nil, ask("hearsay", cast(9, 0, 0, 0, 0)), ErrInvalidField, nil},
		{"session open", nil, in(asked(FromBallots), q, Fold(Dialogue{}, inSession()...), cast(96, 60, 33, 1, 1)), ErrPhaseClosed, nil},
		{"session not opened", nil, in(asked(FromBallots), q, Fold(Dialogue{}, authorised()...), cast(96, 60, 33, 1, 1)), ErrSessionNotOpen, nil},
		{"question not asked", nil, ask(FromBallots, cast(9, 0, 0, 0, 0), func(r *TallyReconciled) { r.Question.Version = 2 }), ErrUnknownRef, nil},
	})

	tally := Fold(Tally{}, append(agreed, settled)...)
	got, ok := tally.Result(PostWave, ref)
	require.True(t, ok)
	require.Equal(t, settled, got)
	require.True(t, tally.Reconciled(PostWave, ref))
	require.False(t, tally.Reconciled(PreWave, ref))
	_, ok = tally.Result(PreWave, ref)
	require.False(t, ok)
	require.Equal(t, Ref{TallyStream("dl_KE", "ss_2"), 3}, Fold(tally, sheet("", EntryA, "a", 1, 1, 0, 0)).settledAt(PostWave, ref))
}

// The example of the method: sheets A 40/30/24 and B 40/30/23 with a blank one differ in two cells.
func TestNumbersDiffer(t *testing.T) {
	t.Parallel()
	a := Numbers{map[string]int{"x": 40, "y": 30, "z": 24}, 94, 0, 0}
	for name, c := range map[string]struct {
		b    Numbers
		want []string
	}{
		"alike":                            {a, nil},
		"one answer is blank":              {Numbers{map[string]int{"x": 40, "y": 30, "z": 23}, 93, 1, 0}, []string{"(blank)", "z"}},
		"more valid, in no cell":           {Numbers{a.Cells, 95, 0, 0}, []string{"(valid)"}},
		"more valid and spoiled":           {Numbers{a.Cells, 95, 0, 1}, []string{"(spoiled)", "(valid)"}},
		"a cell of nobody":                 {Numbers{map[string]int{"x": 40, "y": 30, "z": 24, "w": 0}, 94, 0, 0}, nil},
		"a cell that the other has not":    {Numbers{map[string]int{"x": 40, "y": 30, "w": 24}, 94, 0, 0}, []string{"w", "z"}},
		"an answer under another cell":     {Numbers{map[string]int{"x": 41, "y": 29, "z": 24}, 94, 0, 0}, []string{"x", "y"}},
		"nobody at all against everything": {Numbers{}, []string{"x", "y", "z"}},
	} {
		require.Equal(t, c.want, a.Differ(c.b), name)
		require.Equal(t, c.want, c.b.Differ(a), name)
	}
}
