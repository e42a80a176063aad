// Package postgres connects to a PostgreSQL database of ours the same way everywhere: settings, form, patience, and errors that say what to do.
//
// The rule it keeps: whatever the database, the role or the DSN says, text is UTF-8, a transaction reads what is committed, and what a caller is told was
// written is on the disk where that was asked for.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook.internal/migrations"
)

// A Kind is what a pool is for.
type Kind struct {
	Name     string            // for people, and for pg_stat_activity: "views"
	Settings map[string]string // of every connection, besides those that all have
}

// connections is how many a pool has at most, where the DSN does not say pool_max_conns.
const connections = 16

// Open makes a pool on the database at dsn and looks whether its form is ours. A DSN is what libpq takes: "host=db dbname=daybook user=server sslmode=verify-full",
// or a URL; PGPASSFILE or passfile=FILE keep the password out of it.
func Open(ctx context.Context, dsn string, kind Kind) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = connections
	}
	Configure(config.ConnConfig, kind)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, Interpret(err)
	}
	if err := check(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// Configure puts the settings of a kind into those of a connection.
func Configure(c *pgx.ConnConfig, kind Kind) {
	c.RuntimeParams["application_name"] = "daybook " + kind.Name
	c.RuntimeParams["client_encoding"] = "UTF8"
	c.RuntimeParams["default_transaction_isolation"] = "read committed"
	for name, value := range kind.Settings {
		c.RuntimeParams[name] = value
	}
}

func check(ctx context.Context, pool *pgxpool.Pool) error {
	var encoding, sync string
	err := pool.QueryRow(ctx, "SELECT current_setting('server_encoding'), current_setting('fsync')").Scan(&encoding, &sync)
	if err != nil {
		return Interpret(err)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database keeps text as %s; make one with ENCODING 'UTF8'", encoding)
	}
	return Interpret(migrations.Check(ctx, pool))
}

// tries is how often a transaction is begun again that had to give way to another one.
const tries = 20

// Retry runs do again while the database says that it had to give way to somebody else, and nothing was written. do is a whole transaction.
func Retry(ctx context.Context, do func() error) error {
	for n := 1; ; n++ {
		err := do()
		if err == nil || n == tries || !gaveWay(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause(n)):
		}
	}
}

// Finish is a context in which work that has begun is finished: it ends at the latest when within is over, and soon after ctx has ended. What is cut off in the
// middle has an outcome that nobody knows.
func Finish(ctx context.Context, within time.Duration) (context.Context, context.CancelFunc) {
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-finish.Done():
		case <-time.After(patience):
			cancel()
		}
	})
	return finish, func() { stop(); cancel() }
}

const patience = 3 * time.Second

// ErrAway says that the database cannot be reached or cannot go on for now: it is starting, full, or the connection was cut. What was asked for may be asked again.
var ErrAway = errors.New("the database is away")
