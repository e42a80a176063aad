package sqlite

import "fmt"

// flush gives the staged rows to the engine.
func (w *writer) flush() error {
	for _, r := range w.rows {
		if err := w.c.exec("INSERT INTO record VALUES(?, ?, ?)", int64(r.seq), r.prev, []byte(r.frame)); err != nil {
			return err
		}
	}
	clear(w.rows)
	w.rows = w.rows[:0]
	return nil
}

// commit makes durable what the requests of turn have applied so far. Afterwards each of them has its outcome, or goes on.
func (w *writer) commit(turn []*request) {
	if w.open {
		// Nothing may run behind a failed statement: the engine may have ended the transaction, and what follows would count by itself.
		err := w.flush()
		if err == nil {
			err = w.heads.flush()
		}
		if err == nil {
			err = w.c.exec("COMMIT") // the point of no return: the disk has it all, or nobody hears that it has
		}
		if err != nil {
			_ = w.fail(err)
		}
	}
	for _, r := range turn {
		if w.refuse != nil && (r.err != nil || r.durable < len(r.batches)) {
			r.err = w.refuse // what was decided on rows that are not there is void
			continue
		}
		r.durable, r.stored = r.applied, r.added
	}
	if w.open && w.refuse == nil {
		w.l.ends.wrote(w.heads.changed)
		clear(w.heads.changed)
		w.wal.written += w.bytes + pageSize*(2+w.heads.flushed)
		if w.records > 0 {
			w.l.saw(w.next)
			w.l.growth.send()
		}
	}
	w.open, w.records, w.bytes = false, 0, 0
}

// fail ends the transaction and all appends after it.
func (w *writer) fail(err error) error {
	if w.refuse == nil {
		w.refuse = fmt.Errorf("%w: %w", errRefused, err)
		if w.open {
			_ = w.c.exec("ROLLBACK") // the engine may have done it already
		}
		w.heads.forget()
		w.trails = trails{c: w.c}
		w.rows, w.open = nil, false
	}
	return w.refuse
}
