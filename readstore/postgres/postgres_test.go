package postgres

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(readDSN); dsn != "" {
		if err := readForBenchmark(dsn); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(pgtest.Run(m))
}

func open(t testing.TB, d pgtest.Database) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{DSN: d.DSN(pgtest.Writer)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) readstore.Store { return open(t, pgtest.New(t)) })
	storetest.RunRenew(t, func(t *testing.T) readstore.Renewer { return open(t, pgtest.New(t)) })
}
