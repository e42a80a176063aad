package follow

import (
	"context"
	"slices"
	"sync"
	"time"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
)

// A board is where one kind of views stands, what changed there lately, and who listens. There is one for the views of projections and one for those of measures, as each
// of them moves on by itself.
type board struct {
	every time.Duration // how far apart at least a topic is told of changes
	begun chan struct{} // closed when position is known

	mu       sync.Mutex // guards what follows
	position uint64     // what is behind it has been told
	journal  journal
	topics   map[filter]*topic
	slots    map[filter][]*topic // a topic is in one for each of its views
	ended    bool
	waiting  []*topic                   // that have been told too lately to be told of what is pending
	waking   bool                       // whether they will be looked at
	stamps   map[projections.Ref]*stamp // of documents of measures

	past *past // what is known of what the journal does not reach back to; nil for measures

	watch  func(v measures.View, key string) *live.Watch // nil but for measures, as is what follows
	places *places
	among  func(ctx context.Context, view, country string) (all []projections.Ref, err error) // the documents of a country
}

func newBoard(every time.Duration) *board {
	return &board{
		every: every, begun: make(chan struct{}), topics: map[filter]*topic{}, slots: map[filter][]*topic{}, stamps: map[projections.Ref]*stamp{},
	}
}

// since says what changed for a topic after a position; known is false where that cannot be told.
func (b *board) since(t *topic, position uint64, keyed map[string]uint64) (changed []projections.Ref, known bool) {
	if b.watch != nil {
		return b.measuredSince(t, position)
	}
	return b.journal.after(t.filter, position, keyed)
}

// begin says where the views stand at first.
func (b *board) begin(position uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.isBegun() {
		return
	}
	b.position = position
	b.journal.begin(position)
	close(b.begun)
}

// known is the position that was told last.
func (b *board) known() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.position
}

func (b *board) isBegun() bool {
	select {
	case <-b.begun:
		return true
	default:
		return false
	}
}

// A moved document and the country that it belongs to, if any.
type moved struct {
	projections.Ref
	country string
}

// tell says that the views stand at position, and which documents have changed since they stood where they did.
func (b *board) tell(position uint64, changed []moved) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tellAll(position, changed)
}

// tellAll is tell under the lock.
func (b *board) tellAll(position uint64, changed []moved) {
	if b.ended || position <= b.position {
		return
	}
	b.position = position
	var touched []*topic
	for _, m := range changed {
		if b.watch == nil {
			b.journal.note(m.Ref, m.country, position)
		}
		for _, s := range m.slots() {
			for _, t := range b.slots[s] {
				if !t.touched {
					t.touched, touched = true, append(touched, t)
				}
				t.add(m.Ref)
			}
		}
	}
	b.flush(touched)
}

// flush tells topics of what is pending: at once those that were told nothing lately, and the others when it is time. It is called under the lock.
func (b *board) flush(topics []*topic) {
	now := time.Now()
	for _, t := range topics {
		if now.Sub(t.told) >= b.every {
			t.flush(b.position, now)
		} else {
			b.waiting = append(b.waiting, t)
		}
	}
	if len(b.waiting) == 0 || b.waking {
		return
	}
	b.waking = true
	first := b.waiting[0].told
	for _, t := range b.waiting[1:] {
		if t.told.Before(first) {
			first = t.told
		}
	}
	time.AfterFunc(b.every-now.Sub(first), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		due := b.waiting
		if b.waiting, b.waking = nil, false; !b.ended {
			b.flush(due)
		}
	})
}

// slots are the filters, by one view, that let a document through.
func (m moved) slots() []filter {
	all := []filter{{views: m.View}}
	if m.Key != "" { // otherwise it is any document of the view
		all = append(all, filter{views: m.View, key: m.Key})
	}
	if m.country != "" {
		all = append(all, filter{views: m.View, country: m.country}, filter{views: m.View, key: m.Key, country: m.country})
	}
	return all
}

// lost says that the views stand at position, and that nobody knows what changed.
func (b *board) lost(position uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || position <= b.position {
		return
	}
	b.position = position
	b.journal.begin(position)
	now := time.Now()
	for _, t := range b.topics {
		t.push(event(eventReset, position, t.mark, t.all()), false, now)
		t.told, t.pending = now, nil
	}
}

// beat sends something where nothing was sent for a while.
func (b *board) beat(every time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	for _, t := range b.topics {
		if len(t.pending) == 0 && !b.ended && now.Sub(t.sent) >= every {
			t.push(beat(b.position, t.mark), false, now)
		}
	}
}

// end ends all listening.
func (b *board) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return
	}
	b.ended = true
	for _, t := range b.topics {
		t.push(nil, true, time.Now())
	}
}

// join begins to listen: after an id, or where that is nil, from now on. first is what the listener is sent at first, from is the frame after which it goes on.
func (b *board) join(ctx context.Context, f filter, after *id) (first []byte, from *frame, leave func(), err error) {
	select {
	case <-b.begun:
	case <-ctx.Done():
		return nil, nil, nil, errNotReady
	}
	var keyed map[string]uint64
	if after != nil && b.past != nil {
		keyed = b.past.reach(ctx, b, f, after.position)
	}
	measured, err := b.documents(ctx, f)
	if err != nil {
		return nil, nil, nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return nil, nil, nil, errStopping
	}
	t := b.topics[f]
	if t == nil {
		t = &topic{filter: f, mark: f.mark(), tail: newFrame(), sent: time.Now(), watched: map[projections.Ref]bool{}}
		b.topics[f] = t
		for _, s := range f.slots() {
			b.slots[s] = append(b.slots[s], t)
		}
	}
	t.listeners++
	b.lookAfter(t, measured)
	t.flush(b.position, time.Now()) // so that what is pending is not told to somebody who hears of it at first
	switch {
	case after == nil:
		first = event(eventPosition, b.position, t.mark, nil)
	case after.position > b.position || after.mark != "" && after.mark != t.mark: // it was told more than there is, or of other forms of the documents
		first = event(eventReset, b.position, t.mark, f.all())
	default:
		if changed, known := b.since(t, after.position, keyed); !known {
			first = event(eventReset, b.position, t.mark, f.all())
		} else if len(changed) > 0 {
			first = event(eventChanged, b.position, t.mark, changed)
		}
	}
	return first, t.tail, sync.OnceFunc(func() { b.leave(t) }), nil
}

func (b *board) leave(t *topic) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t.listeners--; t.listeners > 0 {
		return
	}
	b.lookAway(t)
	delete(b.topics, t.filter)
	for _, s := range t.slots() {
		if b.slots[s] = slices.DeleteFunc(b.slots[s], func(other *topic) bool { return other == t }); len(b.slots[s]) == 0 {
			delete(b.slots, s)
		}
	}
}

// slots are where a topic looks out: one for each of its views.
func (f filter) slots() (all []filter) {
	for _, name := range f.names() {
		all = append(all, filter{views: name, key: f.key, country: f.country})
	}
	return all
}
