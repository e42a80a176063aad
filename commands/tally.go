package commands

import (
	"context"

	"daybook.internal/domain"
)

func tallyCommands() []Command {
	return []Command{
		define("record-tally-sheet", "take one clerk's count of the answers to a question", (*Service).RecordTallySheet),
		define("reconcile-tally", "settle the numbers of a question", (*Service).ReconcileTally),
	}
}

// RecordTallySheet takes one clerk's count of the answers to a question, at a table or in the whole room.
func (s *Service) RecordTallySheet(ctx context.Context, by By, c domain.TallySheetRecorded) (Receipt, error) {
	v := s.look(ctx)
	d := v.dialogue(c.Dialogue)
	q := v.question(c.Question)
	var present int
	if c.Table != "" {
		present = len(v.table(c.Dialogue, c.Table).Members(c.Session))
	} else {
		present = v.present(d, c.Session, q.Unit)
	}
	return inTally(v, by, d, c.Session, func(t domain.Tally) ([]domain.Event, error) { return t.RecordSheet(c, q, d, present) })
}

// ReconcileTally settles the numbers of a question, from its sheets or its ballots. Every number follows from the record. Resolution explains where
// sheets and ballots differ.
type ReconcileTally struct {
	Dialogue   domain.DialogueID  `json:"dialogue"`
	Session    domain.SessionID   `json:"session"`
	Wave       domain.Wave        `json:"wave"`
	Question   domain.ArtefactRef `json:"question"`
	Source     domain.TallySource `json:"source"`
	Resolution string             `json:"resolution,omitempty"`
}

// ReconcileTally runs the command of that name.
func (s *Service) ReconcileTally(ctx context.Context, by By, c ReconcileTally) (Receipt, error) {
	v := s.look(ctx)
	defer v.shut(domain.DialogueStream(c.Dialogue))()
	d := v.dialogue(c.Dialogue)
	q := v.question(c.Question)
	n := v.counted(c.Dialogue, Asked{c.Session, c.Wave, c.Question})
	turnout := domain.Turnout{CheckedIn: v.present(d, c.Session, q.Unit), Ballots: n.numbers()}
	settled := domain.TallyReconciled{Dialogue: c.Dialogue, Session: c.Session, Wave: c.Wave, Question: c.Question, Source: c.Source, Resolution: c.Resolution}
	return inTally(v, by, d, c.Session, func(t domain.Tally) ([]domain.Event, error) { return t.Reconcile(settled, q, d, turnout) })
}

func inTally(v *sight, by By, d domain.Dialogue, session domain.SessionID, decide func(domain.Tally) ([]domain.Event, error)) (Receipt, error) {
	if v.err != nil {
		return Receipt{}, v.err
	}
	at := d.Registered()
	return execute(v, by, domain.TallyStream(at.Dialogue, session), at.Edition, at.Dialogue, decide)
}

// numbers are the numbers of a count: non-responses are blank, and what was voided is spoiled.
func (c Count) numbers() domain.Numbers {
	return domain.Numbers{Cells: c.Cells, Valid: c.Ballots - c.NonResponse, Blank: c.NonResponse, Spoiled: c.Void}
}

// present is how many can answer in a session: those of its chamber who have checked in, or its tables.
func (v *sight) present(d domain.Dialogue, session domain.SessionID, unit domain.Unit) (n int) {
	if v.err != nil {
		return 0
	}
	id, chamber := d.Registered().Dialogue, d.ChamberOf(session)
	if unit != domain.TableUnit {
		return v.checkedIn(id, session, chamber)
	}
	for _, t := range v.tables(id) {
		if v.table(id, t).SitsIn(session, chamber) {
			n++
		}
	}
	return n
}

// question shows what a version of an artefact asks.
func (v *sight) question(ref domain.ArtefactRef) domain.Question {
	a := v.artefact(ref.ID)
	if v.err != nil {
		return domain.Question{}
	}
	q, err := a.Question(ref)
	if err != nil {
		v.refuse(err)
	}
	return q
}

// table shows a table.
func (v *sight) table(d domain.DialogueID, t domain.TableID) domain.Table {
	return sees[domain.Table](v, domain.TableStream(d, t))
}
