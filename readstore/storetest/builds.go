package storetest

import (
	"sync"
	"sync/atomic"
	"testing"

	"daybook.internal/projections"
	"github.com/stretchr/testify/require"
)

func testBuilds(t *testing.T, open func(t *testing.T) bundle) {
	t.Run("nothing is served yet", func(t *testing.T) {
		b := open(t)
		b.requireServed(v1.View, 0, 0)
		b.requireGet(v1.View, "a", nil)
		b.commit(v1, 0, 3, docs(v1, "a")...)
		b.requireServed(v1.View, 0, 0)
		b.requireGet(v1.View, "a", nil)
		b.requireBuild(v1, 3, map[string]string{"a": string(docs(v1, "a")[0].Data)})
	})
	t.Run("a build without commits can be served", func(t *testing.T) {
		b := open(t)
		b.serve(v1)
		b.requireServed(v1.View, 1, 0)
		b.requireGet(v1.View, "a", nil)
		d := docs(v1, "a")[0]
		b.commit(v1, 0, 1, d)
		b.requireGet(v1.View, "a", &d)
	})
	t.Run("a new build is invisible until it is served, then the old one is gone", func(t *testing.T) {
		b := open(t)
		old, fresh, other := docs(v1, "a", "b"), docs(v2, "b", "c"), docs(o1, "a")
		b.commit(v1, 0, 5, old...)
		b.commit(o1, 0, 5, other...)
		b.serve(v1)
		b.serve(o1)
		b.commit(v2, 0, 2, fresh[0])
		b.commit(v2, 2, 4, fresh[1])
		b.requireServed(v1.View, 1, 5)
		require.Equal(t, old, b.list(t.Context(), v1.View, "", 0))
		b.requireGet(v1.View, "c", nil)
		b.requireBuild(v2, 4, map[string]string{"a": "", "b": string(fresh[0].Data)})

		b.commit(v1, 5, 6) // the old one may go on meanwhile
		b.serve(v2)
		b.requireServed(v1.View, 2, 4)
		require.Equal(t, fresh, b.list(t.Context(), v1.View, "", 0))
		b.requireGet(v1.View, "a", nil)
		b.requireGet(v1.View, "b", &fresh[0])
		b.requireBuild(v1, 0, map[string]string{"a": "", "b": ""})
		b.requireGet(o1.View, "a", &other[0])
		b.requireServed(o1.View, 1, 5)
	})
	t.Run("serving twice is serving once", func(t *testing.T) {
		b := open(t)
		d := docs(v1, "a")[0]
		b.commit(v1, 0, 1, d)
		b.serve(v1)
		b.serve(v1)
		b.requireGet(v1.View, "a", &d)
		b.requireServed(v1.View, 1, 1)
	})
	t.Run("an earlier version can be built again and served", func(t *testing.T) {
		b := open(t)
		b.commit(v2, 0, 9, docs(v2, "a")...)
		b.serve(v2)
		back := docs(v1, "a")[0]
		b.commit(v1, 0, 9, back)
		b.serve(v1)
		b.requireGet(v1.View, "a", &back)
		b.requireBuild(v2, 0, map[string]string{"a": ""})
	})
	t.Run("readers see one build or the other", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 1, docs(v1, numbered(30)...)...)
		b.serve(v1)
		b.commit(v2, 0, 1, docs(v2, numbered(30)...)...)
		var stop atomic.Bool
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for !stop.Load() && !t.Failed() {
					version, n := 0, 0
					for d, err := range b.List(t.Context(), v1.View, "", 0) {
						if err != nil || (version != 0 && d.Version != version) {
							t.Errorf("%v, version %d after %d", err, d.Version, version)
							return
						}
						version = d.Version
						n++
					}
					if n != 30 {
						t.Errorf("%d documents", n)
					}
					if _, err := b.Get(t.Context(), projections.Ref{View: v1.View, Key: "k007"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		b.serve(v2)
		stop.Store(true)
		wg.Wait()
		require.Equal(t, docs(v2, numbered(30)...), b.list(t.Context(), v1.View, "", 0))
	})
}
