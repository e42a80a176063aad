package follow

import (
	"cmp"
	"context"
	"maps"
	"slices"
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
	users   int // topics; guarded by the board
	country string

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
		l.measures.look(ctx, position)
		select {
		case <-time.After(max(l.Every, 4*time.Since(began))): // a fifth of a core at most
		case <-ctx.Done():
			return
		}
	}
}

// look tells what has changed where the measures stand at position, or a little later: what changes meanwhile may be told with it, and is told once.
func (b *board) look(ctx context.Context, position uint64) {
	b.lookForNew(ctx)
	seen, whole := map[projections.Ref]*stamp{}, map[string]bool{}
	b.mu.Lock()
	for f := range b.topics {
		for _, name := range f.names() {
			whole[name] = whole[name] || f.key == "" && f.country == ""
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
			changed = append(changed, moved{ref, s.country})
		}
	}
	b.tell(position, changed)
}

// lookForNew looks after documents of countries that have come into being.
func (b *board) lookForNew(ctx context.Context) {
	b.mu.Lock()
	topics := slices.Collect(maps.Values(b.topics))
	b.mu.Unlock()
	for _, t := range topics {
		if t.country == "" || t.key != "" {
			continue
		}
		refs, err := b.documents(ctx, t.filter)
		if err != nil {
			continue // they are looked for the next time
		}
		b.mu.Lock()
		if b.topics[t.filter] == t {
			b.lookAfter(t, refs)
		}
		b.mu.Unlock()
	}
}

// documents are those that are looked at one by one for a filter: one with a key, or those of a country.
func (b *board) documents(ctx context.Context, f filter) (refs []moved, err error) {
	if b.watch == nil {
		return nil, nil
	}
	for _, ref := range f.all() {
		switch {
		case ref.Key == "" && f.country == "":
		case ref.Key == "":
			of, err := b.among(ctx, ref.View, f.country)
			if err != nil {
				return nil, err
			}
			for _, ref := range of {
				refs = append(refs, moved{ref, f.country})
			}
		default:
			country, err := b.places.country(ctx, ref)
			if err != nil {
				return nil, err
			}
			if f.country == "" || f.country == country {
				refs = append(refs, moved{ref, country})
			}
		}
	}
	return refs, nil
}

// among are the documents of a measure that belong to a country, as there are now.
func (l *Live) among(ctx context.Context, view, country string) (all []projections.Ref, err error) {
	v, _ := measures.ByName(view)
	keys, _, err := l.Measures.Keys(v)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		ref := projections.Ref{View: view, Key: key}
		of, err := l.places.country(ctx, ref)
		if err != nil {
			return nil, err
		}
		if of == country {
			all = append(all, ref)
		}
	}
	return all, nil
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
	if t.key == "" && t.country == "" {
		return t.all(), true
	}
	for ref := range t.watched {
		if b.stamps[ref].movedAfter(position) {
			changed = append(changed, ref)
		}
	}
	slices.SortFunc(changed, func(a, b projections.Ref) int { return cmp.Or(cmp.Compare(a.View, b.View), cmp.Compare(a.Key, b.Key)) })
	return changed, true
}

// look after documents for a topic, and look away from all of them. They are called under the lock.
func (b *board) lookAfter(t *topic, documents []moved) {
	for _, m := range documents {
		v, ok := measures.ByName(m.View)
		if !ok || t.watched[m.Ref] {
			continue
		}
		s := b.stamps[m.Ref]
		if s == nil {
			s = &stamp{country: m.country, watch: b.watch(v, m.Key), at: b.position}
			b.stamps[m.Ref] = s
		}
		s.users++
		t.watched[m.Ref] = true
	}
}

func (b *board) lookAway(t *topic) {
	for ref := range t.watched {
		s := b.stamps[ref]
		if s.users--; s.users == 0 {
			delete(b.stamps, ref)
		}
	}
}
