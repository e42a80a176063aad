package projections

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// TallyDoc is how the answers of one session were counted and reconciled.
type TallyDoc struct {
	Dialogue  domain.DialogueID `json:"dialogue"`
	Session   domain.SessionID  `json:"session"`
	Questions []TallyQuestion   `json:"questions"` // by question, version and wave
}

// TallyQuestion is one question: its sheets, by table, and its settled numbers, which are absent until it is reconciled.
type TallyQuestion struct {
	Question   domain.ArtefactRef `json:"question"`
	Wave       domain.Wave        `json:"wave"`
	Sheets     []TallySheet       `json:"sheets"`
	Reconciled *ReconciledNumbers `json:"reconciled,omitempty"`
}

// TallySheet is a sheet with the counts that were made of it. The empty table is the whole room.
type TallySheet struct {
	Table   domain.TableID `json:"table,omitempty"`
	Entries []TallyEntry   `json:"entries"` // the counts of the sheet: A, B, and C where these differ
	Differ  []string       `json:"differ"`  // the cells and totals in which A and B do not agree
}

// TallyEntry is one clerk's count.
type TallyEntry struct {
	Entry   domain.Entry   `json:"entry"`
	Clerk   string         `json:"clerk"`
	Counts  map[string]int `json:"counts"`
	Valid   int            `json:"valid"`
	Blank   int            `json:"blank"`
	Spoiled int            `json:"spoiled"`
	Sheet   domain.Digest  `json:"sheet"`
}

func (e TallyEntry) numbers() domain.Numbers {
	return domain.Numbers{Cells: e.Counts, Valid: e.Valid, Blank: e.Blank, Spoiled: e.Spoiled}
}

// ReconciledNumbers are the settled numbers of a question: Ballots + Missing + Void = CheckedIn.
type ReconciledNumbers struct {
	Source     domain.TallySource `json:"source"`
	CheckedIn  int                `json:"checkedIn"`
	Issued     int                `json:"issued"`
	Ballots    int                `json:"ballots"`
	Missing    int                `json:"missing"`
	Void       int                `json:"void"`
	Counts     map[string]int     `json:"counts"`
	Difference int                `json:"difference"` // cells in which sheets and ballots differ
	Resolution string             `json:"resolution,omitempty"`
	At         domain.Time        `json:"at"`
}

// TallyKey is the key of the document of a session's tallies.
func TallyKey(d domain.DialogueID, s domain.SessionID) string { return string(d) + "/" + string(s) }

// Tally has a document for every session of a dialogue in which anything was counted on paper or reconciled.
var Tally = Of("tally", 1, "how the answers of one session were counted and reconciled; key: dialogue/session",
	on(domain.TallySheetRecorded{}, domain.TallyReconciled{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.TallySheetRecorded:
			return append(to, TallyKey(e.Dialogue, e.Session))
		case domain.TallyReconciled:
			return append(to, TallyKey(e.Dialogue, e.Session))
		}
		return to
	},
	func(d *TallyDoc, _ string, f *Fact) {
		switch e := f.Event.(type) {
		case domain.TallySheetRecorded:
			d.Dialogue, d.Session = e.Dialogue, e.Session
			d.of(e.Question, e.Wave).enter(e)
		case domain.TallyReconciled:
			d.Dialogue, d.Session = e.Dialogue, e.Session
			d.of(e.Question, e.Wave).Reconciled = &ReconciledNumbers{
				e.Source, e.CheckedIn, e.Issued, e.Ballots, e.Missing, e.Void, e.Counts, e.Difference, e.Resolution, happened(f),
			}
		}
	})

func (d *TallyDoc) of(ref domain.ArtefactRef, wave domain.Wave) *TallyQuestion {
	i, found := slices.BinarySearchFunc(d.Questions, TallyQuestion{Question: ref, Wave: wave}, func(a, b TallyQuestion) int {
		return cmp.Or(cmp.Compare(a.Question.ID, b.Question.ID), cmp.Compare(a.Question.Version, b.Question.Version), cmp.Compare(a.Wave, b.Wave))
	})
	if !found {
		d.Questions = slices.Insert(d.Questions, i, TallyQuestion{Question: ref, Wave: wave, Sheets: []TallySheet{}})
	}
	return &d.Questions[i]
}

// enter puts a count among those of its sheet.
func (q *TallyQuestion) enter(e domain.TallySheetRecorded) {
	i, found := slices.BinarySearchFunc(q.Sheets, e.Table, func(s TallySheet, t domain.TableID) int { return cmp.Compare(s.Table, t) })
	if !found {
		q.Sheets = slices.Insert(q.Sheets, i, TallySheet{Table: e.Table, Differ: []string{}})
	}
	s := &q.Sheets[i]
	s.Entries = append(s.Entries, TallyEntry{e.Entry, e.Clerk, e.Counts, e.Valid, e.Blank, e.Spoiled, e.Sheet})
	if e.Entry == domain.EntryB && len(s.Entries) > 1 {
		s.Differ = append(s.Differ, s.Entries[0].numbers().Differ(e.Numbers())...)
	}
}
