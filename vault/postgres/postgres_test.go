package postgres

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
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

func TestContract(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(t *testing.T) func() vault.Vault {
		d := pgtest.New(t)
		return func() vault.Vault { return open(t, d, Config{}) }
	})
}
