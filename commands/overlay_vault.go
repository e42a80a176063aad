package commands

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

// An overlayVault is a vault above another one, which is only ever read: what is sealed here is kept in memory and nowhere else.
type overlayVault struct {
	below  vault.Vault
	mu     sync.Mutex
	kept   map[vault.Place]vault.Opening // guarded by mu
	erased map[vault.Place]bool          // here, while it may stand below; guarded by mu
}

var (
	_ vault.Vault  = (*overlayVault)(nil)
	_ vault.Keeper = (*overlayVault)(nil)
)

func newOverlayVault(below vault.Vault) *overlayVault {
	return &overlayVault{below: below, kept: map[vault.Place]vault.Opening{}, erased: map[vault.Place]bool{}}
}

// Seal is that of vault.Vault.
func (v *overlayVault) Seal(ctx context.Context, words ...vault.Words) ([]domain.Commitment, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	commitments, fresh := make([]domain.Commitment, len(words)), map[vault.Place]vault.Opening{}
	for i, w := range words {
		o, sealed := fresh[w.Place]
		if !sealed {
			var err error
			switch o, err = v.open(ctx, w.Place); {
			case errors.Is(err, vault.ErrNotFound):
				o = vault.Opening{Place: w.Place, Subject: w.Subject, Words: bytes.Clone(w.Words)}
				_, _ = rand.Read(o.Salt[:]) // it never fails
			case err != nil:
				return nil, err
			}
			fresh[w.Place] = o
		}
		if !bytes.Equal(o.Words, w.Words) {
			return nil, domain.Reject(domain.ErrIdempotencyConflict, "other words are sealed already at %v", w.Place)
		}
		commitments[i] = o.Commitment()
	}
	for at, o := range fresh {
		v.kept[at] = o
	}
	return commitments, ctx.Err()
}

// Keep is that of vault.Keeper.
func (v *overlayVault) Keep(ctx context.Context, openings ...vault.Opening) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	fresh := map[vault.Place]vault.Opening{}
	for _, o := range openings {
		have, kept := fresh[o.Place]
		if !kept {
			var err error
			switch have, err = v.open(ctx, o.Place); {
			case errors.Is(err, vault.ErrNotFound):
				have = vault.Opening{Place: o.Place, Subject: o.Subject, Salt: o.Salt, Words: bytes.Clone(o.Words)}
				fresh[o.Place] = have
			case err != nil:
				return err
			}
		}
		if have.Salt != o.Salt || !bytes.Equal(have.Words, o.Words) {
			return domain.Reject(domain.ErrIdempotencyConflict, "another opening is kept already at %v", o.Place)
		}
	}
	for at, o := range fresh {
		v.kept[at] = o
	}
	return ctx.Err()
}

// Open is that of vault.Vault.
func (v *overlayVault) Open(ctx context.Context, at vault.Place) (vault.Opening, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.open(ctx, at)
}

func (v *overlayVault) open(ctx context.Context, at vault.Place) (vault.Opening, error) {
	o, ok := v.kept[at]
	switch {
	case !ok && v.erased[at]:
		return vault.Opening{}, errors.Join(ctx.Err(), vault.ErrNotFound)
	case !ok:
		return v.below.Open(ctx, at)
	}
	o.Words = bytes.Clone(o.Words)
	return o, ctx.Err()
}

// Erase is that of vault.Vault. Below, everything stays.
func (v *overlayVault) Erase(ctx context.Context, places ...vault.Place) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, at := range places {
		delete(v.kept, at)
		v.erased[at] = true
	}
	return nil
}

// Close leaves the vault below as it is: it belongs to whoever opened it.
func (v *overlayVault) Close() error { return nil }
