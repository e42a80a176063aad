package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/migrations"
)

// postgresEnv is the DSN of the database where --postgres does not say it.
const postgresEnv = "DAYBOOK_POSTGRES"

const postgresHelp = "DSN of the PostgreSQL database, without a password, as in \"host=db dbname=daybook user=daybook_server sslmode=verify-full passfile=/run/secrets/pgpass\" (default: $" + postgresEnv + ")"

// migrated is what was done to a database.
type migrated struct {
	Done    int   `json:"done"`    // migrations that were done now
	Version int64 `json:"version"` // of the newest one
}

func (p *program) migrateCommand() *cobra.Command {
	var dsn string
	var roles bool
	c := args(&cobra.Command{
		Use:   "migrate",
		Short: "Bring a PostgreSQL database to the form that this program works with",
		Long: `Does the migrations that a database lacks, in their order, each all or nothing; who comes second waits. It connects as the owner of the database; servers never do. Where
nothing is lacking, nothing is done, so it may be run before each start of a newer program. A database of a newer program is refused by the older one.

The groups of roles are made before, once for each cluster, by its administrator: --roles prints the SQL for psql, and changes nothing. docs/postgres.md has all steps.

Give no password in the DSN: passfile=FILE, or PGPASSFILE, names a file with it. With -o json: {"done", "version"}.`,
		Example: `  daybook migrate --roles
  daybook migrate --postgres postgres://daybook_owner@db.example.org/daybook?sslmode=verify-full`,
	}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if roles {
			_, err := fmt.Fprint(p.out, migrations.Roles)
			return err
		}
		if dsn = cmp.Or(dsn, os.Getenv(postgresEnv)); dsn == "" {
			return usageError{hint(errors.New("--postgres is missing: the DSN of the database"), c)}
		}
		done, err := migrations.Up(c.Context(), dsn)
		if err != nil {
			return err
		}
		newest, err := migrations.Newest()
		if err != nil {
			return err
		}
		r := migrated{done, newest}
		return printRows(p, r, []migrated{r}, table.Row{"done", "version"}, func(r migrated) table.Row { return table.Row{r.Done, r.Version} })
	}
	c.Flags().StringVar(&dsn, "postgres", "", postgresHelp)
	c.Flags().BoolVar(&roles, "roles", false, "print the SQL that makes the groups of roles, and do nothing else")
	return c
}
