package api

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"

	"daybook.internal/projections"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
)

// keyed is a document with its key.
type keyed struct {
	key string
	projections.Document
}

// past keeps the last views that were folded anew up to an earlier place, so that the pages of one list fold it once. What is kept never changes.
type past struct {
	mu   sync.Mutex
	kept []pastView // the last one that was asked for stands first; guarded by mu
}

type pastView struct {
	view string
	at   uint64
	docs []keyed
}

const (
	mostPast      = 4        // views that are kept
	mostPastBytes = 32 << 20 // of documents in one of them
)

func (p *past) get(view string, at uint64) ([]keyed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.kept, func(v pastView) bool { return v.view == view && v.at == at })
	if i < 0 {
		return nil, false
	}
	found := p.kept[i]
	p.kept = slices.Insert(slices.Delete(p.kept, i, i+1), 0, found)
	return found.docs, true
}

func (p *past) keep(v pastView) {
	size := 0
	for _, d := range v.docs {
		size += len(d.Data) + len(d.key)
	}
	if size > mostPastBytes {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept = slices.Insert(p.kept, 0, v); len(p.kept) > mostPast {
		p.kept = p.kept[:mostPast]
	}
}

// viewAt gives all documents of a stored view as they were after the first records, by key.
func (s *server) viewAt(ctx context.Context, v projections.View, at uint64) ([]keyed, error) {
	if docs, ok := s.past.get(v.Name, at); ok {
		return docs, nil
	}
	done, err := s.rebuilding(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if docs, ok := s.past.get(v.Name, at); ok { // by the one that was waited for
		return docs, nil
	}
	fold, _, err := replay.Rebuild(ctx, replay.Records(ctx, s.Service.Ledger), []projections.View{v}, at)
	if err != nil {
		return nil, err
	}
	docs := []keyed{}
	for ref, d := range fold.Documents() {
		docs = append(docs, keyed{ref.Key, d})
	}
	slices.SortFunc(docs, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	s.past.keep(pastView{v.Name, at, docs})
	return docs, nil
}

// documentsAt yields the documents of a view of either sort, as they were after the first records, after a key.
func (s *server) documentsAt(ctx context.Context, v *aView, at uint64, after string) (iter.Seq2[keyed, error], error) {
	if v.stored != nil {
		docs, err := s.viewAt(ctx, *v.stored, at)
		if err != nil {
			return nil, err
		}
		from := 0
		if after != "" {
			from, _ = slices.BinarySearchFunc(docs, after+"\x00", func(d keyed, key string) int { return strings.Compare(d.key, key) })
		}
		return func(yield func(keyed, error) bool) {
			for _, d := range docs[from:] {
				if !yield(d, nil) {
					return
				}
			}
		}, nil
	}
	done, err := s.rebuilding(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	state, err := live.At(ctx, s.Service.Ledger, at, nil)
	if err != nil {
		return nil, err
	}
	keys, err := keysAfter(v, v.measured.Keys(state), after)
	if err != nil {
		return nil, err
	}
	return func(yield func(keyed, error) bool) {
		done, err := s.rebuilding(ctx)
		if err != nil {
			yield(keyed{}, err)
			return
		}
		defer done()
		for _, key := range keys {
			d, err := v.measured.Compute(state, key, func(int, int) error { return ctx.Err() })
			if !yield(keyed{key, d}, err) || err != nil {
				return
			}
		}
	}, nil
}

// rebuilding waits until the ledger may be folded anew, few at a time, and gives what to call afterwards.
func (s *server) rebuilding(ctx context.Context) (done func(), _ error) {
	select {
	case s.rebuilds <- struct{}{}:
		return func() { <-s.rebuilds }, nil
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), context.Cause(ctx))
	}
}
