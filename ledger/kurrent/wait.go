package kurrent

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// stall is how long somebody waits for a tail that does not move before it begins another subscription. The connection looks after itself; this is for
// a subscription that the server forgot.
const stall = 5 * time.Second

// wait returns when done says so, which is asked whenever the tail has moved, with t.mu held. It returns an error when waiting has no sense any more.
func (t *tail) wait(ctx context.Context, done func() bool) error {
	var stalls <-chan time.Time // made when there is something to wait for, which there seldom is
	for at := t.at(); ; {
		changed, refusal, trouble := t.link.state()
		t.mu.Lock()
		stopped, ok, grown := t.refuse(), done(), t.grown
		t.awaited = true
		t.mu.Unlock()
		switch {
		case t.link.isClosed():
			return ledger.ErrClosed
		case stopped != nil:
			return stopped
		case ok:
			return nil
		case ctx.Err() != nil:
			return ended(ctx, trouble)
		case refusal != nil:
			return refusal
		case stalls == nil:
			timer := time.NewTicker(stall)
			defer timer.Stop()
			stalls = timer.C
		}
		select {
		case <-grown:
		case <-changed:
		case <-ctx.Done():
		case <-t.link.closing:
		case <-stalls:
			at = t.nudge(at)
		}
	}
}

// nudge ends the subscription if the tail has not moved from a position.
func (t *tail) nudge(from uint64) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == from && t.again != nil {
		t.again()
	}
	return t.known
}

// A waiter is an append that waits for its n records to be counted, from a revision of a stream on. t.mu guards it.
type waiter struct {
	stream   string
	revision uint64
	n        int
	seen     []entry // as many of them as were counted since the waiter is there
	target   uint64  // the server has them at this position; 0: that is not known yet
	done     chan struct{}
	finished bool
}

// expect makes a waiter. Whatever is counted from now on is seen by it.
func (t *tail) expect(stream domain.StreamID, revision uint64, n int) *waiter {
	w := &waiter{stream: t.names.of(stream), revision: revision, n: n, done: make(chan struct{})}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiters[w.stream] = append(t.waiters[w.stream], w)
	return w
}

// forget takes w away.
func (t *tail) forget(w *waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rest := slices.DeleteFunc(t.waiters[w.stream], func(other *waiter) bool { return other == w })
	if len(rest) == 0 {
		delete(t.waiters, w.stream)
	} else {
		t.waiters[w.stream] = rest
	}
}

func (w *waiter) see(in entry) {
	if in.Revision == w.revision+uint64(len(w.seen)) && len(w.seen) < w.n {
		if w.seen = append(w.seen, in); len(w.seen) == w.n {
			w.finish()
		}
	}
}

// passed tells w how far the tail is. Who has seen nothing by its target waits for records that were counted before it came.
func (w *waiter) passed(position uint64) {
	if w.target > 0 && position >= w.target && len(w.seen) == 0 {
		w.finish()
	}
}

func (w *waiter) finish() {
	if !w.finished {
		w.finished = true
		close(w.done)
	}
}

// settle waits for the records of w, which the server has up to a position. seen is nil if they were counted before w came.
func (t *tail) settle(ctx context.Context, w *waiter, target uint64) (seen []entry, err error) {
	t.mu.Lock()
	w.target = target
	w.passed(t.known)
	at := t.known
	t.mu.Unlock()
	timer := time.NewTicker(stall)
	defer timer.Stop()
	for {
		changed, refusal, trouble := t.link.state()
		select {
		case <-w.done:
			t.mu.Lock()
			defer t.mu.Unlock()
			if len(w.seen) < w.n {
				return nil, t.refuse()
			}
			return w.seen, nil
		default:
		}
		switch {
		case t.link.isClosed():
			return nil, ledger.ErrClosed
		case ctx.Err() != nil:
			return nil, ended(ctx, trouble)
		case refusal != nil:
			return nil, refusal
		}
		select {
		case <-w.done:
		case <-changed:
		case <-ctx.Done():
		case <-t.link.closing:
		case <-timer.C:
			at = t.nudge(at)
		}
	}
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) }
