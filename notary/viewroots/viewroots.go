// Package viewroots commits to the documents of all views, by events in the record that they follow from, and proves single documents by them.
//
// The rule it keeps: what is committed to at a place N is what the first N records make of every view, no more and no less. So the roots are taken between
// two batches of the projector, when all views stand at one place; and since they are a function of the documents alone, whoever folds the record comes to
// the same ones. A commitment changes no document: a ledger at rest stays at rest.
//
// Whoever can write the view store can have false roots committed, and is found out by the next replay: the record says what was committed, for good.
package viewroots

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// A Committer keeps the roots of all views up with a projector, and commits to them. It is safe for concurrent use.
//
// The life of a commitment: the projector tells Watch of every batch; the index of leaf hashes goes along. At a boundary, when somebody waits in Settle, or
// when it is time and a document has changed since the last one, the roots are taken, and Service.CommitViews appends them.
type Committer struct {
	service *commands.Service
	store   readstore.Store
	views   []projections.View
	due     chan struct{} // holds one where a boundary was passed
	turn    chan struct{} // holds one while nobody commits

	mu      sync.Mutex
	index   *notary.ViewIndex // nil where it is not that of at
	at      ledger.Cursor
	changed uint64        // records up to and with the last one that changed a document
	moved   chan struct{} // closed and made anew when at moves
	ended   chan struct{} // closed where Run has ended, nil before it has begun
}

// New makes a committer for the views that a projector keeps in store.
func New(s *commands.Service, store readstore.Store, views []projections.View) *Committer {
	return &Committer{service: s, store: store, views: views, due: make(chan struct{}, 1), turn: make(chan struct{}, 1), moved: make(chan struct{})}
}

// IsBoundary tells whether views are committed to after an event: what was prepared before it is used, counted, published or judged after it.
func IsBoundary(e domain.Event) bool {
	switch e.(type) {
	case domain.MilestoneReached, domain.SessionClosed, domain.DialogueCertified, domain.RecommendationDecided, domain.SynthesisCompleted, domain.PublicationReleased:
		return true
	}
	return false
}

// Watch is the projector's readstore.Options.Watch. Where it does not know the documents before a step, it waits for the one at the head and reads all of
// them from the store; a damaged one is an error, and ends the projector: nothing is committed to that is not as it was folded.
func (c *Committer) Watch(ctx context.Context, s readstore.Step) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.index != nil && c.at == s.From:
	case s.From == ledger.Cursor{}:
		c.begin()
	case len(s.Facts) > 0:
		c.index = nil
		return nil
	default:
		if err := c.load(ctx, s.To); err != nil {
			c.index = nil
			return fmt.Errorf("roots of the views: %w", err)
		}
		c.isDue() // what changed before the last run ended may not be committed to
	}
	for _, d := range s.Changed {
		c.set(d)
	}
	c.at = s.To
	close(c.moved)
	c.moved = make(chan struct{})
	if slices.ContainsFunc(s.Facts, func(f domain.Fact) bool { return IsBoundary(f.Event) }) {
		c.isDue()
	}
	return nil
}

func (c *Committer) isDue() {
	select {
	case c.due <- struct{}{}:
	default: // it was already
	}
}

// begin forgets all documents. The caller holds mu.
func (c *Committer) begin() {
	c.index, c.changed = notary.NewViewIndex(), 0
	for _, v := range c.views {
		c.index.Add(v.Name, v.Version)
	}
}

func (c *Committer) set(d readstore.Doc) {
	c.index.Set(d.View, d.Key, d.At, d.Data)
	c.changed = max(c.changed, d.At)
}

// load reads the documents of all views, which stand at one place. The caller holds mu.
func (c *Committer) load(ctx context.Context, at ledger.Cursor) error {
	c.begin()
	for _, v := range c.views {
		served, stands, ok, err := c.store.Served(ctx, v.Name)
		if err != nil {
			return err
		}
		if !ok || served.Version != v.Version || stands != at {
			return fmt.Errorf("view %s version %d does not stand at record %d", v.Name, v.Version, at.Seq)
		}
		for d, err := range c.store.List(ctx, v.Name, "", 0) {
			if err != nil {
				return err
			}
			c.set(d)
		}
	}
	return nil
}

