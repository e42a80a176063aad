package sqlite

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
	"daybook.internal/vault/vaulttest"
	"github.com/stretchr/testify/require"
)

// holds tells whether bytes stand in any file of a folder.
func holds(t *testing.T, dir string, wanted []byte) (found bool) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		found = found || bytes.Contains(data, wanted)
	}
	return found
}

// traces are what one opening leaves in the file: its box, and the wrapped key of its subject.
func traces(t *testing.T, v *Vault, at vault.Place) (box, key []byte) {
	t.Helper()
	require.NoError(t, v.file.Read(t.Context(), func(c *sqlitefile.Conn) error {
		for row, err := range c.Query("SELECT o.sealed, s.key FROM openings o, subjects s ON s.subject = o.subject WHERE o.event = ? AND o.field = ?", at.Event[:], at.Field) {
			require.NoError(t, err)
			box, key = row[0].([]byte), row[1].([]byte)
		}
		return nil
	}))
	require.NotEmpty(t, box)
	require.NotEmpty(t, key)
	return box, key
}

// Words are nowhere on the disk in plain, and neither is what would help to guess them: not in the file, not in the one beside it that waits to be written
// back, not after a vacuum, not under another key.
func TestNothingInPlain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.db")
	v := open(t, path, Options{})
	var salts []domain.Salt
	plain := func(when string) {
		t.Helper()
		for _, word := range []string{"burglar", hex.EncodeToString([]byte("burglar"))} {
			require.False(t, holds(t, dir, []byte(word)), when)
		}
		for _, s := range salts {
			require.False(t, holds(t, dir, s[:8]), when)
		}
		require.False(t, holds(t, dir, master[:]), when)
	}
	for n := range 300 {
		c := sealed(t, v, n)
		o, err := v.Open(t.Context(), vaulttest.At(n))
		require.NoError(t, err)
		require.Equal(t, c, o.Commitment())
		salts = append(salts, o.Salt)
	}
	box, key := traces(t, v, vaulttest.At(7))
	require.True(t, holds(t, dir, box), "what is looked for would be found")
	require.True(t, holds(t, dir, key))
	plain("sealed")
	require.NoError(t, v.file.Truncate(t.Context()))
	require.True(t, holds(t, dir, box))
	plain("written back")
	require.NoError(t, v.Erase(t.Context(), vaulttest.At(0)))
	plain("erased")
	require.NoError(t, v.Compact(t.Context()))
	require.True(t, holds(t, dir, box))
	plain("compacted")
	_, err := v.Rotate(t.Context(), vault.Key{9}, nil)
	require.NoError(t, err)
	plain("rotated")
	require.False(t, holds(t, dir, key), "what the old key opens is gone")
	require.True(t, holds(t, dir, box), "what was sealed stays")
	require.NoError(t, v.Close())
	plain("closed")
}

// What was erased stands in none of the files, not in a free page and not in the copy of one that waits to be written back: neither its box, nor the key of
// a subject of whom nothing is left.
func TestErase(t *testing.T) {
	t.Parallel()
	for _, once := range []bool{true, false} {
		t.Run(fmt.Sprintf("at once %v", once), func(t *testing.T) {
			t.Parallel()
			const n = 240 // of 80 subjects
			dir := t.TempDir()
			path := filepath.Join(dir, "vault.db")
			v := open(t, path, Options{})
			boxes, keys, places := make([][]byte, n), make([][]byte, n), make([]vault.Place, n)
			for i := range n {
				sealed(t, v, i)
				places[i] = vaulttest.At(i)
				boxes[i], keys[i] = traces(t, v, places[i])
			}
			require.Equal(t, keys[0], keys[2], "one subject")
			require.NotEqual(t, keys[2], keys[3], "another one")
			left := func(gone func(i int) bool) {
				t.Helper()
				for i := range n {
					require.Equal(t, !gone(i), holds(t, dir, boxes[i]), "opening %d", i)
					first := i / 3 * 3
					require.Equal(t, !(gone(first) && gone(first+1) && gone(first+2)), holds(t, dir, keys[i]), "the key of opening %d", i)
				}
			}
			left(func(int) bool { return false })
			var some []vault.Place
			for i, at := range places {
				if i%2 == 0 || i < n/2 { // of some subjects everything, of the others something
					some = append(some, at)
				}
			}
			gone := func(i int) bool { return i%2 == 0 || i < n/2 }
			if once {
				require.NoError(t, v.Erase(t.Context(), some...))
			} else {
				for _, at := range some {
					require.NoError(t, v.Erase(t.Context(), at))
				}
			}
			left(gone)
			require.NoError(t, v.Compact(t.Context()))
			left(gone)
			for i, at := range places {
				_, err := v.Open(t.Context(), at)
				require.Equal(t, gone(i), err != nil, err)
			}
			require.NoError(t, v.Erase(t.Context(), places...))
			left(func(int) bool { return true })
			require.NoError(t, v.file.Read(t.Context(), func(c *sqlitefile.Conn) error {
				for row, err := range c.Query("SELECT count(*) FROM subjects") {
					require.NoError(t, err)
					require.Zero(t, row[0])
				}
				return nil
			}))
		})
	}
}

// Somebody who reads for too long holds up an erasure, which says so, and is finished when it is repeated.
func TestEraseIsHeldUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.db")
	v := open(t, path, Options{})
	places := make([]vault.Place, 50)
	for n := range places {
		sealed(t, v, n)
		places[n] = vaulttest.At(n)
	}
	box, key := traces(t, v, places[1])
	require.ErrorContains(t, open(t, path, Options{ReadOnly: true}).Erase(t.Context(), places...), "reading only")

	reader, err := sqlitefile.Connect(path, "mode=ro")
	require.NoError(t, err)
	require.NoError(t, reader.Once("BEGIN"))
	for _, err := range reader.Query("SELECT count(*) FROM openings") { // holds on to the state before
		require.NoError(t, err)
	}
	require.NoError(t, v.file.Write(t.Context(), func(c *sqlitefile.Conn) error { return c.Exec("PRAGMA busy_timeout=0") }))
	require.ErrorIs(t, v.Erase(t.Context(), places...), sqlitefile.ErrBusy, "somebody can still read the words")
	require.True(t, holds(t, dir, box))
	require.ErrorIs(t, v.Compact(t.Context()), sqlitefile.ErrBusy)
	_, err = v.Rotate(t.Context(), vault.Key{9}, nil)
	require.ErrorIs(t, err, sqlitefile.ErrBusy)
	require.True(t, holds(t, dir, key))
	require.NoError(t, reader.Close())

	require.NoError(t, v.Erase(t.Context(), places...))
	require.False(t, holds(t, dir, box))
	require.False(t, holds(t, dir, key))
	_, err = v.Open(t.Context(), places[1])
	require.ErrorIs(t, err, vault.ErrNotFound)
	sealed(t, v, 1)
	require.Equal(t, vault.Key{9}.ID(), v.KeyID(), "the other key holds, though pages under the old one were left behind for a while")
}
