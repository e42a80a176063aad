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

// master is the key of every vault here that is not about keys.
var master = vault.Key{1, 2, 3}

func open(t testing.TB, path string, o Options) *Vault {
	t.Helper()
	if o.Key == (vault.Key{}) {
		o.Key = master
	}
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
	c, err := v.Seal(t.Context(), vault.Words{Place: vaulttest.At(n), Subject: vaulttest.Of(n), Words: []byte(secret)})
	require.NoError(t, err)
	return c[0]
}

func TestKeep(t *testing.T) {
	t.Parallel()
	v := open(t, filepath.Join(t.TempDir(), "vault.db"), Options{})
	kept := vault.Opening{Place: vaulttest.At(1), Subject: vaulttest.Of(1), Salt: domain.Salt{1}, Words: []byte(secret)}
	bare := vault.Opening{Place: vaulttest.At(2), Subject: vaulttest.Of(2), Salt: domain.Salt{2}}
	require.NoError(t, v.Keep(t.Context()))
	require.NoError(t, v.Keep(t.Context(), kept, bare))
	require.NoError(t, v.Keep(t.Context(), kept), "once more changes nothing")
	o, err := v.Open(t.Context(), kept.Place)
	require.NoError(t, err)
	require.Equal(t, kept, o)
	c, err := v.Seal(t.Context(), vault.Words{Place: kept.Place, Subject: kept.Subject, Words: kept.Words})
	require.NoError(t, err)
	require.Equal(t, kept.Commitment(), c[0], "sealing the same words keeps the salt")
	for _, other := range []vault.Opening{
		{Place: kept.Place, Subject: kept.Subject, Salt: domain.Salt{3}, Words: kept.Words},
		{Place: kept.Place, Subject: kept.Subject, Salt: kept.Salt, Words: []byte("other words")},
	} {
		fresh := vault.Opening{Place: vaulttest.At(3), Subject: vaulttest.Of(3), Words: []byte("fresh")}
		err := v.Keep(t.Context(), fresh, other)
		require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
		_, err = v.Open(t.Context(), fresh.Place)
		require.ErrorIs(t, err, vault.ErrNotFound, "all or none")
	}
}

func TestDamaged(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"UPDATE openings SET sealed = CAST(sealed || 'x' AS BLOB)",
		"UPDATE openings SET sealed = substr(sealed, 1, length(sealed) - 1)",
		"UPDATE openings SET sealed = zeroblob(length(sealed))",
		"UPDATE openings SET sealed = zeroblob(0)",
		"UPDATE openings SET sealed = (SELECT sealed FROM openings ORDER BY event LIMIT 1)",     // a box in another's place
		"UPDATE openings SET subject = (SELECT subject FROM openings ORDER BY subject LIMIT 1)", // words of somebody else
		"UPDATE subjects SET key = (SELECT key FROM subjects ORDER BY subject LIMIT 1)",         // under somebody else's key
		"UPDATE subjects SET key = zeroblob(length(key))",
		"DELETE FROM subjects WHERE subject = (SELECT max(subject) FROM subjects)",
	} {
		t.Run(sql, func(t *testing.T) {
			t.Parallel()
			v := open(t, filepath.Join(t.TempDir(), "vault.db"), Options{})
			sealed(t, v, 1)
			sealed(t, v, 4) // of somebody else
			require.NoError(t, v.file.Write(t.Context(), func(c *sqlitefile.Conn) error { return c.Exec(sql) }))
			damaged := 0
			for _, n := range []int{1, 2, 4} { // 2 is not there, and of the first one
				_, err := v.Open(t.Context(), vaulttest.At(n))
				_, again := v.Seal(t.Context(), vault.Words{Place: vaulttest.At(n), Subject: vaulttest.Of(n), Words: []byte(secret)})
				if errors.Is(err, vault.ErrNotFound) {
					require.True(t, again == nil || errors.Is(again, vault.ErrDamaged), "under a sound key or not at all: %v", again)
					continue
				}
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

func TestReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	_, err := Open(t.Context(), path, Options{Key: master, ReadOnly: true})
	require.ErrorContains(t, err, "no vault to read")
	w := open(t, path, Options{})
	r := open(t, path, Options{ReadOnly: true})
	c := sealed(t, w, 1)
	o, err := r.Open(t.Context(), vaulttest.At(1))
	require.NoError(t, err)
	require.Equal(t, c, o.Commitment())
	_, err = r.Seal(t.Context(), vault.Words{Place: vaulttest.At(2), Subject: vaulttest.Of(2), Words: []byte(secret)})
	require.ErrorContains(t, err, "reading only")
	require.NotContains(t, err.Error(), "burglar")
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := Open(t.Context(), path, Options{Key: master})
	require.ErrorIs(t, err, vault.ErrDamaged)
	require.ErrorContains(t, err, "restore")
	require.NotContains(t, err.Error(), "delete", "a vault does not come back")

	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path+"-wal", []byte("words"), 0o600))
	_, err = Open(t.Context(), path, Options{Key: master})
	require.ErrorIs(t, err, vault.ErrDamaged)
	require.FileExists(t, path+"-wal")
}

func TestRandomFails(t *testing.T) {
	t.Parallel()
	for random, what := range map[int]string{0: "salt", 40: "key of a subject", 70: "salt", 130: "key of a subject"} {
		v := open(t, filepath.Join(t.TempDir(), "vault.db"), Options{Random: bytes.NewReader(make([]byte, random))})
		var words []vault.Words
		for _, n := range []int{0, 1, 3} { // two of one subject, one of another
			words = append(words, vault.Words{Place: vaulttest.At(n), Subject: vaulttest.Of(n), Words: []byte(secret)})
		}
		_, err := v.Seal(t.Context(), words...)
		require.ErrorContains(t, err, what, random)
		for _, w := range words {
			_, err = v.Open(t.Context(), w.Place)
			require.ErrorIs(t, err, vault.ErrNotFound)
		}
	}
}

// killed runs a test again as a process of its own, which is to kill itself, and gives what it printed.
func killed(t *testing.T, where, path string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), where+"="+path)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, -1, exit.ExitCode(), "it was killed: %s", out)
	return string(out)
}

