package commands

import (
	"context"

	"daybook.internal/domain"
)

func participantCommands() []Command {
	return []Command{
		define("register-participant", "let a person into a dialogue", (*Service).RegisterParticipant),
		define("give-consent", "record what a participant consents to", (*Service).GiveConsent),
		define("withdraw-consent", "record that a participant takes consent back", (*Service).WithdrawConsent),
	}
}

// RegisterParticipant lets a person into a dialogue. Strata and access needs are the person's own: they go to the vault, and the event bears
// commitments to them.
type RegisterParticipant struct {
	Participant      domain.ParticipantID `json:"participant"`
	Dialogue         domain.DialogueID    `json:"dialogue"`
	Chamber          domain.Chamber       `json:"chamber"`
	Route            domain.Route         `json:"route"`
	StakeholderGroup string               `json:"stakeholderGroup,omitempty"`
	Strata           string               `json:"strata,omitempty"`
	AccessNeeds      string               `json:"accessNeeds,omitempty"`
	Language         domain.Lang          `json:"language"`
	Support          []domain.Support     `json:"support,omitempty"`
}

// RegisterParticipant runs the command of that name.
func (s *Service) RegisterParticipant(ctx context.Context, by By, c RegisterParticipant) (Receipt, error) {
	d, ref, err := s.dialogue(ctx, c.Dialogue)
	if err != nil {
		return Receipt{}, err
	}
	stream := domain.ParticipantStream(c.Participant)
	r := domain.ParticipantRegistered{
		Participant: c.Participant, Dialogue: c.Dialogue, Chamber: c.Chamber, Route: c.Route, StakeholderGroup: c.StakeholderGroup,
		Language: c.Language, Support: c.Support,
	}
	return executeWith(ctx, s.Ledger, &s.states, stream, s.meta(by, d.Registered().Edition, c.Dialogue, ref),
		func(p domain.ParticipantState) ([]domain.Event, error) {
			words := []sealed{{"strata", c.Strata, &r.Strata}, {"accessNeeds", c.AccessNeeds, &r.AccessNeeds}}
			return s.sealing(ctx, by, stream, words, func() ([]domain.Event, error) { return p.Register(r, d) })
		})
}

// GiveConsent records what a participant consents to.
func (s *Service) GiveConsent(ctx context.Context, by By, c domain.ConsentGiven) (Receipt, error) {
	return s.ofParticipant(ctx, by, c.Participant, c.Dialogue, func(p domain.ParticipantState) ([]domain.Event, error) { return p.GiveConsent(c) })
}

// WithdrawConsent records that a participant takes consent back.
func (s *Service) WithdrawConsent(ctx context.Context, by By, c domain.ConsentWithdrawn) (Receipt, error) {
	return s.ofParticipant(ctx, by, c.Participant, c.Dialogue, func(p domain.ParticipantState) ([]domain.Event, error) { return p.WithdrawConsent(c) })
}

func (s *Service) ofParticipant(ctx context.Context, by By, id domain.ParticipantID, dialogue domain.DialogueID, decide func(domain.ParticipantState) ([]domain.Event, error)) (Receipt, error) {
	d, ref, err := s.dialogue(ctx, dialogue)
	if err != nil {
		return Receipt{}, err
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.ParticipantStream(id), s.meta(by, d.Registered().Edition, dialogue, ref), decide)
}
