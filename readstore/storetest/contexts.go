package storetest

import (
	"context"
	"testing"

	"daybook.internal/projections"
	"github.com/stretchr/testify/require"
)

func testContexts(t *testing.T, open func(t *testing.T) bundle) {
	t.Run("a done context changes nothing", func(t *testing.T) {
		b := open(t)
		d := docs(v1, "a")[0]
		b.commit(v1, 0, 1, d)
		b.serve(v1)
		b.commit(v2, 0, 1)
		done, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, b.Commit(done, v1, at(1), at(2), docs(v1, "b")), context.Canceled)
		require.ErrorIs(t, b.Serve(done, v2), context.Canceled)
		_, err := b.Get(done, d.Ref)
		require.ErrorIs(t, err, context.Canceled)
		_, err = b.Load(done, v1, "a")
		require.ErrorIs(t, err, context.Canceled)
		_, err = b.Cursor(done, v1)
		require.ErrorIs(t, err, context.Canceled)
		_, _, _, err = b.Served(done, v1.View)
		require.ErrorIs(t, err, context.Canceled)
		_, err = b.Touched(done, v1.View, 0, 0)
		require.ErrorIs(t, err, context.Canceled)
		n := 0
		for _, err := range b.List(done, v1.View, "", 0) {
			n++
			require.ErrorIs(t, err, context.Canceled)
		}
		require.Equal(t, 1, n)
		b.requireGet(v1.View, "a", &d)
		b.requireGet(v1.View, "b", nil)
		b.requireServed(v1.View, 1, 1)
	})
	t.Run("a list ends with its context", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 1, docs(v1, numbered(50)...)...)
		b.serve(v1)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		var last error
		for _, err := range b.List(ctx, v1.View, "", 0) {
			n++
			last = err
			cancel()
		}
		require.ErrorIs(t, last, context.Canceled)
		require.Equal(t, 2, n)
	})
	t.Run("closing twice is closing once, and a closed store fails", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 1, docs(v1, "a")...)
		b.serve(v1)
		require.NoError(t, b.Close())
		require.NoError(t, b.Close())
		_, err := b.Get(t.Context(), projections.Ref{View: v1.View, Key: "a"})
		require.Error(t, err)
		require.Error(t, b.Commit(t.Context(), v1, at(1), at(2), nil))
	})
}
