package live

import (
	"context"
	"errors"

	"daybook.internal/projections/measures"
)

// Await returns the position once more than n records were applied, and the head was reached once; or the error of ctx.
func (l *Live) Await(ctx context.Context, n uint64) (uint64, error) {
	for {
		l.mu.Lock()
		position, ready, moved := l.state.Position(), l.ready, l.moved
		l.mu.Unlock()
		if ready && position > n {
			return position, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// wake wakes those who await. It is called under the lock.
func (l *Live) wake() {
	close(l.moved)
	l.moved = make(chan struct{})
}

// A Watch looks after one document without computing it. One goroutine uses it at a time.
type Watch struct {
	live  *Live
	view  measures.View
	key   string
	state *measures.State // of the job
	job   *measures.Job
}

// Watch begins to look after a document, which may be yet to come.
func (l *Live) Watch(v measures.View, key string) *Watch { return &Watch{live: l, view: v, key: key} }

// At is the number of records up to and with the last one that any input of the document rests on now: while it stays the same, so does the document. It is 0 where there is no document.
// ErrBehind comes before the head was reached once.
func (w *Watch) At() (uint64, error) {
	l := w.live
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ready {
		return 0, ErrBehind
	}
	if w.job != nil && w.state == l.state && w.job.Fresh() {
		return w.job.At(), nil
	}
	w.job, w.state = nil, l.state
	job, err := w.view.Begin(l.state, w.key)
	if errors.Is(err, measures.ErrNoDocument) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	job.Leave()
	w.job = job
	return job.At(), nil
}
