package storetest

import (
	"slices"
	"testing"

	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

func testList(t *testing.T, open func(t *testing.T) bundle) {
	t.Run("in the order of the keys' bytes, from where to how many", func(t *testing.T) {
		b := open(t)
		all := docs(v1, oddKeys...)
		shuffled := slices.Clone(all)
		slices.Reverse(shuffled)
		b.commit(v1, 0, 1, shuffled...)
		b.commit(o1, 0, 1, docs(o1, "a", "zz")...)
		b.serve(v1)
		b.serve(o1)
		for i, after := range oddKeys {
			for _, limit := range []int{0, 1, 2, 7, 1000} {
				from := i + 1
				if after == "" {
					from = 0 // the beginning, the empty key included
				}
				want := all[from:]
				if limit > 0 {
					want = want[:min(limit, len(want))]
				}
				got := b.list(t.Context(), v1.View, after, limit)
				require.True(t, slices.EqualFunc(want, got, func(a, b readstore.Doc) bool { return a.Ref == b.Ref && string(a.Data) == string(b.Data) }),
					"after %q limit %d: %v", after, limit, got)
			}
		}
		require.Len(t, b.list(t.Context(), v1.View, "ab", 2), 2, "after a key that is not there")
		require.Empty(t, b.list(t.Context(), v1.View, "\xff", 0))
	})
	t.Run("a view without documents", func(t *testing.T) {
		b := open(t)
		b.serve(v1)
		require.Empty(t, b.list(t.Context(), v1.View, "", 0))
	})
	t.Run("a view that is not served is not an empty one", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 1, docs(v1, "a")...)
		for _, view := range []string{v1.View, "unknown", ""} {
			n := 0
			for d, err := range b.List(t.Context(), view, "", 0) {
				n++
				require.ErrorIs(t, err, readstore.ErrNotFound)
				require.Zero(t, d)
			}
			require.Equal(t, 1, n)
		}
	})
	t.Run("a list is of one place, whatever is committed meanwhile", func(t *testing.T) {
		b := open(t)
		all := docs(v1, numbered(600)...)
		b.commit(v1, 0, 1, all...)
		b.serve(v1)
		var got []readstore.Doc
		for d, err := range b.List(t.Context(), v1.View, "", 0) {
			require.NoError(t, err)
			if got = append(got, d); len(got) == 1 {
				b.commit(v1, 1, 2, doc(v1, all[599].Key, 1, "changed meanwhile"), doc(v1, "z", 1, "added meanwhile"))
			}
		}
		require.Equal(t, all, got)
		require.Len(t, b.list(t.Context(), v1.View, "", 0), 601)
	})
	t.Run("the loop may stop, and may use the store", func(t *testing.T) {
		b := open(t)
		all := docs(v1, numbered(20)...)
		b.commit(v1, 0, 1, all...)
		b.serve(v1)
		place, seen := uint64(1), 0
		for d, err := range b.List(t.Context(), v1.View, "", 0) {
			require.NoError(t, err)
			b.requireGet(v1.View, all[19].Key, &all[19])
			b.commit(v1, place, place+1, doc(v1, "k000", place, "changed meanwhile"))
			place++
			for inner, err := range b.List(t.Context(), v1.View, d.Key, 1) {
				require.NoError(t, err)
				require.Equal(t, all[seen+1], inner)
			}
			if seen++; seen == 5 {
				break
			}
		}
		require.Len(t, b.list(t.Context(), v1.View, "", 0), 20)
	})
}
