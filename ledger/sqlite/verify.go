package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Verify reads everything: each record and its digest, the order in the ledger and in the streams, the way back through each stream, the
// heads, and the engine's own structures. nil says that the file holds what was written; a *ledger.DamagedError says what does not fit.
//
// It holds about 100 bytes of memory for each stream. Appends go on meanwhile, though towards the end, while the engine checks itself,
// the -wal file grows with them.
func (l *Ledger) Verify(ctx context.Context) error {
	known := l.head.Load()
	heads := make(map[domain.StreamID]head)
	return l.alone(func(c *conn) error {
		next, err := l.verifyRecords(ctx, c, heads, 0)
		if err != nil {
			return err
		}
		// What came meanwhile is read in one transaction with the heads.
		if err := c.exec("BEGIN"); err != nil {
			return err
		}
		if next, err = l.verifyRecords(ctx, c, heads, next); err != nil {
			return err
		}
		if next < known {
			return missing(c.path, next, known)
		}
		if _, err := checkHeads(ctx, c, heads); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := quickCheck(c); err != nil {
			return err
		}
		return c.exec("COMMIT")
	})
}

// verifyRecords reads the records from seq next on, keeps in heads where each stream ends, and returns how many records there are.
func (l *Ledger) verifyRecords(ctx context.Context, c *conn, heads map[domain.StreamID]head, next uint64) (uint64, error) {
	for {
		if err := firstOf(ctx.Err(), l.isOpen()); err != nil {
			return 0, err
		}
		var bad error
		rows, bytes := 0, 0
		err := c.query(func(row []driver.Value) bool {
			f, _ := row[0].([]byte)
			rows++
			bytes += len(f)
			bad = verifyRecord(c.path, f, row[1], heads, next)
			next++
			return bad == nil && bytes < pageBytes
		}, "SELECT frame, prev FROM record WHERE seq >= ? ORDER BY seq LIMIT "+strconv.Itoa(pageRecords), int64(next))
		if err != nil || bad != nil {
			return 0, firstOf(err, bad)
		}
		if rows < pageRecords && bytes < pageBytes {
			return next, nil
		}
	}
}

func verifyRecord(path string, f frame, prev driver.Value, heads map[domain.StreamID]head, seq uint64) error {
	r, err := decode(path, f, seq)
	if err != nil {
		return err
	}
	h, before := heads[r.Stream]
	if err := belongs(path, r, r.Stream, h.version); err != nil {
		return err
	}
	if p, ok := prev.(int64); ok != before || before && uint64(p) != h.last || !ok && prev != nil {
		return &ledger.DamagedError{
			Where:  fmt.Sprintf("%s, record %d (%s@%d)", path, seq, r.Stream, r.Revision),
			Detail: fmt.Sprintf("the way back leads to %v, the stream's last record before it is %v", prev, h),
		}
	}
	heads[domain.StreamID(strings.Clone(string(r.Stream)))] = head{h.version + 1, seq} // a key must not keep the frame in memory
	return nil
}

func quickCheck(c *conn) error {
	var found string
	err := c.query(func(row []driver.Value) bool {
		found, _ = row[0].(string)
		return false
	}, "PRAGMA quick_check(1)")
	if err == nil && found != "ok" {
		err = &ledger.DamagedError{Where: c.path, Detail: found}
	}
	return err
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
