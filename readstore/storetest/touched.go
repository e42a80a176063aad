package storetest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/readstore"
)

func testTouched(t *testing.T, open func(t *testing.T) bundle) {
	names := func(docs []readstore.Doc) (keys []string) {
		for _, d := range docs {
			keys = append(keys, d.Key)
		}
		return keys
	}
	t.Run("what changed after a place, the newest first, and nothing but its name and place", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 9, doc(v1, "c", 3, "c"), doc(v1, "a", 7, "a"), doc(v1, "", 7, "empty"), doc(v1, "b", 9, "b"))
		b.commit(v2, 0, 9, doc(v2, "of another version", 9, "x"))
		b.commit(o1, 0, 9, doc(o1, "of another view", 9, "x"))
		b.serve(o1)
		b.serve(v1)
		for _, c := range []struct {
			after uint64
			limit int
			want  []string
		}{
			{0, 0, []string{"b", "", "a", "c"}}, {0, 1, []string{"b"}}, {0, 3, []string{"b", "", "a"}}, {0, 100, []string{"b", "", "a", "c"}},
			{3, 0, []string{"b", "", "a"}}, {6, 0, []string{"b", "", "a"}}, {7, 0, []string{"b"}}, {9, 0, nil}, {math.MaxUint64, 0, nil},
		} {
			got, err := b.Touched(t.Context(), v1.View, c.after, c.limit)
			require.NoError(t, err)
			require.Equal(t, c.want, names(got), "after %d, at most %d", c.after, c.limit)
		}
		got, err := b.Touched(t.Context(), v1.View, 8, 0)
		require.NoError(t, err)
		want := doc(v1, "b", 9, "")
		want.Data = nil
		require.Equal(t, []readstore.Doc{want}, got)
		b.commit(v1, 9, 12, doc(v1, "c", 11, "once more"))
		got, err = b.Touched(t.Context(), v1.View, 8, 0)
		require.NoError(t, err)
		require.Equal(t, []string{"c", "b"}, names(got), "a document is where it changed last")
	})
	t.Run("nothing is known of a view that is not served", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 1, docs(v1, "a")...)
		for _, view := range []string{v1.View, "unknown"} {
			_, err := b.Touched(t.Context(), view, 0, 0)
			require.ErrorIs(t, err, readstore.ErrNotFound)
		}
		b.serve(v1)
		_, err := b.Touched(t.Context(), v1.View, 0, 0)
		require.NoError(t, err)
	})
}
