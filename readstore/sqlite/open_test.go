package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	pragma := func(sql string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			s := open(t, path, Options{})
			require.NoError(t, s.file.Write(t.Context(), func(c *sqlitefile.Conn) error { return c.Exec(sql) }))
			require.NoError(t, s.Close())
		}
	}
	write := func(content string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte(content), 0o600)) }
	}
	for _, c := range []struct {
		name     string
		make     func(t *testing.T, path string)
		readOnly bool
		says     []string
		damaged  bool
	}{
		{name: "a file of another program", make: pragma("PRAGMA application_id = 1"), says: []string{"not a view store", "another path"}},
		{name: "a newer format", make: pragma("PRAGMA user_version = 2"), says: []string{"format 2", "newer program", "delete", "rebuilt"}},
		{name: "an older format", make: pragma("PRAGMA user_version = 0"), says: []string{"format 0", "never had format 0", "delete", "rebuilt"}},
		{name: "another schema", make: pragma("CREATE TABLE more(a)"), says: []string{"tables", "delete", "rebuilt"}, damaged: true},
		{name: "not SQLite", make: write("This is a text that is a little longer than the header of a database file, which has a hundred bytes."),
			says: []string{"delete", "rebuilt"}, damaged: true},
		{name: "an empty file", make: write(""), says: []string{"empty", "delete", "rebuilt"}, damaged: true},
		{name: "a folder", make: func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) }, says: []string{"not a file"}},
		{name: "no file to read", make: func(*testing.T, string) {}, readOnly: true, says: []string{"no view store"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "views.db")
			c.make(t, path)
			for _, readOnly := range []bool{c.readOnly, true} {
				_, err := Open(t.Context(), path, Options{ReadOnly: readOnly})
				for _, s := range append(c.says, path) {
					require.ErrorContains(t, err, s)
				}
				if c.damaged {
					require.ErrorIs(t, err, readstore.ErrDamaged)
				}
			}
		})
	}
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "missing", "views.db"), Options{})
	require.ErrorContains(t, err, "folder is missing")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Open(done, filepath.Join(t.TempDir(), "views.db"), Options{})
	require.ErrorIs(t, err, context.Canceled)
}

// Somebody deletes views.db to have it rebuilt, but not the files beside it.
func TestDeletedWithoutItsLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "views.db")
	s := open(t, path, Options{})
	fill(t, s)
	wal, err := os.ReadFile(path + "-wal")
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path+"-wal", wal, 0o600))

	s = open(t, path, Options{})
	at, err := s.Cursor(t.Context(), small)
	require.NoError(t, err)
	require.Zero(t, at)
	_, _, ok, err := s.Served(t.Context(), small.View)
	require.NoError(t, err)
	require.False(t, ok)
}

func TestPersists(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a folder?#%20", "views.db")
	require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
	s := open(t, path, Options{})
	c := fill(t, s)
	require.NoError(t, read(t, s, c, "open"))
	require.NoError(t, s.Close())
	require.NoError(t, read(t, open(t, path, Options{}), c, "opened again"))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	for _, e := range entries {
		require.Contains(t, []string{"views.db", "views.db-wal", "views.db-shm"}, e.Name())
	}
}

func TestReadOnlyBesideAWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "views.db")
	w := open(t, path, Options{})
	c := fill(t, w)
	r := open(t, path, Options{ReadOnly: true})
	require.NoError(t, read(t, r, c, "beside"))
	err := r.Commit(t.Context(), small, place, ledger.Cursor{Seq: 5000}, nil)
	require.ErrorContains(t, err, "reading only")
	require.ErrorContains(t, r.Serve(t.Context(), beside), "reading only")

	d := readstore.Doc{Ref: projections.Ref{View: small.View, Key: "later"}, Version: 1, Document: projections.Document{At: 5000, Data: []byte("{}")}}
	for range r.List(t.Context(), small.View, "", 0) { // a reader in the middle of a list holds up nobody
		require.NoError(t, w.Commit(t.Context(), small, place, ledger.Cursor{Seq: 5000}, []readstore.Doc{d}))
		got, err := r.Get(t.Context(), d.Ref)
		require.NoError(t, err)
		require.Equal(t, d, got)
		break
	}
	require.NoError(t, w.Close())
	got, err := r.Get(t.Context(), d.Ref)
	require.NoError(t, err)
	require.Equal(t, d, got)
	require.NoError(t, r.Close())
	r = open(t, path, Options{ReadOnly: true}) // nobody writes now
	_, err = r.Get(t.Context(), d.Ref)
	require.NoError(t, err)
}

// Many slow lists at the same time, each of them asking for more inside: nobody waits for anybody.
func TestNestedReads(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "views.db"), Options{})
	fill(t, s)
	var nest func(depth int)
	nest = func(depth int) {
		for d, err := range s.List(t.Context(), small.View, "", 1) {
			require.NoError(t, err)
			_, err := s.Get(t.Context(), d.Ref)
			require.NoError(t, err)
			if depth > 0 {
				nest(depth - 1)
			}
		}
	}
	nest(20)
	at := place
	for i := range 3 {
		next := ledger.Cursor{Seq: at.Seq + 1, Token: fmt.Sprint(i)}
		require.NoError(t, s.Commit(t.Context(), small, at, next, nil))
		at = next
	}
}
