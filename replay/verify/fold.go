package verify

import (
	"context"
	"fmt"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// How far folding lags behind reading, so that it is known at the place that a commitment is about that there will be one: an honest daybook commits to what it
// has just folded. What is committed to later than that is folded once more at the end.
const (
	lagBatches = 64
	lagBytes   = 48 << 20
	maxLate    = 10_000
)

// folding folds every event into all views, and compares what is served, and what was committed to, at its place.
type folding struct {
	*runner
	folded
	served *replay.Served
	views  []replay.ServedView // by place; those that are still to come
	lag    []*batch
	bytes  int
	late   []commitment
	lost   string // why it cannot go on
	n      int    // commitments
}

// A commitment to views, and where it stands.
type commitment struct {
	domain.ViewsCommitted
	where string
}

// folded are all views at a place, and the roots that were asked for on the way.
type folded struct {
	fold  *projections.Fold
	index *notary.ViewIndex
	at    uint64
	want  []uint64                     // sizes, ascending
	roots map[uint64][]domain.ViewRoot // of those sizes that were wanted and passed
}

func newFolded() folded {
	f := folded{fold: projections.NewFold(projections.All(), nil), index: notary.NewViewIndex(), roots: map[uint64][]domain.ViewRoot{}}
	for _, v := range projections.All() {
		f.index.Add(v.Name, v.Version)
	}
	return f
}

// wants has the roots kept when as many events are folded, unless they are past.
func (f *folded) wants(size uint64) {
	if i, ok := slices.BinarySearch(f.want, size); !ok && size >= f.at {
		f.want = slices.Insert(f.want, i, size)
	}
}

// keep takes the roots of this place, if they are wanted.
func (f *folded) keep() {
	for len(f.want) > 0 && f.want[0] <= f.at {
		if f.want = f.want[1:]; f.roots[f.at] == nil {
			for ref, d := range f.fold.Changed() {
				f.index.Set(ref.View, ref.Key, d.At, d.Data)
			}
			f.roots[f.at] = f.index.Roots()
		}
	}
}

func (f *folded) apply(fact domain.Fact) error {
	f.keep()
	if err := f.fold.Apply(fact); err != nil {
		return fmt.Errorf("event %d: %w", fact.Seq, err)
	}
	f.at = fact.Seq + 1
	return nil
}

func newFold(r *runner) *folding { return &folding{runner: r, folded: newFolded()} }

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
		f.views = append(f.views, v)
	}
	for _, v := range projections.All() {
		if missing[v.Name] {
			f.notDone(checkDocuments, "view %s is left out, so its documents cannot be compared", v.Name)
		}
	}
	slices.SortStableFunc(f.views, func(a, b replay.ServedView) int { return int(a.At) - int(b.At) })
}

// take looks for commitments, and folds what has waited long enough.
func (f *folding) take(ctx context.Context, b *batch) {
	if f.served == nil {
		f.open(ctx)
	}
	for i := range b.facts {
		if e, ok := b.facts[i].Event.(domain.ViewsCommitted); ok && e.Size <= b.facts[i].Seq {
			f.wants(e.Size)
		}
	}
	f.lag = append(f.lag, b)
	f.bytes += b.bytes
	for len(f.lag) > 1 && (len(f.lag) > lagBatches || f.bytes > lagBytes) {
		f.next()
	}
}

// next folds one batch.
func (f *folding) next() {
	b := f.lag[0]
	f.lag = f.lag[1:]
	f.bytes -= b.bytes
	for i := range b.facts {
		if f.lost != "" {
			return
		}
		f.stop()
		if err := f.apply(b.facts[i]); err != nil {
			f.lost = err.Error()
			return
		}
		if e, ok := b.facts[i].Event.(domain.ViewsCommitted); ok {
			f.committed(&b.facts[i], e)
		}
	}
}

// committed compares a commitment with the roots of the place that it is about.
func (f *folding) committed(fact *domain.Fact, e domain.ViewsCommitted) {
	f.n++
	if e.Size > fact.Seq {
		f.find(checkViews, replay.ViewRoot, nameOf(fact), "it is about %d events, and stands after %d", e.Size, fact.Seq)
		return
	}
	c := commitment{e, nameOf(fact)}
	roots, ok := f.roots[e.Size]
	switch {
	case ok:
		f.same(c, roots)
		delete(f.roots, e.Size)
	case len(f.late) < maxLate:
		f.late = append(f.late, c)
	default:
		f.notDone(checkViews, "%s is one of more than %d commitments to places long before them; this program takes up no more of those", c.where, maxLate)
	}
}

func (f *folding) same(c commitment, roots []domain.ViewRoot) {
	for _, said := range c.Views {
		i := slices.IndexFunc(roots, func(r domain.ViewRoot) bool { return r.View == said.View })
		if i < 0 || roots[i].Version != said.Version {
			f.notDone(checkViews, "%s commits to view %s, version %d: this program cannot rebuild it; another version of it can", c.where, said.View, said.Version)
			continue
		}
		f.count(checkViews, 1)
		if said != roots[i] {
			f.find(checkViews, replay.ViewRoot, c.where, "of view %s after %d events it says %d documents with root %v; the events come to %d with root %v",
				said.View, c.Size, said.Count, said.Root, roots[i].Count, roots[i].Root)
		}
	}
}

// stop compares the views that reflect exactly the events so far.
func (f *folding) stop() {
	for len(f.views) > 0 && f.views[0].At <= f.at {
		f.compare(f.views[0], false)
		f.views = f.views[1:]
	}
}

func (f *folding) compare(v replay.ServedView, later bool) {
	moved := func(d replay.ServedDocument) bool { return later && d.At > f.at }
	n, err := replay.Compare(f.fold.DocumentsOf(v.View), f.served.Documents(v.View), moved, func(key, problem string) {
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
	for len(f.lag) > 0 {
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
	for _, v := range f.views { // beyond the head
		if f.Served == nil {
			f.find(checkDocuments, replay.ServedDiffers, v.View, "it is said to reflect %d events; the log has %d", v.At, f.at)
			continue
		}
		f.compare(v, true)
	}
	if f.served.Views != nil {
		f.passed(checkDocuments, "%d views", len(f.served.Views))
	}
	f.again(ctx)
	if f.n == 0 {
		f.notAsked(checkViews, "the log commits to no views")
		return
	}
	f.passed(checkViews, "%d commitments", f.n)
}

// again folds the log once more up to the last place that was committed to long after it.
func (f *folding) again(ctx context.Context) {
	if len(f.late) == 0 {
		return
	}
	f.folded = newFolded() // lets go of what was folded first
	for _, c := range f.late {
		f.wants(c.Size)
	}
	last := f.want[len(f.want)-1]
	for b, err := range tiles.Batches(ctx, f.log, f.decode) {
		for i := range b.facts {
			if err == nil && f.at < last {
				err = f.apply(b.facts[i])
			}
		}
		if err != nil {
			f.notDone(checkViews, "%v", err)
			return
		}
		if f.at >= last {
			break
		}
	}
	f.keep()
	for _, c := range f.late {
		f.same(c, f.roots[c.Size])
	}
}
