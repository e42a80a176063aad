// Package commands turns what somebody asks for into events: load, fold, decide, append, and try again when somebody else was quicker.
// The decisions themselves are domain's; this package brings them the streams that they look at, and the clock.
package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// maxAttempts is how often a decision is made anew on a stream that keeps moving on.
const maxAttempts = 10

// A Receipt says what came of a command. Events is empty where nothing had to change because it is already so.
type Receipt struct {
	Stream  domain.StreamID `json:"stream"`
	Version uint64          `json:"version"` // of the stream, after the command
	Events  []Written       `json:"events"`

	// Repeated says that the same command was done before: this is the receipt of that time again. Whoever sends a command twice gets the same
	// bytes twice, so it is not among them.
	Repeated bool `json:"-"`
}

// Done tells whether the command changed anything now.
func (r Receipt) Done() bool { return len(r.Events) > 0 && !r.Repeated }

// Written is one event of a command and its place in the ledger.
type Written struct {
	ID   domain.EventID `json:"id"`
	Seq  uint64         `json:"seq"`
	Type string         `json:"type"`
}

// Execute folds stream, asks decide, and appends what it says. Sent again with the same command id, it gives the receipt of the first time; with the
// same id and other content it is rejected by domain.ErrIdempotencyConflict. An error that is no *domain.Rejection leaves the outcome
// unknown only if it says so; the same command may then be sent again.
func Execute[S domain.State[S]](ctx context.Context, l ledger.Ledger, stream domain.StreamID, meta domain.Meta, decide func(S) ([]domain.Event, error)) (Receipt, error) {
	return executeWith(ctx, l, nil, stream, meta, decide)
}

// executeWith is Execute with what c knows of the stream.
func executeWith[S domain.State[S]](ctx context.Context, l ledger.Ledger, c *states, stream domain.StreamID, meta domain.Meta, decide func(S) ([]domain.Event, error)) (Receipt, error) {
	if err := meta.Check(); err != nil {
		return Receipt{}, err
	}
	for attempt := 1; ; attempt++ {
		h, err := load[S](ctx, l, c, stream, domain.NewEventID(meta.Command, stream, 0))
		if err != nil {
			return Receipt{}, err
		}
		if h.found != nil {
			return h.again(stream, meta, decide)
		}
		if err := checkExpected(ctx, stream, h.version); err != nil {
			return Receipt{}, err
		}
		events, err := decide(h.state)
		if err != nil {
			return Receipt{}, err
		}
		if len(events) == 0 {
			return Receipt{Stream: stream, Version: h.version, Events: []Written{}}, nil
		}
		drafts, err := Drafts(stream, meta, 0, events)
		if err != nil {
			return Receipt{}, err
		}
		seq, err := l.Append(ctx, stream, h.version, drafts...)
		if errors.Is(err, ledger.ErrConflict) && attempt < maxAttempts {
			continue
		}
		if err != nil {
			return Receipt{}, fmt.Errorf("append to %s: %w", stream, err)
		}
		h.went(c, stream, drafts)
		return receipt(stream, h.version, seq, drafts), nil
	}
}

// Load folds a whole stream and gives its version.
func Load[S domain.State[S]](ctx context.Context, l ledger.Reader, stream domain.StreamID) (S, uint64, error) {
	h, err := load[S](ctx, l, nil, stream, domain.EventID{})
	return h.state, h.version, err
}

// again answers a command whose events stand in the stream already. Decided on what they were decided on, it must come to the same events. Where that
// cannot be done any more, because what the decision looked at besides this stream has moved on, it is taken for the same command unless
// something would still follow from it: once done, a command says no more.
func (h history[S]) again(stream domain.StreamID, meta domain.Meta, decide func(S) ([]domain.Event, error)) (Receipt, error) {
	n := 0
	for n < len(h.found) && h.found[n].ID == domain.NewEventID(meta.Command, stream, n) {
		n++
	}
	written := h.found[:n]
	differs := false
	switch events, err := decide(h.before); {
	case err == nil:
		differs = !sameEvents(events, written)
	case errors.Is(err, domain.ErrIdempotencyConflict): // other words at the same place
		return Receipt{}, err
	default:
		after, observed := h.before, domain.Observed(nil)
		for _, w := range written {
			f, err := w.Decode()
			if err != nil {
				return Receipt{}, fmt.Errorf("load %s: %w", stream, err)
			}
			after, observed = after.Evolve(f.Event), f.Meta.Observed
		}
		events, err := decide(after)
		differs = !movedOn(observed, meta.Observed) || (err == nil && len(events) > 0)
	}
	if differs {
		return Receipt{}, domain.Reject(domain.ErrIdempotencyConflict, "command %s was sent before with other content", meta.Command)
	}
	r := Receipt{Stream: stream, Version: written[n-1].Revision + 1, Repeated: true}
	for _, w := range written {
		r.Events = append(r.Events, Written{w.ID, w.Seq, w.Type})
	}
	return r, nil
}

// movedOn tells whether the same streams were looked at, at other versions.
func movedOn(then, now domain.Observed) bool {
	return !slices.Equal(then, now) && slices.EqualFunc(then, now, func(a, b domain.Ref) bool { return a.Stream == b.Stream })
}

func sameEvents(events []domain.Event, written []domain.Record) bool {
	if len(events) != len(written) {
		return false
	}
	for i, e := range events {
		typ, data, err := domain.Encode(e)
		if err != nil || typ != written[i].Type || !bytes.Equal(data, written[i].Data) {
			return false
		}
	}
	return true
}

// Drafts makes the drafts of events that one command writes to one stream: their ids follow from the command id and their ordinals, which begin
// at ordinal; their Meta is the same.
func Drafts(stream domain.StreamID, meta domain.Meta, ordinal int, events []domain.Event) ([]ledger.Draft, error) {
	m, err := domain.EncodeMeta(meta)
	if err != nil {
		return nil, err
	}
	drafts := make([]ledger.Draft, len(events))
	for i, e := range events {
		typ, data, err := domain.Encode(e)
		if err != nil {
			return nil, err
		}
		if len(m)+len(data) > domain.MaxRecord {
			return nil, domain.Reject(domain.ErrInvalidField, "%s has %d bytes with its meta, at most %d fit", typ, len(m)+len(data), domain.MaxRecord)
		}
		drafts[i] = ledger.Draft{ID: domain.NewEventID(meta.Command, stream, ordinal+i), Type: typ, Meta: m, Data: data}
	}
	return drafts, nil
}

func receipt(stream domain.StreamID, version, seq uint64, drafts []ledger.Draft) Receipt {
	r := Receipt{Stream: stream, Version: version + uint64(len(drafts))}
	for i, d := range drafts {
		r.Events = append(r.Events, Written{d.ID, seq + uint64(i), d.Type})
	}
	return r
}
