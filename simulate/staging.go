package simulate

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
)

// A staging is the ledger that the commands of a simulation decide on. What they append is seen by the next one at once, and reaches the ledger below some
// thousand records at a time, in order. It shows nothing but the simulated edition, even where the ledger below holds other ones, or holds all of this one
// already: so the decisions are the same whenever they are made, and a run that was cut off is run again from its beginning.
type staging struct {
	below   ledger.Ledger
	vault   *stagingVault
	base    uint64                     // the Seq of the edition's first record
	stands  map[domain.StreamID]uint64 // the version of every stream
	window  []domain.Record            // the last records, from Seq base+gone on
	gone    int                        // records before the window
	flushed int                        // records that the ledger below has
	seen    int                        // records that All has shown
	pending map[domain.StreamID][]domain.Record
	batches []ledger.Batch

	written int            // records that were new to the ledger below
	types   map[string]int // records by type

	roots     *viewroots.Fold
	committed []domain.Record // commitments to the views that the ledger below has from base on, and that are not in the window yet
}

var (
	_ ledger.Ledger = (*staging)(nil)
	_ ledger.Header = (*staging)(nil)
)

// flushAt is how many records are appended at a time.
const flushAt = 4096

// newStaging begins at base. What stands before it is folded for the roots of the views, which are about all of the ledger.
func newStaging(ctx context.Context, below ledger.Ledger, v *stagingVault, base uint64) (*staging, error) {
	s := &staging{
		below: below, vault: v, base: base, stands: map[domain.StreamID]uint64{}, pending: map[domain.StreamID][]domain.Record{}, types: map[string]int{},
		roots: viewroots.NewFold(projections.All()),
	}
	if base > 0 {
		for e, err := range below.All(ctx, ledger.Cursor{}) {
			if err == nil {
				err = s.fold(e.Record)
			}
			if err != nil {
				return nil, err
			}
			if e.Cursor.Seq == base {
				break
			}
		}
	}
	for r, err := range below.Stream(ctx, domain.ViewsStream, 0) {
		switch {
		case err != nil:
			return nil, err
		case r.Seq < base:
			s.stands[domain.ViewsStream] = r.Revision + 1
		default:
			s.committed = append(s.committed, r)
		}
	}
	return s, nil
}

func (s *staging) fold(r domain.Record) error {
	f, err := r.Decode()
	if err != nil {
		return err
	}
	return s.roots.Apply(f)
}

// put puts a record at the end, and behind it the commitments that stand there in the ledger below already: of an earlier run, or of somebody who looked at
// what it left.
func (s *staging) put(r domain.Record) error {
	for {
		s.window, s.stands[r.Stream] = append(s.window, r), r.Revision+1
		s.types[r.Type]++
		if err := s.fold(r); err != nil {
			return err
		}
		if len(s.committed) == 0 || s.committed[0].Seq != s.position() {
			return nil
		}
		r, s.committed = s.committed[0], s.committed[1:]
	}
}

// records is how many there are.
func (s *staging) records() int { return s.gone + len(s.window) }

// version is that of a stream.
func (s *staging) version(id domain.StreamID) uint64 { return s.stands[id] }

// position is where the next record will stand.
func (s *staging) position() uint64 { return s.base + uint64(s.records()) }

// Head is that of ledger.Header.
func (s *staging) Head(ctx context.Context) (uint64, error) { return s.position(), ctx.Err() }

// Append is that of ledger.Appender. There is one writer, and each of its commands is run once: what is not at the end of its stream is a conflict.
func (s *staging) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	if len(drafts) == 0 {
		return 0, errors.New("no drafts")
	}
	if have := s.stands[stream]; have != version {
		return 0, &ledger.ConflictError{Stream: stream, Expected: version, Actual: have}
	}
	first := s.position()
	for i, d := range drafts {
		r := domain.Record{Seq: first + uint64(i), Stream: stream, Revision: version + uint64(i), ID: d.ID, Type: d.Type, Meta: d.Meta, Data: d.Data}
		s.pending[stream] = append(s.pending[stream], r)
		if err := s.put(r); err != nil {
			return 0, err
		}
	}
	s.batches = append(s.batches, ledger.Batch{Stream: stream, Version: version, Drafts: drafts})
	if s.records()-s.flushed >= flushAt {
		return first, s.flush(ctx)
	}
	return first, nil
}

// flush makes everything durable: words first, then the events that bear their commitments.
func (s *staging) flush(ctx context.Context) error {
	if err := s.vault.flush(ctx); err != nil {
		return err
	}
	if len(s.batches) == 0 {
		return ctx.Err()
	}
	_, written, err := ledger.AppendBatches(ctx, s.below, s.batches)
	s.written += written
	if errors.Is(err, ledger.ErrConflict) {
		return fmt.Errorf("%w; somebody else has written to the synthetic edition, so it cannot be made again here", err)
	}
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	s.flushed, s.batches = s.records(), nil
	clear(s.pending)
	if n := min(s.seen, s.flushed, s.records()-1) - s.gone; n > 0 { // the last one is asked for by whoever commits to the views
		s.window, s.gone = append([]domain.Record(nil), s.window[n:]...), s.gone+n
	}
	return nil
}

// Stream is that of ledger.Reader.
func (s *staging) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		pending := s.pending[stream]
		durable := s.stands[stream] - uint64(len(pending))
		if from < durable {
			for r, err := range s.below.Stream(ctx, stream, from) {
				if err == nil && r.Revision >= durable {
					break
				}
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
		for _, r := range pending {
			if r.Revision >= from && !yield(r, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(domain.Record{}, err)
		}
	}
}

// All is that of ledger.Reader, for one reader that goes on where it was: what it has seen is let go. Others may look at the end.
func (s *staging) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		at := max(after.Seq, s.base) - s.base
		if at < uint64(s.gone) || at > uint64(s.records()) {
			yield(ledger.Entry{}, fmt.Errorf("%w: the records before %d were let go", ledger.ErrCursor, s.base+uint64(s.gone)))
			return
		}
		for _, r := range s.window[at-uint64(s.gone):] {
			if ctx.Err() != nil {
				break
			}
			if s.seen == int(r.Seq-s.base) {
				s.seen++
			}
			if !yield(ledger.Entry{Record: r, Cursor: ledger.Cursor{Seq: r.Seq + 1}}, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

// Follow is that of ledger.Reader. Nobody waits for a simulation.
func (s *staging) Follow(context.Context, ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		yield(ledger.Entry{}, errors.New("a simulation cannot be followed; follow the ledger that it writes to"))
	}
}
