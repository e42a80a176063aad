package reactors

import (
	"context"
	"errors"
	"fmt"

	"daybook.internal/internal/sqlitefile"
)

// before is format 1, which knew no subscriptions.
var before = func() sqlitefile.Kind {
	k := kind
	k.Format, k.Tables = 1, kind.Tables[:3]
	return k
}()

// openFile opens a state. One of format 1 gets the table that it lacks, in one step; where it is only read, it is read as it is.
func openFile(ctx context.Context, path string, readOnly bool) (_ *sqlitefile.File, format int64, err error) {
	f, err := sqlitefile.Open(ctx, path, kind, readOnly)
	switch {
	case !errors.Is(err, sqlitefile.ErrOlder):
		return f, kind.Format, err
	case readOnly:
		f, err = sqlitefile.Open(ctx, path, before, true)
		return f, before.Format, err
	}
	old, err := sqlitefile.Open(ctx, path, before, false)
	if err != nil {
		return nil, 0, err
	}
	err = old.Write(ctx, func(c *sqlitefile.Conn) error {
		if err := c.Once(kind.Tables[3]); err != nil {
			return err
		}
		return c.Once(fmt.Sprintf("PRAGMA user_version=%d", kind.Format))
	})
	if err := errors.Join(err, old.Close()); err != nil {
		return nil, 0, err
	}
	f, err = sqlitefile.Open(ctx, path, kind, false)
	return f, kind.Format, err
}
