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

// The vault keeps the leaves of a pool, and those of the tickets of its lottery, at domain.LeavesField of the events that hold their roots. They are no personal data: a leaf of a pool has a salt
// of 256 random bits in it, and once that is gone no guess at the person can be tried out; a leaf of the tickets has nothing in it that the published panels do not tell. So they stay when
// somebody's data are erased, and everybody else still gets the path from their leaf to the root.

// keepLeaves makes leaves durable before the event that holds their root.
func (s *Service) keepLeaves(ctx context.Context, event domain.EventID, of domain.DialogueID, leaves []seal.Hash) error {
	words := make([]byte, 0, len(leaves)*len(seal.Hash{}))
	for _, h := range leaves {
		words = append(words, h[:]...)
	}
	_, err := s.Vault.Seal(ctx, vault.Words{Place: vault.Place{Event: event, Field: domain.LeavesField}, Subject: domain.SortitionStream(of), Words: words})
	return err
}

// Leaves are those that the vault keeps under the root of an event, in the order of their tree; vault.ErrNotFound where it keeps none. Whether they come to the root the caller sees.
func Leaves(ctx context.Context, words Opener, event domain.EventID) ([]seal.Hash, error) {
	o, err := words.Open(ctx, vault.Place{Event: event, Field: domain.LeavesField})
	if err != nil {
		return nil, err
	}
	leaves := make([]seal.Hash, 0, len(o.Words)/len(seal.Hash{}))
	for h := range slices.Chunk(o.Words, len(seal.Hash{})) {
		if len(h) != len(seal.Hash{}) {
			return nil, fmt.Errorf("the leaves of %s: %w", event, vault.ErrDamaged)
		}
		leaves = append(leaves, seal.Hash(h))
	}
	return leaves, nil
}

// PoolErased tells whether the record declares that what the vault had of a person in the pool which an event sealed is erased: by itself, or with all that they told.
func PoolErased(ctx context.Context, l ledger.Reader, sealed domain.Fact, id domain.ParticipantID) (bool, error) {
	x, _, err := Load[domain.Erasure](ctx, l, domain.ErasureStream(sealed.ID, domain.PoolField(id)))
	if err != nil || x.Erased() != nil {
		return err == nil, err
	}
	p, _, err := Load[domain.ParticipantState](ctx, l, domain.ParticipantStream(id))
	e, is := sealed.Event.(domain.SelectionPoolSealed)
	return err == nil && is && p.Erased() != nil && p.Erased().Dialogue == e.Dialogue, err
}

// PoolReceipt shows to one person that they were in the pool that an event sealed. Of the others it needs the leaves alone. Who brings no salt, or nothing but an id, is taken as the vault has them.
func PoolReceipt(ctx context.Context, words Opener, a domain.SelectionAnnounced, event domain.EventID, who Person, leaves []seal.Hash) (seal.Receipt, error) {
	if unsalted(who) {
		switch o, err := words.Open(ctx, vault.Place{Event: event, Field: domain.PoolField(who.ID)}); {
		case errors.Is(err, vault.ErrNotFound):
			return seal.Receipt{}, lost(who.ID)
		case err != nil:
			return seal.Receipt{}, fmt.Errorf("the salt of %s: %w", who.ID, err)
		default:
			id := who.ID
			if err := json.Unmarshal(o.Words, &who); err != nil || who.ID != id {
				return seal.Receipt{}, fmt.Errorf("what the pool says of %s: %w", id, vault.ErrDamaged)
			}
			who.Salt = domain.Digest(o.Salt)
		}
	}
	pool, err := sealedPool(a, []Person{who})
	if err != nil {
		return seal.Receipt{}, err
	}
	return pool.ReceiptAmong(leaves, 0)
}

// shown is the pool that an event sealed, as a command shows it. Where erasures have taken salts, those whose salts are there must be among the leaves that the vault keeps, as many others must
// be missing, and something stands in for the salts that are gone: nobody can make the root any more. What is not the sealed pool is rejected by domain.ErrCommitmentMismatch, and given.
func (s *Service) shown(ctx context.Context, by domain.Fact, a domain.SelectionAnnounced, people []Person) (pool seal.Pool, gone bool, err error) {
	sealed, _ := by.Event.(domain.SelectionPoolSealed)
	people, err = salted(ctx, s.Vault, by.ID, people)
	if err != nil {
		return pool, false, err
	}
	known := make([]bool, len(people))
	for i, p := range people {
		if known[i] = !unsalted(p); known[i] {
			continue
		}
		gone = true
		switch erased, err := PoolErased(ctx, s.Ledger, by, p.ID); {
		case err != nil:
			return pool, false, err
		case !erased:
			return pool, false, lost(p.ID)
		case len(p.Strata) == 0: // they are gone wherever they were kept
			people[i].Strata = map[string]string{}
			for _, q := range a.Quotas {
				people[i].Strata[q.Dimension] = ""
			}
		}
	}
	if pool, err = sealedPool(a, standIns(people)); err != nil {
		return pool, false, err
	}
	notSealed := domain.Reject(domain.ErrCommitmentMismatch, "these people are not the sealed ones")
	if !gone {
		if domain.Digest(pool.Root()) != sealed.Pool {
			err = notSealed
		}
		return pool, false, err
	}
	leaves, err := Leaves(ctx, s.Vault, by.ID)
	switch {
	case errors.Is(err, vault.ErrNotFound): // nobody kept them
		return pool, false, lost(people[slices.Index(known, false)].ID)
	case err != nil:
		return pool, false, err
	case domain.Digest(seal.NewTree(leaves).Root()) != sealed.Pool:
		return pool, false, fmt.Errorf("the leaves of %s: %w", by.ID, vault.ErrDamaged)
	case len(leaves) != len(people):
		return pool, false, notSealed
	}
	for i := range people {
		if !known[i] {
			continue
		}
		if _, is := seal.Among(leaves, pool.Leaf(i)); !is {
			return pool, false, notSealed
		}
	}
	return pool, true, nil
}

// shownPool is shown, of the selection that goes on.
func (s *Service) shownPool(ctx context.Context, at domain.Selection, people []Person) (pool seal.Pool, gone bool, err error) {
	if at.Sealed() == nil {
		return pool, false, domain.Reject(domain.ErrPhaseClosed, "the pool is not sealed")
	}
	by, err := s.sealedBy(ctx, at.Announced().Dialogue, at.Announced().Selection)
	if err != nil {
		return pool, false, err
	}
	return s.shown(ctx, by, *at.Announced(), people)
}
