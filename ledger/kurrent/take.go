package kurrent

import (
	"fmt"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// take counts an event in.
func (t *tail) take(e *esdb.RecordedEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.Position.Commit <= t.last {
		return // seen before
	}
	t.last = e.Position.Commit
	if about, ok := strings.CutPrefix(e.StreamID, "$$"); ok {
		t.watch(about, e)
	} else if stream, ours := t.names.stream(e.StreamID); ours {
		if isTombstone(e) {
			t.truncated[e.StreamID] = "it was deleted for good"
			t.release()
		} else {
			t.count(stream, e)
		}
	}
	t.move(max(e.Position.Commit, t.known))
}

// entryOf is the entry of an event of ours, without its Seq. scratch is used and returned.
func (t *tail) entryOf(stream domain.StreamID, e *esdb.RecordedEvent, scratch []byte) (entry, []byte) {
	in := entry{position: e.Position.Commit}
	if in.Record, in.err = toRecord(stream, e); in.err != nil {
		in.Record = domain.Record{Stream: stream, Revision: e.EventNumber}
		in.err = &ledger.DamagedError{Where: fmt.Sprintf("%.80s@%d, at position %d of the server", stream, e.EventNumber, in.position), Detail: in.err.Error()}
	}
	in.check, scratch = checkOf(in.Record, scratch)
	return in, scratch
}

// count gives a record its Seq. t.mu is held, as for all that take calls.
func (t *tail) count(stream domain.StreamID, e *esdb.RecordedEvent) {
	var in entry
	in, t.scratch = t.entryOf(stream, e, t.scratch)
	in.Seq = t.places.n
	t.places.add(in.position, in.check)
	t.recent = append(t.recent, in)
	t.bytes += len(in.Meta) + len(in.Data)
	if len(t.recent) > 2*maxRecent || (t.bytes > 2*maxRecentBytes && len(t.recent) > 1) {
		t.shrink()
	}
	for _, w := range t.waiters[e.StreamID] {
		w.see(in)
	}
}

// shrink forgets the older records of those that are kept.
func (t *tail) shrink() {
	keep, bytes := 0, 0
	for keep < min(len(t.recent), maxRecent) && (keep == 0 || bytes < maxRecentBytes) {
		keep++
		r := t.recent[len(t.recent)-keep]
		bytes += len(r.Meta) + len(r.Data)
	}
	t.recent, t.bytes = append(make([]entry, 0, 2*keep), t.recent[len(t.recent)-keep:]...), bytes
}

// reach notes that nothing of ours stands up to a position but what was taken.
func (t *tail) reach(position uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if position > t.known {
		t.move(position)
	}
}

func (t *tail) move(position uint64) {
	t.known = position
	for _, ws := range t.waiters {
		for _, w := range ws {
			w.passed(position)
		}
	}
	t.wake()
}

func (t *tail) wake() {
	if t.awaited {
		close(t.grown)
		t.grown, t.awaited = make(chan struct{}), false
	}
}

// release lets everybody go who waits, because the ledger has stopped.
func (t *tail) release() {
	for _, ws := range t.waiters {
		for _, w := range ws {
			w.finish()
		}
	}
	t.wake()
}
