package storetest

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

// RunRenew is Run for what readstore.Renewer promises besides.
func RunRenew(t *testing.T, open func(t *testing.T) readstore.Renewer) {
	t.Helper()
	start := func(t *testing.T) (bundle, readstore.Renewer) {
		t.Parallel()
		s := open(t)
		return bundle{t, s}, s
	}
	anew := v1.Anew()
	as := func(d readstore.Doc, v readstore.ViewVersion) *readstore.Doc { d.Version = v.Version; return &d }

	t.Run("what was made anew is read under the old name, and nothing else is left", func(t *testing.T) {
		b, s := start(t)
		fresh := docs(anew, append(numbered(600), "", "zz")...)
		b.commit(v1, 0, 5, docs(v1, "gone", "zz")...)
		b.commit(v2, 0, 5, docs(v2, "a")...)
		b.commit(o1, 0, 5, docs(o1, "a")...)
		b.serve(v1)
		b.serve(o1)
		b.commit(anew, 0, 6, fresh...)
		b.requireServed(v1.View, 1, 5)
		b.requireGet(v1.View, "k000", nil)

		require.NoError(t, s.Renew(t.Context(), anew, v1))
		b.requireServed(v1.View, 1, 6)
		b.requireGet(v1.View, "gone", nil)
		for _, d := range fresh {
			b.requireGet(v1.View, d.Key, as(d, v1))
		}
		require.Len(t, b.list(t.Context(), v1.View, "", 0), len(fresh))
		b.requireBuild(anew, 0, map[string]string{"k000": "", "zz": ""})
		b.requireBuild(v2, 0, map[string]string{"a": ""})
		b.requireGet(o1.View, "a", &docs(o1, "a")[0])
		b.commit(v1, 6, 7, *as(doc(v1, "zz", 7, "goes on"), v1))
		b.requireServed(v1.View, 1, 7)
	})
	t.Run("of a view that was never there, and of nothing", func(t *testing.T) {
		b, s := start(t)
		b.commit(anew, 0, 6, docs(anew, "a")...)
		require.NoError(t, s.Renew(t.Context(), anew, v1))
		b.requireServed(v1.View, 1, 6)
		b.requireGet(v1.View, "a", as(docs(anew, "a")[0], v1))
		require.NoError(t, s.Renew(t.Context(), o1.Anew(), o1))
		b.requireServed(o1.View, 1, 0)
		require.Empty(t, b.list(t.Context(), o1.View, "", 0))
	})
	t.Run("what is read does not go back", func(t *testing.T) {
		b, s := start(t)
		old := docs(v1, "a")[0]
		b.commit(v1, 0, 9, old)
		b.serve(v1)
		b.commit(anew, 0, 8, docs(anew, "b")...)
		require.ErrorIs(t, s.Renew(t.Context(), anew, v1), readstore.ErrStale)
		b.requireServed(v1.View, 1, 9)
		b.requireGet(v1.View, "a", &old)
		b.requireBuild(anew, 8, map[string]string{"b": string(docs(anew, "b")[0].Data)})
	})
	t.Run("a build is not made of itself, nor of another view", func(t *testing.T) {
		b, s := start(t)
		b.commit(v1, 0, 1, docs(v1, "a")...)
		b.serve(v1)
		require.Error(t, s.Renew(t.Context(), v1, v1))
		require.Error(t, s.Renew(t.Context(), o1.Anew(), v1))
		b.requireServed(v1.View, 1, 1)
		b.requireGet(v1.View, "a", &docs(v1, "a")[0])
	})
	t.Run("readers see the one or the other", func(t *testing.T) {
		b, s := start(t)
		b.commit(v1, 0, 1, docs(v1, numbered(30)...)...)
		b.serve(v1)
		for i, name := range numbered(30) {
			b.commit(anew, uint64(i), uint64(i+1), doc(anew, name, 1, "anew "+strconv.Itoa(i)))
		}
		var stop atomic.Bool
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for !stop.Load() && !t.Failed() {
					n, fresh := 0, 0
					for d, err := range b.List(t.Context(), v1.View, "", 0) {
						if err != nil || d.Version != 1 {
							t.Errorf("%v, version %d", err, d.Version)
							return
						}
						if n++; string(d.Data[:4]) == "anew" {
							fresh++
						}
					}
					if n != 30 || fresh != 0 && fresh != 30 {
						t.Errorf("%d documents, %d of them anew", n, fresh)
					}
					if _, err := b.Get(t.Context(), projections.Ref{View: v1.View, Key: "k007"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		require.NoError(t, s.Renew(t.Context(), anew, v1))
		stop.Store(true)
		wg.Wait()
		require.Len(t, b.list(t.Context(), v1.View, "", 0), 30)
	})
}
