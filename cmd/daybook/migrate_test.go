package main

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
)

// TestMigrate brings an empty database of a real PostgreSQL to its form, once, as the owner and nobody else; the roles that it needs are those that --roles prints.
func TestMigrate(t *testing.T) {
	t.Parallel()
	server := pgtest.Launch(t, pgtest.Options{})
	d := server.Empty(t)
	var roles bytes.Buffer
	root := newRoot(&roles, io.Discard)
	root.SetArgs([]string{"migrate", "--roles"})
	require.NoError(t, root.ExecuteContext(t.Context()))
	d.Exec(t, pgtest.Superuser, roles.String())

	var r migrated
	daybook(t, &r, "migrate", "--postgres", d.DSN(pgtest.Owner))
	require.NotZero(t, r.Done)
	require.NotZero(t, r.Version)
	newest := r.Version
	daybook(t, &r, "migrate", "--postgres", d.DSN(pgtest.Owner))
	require.Equal(t, migrated{0, newest}, r)

	fails := func(args ...string) error {
		root := newRoot(io.Discard, io.Discard)
		root.SetArgs(append([]string{"migrate"}, args...))
		err := root.ExecuteContext(t.Context())
		require.Error(t, err)
		return err
	}
	require.ErrorContains(t, fails("--postgres", server.Empty(t).DSN(pgtest.Writer)), "migrate as the owner of the database")
	require.ErrorContains(t, fails(), "--postgres is missing")
	require.NotContains(t, fails("--postgres", "postgres://u:geheim@127.0.0.1:1/db?sslmode=nonsense").Error(), "geheim")
	require.NotContains(t, fails("--postgres", "host=127.0.0.1 port=1 password=geheim dbname=x connect_timeout=1").Error(), "geheim")
}
