package simulate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

// A stagingVault seals words under salts that derive from the seed and the place, so that the same simulation gives the same commitments. Whoever knows the
// seed knows the salts: that is right for words that nobody said, and for no others. Openings reach the vault below before the events that bear
// their commitments reach the ledger.
type stagingVault struct {
	below  keeper
	seed   uint64
	gone   *domain.Erased                // what the ledger below declares erased already: it does not come back
	kept   map[vault.Place]vault.Opening // not in the vault below yet, or never again
	order  []vault.Place                 // of those that are to come there
	hidden map[vault.Place]bool          // of those that are not
}

// keeper is the vault that a simulation writes to: it takes openings with their salts.
type keeper interface {
	vault.Vault
	vault.Keeper
}

func newStagingVault(below keeper, seed uint64, gone *domain.Erased) *stagingVault {
	return &stagingVault{below: below, seed: seed, gone: gone, kept: map[vault.Place]vault.Opening{}, hidden: map[vault.Place]bool{}}
}

// saltOf is SHA-256("daybook-simulate-salt/v1" ‖ 0 ‖ be64(seed) ‖ event id ‖ field).
func saltOf(seed uint64, at vault.Place) domain.Salt {
	b := append(make([]byte, 0, 96), "daybook-simulate-salt/v1\x00"...)
	b = binary.BigEndian.AppendUint64(b, seed)
	b = append(b, at.Event[:]...)
	return sha256.Sum256(append(b, at.Field...))
}

// Seal is that of vault.Vault.
func (v *stagingVault) Seal(ctx context.Context, words ...vault.Words) ([]domain.Commitment, error) {
	commitments := make([]domain.Commitment, len(words))
	for i, w := range words {
		o, sealed := v.kept[w.Place]
		if !sealed {
			o = vault.Opening{Place: w.Place, Subject: w.Subject, Salt: saltOf(v.seed, w.Place), Words: bytes.Clone(w.Words)}
			v.hold(o)
		}
		if !bytes.Equal(o.Words, w.Words) {
			return nil, domain.Reject(domain.ErrIdempotencyConflict, "other words are sealed already at %v", w.Place)
		}
		commitments[i] = o.Commitment()
	}
	return commitments, ctx.Err()
}

// Keep is that of vault.Keeper.
func (v *stagingVault) Keep(ctx context.Context, openings ...vault.Opening) error {
	for _, o := range openings {
		have, kept := v.kept[o.Place]
		switch {
		case !kept:
			o.Words = bytes.Clone(o.Words)
			v.hold(o)
		case have.Salt != o.Salt || !bytes.Equal(have.Words, o.Words):
			return domain.Reject(domain.ErrIdempotencyConflict, "another opening is kept already at %v", o.Place)
		}
	}
	return ctx.Err()
}

// hold keeps an opening until it is handed over. One that is erased by now is shown to the commands that come after it, as it was the first time, and handed
// to nobody.
func (v *stagingVault) hold(o vault.Opening) {
	v.kept[o.Place] = o
	if v.gone.Declares(o.Subject, o.Event, o.Field) {
		v.hidden[o.Place] = true
		return
	}
	v.order = append(v.order, o.Place)
}

// Open is that of vault.Vault.
func (v *stagingVault) Open(ctx context.Context, at vault.Place) (vault.Opening, error) {
	o, ok := v.kept[at]
	if !ok {
		return v.below.Open(ctx, at)
	}
	o.Words = bytes.Clone(o.Words)
	return o, ctx.Err()
}

// flush hands over what is kept.
func (v *stagingVault) flush(ctx context.Context) error {
	openings := make([]vault.Opening, len(v.order))
	for i, at := range v.order {
		openings[i] = v.kept[at]
	}
	if len(openings) == 0 {
		return nil
	}
	if err := v.below.Keep(ctx, openings...); err != nil {
		return err
	}
	for _, at := range v.order {
		delete(v.kept, at)
	}
	v.order = nil
	return nil
}

// Erase is that of vault.Vault.
func (v *stagingVault) Erase(ctx context.Context, places ...vault.Place) error {
	if err := v.flush(ctx); err != nil {
		return err
	}
	for _, at := range places {
		if v.hidden[at] {
			delete(v.kept, at)
			delete(v.hidden, at)
		}
	}
	return v.below.Erase(ctx, places...)
}

// Close leaves the vault below as it is: it belongs to whoever opened it.
func (v *stagingVault) Close() error { return nil }
