package domain

import "slices"

// Poll is a question put in one wave of one session.
type Poll struct {
	Session  SessionID
	Wave     Wave
	Question ArtefactRef
}

// Polls are the questions that were put in the sessions of the dialogue, whether anybody answered or not. used has the states of the instruments.
func (d Dialogue) Polls(in Edition, used map[ArtefactID]Artefact) []Poll {
	var polls []Poll
	for _, id := range sortedKeys(d.sessions) {
		defined, _ := in.Session(id)
		for _, ref := range d.sessions[id].Instruments {
			for _, wave := range sortedKeys(waves) {
				if used[ref.ID].Kind(ref) == QuestionArtefact && defined.asks(ref, wave) {
					polls = append(polls, Poll{id, wave, ref})
				}
			}
		}
	}
	return polls
}

// Instruments are the artefacts used in the sessions that were opened, each once.
func (d Dialogue) Instruments() []ArtefactRef {
	var refs []ArtefactRef
	for _, id := range sortedKeys(d.sessions) {
		for _, ref := range d.sessions[id].Instruments {
			if !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

// Sessions are the sessions that were opened, by id.
func (d Dialogue) Sessions() []SessionID { return sortedKeys(d.sessions) }

// Certify says that the dialogue is complete. polls are the questions that were put or answered in it; reconciled tells whether the numbers of one
// are settled; findings counts the open findings of auditors that touch the dialogue. CheckedIn and Ballots of c come from the record.
func (d Dialogue) Certify(c DialogueCertified, polls []Poll, reconciled func(Poll) bool, findings int) ([]Event, error) {
	switch {
	case d.registered == nil:
		return nil, d.unknown()
	case d.certified != nil && same(*d.certified, c):
		return nil, nil
	case d.certified != nil:
		return nil, reject(ErrDuplicate, "dialogue %s is certified already", c.Dialogue)
	case c.By == "" || c.Certificate == Digest{}:
		return nil, reject(ErrInvalidField, "somebody certifies a dialogue, by a certificate that has a digest")
	case c.CheckedIn < 0:
		return nil, reject(ErrInvalidField, "%d people are checked in", c.CheckedIn)
	case len(d.sessions) == 0:
		return nil, reject(ErrPhaseClosed, "no session has been opened")
	}
	if err := checkWaivers(c.Accepted); err != nil {
		return nil, err
	}
	for _, id := range sortedKeys(d.sessions) {
		if d.sessions[id].closed == nil {
			return nil, reject(ErrPhaseClosed, "session %s is still open", id)
		}
	}
	for _, id := range sortedKeys(c.Ballots) {
		if _, known := d.sessions[id]; !known || c.Ballots[id] < 0 {
			return nil, reject(ErrInvalidField, "%d ballots in session %q, which was not opened, or fewer than none", c.Ballots[id], id)
		}
	}
	for _, p := range polls {
		if !reconciled(p) {
			return nil, reject(ErrNotReconciled, "question %s version %d, wave %s of session %s, is not reconciled", p.Question.ID, p.Question.Version, p.Wave, p.Session)
		}
	}
	for _, rule := range d.majors {
		if !waived(rule, c.Accepted) {
			return nil, reject(ErrNotReconciled, "the committee has not accepted the major deviation from %s", rule)
		}
	}
	if c.OpenFindings != 0 || findings > 0 {
		return nil, reject(ErrNotReconciled, "%d findings of auditors are open", max(findings, c.OpenFindings))
	}
	return []Event{c}, nil
}
