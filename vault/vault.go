// Package vault keeps the openings of commitments: participants' words and the salts that tie them to the record. It is the one place from which
// anything may be erased. Nothing in it is needed to verify the ledger; with it, everybody can check the words against their commitments.
// Package vaulttest is the contract as a test suite.
package vault

import (
	"context"
	"errors"

	"daybook.internal/domain"
)

// A Place is where a commitment stands: an event, and the field of it, by its JSON name.
type Place struct {
	Event domain.EventID
	Field string
}

// An Opening is what a commitment commits to. Its subject is whose words they are: the stream in which the event stands.
type Opening struct {
	Place
	Subject domain.StreamID
	Salt    domain.Salt
	Words   []byte
}

// Commitment is what stands in the event.
func (o Opening) Commitment() domain.Commitment {
	return domain.Commit(o.Salt, o.Event, o.Field, o.Words)
}

// Words are a participant's words, whose they are (the stream in which the event will stand), and the place where their commitment will stand.
type Words struct {
	Place
	Subject domain.StreamID
	Words   []byte
}

// Vault keeps openings.
type Vault interface {
	// Seal makes openings durable under fresh random salts, all or none, and gives their commitments in the same order. Words that are sealed
	// already at their place keep their salt, and their subject, so that sealing them again gives the same commitment; other words at the same place are
	// a rejection by domain.ErrIdempotencyConflict. Words of nobody are an error. Seal comes before the append of the event: an opening without an event is harmless, an
	// event without its opening is a loss.
	Seal(ctx context.Context, words ...Words) ([]domain.Commitment, error)

	// Open gives the opening at a place, ErrNotFound where there is none (never sealed, or erased), and ErrDamaged where it is not as
	// it was sealed: in its place, of its subject.
	Open(ctx context.Context, at Place) (Opening, error)

	// Erase makes openings unrecoverable by the vault, for good, all or none, and is durable when it returns. With the last opening of a subject goes the
	// key under which they were sealed. Places without an opening are no error, so an erasure of unknown outcome is repeated. What was erased can be sealed again, under another salt; who erases sees to it that nobody does.
	Erase(ctx context.Context, places ...Place) error

	// Close lets go of the vault. It may be called twice.
	Close() error
}

// ErrNotFound says that the vault has no opening for a place.
var ErrNotFound = errors.New("no opening")

// ErrDamaged says that an opening is not as it was sealed. The error around it names the place.
var ErrDamaged = errors.New("the vault is damaged")

// ErrAway says that the vault cannot be reached, or cannot go on for now. What was asked for may be asked again: Seal, Keep and Erase are done once however often they are.
var ErrAway = errors.New("the vault is away")

// Keeper is what a vault may offer besides: to take openings whose salts were made elsewhere, as they are in a copy or in a synthetic edition.
type Keeper interface {
	// Keep makes openings durable, all or none. What is there already is left as it is; another salt or other words at the same place are a
	// rejection by domain.ErrIdempotencyConflict.
	Keep(ctx context.Context, openings ...Opening) error
}
