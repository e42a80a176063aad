package sqlite

import (
	"context"
	"fmt"
	"iter"
	"os"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
)

// listAt is how many places are read at a time.
const listAt = 1000

// Places yields the places of all openings, by event and field, and opens none. What is sealed or erased meanwhile may be among them or not.
func (v *Vault) Places(ctx context.Context) iter.Seq2[vault.Place, error] {
	return func(yield func(vault.Place, error) bool) {
		for last := (vault.Place{}); ; {
			var some []vault.Place
			err := v.file.Read(ctx, func(c *sqlitefile.Conn) (err error) {
				some, err = places(c, last)
				return err
			})
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
func places(c *sqlitefile.Conn, after vault.Place) (some []vault.Place, err error) {
	const query = "SELECT event, field FROM openings WHERE (event, field) > (?, ?) ORDER BY event, field LIMIT ?"
	for row, err := range c.Query(query, after.Event[:], after.Field, int64(listAt)) {
		if err != nil {
			return nil, err
		}
		event, _ := row[0].([]byte)
		field, _ := row[1].(string)
		if len(event) != len(domain.EventID{}) {
			return nil, fmt.Errorf("%w: an event id of %d bytes", vault.ErrDamaged, len(event))
		}
		some = append(some, vault.Place{Event: domain.EventID(event), Field: field})
	}
	return some, nil
}

// Compact writes the file anew, so that nothing of what was erased stands in it, not even as a gap in a page.
func (v *Vault) Compact(ctx context.Context) error {
	if err := v.file.Compact(ctx); err != nil {
		return interpret(fmt.Errorf("vault: compact: %w", err))
	}
	return nil
}

// Size is how many bytes its file has.
func (v *Vault) Size(context.Context) (bytes int64, err error) {
	info, err := os.Stat(v.file.Path())
	if err != nil {
		return 0, fmt.Errorf("vault: size: %w", err)
	}
	return info.Size(), nil
}
