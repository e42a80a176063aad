// Package migrations brings a PostgreSQL database to the form that this program works with: numbered files of SQL, each done once, in order.
//
// The rule it keeps: forward only, and one process at a time (an advisory lock). Views are not migrated but built anew under their next version, so migrations
// are few. Whoever migrates owns the tables; the roles that servers and analysts belong to are made before, by Roles.
package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed 0*.sql
var files embed.FS

// Roles makes the roles daybook_writer and daybook_reader, to which those of servers and analysts belong. Roles are of a whole cluster, so it is for whoever
// administers that, and is run once.
//
//go:embed roles.sql
var Roles string

// Rights says who may connect to a database. Up runs it each time: a copy of a database has the rights of a new one.
//
//go:embed rights.sql
var Rights string

const versions = "daybook.versions"

// ErrVersion says that a database has not the form that this program works with.
var ErrVersion = errors.New("the database has another form than this program works with")

// Up brings the database at dsn to the newest form and gives the number of migrations that were done now. Several processes may try at once: one does it, the others wait
// for it. A migration that fails leaves nothing behind.
func Up(ctx context.Context, dsn string) (done int, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	config.RuntimeParams["application_name"] = "daybook migrate"
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := provider(db)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	var results []*goose.MigrationResult
	if err = alone(ctx, db, "CREATE SCHEMA IF NOT EXISTS daybook"); err == nil {
		err = notNewer(ctx, p)
	}
	if err == nil {
		results, err = p.Up(ctx)
	}
	if err == nil {
		err = alone(ctx, db, Rights)
	}
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", interpret(err))
	}
	return len(results), nil
}

// notNewer refuses a database that a newer program has migrated.
func notNewer(ctx context.Context, p *goose.Provider) error {
	newest, err := Newest()
	if err != nil {
		return err
	}
	if have, err := p.GetDBVersion(ctx); err != nil || have > newest {
		return cmp.Or(err, newer(have, newest))
	}
	return nil
}

func newer(have, newest int64) error {
	return fmt.Errorf("%w: it is at %d, this program at %d; use the newer program", ErrVersion, have, newest)
}

func provider(db *sql.DB) (*goose.Provider, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600), lock.WithUnlockTimeout(1, 10))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(versions), goose.WithSessionLocker(locker), goose.WithDisableGlobalRegistry(true))
}

// alone runs SQL while nobody else runs any by it: two at once would collide in the catalog. It is for what goose does not lock for.
func alone(ctx context.Context, db *sql.DB, text string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", aloneLock); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, text); err != nil {
		return err
	}
	return tx.Commit()
}

const aloneLock = 0x64617973 // "days"

// Newest is the version of the newest migration.
func Newest() (newest int64, err error) {
	entries, err := files.ReadDir(".")
	for _, e := range entries {
		n, err := goose.NumericComponent(e.Name())
		if err != nil {
			return 0, err
		}
		newest = max(newest, n)
	}
	return newest, err
}

// Check says whether a database has the form that this program works with. It is asked by whoever may read the table of versions: writers and the owner.
func Check(ctx context.Context, conn interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) error {
	newest, err := Newest()
	if err != nil {
		return err
	}
	var have int64
	err = conn.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versions+" WHERE is_applied").Scan(&have)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && (refused.Code == undefinedTable || refused.Code == undefinedSchema):
		return fmt.Errorf("%w: it was never migrated; run 'daybook migrate'", ErrVersion)
	case err != nil:
		return err
	case have < newest:
		return fmt.Errorf("%w: it is at %d, this program at %d; run 'daybook migrate'", ErrVersion, have, newest)
	case have > newest:
		return newer(have, newest)
	}
	return nil
}

// SQLSTATE codes, see appendix A of PostgreSQL's manual.
const (
	undefinedTable  = "42P01"
	undefinedSchema = "3F000"
	undefinedObject = "42704"
	notAllowed      = "42501"
)

// interpret adds the way out.
func interpret(err error) error {
	var refused *pgconn.PgError
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Code == undefinedObject && strings.Contains(refused.Message, "role"):
		return fmt.Errorf("%w; make the roles first: docs/postgres.md has the commands", err)
	case refused.Code == notAllowed:
		return fmt.Errorf("%w; migrate as the owner of the database, and serve as a member of daybook_writer: docs/postgres.md", err)
	}
	return err
}
