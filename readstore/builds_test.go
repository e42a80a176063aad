package readstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

// hooked is a store that calls back around each Commit and Serve, and may fail there before or after it has persisted.
type hooked struct {
	readstore.Store
	before, after func(ctx context.Context, step string) error
}

func (h *hooked) around(ctx context.Context, step string, persist func() error) error {
	if h.before != nil {
		if err := h.before(ctx, step); err != nil {
			return err
		}
	}
	if err := persist(); err != nil {
		return err
	}
	if h.after != nil {
		return h.after(ctx, step)
	}
	return nil
}

func (h *hooked) Commit(ctx context.Context, v readstore.ViewVersion, from, to ledger.Cursor, changed []readstore.Doc) error {
	return h.around(ctx, fmt.Sprintf("commit %s %d %d-%d", v.View, v.Version, from.Seq, to.Seq), func() error { return h.Store.Commit(ctx, v, from, to, changed) })
}

func (h *hooked) Serve(ctx context.Context, v readstore.ViewVersion) error {
	return h.around(ctx, fmt.Sprintf("serve %s %d", v.View, v.Version), func() error { return h.Store.Serve(ctx, v) })
}

// steps runs a projector and says what it did to the store.
func (b bundle) steps(batch int, views ...projections.View) (did []string) {
	b.Helper()
	h := &hooked{Store: b.store, after: func(_ context.Context, step string) error {
		did = append(did, step)
		requireWhole(b, b.ledger, b.store, views...)
		return nil
	}}
	require.NoError(b, readstore.NewProjector(b.ledger, h, views, readstore.Options{Batch: batch}).CatchUp(b.Context(), nil))
	return did
}

func TestNewVersionIsBuiltBesideTheOld(t *testing.T) {
	b := setup(t, 100)
	b.catchUp(0, someViews()...)
	history(t, b.ledger, 100, 30)
	views := []projections.View{kinds(2), projections.Dialogue, trails(1)}
	require.Equal(t, []string{
		"commit kinds 2 0-60",
		"commit kinds 2 60-100", // cut where the others stand
		"serve kinds 2",         // it has caught up with them
		"commit kinds 2 100-130",
		"commit trails 1 100-130",
		"commit dialogue 3 100-130",
	}, b.steps(60, views...))
	requireAt(t, 130, b.ledger, b.store, views...)
}

func TestNewViewIsServedWhereTheOthersAre(t *testing.T) {
	b := setup(t, 100)
	b.catchUp(0, kinds(1), projections.Dialogue)
	history(t, b.ledger, 100, 5)
	require.Equal(t, []string{
		"commit trails 1 0-100", "serve trails 1",
		"commit kinds 1 100-105", "commit trails 1 100-105", "commit dialogue 3 100-105",
	}, b.steps(200, someViews()...))
	requireAt(t, 105, b.ledger, b.store, someViews()...)
}

// Without others to catch up with, a build is served at the head.
func TestFirstBuildIsServedAtTheHead(t *testing.T) {
	b := setup(t, 30)
	require.Equal(t, []string{"commit kinds 1 0-20", "commit kinds 1 20-30", "serve kinds 1"}, b.steps(20, kinds(1)))
	require.Equal(t, []string{"commit kinds 2 0-30", "serve kinds 2"}, b.steps(50, kinds(2)))
}

// Nobody who reads goes back in time: the old build was one commit further than the others when the last run ended.
func TestServedNeverGoesBack(t *testing.T) {
	b := setup(t, 50)
	views := someViews()
	b.catchUp(0, views...)
	history(t, b.ledger, 50, 50)
	h := &hooked{Store: b.store, before: func(_ context.Context, step string) error {
		if step == "commit trails 1 50-80" {
			return errors.New("killed")
		}
		return nil
	}}
	require.ErrorContains(t, readstore.NewProjector(b.ledger, h, views, readstore.Options{Batch: 30}).CatchUp(t.Context(), nil), "killed")
	views[0] = kinds(2) // kinds 1 is at 80 and served, trails and dialogue are at 50
	require.Equal(t, []string{
		"commit kinds 2 0-30", "commit kinds 2 30-50",
		"commit kinds 2 50-80", "commit trails 1 50-80", "commit dialogue 3 50-80",
		"commit kinds 2 80-100", "commit trails 1 80-100", "commit dialogue 3 80-100",
		"serve kinds 2",
	}, b.steps(30, views...))
}

