package adjudicate

import (
	"maps"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

// Nine in ten events are votes, by more people than states could be kept of. What a vote is decided on is little: what stands under the same code about the same
// question, and whether the code was shown. So no state is kept of ballots and reactions. The book has for each vote what it is about, and the state of a
// stream, as far as it concerns one question, is made from that: of nothing, nearly always; else from the votes about that question, of which ballots
// are read again. A stream in which something does not follow from the rules is folded whole, like any other.

// castBallot decides on a ballot, which stands while its session is open, by their places in the record.
func (v *sight) castBallot(e domain.BallotCast) ([]domain.Event, error) {
	d := v.dialogue(e.Dialogue)
	v.inDialogue(d)
	in := domain.Booth{Dialogue: d, Edition: v.editionOf(d), Question: v.artefact(e.Question.ID), Verified: v.p.signed}
	q, err := in.Question.Question(e.Question)
	if err != nil {
		return nil, err
	}
	if q.Kind == domain.Endorse {
		in.Template = v.artefact(q.Template.ID)
		s := v.c.find(domain.RecommendationStream(q.Recommendation))
		in.Recommendation, in.Home = sees(v, &v.c.recommendations, s), v.homeOf(s)
		v.called = s
	}
	if q.Unit == domain.TableUnit {
		in.Table = sees(v, &v.c.tables, v.c.find(domain.TableStream(e.Dialogue, e.Table)))
	}
	v.session, _ = d.OpenSession(e.Session)
	recorded := e
	e.Revision, e.Replaces = 0, nil
	happens, err := v.ballot().Casts(&e, &in)
	switch {
	case err != nil || !happens:
		return nil, err
	case sameBallot(&e, &recorded):
		return v.itself(), nil
	}
	return []domain.Event{e}, nil
}

// voidBallot decides on a ballot that is taken out of the count, while that is not settled.
func (v *sight) voidBallot(e domain.BallotVoided) ([]domain.Event, error) {
	d := v.dialogue(e.Dialogue)
	v.inDialogue(d)
	counted := sees(v, &v.c.tallies, v.c.find(domain.TallyStream(e.Dialogue, e.Session)))
	e.Replaces = domain.Answer{}
	return v.ballot().Void(e, counted, d)
}

// react decides on a reaction.
func (v *sight) react(e domain.ReactionCast) ([]domain.Event, error) {
	d := v.dialogue(domain.DialogueID(e.Conversation))
	v.inDialogue(d)
	s := v.c.find(domain.StatementStream(e.Conversation, e.Statement))
	st := sees(v, &v.c.statements, s)
	e.Revision, e.Replaces = 0, ""
	return v.reactions(s, e.Statement).Cast(e, st, d)
}

// byPosition finds what the places of events in the record tell, whatever a decision says that it has looked at: nobody answers outside of a session or after an
// endorsement is closed, and nothing is taken out of what is settled.
func (v *sight) byPosition() (finding string, problem error) {
	switch e := v.f.Event.(type) {
	case domain.BallotCast:
		if v.called.known {
			if called := latest(v, &v.c.recommendations, v.called).Called(); called == nil || called.Question != e.Question {
				return replay.BallotWindow, domain.Reject(domain.ErrPhaseClosed, "the endorsement is closed")
			}
		}
		if v.now {
			return "", nil
		}
		if _, err := latest(v, &v.c.dialogues, v.c.places.dialogue(v.c, e.Dialogue)).OpenSession(e.Session); err != nil {
			return replay.BallotWindow, err
		}
	case domain.ReactionCast:
		if v.now || v.imported() != nil {
			return "", nil
		}
		if err := latest(v, &v.c.dialogues, v.c.places.dialogue(v.c, domain.DialogueID(e.Conversation))).InSession(); err != nil {
			return replay.BallotWindow, err
		}
	case domain.BallotVoided:
		counted := latest(v, &v.c.tallies, v.c.find(domain.TallyStream(e.Dialogue, e.Session)))
		if counted.Reconciled(e.Wave, e.Question) {
			return replay.Rule, domain.Reject(domain.ErrFrozen, "the question is reconciled: its ballots stay as they were counted")
		}
	}
	return "", nil
}

// withoutCode names what it means that a code is not one of those issued: codes that were never issued, or more ballots than codes.
func (v *sight) withoutCode(e domain.BallotCast) string {
	d := latest(v, &v.c.dialogues, v.c.places.dialogue(v.c, e.Dialogue))
	s, err := d.OpenSession(e.Session)
	switch {
	case err != nil:
		return replay.Unregistered
	case s.IssuedCodes == 0, v.c.shown.codes[commitment{e.Dialogue, s.CodesCommitment}] >= s.IssuedCodes, e.Issued != nil && d.Issued(e.Pseudonym, *e.Issued):
		return replay.Codes
	}
	return replay.Unregistered
}

// ballot is the state of the event's own stream, as far as one question is concerned.
func (v *sight) ballot() domain.Ballot {
	e := v.c.book.entry(v.no)
	if e.odd {
		return own(v, &v.c.ballots)
	}
	b := v.c.shown.states[e.shown]
	seqs := []uint32(nil)
	for seq := range v.c.book.votes(v.no, v.answer.no) {
		seqs = append(seqs, seq)
	}
	for _, seq := range slices.Backward(seqs) {
		f, err := v.c.fact(v.ctx, v.no, seq)
		if err != nil {
			v.err = err
			return b
		}
		b = b.Evolve(f.Event)
	}
	return b
}

// What a reaction says, in the byte that the book keeps of it.
const (
	saidValue     = 3 // the index in values, and 1
	saidImportant = 4
)

var values = [...]domain.ReactionValue{domain.Agree, domain.Disagree, domain.Pass}

// reactions are the state of the event's own stream, as far as one statement is concerned.
func (v *sight) reactions(statement at, id domain.StatementID) domain.Reactions {
	e := v.c.book.entry(v.no)
	if e.odd {
		return own(v, &v.c.reactions)
	}
	last := domain.ReactionCast{Statement: id}
	for _, said := range v.c.book.votes(v.no, statement.no+1) {
		if last.Revision++; last.Revision == 1 {
			last.Value, last.Important = values[said&saidValue-1], said&saidImportant != 0
		}
	}
	if !statement.known || last.Revision == 0 {
		return domain.Reactions{}
	}
	return domain.Reactions{}.Evolve(last)
}

// vote is what the book keeps of an event that is a vote.
func (c *Court) vote(f *domain.Fact, e *entry) (about uint32, said uint8) {
	switch ev := f.Event.(type) {
	case domain.BallotCast:
		if ev.Issued != nil && !e.odd {
			e.shown = c.shown.and(e.shown, ev, c.sight.session)
		}
		return c.sight.answer.no, 0
	case domain.BallotVoided:
		return c.sight.answer.no, 0
	case domain.ReactionCast:
		s := c.find(domain.StatementStream(ev.Conversation, ev.Statement))
		at := slices.Index(values[:], ev.Value)
		if !s.known || at < 0 {
			e.odd = true
			return 0, 0
		}
		said = uint8(at + 1)
		if ev.Important {
			said |= saidImportant
		}
		return s.no + 1, said
	}
	return 0, 0
}

// shownSets are the sets of sessions for which a code was shown: few, however many codes there are. Each has the state of a ballot in which nothing else
// has happened.
type shownSets struct {
	states []domain.Ballot
	next   map[shownNext]uint32
	codes  map[commitment]int // how many codes were shown
}

type shownNext struct {
	before  uint32
	session domain.SessionID
}

// commitment is one to the codes of a dialogue; several sessions may have the same.
type commitment struct {
	dialogue domain.DialogueID
	root     domain.Digest
}

func (s *shownSets) open() {
	s.states, s.next, s.codes = make([]domain.Ballot, 1), map[shownNext]uint32{}, map[commitment]int{}
}

// and gives the set with one session more.
func (s *shownSets) and(before uint32, e domain.BallotCast, in domain.SessionOpened) uint32 {
	s.codes[commitment{in.Dialogue, in.CodesCommitment}]++
	n, ok := s.next[shownNext{before, e.Session}]
	if !ok {
		n = uint32(len(s.states))
		session := clone(e.Session)
		s.states = append(s.states, s.states[before].Evolve(domain.BallotCast{Session: session, Issued: &domain.CodeProof{}}))
		s.next[shownNext{before, session}] = n
	}
	return n
}

// sameBallot tells whether two ballots have the same bytes.
func sameBallot(a, b *domain.BallotCast) bool {
	return a.Revision == b.Revision && a.Dialogue == b.Dialogue && a.Pseudonym == b.Pseudonym && a.Session == b.Session && a.Wave == b.Wave &&
		a.Question == b.Question && a.Lang == b.Lang && a.Channel == b.Channel && a.Table == b.Table && a.Device == b.Device && a.Signature == b.Signature && sameAnswer(&a.Answer, &b.Answer) &&
		(a.Issued == b.Issued || (a.Issued != nil && b.Issued != nil && a.Issued.Index == b.Issued.Index && slices.Equal(a.Issued.Path, b.Issued.Path))) &&
		(a.Replaces == b.Replaces || (a.Replaces != nil && b.Replaces != nil && sameAnswer(a.Replaces, b.Replaces)))
}

// sameAnswer tells whether two answers have the same bytes. It asks for more than domain.Answer.Equal.
func sameAnswer(a, b *domain.Answer) bool {
	return a.Option == b.Option && a.Point == b.Point && a.Text == b.Text && a.Endorsement == b.Endorsement && a.NonResponse == b.NonResponse &&
		slices.Equal(a.Options, b.Options) && slices.EqualFunc(a.Ranking, b.Ranking, slices.Equal) && maps.Equal(a.Allocation, b.Allocation)
}
