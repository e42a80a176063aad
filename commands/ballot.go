package commands

import (
	"context"
	"crypto/ed25519"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

func ballotCommands() []Command {
	return []Command{
		define("cast-ballot", "answer a question", (*Service).CastBallot),
		define("void-ballot", "take a standing answer out of the count", (*Service).VoidBallot),
	}
}

// CastBallot answers a question, or changes an answer while the session is open. Text is the answer to an open question, in place of Answer: it goes to
// the vault, and the event bears a commitment to it. Issued shows that the pseudonym is one of the codes issued; it may be left out once it was shown.
//
// Who answers on a device signs (SignedBy): Device and Signature are those of domain.BallotCast. To sign an open answer the device makes its commitment itself,
// under a Salt and a command id of its choice.
type CastBallot struct {
	Dialogue  domain.DialogueID  `json:"dialogue"`
	Pseudonym domain.Pseudonym   `json:"pseudonym"`
	Session   domain.SessionID   `json:"session"`
	Wave      domain.Wave        `json:"wave"`
	Question  domain.ArtefactRef `json:"question"`
	Lang      domain.Lang        `json:"lang"`
	Answer    domain.Answer      `json:"answer,omitzero"`
	Text      string             `json:"text,omitempty"`
	Channel   domain.Channel     `json:"channel"`
	Table     domain.TableID     `json:"table,omitempty"`
	Issued    *domain.CodeProof  `json:"issued,omitempty"`

	Salt      domain.Salt            `json:"salt,omitzero"`
	Device    domain.DeviceKey       `json:"device,omitzero"`
	Signature domain.DeviceSignature `json:"signature,omitzero"`
}

// CastBallot runs the command of that name.
func (s *Service) CastBallot(ctx context.Context, by By, c CastBallot) (Receipt, error) {
	if c.Answer.Text != (domain.Commitment{}) {
		return Receipt{}, domain.Reject(domain.ErrInvalidAnswer, "an open answer is sent as text: nobody could open a commitment that was made elsewhere")
	}
	if (c.Salt != domain.Salt{}) && (c.Text == "" || !c.Pseudonym.OfDevice()) {
		return Receipt{}, domain.Reject(domain.ErrInvalidField, "a salt belongs to the words of an open answer that a device has signed")
	}
	v := s.look(ctx)
	defer v.enter(domain.DialogueStream(c.Dialogue))()
	d := v.dialogue(c.Dialogue)
	in := domain.Booth{Dialogue: d, Edition: v.editionOf(d), Question: v.artefact(c.Question.ID)}
	q, err := in.Question.Question(c.Question)
	if v.err == nil && err != nil {
		v.refuse(err)
	}
	if q.Kind == domain.Endorse {
		stream := domain.RecommendationStream(q.Recommendation)
		defer v.enter(stream)()
		in.Template, in.Recommendation, in.Home = v.artefact(q.Template.ID), sees[domain.RecommendationState](v, stream), v.home(stream)
	}
	if q.Unit == domain.TableUnit {
		in.Table = sees[domain.Table](v, domain.TableStream(c.Dialogue, c.Table))
	}
	if v.err != nil {
		return Receipt{}, v.err
	}
	cast, stream := c.event(by.Command), domain.BallotStream(c.Dialogue, c.Pseudonym)
	return execute(v, by, stream, d.Registered().Edition, c.Dialogue, func(b domain.Ballot) ([]domain.Event, error) {
		if c.Text != "" {
			if err := q.CheckOpen(c.Text); err != nil {
				return nil, err
			}
		}
		decide := func() ([]domain.Event, error) { return b.Cast(cast, in) }
		if c.Salt != (domain.Salt{}) {
			return s.keeping(ctx, stream, c.opening(by.Command), decide)
		}
		return s.sealing(ctx, by, stream, []sealed{{domain.AnswerField, c.Text, &cast.Answer.Text}}, decide)
	})
}

// event is the answer as it will stand in the record, but for what the decision sets. The commitment to words is there where the sender has made it.
func (c CastBallot) event(command string) domain.BallotCast {
	cast := domain.BallotCast{
		Dialogue: c.Dialogue, Pseudonym: c.Pseudonym, Session: c.Session, Wave: c.Wave, Question: c.Question, Lang: c.Lang,
		Answer: c.Answer, Channel: c.Channel, Table: c.Table, Issued: c.Issued, Device: c.Device, Signature: c.Signature,
	}
	if c.Salt != (domain.Salt{}) {
		cast.Answer.Text = c.opening(command).Commitment()
	}
	return cast
}

// opening is that of the words of an open answer, under the sender's salt.
func (c CastBallot) opening(command string) vault.Opening {
	event := domain.NewEventID(command, domain.BallotStream(c.Dialogue, c.Pseudonym), 0)
	return vault.Opening{Place: vault.Place{Event: event, Field: domain.AnswerField}, Salt: c.Salt, Words: []byte(c.Text)}
}

// SignedBy is c under the pseudonym of a device and signed by it, to be sent with the given command id as the revision-th answer to its question in the same
// session and wave, from 1. The words of an open answer need a salt of 32 random bytes in c.
func (c CastBallot) SignedBy(device ed25519.PrivateKey, command string, revision int) CastBallot {
	c.Device = domain.DeviceKey(device.Public().(ed25519.PublicKey))
	c.Pseudonym = domain.DevicePseudonym(c.Device)
	cast := c.event(command)
	cast.Revision = revision
	c.Signature = cast.SignedBy(device).Signature
	return c
}

// VoidBallot takes a standing answer out of the count, until its question is reconciled.
type VoidBallot struct {
	Dialogue  domain.DialogueID  `json:"dialogue"`
	Pseudonym domain.Pseudonym   `json:"pseudonym"`
	Session   domain.SessionID   `json:"session"`
	Wave      domain.Wave        `json:"wave"`
	Question  domain.ArtefactRef `json:"question"`
	Reason    domain.VoidReason  `json:"reason"`
	By        string             `json:"by"`
	SecondBy  string             `json:"secondBy,omitempty"`
}

// VoidBallot runs the command of that name.
func (s *Service) VoidBallot(ctx context.Context, by By, c VoidBallot) (Receipt, error) {
	v := s.look(ctx)
	defer v.enter(domain.DialogueStream(c.Dialogue))()
	d := v.dialogue(c.Dialogue)
	counted := sees[domain.Tally](v, domain.TallyStream(c.Dialogue, c.Session))
	if v.err != nil {
		return Receipt{}, v.err
	}
	void := domain.BallotVoided{
		Dialogue: c.Dialogue, Pseudonym: c.Pseudonym, Session: c.Session, Wave: c.Wave, Question: c.Question,
		Reason: c.Reason, By: c.By, SecondBy: c.SecondBy,
	}
	return execute(v, by, domain.BallotStream(c.Dialogue, c.Pseudonym), d.Registered().Edition, c.Dialogue,
		func(b domain.Ballot) ([]domain.Event, error) { return b.Void(void, counted, d) })
}
