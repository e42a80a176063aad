package domain

import "slices"

// TallyStream is the stream of the tallies of one session of a dialogue.
func TallyStream(d DialogueID, s SessionID) StreamID {
	return StreamName("tally", string(d), string(s))
}

// Tally is the state of one tally stream: the sheets of every question, and what each was reconciled to.
type Tally struct {
	version uint64
	polls   map[polled]poll
}

type polled struct {
	wave     Wave
	question ArtefactRef
}

type poll struct {
	sheets  map[TableID]entriesOf // of the empty table: the room
	settled *TallyReconciled
	version uint64 // of the stream, with what settled it
}

type entriesOf map[Entry]TallySheetRecorded

// Evolve folds one event.
func (t Tally) Evolve(ev Event) Tally {
	switch ev := ev.(type) {
	case TallySheetRecorded:
		at := polled{ev.Wave, ev.Question}
		p := t.polls[at]
		p.sheets = with(p.sheets, ev.Table, with(p.sheets[ev.Table], ev.Entry, ev))
		t.version, t.polls = t.version+1, with(t.polls, at, p)
	case TallyReconciled:
		at := polled{ev.Wave, ev.Question}
		p := t.polls[at]
		t.version++
		p.settled, p.version = &ev, t.version
		t.polls = with(t.polls, at, p)
	}
	return t
}

// Reconciled tells whether the numbers of a question are settled.
func (t Tally) Reconciled(wave Wave, question ArtefactRef) bool {
	return t.polls[polled{wave, question}].settled != nil
}

// Result is what the numbers of a question were settled to, if they are.
func (t Tally) Result(wave Wave, question ArtefactRef) (TallyReconciled, bool) {
	p := t.polls[polled{wave, question}]
	if p.settled == nil {
		return TallyReconciled{}, false
	}
	return *p.settled, true
}

// settledAt is the tally as it stood when the numbers of a question were settled.
func (t Tally) settledAt(wave Wave, question ArtefactRef) Ref {
	p := t.polls[polled{wave, question}]
	return Ref{TallyStream(p.settled.Dialogue, p.settled.Session), p.version}
}

// RecordSheet takes one clerk's count of the answers to question q in dialogue d. present is how many could answer: the people at the table that the
// sheet names, or else all who have checked in; of a question that tables answer, the tables.
func (t Tally) RecordSheet(s TallySheetRecorded, q Question, d Dialogue, present int) ([]Event, error) {
	err := first(CheckID("dialogue", s.Dialogue), CheckID("session", s.Session), s.Question.Check(), oneOf("wave", s.Wave, waves), oneOf("entry", s.Entry, entries))
	if err == nil && s.Table != "" {
		err = CheckID("table", s.Table)
	}
	if err != nil {
		return nil, err
	}
	s.Counts = withoutZeros(s.Counts)
	p := t.polls[polled{s.Wave, s.Question}]
	have, again := p.sheets[s.Table][s.Entry]
	switch {
	case again && same(have, s):
		return nil, nil
	case again:
		return nil, reject(ErrFrozen, "entry %s of this sheet has other numbers, which stay: whoever counts again makes the next entry", s.Entry)
	case p.settled != nil:
		return nil, reject(ErrFrozen, "question %s version %d, wave %s, is reconciled", s.Question.ID, s.Question.Version, s.Wave)
	case s.Clerk == "":
		return nil, reject(ErrInvalidField, "somebody counts")
	case s.Sheet == Digest{}:
		return nil, reject(ErrChecksum, "a sheet has the digest of its image")
	}
	if err := first(d.wasAsked(s.Dialogue, s.Session, s.Wave, s.Question, q), p.mayEnter(s)); err != nil {
		return nil, err
	}
	switch {
	case s.Table == "" && q.Unit == Individual:
		present = d.present(s.Session, present)
	case s.Table != "" && q.Unit == TableUnit:
		present = min(present, 1)
	}
	switch {
	case min(s.Valid, s.Blank, s.Spoiled) < 0:
		return nil, reject(ErrTallyMismatch, "%d valid, %d blank, %d spoiled: none of them is negative", s.Valid, s.Blank, s.Spoiled)
	case s.Valid+s.Blank+s.Spoiled > present:
		return nil, reject(ErrTallyMismatch, "%d valid, %d blank and %d spoiled are more than the %d who could answer", s.Valid, s.Blank, s.Spoiled, present)
	}
	if err := q.CheckCells(s.Counts, s.Valid); err != nil {
		return nil, err
	}
	return []Event{s}, nil
}

// mayEnter holds a sheet to the order of the entries, and its clerk to those of the others.
func (p poll) mayEnter(s TallySheetRecorded) error {
	a, hasA := p.sheets[s.Table][EntryA]
	b, hasB := p.sheets[s.Table][EntryB]
	_, room := p.sheets[""]
	switch {
	case len(p.sheets) > 0 && room != (s.Table == ""):
		return reject(ErrTallyMismatch, "a question is counted by tables or in the whole room: with both, answers would count twice")
	case s.Entry != EntryA && !hasA, s.Entry == EntryC && !hasB:
		return reject(ErrTallyMismatch, "entries follow one another, A, then B, then C where those two differ: there is no entry before this %s", s.Entry)
	case s.Entry == EntryC && len(a.Numbers().Differ(b.Numbers())) == 0:
		return reject(ErrTallyMismatch, "entries A and B agree: nothing is left for a third one to decide")
	case s.Entry != EntryA && a.Clerk == s.Clerk, s.Entry == EntryC && b.Clerk == s.Clerk:
		return reject(ErrSameClerk, "%s has counted this sheet already", s.Clerk)
	}
	return nil
}

// wasAsked rejects by ErrSessionNotOpen or ErrUnknownRef unless a question was put in a session that has been opened: it is one of its instruments, or
// puts a recommendation to the vote.
func (d Dialogue) wasAsked(id DialogueID, session SessionID, wave Wave, ref ArtefactRef, q Question) error {
	s, known := d.sessions[session]
	switch {
	case !known || d.registered == nil:
		return reject(ErrSessionNotOpen, "session %q has not been opened", session)
	case s.Dialogue != id:
		return reject(ErrUnknownRef, "session %s is one of dialogue %s, not of %s", session, s.Dialogue, id)
	case !slices.Contains(s.Instruments, ref) && (q.Kind != Endorse || wave != EndorsementWave):
		return reject(ErrUnknownRef, "question %s version %d is not asked in session %s", ref.ID, ref.Version, session)
	}
	return nil
}

// ChamberOf is the chamber of a session that has been opened, empty for any other.
func (d Dialogue) ChamberOf(session SessionID) Chamber { return d.sessions[session].Chamber }

// present is how many people were in a session: what was counted when it closed, or else the check-ins so far.
func (d Dialogue) present(session SessionID, checkedIn int) int {
	if c := d.sessions[session].closed; c != nil && c.CheckedIn > 0 {
		return c.CheckedIn
	}
	return checkedIn
}
