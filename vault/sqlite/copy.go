package sqlite

import (
	"context"
	"errors"
	"fmt"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/vault"
)

// Copy writes what the vault in the file at path holds at one moment to a new file at to, in place of the one that is there. It needs no key: what is sealed stays so.
// The vault may be in use.
func Copy(ctx context.Context, path, to string) error {
	if err := sqlitefile.Copy(ctx, path, kind, to); err != nil {
		return interpret(fmt.Errorf("vault: %w", err))
	}
	return nil
}

// Lacks tells whether the vault in the file at path has no opening at any of some places. It needs no key.
func Lacks(ctx context.Context, path string, places ...vault.Place) (lacks bool, err error) {
	f, err := sqlitefile.Open(ctx, path, kind, true)
	if err != nil {
		return false, interpret(fmt.Errorf("vault: %w", err))
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lacks = true
	err = f.Read(ctx, func(c *sqlitefile.Conn) error {
		for _, at := range places {
			for _, err := range c.Query("SELECT 1 FROM openings WHERE event = ? AND field = ?", at.Event[:], at.Field) {
				if lacks = false; err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		err = interpret(fmt.Errorf("vault: %w", err))
	}
	return lacks, err
}
