package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// How far folding lags behind reading, so that it is known at the place that a commitment is about that there will be one: an honest daybook commits to what it
// has just folded. What is committed to later than that is folded once more at the end.
const (
	lagBatches = 32
	lagBytes   = 48 << 20
	maxLate    = 10_000
)

// folding folds every event into all views, and compares what is served, and what was committed to, at its place.
type folding struct {
	*runner
	views views
	waits []*batch
	bytes int
	late  []commitment
	lost  string // why it cannot go on
	n     uint64 // commitments

	served *replay.Served
	serves []replay.ServedView // by place; those that are still to come
}

// A commitment to views, and where it stands.
type commitment struct {
	domain.ViewsCommitted
	seq   uint64
	where string
}

// views are all views at a place.
type views struct {
	fold  *projections.Fold
	roots *replay.ViewRoots
	at    uint64
}

func newViews(places []uint64) views {
	fold := projections.NewFold(projections.All(), nil)
	return views{fold: fold, roots: replay.NewViewRoots(fold, projections.All(), places)}
}

func (v *views) apply(fact domain.Fact) error {
	v.roots.Before(fact.Seq)
	if err := v.fold.Apply(fact); err != nil {
		return fmt.Errorf("event %d: %w", fact.Seq, err)
	}
	v.at = fact.Seq + 1
	return nil
}

func newFold(r *runner) *folding { return &folding{runner: r, views: newViews(nil)} }

func (f *folding) checks() []string { return []string{checkViews, checkDocuments} }

// open finds what is served.
func (f *folding) open(ctx context.Context) {
	f.served = f.Served
	if f.served == nil {
		var err error
		if f.served, err = f.bundled(ctx); err != nil {
			f.notDone(checkDocuments, "%v", err)
		}
	}
	if f.served == nil {
		f.served = &replay.Served{}
		return
	}
	missing := map[string]bool{}
	for _, v := range projections.All() {
		missing[v.Name] = true
	}
	for _, v := range f.served.Views {
		delete(missing, v.View)
		if known, ok := projections.ByName(v.View); !ok || known.Version != v.Version {
			f.notDone(checkDocuments, "view %s, version %d: this program cannot rebuild it; another version of it can", v.View, v.Version)
			continue
		}
		f.serves = append(f.serves, v)
	}
	for _, v := range projections.All() {
		if missing[v.Name] && !v.Public && slices.Contains(f.served.Closed, v.Name) {
			f.notice(NoticeClosed, v.Name, "this view is not made for everybody, so its documents were not compared; with --token FILE they are, or in a bundle")
			continue
		}
		if missing[v.Name] {
			f.notDone(checkDocuments, "view %s is left out, so its documents cannot be compared", v.Name)
		}
	}
	slices.SortStableFunc(f.serves, func(a, b replay.ServedView) int { return cmp.Compare(a.At, b.At) })
}

// take looks for commitments, and folds what has waited long enough.
func (f *folding) take(ctx context.Context, b *batch) {
	if f.served == nil {
		f.open(ctx)
	}
	for i := range b.facts {
		if e, ok := b.facts[i].Event.(domain.ViewsCommitted); ok && f.lag >= 0 && e.Size <= b.facts[i].Seq && e.Size >= f.views.at {
			f.views.roots.Expect(e.Size)
		}
	}
	f.waits = append(f.waits, b)
	f.bytes += b.bytes
	for len(f.waits) > max(f.lag, 0) || (len(f.waits) > 1 && f.bytes > lagBytes) {
		f.next()
	}
}

// next folds one batch.
func (f *folding) next() {
	b := f.waits[0]
	f.waits = f.waits[1:]
	f.bytes -= b.bytes
	for i := range b.facts {
		if f.lost != "" {
			return
		}
		f.stop()
		if err := f.views.apply(b.facts[i]); err != nil {
			f.lost = err.Error()
			return
		}
		if e, ok := b.facts[i].Event.(domain.ViewsCommitted); ok {
			f.committed(commitment{e, b.facts[i].Seq, nameOf(&b.facts[i])})
		}
	}
}

