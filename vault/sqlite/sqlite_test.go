package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
	"daybook.internal/vault/vaulttest"
	"github.com/stretchr/testify/require"
)

func open(t testing.TB, path string, o Options) *Vault {
	t.Helper()
	v, err := Open(t.Context(), path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func TestContract(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(t *testing.T) func() vault.Vault {
		path := filepath.Join(t.TempDir(), "vault.db")
		return func() vault.Vault { return open(t, path, Options{}) }
	})
}

const secret = "my neighbour is a burglar"

func sealed(t testing.TB, v *Vault, n int) domain.Commitment {
	t.Helper()
	c, err := v.Seal(t.Context(), vault.Words{Place: vaulttest.At(n), Words: []byte(secret)})
	require.NoError(t, err)
	return c[0]
}

func TestKeep(t *testing.T) {
	t.Parallel()
	v := open(t, filepath.Join(t.TempDir(), "vault.db"), Options{})
	kept := vault.Opening{Place: vaulttest.At(1), Salt: domain.Salt{1}, Words: []byte(secret)}
	bare := vault.Opening{Place: vaulttest.At(2), Salt: domain.Salt{2}}
	require.NoError(t, v.Keep(t.Context()))
	require.NoError(t, v.Keep(t.Context(), kept, bare))
	require.NoError(t, v.Keep(t.Context(), kept), "once more changes nothing")
	o, err := v.Open(t.Context(), kept.Place)
	require.NoError(t, err)
	require.Equal(t, kept, o)
	c, err := v.Seal(t.Context(), vault.Words{Place: kept.Place, Words: kept.Words})
	require.NoError(t, err)
	require.Equal(t, kept.Commitment(), c[0], "sealing the same words keeps the salt")
	for _, other := range []vault.Opening{
		{Place: kept.Place, Salt: domain.Salt{3}, Words: kept.Words},
		{Place: kept.Place, Salt: kept.Salt, Words: []byte("other words")},
	} {
		fresh := vault.Opening{Place: vaulttest.At(3), Words: []byte("fresh")}
		err := v.Keep(t.Context(), fresh, other)
		require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
		_, err = v.Open(t.Context(), fresh.Place)
		require.ErrorIs(t, err, vault.ErrNotFound, "all or none")
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"UPDATE openings SET words = CAST(words || '!' AS BLOB)",
		"UPDATE openings SET salt = zeroblob(32)",
		"UPDATE openings SET salt = CAST(salt || 'x' AS BLOB)",
		"UPDATE openings SET digest = zeroblob(32)",
		"UPDATE openings SET words = (SELECT words FROM openings ORDER BY event LIMIT 1), salt = (SELECT salt FROM openings ORDER BY event LIMIT 1), " +
			"digest = (SELECT digest FROM openings ORDER BY event LIMIT 1)", // a row in another's place
	} {
		t.Run(sql, func(t *testing.T) {
			t.Parallel()
			v := open(t, filepath.Join(t.TempDir(), "vault.db"), Options{})
			sealed(t, v, 1)
			sealed(t, v, 2)
			require.NoError(t, v.file.Write(t.Context(), func(c *sqlitefile.Conn) error { return c.Exec(sql) }))
			damaged := 0
			for n := range 3 {
				_, err := v.Open(t.Context(), vaulttest.At(n))
				_, again := v.Seal(t.Context(), vault.Words{Place: vaulttest.At(n), Words: []byte(secret)})
				if !errors.Is(err, vault.ErrDamaged) {
					require.NoError(t, again)
					continue
				}
				damaged++
				require.ErrorIs(t, again, vault.ErrDamaged, "no new salt in the place of a lost one")
				for _, err := range []error{err, again} {
					require.ErrorContains(t, err, vaulttest.At(n).Event.String())
					require.ErrorContains(t, err, "text")
					require.NotContains(t, fmt.Sprintf("%v %#v", err, err), "burglar")
				}
			}
			require.GreaterOrEqual(t, damaged, 1)
		})
	}
}

// Only its owner reads a vault, whatever the umask, and whoever has opened it up before.
func TestMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.db")
	modes := func() {
		t.Helper()
		for _, p := range []string{path, path + "-wal", path + "-shm"} {
			info, err := os.Stat(p)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), p)
		}
	}
	v := open(t, path, Options{})
	sealed(t, v, 1)
	modes()
	require.NoError(t, v.Close())
	require.NoError(t, os.Chmod(path, 0o644))
	v = open(t, path, Options{})
	sealed(t, v, 2)
	modes()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3)
}

