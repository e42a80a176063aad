package readstore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/projections"
)

// Options say how a Projector works. The zero value is what a server wants.
type Options struct {
	// Batch is the most facts that are folded and committed together; 0 is 4000. The documents do not depend on it.
	Batch int

	// Pace is how far apart steps begin at least while the ledger is followed; 0: a step begins when the last one has ended. What comes at rest is folded at once in any case. Every step writes
	// the large documents anew that it touches: under load, ten milliseconds save most of the work.
	Pace time.Duration

	// Away, if it is set, is told why the views stand still for now: what went wrong with the store or the ledger before Run tries again.
	Away func(err error)

	// Lead, if it is set, is told when this process has become the one that keeps a Shared store up. leading ends when it is that no longer.
	Lead func(leading context.Context)

	// Watch, if it is set, is told of every step, in order, while all views stand at one place; steps of views that have yet to come there are not told. It is
	// called between two batches, so it is quick; its error ends CatchUp and Run.
	Watch func(ctx context.Context, s Step) error
}

// A Step is what one batch changed. From is where the views stood before, To where all of them stand now, in the store as well. CatchUp tells a step without
// facts once it has come to the head, and Run before it follows: there all views stand.
type Step struct {
	From, To ledger.Cursor
	Facts    []domain.Fact
	Changed  []Doc // each document once, as it is now
}

// Projector keeps the documents of views in a Store up with a ledger.
//
// The life of a fact: a goroutine of its own reads and decodes records and puts the facts into a channel; the Projector takes what is there,
// folds it into the documents that it touches, and commits these, view by view, each view's together with its cursor. Whatever stops it in
// between, the cursors say where each view stands, and the next run goes on from there by the same code.
//
// A build of a view that stands behind the others (it is new, or the last run ended between two commits) is brought up to them first; so
// builds are folded together only from the same place. Until a new build is there, the one that is served is left alone.
type Projector struct {
	ledger ledger.Reader
	store  Store
	views  []projections.View
	batch  int
	pace   time.Duration
	most   int
	away   func(error)
	led    func(context.Context)
	watch  func(context.Context, Step) error

	kept kept // of the last step; only the goroutine of CatchUp or Run touches it

	mu       sync.Mutex
	position uint64        // guarded by mu
	moved    chan struct{} // closed and made anew when position grows; guarded by mu
}

// NewProjector makes a Projector; CatchUp and Run make it work, one at a time.
func NewProjector(l ledger.Reader, s Store, views []projections.View, o Options) *Projector {
	if o.Batch <= 0 {
		o.Batch = 4000
	}
	return &Projector{ledger: l, store: s, views: views, batch: o.Batch, pace: o.Pace, most: mostOpen, away: o.Away, led: o.Lead, watch: o.Watch, moved: make(chan struct{})}
}

// CatchUp brings every view up to the head of the ledger and serves it. progress, which may be nil, is told how many records the view that is
// furthest behind reflects, and how many the ledger has as far as is known.
func (p *Projector) CatchUp(ctx context.Context, progress func(done, head uint64)) error {
	_, err := p.catchUp(ctx, progress)
	return err
}

