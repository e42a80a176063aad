package domain

import (
	"slices"
	"strings"
)

// BallotStream is the stream of the answers given under one pseudonym in one dialogue.
func BallotStream(d DialogueID, p Pseudonym) StreamID {
	return StreamName("ballot", string(d), string(p))
}

// Ballot is the state of one ballot stream: the last answer to each question, and in which sessions the pseudonym was shown to be issued.
type Ballot struct {
	answers map[asked]answered
	shown   []SessionID
}

type asked struct {
	session  SessionID
	wave     Wave
	question ArtefactRef
}

// answered is small: it is copied with every answer that follows.
type answered struct {
	revision int
	standing *Answer       // nil: voided
	voided   *BallotVoided // nil: standing
}

// Evolve folds one event.
func (b Ballot) Evolve(ev Event) Ballot {
	switch ev := ev.(type) {
	case BallotCast:
		answer := ev.Answer // alone: a pointer into the event would keep all of it
		b.answers = with(b.answers, asked{ev.Session, ev.Wave, ev.Question}, answered{revision: ev.Revision, standing: &answer})
		if ev.Issued != nil {
			b.shown = append(b.shown[:len(b.shown):len(b.shown)], ev.Session)
		}
	case BallotVoided:
		at := asked{ev.Session, ev.Wave, ev.Question}
		b.answers = with(b.answers, at, answered{revision: b.answers[at].revision, voided: &ev})
	}
	return b
}

// Booth is what a ballot is decided on besides its own stream.
type Booth struct {
	Dialogue Dialogue
	Edition  Edition  // of the dialogue
	Question Artefact // of the question

	Table Table // where a table answers

	// Where the question is to endorse a recommendation:
	Template       Artefact // whose words the question has
	Recommendation RecommendationState
	Home           Home // of the recommendation

	// Verified says that BallotCast.Verify has passed exactly this answer, under the number that it will have: an auditor checks all signatures at once, and decides
	// afterwards.
	Verified bool
}

// Home is where a stream belongs. Dialogue is empty for what belongs to the edition as a whole.
type Home struct {
	Edition  EditionID
	Dialogue DialogueID
}

// Cast gives an answer, or replaces the one that stands. Revision and Replaces of c are set here, and Issued is left out where it was shown before; a device has
// signed the Revision. The same answer again changes nothing, even after the session.
func (b Ballot) Cast(c BallotCast, in Booth) ([]Event, error) {
	if happens, err := b.Casts(&c, &in); err != nil || !happens {
		return nil, err
	}
	return []Event{c}, nil
}

// Casts is Cast for who makes no event of it: it sets in c what Cast sets, and tells whether there is a ballot at all.
func (b Ballot) Casts(c *BallotCast, in *Booth) (bool, error) {
	have := b.answers[asked{c.Session, c.Wave, c.Question}]
	if have.standing != nil && have.standing.Equal(c.Answer) {
		return false, nil
	}
	err := first(CheckID("dialogue", c.Dialogue), CheckID("pseudonym", c.Pseudonym), c.Question.Check(), c.Lang.Check(),
		oneOf("wave", c.Wave, waves), oneOf("channel", c.Channel, channels))
	if err != nil {
		return false, err
	}
	if in.Dialogue.registered == nil {
		return false, in.Dialogue.unknown()
	}
	q, err := in.Question.Question(c.Question)
	if err != nil {
		return false, err
	}
	s, err := in.Dialogue.OpenSession(c.Session)
	switch {
	case err != nil:
		return false, err
	case s.Dialogue != c.Dialogue:
		return false, reject(ErrUnknownRef, "session %s is one of dialogue %s, not of %s", c.Session, s.Dialogue, c.Dialogue)
	}
	if err := first(in.checkAsked(c, &q, &s), q.CheckAnswer(c.Answer), in.checkTable(c, &q)); err != nil {
		return false, err
	}
	if c.Issued, err = b.checkIssued(c, &q, &s, &in.Dialogue); err != nil {
		return false, err
	}
	c.Revision, c.Replaces = have.revision+1, have.standing
	if err := in.checkSigned(c, &q); err != nil {
		return false, err
	}
	return true, nil
}

// checkAsked rejects a question that is not put in the session, in that version, wave and language.
func (in *Booth) checkAsked(c *BallotCast, q *Question, s *SessionOpened) error {
	if q.Kind == Endorse {
		if c.Wave != EndorsementWave {
			return reject(ErrUnknownRef, "a recommendation is endorsed in wave %s, not %s", EndorsementWave, c.Wave)
		}
		return first(in.checkCalled(c, q), in.Template.Usable(q.Template, c.Lang))
	}
	defined, _ := in.Edition.Session(c.Session)
	if !slices.Contains(s.Instruments, c.Question) || !defined.asks(c.Question, c.Wave) {
		return reject(ErrUnknownRef, "question %s version %d is not asked in wave %s of session %s", c.Question.ID, c.Question.Version, c.Wave, c.Session)
	}
	return in.Question.Usable(c.Question, c.Lang)
}

