package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// decode is f.record with an error that names the file.
func decode(path string, f frame, seq uint64) (domain.Record, error) {
	r, err := f.record(seq)
	if err != nil {
		at := fmt.Sprintf("%s, record %d", path, seq)
		if len(f) >= atStream { // whose it was, as far as its bytes can still tell
			at += fmt.Sprintf(" (stream %.80q)", f[atStream:min(len(f), atStream+int(binary.BigEndian.Uint16(f[atLengths:])))])
		}
		return r, &ledger.DamagedError{Where: at, Detail: err.Error()}
	}
	return r, nil
}

// belongs says whether r is where its stream has it.
func belongs(path string, r domain.Record, stream domain.StreamID, revision uint64) error {
	if r.Stream == stream && r.Revision == revision {
		return nil
	}
	return &ledger.DamagedError{
		Where:  fmt.Sprintf("%s, record %d (%s@%d)", path, r.Seq, r.Stream, r.Revision),
		Detail: fmt.Sprintf("the file has it as %s@%d", stream, revision),
	}
}

func missing(path string, from, to uint64) error {
	return &ledger.DamagedError{Where: fmt.Sprintf("%s, record %d", path, from), Detail: fmt.Sprintf("it is missing; there are records up to %d", to-1)}
}

// inspect is the check at opening: the file is a ledger, and its heads fit its records.
func (l *Ledger) inspect(ctx context.Context) error {
	return l.alone(func(c *conn) error {
		if err := checkFormat(c); err != nil {
			return err
		}
		if err := c.exec("BEGIN"); err != nil {
			return err
		}
		head, err := checkHeads(ctx, c, nil)
		if err != nil {
			return err
		}
		l.saw(head)
		return c.exec("COMMIT")
	})
}

// alone runs a check that may take long on a connection of its own, so that only Close waits for it.
func (l *Ledger) alone(check func(*conn) error) error {
	l.long.RLock()
	defer l.long.RUnlock()
	if err := l.isOpen(); err != nil {
		return err
	}
	c, err := l.connect()
	if err != nil {
		return err
	}
	if err := check(c); err != nil {
		_ = c.close() // the check says what is wrong
		return err
	}
	return c.close()
}

// checkHeads compares the heads with the records, inside a transaction, and returns the number of records: the names ascend, so that each
// is found and stands once; the last record of each stream bears that stream and revision version-1; the versions add up to the number of
// records. The heads must be those in want, if there is a want.
func checkHeads(ctx context.Context, c *conn, want map[domain.StreamID]head) (uint64, error) {
	top, err := c.number("SELECT max(seq) FROM record")
	if err != nil {
		return 0, err
	}
	var bad error
	var sum, streams uint64
	var before string
	err = c.query(func(row []driver.Value) bool {
		name, ok := row[0].(string)
		version, ok2 := row[1].(int64)
		last, ok3 := row[2].(int64)
		f, _ := row[3].([]byte)
		stream := domain.StreamID(name)
		if streams++; streams%1024 == 0 && ctx.Err() != nil {
			bad = ctx.Err()
			return false
		}
		switch {
		case !ok || !ok2 || !ok3 || version < 1 || last < 0:
			bad = damaged(c.path, stream, "its head is not a pair of numbers")
		case streams > 1 && name <= before:
			bad = damaged(c.path, stream, "its head is not in order")
		case want != nil && want[stream] != head{uint64(version), uint64(last)}:
			bad = damaged(c.path, stream, fmt.Sprintf("its head says %d records up to seq %d, the records say %v", version, last, want[stream]))
		}
		if bad == nil {
			var r domain.Record
			if r, bad = decode(c.path, f, uint64(last)); bad == nil {
				bad = belongs(c.path, r, stream, uint64(version-1))
			}
		}
		before = name
		sum += uint64(version)
		return bad == nil
	}, "SELECT s.name, s.version, s.last, r.frame FROM stream s LEFT JOIN record r ON r.seq = s.last ORDER BY s.name")
	switch {
	case err != nil:
		return 0, err
	case bad != nil:
		return 0, bad
	case want != nil && streams != uint64(len(want)):
		return 0, &ledger.DamagedError{Where: c.path, Detail: fmt.Sprintf("there are records of %d streams, but %d heads", len(want), streams)}
	case sum != uint64(top+1):
		return 0, &ledger.DamagedError{Where: c.path, Detail: fmt.Sprintf("the streams have %d records together, the ledger has %d", sum, top+1)}
	}
	return sum, nil
}