// ErrUnknown says that the documents are not known, because no projector has come to the head yet.
var ErrUnknown = errors.New("the views are not up with the ledger yet, so nothing can be committed to")

// ErrEnded says that nobody keeps the views up any more.
var ErrEnded = errors.New("the views are not kept up with the ledger any more")

// Commit commits to the documents as they stand, unless none has changed since the last commitment. It tells whether it wrote one.
func (c *Committer) Commit(ctx context.Context) (bool, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	last, err := c.service.LastCommitment(ctx)
	if err != nil {
		return false, err
	}
	next, err := c.next(last)
	if err != nil || next == nil {
		return false, err
	}
	r, err := c.service.CommitViews(ctx, *next)
	switch {
	case errors.Is(err, domain.ErrSuperseded): // somebody else has committed to a later place
		return false, nil
	case err != nil: // not %w: nobody has asked for anything that could be rejected
		if rejected := (*domain.Rejection)(nil); errors.As(err, &rejected) {
			err = fmt.Errorf("commit to the views at record %d: %v", next.Size, rejected)
		}
		return false, err
	}
	return r.Done(), nil
}

// next is what there is to commit to, nil where that is nothing new.
func (c *Committer) next(last *domain.ViewsCommitted) (*domain.ViewsCommitted, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.index == nil:
		return nil, ErrUnknown
	case c.at.Seq == 0, last != nil && c.at.Seq <= last.Size:
		return nil, nil
	case last != nil && c.changed <= last.Size && sameViews(last.Views, c.views):
		return nil, nil
	}
	return &domain.ViewsCommitted{Size: c.at.Seq, Views: c.index.Roots()}, nil
}

// sameViews tells whether a commitment is about the same views in the same versions.
func sameViews(committed []domain.ViewRoot, views []projections.View) bool {
	return len(committed) == len(views) && !slices.ContainsFunc(views, func(v projections.View) bool {
		return !slices.ContainsFunc(committed, func(r domain.ViewRoot) bool { return r.View == v.Name && r.Version == v.Version })
	})
}

// Settle waits until the views reflect every record that the ledger has now, and commits to them. It needs Run, and a projector that follows.
func (c *Committer) Settle(ctx context.Context) error {
	head, err := c.head(ctx)
	if err != nil {
		return err
	}
	for {
		c.mu.Lock()
		there, moved, ended := c.index != nil && c.at.Seq >= head, c.moved, c.ended
		c.mu.Unlock()
		if there {
			_, err := c.Commit(ctx)
			return err
		}
		select {
		case <-moved:
		case <-ended:
			return ErrEnded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Committer) head(ctx context.Context) (uint64, error) {
	if l, ok := c.service.Ledger.(ledger.Header); ok {
		return l.Head(ctx)
	}
	c.mu.Lock()
	after := c.at
	c.mu.Unlock()
	for e, err := range c.service.Ledger.All(ctx, after) {
		if err != nil {
			return 0, err
		}
		after = e.Cursor
	}
	return after.Seq, nil
}

// awayWait is how long Run waits before it tries again while the ledger is away.
const awayWait = time.Second

// Run commits at boundaries, and every so often where a document has changed (0: never), until ctx ends; then it returns nil. It runs beside a projector that
// tells Watch. While the ledger is away, it goes on trying.
func (c *Committer) Run(ctx context.Context, every time.Duration) error {
	ended := make(chan struct{})
	c.mu.Lock()
	c.ended = ended
	c.mu.Unlock()
	defer close(ended)
	var tick <-chan time.Time
	if every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.due:
		case <-tick:
		}
		_, err := c.Commit(ctx)
		switch {
		case err == nil, errors.Is(err, ErrUnknown):
		case ctx.Err() != nil:
			return nil
		case readstore.IsAway(err), errors.Is(err, ledger.ErrUnknownOutcome):
			c.isDue()
			select {
			case <-ctx.Done():
			case <-time.After(awayWait):
			}
		default:
			return fmt.Errorf("commit to the views: %w", err)
		}
	}
}
