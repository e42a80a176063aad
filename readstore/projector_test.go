package readstore_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCatchUp(t *testing.T) {
	b := setup(t, 120)
	var seen []string
	p := readstore.NewProjector(b.ledger, b.store, someViews(), readstore.Options{Batch: 50})
	require.Zero(t, p.Position())
	require.NoError(t, p.CatchUp(t.Context(), func(done, head uint64) {
		require.LessOrEqual(t, done, head)
		seen = append(seen, fmt.Sprint(done))
	}))
	require.Equal(t, []string{"0", "50", "100", "120"}, seen)
	require.Equal(t, uint64(120), p.Position())
	requireAt(t, 120, b.ledger, b.store, someViews()...)
	require.NoError(t, p.CatchUp(t.Context(), nil), "again")
	requireAt(t, 120, b.ledger, b.store, someViews()...)
}

func TestEmptyLedger(t *testing.T) {
	b := setup(t, 0)
	p := b.catchUp(0, someViews()...)
	requireAt(t, 0, b.ledger, b.store, someViews()...)
	require.Zero(t, p.Position())
	require.Empty(t, served(t, b.store, "kinds"))
}

func TestResume(t *testing.T) {
	b := setup(t, 100)
	var folded atomic.Int64
	counting := projections.Of("counting", 1, "", nil, func(f *projections.Fact, to []string) []string { return append(to, "all") },
		func(d *tally, _ string, f *projections.Fact) { folded.Add(1); d.Facts++ })
	views := append(someViews(), counting)
	b.catchUp(7, views...)
	history(t, b.ledger, 100, 30)
	folded.Store(0)
	b.catchUp(7, views...)
	require.Equal(t, int64(30), folded.Load(), "only what is new was folded")
	requireAt(t, 130, b.ledger, b.store, someViews()...)
}

func TestRealViews(t *testing.T) {
	b := setup(t, 200)
	b.catchUp(13, projections.All()...)
	requireAt(t, 200, b.ledger, b.store, projections.All()...)
}

func TestBatchesDoNotShow(t *testing.T) {
	b := setup(t, 0)
	rapid.Check(t, func(rt *rapid.T) {
		b := setupAgain(b.TB)
		n := 0
		for _, more := range rapid.SliceOfN(rapid.IntRange(0, 60), 1, 4).Draw(rt, "appended") {
			history(t, b.ledger, n, more)
			n += more
			b.catchUp(rapid.IntRange(1, 70).Draw(rt, "batch"), someViews()...)
			requireAt(t, uint64(n), b.ledger, b.store, someViews()...)
		}
	})
}

func TestLive(t *testing.T) {
	b := setup(t, 30)
	p := readstore.NewProjector(b.ledger, b.store, someViews(), readstore.Options{})
	stop := b.run(p)
	require.NoError(t, p.Await(t.Context(), 29))
	for i := 30; i < 90; i++ {
		history(t, b.ledger, i, 1)
		require.NoError(t, p.Await(t.Context(), uint64(i)))
		require.Equal(t, uint64(i+1), p.Position())
		requireAt(t, uint64(i+1), b.ledger, b.store, someViews()...)
	}
	history(t, b.ledger, 90, 500)
	require.NoError(t, p.Await(t.Context(), 589))
	requireAt(t, 590, b.ledger, b.store, someViews()...)
	require.NoError(t, stop())
	requireAt(t, 590, b.ledger, b.store, someViews()...)
}

func TestAwait(t *testing.T) {
	b := setup(t, 3)
	p := readstore.NewProjector(b.ledger, b.store, someViews(), readstore.Options{})
	done, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for seq := range uint64(3) {
		wg.Go(func() {
			if err := p.Await(t.Context(), seq); err != nil || p.Position() <= seq {
				t.Errorf("record %d: %v at %d", seq, err, p.Position())
			}
		})
	}
	wg.Go(func() {
		if err := p.Await(done, 3); err == nil {
			t.Error("a record that is not there yet")
		}
	})
	require.NoError(t, p.CatchUp(t.Context(), nil))
	cancel()
	wg.Wait()
}

func TestContextEnds(t *testing.T) {
	b := setup(t, 200)
	ctx, cancel := context.WithCancel(t.Context())
	p := readstore.NewProjector(b.ledger, b.store, someViews(), readstore.Options{Batch: 10})
	require.ErrorIs(t, p.CatchUp(ctx, func(done, _ uint64) {
		if done >= 50 {
			cancel()
		}
	}), context.Canceled)
	require.NoError(t, p.Run(ctx), "its end is no error")
	requireWhole(t, b.ledger, b.store, someViews()...)
	_, _, ok, err := b.store.Served(t.Context(), "kinds")
	require.NoError(t, err)
	require.False(t, ok)
	b.catchUp(10, someViews()...)
	requireAt(t, 200, b.ledger, b.store, someViews()...)
}

// A record that cannot be read stops the views in front of it. It is never left out.
func TestUnreadableRecord(t *testing.T) {
	for name, d := range map[string]ledger.Draft{
		"unknown type": {ID: domain.EventID{1}, Type: "from-the-future.v1", Data: []byte("{}")},
		"bad data":     {ID: domain.EventID{1}, Type: "session-closed.v1", Data: []byte(`{"dialogue":1}`)},
		"bad meta":     {ID: domain.EventID{1}, Type: "session-closed.v1", Meta: []byte(`{}`), Data: []byte("{}")},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, 40)
			if d.Meta == nil {
				for e, err := range b.ledger.All(t.Context(), ledger.Cursor{}) {
					require.NoError(t, err)
					d.Meta = e.Meta
				}
			}
			_, err := b.ledger.Append(t.Context(), "test-bad", 0, d)
			require.NoError(t, err)
			history(t, b.ledger, 41, 10)
			p := readstore.NewProjector(b.ledger, b.store, someViews(), readstore.Options{Batch: 30})
			for _, run := range []func(context.Context) error{
				func(ctx context.Context) error { return p.CatchUp(ctx, nil) }, p.Run,
			} {
				err := run(t.Context())
				require.ErrorContains(t, err, "record 40 (test-bad@0)")
				for _, v := range someViews() {
					at, err := b.store.Cursor(t.Context(), readstore.ViewVersion{View: v.Name, Version: v.Version})
					require.NoError(t, err)
					require.Equal(t, uint64(40), at.Seq, "everything in front of it was folded")
				}
				requireWhole(t, b.ledger, b.store, someViews()...)
			}
		})
	}
}

func TestStoreOfAnotherLedger(t *testing.T) {
	t.Run("further than the ledger", func(t *testing.T) {
		b := setup(t, 100)
		b.catchUp(0, kinds(1))
		other := setupAgain(t)
		history(t, other.ledger, 0, 60)
		for _, views := range [][]projections.View{{kinds(1), trails(1)}, {kinds(2)}} {
			err := readstore.NewProjector(other.ledger, b.store, views, readstore.Options{}).CatchUp(t.Context(), nil)
			require.ErrorContains(t, err, "another ledger")
			require.ErrorContains(t, err, "delete")
		}
		require.Equal(t, scratch(t, b.ledger, kinds(1), 100), served(t, b.store, "kinds"))
	})
}
