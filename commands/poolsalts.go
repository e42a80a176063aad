package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/sortition/seal"
	"daybook.internal/vault"
)

// Salts of a pool that nobody brings are the vault's: the opening at domain.PoolField of the event that seals the pool, under the key of the person's stream. Its words are what the pool
// says of the person, so the erasure of a person takes both, and the root of the pool stays.

// salted gives people with the salts that they bring, and the others with those of the vault. The event is the one that sealed this selection.
func (s *Service) salted(ctx context.Context, dialogue domain.DialogueID, selection int, people []Person) ([]Person, error) {
	if !slices.ContainsFunc(people, unsalted) {
		return people, nil
	}
	event, err := s.sealedBy(ctx, dialogue, selection)
	if err != nil {
		return nil, err
	}
	return opened(ctx, s.Vault, event, people)
}

func unsalted(p Person) bool { return p.Salt == domain.Digest{} }

// sealedBy is the event that sealed the pool of a selection, zero where there is none.
func (s *Service) sealedBy(ctx context.Context, dialogue domain.DialogueID, selection int) (id domain.EventID, err error) {
	for r, err := range s.Ledger.Stream(ctx, domain.SortitionStream(dialogue), 0) {
		if err != nil {
			return id, err
		}
		f, err := r.Decode()
		if err != nil {
			return id, err
		}
		if e, ok := f.Event.(domain.SelectionPoolSealed); ok && e.Selection == selection {
			return f.ID, nil
		}
	}
	return id, nil
}

// opened takes salts out of the vault. Where one is gone the pool cannot be shown any more, and the error says whose it is.
func opened(ctx context.Context, words vault.Vault, event domain.EventID, people []Person) ([]Person, error) {
	people = slices.Clone(people)
	for i, p := range people {
		if !unsalted(p) {
			continue
		}
		switch o, err := words.Open(ctx, vault.Place{Event: event, Field: domain.PoolField(p.ID)}); {
		case errors.Is(err, vault.ErrNotFound):
			return nil, domain.Reject(domain.ErrErased, "the vault has no salt of %s in this pool: it was erased, or was brought by whoever sealed the pool", p.ID)
		case err != nil:
			return nil, fmt.Errorf("the salt of %s: %w", p.ID, err)
		default:
			people[i].Salt = domain.Digest(o.Salt)
		}
	}
	return people, nil
}

// makeSalts makes those that are missing, durable before the event that rests on them. Whose data are erased gets none any more.
func (s *Service) makeSalts(ctx context.Context, event domain.EventID, people []Person) ([]Person, error) {
	var words []vault.Words
	for _, p := range people {
		if !unsalted(p) {
			continue
		}
		of := domain.ParticipantStream(p.ID)
		switch state, _, err := loadWith[domain.ParticipantState](ctx, s, of); {
		case err != nil:
			return nil, err
		case state.Erased() != nil:
			return nil, domain.Reject(domain.ErrErased, "the data of %s are erased; leave them out of the pool", p.ID)
		}
		b, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		words = append(words, vault.Words{Place: vault.Place{Event: event, Field: domain.PoolField(p.ID)}, Subject: of, Words: b})
	}
	if len(words) == 0 {
		return people, nil
	}
	if _, err := s.Vault.Seal(ctx, words...); err != nil {
		return nil, err
	}
	return opened(ctx, s.Vault, event, people)
}

// OpenPool is the pool that an event sealed, with salts of the vault where people bring none. Whether it is the sealed one only its root tells.
func OpenPool(ctx context.Context, words vault.Vault, a domain.SelectionAnnounced, event domain.EventID, people []Person) (seal.Pool, error) {
	people, err := opened(ctx, words, event, people)
	if err != nil {
		return seal.Pool{}, err
	}
	return sealedPool(a, people)
}

// PoolPlaces are the places of what the vault may have of a person in the pools of a dialogue.
func PoolPlaces(ctx context.Context, l ledger.Ledger, dialogue domain.DialogueID, id domain.ParticipantID) (places []vault.Place, err error) {
	for r, err := range l.Stream(ctx, domain.SortitionStream(dialogue), 0) {
		if err != nil {
			return nil, err
		}
		f, err := r.Decode()
		if err != nil {
			return nil, err
		}
		if _, ok := f.Event.(domain.SelectionPoolSealed); ok {
			places = append(places, vault.Place{Event: f.ID, Field: domain.PoolField(id)})
		}
	}
	return places, nil
}
