// Package pgtest gives tests a real PostgreSQL: a throw-away server for each test process, and in it a database for each test.
//
// The server is found on the machine (PGTEST_BIN, the PATH, the usual places; the newest), runs without root's rights, listens on a socket in a temporary
// folder, and ends with the process, however that ends. Its databases are copies of one that was migrated once.
//
// Where there is no PostgreSQL, a test is skipped and says which one command brings it. In CI it fails: what was not tested is not done.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"daybook.internal/migrations"
)

// The roles that connect. Superuser is PostgreSQL's own, for tests that must be able to do anything; the others are what docs/postgres.md describes.
const (
	Superuser = "postgres"
	Owner     = "daybook_owner" // of the database; migrates it
	Writer    = "test_writer"   // a server's: member of daybook_writer
	Reader    = "test_reader"   // an analyst's: member of daybook_reader
)

const template = "template_daybook"

// shared is the server of this process.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Run runs the tests of a package, and ends the server that they have shared: func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }.
func Run(m *testing.M) int {
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
	}
	return code
}

// Launch gives a test a server of its own, which it may kill. It is removed after the test.
func Launch(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := launch(o)
	requireServer(t, err)
	t.Cleanup(func() { require.NoError(t, s.remove()) })
	require.NoError(t, s.settle(t.Context()))
	return s
}

// requireServer skips a test where there is no server, and fails it in CI or where there is one and it does not work.
func requireServer(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errNone) && os.Getenv("CI") == "":
		t.Skip(advice(err))
	case errors.Is(err, errNone):
		t.Fatal(advice(err))
	default:
		t.Fatal(err)
	}
}

// settle makes the roles, and the database of which all others are copies.
func (s *Server) settle(ctx context.Context) error {
	if err := s.exec(ctx, "postgres", migrations.Roles,
		"CREATE ROLE "+Owner+" LOGIN", "CREATE ROLE "+Writer+" LOGIN IN ROLE daybook_writer", "CREATE ROLE "+Reader+" LOGIN IN ROLE daybook_reader",
		"CREATE DATABASE "+template+" OWNER "+Owner); err != nil {
		return err
	}
	_, err := migrations.Up(ctx, s.DSN(Owner, template))
	return err
}

// exec runs statements as the superuser.
func (s *Server) exec(ctx context.Context, database string, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.DSN(Superuser, database))
	if err != nil {
		return err
	}
	for _, sql := range statements {
		if _, err = conn.Exec(ctx, sql); err != nil {
			err = fmt.Errorf("%s: %w", sql, err)
			break
		}
	}
	return errors.Join(err, conn.Close(ctx))
}

// A Database is one database of a server.
type Database struct {
	*Server
	Name string
}

// New gives a test a migrated database of its own, on the server that this process has for all. It is dropped after the test.
func New(t testing.TB) Database {
	t.Helper()
	return server(t).New(t)
}

// Empty is New without anything in the database.
func Empty(t testing.TB) Database {
	t.Helper()
	return server(t).Empty(t)
}

func server(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() {
		if shared.server, shared.err = launch(Options{}); shared.err == nil {
			shared.err = shared.server.settle(context.Background())
		}
	})
	requireServer(t, shared.err)
	return shared.server
}

// New gives a test a migrated database on this server.
func (s *Server) New(t testing.TB) Database {
	t.Helper()
	d := s.database(t, template)
	require.NoError(t, s.exec(t.Context(), d.Name, migrations.Rights), "rights to a database are not copied with it")
	return d
}

// made counts databases, for their names.
var made atomic.Int64

func (s *Server) database(t testing.TB, from string) Database {
	t.Helper()
	d := Database{s, fmt.Sprintf("test_%d", made.Add(1))}
	require.NoError(t, s.exec(t.Context(), "postgres", "CREATE DATABASE "+d.Name+" OWNER "+Owner+" TEMPLATE "+from+" STRATEGY FILE_COPY"))
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if s.alive() {
			require.NoError(t, s.exec(ctx, "postgres", "DROP DATABASE "+d.Name+" WITH (FORCE)"))
		}
	})
	return d
}

// Empty gives a test an empty database on this server.
func (s *Server) Empty(t testing.TB) Database {
	t.Helper()
	return s.database(t, "template0")
}

func (s *Server) alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running != nil
}

// DSN is how a role connects to the database.
func (d Database) DSN(role string) string { return d.Server.DSN(role, d.Name) }

// Connect gives a test a connection, which is closed after it.
func (d Database) Connect(t testing.TB, role string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.DSN(role))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) }) // it may have been cut
	return conn
}

// Exec runs statements as a role.
func (d Database) Exec(t testing.TB, role string, statements ...string) {
	t.Helper()
	conn := d.Connect(t, role)
	for _, sql := range statements {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}
	require.NoError(t, conn.Close(t.Context()))
}
