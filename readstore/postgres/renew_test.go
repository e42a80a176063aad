package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"daybook.internal/simulate"
)

// Views that somebody with a shell at the database has changed, damaged, cut and added to are put right by making them anew, beside a server that reads.
func TestRebuildPutsRight(t *testing.T) {
	t.Parallel()
	l, err := simulateEdition(simulate.Options{Seed: 1, Countries: 2, Citizens: 20})
	require.NoError(t, err)
	whole := storetest.NewMemory()
	require.NoError(t, readstore.NewProjector(l, whole, projections.All(), readstore.Options{}).CatchUp(t.Context(), nil))
	d := pgtest.New(t)
	s, reader := open(t, d), open(t, d)
	require.NoError(t, readstore.NewProjector(l, s, projections.All(), readstore.Options{}).CatchUp(t.Context(), nil))
	requireSame := func(read readstore.Store) {
		t.Helper()
		for _, v := range projections.All() {
			var want, got []readstore.Doc
			for doc, err := range whole.List(t.Context(), v.Name, "", 0) {
				require.NoError(t, err)
				want = append(want, doc)
			}
			for doc, err := range read.List(t.Context(), v.Name, "", 0) {
				require.NoError(t, err)
				got = append(got, doc)
			}
			require.Equal(t, want, got, v.Name)
		}
	}
	requireSame(reader)
	d.Exec(t, pgtest.Writer,
		"UPDATE daybook.docs SET data = '{}' WHERE view = 'country'",
		"DELETE FROM daybook.docs WHERE view = 'statement' AND key IN (SELECT key FROM daybook.docs WHERE view = 'statement' LIMIT 7)",
		"UPDATE daybook.docs SET key = key || 'x' WHERE view = 'recommendation' AND key IN (SELECT key FROM daybook.docs WHERE view = 'recommendation' LIMIT 1)",
		"UPDATE daybook.builds SET seq = seq + 1 WHERE view = 'global'",
	)
	_, _, _, err = reader.Served(t.Context(), "global")
	require.ErrorIs(t, err, readstore.ErrDamaged)

	var some []projections.View
	for _, name := range []string{"country", "statement", "recommendation", "global"} {
		v, ok := projections.ByName(name)
		require.True(t, ok)
		some = append(some, v)
	}
	require.NoError(t, readstore.Rebuild(t.Context(), l, s, some, readstore.Options{Batch: 300}, nil))
	requireSame(reader)
	require.NoError(t, readstore.Rebuild(t.Context(), l, s, projections.All(), readstore.Options{}, nil))
	requireSame(reader)
	var beside int
	require.NoError(t, d.Connect(t, pgtest.Writer).QueryRow(t.Context(), "SELECT count(*) FROM daybook.docs WHERE version < 0").Scan(&beside))
	require.Zero(t, beside)
	// Another process that keeps the views up is not pushed aside.
	err = readstore.Rebuild(t.Context(), l, reader, some, readstore.Options{}, nil)
	require.ErrorIs(t, err, readstore.ErrAway)
	require.ErrorContains(t, err, "another process keeps it up")
}
