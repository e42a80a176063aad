package sqlite

import (
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// repeated says whether the stream holds exactly the records of b where b wants them.
func (w *writer) repeated(b batch, h head) (uint64, error) {
	conflict := &ledger.ConflictError{Stream: b.stream, Expected: b.version, Actual: h.version}
	if b.version+uint64(len(b.frames)) > h.version {
		return 0, conflict
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	seqs, err := w.trails.of(b.stream, h, b.version, uint64(len(b.frames)))
	if err != nil {
		return 0, err
	}
	for i, f := range b.frames {
		r, err := recordAt(w.c, seqs[i])
		if err != nil {
			return 0, err
		}
		if err := belongs(w.c.path, r, b.stream, b.version+uint64(i)); err != nil {
			return 0, err
		}
		if !f.tells(r) {
			return 0, conflict
		}
	}
	return seqs[0], nil
}

// trails keeps the ways back that were walked lately, so that an import that is run again, append by append, walks back through each
// stream once. What it knows stays true: records do not move. The writer's goroutine owns it.
type trails struct {
	c     *conn
	known map[domain.StreamID]trail
	seqs  int // in all of known
}

// A trail is the seqs of the records of a stream from revision from on.
type trail struct {
	from uint64
	seqs []uint64
}

const maxTrails = 1 << 20 // seqs, 8 bytes each

// of is the seqs of n records of stream from revision from on, which are there.
func (t *trails) of(stream domain.StreamID, h head, from, n uint64) ([]uint64, error) {
	at, ok := t.known[stream]
	if !ok || from < at.from || from+n > at.from+uint64(len(at.seqs)) {
		seqs, err := chain(t.c, stream, h, from)
		if err != nil {
			return nil, err
		}
		t.seqs += len(seqs) - len(at.seqs)
		if t.known == nil || t.seqs > maxTrails {
			t.known, t.seqs = make(map[domain.StreamID]trail), len(seqs)
		}
		at = trail{from, seqs}
		t.known[stream] = at
	}
	return at.seqs[from-at.from:][:n], nil
}
