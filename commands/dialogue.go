package commands

import (
	"context"

	"daybook.internal/domain"
)

func dialogueCommands() []Command {
	return []Command{
		define("register-dialogue", "announce the dialogue of a country", (*Service).RegisterDialogue),
		define("set-quota-plan", "say whom the room shall mirror", (*Service).SetQuotaPlan),
		define("authorise-dialogue", "let a dialogue take place", (*Service).AuthoriseDialogue),
		define("open-session", "begin a session of a dialogue", (*Service).OpenSession),
		define("close-session", "end a session of a dialogue", (*Service).CloseSession),
		define("report-deviation", "say where the day left the protocol", (*Service).ReportDeviation),
	}
}

// RegisterDialogue announces a dialogue in an edition.
func (s *Service) RegisterDialogue(ctx context.Context, by By, c domain.DialogueRegistered) (Receipt, error) {
	e, ref, err := s.edition(ctx, c.Edition)
	if err != nil {
		return Receipt{}, err
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.DialogueStream(c.Dialogue), s.meta(by, c.Edition, c.Dialogue, ref),
		func(d domain.Dialogue) ([]domain.Event, error) { return d.Register(c, e) })
}

// SetQuotaPlan says whom the room shall mirror.
func (s *Service) SetQuotaPlan(ctx context.Context, by By, c domain.QuotaPlanSet) (Receipt, error) {
	return s.inDialogue(ctx, by, c.Dialogue, func(d domain.Dialogue) ([]domain.Event, error) { return d.SetQuotaPlan(c) })
}

// AuthoriseDialogue lets a dialogue take place.
func (s *Service) AuthoriseDialogue(ctx context.Context, by By, c domain.DialogueAuthorised) (Receipt, error) {
	d, _, err := s.dialogue(ctx, c.Dialogue)
	if err != nil {
		return Receipt{}, err
	}
	edition := d.Registered().Edition
	e, ref, err := s.edition(ctx, edition)
	if err != nil {
		return Receipt{}, err
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.DialogueStream(c.Dialogue), s.meta(by, edition, c.Dialogue, ref),
		func(d domain.Dialogue) ([]domain.Event, error) { return d.Authorise(c, e) })
}

// OpenSession begins a session.
func (s *Service) OpenSession(ctx context.Context, by By, c domain.SessionOpened) (Receipt, error) {
	return s.inDialogue(ctx, by, c.Dialogue, func(d domain.Dialogue) ([]domain.Event, error) { return d.Open(c) })
}

// CloseSession ends a session.
func (s *Service) CloseSession(ctx context.Context, by By, c domain.SessionClosed) (Receipt, error) {
	return s.inDialogue(ctx, by, c.Dialogue, func(d domain.Dialogue) ([]domain.Event, error) { return d.Close(c) })
}

// ReportDeviation says where the day left the protocol.
func (s *Service) ReportDeviation(ctx context.Context, by By, c domain.DeviationReported) (Receipt, error) {
	return s.inDialogue(ctx, by, c.Dialogue, func(d domain.Dialogue) ([]domain.Event, error) { return d.ReportDeviation(c) })
}

func (s *Service) inDialogue(ctx context.Context, by By, id domain.DialogueID, decide func(domain.Dialogue) ([]domain.Event, error)) (Receipt, error) {
	d, _, err := s.dialogue(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.DialogueStream(id), s.meta(by, d.Registered().Edition, id), decide)
}
