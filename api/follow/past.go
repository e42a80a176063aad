package follow

import (
	"context"
	"errors"
	"time"

	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// What changed before a board began, and what changed while nobody told it, the store knows: each document has the position of its last change. So who comes back after a restart of the server,
// or to another server, is told what has changed since, as if nothing had been.

// past is what a board of views knows of it.
type past struct {
	store  readstore.Store
	places *places
	alone  chan struct{} // holds one while the store is asked what changed: when a server is back, all its clients are back at once, and the first one asks for all of them
}

// reach has the journal of a board reach back to a position, as far as a filter asks for it. Of one key it says instead, by view, where its document changed last; 0 where there is none.
// Where the store cannot be asked, the journal does not reach back.
func (p *past) reach(ctx context.Context, b *board, f filter, position uint64) (keyed map[string]uint64) {
	for _, view := range b.short(f, position) {
		if f.key == "" {
			p.recall(ctx, b, f, view, position)
			continue
		}
		at, err := p.at(ctx, f, projections.Ref{View: view, Key: f.key})
		if err != nil {
			continue
		}
		if keyed == nil {
			keyed = map[string]uint64{}
		}
		keyed[view] = at
	}
	return keyed
}

// short is that of the journal; nothing is missing behind where the board stands.
func (b *board) short(f filter, position uint64) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if position >= b.position {
		return nil
	}
	return b.journal.short(f, position)
}

// at is where a document changed last, and 0 where there is none, or none that the filter lets through.
func (p *past) at(ctx context.Context, f filter, ref projections.Ref) (uint64, error) {
	d, err := p.store.Get(ctx, ref)
	if errors.Is(err, readstore.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	country := f.country
	if country != "" {
		if country, err = p.places.country(ctx, ref); err != nil {
			return 0, err
		}
	}
	if country != f.country {
		return 0, nil
	}
	return d.At, nil
}

// recall asks the store what changed last of a view, unless somebody else has asked meanwhile.
func (p *past) recall(ctx context.Context, b *board, f filter, view string, position uint64) {
	select {
	case p.alone <- struct{}{}:
		defer func() { <-p.alone }()
	case <-ctx.Done():
		return
	}
	if f.views = view; len(b.short(f, position)) == 0 {
		return
	}
	last, err := p.changed(ctx, view, 0, b.most()+1)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.journal.recall(view, last)
}

func (b *board) most() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.journal.kept()
}

// changed are the documents of a view that changed after a position, the newest first, up to limit.
func (p *past) changed(ctx context.Context, view string, after uint64, limit int) (all []change, err error) {
	docs, err := p.store.Touched(ctx, view, after, limit)
	if errors.Is(err, readstore.ErrNotFound) { // nothing is served, so nobody has read anything
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		country, err := p.places.country(ctx, d.Ref)
		if err != nil {
			return nil, err
		}
		all = append(all, change{d.Key, country, d.At})
	}
	return all, nil
}

// missed says that the views stand at position, where nobody told what changed: the store is asked, of the views that somebody listens to. What cannot be known so, or is more of one view than is kept,
// is lost.
func (l *Live) missed(ctx context.Context, position uint64) {
	b := l.views
	for {
		known, views := b.heard()
		var all []moved
		for _, view := range views {
			changed, err := l.views.past.changed(ctx, view, known, keptKeys+1)
			if err != nil || len(changed) > keptKeys {
				b.lost(position)
				return
			}
			for _, c := range changed {
				all = append(all, moved{projections.Ref{View: view, Key: c.key}, c.country})
			}
		}
		if b.tellMissed(position, views, all) {
			return
		}
	}
}

// heard are the views that somebody listens to, and where the board stands.
func (b *board) heard() (known uint64, views []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := map[string]bool{}
	for f := range b.topics {
		for _, name := range f.names() {
			if !seen[name] {
				seen[name] = true
				views = append(views, name)
			}
		}
	}
	return b.position, views
}

// tellMissed tells what changed of some views, and that it is not known of others. It is false where somebody has begun to listen to others meanwhile: then nothing is told.
func (b *board) tellMissed(position uint64, views []string, changed []moved) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := map[string]bool{}
	for _, view := range views {
		known[view] = true
	}
	for f := range b.topics {
		for _, name := range f.names() {
			if !known[name] {
				return false
			}
		}
	}
	if position > b.position {
		b.journal.skip(position, views)
		b.tellAll(position, changed)
	}
	return true
}

// behind is how long a client that was told more than this server knows waits for it to know that. Another server keeps the views up, and told it.
const behind = 2 * time.Second

// await waits until the board stands at a position, or for so long as it is likely to come there.
func (b *board) await(ctx context.Context, position uint64) {
	ctx, cancel := context.WithTimeout(ctx, behind)
	defer cancel()
	again := time.NewTicker(stride)
	defer again.Stop()
	for b.known() < position {
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}
