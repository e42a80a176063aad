package follow

import (
	"context"
	"maps"
	"sync"
	"time"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
)

// A document of a measure is computed when somebody asks, so nobody says that it has changed. It is looked at instead, wherever the ledger has grown and somebody listens: at the records that its
// inputs rest on. Of a whole view nobody knows how many documents that would be, so who listens to it hears that any of them may have changed.

// A stamp is what is known of a document that somebody listens to.
type stamp struct {
	users int // topics; guarded by the board

	mu    sync.Mutex // guards what follows
	watch *live.Watch
	at    uint64 // what its inputs rested on when it was told last
}

// followMeasures tells what changes as the ledger grows, looked at every so often.
func (l *Live) followMeasures(ctx context.Context) {
	position, err := l.Measures.Await(ctx, 0)
	if err != nil {
		return
	}
	for l.measures.begin(position); ; {
		if position, err = l.Measures.Await(ctx, l.measures.known()); err != nil {
			return
		}
		began := time.Now()
		l.measures.look(position)
		select {
		case <-time.After(max(l.Every, 4*time.Since(began))): // a fifth of a core at most
		case <-ctx.Done():
			return
		}
	}
}

// look tells what has changed where the measures stand at position, or a little later: what changes meanwhile may be told with it, and is told once.
func (b *board) look(position uint64) {
	seen, whole := map[projections.Ref]*stamp{}, map[string]bool{}
	b.mu.Lock()
	for f := range b.topics {
		for _, name := range f.names() {
			whole[name] = whole[name] || f.key == ""
		}
	}
	maps.Copy(seen, b.stamps)
	b.mu.Unlock()
	var changed []moved
	for name, any := range whole {
		if any {
			changed = append(changed, moved{Ref: projections.Ref{View: name}})
		}
	}
	for ref, s := range seen {
		if s.moved() {
			changed = append(changed, moved{Ref: ref})
		}
	}
	b.tell(position, changed)
}

// moved tells whether the document has changed since it was asked so last.
func (s *stamp) moved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.watch.At()
	if err != nil || at <= s.at {
		return false
	}
	s.at = at
	return true
}

// movedAfter tells whether the document has changed after a position.
func (s *stamp) movedAfter(position uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.watch.At()
	return err != nil || at > position
}

// measuredSince is what a board of measures knows of what is past: the documents themselves tell it. It is called under the lock.
func (b *board) measuredSince(t *topic, position uint64) (changed []projections.Ref, known bool) {
	if position >= b.position { // what is behind that is yet to be told
		return nil, true
	}
	for _, ref := range t.all() {
		if s := b.stamps[ref]; s == nil || s.movedAfter(position) {
			changed = append(changed, ref)
		}
	}
	return changed, true
}

// look after the documents of a topic, and look away. They are called under the lock.
func (b *board) lookAfter(t *topic) {
	for _, ref := range t.all() {
		v, ok := measures.ByName(ref.View)
		if !ok || ref.Key == "" || b.watch == nil {
			continue
		}
		s := b.stamps[ref]
		if s == nil {
			s = &stamp{watch: b.watch(v, ref.Key), at: b.position}
			b.stamps[ref] = s
		}
		s.users++
	}
}

func (b *board) lookAway(t *topic) {
	for _, ref := range t.all() {
		if s := b.stamps[ref]; s != nil {
			if s.users--; s.users == 0 {
				delete(b.stamps, ref)
			}
		}
	}
}
