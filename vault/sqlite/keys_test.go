package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
	"daybook.internal/vault/vaulttest"
	"github.com/stretchr/testify/require"
)

// A vault opens under its key alone. Another one is no damage, and the error says which one is wanted.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	_, err := Open(t.Context(), path, Options{})
	require.ErrorIs(t, err, vault.ErrKey)
	require.NoFileExists(t, path)
	require.NoError(t, open(t, path, Options{}).Close()) // settles the key before anything is sealed
	other := vault.Key{1, 2, 4}
	for _, readOnly := range []bool{true, false} {
		_, err := Open(t.Context(), path, Options{Key: other, ReadOnly: readOnly})
		require.ErrorIs(t, err, vault.ErrKey)
		require.NotErrorIs(t, err, vault.ErrDamaged)
		require.ErrorContains(t, err, master.ID())
		require.ErrorContains(t, err, other.ID())
	}
	sealed(t, open(t, path, Options{}), 1)
}

func TestKeyRowIsDamaged(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{"DELETE FROM keys", "UPDATE keys SET proof = zeroblob(60)", "UPDATE keys SET proof = (SELECT key FROM subjects)"} {
		path := filepath.Join(t.TempDir(), "vault.db")
		v := open(t, path, Options{})
		sealed(t, v, 1)
		require.NoError(t, v.file.Write(t.Context(), func(c *sqlitefile.Conn) error { return c.Exec(sql) }))
		for _, readOnly := range []bool{true, false} {
			_, err := Open(t.Context(), path, Options{Key: master, ReadOnly: readOnly})
			require.ErrorIs(t, err, vault.ErrDamaged, sql)
			require.NotErrorIs(t, err, vault.ErrKey, sql)
		}
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	v := open(t, path, Options{})
	next := vault.Key{7}
	n, err := v.Rotate(t.Context(), next, nil)
	require.NoError(t, err, "an empty vault, too")
	require.Zero(t, n)
	_, err = v.Rotate(t.Context(), master, nil)
	require.NoError(t, err)

	const many = 2*rotateAt + 7
	words := make([]vault.Words, many)
	for i := range words {
		words[i] = vault.Words{Place: vaulttest.At(3 * i), Subject: vaulttest.Of(3 * i), Words: []byte(fmt.Sprint("words ", i))}
	}
	c, err := v.Seal(t.Context(), words...)
	require.NoError(t, err)
	old, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotEmpty(t, old)
	reader := open(t, path, Options{ReadOnly: true})

	_, err = v.Rotate(t.Context(), vault.Key{}, nil)
	require.ErrorIs(t, err, vault.ErrKey)
	told := 0
	n, err = v.Rotate(t.Context(), next, func(done int) { told = done })
	require.NoError(t, err)
	require.Equal(t, many, n)
	require.Equal(t, many, told)
	n, err = v.Rotate(t.Context(), next, nil)
	require.NoError(t, err, "once more changes nothing")
	require.Zero(t, n)

	_, err = reader.Open(t.Context(), words[0].Place)
	require.ErrorIs(t, err, vault.ErrKey, "who has it open under the old key is told")
	require.NotErrorIs(t, err, vault.ErrDamaged)
	_, err = Open(t.Context(), path, Options{Key: master})
	require.ErrorIs(t, err, vault.ErrKey)
	for _, v := range []*Vault{v, open(t, path, Options{Key: next})} {
		for i, w := range words[:50] {
			o, err := v.Open(t.Context(), w.Place)
			require.NoError(t, err)
			require.Equal(t, c[i], o.Commitment())
		}
		_, err = v.Seal(t.Context(), words...)
		require.NoError(t, err)
	}
	sealed(t, v, 1)
}

// All or none: where one key does not open, none is wrapped anew, and the old key goes on.
func TestRotateFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vault.db")
	v := open(t, path, Options{})
	for n := range 30 {
		sealed(t, v, n)
	}
	require.NoError(t, v.file.Write(t.Context(), func(c *sqlitefile.Conn) error {
		return c.Exec("UPDATE subjects SET key = zeroblob(60) WHERE subject = ?", string(vaulttest.Of(12)))
	}))
	_, err := v.Rotate(t.Context(), vault.Key{7}, nil)
	require.ErrorIs(t, err, vault.ErrDamaged)
	require.ErrorContains(t, err, string(vaulttest.Of(12)))
	require.Equal(t, master.ID(), v.KeyID())
	require.NoError(t, v.Close())
	v = open(t, path, Options{})
	for n := range 30 {
		_, err := v.Open(t.Context(), vaulttest.At(n))
		require.Equal(t, vaulttest.Of(n) == vaulttest.Of(12), errors.Is(err, vault.ErrDamaged), err)
	}
}

// Whoever seals and opens while the key is replaced notices nothing.
func TestRotateBesideOthers(t *testing.T) {
	t.Parallel()
	v := open(t, filepath.Join(t.TempDir(), "vault.db"), Options{})
	for n := range 10 {
		sealed(t, v, n)
	}
	var wg sync.WaitGroup
	for s := range 3 {
		wg.Go(func() {
			for n := range 30 {
				at := 100*(s+1) + n
				if _, err := v.Seal(t.Context(), vault.Words{Place: vaulttest.At(at), Subject: vaulttest.Of(at), Words: []byte(secret)}); err != nil {
					t.Error(err)
				}
				if _, err := v.Open(t.Context(), vaulttest.At(n%10)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for n := range 10 {
		_, err := v.Rotate(t.Context(), vault.Key{byte(n), 1}, nil)
		require.NoError(t, err)
	}
	wg.Wait()
	for s := range 3 {
		for n := range 30 {
			_, err := v.Open(t.Context(), vaulttest.At(100*(s+1)+n))
			require.NoError(t, err)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	v := open(t, filepath.Join(t.TempDir(), "vault.db"), Options{})
	want := map[vault.Place]bool{}
	var words []vault.Words
	for n := range listAt + 5 {
		at := vaulttest.At(n)
		want[at] = true
		words = append(words, vault.Words{Place: at, Subject: vaulttest.Of(n), Words: []byte("x")})
		if n%2 == 0 {
			at.Field = "reason"
			want[at] = true
			words = append(words, vault.Words{Place: at, Subject: vaulttest.Of(n), Words: []byte("y")})
		}
	}
	for at, err := range v.Places(t.Context()) {
		require.NoError(t, err)
		t.Fatalf("an empty vault has %v", at)
	}
	_, err := v.Seal(t.Context(), words...)
	require.NoError(t, err)
	for at, err := range v.Places(t.Context()) {
		require.NoError(t, err)
		require.True(t, want[at], "twice, or never sealed")
		delete(want, at)
	}
	require.Empty(t, want)
	for range v.Places(t.Context()) { // one is enough for who asks for one
		break
	}
	require.NoError(t, v.Close())
	for _, err := range v.Places(t.Context()) {
		require.ErrorContains(t, err, "closed")
	}
}
