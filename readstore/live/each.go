package live

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// Each computes every document of some views, and gives them one by one, in the order of views and of keys. What takes long is done on all cores while the next ones
// are begun; the documents do not depend on that. It ends with the first error: of a computation, of each, or of ctx.
func Each(ctx context.Context, s *measures.State, views []measures.View, each func(v measures.View, key string, d projections.Document) error) error {
	type begun struct {
		view measures.View
		key  string
		job  *measures.Job
		doc  projections.Document
		err  error
		done chan struct{}
	}
	workers := runtime.GOMAXPROCS(0)
	todo, inOrder := make(chan *begun, 4*workers), make(chan *begun, 64*workers)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(todo)
		defer close(inOrder)
		for _, v := range views {
			for _, key := range v.Keys(s) {
				job, err := v.Begin(s, key)
				if err != nil {
					return err
				}
				b := &begun{view: v, key: key, job: job, done: make(chan struct{})}
				for _, to := range []chan *begun{inOrder, todo} {
					select {
					case to <- b:
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				}
			}
		}
		return nil
	})
	for range workers {
		group.Go(func() error {
			for b := range todo {
				b.doc, b.err = b.job.Finish(func(int, int) error { return context.Cause(ctx) })
				close(b.done)
			}
			return nil
		})
	}
	group.Go(func() error {
		for b := range inOrder {
			select {
			case <-b.done:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			if b.err != nil {
				return b.err
			}
			if err := each(b.view, b.key, b.doc); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}