// Run catches up and then follows the ledger until ctx ends; then it returns nil. Any other error means that the views stand still: they
// are all as of the same ledger, a little behind, and Run may be called again. Of a Shared store it does so while this process keeps the store up, and stands by while another
// one does. While the store or the ledger is away (ErrAway, ledger.ErrUnavailable), it goes on trying.
func (p *Projector) Run(ctx context.Context) error {
	err := p.run(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Position is the number of records that every served view reflects; 0 before CatchUp or Run has begun. It never falls.
func (p *Projector) Position() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.position
}

// Await returns once every served view reflects the record seq, or with the error of ctx.
func (p *Projector) Await(ctx context.Context, seq uint64) error {
	for {
		p.mu.Lock()
		position, moved := p.position, p.moved
		p.mu.Unlock()
		if position > seq {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

// publish sets the position to where the last of the served views stands.
func (p *Projector) publish(builds []*build) {
	last := uint64(math.MaxUint64)
	for _, b := range builds {
		if !b.shadow {
			last = min(last, b.shown)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if last > p.position && last != math.MaxUint64 {
		p.position = last
		close(p.moved)
		p.moved = make(chan struct{})
	}
}

// catchUp does what CatchUp says and gives the builds, all at one place.
func (p *Projector) catchUp(ctx context.Context, progress func(done, head uint64)) (group, error) {
	p.kept = kept{} // somebody else may have been here since
	builds, err := p.builds(ctx)
	if err != nil {
		return nil, err
	}
	head, err := p.head(ctx, builds)
	if err != nil {
		return nil, err
	}
	p.publish(builds)
	for {
		behind, until := furthestBehind(builds)
		if err := p.bringUp(ctx, builds, behind, until, func(done uint64) {
			if progress != nil {
				progress(done, max(done, head))
			}
		}); err != nil {
			return nil, err
		}
		if until == 0 {
			for _, b := range behind {
				if err := p.serve(ctx, builds, b); err != nil {
					return nil, err
				}
			}
			return behind, p.tell(ctx, builds, behind, Step{From: behind[0].at, To: behind[0].at})
		}
		builds = withoutShadow(builds)
	}
}

// bringUp takes the builds in behind up to the place until, or where that is 0 up to the head.
func (p *Projector) bringUp(ctx context.Context, all []*build, behind group, until uint64, progress func(done uint64)) error {
	facts, stop := p.read(ctx, behind[0].at, until, p.ledger.All)
	defer stop()
	progress(behind[0].at.Seq)
	for {
		batch, err := facts.take(ctx, p.batch, true)
		if err != nil && len(batch.facts) == 0 {
			return err
		}
		if len(batch.facts) == 0 {
			break
		}
		if err := p.step(ctx, all, behind, batch); err != nil {
			return err
		}
		progress(behind[0].at.Seq)
		if err != nil {
			return err
		}
	}
	if at := behind[0].at.Seq; at < until {
		return fmt.Errorf("project: the ledger has %d records, but a view reflects %d: %s", at, until, anotherLedger)
	}
	return p.serveReady(ctx, all)
}

// follow takes all builds along with the ledger. What has arrived is folded at once: one fact alone, or all that came while the last ones
// were folded.
func (p *Projector) follow(ctx context.Context, all group) error {
	facts, stop := p.read(ctx, all[0].at, 0, p.ledger.Follow)
	defer stop()
	for began := (time.Time{}); ; {
		if wait := p.pace - time.Since(began); wait > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(wait):
			}
		}
		batch, err := facts.take(ctx, p.batch, false)
		began = time.Now()
		if len(batch.facts) > 0 {
			if err := p.step(ctx, all, all, batch); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if len(batch.facts) == 0 {
			return errors.New("project: the ledger has stopped to be followed without saying why")
		}
	}
}

// step folds one batch into the builds of g and commits them.
func (p *Projector) step(ctx context.Context, all []*build, g group, batch batch) error {
	first, last := batch.facts[0].Seq, batch.facts[len(batch.facts)-1].Seq
	told := Step{From: g[0].at, To: batch.to, Facts: batch.facts}
	fold := p.folding(ctx, g)
	for _, f := range batch.facts {
		if err := fold.Apply(f); err != nil {
			return fmt.Errorf("project record %d (%s@%d): %w", f.Seq, f.Stream, f.Revision, err)
		}
	}
	changed := map[string][]Doc{}
	for ref, d := range fold.Changed() {
		b := g.of(ref.View)
		doc := Doc{Ref: ref, Version: b.view.Version, Document: d}
		if changed[ref.View] = append(changed[ref.View], doc); !b.shadow {
			told.Changed = append(told.Changed, doc)
		}
	}
	if err := g.commit(ctx, batch.to, changed); errors.Is(err, ErrStale) {
		return fmt.Errorf("project records %d to %d: %w; only one process at a time may keep a view store up, stop the other one", first, last, err)
	} else if err != nil {
		return fmt.Errorf("project records %d to %d: %w", first, last, err)
	}
	p.kept = kept{fold, g, batch.to}
	p.publish(all)
	return p.tell(ctx, all, g, told)
}

// tell tells a step of g to whoever watches, if that is all there is.
func (p *Projector) tell(ctx context.Context, all []*build, g group, s Step) error {
	if p.watch == nil {
		return nil
	}
	for _, b := range all {
		if !b.shadow && g.of(b.view.Name) != b {
			return nil
		}
	}
	if err := p.watch(ctx, s); err != nil {
		return fmt.Errorf("project up to record %d: %w", s.To.Seq, err)
	}
	return nil
}

// serve makes b the build that is read.
func (p *Projector) serve(ctx context.Context, all []*build, b *build) error {
	if b.shadow || b.served {
		return nil
	}
	if b.shown > b.at.Seq {
		return fmt.Errorf("project: the ledger has %d records, but what is served of view %s reflects %d: %s", b.at.Seq, b.view.Name, b.shown, anotherLedger)
	}
	if err := p.store.Serve(ctx, b.version()); err != nil {
		return fmt.Errorf("serve view %s version %d: %w", b.view.Name, b.view.Version, err)
	}
	b.served, b.shown = true, b.at.Seq
	p.publish(all)
	return nil
}

// serveReady serves the builds that have caught up with the others: some build at the same place is served, and nobody who reads the view would
// go back in time.
func (p *Projector) serveReady(ctx context.Context, all []*build) error {
	for _, b := range all {
		for _, other := range all {
			if other.served && other.at.Seq == b.at.Seq && b.shown <= b.at.Seq {
				if err := p.serve(ctx, all, b); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}