// committed compares a commitment with the roots of the place that it is about.
func (f *folding) committed(c commitment) {
	f.n++
	done := f.views.roots.Check(c.seq, c.ViewsCommitted)
	switch {
	case done.Missed && len(f.late) < maxLate:
		f.late = append(f.late, c)
	case done.Missed:
		f.notDone(checkViews, "%s is one of more than %d commitments to places long before them; this program takes up no more of those", c.where, maxLate)
	default:
		f.compared(c, done)
	}
}

func (f *folding) compared(c commitment, done replay.RootsChecked) {
	f.count(checkViews, uint64(len(done.Held)+len(done.Differ)))
	switch {
	case c.Size > c.seq:
		f.find(checkViews, replay.ViewRoot, c.where, "it is about %d events, and %d stand before it", c.Size, c.seq)
	case len(done.Differ) > 0:
		f.find(checkViews, replay.ViewRoot, c.where, "the first %d events do not come to the roots that it commits to, of %s", c.Size, strings.Join(done.Differ, ", "))
	}
	if len(done.Unknown) > 0 {
		f.notDone(checkViews, "%s commits to versions that this program cannot rebuild, of %s; another version of it can", c.where, strings.Join(done.Unknown, ", "))
	}
}

// stop compares the views that are said to reflect exactly the events so far.
func (f *folding) stop() {
	for len(f.serves) > 0 && f.serves[0].At <= f.views.at {
		f.compare(f.serves[0], false)
		f.serves = f.serves[1:]
	}
}

func (f *folding) compare(v replay.ServedView, later bool) {
	moved := func(d replay.ServedDocument) bool { return later && d.At > f.views.at }
	n, err := replay.Compare(f.views.fold.DocumentsOf(v.View), f.served.Documents(v.View), moved, func(key, problem string) {
		f.find(checkDocuments, replay.ServedDiffers, v.View+" "+key, "%s", problem)
	})
	f.count(checkDocuments, n)
	f.mu.Lock()
	f.report.Documents += n
	f.mu.Unlock()
	if err != nil {
		f.notDone(checkDocuments, "%v", err)
	}
}

func (f *folding) end(ctx context.Context, why string) {
	if f.served == nil {
		f.open(ctx)
	}
	for len(f.waits) > 0 {
		f.next()
	}
	f.stop()
	if f.lost != "" {
		why = f.lost
	}
	if why != "" {
		f.notDone(checkViews, "%s", why)
		f.notDone(checkDocuments, "%s", why)
		return
	}
	for _, v := range f.serves { // beyond the head
		if f.Served == nil {
			f.find(checkDocuments, replay.ServedDiffers, v.View, "it is said to reflect %d events; the log has %d", v.At, f.views.at)
			continue
		}
		f.compare(v, true)
	}
	if f.served.Views != nil {
		f.passed(checkDocuments, "%d views", len(f.served.Views))
	}
	if f.n == 0 {
		f.notAsked(checkViews, "the log commits to no views")
		return
	}
	f.again(ctx)
	f.passed(checkViews, "%d commitments", f.n)
}

// again folds the log once more up to the last place that was committed to long after it.
func (f *folding) again(ctx context.Context) {
	if len(f.late) == 0 {
		return
	}
	var places []uint64
	for _, c := range f.late {
		places = append(places, c.Size)
	}
	f.views = newViews(places) // lets go of what was folded first
	last := slices.Max(places)
	for b, err := range tiles.Batches(ctx, f.log, f.decode) {
		for i := range b.facts {
			if err == nil && f.views.at < last {
				err = f.views.apply(b.facts[i])
			}
		}
		if err != nil {
			f.notDone(checkViews, "%v", err)
			return
		}
		if f.views.at >= last {
			break
		}
	}
	f.views.roots.Before(last)
	for _, c := range f.late {
		f.compared(c, f.views.roots.Check(c.seq, c.ViewsCommitted))
	}
}
