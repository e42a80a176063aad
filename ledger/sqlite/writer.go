package sqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
)

// How much a transaction takes up before it is committed.
const (
	maxRequests = 1024
	maxRecords  = 4096
	maxBytes    = 4 << 20
)

// A writer owns the connection that writes. All fields are its goroutine's.
type writer struct {
	l       *Ledger
	c       *conn
	heads   heads
	trails  trails
	next    uint64 // seq of the next record
	version int64  // the engine's mark of the last state that heads and next were true for
	open    bool   // a transaction is open
	rows    []row  // of the open transaction, not given to the engine yet
	records int    // in the open transaction
	bytes   int
	refuse  error // why there are no more appends
	wal     checkpoint
}

type row struct {
	seq   uint64
	prev  driver.Value // seq of the previous record of the stream, or nil
	frame frame
}

func newWriter(l *Ledger, o Options) (*writer, error) {
	c, err := connect(l.path, "mode=rw", "busy_timeout=5000", "synchronous=FULL", "cache_size=-64000", "wal_autocheckpoint=0")
	if err != nil {
		return nil, err
	}
	w := &writer{l: l, c: c, heads: heads{c: c}, trails: trails{c: c}}
	if err := w.prepare(o); err != nil {
		return nil, errors.Join(err, c.close())
	}
	w.wal.start(l)
	return w, nil
}

// prepare finds out now, not at the first append, whether the file can be written.
func (w *writer) prepare(o Options) error {
	if err := checkFormat(w.c); err != nil {
		return err
	}
	if readOnly, err := w.c.ReadOnly(); err != nil || readOnly {
		return errors.Join(fmt.Errorf("%s: the file cannot be written; make it writable or open the ledger read-only", w.l.path), err)
	}
	if err := w.c.once("PRAGMA journal_mode=WAL"); err != nil {
		return err
	}
	if o.maxPages > 0 {
		if err := w.c.once(fmt.Sprintf("PRAGMA max_page_count=%d", o.maxPages)); err != nil {
			return err
		}
	}
	if err := w.c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	return w.c.exec("COMMIT")
}

// run is the whole life of the writer: take up what waits, put it into one transaction, commit, answer.
func (w *writer) run() {
	defer close(w.l.stopped)
	for {
		var first *request
		select {
		case first = <-w.l.requests:
		case err := <-w.wal.passed:
			w.settle(err)
			continue
		case <-w.l.closing:
			select {
			case first = <-w.l.requests:
			default:
				return
			}
		}
		turn := w.take(first)
		for _, r := range turn {
			w.apply(r, turn)
		}
		w.commit(turn)
		for _, r := range turn {
			close(r.done)
		}
		w.watch()
	}
}

// take is first and what waits behind it, as far as a transaction goes. From here on the callers wait for the outcome.
func (w *writer) take(first *request) []*request {
	var turn []*request
	bytes := 0
	for r := first; ; {
		if r.state.CompareAndSwap(waiting, taken) {
			turn = append(turn, r)
			bytes += r.bytes
		}
		if len(turn) == maxRequests || bytes > maxBytes {
			return turn
		}
		select {
		case r = <-w.l.requests:
		default:
			return turn
		}
	}
}

// apply goes through the batches of r until one of them cannot be appended. The rows are not in the file before commit.
func (w *writer) apply(r *request, turn []*request) {
	for _, b := range r.batches {
		seq, added, err := w.append(b)
		if err != nil {
			r.err = err
			return
		}
		r.seq = seq
		r.applied++
		r.added += added
		if w.records >= maxRecords || w.bytes >= maxBytes {
			w.commit(turn)
		}
		if w.refuse != nil {
			return
		}
	}
}

// append is the decision about one batch: the rows are staged, or they are there already, or the stream has moved on.
func (w *writer) append(b batch) (seq uint64, added int, err error) {
	if err := w.begin(); err != nil {
		return 0, 0, err
	}
	h, err := w.heads.of(b.stream)
	if err != nil {
		return 0, 0, w.fail(err)
	}
	if h.version != b.version {
		seq, err := w.repeated(b, h)
		if err != nil && w.c.failed {
			err = w.fail(err)
		}
		return seq, 0, err
	}
	first := w.next
	for i, f := range b.frames {
		f.place(w.next, b.version+uint64(i))
		var prev driver.Value
		if h.version > 0 {
			prev = int64(h.last)
		}
		w.rows = append(w.rows, row{w.next, prev, f})
		h.version, h.last = h.version+1, w.next
		w.next++
		w.bytes += len(f)
	}
	w.records += len(b.frames)
	w.heads.set(b.stream, h)
	return first, len(b.frames), nil
}

// begin opens a transaction where none is, and forgets what it knew if another process has written in between.
func (w *writer) begin() error {
	if w.refuse != nil || w.open {
		return w.refuse
	}
	w.c.failed = false
	if err := w.c.exec("BEGIN IMMEDIATE"); errors.Is(err, sqlitefile.ErrBusy) {
		return err
	} else if err != nil {
		return w.fail(err)
	}
	w.open = true
	version, err := w.c.number("PRAGMA data_version")
	if err != nil {
		return w.fail(err)
	}
	if version != w.version {
		last, err := w.c.number("SELECT max(seq) FROM record")
		if err != nil {
			return w.fail(err)
		}
		if next := uint64(last + 1); next < w.next {
			return w.fail(&ledger.DamagedError{Where: w.c.path, Detail: fmt.Sprintf("there were %d records, now there are %d", w.next, next)})
		}
		w.version, w.next = version, uint64(last+1)
		w.heads.forget()
	}
	return nil
}

func (w *writer) close() error {
	w.wal.stop()
	return w.c.close()
}
