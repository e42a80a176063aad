package domain

import "slices"

// BallotStream is the stream of the answers given under one pseudonym in one dialogue.
func BallotStream(d DialogueID, p Pseudonym) StreamID {
	return StreamName("ballot", string(d), string(p))
}

// Ballot is the state of one ballot stream: the last answer to each question.
type Ballot struct {
	answers map[asked]answered
}

type asked struct {
	session  SessionID
	wave     Wave
	question ArtefactRef
}

type answered struct {
	revision int
	standing *Answer // nil: voided
	voided   BallotVoided
}

// Evolve folds one event.
func (b Ballot) Evolve(ev Event) Ballot {
	switch ev := ev.(type) {
	case BallotCast:
		b.answers = with(b.answers, asked{ev.Session, ev.Wave, ev.Question}, answered{revision: ev.Revision, standing: &ev.Answer})
	case BallotVoided:
		at := asked{ev.Session, ev.Wave, ev.Question}
		b.answers = with(b.answers, at, answered{revision: b.answers[at].revision, voided: ev})
	}
	return b
}

// Cast gives an answer to question q in an open session of dialogue d, or replaces the one that stands. Revision and Replaces of c are set
// here. The same answer again changes nothing.
func (b Ballot) Cast(c BallotCast, q Question, d Dialogue) ([]Event, error) {
	err := first(CheckID("dialogue", c.Dialogue), CheckID("pseudonym", c.Pseudonym), c.Question.Check(), c.Lang.Check(),
		oneOf("wave", c.Wave, waves), oneOf("channel", c.Channel, channels), q.CheckAnswer(c.Answer))
	if err != nil {
		return nil, err
	}
	have := b.answers[asked{c.Session, c.Wave, c.Question}]
	if have.standing != nil && have.standing.Equal(c.Answer) {
		return nil, nil
	}
	s, err := d.OpenSession(c.Session)
	switch {
	case err != nil:
		return nil, err
	case s.Dialogue != c.Dialogue:
		return nil, reject(ErrUnknownRef, "session %s is one of dialogue %s, not of %s", c.Session, s.Dialogue, c.Dialogue)
	case !slices.Contains(s.Instruments, c.Question):
		return nil, reject(ErrUnknownRef, "question %s version %d is not asked in session %s", c.Question.ID, c.Question.Version, c.Session)
	case (q.Unit == TableUnit) != (c.Table != ""):
		return nil, reject(ErrInvalidAnswer, "a question of unit %s is answered by that unit: tables name themselves, and nobody else does", q.Unit)
	}
	c.Revision, c.Replaces = have.revision+1, have.standing
	return []Event{c}, nil
}

// Void takes the standing answer out of the count. Replaces of v is set here.
func (b Ballot) Void(v BallotVoided) ([]Event, error) {
	if err := first(oneOf("reason", v.Reason, voidReasons), v.Question.Check()); err != nil {
		return nil, err
	}
	have := b.answers[asked{v.Session, v.Wave, v.Question}]
	if have.standing == nil && have.revision > 0 {
		if v.Replaces = have.voided.Replaces; same(v, have.voided) {
			return nil, nil
		}
	}
	switch {
	case have.standing == nil:
		return nil, reject(ErrUnknownRef, "no answer to question %s stands in session %q", v.Question.ID, v.Session)
	case v.By == "":
		return nil, reject(ErrInvalidField, "somebody voids a ballot")
	case v.Reason != Withdrawal && (v.SecondBy == "" || v.SecondBy == v.By):
		return nil, reject(ErrSameClerk, "two different clerks void a ballot, unless it is withdrawn")
	}
	v.Replaces = *have.standing
	return []Event{v}, nil
}
