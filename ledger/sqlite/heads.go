package sqlite

import (
	"database/sql/driver"
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A head is where a stream ends: how many records it has, and the seq of the last one.
type head struct{ version, last uint64 }

// heads keeps the heads of the streams that were written to lately. The writer's goroutine owns it.
type heads struct {
	c       *conn
	known   map[domain.StreamID]head
	changed map[domain.StreamID]head // in the open transaction
	flushed int                      // rows of the last flush
}

const maxHeads = 1 << 16

func (h *heads) of(stream domain.StreamID) (head, error) {
	if at, ok := h.changed[stream]; ok {
		return at, nil
	}
	if at, ok := h.known[stream]; ok {
		return at, nil
	}
	at, err := headOf(h.c, stream)
	if err == nil {
		h.know(stream, at)
	}
	return at, err
}

func (h *heads) know(stream domain.StreamID, at head) {
	if h.known == nil || len(h.known) >= maxHeads {
		h.known = make(map[domain.StreamID]head)
	}
	h.known[stream] = at
}

func (h *heads) set(stream domain.StreamID, at head) {
	if h.changed == nil {
		h.changed = make(map[domain.StreamID]head)
	}
	h.changed[stream] = at
}

// flush gives the changed heads to the engine, once for each stream. They are changed until the transaction is committed.
func (h *heads) flush() error {
	h.flushed = len(h.changed)
	for stream, at := range h.changed {
		if err := h.c.exec("INSERT OR REPLACE INTO stream VALUES(?, ?, ?)", string(stream), int64(at.version), int64(at.last)); err != nil {
			return err
		}
		h.know(stream, at)
	}
	return nil
}

func (h *heads) forget() { h.known, h.changed = nil, nil }

// headOf is the head that the file has for stream, the zero head where there is none.
func headOf(c *conn, stream domain.StreamID) (h head, err error) {
	bad := false
	err = c.query(func(row []driver.Value) bool {
		version, ok := row[0].(int64)
		last, ok2 := row[1].(int64)
		h = head{uint64(version), uint64(last)}
		bad = !ok || !ok2 || version < 1 || last < 0
		return false
	}, "SELECT version, last FROM stream WHERE name = ?", string(stream))
	if bad {
		err = damaged(c.path, stream, "its head is not a pair of numbers")
	}
	return h, err
}

// chain is the seqs of the records of stream from revision from on, found by walking back from its head.
func chain(c *conn, stream domain.StreamID, h head, from uint64) ([]uint64, error) {
	n := h.version - from
	// A damaged head must not make us reserve the world.
	seqs := make([]uint64, 0, min(n, h.last+1, 1<<16))
	err := c.query(func(row []driver.Value) bool {
		seq, ok := row[0].(int64)
		if ok {
			seqs = append(seqs, uint64(seq))
		}
		return ok
	}, `WITH RECURSIVE chain(seq, prev, more) AS (
	SELECT seq, prev, ?2 - 1 FROM record WHERE seq = ?1
	UNION ALL
	SELECT r.seq, r.prev, more - 1 FROM chain JOIN record r ON r.seq = chain.prev WHERE chain.prev < chain.seq AND more > 0
) SELECT seq FROM chain`, int64(h.last), int64(n))
	if err != nil {
		return nil, err
	}
	if uint64(len(seqs)) != n {
		return nil, damaged(c.path, stream, fmt.Sprintf("it has %d records, but only the last %d can be found", h.version, len(seqs)))
	}
	for i, j := 0, len(seqs)-1; i < j; i, j = i+1, j-1 {
		seqs[i], seqs[j] = seqs[j], seqs[i]
	}
	return seqs, nil
}

func damaged(path string, stream domain.StreamID, detail string) error {
	return &ledger.DamagedError{Where: fmt.Sprintf("%s, stream %s", path, stream), Detail: detail}
}
