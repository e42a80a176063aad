package live

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// What is kept of documents. Above one of these, those that were asked for longest ago are forgotten until half of it is free.
const (
	maxKept  = 4096
	maxBytes = 64 << 20
)

// errLeft ends a computation that nobody waits for.
var errLeft = errors.New("nobody waits for this document any more")

// document is one that was computed, or is being.
type document struct {
	ref     projections.Ref
	job     *measures.Job // nil: it waits for its turn, and has read nothing yet
	at      uint64        // the position at which job began
	used    uint64
	waiting int // who ask for it now
	stop    context.CancelCauseFunc
	done    chan struct{} // closed when doc and err are set
	settled bool
	doc     projections.Document
	err     error
}

// Get gives a document, and the position up to which it stands. measures.ErrNoDocument says that there is none. Several who ask for the same document at once
// wait for one computation, which goes on when the first of them has left, and ends with the last one. Of those that take seconds, some go on at a time and
// the others wait, before they have read anything.
func (l *Live) Get(ctx context.Context, v measures.View, key string) (projections.Document, uint64, error) {
	d, at, err := l.ask(v, key)
	if err != nil {
		return projections.Document{}, at, err
	}
	defer l.leave(d)
	select {
	case <-d.done:
		return d.doc, max(at, d.at), d.err
	case <-ctx.Done():
		return projections.Document{}, at, context.Cause(ctx)
	}
}

// ask begins a computation, or finds one that still holds.
func (l *Live) ask(v measures.View, key string) (*document, uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ready {
		return nil, 0, ErrBehind
	}
	ref, at := projections.Ref{View: v.Name, Key: key}, l.state.Position()
	l.begun++
	if d := l.kept[ref]; d != nil && (d.job == nil || d.job.Fresh()) {
		d.used = l.begun
		d.waiting++
		return d, at, nil
	}
	ctx, stop := context.WithCancelCause(context.Background())
	d := &document{ref: ref, used: l.begun, waiting: 1, stop: stop, done: make(chan struct{})}
	l.forget(ref)
	l.kept[ref] = d
	if v.Heavy {
		go l.work(ctx, v, d)
		return d, at, nil
	}
	if err := l.begin(v, d); err != nil {
		l.settle(d, projections.Document{}, err)
	} else {
		doc, err := d.job.Finish(nil)
		l.settle(d, doc, err)
	}
	return d, at, nil
}

// begin reads what a document needs. It is called under the lock.
func (l *Live) begin(v measures.View, d *document) error {
	if !l.ready {
		return ErrBehind
	}
	job, err := v.Begin(l.state, d.ref.Key)
	if err != nil {
		return err
	}
	d.job, d.at = job, l.state.Position()
	return nil
}

// work computes what takes seconds, when its turn has come.
func (l *Live) work(ctx context.Context, v measures.View, d *document) {
	doc, err := l.inTurn(ctx, v, d)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle(d, doc, err)
}

func (l *Live) inTurn(ctx context.Context, v measures.View, d *document) (projections.Document, error) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return projections.Document{}, context.Cause(ctx)
	}
	l.mu.Lock()
	err := l.begin(v, d)
	l.mu.Unlock()
	if err != nil {
		return projections.Document{}, err
	}
	return d.job.Finish(func(done, total int) error {
		if l.tick != nil {
			if err := l.tick(done, total); err != nil {
				return err
			}
		}
		return context.Cause(ctx)
	})
}

// settle hands a document to those who wait, and keeps it if there is one. It is called under the lock.
func (l *Live) settle(d *document, doc projections.Document, err error) {
	d.doc, d.err, d.settled = doc, err, true
	if l.kept[d.ref] == d {
		if l.bytes += len(doc.Data); err != nil {
			l.forget(d.ref)
		}
	}
	close(d.done)
	d.stop(nil)
	if len(l.kept) > maxKept || l.bytes > maxBytes {
		l.forgetOldest()
	}
}

// leave takes away one who waited. A computation that nobody waits for ends, and whoever comes later begins anew.
func (l *Live) leave(d *document) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.waiting--; d.waiting > 0 || d.settled {
		return
	}
	if l.kept[d.ref] == d {
		l.forget(d.ref)
	}
	d.stop(errLeft)
}

// forget lets go of what is kept of a document; those who wait for it get it all the same.
func (l *Live) forget(ref projections.Ref) {
	if d := l.kept[ref]; d != nil {
		l.bytes -= len(d.doc.Data)
		delete(l.kept, ref)
	}
}

// forgetOldest keeps half of what may be kept. What is still being computed stays.
func (l *Live) forgetOldest() {
	var settled []*document
	for _, d := range l.kept {
		if d.settled {
			settled = append(settled, d)
		}
	}
	slices.SortFunc(settled, func(a, b *document) int { return cmp.Compare(a.used, b.used) })
	for _, d := range settled {
		if len(l.kept) <= maxKept/2 && l.bytes <= maxBytes/2 {
			return
		}
		l.forget(d.ref)
	}
}
