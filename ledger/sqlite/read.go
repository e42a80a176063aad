package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"iter"
	"math"
	"strconv"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A page is what one short read brings: no transaction lasts while the receiver works, and no more than this is held in memory.
const (
	pageRecords = 512
	pageBytes   = 1 << 20 // a page ends with the record that passes this
)

// All is that of ledger.Reader.
func (l *Ledger) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		if _, err := l.read(ctx, after.Seq, true, yield); err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

// read yields the records from seq next up to the head, page by page, and returns how many they were, -1 if the receiver had enough.
// check makes it an error that next is beyond the head.
func (l *Ledger) read(ctx context.Context, next uint64, check bool, yield func(ledger.Entry, error) bool) (int, error) {
	if next > math.MaxInt64 {
		return 0, fmt.Errorf("%s: cursor %d is beyond the head", l.path, next)
	}
	var page []frame
	for n := 0; ; {
		known := l.head.Load()
		end := false
		err := l.reader(ctx, func(c *conn) (err error) {
			page, end, err = readPage(c, page[:0], next)
			if err == nil && check && len(page) == 0 {
				err = reaches(c, next)
			}
			return err
		})
		if err != nil {
			return n, err
		}
		check = false
		for i, f := range page {
			if err := ctx.Err(); err != nil {
				return n, err
			}
			r, err := l.decode(f, next)
			if err != nil {
				return n, err
			}
			page[i] = nil
			next++
			n++
			if !yield(ledger.Entry{Record: r, Cursor: ledger.Cursor{Seq: next}}, nil) {
				return -1, nil
			}
		}
		if end {
			if next < known {
				return n, missing(l.path, next, known)
			}
			l.saw(next)
			return n, nil
		}
	}
}

// readPage appends to page the frames from seq next on. end says that there are no more.
func readPage(c *conn, page []frame, next uint64) (_ []frame, end bool, err error) {
	bytes := 0
	err = c.query(func(row []driver.Value) bool {
		f, _ := row[0].([]byte)
		page = append(page, f)
		bytes += len(f)
		return bytes < pageBytes
	}, "SELECT frame FROM record WHERE seq >= ? ORDER BY seq LIMIT "+strconv.Itoa(pageRecords), int64(next))
	return page, len(page) < pageRecords && bytes < pageBytes, err
}

// reaches says whether the ledger has at least next records. A cursor beyond them is from another ledger, or from this one before it was
// replaced by an older copy; waiting there would skip what comes next.
func reaches(c *conn, next uint64) error {
	last, err := c.number("SELECT max(seq) FROM record")
	if err == nil && next > uint64(last+1) {
		err = fmt.Errorf("%s: cursor %d is beyond the head, %d: it is not from this ledger, or the ledger is an older copy; read again from the beginning",
			c.path, next, last+1)
	}
	return err
}

// Stream is that of ledger.Reader. It yields the records that the stream has when it begins, and holds 8 bytes of memory for each.
func (l *Ledger) Stream(ctx context.Context, stream domain.StreamID) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		if _, err := l.readStream(ctx, stream, yield); err != nil {
			yield(domain.Record{}, err)
		}
	}
}

func (l *Ledger) readStream(ctx context.Context, stream domain.StreamID, yield func(domain.Record, error) bool) (more bool, err error) {
	var seqs []uint64
	var page []frame
	fetch := func(c *conn, at int) (err error) {
		page, err = readSome(c, page[:0], seqs[at:min(at+pageRecords, len(seqs))])
		return err
	}
	err = l.reader(ctx, func(c *conn) error {
		h, err := headOf(c, stream)
		if err != nil || h.version == 0 {
			return err
		}
		if seqs, err = chain(c, stream, h, 0); err != nil {
			return err
		}
		return fetch(c, 0)
	})
	for at := 0; err == nil && at < len(seqs); {
		if len(page) == 0 {
			if err := l.reader(ctx, func(c *conn) error { return fetch(c, at) }); err != nil {
				return false, err
			}
		}
		for _, f := range page {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			r, err := l.decode(f, seqs[at])
			if err == nil {
				err = belongs(l.path, r, stream, uint64(at))
			}
			if err != nil {
				return false, err
			}
			at++
			if !yield(r, nil) {
				return false, nil
			}
		}
		page = page[:0]
	}
	return true, err
}

// readSome appends to page the frames of seqs, in their order, or fewer of them once they are many bytes.
func readSome(c *conn, page []frame, seqs []uint64) ([]frame, error) {
	list := []byte{'['}
	for _, seq := range seqs {
		list = append(strconv.AppendUint(list, seq, 10), ',')
	}
	list[len(list)-1] = ']'
	bytes := 0
	err := c.query(func(row []driver.Value) bool {
		f, _ := row[0].([]byte)
		page = append(page, f)
		bytes += len(f)
		return bytes < pageBytes
	}, "SELECT frame FROM json_each(?) AS want LEFT JOIN record ON seq = want.value", view(list))
	if err == nil && len(page) == 0 {
		err = fmt.Errorf("%s: the engine gave none of %d records", c.path, len(seqs))
	}
	return page, err
}

// recordAt is the record with that seq.
func recordAt(c *conn, seq uint64) (domain.Record, error) {
	var f frame
	err := c.query(func(row []driver.Value) bool {
		f, _ = row[0].([]byte)
		return false
	}, "SELECT frame FROM record WHERE seq = ?", int64(seq))
	if err != nil {
		return domain.Record{}, err
	}
	return decode(c.path, f, seq)
}

func (l *Ledger) decode(f frame, seq uint64) (domain.Record, error) { return decode(l.path, f, seq) }
