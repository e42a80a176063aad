package replay

import (
	"iter"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/projections"
)

// ViewRoots holds the commitments to views that a record makes against the record itself, while it is folded. A commitment stands some records behind the
// place that it is about; so the roots are taken at the places that are known beforehand (see CommittedSizes), and otherwise at the commitment, which is as
// good where no document has changed in between. What could be done in neither way is in Missed, for another fold.
//
// It takes the changed documents of its fold (projections.Fold.Changed), so nobody else may. Its memory is two hashes a document.
type ViewRoots struct {
	fold    *projections.Fold
	views   map[string]int // versions
	index   *notary.ViewIndex
	changed uint64 // records up to and with the last one that changed a document
	places  []uint64
	taken   map[uint64]map[string]domain.ViewRoot
	last    uint64 // place of the commitment before
	missed  []uint64
}

// NewViewRoots is for a fold of views that has seen nothing yet. places are numbers of records, in any order.
func NewViewRoots(fold *projections.Fold, views []projections.View, places []uint64) *ViewRoots {
	r := &ViewRoots{fold: fold, views: map[string]int{}, index: notary.NewViewIndex(), places: slices.Clone(places), taken: map[uint64]map[string]domain.ViewRoot{}}
	slices.Sort(r.places)
	for _, v := range views {
		r.views[v.Name] = v.Version
		r.index.Add(v.Name, v.Version)
	}
	return r
}

// Expect adds a place. It is of no use once the fold has passed it.
func (r *ViewRoots) Expect(place uint64) {
	if i, known := slices.BinarySearch(r.places, place); !known {
		r.places = slices.Insert(r.places, i, place)
	}
}

// Before is called before the fold sees the record seq.
func (r *ViewRoots) Before(seq uint64) {
	for len(r.places) > 0 && r.places[0] <= seq {
		if r.places[0] == seq {
			r.taken[seq] = r.now()
		}
		r.places = r.places[1:]
	}
}

// now are the roots of what the fold has seen. Its cost is that of the documents that have changed since it was asked last.
func (r *ViewRoots) now() map[string]domain.ViewRoot {
	for ref, d := range r.fold.Changed() {
		r.index.Set(ref.View, ref.Key, d.At, d.Data)
		r.changed = max(r.changed, d.At)
	}
	roots := map[string]domain.ViewRoot{}
	for _, root := range r.index.Roots() {
		roots[root.View] = root
	}
	return roots
}

// RootsChecked is what a commitment came to, its views by name.
type RootsChecked struct {
	Size    uint64
	Missed  bool     // the place was not known beforehand; nothing was compared
	Held    []string // the root is that of the record
	Differ  []string // it is not
	Unknown []string // committed to in a version that this program does not make: not compared
	LeftOut []string // this program makes them, and the commitment says nothing of them
}

// Check is called after the fold has seen the record seq, which commits to views. One that is about a place behind itself, or not beyond that of the one
// before it, differs in every view.
func (r *ViewRoots) Check(seq uint64, c domain.ViewsCommitted) RootsChecked {
	done := RootsChecked{Size: c.Size}
	have, known := r.taken[c.Size]
	delete(r.taken, c.Size)
	switch {
	case c.Size > seq, c.Size <= r.last:
		have = nil
	case !known:
		if have = r.now(); r.changed > c.Size {
			r.missed = append(r.missed, c.Size)
			done.Missed = true
			r.last = c.Size
			return done
		}
	}
	r.last = max(r.last, c.Size)
	said := map[string]bool{}
	for _, root := range c.Views {
		said[root.View] = true
		switch version, made := r.views[root.View]; {
		case !made || version != root.Version:
			done.Unknown = append(done.Unknown, root.View)
		case have[root.View] != root:
			done.Differ = append(done.Differ, root.View)
		default:
			done.Held = append(done.Held, root.View)
		}
	}
	for view := range r.views {
		if !said[view] {
			done.LeftOut = append(done.LeftOut, view)
		}
	}
	slices.Sort(done.LeftOut)
	return done
}

// Missed are the places of the commitments that could not be compared, because they were not known beforehand. A fold that knows them can.
func (r *ViewRoots) Missed() []uint64 { return slices.Clone(r.missed) }

// CommittedSizes are the places that the commitments of a source are about. Of all other records it reads nothing but the type, so that it is quick where
// these are at hand. What it cannot read it leaves out: whoever folds the source finds it.
func CommittedSizes(source iter.Seq2[domain.Record, error]) ([]uint64, error) {
	var sizes []uint64
	for r, err := range source {
		if err != nil {
			return sizes, err
		}
		if size, ok := CommittedSize(r); ok {
			sizes = append(sizes, size)
		}
	}
	return sizes, nil
}

var committedType = domain.TypeOf(domain.ViewsCommitted{})

// CommittedSize is the place that a record commits to the views of. ok is false for every other record.
func CommittedSize(r domain.Record) (size uint64, ok bool) {
	if r.Type != committedType {
		return 0, false
	}
	e, err := domain.Decode(r.Type, r.Data)
	if err != nil {
		return 0, false
	}
	c, ok := e.(domain.ViewsCommitted)
	return c.Size, ok
}