func killMyself(t *testing.T) {
	p, err := os.FindProcess(os.Getpid())
	require.NoError(t, err)
	require.NoError(t, p.Kill())
	select {}
}

// A process that is killed right after the answer has lost nothing. The test runs itself as that process.
func TestKill(t *testing.T) {
	const where = "DAYBOOK_VAULT_TO_KILL"
	if path := os.Getenv(where); path != "" {
		fmt.Println("sealed", sealed(t, open(t, path, Options{}), 1))
		killMyself(t)
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	out := killed(t, where, path)
	o, err := open(t, path, Options{}).Open(t.Context(), vaulttest.At(1))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(out, "sealed "+o.Commitment().String()), "%s", out)
}

// A process that is killed while it wraps the keys of subjects anew leaves all of them under the old one, and rotates them when it is asked again.
func TestKillRotation(t *testing.T) {
	const where = "DAYBOOK_VAULT_TO_KILL_TURNING"
	next := vault.Key{7}
	if path := os.Getenv(where); path != "" {
		_, err := open(t, path, Options{}).Rotate(t.Context(), next, func(int) { killMyself(t) })
		t.Fatal(err)
	}
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	v := open(t, path, Options{})
	words := make([]vault.Words, rotateAt+50)
	for i := range words {
		words[i] = vault.Words{Place: vaulttest.At(3 * i), Subject: vaulttest.Of(3 * i), Words: []byte(secret)}
	}
	c, err := v.Seal(t.Context(), words...)
	require.NoError(t, err)
	require.NoError(t, v.Close())
	killed(t, where, path)
	v = open(t, path, Options{})
	again, err := v.Seal(t.Context(), words...)
	require.NoError(t, err)
	require.Equal(t, c, again, "everything opens under the old key")
	n, err := v.Rotate(t.Context(), next, nil)
	require.NoError(t, err)
	require.Equal(t, len(words), n)
	again, err = v.Seal(t.Context(), words...)
	require.NoError(t, err)
	require.Equal(t, c, again)
}

func BenchmarkSeal(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			v := open(b, filepath.Join(b.TempDir(), "vault.db"), Options{})
			at := 0
			for b.Loop() {
				batch := make([]vault.Words, n)
				for i := range batch {
					batch[i] = vault.Words{Place: vaulttest.At(at), Subject: vaulttest.Of(at), Words: []byte(strings.Repeat("words ", 50))}
					at++
				}
				_, err := v.Seal(b.Context(), batch...)
				require.NoError(b, err)
			}
		})
	}
}

// A copy opens under the key of the vault and no other, also while the vault is in use; whether an opening is in it can be told without a key.
func TestCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "vault.db"), filepath.Join(dir, "copy.db")
	v := open(t, path, Options{})
	at := func(n int) vault.Place { return vault.Place{Event: domain.NewEventID("c", "s", n), Field: "text"} }
	for n := range 3 {
		_, err := v.Seal(t.Context(), vault.Words{Place: at(n), Subject: domain.StreamID(fmt.Sprint("s-", n)), Words: []byte("the words")})
		require.NoError(t, err)
	}
	require.NoError(t, v.Erase(t.Context(), at(1)))
	require.NoError(t, Copy(t.Context(), path, to))
	_, err := v.Seal(t.Context(), vault.Words{Place: at(3), Subject: "s-3", Words: []byte("later")})
	require.NoError(t, err)

	for n, want := range []bool{false, true, false, true} {
		lacks, err := Lacks(t.Context(), to, at(n))
		require.NoError(t, err)
		require.Equal(t, want, lacks, n)
	}
	lacks, err := Lacks(t.Context(), to, at(1), at(2))
	require.NoError(t, err)
	require.False(t, lacks, "it has one of them")
	_, err = Open(t.Context(), to, Options{Key: vault.Key{9}, ReadOnly: true})
	require.ErrorIs(t, err, vault.ErrKey)
	c := open(t, to, Options{})
	o, err := c.Open(t.Context(), at(2))
	require.NoError(t, err)
	require.Equal(t, "the words", string(o.Words))
	_, err = c.Open(t.Context(), at(1))
	require.ErrorIs(t, err, vault.ErrNotFound)

	_, err = Lacks(t.Context(), filepath.Join(dir, "none.db"), at(1))
	require.Error(t, err)
}
