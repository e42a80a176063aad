package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"

	"daybook.internal/ledger"
	engine "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// A conn is one connection to the file, with its prepared statements. One goroutine at a time uses it.
//
// It talks to the driver without the pool of database/sql in between, which would check out, lock and convert for every row. Contexts stay
// outside: every statement here is short, and a context inside would cost a goroutine each time.
type conn struct {
	path   string
	dc     driver.Conn
	stmts  map[string]driver.Stmt
	args   []driver.NamedValue
	row    []driver.Value
	failed bool // the engine has reported an error, and may have ended the transaction because of it
}

// connect opens path, which exists. parameters are those of an SQLite URI.
func connect(path, parameters string, pragmas ...string) (*conn, error) {
	u := url.URL{Scheme: "file", Path: path, RawQuery: parameters + "&_error_rc=1"}
	connector, err := engine.NewConnector(u.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	dc, err := connector.Connect(context.Background())
	if err != nil {
		return nil, interpret(path, "open", err)
	}
	c := &conn{path: path, dc: dc, stmts: make(map[string]driver.Stmt)}
	for _, p := range pragmas {
		if err := c.once("PRAGMA " + p); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

// once runs statements that are not kept.
func (c *conn) once(sql string) error {
	if _, err := c.dc.(driver.ExecerContext).ExecContext(context.Background(), sql, nil); err != nil {
		return c.fault(sql, err)
	}
	return nil
}

func (c *conn) prepare(sql string, args []driver.Value) (driver.Stmt, error) {
	s := c.stmts[sql]
	if s == nil {
		var err error
		if s, err = c.dc.(driver.ConnPrepareContext).PrepareContext(context.Background(), sql); err != nil {
			return nil, c.fault(sql, err)
		}
		c.stmts[sql] = s
	}
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return s, nil
}

// exec runs a prepared statement.
func (c *conn) exec(sql string, args ...driver.Value) error {
	s, err := c.prepare(sql, args)
	if err != nil {
		return err
	}
	if _, err = s.(driver.StmtExecContext).ExecContext(context.Background(), c.args); err != nil {
		return c.fault(sql, err)
	}
	return nil
}

// query runs a prepared statement and gives each row to f, until f says that it has enough. The row is f's while f runs, the byte slices in
// it for ever.
func (c *conn) query(f func(row []driver.Value) (more bool), sql string, args ...driver.Value) (err error) {
	s, err := c.prepare(sql, args)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.args)
	if err != nil {
		return c.fault(sql, err)
	}
	defer func() {
		if e := rows.Close(); err == nil && e != nil {
			err = c.fault(sql, e)
		}
	}()
	n := len(rows.Columns())
	if cap(c.row) < n {
		c.row = make([]driver.Value, n)
	}
	for row := c.row[:n]; ; {
		switch err := rows.Next(row); {
		case err == io.EOF:
			return nil
		case err != nil:
			return c.fault(sql, err)
		case !f(row):
			return nil
		}
	}
}

// number is the first column of the only row of sql, -1 where there is none or where it is NULL.
func (c *conn) number(sql string, args ...driver.Value) (int64, error) {
	n := int64(-1)
	err := c.query(func(row []driver.Value) bool {
		if v, ok := row[0].(int64); ok {
			n = v
		}
		return false
	}, sql, args...)
	return n, err
}

// fault is an error of the engine. sql is named by its first words.
func (c *conn) fault(sql string, err error) error {
	c.failed = true
	return interpret(c.path, fmt.Sprintf("%.24s", sql), err)
}

func (c *conn) close() error {
	var err error
	for _, s := range c.stmts {
		err = errors.Join(err, s.Close())
	}
	if err = errors.Join(err, c.dc.Close()); err != nil {
		return interpret(c.path, "close", err)
	}
	return nil
}

// interpret says in our words what the engine reports, and what to do.
func interpret(path, step string, err error) error {
	var e *engine.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %s: %w", path, step, err)
	}
	switch e.Code() & 0xff {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB, codes.SQLITE_FORMAT:
		return &ledger.DamagedError{Where: path, Detail: fmt.Sprintf("%s: %v; restore the file from a copy", step, err)}
	case codes.SQLITE_FULL:
		return fmt.Errorf("%s: %s: the disk is full; make room and open the ledger again: %w", path, step, err)
	case codes.SQLITE_READONLY:
		return fmt.Errorf("%s: %s: the file or its folder cannot be written; make them writable or open the ledger read-only: %w", path, step, err)
	case codes.SQLITE_CANTOPEN:
		return fmt.Errorf("%s: %s: the file, or the -wal and -shm files beside it, cannot be opened or made; "+
			"look at the permissions of the folder, and open a ledger on a read-only disk read-only: %w", path, step, err)
	case codes.SQLITE_BUSY:
		return fmt.Errorf("%s: %s: %w: %w", path, step, errBusy, err)
	}
	return fmt.Errorf("%s: %s: %w", path, step, err)
}

// errBusy says that another process kept the file locked.
var errBusy = errors.New("another process is writing to it; try again")

func cannotOpen(err error) bool {
	var e *engine.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == codes.SQLITE_CANTOPEN || code == codes.SQLITE_READONLY
}
