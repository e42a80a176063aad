package readstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// counted is a store that counts what is loaded.
type counted struct {
	readstore.Store
	loads map[projections.Ref]int
}

func (c *counted) Load(ctx context.Context, v readstore.ViewVersion, key string) ([]byte, error) {
	c.loads[projections.Ref{View: v.View, Key: key}]++
	return c.Store.Load(ctx, v, key)
}

// The fold goes on from step to step: a document is loaded once, however many steps change it. Where it may keep only a few, it begins anew, and comes to the same.
func TestDocumentsAreLoadedOnce(t *testing.T) {
	t.Parallel()
	for most, again := range map[int]bool{1 << 20: false, 1: true} {
		b := setupAgain(t)
		history(t, b.ledger, 0, 300)
		c := &counted{Store: b.store, loads: map[projections.Ref]int{}}
		p := readstore.NewProjector(b.ledger, c, someViews(), readstore.Options{Batch: 7})
		p.KeepAtMost(most)
		require.NoError(t, p.CatchUp(t.Context(), nil))
		requireAt(t, 300, b.ledger, b.store, someViews()...)
		twice := false
		for ref, n := range c.loads { // a dialogue that is not registered yet is asked for again
			twice = twice || (n > 1 && ref.View != projections.Dialogue.Name)
		}
		require.Equal(t, again, twice)

		// Somebody else goes on; what was kept is of no use any longer.
		history(t, b.ledger, 300, 60)
		b.catchUp(11, someViews()...)
		history(t, b.ledger, 360, 60)
		require.NoError(t, p.CatchUp(t.Context(), nil))
		requireAt(t, 420, b.ledger, b.store, someViews()...)
	}
}

// A step that was not committed leaves nothing in the fold: the next run of the same projector begins where the builds stand.
func TestFoldIsDroppedAfterAnError(t *testing.T) {
	b := setup(t, 200)
	failed, count, failures := errors.New("now and then"), 0, 0
	h := &hooked{Store: b.store, before: func(context.Context, string) error {
		if count++; count%20 == 0 {
			return failed
		}
		return nil
	}}
	p := readstore.NewProjector(b.ledger, h, someViews(), readstore.Options{Batch: 13})
	for {
		err := p.CatchUp(t.Context(), nil)
		requireWhole(t, b.ledger, b.store, someViews()...)
		if err == nil {
			break
		}
		require.ErrorIs(t, err, failed)
		failures++
	}
	require.Greater(t, failures, 1)
	requireAt(t, 200, b.ledger, b.store, someViews()...)
}

// Steps of a projector with a pace begin so far apart.
func TestPace(t *testing.T) {
	const pace = 20 * time.Millisecond
	b := setup(t, 10)
	steps := 0
	var first, last time.Time
	p := readstore.NewProjector(b.ledger, b.store, someViews(), readstore.Options{Pace: pace, Watch: func(_ context.Context, s readstore.Step) error {
		if len(s.Facts) > 0 && s.From.Seq >= 10 {
			if steps++; steps == 1 {
				first = time.Now()
			}
			last = time.Now()
		}
		return nil
	}})
	stop := b.run(p)
	require.NoError(t, p.Await(t.Context(), 9))
	for i := 10; i < 60; i++ {
		history(t, b.ledger, i, 1)
		time.Sleep(2 * time.Millisecond)
	}
	require.NoError(t, p.Await(t.Context(), 59))
	require.NoError(t, stop())
	requireAt(t, 60, b.ledger, b.store, someViews()...)
	require.Greater(t, steps, 1)
	require.GreaterOrEqual(t, last.Sub(first)+2*pace, time.Duration(steps-1)*pace)
}
