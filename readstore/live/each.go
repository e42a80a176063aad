package live

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// What is held of documents that wait for their turn, or to be finished: as many as this, and not more of those that are begun early.
const (
	maxAhead = 8192
	maxEarly = 1024
)

// begun is a document of which everything was read.
type begun struct {
	view measures.View
	key  string
	job  *measures.Job
	doc  projections.Document
	err  error
	done chan struct{}
}

func (b *begun) finish(ctx context.Context) {
	b.doc, b.err = b.job.Finish(func(int, int) error { return context.Cause(ctx) })
	b.job = nil
	close(b.done)
}

// each computes documents. One goroutine begins them, as a State belongs to one; it and the others finish them.
type each struct {
	state *measures.State
	early map[projections.Ref]*begun // those that take long, before their turn
	todo  chan *begun
	order chan *begun
}

// Each computes every document of some views, and gives them one by one, in the order of views and of keys. What takes long is begun first, and done on all cores while the
// others are begun; the documents do not depend on that. It ends with the first error: of a computation, of each, or of ctx.
func Each(ctx context.Context, s *measures.State, views []measures.View, give func(v measures.View, key string, d projections.Document) error) error {
	e := &each{s, map[projections.Ref]*begun{}, make(chan *begun, maxEarly), make(chan *begun, maxAhead)}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(e.order)
		err := e.begin(ctx, views)
		if close(e.todo); err == nil {
			e.work(ctx)
		}
		return err
	})
	for range runtime.GOMAXPROCS(0) - 1 {
		group.Go(func() error {
			e.work(ctx)
			return nil
		})
	}
	group.Go(func() error {
		for b := range e.order {
			select {
			case <-b.done:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if b.err != nil {
				return b.err
			}
			if err := give(b.view, b.key, b.doc); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

func (e *each) work(ctx context.Context) {
	for b := range e.todo {
		b.finish(ctx)
	}
}

// begin begins all documents, and puts them in order.
func (e *each) begin(ctx context.Context, views []measures.View) error {
	for _, v := range views {
		if !v.Heavy {
			continue
		}
		for _, key := range v.Keys(e.state) {
			if len(e.early) == maxEarly {
				break
			}
			b, err := e.one(ctx, v, key)
			if err != nil {
				return err
			}
			e.early[projections.Ref{View: v.Name, Key: key}] = b
		}
	}
	for _, v := range views {
		for _, key := range v.Keys(e.state) {
			ref := projections.Ref{View: v.Name, Key: key}
			b := e.early[ref]
			if delete(e.early, ref); b == nil {
				var err error
				if b, err = e.one(ctx, v, key); err != nil {
					return err
				}
			}
			if err := e.inOrder(ctx, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// one begins a document. Where many wait to be finished, it finishes it.
func (e *each) one(ctx context.Context, v measures.View, key string) (*begun, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	job, err := v.Begin(e.state, key)
	if err != nil {
		return nil, err
	}
	b := &begun{view: v, key: key, job: job, done: make(chan struct{})}
	select {
	case e.todo <- b:
	default:
		b.finish(ctx)
	}
	return b, nil
}

// inOrder hands a document on. While too many wait for their turn, others are finished.
func (e *each) inOrder(ctx context.Context, b *begun) error {
	for {
		select {
		case e.order <- b:
			return nil
		default:
		}
		select {
		case e.order <- b:
			return nil
		case other := <-e.todo:
			other.finish(ctx)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
