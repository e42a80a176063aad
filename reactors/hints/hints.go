// Package hints tells many listeners which view documents have moved, and where the views stand, so that a browser need not ask again and again.
//
// The rule it keeps: nobody who listens is waited for, and what is kept for all of them together is bounded. A hint says that there is something new, never what: who wants to
// know reads the document. So it does no harm where hints are missed; who missed some is told, and reads what it shows anew.
//
// readstore.Projector tells one watcher, in its own stride (Options.Watch), and lets a caller await a position (Await). This package stands behind that one watcher.
package hints

import (
	"context"
	"errors"
	"sync"

	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// A Hint is that views have moved: they stand at Position now, and since they stood at From, these documents changed. Changed is shared; nobody writes to it. Where From is behind the
// Position of the hint before, the steps in between were not told: they were another process's, or the views were brought up one by one.
type Hint struct {
	From     uint64
	Position uint64 // the number of records that all views reflect
	Changed  []projections.Ref
}

// kept is how many hints are kept for those who are behind. A hint is a batch of the projector's, so at most some thousand documents.
const kept = 256

// A Hub takes hints from a projector and gives them to listeners. It is safe for concurrent use.
type Hub struct {
	mu     sync.Mutex
	ring   []Hint        // the last ones, in a ring; guarded by mu, as is what follows
	next   uint64        // how many hints there have been; the last one is at ring[(next-1) % len(ring)]
	told   chan struct{} // closed and made anew by each hint, and closed for good by Close
	closed bool
}

// NewHub makes a hub.
func NewHub() *Hub { return &Hub{ring: make([]Hint, kept), told: make(chan struct{})} }

// Watch is a readstore.Options.Watch. It takes as long as naming what changed does, and never fails.
func (h *Hub) Watch(_ context.Context, s readstore.Step) error {
	hint := Hint{From: s.From.Seq, Position: s.To.Seq, Changed: make([]projections.Ref, len(s.Changed))}
	for i, d := range s.Changed {
		hint.Changed[i] = d.Ref
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.ring[h.next%kept] = hint
	h.next++
	close(h.told)
	h.told = make(chan struct{})
	return nil
}

// Position is where the views stood at the last hint; ok is false before the first one.
func (h *Hub) Position() (position uint64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.next == 0 {
		return 0, false
	}
	return h.ring[(h.next-1)%kept].Position, true
}

// Close ends all listeners. It may be called twice.
func (h *Hub) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.told)
	}
	return nil
}

// Why a listener gets no more hints.
var (
	ErrSlow   = errors.New("there were more hints than are kept for those who are behind; read anew what you show, and listen again")
	ErrClosed = errors.New("no more hints are given")
)

// A Listener gets the hints about what it picked. One goroutine uses it. It needs no closing: it is nothing to the hub.
type Listener struct {
	hub  *Hub
	pick func(projections.Ref) bool
	next uint64 // the number of its next hint
	err  error
}

// Listen begins with the next hint. pick says which documents matter, in the listener's own goroutine; nil: all. A hint without any of them is not given.
func (h *Hub) Listen(pick func(projections.Ref) bool) *Listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	return &Listener{hub: h, pick: pick, next: h.next}
}

// ListenAfter begins with what is new since the views stood at a position, which a listener that was cut off remembers. Where the hub does not reach back that far, the first call of
// Next is ErrSlow.
func (h *Hub) ListenAfter(position uint64, pick func(projections.Ref) bool) *Listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &Listener{hub: h, pick: pick, next: h.next}
	oldest := h.next - min(h.next, kept)
	for l.next > oldest && h.ring[(l.next-1)%kept].Position > position {
		l.next--
	}
	if l.next == oldest { // what came before it is not known
		l.err = ErrSlow
	}
	return l
}

// Next waits for the next hint. ErrSlow, ErrClosed and the error of ctx are final but for the last: with another context, it goes on.
func (l *Listener) Next(ctx context.Context) (Hint, error) {
	for l.err == nil {
		hint, told, err := l.hub.at(l.next)
		switch {
		case err != nil:
			l.err = err
		case told == nil:
			l.next++
			if picked, ok := l.picked(hint); ok {
				return picked, nil
			}
		default:
			select {
			case <-told:
			case <-ctx.Done():
				return Hint{}, ctx.Err()
			}
		}
	}
	return Hint{}, l.err
}

// at gives a hint by its number, or what to wait for where it is yet to come.
func (h *Hub) at(n uint64) (hint Hint, told <-chan struct{}, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case n+kept < h.next:
		return Hint{}, nil, ErrSlow
	case n < h.next:
		return h.ring[n%kept], nil, nil
	case h.closed:
		return Hint{}, nil, ErrClosed
	}
	return Hint{}, h.told, nil
}

func (l *Listener) picked(hint Hint) (Hint, bool) {
	if l.pick == nil {
		return hint, true
	}
	var mine []projections.Ref
	for _, ref := range hint.Changed {
		if l.pick(ref) {
			mine = append(mine, ref)
		}
	}
	return Hint{hint.From, hint.Position, mine}, len(mine) > 0
}