// checkCalled rejects a question unless the people of this dialogue are called to endorse the recommendation by it.
func (in *Booth) checkCalled(c *BallotCast, q *Question) error {
	to := in.Dialogue.registered
	if in.Home.Edition != to.Edition || (in.Home.Dialogue != "" && in.Home.Dialogue != to.Dialogue) {
		return reject(ErrUnknownRef, "recommendation %s is not put to the people of dialogue %s", q.Recommendation, c.Dialogue)
	}
	if called := in.Recommendation.Called(); called == nil || called.Version != q.OfVersion || called.Question != c.Question {
		return reject(ErrPhaseClosed, "no endorsement of version %d of recommendation %s by question %s version %d is open", q.OfVersion, q.Recommendation, c.Question.ID, c.Question.Version)
	}
	if sessions := in.Recommendation.VotesIn(); len(sessions) > 0 && !slices.Contains(sessions, c.Session) {
		return reject(ErrUnknownRef, "recommendation %s is put to the vote in session %s, not in %s", q.Recommendation, sessions[0], c.Session)
	}
	return nil
}

// checkSigned rejects an answer that came online from a person and not from a device that signs, and one whose signature does not hold.
func (in *Booth) checkSigned(c *BallotCast, q *Question) error {
	if c.Channel == OnlineChannel && q.Unit == Individual && !c.Pseudonym.OfDevice() {
		return reject(ErrSignature, "online answers are signed: pseudonym %s is not a device's", c.Pseudonym)
	}
	if in.Verified {
		return nil
	}
	return c.Verify()
}

// tablePrefix begins the pseudonyms of tables, and no others.
const tablePrefix = "T"

// TablePseudonym is the pseudonym under which a table answers.
func TablePseudonym(t TableID) Pseudonym { return Pseudonym(tablePrefix + string(t)) }

// checkTable keeps the answers of tables and of people apart. A person's ballot may bear the number of the table at which it was cast.
func (in *Booth) checkTable(c *BallotCast, q *Question) error {
	if c.Table != "" {
		if err := CheckID("table", c.Table); err != nil {
			return err
		}
	}
	switch {
	case q.Unit == Individual && strings.HasPrefix(string(c.Pseudonym), tablePrefix):
		return reject(ErrInvalidAnswer, "pseudonym %s is a table's, and the question is put to people", c.Pseudonym)
	case q.Unit == Individual:
		return nil
	case c.Table == "" || c.Pseudonym != TablePseudonym(c.Table):
		return reject(ErrInvalidAnswer, "the question is put to tables: table %q answers under pseudonym %q", c.Table, TablePseudonym(c.Table))
	case c.Issued != nil:
		return reject(ErrInvalidField, "a table has no code")
	case !in.Table.Seated(c.Session):
		return reject(ErrUnknownRef, "table %s is not seated in session %s", c.Table, c.Session)
	}
	return nil
}

// checkIssued rejects a pseudonym that is not one of those issued, and gives the proof that belongs into the record: that of the first answer under a
// commitment.
func (b Ballot) checkIssued(c *BallotCast, q *Question, s *SessionOpened, d *Dialogue) (*CodeProof, error) {
	switch {
	case q.Unit == TableUnit:
		return nil, nil
	case s.IssuedCodes == 0 && d.registered.SampleType == OpenOnline:
		return nil, nil
	case s.IssuedCodes == 0:
		return nil, reject(ErrCodeNotIssued, "no codes were issued for session %s", c.Session)
	}
	for _, session := range b.shown {
		if before := d.sessions[session]; before.CodesCommitment == s.CodesCommitment && before.IssuedCodes == s.IssuedCodes {
			return nil, nil
		}
	}
	if c.Issued == nil || !c.Issued.issued(c.Dialogue, c.Pseudonym, s.CodesCommitment, s.IssuedCodes) {
		return nil, reject(ErrCodeNotIssued, "pseudonym %s is not shown to be one of the %d issued for session %s", c.Pseudonym, s.IssuedCodes, c.Session)
	}
	return c.Issued, nil
}

// Void takes the standing answer out of the count, as long as that is not settled. counted is the tally of the session, in the dialogue. Replaces of v is
// set here.
func (b Ballot) Void(v BallotVoided, counted Tally, in Dialogue) ([]Event, error) {
	if err := first(oneOf("reason", v.Reason, voidReasons), v.Question.Check()); err != nil {
		return nil, err
	}
	have := b.answers[asked{v.Session, v.Wave, v.Question}]
	if have.voided != nil {
		if v.Replaces = have.voided.Replaces; same(v, *have.voided) {
			return nil, nil
		}
	}
	switch {
	case have.standing == nil:
		return nil, reject(ErrUnknownRef, "no answer to question %s stands in session %q", v.Question.ID, v.Session)
	case in.Certified():
		return nil, reject(ErrPhaseClosed, "dialogue %s is certified: its ballots stay as they are", v.Dialogue)
	case counted.Reconciled(v.Wave, v.Question):
		return nil, reject(ErrFrozen, "question %s version %d, wave %s, is reconciled: its ballots stay as they were counted", v.Question.ID, v.Question.Version, v.Wave)
	case v.By == "":
		return nil, reject(ErrInvalidField, "somebody voids a ballot")
	case v.Reason != Withdrawal && (v.SecondBy == "" || v.SecondBy == v.By):
		return nil, reject(ErrSameClerk, "two different clerks void a ballot, unless it is withdrawn")
	}
	v.Replaces = *have.standing
	return []Event{v}, nil
}
