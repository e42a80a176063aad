package sqlite

import (
	"path/filepath"
	"testing"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"github.com/stretchr/testify/require"
)

func open(t testing.TB, path string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{false, true} {
		storetest.Run(t, func(t *testing.T) readstore.Store {
			return open(t, filepath.Join(t.TempDir(), "views.db"), Options{Alone: alone})
		})
		storetest.RunRenew(t, func(t *testing.T) readstore.Renewer {
			return open(t, filepath.Join(t.TempDir(), "views.db"), Options{Alone: alone})
		})
	}
}

// A document that was damaged after it was made anew ends the renewal, and what is read stays as it was.
func TestRenewChecksWhatItMoves(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "views.db"), Options{})
	c := fill(t, s)
	anew := small.Anew()
	require.NoError(t, s.Commit(t.Context(), anew, ledger.Cursor{}, place, []readstore.Doc{
		{Ref: projections.Ref{View: anew.View, Key: "a"}, Version: anew.Version, Document: projections.Document{At: 1, Data: []byte("whole")}},
		{Ref: projections.Ref{View: anew.View, Key: "b"}, Version: anew.Version, Document: projections.Document{At: 1, Data: []byte("broken")}},
	}))
	require.NoError(t, s.file.Write(t.Context(), func(c *sqlitefile.Conn) error {
		return c.Exec("UPDATE docs SET data = CAST('brocken' AS BLOB) WHERE version = ? AND key = CAST('b' AS BLOB)", int64(anew.Version))
	}))
	err := s.Renew(t.Context(), anew, small)
	var damage *readstore.DamagedError
	require.ErrorAs(t, err, &damage)
	require.Equal(t, projections.Ref{View: small.View, Key: "b"}, damage.Ref)
	require.NoError(t, read(t, s, c, "after the renewal failed"))
}