// What was erased stands in none of the files, not in a free page and not in the copy of one that waits to be written back.
func TestErase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "vault.db")
	holds := func() (found bool) {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			require.NoError(t, err)
			found = found || bytes.Contains(data, []byte("burglar"))
		}
		return found
	}
	v := open(t, path, Options{})
	for n := range 200 {
		sealed(t, v, n)
	}
	require.True(t, holds())
	places := make([]vault.Place, 200)
	for n := range places {
		places[n] = vaulttest.At(n)
	}
	require.ErrorContains(t, open(t, path, Options{ReadOnly: true}).Erase(t.Context(), places...), "reading only")

	reader, err := sqlitefile.Connect(path, "mode=ro")
	require.NoError(t, err)
	require.NoError(t, reader.Once("BEGIN"))
	for _, err := range reader.Query("SELECT count(*) FROM openings") { // holds on to the state before
		require.NoError(t, err)
	}
	require.NoError(t, v.file.Write(t.Context(), func(c *sqlitefile.Conn) error { return c.Exec("PRAGMA busy_timeout=0") }))
	require.ErrorIs(t, v.Erase(t.Context(), places...), sqlitefile.ErrBusy, "somebody can still read the words")
	require.True(t, holds())
	require.NoError(t, reader.Close())

	require.NoError(t, v.Erase(t.Context(), places...))
	require.False(t, holds())
	_, err = v.Open(t.Context(), vaulttest.At(1))
	require.ErrorIs(t, err, vault.ErrNotFound)
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	_, err := Open(t.Context(), path, Options{ReadOnly: true})
	require.ErrorContains(t, err, "no vault to read")
	w := open(t, path, Options{})
	r := open(t, path, Options{ReadOnly: true})
	c := sealed(t, w, 1)
	o, err := r.Open(t.Context(), vaulttest.At(1))
	require.NoError(t, err)
	require.Equal(t, c, o.Commitment())
	_, err = r.Seal(t.Context(), vault.Words{Place: vaulttest.At(2), Words: []byte(secret)})
	require.ErrorContains(t, err, "reading only")
	require.NotContains(t, err.Error(), "burglar")
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, vault.ErrDamaged)
	require.ErrorContains(t, err, "restore")
	require.NotContains(t, err.Error(), "delete", "a vault does not come back")

	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path+"-wal", []byte("words"), 0o600))
	_, err = Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, vault.ErrDamaged)
	require.FileExists(t, path+"-wal")
}

func TestRandomFails(t *testing.T) {
	t.Parallel()
	v := open(t, filepath.Join(t.TempDir(), "vault.db"), Options{Random: bytes.NewReader(make([]byte, 40))})
	_, err := v.Seal(t.Context(), vault.Words{Place: vaulttest.At(1), Words: []byte(secret)}, vault.Words{Place: vaulttest.At(2), Words: []byte(secret)})
	require.ErrorContains(t, err, "salt")
	_, err = v.Open(t.Context(), vaulttest.At(1))
	require.ErrorIs(t, err, vault.ErrNotFound)
}

// Deleted words do not stay in the file.
func TestSecureDelete(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	v := open(t, path, Options{})
	sealed(t, v, 1)
	require.NoError(t, v.Close())
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(file), secret)
	v = open(t, path, Options{})
	require.NoError(t, v.file.Write(t.Context(), func(c *sqlitefile.Conn) error { return c.Exec("DELETE FROM openings") }))
	require.NoError(t, v.Close())
	file, err = os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(file), secret)
}

// A process that is killed right after the answer has lost nothing. The test runs itself as that process.
func TestKill(t *testing.T) {
	const where = "DAYBOOK_VAULT_TO_KILL"
	if path := os.Getenv(where); path != "" {
		v, err := Open(t.Context(), path, Options{})
		require.NoError(t, err)
		fmt.Println("sealed", sealed(t, v, 1))
		p, err := os.FindProcess(os.Getpid())
		require.NoError(t, err)
		require.NoError(t, p.Kill())
		select {}
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
	cmd.Env = append(os.Environ(), where+"="+path)
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "it was killed")
	o, err := open(t, path, Options{}).Open(t.Context(), vaulttest.At(1))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(out), "sealed "+o.Commitment().String()), "%s", out)
}

func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			v := open(b, filepath.Join(b.TempDir(), "vault.db"), Options{})
			at := 0
			for b.Loop() {
				batch := make([]vault.Words, n)
				for i := range batch {
					batch[i] = vault.Words{Place: vaulttest.At(at), Words: []byte(strings.Repeat("words ", 50))}
					at++
				}
				_, err := v.Seal(b.Context(), batch...)
				require.NoError(b, err)
			}
		})
	}
}
