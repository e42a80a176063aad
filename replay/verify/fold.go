package verify

import (
	"context"
	"fmt"
	"slices"

	"daybook.internal/projections"
	"daybook.internal/replay"
)

// folding folds every event into all views, and compares what is served, and what was committed to, at its place.
type folding struct {
	*runner
	fold   *projections.Fold
	served *replay.Served
	views  []replay.ServedView // by place; those that are still to come
	at     uint64
	lost   string // why it cannot go on
}

func newFold(r *runner) *folding {
	return &folding{runner: r, fold: projections.NewFold(projections.All(), nil)}
}

func (f *folding) checks() []string { return []string{checkViews, checkDocuments} }

// open finds what is served.
func (f *folding) open(ctx context.Context) {
	served := f.Served
	if served == nil {
		var err error
		if served, err = f.bundled(ctx); err != nil {
			f.notDone(checkDocuments, "%v", err)
		}
	}
	if f.served = served; served == nil {
		f.served = &replay.Served{}
		return
	}
	for _, v := range served.Views {
		if known, ok := projections.ByName(v.View); !ok || known.Version != v.Version {
			f.notDone(checkDocuments, "view %s, version %d: this program cannot rebuild it; another version of it can", v.View, v.Version)
			continue
		}
		f.views = append(f.views, v)
	}
	slices.SortStableFunc(f.views, func(a, b replay.ServedView) int { return int(a.At) - int(b.At) })
}

func (f *folding) take(ctx context.Context, b *batch) {
	if f.served == nil {
		f.open(ctx)
	}
	f.stop()
	for i := range b.facts {
		if f.lost != "" {
			return
		}
		if err := f.fold.Apply(b.facts[i]); err != nil {
			f.lost = fmt.Sprintf("event %d: %v", b.facts[i].Seq, err)
			return
		}
		f.at = b.facts[i].Seq + 1
		f.stop()
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
		f.notDone(checkDocuments, "documents of view %s: %v", v.View, err)
	}
}

func (f *folding) end(ctx context.Context, why string) {
	if f.served == nil {
		f.open(ctx)
	}
	f.stop()
	if why == "" {
		why = f.lost
	}
	if why != "" {
		f.notDone(checkDocuments, "%s", why)
		f.notDone(checkViews, "%s", why)
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
	f.notDone(checkViews, "this program cannot do it yet")
}
