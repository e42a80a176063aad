package postgres

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/vault"
	"daybook.internal/vault/vaulttest"
)

func newPool(t *testing.T, c *pgxpool.Config) (*pgxpool.Pool, error) {
	t.Helper()
	return pgxpool.NewWithConfig(t.Context(), c)
}

// holds tells whether bytes stand in any file below a folder of the server, after all that is in its memory was written there.
func holds(t *testing.T, d pgtest.Database, folder string, wanted []byte) (found bool) {
	t.Helper()
	d.Exec(t, pgtest.Superuser, "CHECKPOINT")
	read := 0
	require.NoError(t, filepath.WalkDir(filepath.Join(d.Data(), folder), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		read += len(data)
		found = found || bytes.Contains(data, wanted)
		return err
	}))
	require.NotZero(t, read)
	return found
}

// traces are what one opening leaves in the database: its box, and the wrapped key of its subject.
func traces(t *testing.T, v *Vault, at vault.Place) (box, key []byte) {
	t.Helper()
	require.NoError(t, v.pool.QueryRow(t.Context(), "SELECT o.sealed, s.key FROM vault.openings o JOIN vault.subjects s USING (subject) WHERE o.event = $1 AND o.field = $2", at.Event[:], at.Field).Scan(&box, &key))
	require.NotEmpty(t, box)
	require.NotEmpty(t, key)
	return box, key
}

// What docs/postgres.md says of bytes that are left, as it is: words are nowhere in plain, neither in tables nor in the log of writes; what was erased is gone from the tables once they
// are compacted; the log of writes still has its boxes, and after a rotation nothing there opens under the new key.
func TestWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := pgtest.Launch(t, pgtest.Options{Durable: true})
	d := s.New(t)
	v := open(t, d, Config{DSN: d.DSN(pgtest.Owner)})
	var salts []domain.Salt
	const n = 60 // of 20 subjects
	boxes, keys := make([][]byte, n), make([][]byte, n)
	for i := range n {
		sealed(t, v, i)
		o, err := v.Open(t.Context(), vaulttest.At(i))
		require.NoError(t, err)
		salts = append(salts, o.Salt)
		boxes[i], keys[i] = traces(t, v, vaulttest.At(i))
	}
	plain := func(when string) {
		t.Helper()
		for _, word := range [][]byte{[]byte("burglar"), []byte(hex.EncodeToString([]byte("burglar"))), master[:], salts[0][:8], salts[7][:8]} {
			require.False(t, holds(t, d, ".", word), when)
		}
	}
	require.True(t, holds(t, d, "base", boxes[7]), "what is looked for would be found")
	require.True(t, holds(t, d, "base", keys[7]))
	plain("sealed")

	d.Exec(t, pgtest.Owner, "ANALYZE") // keeps samples of columns, elsewhere
	var gone []vault.Place
	for i := range n / 2 {
		gone = append(gone, vaulttest.At(i))
	}
	require.NoError(t, v.Erase(t.Context(), gone...))
	for _, at := range gone {
		_, err := v.Open(t.Context(), at)
		require.ErrorIs(t, err, vault.ErrNotFound)
	}
	require.NoError(t, v.Compact(t.Context()))
	for _, i := range []int{0, 7, 29} {
		require.False(t, holds(t, d, "base", boxes[i]), "opening %d", i)
		require.False(t, holds(t, d, "base", keys[i]), "the key of opening %d", i)
		require.True(t, holds(t, d, "pg_wal", boxes[i]), "nobody can take it out of the log of writes")
	}
	require.True(t, holds(t, d, "base", boxes[40]))
	require.True(t, holds(t, d, "base", keys[40]))
	plain("compacted")

	next := vault.Key{9}
	_, err := v.Rotate(t.Context(), next, nil)
	require.NoError(t, err)
	require.NoError(t, v.Compact(t.Context()))
	require.False(t, holds(t, d, "base", keys[40]), "what the old key opens is gone from the tables")
	require.True(t, holds(t, d, "pg_wal", keys[7]))
	_, opens := next.Wrapper().Unwrap(vaulttest.Of(7), keys[7])
	require.False(t, opens, "who has but the new key does not open what is left there")
	_, opens = master.Wrapper().Unwrap(vaulttest.Of(7), keys[7])
	require.True(t, opens, "who has the old one does: it is to be destroyed")
	sealed(t, v, 40)
	plain("rotated")
}

// Only the owner may write tables anew, and who may not is told.
func TestCompactAsWriter(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	v := open(t, d, Config{})
	sealed(t, v, 1)
	require.ErrorContains(t, v.Compact(t.Context()), "as the owner")
	require.NoError(t, open(t, d, Config{DSN: d.DSN(pgtest.Owner)}).Compact(t.Context()))
	sealed(t, v, 1)
}

// What was acknowledged is there after PostgreSQL was killed, and what was erased is not.
func TestServerIsKilled(t *testing.T) {
	t.Parallel()
	s := pgtest.Launch(t, pgtest.Options{Durable: true})
	d := s.New(t)
	v := open(t, d, Config{})
	for round := range 3 {
		keep, gone := 10*round+1, 10*round+5
		c := sealed(t, v, keep)
		sealed(t, v, gone)
		require.NoError(t, v.Erase(t.Context(), vaulttest.At(gone)))
		s.Kill()
		late := vault.Words{Place: vaulttest.At(10*round + 8), Subject: vaulttest.Of(10*round + 8), Words: []byte(secret)}
		_, lateErr := v.Seal(t.Context(), late) // a session may outlive the server for a moment
		require.NotContains(t, fmt.Sprint(lateErr), "burglar")
		require.NoError(t, s.Start())
		if _, err := v.Open(t.Context(), late.Place); lateErr == nil {
			require.NoError(t, err)
		}
		o, err := v.Open(t.Context(), vaulttest.At(keep))
		require.NoError(t, err)
		require.Equal(t, c, o.Commitment())
		_, err = v.Open(t.Context(), vaulttest.At(gone))
		require.ErrorIs(t, err, vault.ErrNotFound)
	}
}
