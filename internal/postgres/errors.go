package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes: appendix A of PostgreSQL's manual. The first two letters are their class.
var (
	yielded = []string{"40001", "40P01", "23505", "23503"} // a serialization failure, a deadlock; a row that somebody else was quicker to write
	away    = []string{"08", "53", "57", "58"}             // no connection; disk, memory or connections used up; ended by somebody; the system
	ended   = []string{"25P03", "57014"}                   // of a transaction that was idle, of a statement that took too long
	damaged = []string{"XX001", "XX002"}                   // a page of a table, of an index
)

// CodeOf is the SQLSTATE of an error, empty where the server did not say one.
func CodeOf(err error) string {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.Code
	}
	return ""
}

// ErrAgain ends a transaction that is to begin again, for what it saw is not so any longer.
var ErrAgain = errors.New("somebody else was quicker")

func gaveWay(err error) bool {
	return errors.Is(err, ErrAgain) || slices.Contains(yielded, CodeOf(err))
}

// Damaged tells whether the server has found a file of its own damaged.
func Damaged(err error) bool { return slices.Contains(damaged, CodeOf(err)) }

// isAway tells whether asking again later may help.
func isAway(err error) bool {
	if code := CodeOf(err); code != "" {
		return code != "57P04" && (slices.Contains(away, code[:2]) || slices.Contains(ended, code) || slices.Contains(yielded[:2], code)) // 57P04: the database was dropped
	}
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connect) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err)
}

// Interpret says what can be done about an error, once, and marks with ErrAway those that may be over later. The error of a context stays what it is.
func Interpret(err error) error {
	var already advised
	switch code := CodeOf(err); {
	case err == nil || errors.Is(err, ErrAway) || errors.Is(err, context.Canceled) || errors.As(err, &already):
		return err
	case code == "53100":
		return fmt.Errorf("%w: the disk of PostgreSQL is full; make room: %w", ErrAway, err)
	case code == "53300":
		return fmt.Errorf("%w: PostgreSQL has no connection to spare; raise max_connections, or give pool_max_conns in the DSN: %w", ErrAway, err)
	case isAway(err):
		return fmt.Errorf("%w: %w", ErrAway, err)
	case code == "42501":
		return advised{err, "the role must be a member of daybook_writer, see docs/postgres.md"}
	case len(code) == 5 && code[:2] == "28":
		return advised{err, "look at the user of the DSN, its password file, and pg_hba.conf"}
	}
	return err
}

// advised is an error with the way out.
type advised struct {
	err    error
	advice string
}

func (a advised) Error() string { return a.err.Error() + "; " + a.advice }
func (a advised) Unwrap() error { return a.err }

// pause is how long to wait before the nth try again: no two that met meet again.
func pause(n int) time.Duration {
	return time.Duration(rand.Int64N(int64(min(n, 8)) * int64(5*time.Millisecond)))
}
