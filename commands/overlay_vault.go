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

var _ vault.Vault = (*overlayVault)(nil)

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
