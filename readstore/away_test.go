package readstore_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/readstore"
)

// leaving is a ledger that goes away after every few records, as often as it is told to.
type leaving struct {
	ledger.Reader
	times, after atomic.Int32
	err          error
}

func (l *leaving) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return l.leave(l.Reader.All(ctx, after))
}

func (l *leaving) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return l.leave(l.Reader.Follow(ctx, after))
}

func (l *leaving) leave(entries iter.Seq2[ledger.Entry, error]) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		n := int32(0)
		for e, err := range entries {
			if n++; n > l.after.Load() && l.times.Add(-1) >= 0 {
				yield(ledger.Entry{}, fmt.Errorf("in a test: %w", l.err))
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// While the ledger is away, the views wait and go on; whatever else is wrong with it ends the projector.
func TestLedgerAway(t *testing.T) {
	b := setup(t, 60)
	l := &leaving{Reader: b.ledger, err: ledger.ErrUnavailable}
	l.times.Store(3)
	l.after.Store(25)
	var told atomic.Int32
	p := readstore.NewProjector(l, b.store, someViews(), readstore.Options{Away: func(err error) {
		require.ErrorIs(t, err, ledger.ErrUnavailable)
		require.True(t, readstore.IsAway(err))
		told.Add(1)
	}})
	stop := b.run(p)
	require.NoError(t, p.Await(t.Context(), 59))
	require.NotZero(t, told.Load())
	requireAt(t, 60, b.ledger, b.store, someViews()...)
	require.NoError(t, stop())

	other := errors.New("something else")
	l = &leaving{Reader: b.ledger, err: other}
	l.times.Store(1)
	history(t, b.ledger, 60, 1)
	require.ErrorIs(t, readstore.NewProjector(l, b.store, someViews(), readstore.Options{}).Run(t.Context()), other)
}
