package esdbserver

import (
	"context"
	"crypto/rand"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

func randomBytes(b []byte) { _, _ = rand.Read(b) } // it does not fail (package crypto/rand)

// notices tells subscriptions of single streams that theirs has grown. One goroutine follows the ledger for all of them, as long as there is one: it hands over no
// records and waits for nobody, so a slow subscriber costs the others nothing.
type notices struct {
	reader   ledger.Reader
	stopping context.Context
	calls    *sync.WaitGroup

	mu  sync.Mutex
	now *watch // guarded by mu; nil while nobody waits
}

// A watch is one goroutine that follows the ledger, and those who wait for it.
type watch struct {
	waiting map[domain.StreamID]map[*waiter]bool // guarded by notices.mu
	n       int                                  // of them; guarded by notices.mu
	stop    context.CancelFunc
	over    chan struct{} // closed when it has ended
	err     error         // why; set before over is closed
}

// A waiter is one subscription.
type waiter struct {
	notices *notices
	watch   *watch
	stream  domain.StreamID
	grown   chan struct{} // holds one notice; more would say nothing new
}

// join begins to wait for stream: whatever is appended after it returns brings a notice, and what was appended before can be read.
func (n *notices) join(ctx context.Context, stream domain.StreamID) (*waiter, error) {
	for end, known := uint64(0), false; ; known = true {
		if w := n.add(stream, end, known); w != nil {
			return w, nil
		}
		var err error
		if end, err = head(ctx, n.reader); err != nil { // without the lock: a ledger may take its time, and others do not wait for it
			return nil, err
		}
	}
}

// add lets somebody wait. Where nobody follows yet it begins to, at a place that may be long past; nil if that is not known.
func (n *notices) add(stream domain.StreamID, end uint64, known bool) *waiter {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.now == nil {
		if !known {
			return nil
		}
		following, stop := context.WithCancel(n.stopping)
		n.now = &watch{waiting: make(map[domain.StreamID]map[*waiter]bool), stop: stop, over: make(chan struct{})}
		n.calls.Add(1)
		go n.follow(following, n.now, ledger.Cursor{Seq: end})
	}
	w := &waiter{notices: n, watch: n.now, stream: stream, grown: make(chan struct{}, 1)}
	if n.now.waiting[stream] == nil {
		n.now.waiting[stream] = make(map[*waiter]bool)
	}
	n.now.waiting[stream][w] = true
	n.now.n++
	return w
}

func (n *notices) follow(ctx context.Context, watch *watch, after ledger.Cursor) {
	defer n.calls.Done()
	defer close(watch.over)
	defer watch.stop()
	for e, err := range n.reader.Follow(ctx, after) {
		n.mu.Lock()
		if err != nil {
			watch.err = err
			if n.now == watch {
				n.now = nil // the next subscription begins anew
			}
		}
		for w := range watch.waiting[e.Stream] {
			select {
			case w.grown <- struct{}{}:
			default:
			}
		}
		n.mu.Unlock()
	}
}

// wait returns when the stream may have grown, or with the error for which nobody would hear of it.
func (w *waiter) wait(ctx context.Context) error {
	select {
	case <-w.grown:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-w.watch.over:
		return w.watch.err
	}
}

// leave ends the waiting. The last one ends the watch.
func (w *waiter) leave() {
	w.notices.mu.Lock()
	defer w.notices.mu.Unlock()
	delete(w.watch.waiting[w.stream], w)
	if len(w.watch.waiting[w.stream]) == 0 {
		delete(w.watch.waiting, w.stream)
	}
	if w.watch.n--; w.watch.n == 0 {
		w.watch.stop()
		if w.notices.now == w.watch {
			w.notices.now = nil
		}
	}
}
