package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook.internal/internal/postgres"
	"daybook.internal/vault"
)

// Erase implements vault.Vault. Nobody who asks the database finds what was erased; what is left of it until Compact and Rotate, and where, is said above.
func (v *Vault) Erase(ctx context.Context, places ...vault.Place) error {
	if len(places) == 0 {
		return ctx.Err()
	}
	events, fields := make([][]byte, len(places)), make([]string, len(places))
	for i, at := range places {
		events[i], fields[i] = at.Event[:], at.Field
	}
	err := v.write(ctx, writeTime, func(ctx context.Context, tx pgx.Tx) error { return erase(ctx, tx, events, fields) })
	if err != nil {
		return interpret(fmt.Errorf("vault: erase: %w", err))
	}
	return nil
}

// erase deletes openings, and with the last one of a subject its key. The locks on subjects come first, as when something is sealed: whoever seals words of the same subject now is
// waited for, or waits and finds no key.
func erase(ctx context.Context, tx pgx.Tx, events [][]byte, fields []string) error {
	const at = "(event, field) IN (SELECT * FROM unnest($1::bytea[], $2::text[]))"
	subjects, err := names(ctx, tx, "SELECT DISTINCT subject FROM vault.openings WHERE "+at, events, fields)
	if err != nil || len(subjects) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT FROM vault.subjects WHERE subject = ANY ($1) ORDER BY subject FOR UPDATE", subjects); err != nil {
		return err
	}
	deleted, err := names(ctx, tx, "DELETE FROM vault.openings WHERE "+at+" RETURNING subject", events, fields)
	if err != nil {
		return err
	}
	for _, s := range deleted {
		if !slices.Contains(subjects, s) {
			return postgres.ErrAgain // somebody has erased there and sealed words of another one since
		}
	}
	_, err = tx.Exec(ctx, "DELETE FROM vault.subjects s WHERE s.subject = ANY ($1) AND NOT EXISTS (SELECT FROM vault.openings o WHERE o.subject = s.subject)", subjects)
	return err
}

func names(ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// compactTime is how long it may take to write a table anew.
const compactTime = time.Hour

// errNotOwner says who may compact.
var errNotOwner = errors.New("its tables belong to another role; compact as the owner of the database")

// Compact writes the tables anew, so that nothing of what was erased stands in them or in their indexes, not even as a gap in a page. Nobody can seal or open meanwhile. It does not reach the
// log of writes, replicas and backups: Rotate does.
func (v *Vault) Compact(ctx context.Context) error {
	err := v.compact(ctx)
	if err != nil {
		return interpret(fmt.Errorf("vault: compact: %w", err))
	}
	return nil
}

func (v *Vault) compact(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if v.readOnly {
		return errors.New("it was opened for reading only")
	}
	owns := false
	if err := v.pool.QueryRow(ctx, "SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = 'vault.openings'::regclass").Scan(&owns); err != nil {
		return err
	}
	if !owns { // or VACUUM says so in a notice and is content
		return errNotOwner
	}
	ctx, cancel := postgres.Finish(ctx, compactTime)
	defer cancel()
	for _, table := range []string{"vault.openings", "vault.subjects", "vault.keys"} {
		if _, err := v.pool.Exec(ctx, "VACUUM (FULL, ANALYZE) "+table); err != nil {
			return err
		}
	}
	return nil
}

// Size is how many bytes its tables and their indexes take.
func (v *Vault) Size(ctx context.Context) (bytes int64, err error) {
	err = v.again(ctx, func() error {
		return v.pool.QueryRow(ctx, "SELECT pg_total_relation_size('vault.openings') + pg_total_relation_size('vault.subjects') + pg_total_relation_size('vault.keys')").Scan(&bytes)
	})
	if err != nil {
		return 0, interpret(fmt.Errorf("vault: size: %w", err))
	}
	return bytes, nil
}
