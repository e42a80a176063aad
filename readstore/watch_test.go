package readstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// watcher keeps documents by what it is told alone, and holds them against the store at every step.
type watcher struct {
	bundle
	views []projections.View
	docs  map[projections.Ref]readstore.Doc
	at    ledger.Cursor
	known bool // from the beginning on
	told  []string
}

func (w *watcher) watch(ctx context.Context, s readstore.Step) error {
	w.told = append(w.told, fmt.Sprintf("%d-%d", s.From.Seq, s.To.Seq))
	for _, v := range w.views {
		at, err := w.store.Cursor(ctx, readstore.ViewVersion{View: v.Name, Version: v.Version})
		require.NoError(w, err)
		require.Equal(w, s.To, at, "all views stand where it is said")
	}
	require.Len(w, s.Facts, int(s.To.Seq-s.From.Seq))
	for i, f := range s.Facts {
		require.Equal(w, s.From.Seq+uint64(i), f.Seq)
	}
	w.known = w.known || s.From.Seq == 0
	if w.known && len(w.told) > 1 {
		require.Equal(w, w.at, s.From, "nothing is left out")
	}
	seen := map[projections.Ref]bool{}
	for _, d := range s.Changed {
		require.False(w, seen[d.Ref], "%v twice", d.Ref)
		seen[d.Ref], w.docs[d.Ref] = true, d
		data, err := w.store.Load(ctx, readstore.ViewVersion{View: d.View, Version: d.Version}, d.Key)
		require.NoError(w, err)
		require.Equal(w, string(data), string(d.Data))
	}
	w.at = s.To
	if len(s.Facts) == 0 {
		n := 0
		for _, v := range w.views {
			for _, d := range served(w, w.store, v.Name) {
				n++
				if w.known {
					require.Equal(w, d, w.docs[d.Ref])
				}
			}
		}
		if w.known {
			require.Len(w, w.docs, n)
		}
	}
	return nil
}

func (b bundle) watched(views ...projections.View) *watcher {
	return &watcher{bundle: b, views: views, docs: map[projections.Ref]readstore.Doc{}}
}

func (w *watcher) project(batch int) *readstore.Projector {
	return readstore.NewProjector(w.ledger, w.store, w.views, readstore.Options{Batch: batch, Watch: w.watch})
}

func TestWatchIsToldEverything(t *testing.T) {
	b := setup(t, 0)
	rapid.Check(t, func(rt *rapid.T) {
		b := setupAgain(b.TB)
		w := b.watched(someViews()...)
		n := 0
		for _, more := range rapid.SliceOfN(rapid.IntRange(0, 60), 1, 4).Draw(rt, "appended") {
			history(t, b.ledger, n, more)
			n += more
			require.NoError(t, w.project(rapid.IntRange(1, 70).Draw(rt, "batch")).CatchUp(t.Context(), nil))
			require.Equal(t, uint64(n), w.at.Seq)
			require.True(t, w.known)
		}
	})
}

func TestWatchWhileItFollows(t *testing.T) {
	b := setup(t, 30)
	w := b.watched(someViews()...)
	p := w.project(0)
	stop := b.run(p)
	for i := 30; i < 60; i++ {
		history(t, b.ledger, i, 1)
		require.NoError(t, p.Await(t.Context(), uint64(i)))
	}
	require.NoError(t, stop())
	require.Equal(t, uint64(60), w.at.Seq)
	began := 0 // to follow
	for _, told := range w.told {
		if from, to, _ := strings.Cut(told, "-"); from == to {
			began++
		}
	}
	require.Equal(t, 1, began)
}

// Steps of a view alone, which has yet to come to where the others stand, are nobody's business; nor are the documents that are kept beside for them.
func TestWatchLeavesOutWhatIsBehind(t *testing.T) {
	b := setup(t, 100)
	b.catchUp(0, someViews()...)
	history(t, b.ledger, 100, 30)
	w := b.watched(kinds(2), projections.Dialogue, trails(1))
	require.NoError(t, w.project(20).CatchUp(t.Context(), nil))
	require.Equal(t, []string{"100-120", "120-130", "130-130"}, w.told)

	w = b.watched(kinds(2)) // without Dialogue, which is folded beside it
	history(t, b.ledger, 130, 5)
	require.NoError(t, w.project(20).CatchUp(t.Context(), nil))
	for ref := range w.docs {
		require.Equal(t, "kinds", ref.View)
	}
	require.NotEmpty(t, w.docs)
}

func TestWatchStopsTheProjector(t *testing.T) {
	b := setup(t, 50)
	failed := errors.New("no")
	p := readstore.NewProjector(b.ledger, b.store, someViews(), readstore.Options{Batch: 20, Watch: func(_ context.Context, s readstore.Step) error {
		if s.To.Seq == 40 {
			return failed
		}
		return nil
	}})
	err := p.Run(t.Context())
	require.ErrorIs(t, err, failed)
	require.ErrorContains(t, err, "record 40")
	b.catchUp(20, someViews()...)
	requireAt(t, 50, b.ledger, b.store, someViews()...)
}
