package migrations_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
)

// refused says that a role may not run a statement.
func refused(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	_, err := c.Exec(t.Context(), sql)
	var said *pgconn.PgError
	require.ErrorAs(t, err, &said, sql)
	require.Equal(t, "42501", said.Code, "%s: %v", sql, err) // insufficient_privilege
}

func relations(t *testing.T, c *pgx.Conn, where string) []string {
	t.Helper()
	rows, err := c.Query(t.Context(), "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v') AND "+where+" ORDER BY 1")
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names
}

const nothing = `'\x00'`

// Members of daybook_reader read the views of report and nothing else, least of all the vault.
func TestReader(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	owner, reader := d.Connect(t, pgtest.Owner), d.Connect(t, pgtest.Reader)
	views := relations(t, owner, "n.nspname = 'report'")
	require.Len(t, views, 7)
	for _, view := range views {
		_, err := reader.Exec(t.Context(), "SELECT * FROM "+view)
		require.NoError(t, err)
	}
	refused(t, reader, "UPDATE report.progress SET events = 0") // as simple a view as could be written through
	tables := relations(t, owner, "n.nspname IN ('daybook', 'vault')")
	require.Subset(t, tables, []string{"daybook.docs", "daybook.builds", "daybook.served", "daybook.versions", "vault.keys", "vault.subjects", "vault.openings"})
	for _, table := range tables {
		refused(t, reader, "SELECT FROM "+table)
		refused(t, reader, "DELETE FROM "+table)
		refused(t, reader, "COPY "+table+" TO STDOUT")
	}
	for _, sql := range []string{
		"CREATE TABLE report.t(n int)", "CREATE TABLE daybook.t(n int)", "CREATE TABLE public.t(n int)", "CREATE TEMPORARY TABLE t(n int)", "CREATE SCHEMA s",
		"SET ROLE daybook_writer", "SET ROLE " + pgtest.Owner, "SELECT daybook.document('v', 1, " + nothing + ", 1, " + nothing + ", " + nothing + ")",
		"COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('postgresql.conf')",
	} {
		refused(t, reader, sql)
	}
}

// Members of daybook_writer write rows, and change no tables.
func TestWriter(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	owner, writer, reader := d.Connect(t, pgtest.Owner), d.Connect(t, pgtest.Writer), d.Connect(t, pgtest.Reader)
	for _, table := range relations(t, owner, "n.nspname IN ('daybook', 'vault') AND c.relkind = 'r' AND c.relname <> 'versions'") {
		for _, sql := range []string{"SELECT FROM ", "DELETE FROM "} {
			_, err := writer.Exec(t.Context(), sql+table)
			require.NoError(t, err)
		}
		for _, sql := range []string{"TRUNCATE ", "DROP TABLE ", "ALTER TABLE " + table + " ADD COLUMN c int; -- ", "CREATE INDEX ON " + table + " (ctid); -- "} {
			refused(t, writer, sql+table)
		}
		_, err := writer.Exec(t.Context(), "GRANT SELECT ON "+table+" TO daybook_reader")
		require.NoError(t, err, "PostgreSQL says so in a warning")
		refused(t, reader, "SELECT FROM "+table)
	}
	for _, sql := range []string{
		"CREATE TABLE daybook.t(n int)", "CREATE TABLE vault.t(n int)", "CREATE TABLE public.t(n int)", "CREATE TEMPORARY TABLE t(n int)", "CREATE SCHEMA s",
		"DELETE FROM daybook.versions", "UPDATE daybook.versions SET version_id = 9", "DROP SCHEMA report CASCADE", "DROP VIEW report.countries", "SET ROLE " + pgtest.Owner,
		"CREATE OR REPLACE VIEW report.progress AS SELECT 1", "CREATE ROLE r", "ALTER DATABASE " + d.Name + " SET synchronous_commit = off",
	} {
		refused(t, writer, sql)
	}
}

// Who belongs to neither of the groups does not even connect; and the owner administers the database, not the cluster.
func TestOthers(t *testing.T) {
	t.Parallel()
	s := pgtest.Launch(t, pgtest.Options{})
	d := s.New(t)
	d.Exec(t, pgtest.Superuser, "CREATE ROLE stranger LOGIN")
	_, err := pgx.Connect(t.Context(), d.DSN("stranger"))
	require.ErrorContains(t, err, "permission denied for database")
	owner := d.Connect(t, pgtest.Owner)
	refused(t, owner, "CREATE ROLE r")
	refused(t, owner, "COPY (SELECT 1) TO PROGRAM 'true'")
	refused(t, owner, "SELECT pg_read_file('postgresql.conf')")
}
