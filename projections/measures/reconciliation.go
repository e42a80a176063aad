package measures

import (
	"fmt"
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// ReconciliationDoc is whether the numbers of one question agree: people in the room, answers, sheets counted twice, tables and the whole. What is not settled yet,
// or not counted on paper, is null.
type ReconciliationDoc struct {
	Head
	Edition    domain.EditionID    `json:"edition"`
	Dialogue   domain.DialogueID   `json:"dialogue"`
	Place      domain.Place        `json:"place"`
	SampleType domain.SampleType   `json:"sampleType"`
	Session    domain.SessionID    `json:"session"`
	Question   domain.ArtefactRef  `json:"question"`
	Wave       domain.Wave         `json:"wave"`
	Kind       domain.QuestionKind `json:"kind"`
	Unit       domain.Unit         `json:"unit"` // what is counted: people or tables
	Reconciled bool                `json:"reconciled"`
	Source     domain.TallySource  `json:"source,omitempty"`
	Resolution string              `json:"resolution,omitempty"`

	Issued           *int `json:"issued"` // codes that were issued; where people answer only
	CheckedIn        *int `json:"checkedIn"`
	Ballots          *int `json:"ballots"` // standing, refusals to answer among them
	Missing          *int `json:"missing"`
	Void             *int `json:"void"`
	Difference       *int `json:"difference"`       // checkedIn - ballots - missing - void
	SheetsAndBallots *int `json:"sheetsAndBallots"` // cells in which sheets and ballots differed when it was settled

	Standing Standing       `json:"standing"` // the ballots of the record as they stand now, whatever was settled
	Entry    DoubleEntry    `json:"entry"`
	Sheets   []SheetSettled `json:"sheets"` // by table; the empty table is the whole room
	Tables   *TableSum      `json:"tables"` // of the sheets of tables; null where there are none, or one is not settled
	Agrees   *bool          `json:"agrees"` // all of it does; null until it is reconciled

	counts map[string]int // settled
}

// Standing counts ballots that were cast.
type Standing struct {
	Valid       int `json:"valid"`
	NonResponse int `json:"nonResponse"`
	Voided      int `json:"voided"` // how often an answer was voided
}

// DoubleEntry is how well the two entries of sheets agree: Cells are compared, of all sheets that were counted twice.
type DoubleEntry struct {
	Sheets   int  `json:"sheets"`
	Twice    int  `json:"twice"`
	Thrice   int  `json:"thrice"`
	Cells    int  `json:"cells"`
	Equal    Rate `json:"equal"`
	Unsolved int  `json:"unsolved"` // sheets on which no two entries agree in every cell

	equal int
}

// SheetSettled is one sheet: how its entries differ, and what it comes to.
type SheetSettled struct {
	Table   domain.TableID `json:"table,omitempty"`
	Entries int            `json:"entries"`
	Differ  []string       `json:"differ"`            // cells and totals in which A and B do
	Open    []string       `json:"open"`              // of them, those that no third entry decides
	Numbers *SheetNumbers  `json:"numbers,omitempty"` // the settled numbers of the sheet; absent: not settled
}

// SheetNumbers are cells and totals.
type SheetNumbers struct {
	Counts  map[string]int `json:"counts"`
	Valid   int            `json:"valid"`
	Blank   int            `json:"blank"`
	Spoiled int            `json:"spoiled"`
}

// TableSum adds the sheets of tables up. Room names the cells in which the sum differs from the sheet of the whole room; Settled those in which it differs from
// the settled numbers; each is null where there is nothing to compare with.
type TableSum struct {
	Tables  int          `json:"tables"`
	Sum     SheetNumbers `json:"sum"`
	Room    *[]string    `json:"room"`
	Settled *[]string    `json:"settled"`
}

// Reconciliation has a document for every question that was counted in a session of a dialogue, by wave.
var Reconciliation = of(View{Name: "reconciliation", Version: Version,
	About: "whether the numbers of one question agree: codes, check-ins, ballots, sheets, tables; key: edition/dialogue/session/question@version/wave"},
	func(in *Inputs) []string {
		keys := []string{}
		add := func(edition domain.EditionID, d domain.DialogueID, s domain.SessionID, q domain.ArtefactRef, w domain.Wave) {
			if in.question(q) != nil {
				keys = append(keys, fmt.Sprintf("%s/%s/%s/%s@%d/%s", edition, d, s, q.ID, q.Version, w))
			}
		}
		for _, a := range in.pools() {
			for _, sheet := range in.pool(a).Sheets {
				add(a.Edition, sheet.Room.Dialogue, a.Session, a.Question, a.Wave)
			}
		}
		for _, key := range in.keysOf(projections.Tally) {
			t := document[projections.TallyDoc](in, projections.Tally, key)
			for _, q := range t.Questions {
				add(in.dialogue(t.Dialogue).frame.Edition, t.Dialogue, t.Session, q.Question, q.Wave)
			}
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	},
	func(in *Inputs, key string, d *ReconciliationDoc) error {
		parts := strings.Split(key, "/")
		if len(parts) != 5 {
			return ErrNoDocument
		}
		d.Dialogue = domain.DialogueID(parts[1])
		frame := in.dialogue(d.Dialogue).frame
		a, _, err := parseAsked(strings.Join([]string{parts[0], parts[3], parts[2], parts[4], string(frame.SampleType)}, "/"), 0)
		if err != nil || frame.Edition == "" || a.Edition != frame.Edition {
			return ErrNoDocument
		}
		q, settled, sheet := in.question(a.Question), in.tally(d.Dialogue, a), in.room(d.Dialogue).Sheet(a)
		if q == nil || settled == nil && sheet == nil {
			return ErrNoDocument
		}
		d.Edition, d.Place, d.SampleType, d.Session, d.Question, d.Wave = a.Edition, frame.Place, a.Sample, a.Session, a.Question, a.Wave
		in.warnOfSample(a.Sample, &d.Head)
		d.Kind, d.Unit, d.Sheets = q.Kind, q.Unit, []SheetSettled{}
		if sheet != nil {
			c := sheet.count(q)
			d.Standing = Standing{Valid: c.valid, Voided: sheet.Voided}
			for _, n := range c.nonResponse {
				d.Standing.NonResponse += n
			}
		}
		if settled != nil {
			for _, s := range settled.Sheets {
				d.Sheets = append(d.Sheets, d.sheet(s))
			}
			d.settle(settled.Reconciled)
		}
		d.Entry.Equal = d.rate("equal cells", &d.Entry.equal, some(d.Entry.Cells))
		d.addTables()
		d.judge()
		return nil
	})

// tally is what was counted and settled of a question in a dialogue; nil where nothing was.
func (in *Inputs) tally(id domain.DialogueID, a Asked) *projections.TallyQuestion {
	t := document[projections.TallyDoc](in, projections.Tally, projections.TallyKey(id, a.Session))
	if t == nil {
		return nil
	}
	i := slices.IndexFunc(t.Questions, func(q projections.TallyQuestion) bool { return q.Question == a.Question && q.Wave == a.Wave })
	if i < 0 {
		return nil
	}
	return &t.Questions[i]
}

// sheet takes one sheet in.
func (d *ReconciliationDoc) sheet(s projections.TallySheet) SheetSettled {
	out := SheetSettled{Table: s.Table, Entries: len(s.Entries), Differ: slices.Clone(s.Differ), Open: []string{}}
	entries := map[domain.Entry]domain.Numbers{}
	for _, e := range s.Entries {
		entries[e.Entry] = domain.TallySheetRecorded{Counts: e.Counts, Valid: e.Valid, Blank: e.Blank, Spoiled: e.Spoiled}.Numbers()
	}
	a, first := entries[domain.EntryA]
	b, second := entries[domain.EntryB]
	d.Entry.Sheets++
	if !first || !second {
		return out
	}
	cells := a.Compared(b)
	d.Entry.Twice, d.Entry.Cells, d.Entry.equal = d.Entry.Twice+1, d.Entry.Cells+cells, d.Entry.equal+max(0, cells-len(out.Differ))
	var third *domain.Numbers
	if c, thrice := entries[domain.EntryC]; thrice {
		d.Entry.Thrice++
		third = &c
	}
	n, open := a.Settle(b, third)
	if len(open) > 0 {
		d.Entry.Unsolved++
		out.Open = slices.DeleteFunc(open, func(cell string) bool { return !slices.Contains(out.Differ, cell) })
		return out
	}
	out.Numbers = &SheetNumbers{n.Cells, n.Valid, n.Blank, n.Spoiled}
	return out
}

// settle takes the settled numbers in.
func (d *ReconciliationDoc) settle(n *projections.ReconciledNumbers) {
	if n == nil {
		return
	}
	r := *n
	difference := r.CheckedIn - r.Ballots - r.Missing - r.Void
	d.Reconciled, d.Source, d.Resolution, d.counts = true, r.Source, r.Resolution, r.Counts
	d.CheckedIn, d.Ballots, d.Missing, d.Void, d.Difference, d.SheetsAndBallots = &r.CheckedIn, &r.Ballots, &r.Missing, &r.Void, &difference, &r.Difference
	if d.Unit == domain.Individual && r.Issued > 0 {
		d.Issued = &r.Issued
	}
}

func (n SheetNumbers) numbers() domain.Numbers {
	return domain.Numbers{Cells: n.Counts, Valid: n.Valid, Blank: n.Blank, Spoiled: n.Spoiled}
}

// addTables adds the sheets of tables up, and compares them with the whole room.
func (d *ReconciliationDoc) addTables() {
	sum, tables := domain.Numbers{}, 0
	var room *SheetNumbers
	for _, s := range d.Sheets {
		switch {
		case s.Numbers == nil:
			return
		case s.Table == "":
			room = s.Numbers
		default:
			sum, tables = sum.Plus(s.Numbers.numbers()), tables+1
		}
	}
	if tables == 0 {
		return
	}
	d.Tables = &TableSum{Tables: tables, Sum: SheetNumbers{sum.Cells, sum.Valid, sum.Blank, sum.Spoiled}}
	if room != nil {
		differ := append([]string{}, sum.Differ(room.numbers())...)
		d.Tables.Room = &differ
	}
	if d.Reconciled && d.Source == domain.FromSheets {
		differ := append([]string{}, sum.Differ(domain.Numbers{Cells: d.counts, Valid: *d.Ballots - sum.Blank, Blank: sum.Blank, Spoiled: *d.Void})...)
		d.Tables.Settled = &differ
	}
}

// judge says whether everything agrees that there is.
func (d *ReconciliationDoc) judge() {
	if !d.Reconciled {
		d.warn(WarnNotReconciled, "the numbers of this question are not settled yet")
		return
	}
	agrees := *d.Difference == 0 && *d.Missing >= 0 && d.Entry.Unsolved == 0 && d.Entry.Twice == d.Entry.Sheets
	if d.Issued != nil {
		agrees = agrees && *d.Issued >= *d.CheckedIn
	}
	if t := d.Tables; t != nil {
		agrees = agrees && (t.Room == nil || len(*t.Room) == 0) && (t.Settled == nil || len(*t.Settled) == 0)
	}
	if d.Source == domain.FromBallots && d.Unit == domain.Individual {
		agrees = agrees && d.Standing.Valid+d.Standing.NonResponse == *d.Ballots
	}
	d.Agrees = &agrees
}
