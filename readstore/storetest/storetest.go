// Package storetest is the contract of readstore.Store as a test suite, one file for each concern, and a store in memory that keeps it.
package storetest

import (
	"context"
	"testing"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

// Run checks that the stores that open gives keep the contract. Each call of open gives an empty store of its own, and open closes it when
// its test ends.
func Run(t *testing.T, open func(t *testing.T) readstore.Store) {
	t.Helper()
	for _, concern := range []struct {
		name string
		test func(t *testing.T, open func(t *testing.T) bundle)
	}{
		{"commit and get", testCommit},
		{"bytes", testBytes},
		{"cursor", testCursor},
		{"list", testList},
		{"touched", testTouched},
		{"builds", testBuilds},
		{"contexts and closing", testContexts},
	} {
		t.Run(concern.name, func(t *testing.T) {
			t.Parallel()
			concern.test(t, func(t *testing.T) bundle {
				t.Helper()
				t.Parallel()
				return bundle{t, open(t)}
			})
		})
	}
}

var (
	v1 = readstore.ViewVersion{View: "statement", Version: 1}
	v2 = readstore.ViewVersion{View: "statement", Version: 2}
	o1 = readstore.ViewVersion{View: "other", Version: 1}
)

// at is a cursor with a token, which a store keeps as it is.
func at(seq uint64) ledger.Cursor {
	if seq == 0 {
		return ledger.Cursor{}
	}
	return ledger.Cursor{Seq: seq, Token: "token/ü " + string(rune('a'+seq%26))}
}

func doc(v readstore.ViewVersion, key string, seen uint64, data string) readstore.Doc {
	return readstore.Doc{Ref: projections.Ref{View: v.View, Key: key}, Version: v.Version,
		Document: projections.Document{At: seen, Data: []byte(data)}}
}

// bundle is one test and its store.
type bundle struct {
	*testing.T
	readstore.Store
}

func (b bundle) commit(v readstore.ViewVersion, from, to uint64, docs ...readstore.Doc) {
	b.Helper()
	require.NoError(b, b.Commit(b.Context(), v, at(from), at(to), docs))
}

func (b bundle) serve(v readstore.ViewVersion) {
	b.Helper()
	require.NoError(b, b.Serve(b.Context(), v))
}

// requireGet says which document is served under view and key; nil for none.
func (b bundle) requireGet(view, key string, want *readstore.Doc) {
	b.Helper()
	got, err := b.Get(b.Context(), projections.Ref{View: view, Key: key})
	if want == nil {
		require.ErrorIs(b, err, readstore.ErrNotFound)
		require.Zero(b, got)
		return
	}
	require.NoError(b, err)
	require.Equal(b, *want, got)
}

// requireBuild says all about one build: its cursor and the documents that are loaded under keys; "" stands for none.
func (b bundle) requireBuild(v readstore.ViewVersion, cursor uint64, data map[string]string) {
	b.Helper()
	got, err := b.Cursor(b.Context(), v)
	require.NoError(b, err)
	require.Equal(b, at(cursor), got)
	for key, want := range data {
		got, err := b.Load(b.Context(), v, key)
		require.NoError(b, err)
		if want == "" {
			require.Nil(b, got)
		} else {
			require.Equal(b, want, string(got))
		}
	}
}

// requireServed says which build is served and from where; version 0 for none.
func (b bundle) requireServed(view string, version int, cursor uint64) {
	b.Helper()
	v, place, ok, err := b.Served(b.Context(), view)
	require.NoError(b, err)
	if version == 0 {
		require.False(b, ok)
		require.Zero(b, v)
		require.Zero(b, place)
		return
	}
	require.True(b, ok)
	require.Equal(b, readstore.ViewVersion{View: view, Version: version}, v)
	require.Equal(b, at(cursor), place)
}

func (b bundle) list(ctx context.Context, view, afterKey string, limit int) (docs []readstore.Doc) {
	b.Helper()
	for d, err := range b.List(ctx, view, afterKey, limit) {
		require.NoError(b, err)
		docs = append(docs, d)
	}
	return docs
}
