package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A batch is a ledger.Batch in frames.
type batch struct {
	stream  domain.StreamID
	version uint64
	frames  []frame
}

// A request is one call of Append or AppendBatches on its way through the writer.
type request struct {
	state   atomic.Int32 // waiting, then taken by the writer or abandoned by the caller
	batches []batch
	bytes   int
	done    chan struct{} // closed by the writer; what follows is the writer's until then

	seq             uint64 // of the first draft of the last batch
	applied, added  int    // batches gone through, and records new among them, in the open transaction
	durable, stored int    // the same, committed
	err             error  // belongs to the batch after the applied ones
}

const (
	waiting = iota
	taken
	abandoned
)

// Append is that of ledger.Appender.
func (l *Ledger) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	r, err := newRequest([]ledger.Batch{{Stream: stream, Version: version, Drafts: drafts}})
	if err != nil {
		return 0, err
	}
	if err := l.do(ctx, r); err != nil {
		return 0, err
	}
	return r.seq, nil
}

// AppendBatches is that of ledger.Bulk. A transaction holds at least 4,096 records of it before the next begins.
func (l *Ledger) AppendBatches(ctx context.Context, batches []ledger.Batch) (done, written int, err error) {
	if len(batches) == 0 {
		return 0, 0, ctx.Err()
	}
	r, invalid := newRequest(batches)
	if len(r.batches) == 0 {
		return 0, 0, invalid
	}
	if err := l.do(ctx, r); err != nil {
		return r.durable, r.stored, err
	}
	return r.durable, r.stored, invalid
}

// newRequest copies batches up to the first that is invalid, and says why that one is.
func newRequest(batches []ledger.Batch) (*request, error) {
	r := &request{batches: make([]batch, 0, len(batches)), done: make(chan struct{})}
	for _, b := range batches {
		if len(b.Drafts) == 0 {
			return r, fmt.Errorf("append to %s: no drafts", b.Stream)
		}
		if b.Version > math.MaxInt64 {
			return r, fmt.Errorf("append to %s: no stream has %d events", b.Stream, b.Version)
		}
		frames := make([]frame, len(b.Drafts))
		for i, d := range b.Drafts {
			var err error
			if frames[i], err = newFrame(b.Stream, d); err != nil {
				return r, fmt.Errorf("append to %.80s: %w", b.Stream, err)
			}
			r.bytes += len(frames[i])
		}
		r.batches = append(r.batches, batch{b.Stream, b.Version, frames})
	}
	return r, nil
}

// do hands r to the writer and waits for the outcome, unless ctx ends before the writer takes r up.
func (l *Ledger) do(ctx context.Context, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.readOnly {
		return fmt.Errorf("%s: the ledger was opened read-only", l.path)
	}
	if err := l.isOpen(); err != nil {
		return err
	}
	select {
	case l.requests <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.closing:
		return ledger.ErrClosed
	}
	var reason error
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		reason = ctx.Err()
	case <-l.stopped:
		reason = ledger.ErrClosed
	}
	if r.state.CompareAndSwap(waiting, abandoned) {
		return reason
	}
	<-r.done
	return r.err
}

// errRefused is inside the error of every append after something went wrong in the file.
var errRefused = errors.New("the ledger takes no more appends until it is opened again, because one has failed")
