package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
	"daybook.internal/vault"
	"daybook.internal/vault/vaulttest"
)

// A vault opens under its key alone. Another one is no damage, and the error says which one is wanted.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	require.NoError(t, open(t, d, Config{}).Close()) // settles the key before anything is sealed
	other := vault.Key{1, 2, 4}
	for _, readOnly := range []bool{true, false} {
		_, err := Open(t.Context(), Config{DSN: d.DSN(pgtest.Writer), Key: other, ReadOnly: readOnly})
		require.ErrorIs(t, err, vault.ErrKey)
		require.NotErrorIs(t, err, vault.ErrDamaged)
		require.ErrorContains(t, err, master.ID())
		require.ErrorContains(t, err, other.ID())
	}
	sealed(t, open(t, d, Config{}), 1)
}

// Many open a new vault at once under different keys: one of these is it.
func TestKeyIsSettledOnce(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	const openers = 6
	errs := make([]error, openers)
	var wg sync.WaitGroup
	for i := range openers {
		wg.Go(func() {
			v, err := Open(t.Context(), Config{DSN: d.DSN(pgtest.Writer), Key: vault.Key{byte(i % 2), 1}})
			if errs[i] = err; err == nil {
				errs[i] = v.Close()
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		require.Equal(t, errs[i%2] == nil, err == nil, "%d: %v", i, err)
		if err != nil {
			require.ErrorIs(t, err, vault.ErrKey)
		}
	}
	require.NotEqual(t, errs[0] == nil, errs[1] == nil)
}

func TestKeyRowIsDamaged(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{"DELETE FROM vault.keys", `UPDATE vault.keys SET proof = '\x00'`, "UPDATE vault.keys SET proof = (SELECT key FROM vault.subjects)"} {
		d := pgtest.New(t)
		sealed(t, open(t, d, Config{}), 1)
		d.Exec(t, pgtest.Owner, sql)
		for _, readOnly := range []bool{true, false} {
			_, err := Open(t.Context(), Config{DSN: d.DSN(pgtest.Writer), Key: master, ReadOnly: readOnly})
			require.ErrorIs(t, err, vault.ErrDamaged, sql)
			require.NotErrorIs(t, err, vault.ErrKey, sql)
		}
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	v, elsewhere := open(t, d, Config{}), open(t, d, Config{})
	next := vault.Key{7}
	n, err := v.Rotate(t.Context(), master, nil)
	require.NoError(t, err, "an empty vault, and the same key")
	require.Zero(t, n)

	const many = 2*rotateAt + 7
	words := make([]vault.Words, many)
	for i := range words {
		words[i] = vault.Words{Place: vaulttest.At(3 * i), Subject: vaulttest.Of(3 * i), Words: []byte(fmt.Sprint("words ", i))}
	}
	c, err := v.Seal(t.Context(), words...)
	require.NoError(t, err)
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

	for name, did := range map[string]func() error{ // who has it open under the old key is told, and writes nothing under it
		"open": func() error { _, err := elsewhere.Open(t.Context(), words[0].Place); return err },
		"seal": func() error {
			_, err := elsewhere.Seal(t.Context(), vault.Words{Place: vaulttest.At(90000), Subject: "test-new", Words: []byte("x")})
			return err
		},
		"again":  func() error { _, err := elsewhere.Seal(t.Context(), words[0]); return err },
		"rotate": func() error { _, err := elsewhere.Rotate(t.Context(), vault.Key{8}, nil); return err },
	} {
		require.ErrorIs(t, did(), vault.ErrKey, name)
		require.NotErrorIs(t, did(), vault.ErrDamaged, name)
	}
	require.NoError(t, elsewhere.Erase(t.Context(), words[1].Place), "what is to go needs no key")
	_, err = Open(t.Context(), Config{DSN: d.DSN(pgtest.Writer), Key: master})
	require.ErrorIs(t, err, vault.ErrKey)
	_, err = v.Open(t.Context(), words[1].Place)
	require.ErrorIs(t, err, vault.ErrNotFound)
	for _, v := range []*Vault{v, open(t, d, Config{Key: next})} {
		require.Equal(t, next.ID(), v.KeyID())
		for i, w := range words {
			if i%100 == 0 {
				o, err := v.Open(t.Context(), w.Place)
				require.NoError(t, err)
				require.Equal(t, c[i], o.Commitment())
			}
		}
	}
}

// All or none: where one key does not open, or the process ends on the way, none is wrapped anew, and the old key goes on.
func TestRotateFails(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	v := open(t, d, Config{})
	for n := range 30 {
		sealed(t, v, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.Rotate(ctx, vault.Key{7}, nil)
	require.ErrorIs(t, err, context.Canceled)
	conn := d.Connect(t, pgtest.Superuser)
	_, err = v.Rotate(t.Context(), vault.Key{7}, func(int) {
		_, err := conn.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		require.NoError(t, err)
	})
	require.Error(t, err)
	require.Equal(t, master.ID(), v.KeyID())
	sealed(t, v, 40)

	d.Exec(t, pgtest.Owner, `UPDATE vault.subjects SET key = '\x00' WHERE subject = '`+string(vaulttest.Of(12))+`'`)
	_, err = v.Rotate(t.Context(), vault.Key{7}, nil)
	require.ErrorIs(t, err, vault.ErrDamaged)
	require.ErrorContains(t, err, string(vaulttest.Of(12)))
	v = open(t, d, Config{})
	for n := range 30 {
		_, err := v.Open(t.Context(), vaulttest.At(n))
		require.Equal(t, vaulttest.Of(n) == vaulttest.Of(12), errors.Is(err, vault.ErrDamaged), err)
	}
}

// Whoever seals and opens while the key is replaced notices nothing.
func TestRotateBesideOthers(t *testing.T) {
	t.Parallel()
	v := open(t, pgtest.New(t), Config{})
	for n := range 10 {
		sealed(t, v, n)
	}
	var wg sync.WaitGroup
	for s := range 3 {
		wg.Go(func() {
			for n := range 20 {
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
		for n := range 20 {
			_, err := v.Open(t.Context(), vaulttest.At(100*(s+1)+n))
			require.NoError(t, err)
		}
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	v := open(t, pgtest.New(t), Config{})
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

// serializable is a vault whose transactions collide wherever they could have met, as a database may be set to for all.
func serializable(t *testing.T, d pgtest.Database) *Vault {
	t.Helper()
	v := open(t, d, Config{})
	c := v.pool.Config()
	c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SET default_transaction_isolation = serializable")
		return err
	}
	v.pool.Close()
	pool, err := newPool(t, c)
	require.NoError(t, err)
	v.pool = pool
	return v
}

// Three servers seal and erase words of the same subjects at the same places. Whatever their transactions do to each other, what lies there at the end opens, and no key is left without
// words.
func TestServersCollide(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"read committed", "serializable"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := pgtest.New(t)
			var wg sync.WaitGroup
			for s := range 3 {
				v := open(t, d, Config{})
				if kind == "serializable" {
					v = serializable(t, d)
				}
				wg.Go(func() {
					for round := range 25 {
						n := 3 * (round % 4)
						words := []vault.Words{
							{Place: vaulttest.At(n + 2), Subject: vaulttest.Of(n + 2), Words: []byte("the same")}, {Place: vaulttest.At(n), Subject: vaulttest.Of(n), Words: []byte("the same")},
							{Place: vaulttest.At(1000 + 100*s + round), Subject: vaulttest.Of(n), Words: []byte("own")},
						}
						c, err := v.Seal(t.Context(), words...)
						if err != nil || len(c) != len(words) {
							t.Errorf("seal: %v", err)
						}
						if err := v.Erase(t.Context(), words[(round+s)%3].Place, words[(round+s+1)%3].Place); err != nil {
							t.Errorf("erase: %v", err)
						}
					}
				})
			}
			wg.Wait()
			v := open(t, d, Config{})
			n := 0
			for at, err := range v.Places(t.Context()) {
				require.NoError(t, err)
				_, err := v.Open(t.Context(), at)
				require.NoError(t, err)
				n++
			}
			require.NotZero(t, n)
			orphans := 0
			require.NoError(t, v.pool.QueryRow(t.Context(), "SELECT count(*) FROM vault.subjects s WHERE NOT EXISTS (SELECT FROM vault.openings o WHERE o.subject = s.subject)").Scan(&orphans))
			require.Zero(t, orphans)
		})
	}
}
