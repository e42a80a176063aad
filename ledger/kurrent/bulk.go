package kurrent

import (
	"context"
	"errors"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Limits of what is sent as one append. The server's own limit is 1 MiB by default up to version 25.0.
const (
	maxMerged      = 512
	maxMergedBytes = 256 << 10
)

// AppendBatches is that of ledger.Bulk. One append is sent after the other, each when the last one is counted: with several on their way, a batch might stand in the
// ledger though the one before it was refused. Batches for one stream that follow each other are sent as one. No append of this process comes in
// between; those of other processes may.
func (l *Ledger) AppendBatches(ctx context.Context, batches []ledger.Batch) (done, written int, err error) {
	if err := ctx.Err(); err != nil || len(batches) == 0 {
		return 0, 0, err
	}
	if err := l.gate.Acquire(ctx, maxAppends); err != nil {
		return 0, 0, err
	}
	s := newStay(func() { l.gate.Release(maxAppends) })
	defer s.leave()
	return l.appendBatches(ctx, s, batches)
}

func (l *Ledger) appendBatches(ctx context.Context, s *stay, batches []ledger.Batch) (done, written int, err error) {
	for done < len(batches) {
		run := runOf(batches[done:])
		if run > 1 {
			new, err := l.appendAs(ctx, s, merged(batches[done:done+run]))
			if err == nil {
				done, written = done+run, written+new
				continue
			}
			if !errors.Is(err, ledger.ErrConflict) && !errors.Is(err, ledger.ErrTooLarge) {
				return done, written, err
			}
		}
		for _, b := range batches[done : done+run] { // a part may be there already, and one may be refused
			new, err := l.appendAs(ctx, s, b)
			if err != nil {
				return done, written, err
			}
			done, written = done+1, written+new
		}
	}
	return done, written, nil
}

// appendAs appends b within a stay, and says how many records were new.
func (l *Ledger) appendAs(ctx context.Context, s *stay, b ledger.Batch) (written int, err error) {
	a, err := l.appending(b.Stream, b.Version, b.Drafts)
	if err == nil {
		err = l.begin(ctx)
	}
	if err != nil {
		return 0, err
	}
	ctx, cancel := l.patient(ctx)
	defer cancel()
	a.stay = s
	_, new, err := a.do(ctx)
	if err == nil && new {
		written = len(b.Drafts)
	}
	return written, err
}

// runOf is how many batches from the first on go on where the last one ends, and are no more than is sent as one.
func runOf(batches []ledger.Batch) int {
	stream, version := batches[0].Stream, batches[0].Version
	drafts, bytes := 0, 0
	for i, b := range batches {
		for _, d := range b.Drafts {
			if len(d.Meta)+len(d.Data) > domain.MaxRecord {
				return max(i, 1)
			}
			bytes += len(d.Meta) + len(d.Data)
		}
		drafts += len(b.Drafts)
		if b.Stream != stream || b.Version != version || len(b.Drafts) == 0 || drafts > maxMerged || bytes > maxMergedBytes {
			return max(i, 1)
		}
		version += uint64(len(b.Drafts))
	}
	return len(batches)
}

func merged(batches []ledger.Batch) ledger.Batch {
	b := batches[0]
	b.Drafts = nil
	for _, next := range batches {
		b.Drafts = append(b.Drafts, next.Drafts...)
	}
	return b
}