func TestSwitchWhileReadsGoOn(t *testing.T) {
	b := setup(t, 300)
	b.catchUp(0, someViews()...)
	old, fresh := scratch(t, b.ledger, kinds(1), 300), scratch(t, b.ledger, kinds(2), 300)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for !stop.Load() && !t.Failed() {
				docs := []readstore.Doc{}
				for d, err := range b.store.List(t.Context(), "kinds", "", 0) {
					if err != nil {
						t.Error(err)
					}
					docs = append(docs, d)
				}
				if fmt.Sprint(docs) != fmt.Sprint(old) && fmt.Sprint(docs) != fmt.Sprint(fresh) {
					t.Errorf("neither build: %v", docs)
				}
			}
		})
	}
	var positions []uint64
	h := &hooked{Store: b.store}
	p := readstore.NewProjector(b.ledger, h, []projections.View{kinds(2), projections.Dialogue, trails(1)}, readstore.Options{Batch: 11})
	h.after = func(context.Context, string) error { positions = append(positions, p.Position()); return nil }
	require.NoError(t, p.CatchUp(t.Context(), nil))
	stop.Store(true)
	wg.Wait()
	require.Equal(t, fresh, served(t, b.store, "kinds"))
	for _, at := range positions {
		require.Equal(t, uint64(300), at, "what is served reflects all of the ledger, all the time")
	}
}

// A kill between two commits may come at each of them, before or after it was persisted. What stands is always a fold, and the next run goes
// on from it.
func TestKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	killed := errors.New("killed")
	next := []projections.View{kinds(1), projections.Dialogue, trails(2)}
	for _, persisted := range []bool{false, true} {
		for n := 0; ; n++ {
			b := setupAgain(t)
			history(t, b.ledger, 0, 40)
			b.catchUp(0, someViews()...)
			history(t, b.ledger, 40, 33)
			count, step := 0, ""
			kill := func(_ context.Context, at string) error {
				if count++; count == n+1 {
					step = at
					return killed
				}
				return nil
			}
			h := &hooked{Store: b.store, before: kill}
			if persisted {
				h = &hooked{Store: b.store, after: kill}
			}
			err := readstore.NewProjector(b.ledger, h, next, readstore.Options{Batch: 15}).CatchUp(t.Context(), nil)
			if step == "" {
				require.NoError(t, err)
				require.Greater(t, n, 10)
				break
			}
			require.ErrorIs(t, err, killed, step)
			requireWhole(t, b.ledger, b.store, append(next, trails(1))...)
			did := b.steps(10, next...) // checks the whole after each step
			require.NotContains(t, did, "commit kinds 1 0-10", "what was there was kept")
			requireAt(t, 73, b.ledger, b.store, next...)
		}
	}
}

func TestTwoProjectors(t *testing.T) {
	b := setup(t, 100)
	h := &hooked{Store: b.store}
	p := readstore.NewProjector(b.ledger, h, someViews(), readstore.Options{Batch: 20})
	h.before = func(_ context.Context, step string) error {
		if step == "commit trails 1 40-60" {
			b.catchUp(0, someViews()...) // the other one is quicker
		}
		return nil
	}
	err := p.CatchUp(t.Context(), nil)
	require.ErrorIs(t, err, readstore.ErrStale)
	require.ErrorContains(t, err, "only one process")
	require.ErrorContains(t, err, "records 40 to 59")
	requireAt(t, 100, b.ledger, b.store, someViews()...)
	require.NoError(t, p.CatchUp(t.Context(), nil))
}
