package domain

import "strings"

// Turnout is who could answer a question, and what the ballots say.
type Turnout struct {
	CheckedIn int     // people, or tables where tables answer
	Ballots   Numbers // those that stand; Blank are the non-responses, Spoiled those that were voided
}

// Reconcile settles the numbers of question q in a closed session of dialogue d, from its sheets or its ballots. All but Source and Resolution of r is
// set here.
func (t Tally) Reconcile(r TallyReconciled, q Question, d Dialogue, n Turnout) ([]Event, error) {
	err := first(CheckID("dialogue", r.Dialogue), CheckID("session", r.Session), r.Question.Check(), oneOf("wave", r.Wave, waves), oneOf("source", r.Source, tallySources))
	if err == nil {
		err = d.wasAsked(r.Dialogue, r.Session, r.Wave, r.Question, q)
	}
	if err != nil {
		return nil, err
	}
	p := t.polls[polled{r.Wave, r.Question}]
	session := d.sessions[r.Session]
	switch have := p.settled; {
	case have != nil && have.Source == r.Source && have.Resolution == r.Resolution:
		return nil, nil
	case have != nil:
		return nil, reject(ErrFrozen, "question %s version %d, wave %s, is reconciled", r.Question.ID, r.Question.Version, r.Wave)
	case session.closed == nil:
		return nil, reject(ErrPhaseClosed, "session %s is still open: answers can still change", r.Session)
	}
	said, err := p.agreed(q)
	if err != nil {
		return nil, err
	}
	voted := n.Ballots.Valid+n.Ballots.Blank+n.Ballots.Spoiled > 0
	numbers := n.Ballots
	switch {
	case r.Source == FromSheets && said == nil:
		return nil, reject(ErrTallyMismatch, "no sheet of this question is there to take the numbers from")
	case r.Source == FromBallots && said != nil && !voted:
		return nil, reject(ErrTallyMismatch, "there are sheets of this question, and no ballots: take the numbers from the sheets")
	case r.Source == FromSheets:
		numbers = *said
	}
	r.Difference = 0
	if said != nil && voted {
		differ := said.Differ(n.Ballots)
		if r.Difference = len(differ); r.Difference > 0 && r.Resolution == "" {
			return nil, reject(ErrTallyMismatch, "sheets and ballots differ in %s: a resolution explains it", strings.Join(differ, ", "))
		}
	}
	r.Counts, r.Ballots, r.Void, r.Issued = withoutZeros(numbers.Cells), numbers.Valid+numbers.Blank, numbers.Spoiled, 0
	r.CheckedIn = n.CheckedIn
	if q.Unit == Individual {
		r.CheckedIn, r.Issued = d.present(r.Session, n.CheckedIn), session.IssuedCodes
	}
	if r.CheckedIn == 0 && d.registered.SampleType == OpenOnline { // nobody checks in: who answers is there
		r.CheckedIn = r.Ballots + r.Void
	}
	switch r.Missing = r.CheckedIn - r.Ballots - r.Void; {
	case r.Missing < 0:
		return nil, reject(ErrTallyMismatch, "%d answers and %d void ones are more than the %d who could answer", r.Ballots, r.Void, r.CheckedIn)
	case r.Issued > 0 && r.Ballots+r.Void > r.Issued:
		return nil, reject(ErrTallyMismatch, "%d answers and %d void ones are more than the %d codes that were issued", r.Ballots, r.Void, r.Issued)
	}
	return []Event{r}, nil
}

// agreed adds up the sheets of a question; nil where there are none.
func (p poll) agreed(q Question) (*Numbers, error) {
	if len(p.sheets) == 0 {
		return nil, nil
	}
	sum := flat{}
	for _, table := range sortedKeys(p.sheets) {
		n, err := p.sheets[table].settle(placeOf(table), q)
		if err != nil {
			return nil, err
		}
		sum = sum.plus(n)
	}
	n := sum.numbers()
	return &n, nil
}

func placeOf(table TableID) string {
	if table == "" {
		return "the room"
	}
	return "table " + string(table)
}

// settle is what at least two of the entries of one sheet say in every cell.
func (e entriesOf) settle(where string, q Question) (flat, error) {
	a := e[EntryA].Numbers()
	b, twice := e[EntryB]
	if !twice {
		return nil, reject(ErrTallyMismatch, "the sheet of %s was counted once: entry B is missing", where)
	}
	differ := a.Differ(b.Numbers())
	if len(differ) == 0 {
		return a.flat(), nil
	}
	third, thrice := e[EntryC]
	if !thrice {
		return nil, reject(ErrTallyMismatch, "the entries of %s differ in %s: a third one decides", where, strings.Join(differ, ", "))
	}
	c := third.Numbers()
	n, open := a.Settle(b.Numbers(), &c)
	if len(open) > 0 {
		return nil, reject(ErrTallyMismatch, "no two of the three entries of %s agree in %s", where, open[0])
	}
	return n.flat(), q.CheckCells(n.Cells, n.Valid)
}
