package projections

import (
	"fmt"
	"iter"
	"reflect"
	"slices"

	"daybook.internal/domain"
)

// A Fold takes facts in ledger order and keeps the documents that they touch. Its memory is that of the documents which it has open, not of
// the facts that it has seen.
type Fold struct {
	load   func(Ref) ([]byte, error)
	views  []openView
	by     map[reflect.Type][]*openView // those that look at a kind of event, once one has come
	places map[domain.DialogueID]Frame
	fact   Fact     // that is being folded; here, as views would let it escape
	keys   []string // that it touches, in one view
}

type openView struct {
	View
	docs  map[string]*openDoc
	dirty []string // keys of the documents that are; few of all
	at    uint64   // the number of records up to and with the last one that touched any document
}

type openDoc struct {
	folded
	at    uint64
	dirty bool
}

// NewFold folds into the given views. load gives the data of a document as it stood before the first fact, or nil where there is none; it is asked
// for the documents of views, and for those of Dialogue. A nil load means that everything begins empty.
func NewFold(views []View, load func(Ref) ([]byte, error)) *Fold {
	if load == nil {
		load = func(Ref) ([]byte, error) { return nil, nil }
	}
	f := &Fold{load: load, views: make([]openView, len(views)), by: map[reflect.Type][]*openView{}, places: map[domain.DialogueID]Frame{}}
	for i, v := range views {
		f.views[i] = openView{View: v, docs: map[string]*openDoc{}}
	}
	return f
}

// Apply folds one fact into every document that it touches. After an error the Fold is of no more use.
func (f *Fold) Apply(fact domain.Fact) error {
	f.fact = Fact{Fact: fact}
	if fact.Meta.Dialogue != "" {
		var err error
		if f.fact.Place, err = f.place(&f.fact.Fact); err != nil {
			return err
		}
	}
	for _, v := range f.concerned(reflect.TypeOf(fact.Event)) {
		f.keys = v.keys(&f.fact, f.keys[:0])
		for _, key := range f.keys {
			d := v.docs[key]
			if d == nil {
				data, err := f.load(Ref{v.Name, key})
				if err != nil {
					return fmt.Errorf("load %s %s: %w", v.Name, key, err)
				}
				opened, err := v.open(key, data)
				if err != nil {
					return err
				}
				d = &openDoc{folded: opened}
				v.docs[key] = d
			}
			d.evolve(&f.fact)
			if d.at, v.at = fact.Seq+1, fact.Seq+1; !d.dirty {
				d.dirty, v.dirty = true, append(v.dirty, key)
			}
		}
	}
	return nil
}

// Open is how many documents the Fold keeps.
func (f *Fold) Open() (n int) {
	for i := range f.views {
		n += len(f.views[i].docs)
	}
	return n
}

// concerned are the views that look at a kind of event: most look at few.
func (f *Fold) concerned(kind reflect.Type) []*openView {
	by, known := f.by[kind]
	if !known {
		for i := range f.views {
			if v := &f.views[i]; len(v.kinds) == 0 || slices.Contains(v.kinds, kind) {
				by = append(by, v)
			}
		}
		f.by[kind] = by
	}
	return by
}

// place finds the frame of the dialogue that fact belongs to: what its registration, before this fact or in it, has said.
func (f *Fold) place(fact *domain.Fact) (Frame, error) {
	id := fact.Meta.Dialogue
	if _, ok := fact.Event.(domain.DialogueRegistered); ok { // before what is known: that must not depend on where a batch began
		f.places[id] = FrameOf(fact.Event.(domain.DialogueRegistered))
	}
	if p, ok := f.places[id]; ok {
		return p, nil
	}
	data, err := f.load(Ref{Dialogue.Name, string(id)})
	if err != nil {
		return Frame{}, fmt.Errorf("load %s %s: %w", Dialogue.Name, id, err)
	}
	if data == nil {
		return Frame{}, nil
	}
	var d DialogueDoc
	if err := strictJSON(data, &d); err != nil {
		return Frame{}, fmt.Errorf("dialogue %s: %w", id, err)
	}
	f.places[id] = d.Frame
	return d.Frame, nil
}

// Changed yields the documents that were touched since the last call, by view in the order given to NewFold, then by key.
func (f *Fold) Changed() iter.Seq2[Ref, Document] { return f.each(true) }

// Documents yields every open document, by view in the order given to NewFold, then by key.
func (f *Fold) Documents() iter.Seq2[Ref, Document] { return f.each(false) }

// DocumentsOf yields every open document of one view, by key.
func (f *Fold) DocumentsOf(view string) iter.Seq2[Ref, Document] {
	i := slices.IndexFunc(f.views, func(v openView) bool { return v.Name == view })
	if i < 0 {
		return func(func(Ref, Document) bool) {}
	}
	return (&Fold{views: f.views[i : i+1]}).each(false)
}

func (f *Fold) each(changed bool) iter.Seq2[Ref, Document] {
	return func(yield func(Ref, Document) bool) {
		for i := range f.views {
			v := &f.views[i]
			keys := v.dirty
			if !changed {
				keys = make([]string, 0, len(v.docs))
				for key := range v.docs {
					keys = append(keys, key)
				}
			}
			slices.Sort(keys)
			for n, key := range keys {
				d := v.docs[key]
				data, err := d.encode()
				if err != nil {
					panic(fmt.Sprintf("projections: a document of view %s cannot be written: %v", v.Name, err)) // its Go type is at fault
				}
				if changed {
					d.dirty, v.dirty = false, keys[n+1:]
				}
				if !yield(Ref{v.Name, key}, Document{d.at, data}) {
					return
				}
			}
			if changed {
				v.dirty = keys[:0]
			}
		}
	}
}

// Changes folds one batch: which documents it changes, and what they become. load is as in NewFold.
func Changes(views []View, load func(Ref) ([]byte, error), facts []domain.Fact) (iter.Seq2[Ref, Document], error) {
	f := NewFold(views, load)
	for _, fact := range facts {
		if err := f.Apply(fact); err != nil {
			return nil, err
		}
	}
	return f.Changed(), nil
}
