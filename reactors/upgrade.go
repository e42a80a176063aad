package reactors

import (
	"context"
	"errors"
	"fmt"

	"daybook.internal/internal/sqlitefile"
)

// older are the formats that were in use before, the newest first: format 2 knew no keys of subscriptions, format 1 no subscriptions.
func older() (kinds []sqlitefile.Kind) {
	for format := kind.Format - 1; format > 0; format-- {
		k := kind
		k.Format, k.Tables = format, kind.Tables[:2+format]
		kinds = append(kinds, k)
	}
	return kinds
}

// openFile opens a state. An older one gets the tables that it lacks, in one step; where it is only read, it is read as it is.
func openFile(ctx context.Context, path string, readOnly bool) (_ *sqlitefile.File, format int64, err error) {
	f, err := sqlitefile.Open(ctx, path, kind, readOnly)
	if !errors.Is(err, sqlitefile.ErrOlder) {
		return f, kind.Format, err
	}
	for _, before := range older() {
		old, err := sqlitefile.Open(ctx, path, before, readOnly)
		switch {
		case errors.Is(err, sqlitefile.ErrOlder):
			continue
		case err != nil || readOnly:
			return old, before.Format, err
		}
		err = old.Write(ctx, func(c *sqlitefile.Conn) error {
			for _, table := range kind.Tables[len(before.Tables):] {
				if err := c.Once(table); err != nil {
					return err
				}
			}
			return c.Once(fmt.Sprintf("PRAGMA user_version=%d", kind.Format))
		})
		if err := errors.Join(err, old.Close()); err != nil {
			return nil, 0, err
		}
		f, err = sqlitefile.Open(ctx, path, kind, false)
		return f, kind.Format, err
	}
	return nil, 0, err
}
