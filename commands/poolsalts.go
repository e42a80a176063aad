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

// An Opener is a vault as far as it is only read.
type Opener interface {
	Open(ctx context.Context, at vault.Place) (vault.Opening, error)
}

func unsalted(p Person) bool { return p.Salt == domain.Digest{} }

// sealedBy is what sealed the pool of a selection, without an event where nothing did.
func (s *Service) sealedBy(ctx context.Context, dialogue domain.DialogueID, selection int) (domain.Fact, error) {
	return s.ofSelection(ctx, dialogue, func(e domain.Event) bool {
		sealed, is := e.(domain.SelectionPoolSealed)
		return is && sealed.Selection == selection
	})
}

// ofSelection is the first event of a sortition that is wanted.
func (s *Service) ofSelection(ctx context.Context, dialogue domain.DialogueID, wanted func(domain.Event) bool) (domain.Fact, error) {
	for r, err := range s.Ledger.Stream(ctx, domain.SortitionStream(dialogue), 0) {
		if err != nil {
			return domain.Fact{}, err
		}
		if f, err := r.Decode(); err != nil || wanted(f.Event) {
			return f, err
		}
	}
	return domain.Fact{}, nil
}

// salted takes salts out of the vault, for people who bring none. Those of whom it has none stay without.
func salted(ctx context.Context, words Opener, event domain.EventID, people []Person) ([]Person, error) {
	people = slices.Clone(people)
	for i, p := range people {
		if !unsalted(p) {
			continue
		}
		switch o, err := words.Open(ctx, vault.Place{Event: event, Field: domain.PoolField(p.ID)}); {
		case err == nil:
			people[i].Salt = domain.Digest(o.Salt)
		case !errors.Is(err, vault.ErrNotFound):
			return nil, fmt.Errorf("the salt of %s: %w", p.ID, err)
		}
	}
	return people, nil
}

// opened is salted where nobody may stay without.
func opened(ctx context.Context, words Opener, event domain.EventID, people []Person) ([]Person, error) {
	people, err := salted(ctx, words, event, people)
	if at := slices.IndexFunc(people, unsalted); err == nil && at >= 0 {
		err = lost(people[at].ID)
	}
	return people, err
}

func lost(id domain.ParticipantID) error {
	return domain.Reject(domain.ErrErased, "the vault has no salt of %s in this pool: it was erased, or was brought by whoever sealed the pool", id)
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
func OpenPool(ctx context.Context, words Opener, a domain.SelectionAnnounced, event domain.EventID, people []Person) (seal.Pool, error) {
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
