package sqlitefile

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"

	engine "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// A Conn is one connection to a file, with its prepared statements. One goroutine at a time uses it.
//
// It talks to the driver without the pool of database/sql in between, which would lock and convert for every row. Contexts stay outside:
// a statement is short, and a context inside would cost a goroutine each time.
type Conn struct {
	path  string
	dc    driver.Conn
	stmts map[string]driver.Stmt
	args  []driver.NamedValue
}

// Connect opens path, which exists unless parameters, those of an SQLite URI, say mode=rwc.
func Connect(path, parameters string, pragmas ...string) (*Conn, error) {
	u := url.URL{Scheme: "file", Path: path, RawQuery: parameters + "&_error_rc=1&_defensive=1"}
	connector, err := engine.NewConnector(u.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	dc, err := connector.Connect(context.Background())
	if err != nil {
		return nil, interpret(path, "open", err)
	}
	c := &Conn{path: path, dc: dc, stmts: map[string]driver.Stmt{}}
	for _, p := range append([]string{"busy_timeout=5000", "trusted_schema=OFF", "cell_size_check=ON"}, pragmas...) {
		if err := c.Once("PRAGMA " + p); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// Once runs statements that are not kept.
func (c *Conn) Once(sql string) error {
	if _, err := c.dc.(driver.ExecerContext).ExecContext(context.Background(), sql, nil); err != nil {
		return interpret(c.path, step(sql), err)
	}
	return nil
}

func (c *Conn) prepare(sql string, args []driver.Value) (driver.Stmt, error) {
	s := c.stmts[sql]
	if s == nil {
		var err error
		if s, err = c.dc.(driver.ConnPrepareContext).PrepareContext(context.Background(), sql); err != nil {
			return nil, interpret(c.path, step(sql), err)
		}
		c.stmts[sql] = s
	}
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return s, nil
}

// Exec runs a statement, which stays prepared. Arguments are int64, string or []byte.
func (c *Conn) Exec(sql string, args ...driver.Value) error {
	s, err := c.prepare(sql, args)
	if err != nil {
		return err
	}
	_, err = s.(driver.StmtExecContext).ExecContext(context.Background(), c.args)
	clear(c.args) // keeps no words alive
	if err != nil {
		return interpret(c.path, step(sql), err)
	}
	return nil
}

// Query runs a statement, which stays prepared, and yields its rows. A row is valid until the next one, the byte slices in it for ever.
func (c *Conn) Query(sql string, args ...driver.Value) iter.Seq2[[]driver.Value, error] {
	return func(yield func([]driver.Value, error) bool) {
		s, err := c.prepare(sql, args)
		if err != nil {
			yield(nil, err)
			return
		}
		rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.args)
		clear(c.args)
		if err != nil {
			yield(nil, interpret(c.path, step(sql), err))
			return
		}
		defer rows.Close()
		row := make([]driver.Value, len(rows.Columns()))
		for {
			switch err := rows.Next(row); {
			case err == io.EOF:
				return
			case err != nil:
				yield(nil, interpret(c.path, step(sql), err))
				return
			case !yield(row, nil):
				return
			}
		}
	}
}

// ReadOnly tells whether the file cannot be written through this connection.
func (c *Conn) ReadOnly() (bool, error) {
	return c.dc.(interface{ IsReadOnly(string) (bool, error) }).IsReadOnly("main")
}

func (c *Conn) number(sql string) (n int64, err error) {
	for row, err := range c.Query(sql) {
		if err != nil {
			return 0, err
		}
		n, _ = row[0].(int64)
	}
	return n, nil
}

// Close lets go of the connection.
func (c *Conn) Close() error {
	var err error
	for _, s := range c.stmts {
		err = errors.Join(err, s.Close())
	}
	if err = errors.Join(err, c.dc.Close()); err != nil {
		return interpret(c.path, "close", err)
	}
	return nil
}

// step names a statement in an error by its first words. Values are never part of a statement.
func step(sql string) string { return fmt.Sprintf("%.24s", sql) }

// interpret says in our words what the engine reports, and what to do.
func interpret(path, step string, err error) error {
	var e *engine.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %s: %w", path, step, err)
	}
	switch e.Code() & 0xff {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB, codes.SQLITE_FORMAT:
		return fmt.Errorf("%s: %s: %w; restore it from a copy, unless it can be rebuilt: %w", path, step, ErrDamaged, err)
	case codes.SQLITE_FULL:
		return fmt.Errorf("%s: %s: the disk is full; make room: %w", path, step, err)
	case codes.SQLITE_READONLY:
		return fmt.Errorf("%s: %s: the file or its folder cannot be written; make them writable or open it read-only: %w", path, step, err)
	case codes.SQLITE_CANTOPEN:
		return fmt.Errorf("%s: %s: the file, or the -wal and -shm files beside it, cannot be opened or made; "+
			"look at the permissions of the folder, and open what is on a read-only disk read-only: %w", path, step, err)
	case codes.SQLITE_BUSY:
		return fmt.Errorf("%s: %s: %w: %w", path, step, ErrBusy, err)
	}
	return fmt.Errorf("%s: %s: %w", path, step, err)
}

// ErrBusy says that another process kept the file locked.
var ErrBusy = errors.New("another process is writing to it; try again")

// CannotOpen tells whether the file, or what must stand beside it, could not be opened or made.
func CannotOpen(err error) bool {
	var e *engine.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == codes.SQLITE_CANTOPEN || code == codes.SQLITE_READONLY
}
