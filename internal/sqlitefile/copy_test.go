package sqlitefile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A copy is of one moment, whoever writes meanwhile: it has the notes 0 to n-1, for some n, and none twice.
func TestCopyBesideAWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "notes.db"), filepath.Join(dir, "copy.db")
	f := open(t, path)
	var wg sync.WaitGroup
	const all = 400
	wg.Go(func() {
		for i := 0; i < all; i += 2 { // two at a time
			if err := f.Write(t.Context(), func(c *Conn) error {
				for n := i; n < i+2; n++ {
					if err := c.Exec("INSERT INTO notes(id, note) VALUES(?, ?)", int64(n), fmt.Sprint(n)); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	last := int64(0)
	for range 20 {
		require.NoError(t, Copy(t.Context(), path, notes, to))
		c := open(t, to)
		n := c.count(t)
		require.Zero(t, n%2)
		require.GreaterOrEqual(t, n, last)
		last = n
		require.NoError(t, c.Read(t.Context(), func(c *Conn) error {
			top, err := c.number("SELECT coalesce(max(id)+1, 0) FROM notes")
			require.Equal(t, n, top)
			return err
		}))
		require.NoError(t, c.Close())
	}
	wg.Wait()
	require.NoError(t, Copy(t.Context(), path, notes, to))
	require.Equal(t, int64(all), open(t, to).count(t))
	info, err := os.Stat(to)
	require.NoError(t, err)
	require.Equal(t, notes.Mode, info.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(dir, "*.new-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// What was deleted is not in a copy; what is no file of this kind, or damaged, is not copied, and the copy that is there stays.
func TestCopyOfWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "notes.db"), filepath.Join(dir, "copy.db")
	f := open(t, path)
	for i := range 200 {
		require.NoError(t, f.add(t.Context(), strings.Repeat(fmt.Sprint("gone", i), 50)))
	}
	require.NoError(t, f.Write(t.Context(), func(c *Conn) error { return c.Exec("DELETE FROM notes") }))
	require.NoError(t, f.add(t.Context(), "stays"))
	require.NoError(t, Copy(t.Context(), path, notes, to))
	copied, err := os.ReadFile(to)
	require.NoError(t, err)
	require.Contains(t, string(copied), "stays")
	require.NotContains(t, string(copied), "gone")

	other := notes
	other.Application++
	require.ErrorContains(t, Copy(t.Context(), path, other, to), "not a notebook")
	require.Error(t, Copy(t.Context(), filepath.Join(dir, "none.db"), notes, to))
	require.ErrorContains(t, Copy(t.Context(), path, notes, filepath.Join(dir, "none", "copy.db")), "the folder is missing")
	require.NoError(t, os.WriteFile(to+"-wal", nil, 0o600))
	require.ErrorContains(t, Copy(t.Context(), path, notes, to), "is in use, or was left in use")
	same, err := os.ReadFile(to)
	require.NoError(t, err)
	require.Equal(t, copied, same)
}
