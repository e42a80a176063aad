package kurrent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	"daybook.internal/ledger"
)

// Ingest is that of ledger.Ingester: over one call of BatchAppend, on which many appends are on their way at a time. A server that has no such call gets one append after the other.
//
// Their order is that of batches, by how the server works and not by its word: it takes the appends of a call one after the other and puts each into the queue of its one
// writer. A call that broke off is made again from the first append that was not answered. What of the broken one is still on its way by then is in the same order, and the
// server knows repetitions by their ids; so whichever of the two comes first for an append, all before it have come. Neighbours of one stream are not merged, as a
// part of what was merged is no repetition. Only an append that the server refuses while it takes one behind it breaks the order, as when somebody else appends: therefore what
// stands in the ledger afterwards has to be compared, also because the server compares ids alone.
func (l *Ledger) Ingest(ctx context.Context, batches []ledger.Batch) (done int, err error) {
	if err := ctx.Err(); err != nil || len(batches) == 0 {
		return 0, err
	}
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	if err := l.gate.Acquire(ctx, maxAppends); err != nil {
		return 0, err
	}
	s := newStay(func() { l.gate.Release(maxAppends) })
	defer s.leave()
	in := &ingest{l: l, batches: batches}
	if err = in.all(ctx); !errors.Is(err, errOneByOne) {
		return in.acked, err
	}
	// What the server answered with no, an append of its own says why.
	n, _, err := l.appendBatches(ctx, s, batches[in.acked:])
	return in.acked + n, err
}

// errOneByOne says that the rest is for appends of their own.
var errOneByOne = errors.New("no batch append")

// An ingest is batches on their way.
type ingest struct {
	l       *Ledger
	batches []ledger.Batch
	acked   int  // batches that are answered, counted from the front
	sent    bool // something was
}

// all makes calls until everything is answered, or until there was no answer for as long as the ledger is patient.
func (in *ingest) all(ctx context.Context) error {
	pause, heard := leastPause, time.Now()
	for in.acked < len(in.batches) {
		before := in.acked
		patient, cancel := in.l.patient(ctx)
		err := in.l.link.ready(patient)
		cancel()
		if err == nil {
			err = in.call(ctx)
		}
		if in.acked > before {
			pause, heard = leastPause, time.Now()
		}
		switch {
		case err == nil:
			continue
		case in.l.link.isClosed():
			return in.outcome(ledger.ErrClosed)
		case ctx.Err() != nil:
			return in.outcome(ended(ctx, err))
		case errors.Is(err, ledger.ErrDamaged), errors.Is(err, errOneByOne), errors.Is(err, ErrUnreachable), errors.Is(err, ErrRefused):
			return in.outcome(err)
		case kindOf(err) == refused:
			return in.outcome(fmt.Errorf("%w: %w", ErrRefused, err))
		case kindOf(err) != lost:
			return errOneByOne
		case !bounded(ctx) && time.Since(heard) > in.l.patience:
			return in.outcome(fmt.Errorf("%w (%w)", ErrUnreachable, err))
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return in.outcome(ended(ctx, err))
		case <-in.l.link.closing:
			return in.outcome(ledger.ErrClosed)
		}
		pause = min(2*pause, mostPause)
	}
	return nil
}

func bounded(ctx context.Context) bool {
	_, is := ctx.Deadline()
	return is
}

// outcome is err, and says so where nobody knows what became of what was sent.
func (in *ingest) outcome(err error) error {
	if !in.sent || errors.Is(err, ledger.ErrDamaged) || errors.Is(err, errOneByOne) {
		return err
	}
	return &UnknownError{in.batches[in.acked].Stream, err}
}

// answerError is what the server says to one append, in a message and not as the end of the call.
func answerError(code codes.Code, message string) error {
	switch code {
	case codes.OK, codes.DeadlineExceeded, codes.Unknown, codes.Internal, codes.Unavailable, codes.Aborted: // not ready, busy, or too slow: EventStoreDB has no code for the first two
		return fmt.Errorf("%w: %s", errLost, message)
	}
	return fmt.Errorf("%w: %v: %s", errOneByOne, code, message)
}
