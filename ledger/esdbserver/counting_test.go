package esdbserver_test

import (
	"context"
	"iter"
	"sync/atomic"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// counting counts the records that are taken from a ledger.
type counting struct {
	sized
	n atomic.Int64
}

func (c *counting) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	return count(&c.n, c.sized.Stream(ctx, stream, from))
}

func (c *counting) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return count(&c.n, c.sized.All(ctx, after))
}

func (c *counting) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return count(&c.n, c.sized.Follow(ctx, after))
}

// reversing is a ledger that reads a stream from its end, and counts as well.
type reversing struct{ *counting }

func (r reversing) StreamBack(ctx context.Context, stream domain.StreamID, before uint64) iter.Seq2[domain.Record, error] {
	return count(&r.n, func(yield func(domain.Record, error) bool) {
		var all []domain.Record
		for record, err := range r.sized.Stream(ctx, stream, 0) {
			if err != nil {
				yield(record, err)
				return
			}
			all = append(all, record)
		}
		for i := min(before, uint64(len(all))); i > 0; i-- {
			if !yield(all[i-1], nil) {
				return
			}
		}
	})
}

func count[T any](n *atomic.Int64, all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v, err := range all {
			n.Add(1)
			if !yield(v, err) {
				return
			}
		}
	}
}

// breaking is a ledger whose followers find damage once broken is closed.
type breaking struct {
	sized
	broken chan struct{}
}

func (b *breaking) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			select {
			case <-b.broken:
				cancel()
			case <-ctx.Done():
			}
		}()
		for e, err := range b.sized.Follow(ctx, after) {
			select {
			case <-b.broken:
				err = &ledger.DamagedError{Where: "/srv/ledger.db, record 9", Detail: "its digest is another one"}
			default:
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
