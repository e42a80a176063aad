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

// CastBallot answers a question, or changes an answer while the session is open.
type CastBallot struct {
	Dialogue  domain.DialogueID  `json:"dialogue"`
	Pseudonym domain.Pseudonym   `json:"pseudonym"`
	Session   domain.SessionID   `json:"session"`
	Wave      domain.Wave        `json:"wave"`
	Question  domain.ArtefactRef `json:"question"`
	Lang      domain.Lang        `json:"lang"`
	Answer    domain.Answer      `json:"answer"`
	Channel   domain.Channel     `json:"channel"`
	Table     domain.TableID     `json:"table,omitempty"`
}

// CastBallot runs the command of that name.
func (s *Service) CastBallot(ctx context.Context, by By, c CastBallot) (Receipt, error) {
	d, seen, err := s.dialogue(ctx, c.Dialogue)
	if err != nil {
		return Receipt{}, err
	}
	asked := domain.ArtefactStream(c.Question.ID)
	a, version, err := loadWith[domain.Artefact](ctx, s, asked)
	if err != nil {
		return Receipt{}, err
	}
	q, err := a.Question(c.Question)
	if err != nil {
		return Receipt{}, err
	}
	cast := domain.BallotCast{
		Dialogue: c.Dialogue, Pseudonym: c.Pseudonym, Session: c.Session, Wave: c.Wave, Question: c.Question, Lang: c.Lang,
		Answer: c.Answer, Channel: c.Channel, Table: c.Table,
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.BallotStream(c.Dialogue, c.Pseudonym),
		s.meta(by, d.Registered().Edition, c.Dialogue, seen, domain.Ref{Stream: asked, Version: version}),
		func(b domain.Ballot) ([]domain.Event, error) { return b.Cast(cast, q, d) })
}

// VoidBallot takes a standing answer out of the count.
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
	d, seen, err := s.dialogue(ctx, c.Dialogue)
	if err != nil {
		return Receipt{}, err
	}
	void := domain.BallotVoided{
		Dialogue: c.Dialogue, Pseudonym: c.Pseudonym, Session: c.Session, Wave: c.Wave, Question: c.Question,
		Reason: c.Reason, By: c.By, SecondBy: c.SecondBy,
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.BallotStream(c.Dialogue, c.Pseudonym), s.meta(by, d.Registered().Edition, c.Dialogue, seen),
		func(b domain.Ballot) ([]domain.Event, error) { return b.Void(void) })
}
