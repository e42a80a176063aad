package readstore_test

import (
	"context"
	"errors"
	"testing"

	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"github.com/stretchr/testify/require"
)

// spoil changes a document, takes one away and adds one, as somebody with a shell at the store would.
func (b bundle) spoil(v projections.View) {
	b.Helper()
	docs := served(b, b.store, v.Name)
	require.Greater(b, len(docs), 2)
	_, at, _, err := b.store.Served(b.Context(), v.Name)
	require.NoError(b, err)
	other := readstore.ViewVersion{View: v.Name, Version: v.Version + 1000}
	for i := range docs {
		docs[i].Version = other.Version
	}
	docs[1].Data = []byte(`{"spoilt":true}`)
	docs[2].Key = "zz-nobody"
	cursor, err := b.store.Cursor(b.Context(), other)
	require.NoError(b, err)
	require.NoError(b, b.store.Commit(b.Context(), other, cursor, at, docs))
	require.NoError(b, b.store.Renew(b.Context(), other, readstore.ViewVersion{View: v.Name, Version: v.Version}))
}

func TestRebuild(t *testing.T) {
	b := setup(t, 200)
	b.catchUp(0, someViews()...)
	views := someViews()
	b.spoil(views[0])
	b.spoil(views[2])
	require.NotEqual(t, scratch(t, b.ledger, views[0], 200), served(t, b.store, "kinds"))
	history(t, b.ledger, 200, 20) // what is new is in what is made anew

	var told [][2]uint64
	require.NoError(t, readstore.Rebuild(t.Context(), b.ledger, b.store, []projections.View{views[0], views[2]}, readstore.Options{Batch: 50}, func(done, head uint64) {
		told = append(told, [2]uint64{done, head})
	}))
	requireAt(t, 220, b.ledger, b.store, views[0], views[2])
	require.Equal(t, [2]uint64{0, 200}, told[0]) // as far as is known without reading
	require.Equal(t, [2]uint64{220, 220}, told[len(told)-1])
	requireAt(t, 200, b.ledger, b.store, projections.Dialogue) // another view is not touched
	history(t, b.ledger, 220, 20)
	b.catchUp(0, views...) // from different places to one
	requireAt(t, 240, b.ledger, b.store, views...)
}

// All views at once, the one that says where facts belong among them; and in a store that has none.
func TestRebuildAll(t *testing.T) {
	b := setup(t, 150)
	require.NoError(t, readstore.Rebuild(t.Context(), b.ledger, b.store, someViews(), readstore.Options{}, nil))
	requireAt(t, 150, b.ledger, b.store, someViews()...)
	b.spoil(projections.Dialogue)
	require.NoError(t, readstore.Rebuild(t.Context(), b.ledger, b.store, someViews(), readstore.Options{Batch: 7}, nil))
	requireAt(t, 150, b.ledger, b.store, someViews()...)
}

// A store that reflects more than the ledger has is that of another ledger, and is left alone.
func TestRebuildOfAnotherLedger(t *testing.T) {
	b := setup(t, 100)
	b.catchUp(0, someViews()...)
	shorter := setupAgain(t)
	history(t, shorter.ledger, 0, 99)
	err := readstore.Rebuild(t.Context(), shorter.ledger, b.store, someViews(), readstore.Options{}, nil)
	require.ErrorContains(t, err, "the ledger has 99 records, but what is served")
	requireAt(t, 100, b.ledger, b.store, someViews()...)
}

// rehooked is hooked for what Rebuild needs.
type rehooked struct {
	hooked
}

func (h *rehooked) Renew(ctx context.Context, from, v readstore.ViewVersion) error {
	return h.around(ctx, "renew "+v.View, func() error { return h.Store.(readstore.Renewer).Renew(ctx, from, v) })
}

// A kill may come at each step, before or after it was persisted. What is read is always whole, and the next run ends it.
func TestRebuildKilledAtEveryStep(t *testing.T) {
	t.Parallel()
	killed := errors.New("killed")
	for _, persisted := range []bool{false, true} {
		for n := 0; ; n++ {
			b := setupAgain(t)
			history(t, b.ledger, 0, 40)
			b.catchUp(0, someViews()...)
			count, step := 0, ""
			kill := func(_ context.Context, at string) error {
				if count++; count == n+1 {
					step = at
					return killed
				}
				return nil
			}
			h := &rehooked{hooked: hooked{Store: b.store, before: kill}}
			if persisted {
				h.before, h.after = nil, kill
			}
			err := readstore.Rebuild(t.Context(), b.ledger, h, someViews(), readstore.Options{Batch: 15}, nil)
			requireAt(t, 40, b.ledger, b.store, someViews()...)
			if step == "" {
				require.NoError(t, err)
				require.Greater(t, n, 10)
				break
			}
			require.ErrorIs(t, err, killed, step)
			again := &rehooked{hooked: hooked{Store: b.store}}
			require.NoError(t, readstore.Rebuild(t.Context(), b.ledger, again, someViews(), readstore.Options{Batch: 10}, nil), step)
			requireAt(t, 40, b.ledger, b.store, someViews()...)
			for _, v := range someViews() {
				at, err := b.store.Cursor(t.Context(), readstore.ViewVersion{View: v.Name, Version: v.Version}.Anew())
				require.NoError(t, err)
				require.Zero(t, at, "nothing of %s is left beside", v.Name)
			}
		}
	}
}

var _ readstore.Renewer = (*storetest.Memory)(nil)
