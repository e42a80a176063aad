package commands

import (
	"context"

	"daybook.internal/domain"
)

func ballotCommands() []Command {
	return []Command{
		define("cast-ballot", "answer a question", (*Service).CastBallot),
		define("void-ballot", "take a standing answer out of the count", (*Service).VoidBallot),
	}
}

// CastBallot answers a question, or changes an answer while the session is open. Text is the answer to an open question, in place of Answer: it goes to
// the vault, and the event bears a commitment to it. Issued shows that the pseudonym is one of the codes issued; it may be left out once it was shown.
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
}

// CastBallot runs the command of that name.
func (s *Service) CastBallot(ctx context.Context, by By, c CastBallot) (Receipt, error) {
	if c.Answer.Text != (domain.Commitment{}) {
		return Receipt{}, domain.Reject(domain.ErrInvalidAnswer, "an open answer is sent as text: nobody could open a commitment that was made elsewhere")
	}
	v := s.look(ctx)
	d := v.dialogue(c.Dialogue)
	in := domain.Booth{Dialogue: d, Edition: v.editionOf(d), Question: v.artefact(c.Question.ID)}
	q, err := in.Question.Question(c.Question)
	if v.err == nil && err != nil {
		v.refuse(err)
	}
	if q.Kind == domain.Endorse {
		stream := domain.RecommendationStream(q.Recommendation)
		in.Template, in.Recommendation, in.Home = v.artefact(q.Template.ID), sees[domain.RecommendationState](v, stream), v.home(stream)
	}
	if q.Unit == domain.TableUnit {
		in.Table = sees[domain.Table](v, domain.TableStream(c.Dialogue, c.Table))
	}
	if v.err != nil {
		return Receipt{}, v.err
	}
	cast := domain.BallotCast{
		Dialogue: c.Dialogue, Pseudonym: c.Pseudonym, Session: c.Session, Wave: c.Wave, Question: c.Question, Lang: c.Lang,
		Answer: c.Answer, Channel: c.Channel, Table: c.Table, Issued: c.Issued,
	}
	stream := domain.BallotStream(c.Dialogue, c.Pseudonym)
	return execute(v, by, stream, d.Registered().Edition, c.Dialogue, func(b domain.Ballot) ([]domain.Event, error) {
		if c.Text != "" {
			if err := q.CheckOpen(c.Text); err != nil {
				return nil, err
			}
		}
		return s.sealing(ctx, by, stream, []sealed{{domain.AnswerField, c.Text, &cast.Answer.Text}}, func() ([]domain.Event, error) { return b.Cast(cast, in) })
	})
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
