package main

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/projections"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
)

// TestRebuildCorrects: documents that somebody has changed, with digests that hold, are found by the replay and put right by the rebuild, which says how many there were.
func TestRebuildCorrects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	export := writeExport(t, filepath.Join(dir, "talk"), 20, 10, 100)
	var imported any
	daybook(t, &imported, "import", "polis", export, "--data", data)
	var rows []rebuilt
	daybook(t, &rows, "rebuild", "--all", "--data", data)
	require.Len(t, rows, len(projections.All()))
	for _, r := range rows {
		require.Zero(t, r.Changed, r.View)
	}

	s, err := storesqlite.Open(t.Context(), filepath.Join(data, "views.db"), storesqlite.Options{})
	require.NoError(t, err)
	v, at, _, err := s.Served(t.Context(), "statement")
	require.NoError(t, err)
	docs := []readstore.Doc{}
	for d, err := range s.List(t.Context(), "statement", "", 2) {
		require.NoError(t, err)
		d.Data = []byte(`{"agree":1000000}`)
		docs = append(docs, d)
	}
	docs[1].Key = "talk/nobody"
	require.NoError(t, s.Commit(t.Context(), v, at, at, docs))
	require.NoError(t, s.Close())
	root := newRoot(io.Discard, io.Discard)
	root.SetArgs([]string{"replay", "--data", data})
	require.Equal(t, exitViolation, exitCode(t.Context(), root.ExecuteContext(t.Context())))

	daybook(t, &rows, "rebuild", "statement", "--data", data)
	require.Equal(t, []rebuilt{{"statement", v.Version, 20, 2, at.Seq}}, rows)
	var report replayReport
	daybook(t, &report, "replay", "--data", data)
	require.Zero(t, report.Mismatches)
}
