package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

func build1(view string) readstore.ViewVersion { return readstore.ViewVersion{View: view, Version: 1} }

func some(v readstore.ViewVersion, from, n int, data string) (docs []readstore.Doc) {
	for i := range n {
		docs = append(docs, readstore.Doc{Ref: projections.Ref{View: v.View, Key: fmt.Sprintf("k%04d", from+i)}, Version: v.Version,
			Document: projections.Document{At: uint64(from + i), Data: []byte(data)}})
	}
	return docs
}

// All builds of a step move, or none does, by COPY and by a statement, in whatever build one is not where it was thought to be.
func TestJointIsAllOrNone(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, copied, 3 * copied} {
		for _, served := range []bool{false, true} {
			s := open(t, pgtest.New(t))
			a, b, c := build1("a"), build1("b"), build1("c")
			zero, one, two := ledger.Cursor{}, ledger.Cursor{Seq: 1, Token: "x"}, ledger.Cursor{Seq: 2}
			changes := func(data string) []readstore.Change {
				return []readstore.Change{{ViewVersion: a, Docs: some(a, 0, n, data)}, {ViewVersion: b, Docs: some(b, 0, n, data)}, {ViewVersion: c}}
			}
			require.NoError(t, s.CommitAll(t.Context(), zero, one, nil))
			require.NoError(t, s.CommitAll(t.Context(), zero, one, changes("one")))
			if served {
				for _, v := range []readstore.ViewVersion{a, b, c} {
					require.NoError(t, s.Serve(t.Context(), v))
				}
			}
			all := func(at ledger.Cursor, data string) {
				t.Helper()
				for _, v := range []readstore.ViewVersion{a, b} {
					got, err := s.Load(t.Context(), v, "k0000")
					require.NoError(t, err)
					require.Equal(t, data, string(got))
				}
				for _, v := range []readstore.ViewVersion{a, b, c} {
					got, err := s.Cursor(t.Context(), v)
					require.NoError(t, err)
					require.Equal(t, at, got)
				}
			}
			all(one, "one")
			for _, from := range []ledger.Cursor{zero, {Seq: 1}, {Seq: 1, Token: "y"}, two} {
				require.ErrorIs(t, s.CommitAll(t.Context(), from, two, changes("stale")), readstore.ErrStale)
				all(one, "one")
			}
			require.NoError(t, s.Commit(t.Context(), c, one, two, nil))
			err := s.CommitAll(t.Context(), one, two, changes("half"))
			require.ErrorIs(t, err, readstore.ErrStale)
			require.ErrorContains(t, err, "c version 1 is at 2, not at 1")
			require.NoError(t, s.Commit(t.Context(), c, two, one, nil))
			all(one, "one")
			foreign := changes("foreign")
			foreign[0].Docs[0].View = "b"
			require.Error(t, s.CommitAll(t.Context(), one, two, foreign))
			all(one, "one")
			require.NoError(t, s.CommitAll(t.Context(), one, two, changes("two")))
			all(two, "two")
			done, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, s.CommitAll(done, two, one, changes("late")), context.Canceled)
			all(two, "two")
		}
	}
}

// Whatever comes in steps of whatever size, by COPY while a build is filled and by statements while it is followed, comes to the same documents.
func TestFilledOrFollowed(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.New(t))
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		v := build1(fmt.Sprint("view", n))
		model := map[string]readstore.Doc{}
		at := ledger.Cursor{}
		serve := rapid.IntRange(0, 6).Draw(rt, "served before")
		for step := range 6 {
			if step == serve {
				require.NoError(rt, s.Serve(t.Context(), v))
			}
			docs := some(v, rapid.IntRange(0, 60).Draw(rt, "from"), rapid.SampledFrom([]int{0, 1, copied - 1, copied, 70}).Draw(rt, "n"), fmt.Sprint("step ", step))
			to := ledger.Cursor{Seq: at.Seq + 1, Token: fmt.Sprint(step)}
			require.NoError(rt, s.CommitAll(t.Context(), at, to, []readstore.Change{{ViewVersion: v, Docs: docs}}))
			at = to
			for _, d := range docs {
				model[d.Key] = d
			}
		}
		require.NoError(rt, s.Serve(t.Context(), v))
		var keys []string
		for d, err := range s.List(t.Context(), v.View, "", 0) {
			require.NoError(rt, err)
			want, ok := model[d.Key]
			require.True(rt, ok)
			require.True(rt, want.At == d.At && bytes.Equal(want.Data, d.Data), "%v", d)
			keys = append(keys, d.Key)
		}
		require.Len(rt, keys, len(model))
		require.True(rt, slices.IsSorted(keys))
	})
}

// A long list is of one moment, and read in pages.
func TestLongList(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.New(t))
	docs := some(v1, 0, 2*aheadDocs+7, "first")
	at := ledger.Cursor{Seq: 1}
	require.NoError(t, s.Commit(t.Context(), v1, ledger.Cursor{}, at, docs))
	require.NoError(t, s.Serve(t.Context(), v1))
	n := 0
	for d, err := range s.List(t.Context(), v1.View, "", 0) {
		require.NoError(t, err)
		require.Equal(t, docs[n], d)
		if n++; n == 1 {
			require.NoError(t, s.Commit(t.Context(), v1, at, ledger.Cursor{Seq: 2}, some(v1, 0, len(docs), "meanwhile")))
		}
	}
	require.Len(t, docs, n)
	n = 0
	for d, err := range s.List(t.Context(), v1.View, docs[10].Key, aheadDocs+5) {
		require.NoError(t, err)
		require.Equal(t, "meanwhile", string(d.Data))
		n++
	}
	require.Equal(t, aheadDocs+5, n)
}
