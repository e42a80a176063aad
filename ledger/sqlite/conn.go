package sqlite

import (
	"database/sql/driver"
	"errors"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
)

// A conn is one connection to the file. One goroutine at a time uses it. Its errors are the ledger's: damage is a *ledger.DamagedError.
type conn struct {
	*sqlitefile.Conn
	path   string
	failed bool // the engine has reported an error, and may have ended the transaction because of it
}

// connect opens path, which exists. parameters are those of an SQLite URI.
func connect(path, parameters string, pragmas ...string) (*conn, error) {
	c, err := sqlitefile.Connect(path, parameters, pragmas...)
	if err != nil {
		return nil, interpret(path, err)
	}
	return &conn{Conn: c, path: path}, nil
}

// once runs statements that are not kept.
func (c *conn) once(sql string) error { return c.fault(c.Once(sql)) }

// exec runs a prepared statement.
func (c *conn) exec(sql string, args ...driver.Value) error { return c.fault(c.Exec(sql, args...)) }

// query runs a prepared statement and gives each row to f, until f says that it has enough. The row is f's while f runs, the byte slices in
// it for ever.
func (c *conn) query(f func(row []driver.Value) (more bool), sql string, args ...driver.Value) error {
	for row, err := range c.Query(sql, args...) {
		if err != nil {
			return c.fault(err)
		}
		if !f(row) {
			return nil
		}
	}
	return nil
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

func (c *conn) close() error { return interpret(c.path, c.Close()) }

func (c *conn) fault(err error) error {
	if err != nil {
		c.failed = true
	}
	return interpret(c.path, err)
}

// interpret makes a ledger's error of a file's.
func interpret(path string, err error) error {
	if errors.Is(err, sqlitefile.ErrDamaged) {
		return &ledger.DamagedError{Where: path, Detail: err.Error()}
	}
	return err
}
