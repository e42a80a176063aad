package commands

import (
	"context"
	"errors"
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

func participantCommands() []Command {
	return []Command{
		define("register-participant", "let a person into a dialogue", (*Service).RegisterParticipant),
		define("give-consent", "record what a participant consents to", (*Service).GiveConsent),
		define("withdraw-consent", "record that a participant takes consent back", (*Service).WithdrawConsent),
		define("check-in", "say that a participant is in the room", (*Service).CheckIn),
		define("erase-personal-data", "erase what a participant told, for good", (*Service).ErasePersonalData),
	}
}

// RegisterParticipant lets a person into a dialogue. Name, contact, strata and access needs are the person's own: they go to the vault, and the event bears
// commitments to them. Person is a keyed hash of who it is, from which the participant's id derives (domain.NewParticipantID).
type RegisterParticipant struct {
	Participant      domain.ParticipantID `json:"participant"`
	Dialogue         domain.DialogueID    `json:"dialogue"`
	Chamber          domain.Chamber       `json:"chamber"`
	Route            domain.Route         `json:"route"`
	StakeholderGroup string               `json:"stakeholderGroup,omitempty"`
	Strata           string               `json:"strata,omitempty"`
	AccessNeeds      string               `json:"accessNeeds,omitempty"`
	Name             string               `json:"name,omitempty"`
	Contact          string               `json:"contact,omitempty"`
	Language         domain.Lang          `json:"language"`
	Support          []domain.Support     `json:"support,omitempty"`
	Person           domain.Digest        `json:"person,omitzero"`
	OfAge            bool                 `json:"ofAge,omitempty"`
}

// RegisterParticipant runs the command of that name.
func (s *Service) RegisterParticipant(ctx context.Context, by By, c RegisterParticipant) (Receipt, error) {
	v := s.look(ctx)
	defer v.enter(domain.DialogueStream(c.Dialogue))()
	d := v.dialogue(c.Dialogue)
	e := v.editionOf(d)
	var draw domain.SortitionState
	if c.Route == domain.Drawn {
		draw = sees[domain.SortitionState](v, domain.SortitionStream(c.Dialogue))
	}
	if v.err != nil {
		return Receipt{}, v.err
	}
	for _, told := range []string{c.Strata, c.AccessNeeds, c.Name, c.Contact} {
		if len(told) > MaxWords {
			return Receipt{}, domain.Reject(domain.ErrInvalidText, "what a participant tells has at most %d bytes in each field", MaxWords)
		}
	}
	stream := domain.ParticipantStream(c.Participant)
	r := domain.ParticipantRegistered{
		Participant: c.Participant, Dialogue: c.Dialogue, Chamber: c.Chamber, Route: c.Route, StakeholderGroup: c.StakeholderGroup,
		Language: c.Language, Support: c.Support, Person: c.Person, OfAge: c.OfAge,
	}
	words := []sealed{{"strata", c.Strata, &r.Strata}, {"accessNeeds", c.AccessNeeds, &r.AccessNeeds}, {"name", c.Name, &r.Name}, {"contact", c.Contact, &r.Contact}}
	known := sees[domain.ParticipantState](s.look(ctx), stream)
	return execute(v, by, stream, d.Registered().Edition, c.Dialogue, func(p domain.ParticipantState) ([]domain.Event, error) {
		register := func() ([]domain.Event, error) { return p.Register(r, d, e, draw) }
		if known.Erased() != nil { // nothing that was erased comes back with a command that is sent again
			withoutWords(words, *known.Registered())
			return register()
		}
		return s.sealing(ctx, by, stream, words, register)
	})
}

// withoutWords puts the commitments of a registration in the places of words that nobody can check against them any more.
func withoutWords(words []sealed, was domain.ParticipantRegistered) {
	for _, w := range words {
		if w.words != "" {
			*w.into = domain.CommitmentIn(was, w.field)
		}
	}
}

// GiveConsent records what a participant consents to, on which text.
type GiveConsent struct {
	Participant domain.ParticipantID  `json:"participant"`
	Dialogue    domain.DialogueID     `json:"dialogue"`
	ConsentText domain.ArtefactRef    `json:"consentText"`
	Lang        domain.Lang           `json:"lang"`
	Scopes      []domain.ConsentScope `json:"scopes"`
	Method      domain.ConsentMethod  `json:"method"`
	Guardian    bool                  `json:"guardian,omitempty"`
}

// GiveConsent runs the command of that name.
func (s *Service) GiveConsent(ctx context.Context, by By, c GiveConsent) (Receipt, error) {
	v := s.look(ctx)
	d := v.dialogue(c.Dialogue)
	text := v.artefact(c.ConsentText.ID)
	g := domain.ConsentGiven{
		Participant: c.Participant, Dialogue: c.Dialogue, ConsentText: c.ConsentText, Lang: c.Lang, Scopes: c.Scopes, Method: c.Method, Guardian: c.Guardian,
	}
	return ofParticipant(v, by, c.Participant, d, func(p domain.ParticipantState) ([]domain.Event, error) { return p.GiveConsent(g, text) })
}

// WithdrawConsent records that a participant takes consent back. To have the ballots voided too, the participant presents the code under which they
// were cast: its pseudonym and the proof that it was issued. Neither is kept.
type WithdrawConsent struct {
	Participant domain.ParticipantID    `json:"participant"`
	Dialogue    domain.DialogueID       `json:"dialogue"`
	Scopes      []domain.ConsentScope   `json:"scopes"`
	Effect      domain.WithdrawalEffect `json:"effect"`
	Pseudonym   domain.Pseudonym        `json:"pseudonym,omitempty"`
	Issued      *domain.CodeProof       `json:"issued,omitempty"`
}

// WithdrawConsent runs the command of that name.
func (s *Service) WithdrawConsent(ctx context.Context, by By, c WithdrawConsent) (Receipt, error) {
	v := s.look(ctx)
	defer v.shut(domain.DialogueStream(c.Dialogue))()
	d := v.dialogue(c.Dialogue)
	presented := c.Issued != nil && d.Issued(c.Pseudonym, *c.Issued)
	w := domain.ConsentWithdrawn{Participant: c.Participant, Dialogue: c.Dialogue, Scopes: c.Scopes, Effect: c.Effect}
	return ofParticipant(v, by, c.Participant, d, func(p domain.ParticipantState) ([]domain.Event, error) { return p.WithdrawConsent(w, presented) })
}

// CheckIn says that a participant is in the room of one session, or without one for the day.
type CheckIn struct {
	Participant domain.ParticipantID `json:"participant"`
	Dialogue    domain.DialogueID    `json:"dialogue"`
	Session     domain.SessionID     `json:"session,omitempty"`
	By          string               `json:"by"`
}

// CheckIn runs the command of that name.
func (s *Service) CheckIn(ctx context.Context, by By, c CheckIn) (Receipt, error) {
	v := s.look(ctx)
	defer v.enter(domain.DialogueStream(c.Dialogue))()
	d := v.dialogue(c.Dialogue)
	e := v.editionOf(d)
	var draw domain.SortitionState
	if known := sees[domain.ParticipantState](s.look(ctx), domain.ParticipantStream(c.Participant)); known.Drawn() {
		draw = sees[domain.SortitionState](v, domain.SortitionStream(c.Dialogue))
	}
	in := domain.ParticipantCheckedIn{Participant: c.Participant, Dialogue: c.Dialogue, Session: c.Session, By: c.By}
	return ofParticipant(v, by, c.Participant, d, func(p domain.ParticipantState) ([]domain.Event, error) { return p.CheckIn(in, d, e, draw) })
}

// ErasePersonalData erases what a participant told at the registration: name, contact, strata and access needs. Their commitments stay in the record, and nobody can open
// them any more.
type ErasePersonalData struct {
	Participant domain.ParticipantID `json:"participant"`
	Dialogue    domain.DialogueID    `json:"dialogue"`
	RequestedAt domain.Time          `json:"requestedAt"`
	LegalBasis  string               `json:"legalBasis"`
}

// ErasePersonalData runs the command of that name. The event comes first: once it stands, whoever sends the command again finishes an erasure that was
// interrupted.
func (s *Service) ErasePersonalData(ctx context.Context, by By, c ErasePersonalData) (Receipt, error) {
	v := s.look(ctx)
	d := v.dialogue(c.Dialogue)
	if v.err != nil {
		return Receipt{}, v.err
	}
	places, fields, err := s.openings(ctx, c.Participant)
	if err != nil {
		return Receipt{}, err
	}
	e := domain.PersonalDataErased{Participant: c.Participant, Dialogue: c.Dialogue, Fields: fields, RequestedAt: c.RequestedAt, LegalBasis: c.LegalBasis}
	receipt, err := ofParticipant(v, by, c.Participant, d, func(p domain.ParticipantState) ([]domain.Event, error) { return p.Erase(e) })
	if err != nil {
		return Receipt{}, err
	}
	pools, err := PoolPlaces(ctx, s.Ledger, c.Dialogue, c.Participant)
	if err != nil {
		return Receipt{}, fmt.Errorf("the erasure stands in the record; send the command again to finish it: %w", err)
	}
	return s.eraseNow(ctx, receipt, append(places, pools...)...)
}

// openings are the places of what a participant told, and the fields of those that the vault can open; after an erasure, the fields that were erased.
func (s *Service) openings(ctx context.Context, id domain.ParticipantID) (places []vault.Place, fields []string, err error) {
	var p domain.ParticipantState
	for r, err := range s.Ledger.Stream(ctx, domain.ParticipantStream(id), 0) {
		if err != nil {
			return nil, nil, err
		}
		f, err := r.Decode()
		if err != nil {
			return nil, nil, err
		}
		if p = p.Evolve(f.Event); f.Revision > 0 {
			continue
		}
		for _, field := range p.Erasable() {
			places = append(places, vault.Place{Event: r.ID, Field: field})
		}
	}
	if was := p.Erased(); was != nil {
		return places, was.Fields, nil
	}
	for _, at := range places {
		switch _, err := s.Vault.Open(ctx, at); {
		case err == nil, errors.Is(err, vault.ErrDamaged): // what is damaged is to be erased as well
			fields = append(fields, at.Field)
		case !errors.Is(err, vault.ErrNotFound):
			return nil, nil, err
		}
	}
	return places, fields, nil
}

// ofParticipant decides about a participant of dialogue d, of which v has a sight.
func ofParticipant(v *sight, by By, id domain.ParticipantID, d domain.Dialogue, decide func(domain.ParticipantState) ([]domain.Event, error)) (Receipt, error) {
	if v.err != nil {
		return Receipt{}, v.err
	}
	to := d.Registered()
	return execute(v, by, domain.ParticipantStream(id), to.Edition, to.Dialogue, decide)
}
