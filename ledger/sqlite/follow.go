package sqlite

import (
	"context"
	"iter"
	"sync"
	"time"

	"daybook.internal/ledger"
)

// Follow is that of ledger.Reader.
func (l *Ledger) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for first := true; ; first = false {
			growth := l.growth.next()
			at, more, err := l.read(ctx, after, first, yield)
			if !more {
				return
			}
			if after = at; err == nil {
				err = l.wait(ctx, growth)
			}
			if err != nil {
				yield(ledger.Entry{}, err)
				return
			}
		}
	}
}

// wait returns when there may be more than there was when growth was taken.
func (l *Ledger) wait(ctx context.Context, growth <-chan struct{}) error {
	often := time.Second // a second process that writes is possible, though not usual
	if l.readOnly {
		often = 50 * time.Millisecond
	}
	t := time.NewTimer(often)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-l.closing:
		return ledger.ErrClosed
	case <-growth:
	case <-t.C:
	}
	return nil
}

// A signal wakes all who wait, once for each send.
type signal struct {
	mu   sync.Mutex
	sent chan struct{} // closed by the next send; guarded by mu
}

func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

func (s *signal) send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.sent)
	s.sent = make(chan struct{})
}
