package storetest

import (
	"bytes"
	"fmt"
	"testing"

	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// docs are documents under keys, each with data and a place of its own.
func docs(v readstore.ViewVersion, keys ...string) []readstore.Doc {
	all := make([]readstore.Doc, len(keys))
	for i, k := range keys {
		all[i] = doc(v, k, uint64(i+1), fmt.Sprintf(`{"of":%q,"version":%d}`, k, v.Version))
	}
	return all
}

// numbered are n keys in order.
func numbered(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("k%03d", i)
	}
	return keys
}

// oddKeys are in the order of their bytes.
var oddKeys = []string{"", "\x00", "\x00\x00", " ", "%", "'; DROP TABLE docs", "/", "/a", "0", "1", "10", "2", "A", "\\", "_", "a", "a\x00", "a\x00b", "a/", "a/b",
	"aa", "b", "nul\x00inside", "Ä", "ä", "é", "日本", "\ue000", "🗳", "🗳/🗳"}

func testBytes(t *testing.T, open func(t *testing.T) bundle) {
	t.Run("any key", func(t *testing.T) {
		b := open(t)
		all := docs(v1, oddKeys...)
		b.commit(v1, 0, 1, all...)
		b.serve(v1)
		for _, d := range all {
			b.requireGet(v1.View, d.Key, &d)
			b.requireBuild(v1, 1, map[string]string{d.Key: string(d.Data)})
		}
		b.requireGet(v1.View, "a/b/", nil)
		require.Equal(t, all, b.list(t.Context(), v1.View, "", 0))
	})
	t.Run("any data", func(t *testing.T) {
		b := open(t)
		big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		for i, data := range []string{`{"b":1,  "a":2}`, `"<&>\u00e9é"`, "null", " ", "\x00", "not JSON \xff\xfe", string(big)} {
			d := doc(v1, "k", uint64(i), data)
			b.commit(v1, uint64(i), uint64(i+1), d)
			b.serve(v1)
			b.requireGet(v1.View, "k", &d)
		}
	})
	t.Run("no data is data too", func(t *testing.T) {
		b := open(t)
		b.commit(v1, 0, 1, readstore.Doc{Ref: projections.Ref{View: v1.View, Key: "k"}, Version: 1, Document: projections.Document{At: 1}})
		b.serve(v1)
		got, err := b.Load(t.Context(), v1, "k")
		require.NoError(t, err)
		require.NotNil(t, got)
		require.Empty(t, got)
		d, err := b.Get(t.Context(), projections.Ref{View: v1.View, Key: "k"})
		require.NoError(t, err)
		require.Empty(t, d.Data)
	})
	t.Run("the store keeps nothing that is the caller's, and the caller nothing that is the store's", func(t *testing.T) {
		b := open(t)
		d := doc(v1, "k", 1, "intact")
		b.commit(v1, 0, 1, d)
		b.serve(v1)
		copy(d.Data, "XXXXXX")
		want := doc(v1, "k", 1, "intact")
		got, err := b.Get(t.Context(), want.Ref)
		require.NoError(t, err)
		require.Equal(t, want, got)
		copy(got.Data, "XXXXXX")
		loaded, err := b.Load(t.Context(), v1, "k")
		require.NoError(t, err)
		require.Equal(t, "intact", string(loaded))
		copy(loaded, "XXXXXX")
		copy(b.list(t.Context(), v1.View, "", 0)[0].Data, "XXXXXX")
		b.requireGet(v1.View, "k", &want)
	})
	t.Run("it is a map", func(t *testing.T) {
		b := open(t)
		model, place := map[string]readstore.Doc{}, uint64(0)
		b.serve(v1)
		rapid.Check(t, func(rt *rapid.T) { // one history for all runs
			changed := rapid.SliceOfNDistinct(rapid.Custom(func(rt *rapid.T) readstore.Doc {
				return doc(v1, rapid.StringN(0, 4, -1).Draw(rt, "key"), uint64(rapid.Uint32().Draw(rt, "at")), rapid.String().Draw(rt, "data"))
			}), 0, 8, func(d readstore.Doc) string { return d.Key }).Draw(rt, "changed")
			require.NoError(rt, b.Commit(t.Context(), v1, at(place), at(place+1), changed))
			place++
			for _, d := range changed {
				model[d.Key] = d
			}
			for key, want := range model {
				got, err := b.Get(t.Context(), projections.Ref{View: v1.View, Key: key})
				require.NoError(rt, err)
				require.Equal(rt, string(want.Data), string(got.Data))
				require.Equal(rt, want.At, got.At)
			}
			require.Len(rt, b.list(t.Context(), v1.View, "", 0), len(model))
		})
	})
}
