package sqlite

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
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
		if _, _, err := l.read(ctx, after, true, yield); err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

// Head is that of ledger.Header.
func (l *Ledger) Head(ctx context.Context) (head uint64, err error) {
	err = l.reader(ctx, func(c *conn) error {
		last, err := c.number("SELECT max(seq) FROM record")
		head = uint64(last + 1)
		return err
	})
	return head, err
}

// Version is that of ledger.Versioner.
func (l *Ledger) Version(ctx context.Context, stream domain.StreamID) (version uint64, err error) {
	err = l.reader(ctx, func(c *conn) error {
		h, err := headOf(c, stream)
		version = h.version
		return err
	})
	return version, err
}

// read yields the records after a place up to the head, page by page, and returns the place after the last one; more is false if the
// receiver had enough. check asks whether the place is in this ledger.
func (l *Ledger) read(ctx context.Context, after ledger.Cursor, check bool, yield func(ledger.Entry, error) bool) (_ ledger.Cursor, more bool, err error) {
	var page []frame
	for {
		known := l.head.Load()
		end := false
		err := l.reader(ctx, func(c *conn) (err error) {
			if check {
				err = isPlace(c, after)
			}
			if err == nil {
				page, end, err = readPage(c, page[:0], after.Seq)
			}
			return err
		})
		if err != nil {
			return after, true, err
		}
		check = false
		tokens := make([]byte, 0, tokenLength*len(page)) // of a page together: strings of their own would be as many as the records
		for i, f := range page {
			if err := ctx.Err(); err != nil {
				return after, true, err
			}
			r, err := l.decode(f, after.Seq)
			if err != nil {
				return after, true, err
			}
			page[i] = nil
			tokens = appendToken(tokens, f)
			after = ledger.Cursor{Seq: after.Seq + 1, Token: view(tokens[len(tokens)-tokenLength:])}
			if !yield(ledger.Entry{Record: r, Cursor: after}, nil) {
				return after, false, nil
			}
		}
		if end {
			if after.Seq < known {
				return after, true, missing(l.path, after.Seq, known)
			}
			l.saw(after.Seq)
			return after, true, nil
		}
	}
}

// token ties a place to the ledger: it is the beginning of the digest of the record before it.
func token(f frame) string { return string(appendToken(nil, f)) }

func appendToken(b []byte, f frame) []byte { return hex.AppendEncode(b, f[:tokenLength/2]) }

const tokenLength = 16

// isPlace says whether the record before a cursor is there, and is the one that the cursor was given with. Waiting behind the head would skip
// what comes next, and going on after another ledger's record would tell two stories as one.
func isPlace(c *conn, at ledger.Cursor) error {
	if at.Seq == 0 {
		return nil
	}
	if at.Seq > math.MaxInt64 {
		return fmt.Errorf("%s: %w: no ledger has %d records", c.path, ledger.ErrCursor, at.Seq)
	}
	f, err := frameAt(c, at.Seq-1)
	switch {
	case err != nil:
		return err
	case f == nil:
		last, err := c.number("SELECT max(seq) FROM record")
		if err == nil {
			err = fmt.Errorf("%s: %w: it has %d records, not %d", c.path, ledger.ErrCursor, last+1, at.Seq)
		}
		return err
	case at.Token == "":
		return nil
	}
	if _, err := decode(c.path, f, at.Seq-1); err != nil {
		return err
	}
	if token(f) != at.Token {
		return fmt.Errorf("%s: %w: record %d is another one", c.path, ledger.ErrCursor, at.Seq-1)
	}
	return nil
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

// Stream is that of ledger.Reader. It yields the records that the stream has when it begins, and holds 8 bytes of memory for each.
func (l *Ledger) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		if _, err := l.readStream(ctx, stream, from, yield); err != nil {
			yield(domain.Record{}, err)
		}
	}
}

func (l *Ledger) readStream(ctx context.Context, stream domain.StreamID, from uint64, yield func(domain.Record, error) bool) (more bool, err error) {
	var seqs []uint64
	var page []frame
	fetch := func(c *conn, at int) (err error) {
		page, err = readSome(c, page[:0], seqs[at:min(at+pageRecords, len(seqs))])
		return err
	}
	version, known, turn := l.ends.at(stream)
	if known && version <= from {
		select {
		case <-l.closing:
			return false, ledger.ErrClosed
		default:
			return true, ctx.Err()
		}
	}
	err = l.reader(ctx, func(c *conn) error {
		h, err := headOf(c, stream)
		if err == nil {
			l.ends.read(stream, h.version, turn)
		}
		if err != nil || h.version <= from {
			return err
		}
		if seqs, err = chain(c, stream, h, from); err != nil {
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
				err = belongs(l.path, r, stream, from+uint64(at))
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
	f, err := frameAt(c, seq)
	if err != nil {
		return domain.Record{}, err
	}
	return decode(c.path, f, seq)
}

// frameAt is the frame at seq, nil where there is none.
func frameAt(c *conn, seq uint64) (f frame, err error) {
	err = c.query(func(row []driver.Value) bool {
		f, _ = row[0].([]byte)
		return false
	}, "SELECT frame FROM record WHERE seq = ?", int64(seq))
	return f, err
}

func (l *Ledger) decode(f frame, seq uint64) (domain.Record, error) { return decode(l.path, f, seq) }
