package migrations_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
	"daybook.internal/migrations"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// Many try at once: each migration is done once.
func TestUpAtOnce(t *testing.T) {
	t.Parallel()
	newest, err := migrations.Newest()
	require.NoError(t, err)
	d := pgtest.Empty(t)
	require.ErrorIs(t, migrations.Check(t.Context(), d.Connect(t, pgtest.Owner)), migrations.ErrVersion)
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0
	for range 4 {
		wg.Go(func() {
			done, err := migrations.Up(t.Context(), d.DSN(pgtest.Owner))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total += done
		})
	}
	wg.Wait()
	require.Equal(t, int(newest), total)
	done, err := migrations.Up(t.Context(), d.DSN(pgtest.Owner))
	require.NoError(t, err)
	require.Zero(t, done)
	require.NoError(t, migrations.Check(t.Context(), d.Connect(t, pgtest.Owner)))
	require.NoError(t, migrations.Check(t.Context(), d.Connect(t, pgtest.Writer)))
}

func TestCheck(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	check := func() error { return migrations.Check(t.Context(), d.Connect(t, pgtest.Writer)) }
	d.Exec(t, pgtest.Owner, "INSERT INTO daybook.versions(version_id, is_applied) VALUES(1000, true)")
	require.ErrorIs(t, check(), migrations.ErrVersion)
	require.ErrorContains(t, check(), "use the newer program")
	_, err := migrations.Up(t.Context(), d.DSN(pgtest.Owner))
	require.ErrorIs(t, err, migrations.ErrVersion)
	require.ErrorContains(t, err, "use the newer program")
	d.Exec(t, pgtest.Owner, "DELETE FROM daybook.versions WHERE version_id > 0")
	require.ErrorIs(t, check(), migrations.ErrVersion)
	require.ErrorContains(t, check(), "daybook migrate")
}

// What goes wrong says what to do, and leaves nothing behind.
func TestUpFails(t *testing.T) {
	t.Parallel()
	d := pgtest.Empty(t)
	_, err := migrations.Up(t.Context(), d.DSN(pgtest.Reader))
	require.ErrorContains(t, err, "as the owner of the database")

	s := pgtest.Launch(t, pgtest.Options{})
	empty := s.Empty(t)
	empty.Exec(t, pgtest.Superuser, "DROP DATABASE template_daybook", "DROP ROLE "+pgtest.Reader, "DROP ROLE daybook_reader")
	_, err = migrations.Up(t.Context(), empty.DSN(pgtest.Owner))
	require.ErrorContains(t, err, "make the roles first")
	empty.Exec(t, pgtest.Superuser, migrations.Roles, migrations.Roles)
	_, err = migrations.Up(t.Context(), empty.DSN(pgtest.Owner))
	require.NoError(t, err, "it goes on from where it was")

	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = migrations.Up(done, d.DSN(pgtest.Owner))
	require.ErrorIs(t, err, context.Canceled)
	_, err = migrations.Up(t.Context(), "host=/nowhere dbname=x")
	require.Error(t, err)
	_, err = migrations.Up(t.Context(), "port=none")
	require.Error(t, err)
}
