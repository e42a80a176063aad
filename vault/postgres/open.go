package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"daybook.internal/domain"
	"daybook.internal/vault"
)

// found are the columns of row.
const found = "SELECT o.event, o.field, o.subject, o.sealed, s.key FROM vault.openings o LEFT JOIN vault.subjects s ON s.subject = o.subject "

// row is an opening as it lies, with the key of its subject.
type row struct {
	at          vault.Place
	subject     domain.StreamID
	sealed, key []byte
}

func rowOf(from pgx.CollectableRow) (r row, err error) {
	var event []byte
	var subject string
	if err := from.Scan(&event, &r.at.Field, &subject, &r.sealed, &r.key); err != nil {
		return row{}, err
	}
	if r.subject = domain.StreamID(subject); len(event) != len(r.at.Event) {
		return row{}, fmt.Errorf("%w: an event id of %d bytes", vault.ErrDamaged, len(event))
	}
	copy(r.at.Event[:], event)
	return r, nil
}

// open opens it.
func (r row) open(ctx context.Context, q querier, w vault.Wrapper) (vault.Opening, error) {
	key, ok := w.Unwrap(r.subject, r.key)
	if !ok {
		return vault.Opening{}, fmt.Errorf("%v: %w", r.at, locked(ctx, q, w, r.subject))
	}
	o, ok := key.Unseal(r.at, r.subject, r.sealed)
	if !ok {
		return vault.Opening{}, fmt.Errorf("%v: %w: it is not as it was sealed; restore the database from a copy", r.at, vault.ErrDamaged)
	}
	return o, nil
}

// Open implements vault.Vault.
func (v *Vault) Open(ctx context.Context, at vault.Place) (o vault.Opening, err error) {
	v.turning.RLock()
	defer v.turning.RUnlock()
	err = v.again(ctx, func() error {
		rows, err := v.pool.Query(ctx, found+"WHERE o.event = $1 AND o.field = $2", at.Event[:], at.Field)
		if err != nil {
			return err
		}
		r, err := pgx.CollectExactlyOneRow(rows, rowOf)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("%v: %w", at, vault.ErrNotFound)
		}
		if err == nil {
			o, err = r.open(ctx, v.pool, v.wrap)
		}
		return err
	})
	if err != nil {
		return vault.Opening{}, interpret(fmt.Errorf("vault: open: %w", err))
	}
	return o, nil
}

// listAt is how many places are read at a time.
const listAt = 1000

// Places yields the places of all openings, by event and field, and opens none. What is sealed or erased meanwhile may be among them or not.
func (v *Vault) Places(ctx context.Context) iter.Seq2[vault.Place, error] {
	return func(yield func(vault.Place, error) bool) {
		for last := (vault.Place{}); ; {
			some, err := v.places(ctx, last)
			if err != nil {
				yield(vault.Place{}, interpret(fmt.Errorf("vault: list: %w", err)))
				return
			}
			for _, at := range some {
				if !yield(at, nil) {
					return
				}
			}
			if len(some) < listAt {
				return
			}
			last = some[len(some)-1]
		}
	}
}

// places are the next ones behind one. No event has the id of zeros, and where one had, its first field would still come: no field is empty.
func (v *Vault) places(ctx context.Context, after vault.Place) (some []vault.Place, err error) {
	err = v.again(ctx, func() error {
		rows, err := v.pool.Query(ctx, "SELECT event, field FROM vault.openings WHERE (event, field) > ($1, $2) ORDER BY event, field LIMIT $3", after.Event[:], after.Field, listAt)
		if err != nil {
			return err
		}
		some, err = pgx.CollectRows(rows, func(from pgx.CollectableRow) (at vault.Place, err error) {
			var event []byte
			if err = from.Scan(&event, &at.Field); err == nil && copy(at.Event[:], event) != len(at.Event) {
				err = fmt.Errorf("%w: an event id of %d bytes", vault.ErrDamaged, len(event))
			}
			return at, err
		})
		return err
	})
	return some, err
}
