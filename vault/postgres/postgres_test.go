package postgres

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/internal/postgres"
	"daybook.internal/migrations"
	"daybook.internal/vault"
	"daybook.internal/vault/vaulttest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// master is the key of every vault here that is not about keys.
var master = vault.Key{1, 2, 3}

func open(t testing.TB, d pgtest.Database, c Config) *Vault {
	t.Helper()
	if c.Key == (vault.Key{}) {
		c.Key = master
	}
	if c.DSN == "" {
		c.DSN = d.DSN(pgtest.Writer)
	}
	v, err := Open(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

const secret = "the neighbour is a burglar"

// sealed seals one opening, and checks that it opens.
func sealed(t testing.TB, v *Vault, n int) domain.Commitment {
	t.Helper()
	c, err := v.Seal(t.Context(), vault.Words{Place: vaulttest.At(n), Subject: vaulttest.Of(n), Words: []byte(secret)})
	require.NoError(t, err)
	o, err := v.Open(t.Context(), vaulttest.At(n))
	require.NoError(t, err)
	require.Equal(t, secret, string(o.Words))
	require.Equal(t, c[0], o.Commitment())
	return c[0]
}

func TestContract(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(t *testing.T) func() vault.Vault {
		d := pgtest.New(t)
		return func() vault.Vault { return open(t, d, Config{}) }
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	refused := func(c Config) error {
		v, err := Open(t.Context(), c)
		require.Nil(t, v)
		require.Error(t, err)
		return err
	}
	require.ErrorIs(t, refused(Config{DSN: d.DSN(pgtest.Writer)}), vault.ErrKey)
	require.ErrorContains(t, refused(Config{DSN: d.DSN(pgtest.Reader), Key: master}), "daybook_writer")
	require.ErrorIs(t, refused(Config{DSN: pgtest.Empty(t).DSN(pgtest.Owner), Key: master}), migrations.ErrVersion)
	require.ErrorIs(t, refused(Config{DSN: "host=/nowhere user=x dbname=y", Key: master}), postgres.ErrAway)
	require.Error(t, refused(Config{DSN: "port=none", Key: master}))
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Open(done, Config{DSN: d.DSN(pgtest.Writer), Key: master})
	require.ErrorIs(t, err, context.Canceled)
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	v := open(t, d, Config{})
	sealed(t, v, 1)
	r := open(t, d, Config{ReadOnly: true})
	_, err := r.Open(t.Context(), vaulttest.At(1))
	require.NoError(t, err)
	_, err = r.Seal(t.Context(), vault.Words{Place: vaulttest.At(2), Subject: vaulttest.Of(2), Words: []byte("x")})
	require.ErrorContains(t, err, "reading only")
	require.ErrorContains(t, r.Erase(t.Context(), vaulttest.At(1)), "reading only")
	require.ErrorContains(t, r.Compact(t.Context()), "reading only")
	_, err = r.Rotate(t.Context(), vault.Key{9}, nil)
	require.ErrorContains(t, err, "reading only")
	sealed(t, v, 1)
}

// What somebody has changed by hand is noticed when it is opened, and so is a key that is gone.
func TestDamage(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"UPDATE vault.openings SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 4)", "UPDATE vault.openings SET sealed = '' ", "UPDATE vault.openings SET subject = 'test-9'",
		"UPDATE vault.subjects SET key = set_byte(key, 20, get_byte(key, 20) # 4)", "DELETE FROM vault.subjects", "UPDATE vault.openings SET field = 'other'",
	} {
		d := pgtest.New(t)
		v := open(t, d, Config{})
		sealed(t, v, 1)
		d.Exec(t, pgtest.Owner, sql)
		at := vaulttest.At(1)
		if sql == "UPDATE vault.openings SET field = 'other'" {
			at.Field = "other"
		}
		_, err := v.Open(t.Context(), at)
		require.ErrorIs(t, err, vault.ErrDamaged, sql)
		require.NotErrorIs(t, err, vault.ErrKey, sql)
		_, err = v.Seal(t.Context(), vault.Words{Place: at, Subject: vaulttest.Of(1), Words: []byte("other words")})
		require.ErrorIs(t, err, vault.ErrDamaged, sql)
	}
}
