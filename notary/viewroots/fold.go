package viewroots

import (
	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/projections"
)

// A Fold has the roots of all views after facts, without a store.
type Fold struct {
	fold    *projections.Fold
	index   *notary.ViewIndex
	size    uint64
	changed uint64 // records up to and with the last one that changed a document
}

// NewFold begins before the first fact.
func NewFold(views []projections.View) *Fold {
	f := &Fold{fold: projections.NewFold(views, nil), index: notary.NewViewIndex()}
	for _, v := range views {
		f.index.Add(v.Name, v.Version)
	}
	return f
}

// Apply folds the next fact. After an error the Fold is of no more use.
func (f *Fold) Apply(fact domain.Fact) error {
	f.size = fact.Seq + 1
	return f.fold.Apply(fact)
}

// Commitment is what there is to commit to after the commitment last, nil for the first one; it is nil where no document has changed since. Its cost is that
// of the documents that have changed since it was asked last.
func (f *Fold) Commitment(last *domain.ViewsCommitted) *domain.ViewsCommitted {
	for ref, d := range f.fold.Changed() {
		f.index.Set(ref.View, ref.Key, d.At, d.Data)
		f.changed = max(f.changed, d.At)
	}
	if f.size == 0 || (last != nil && f.changed <= last.Size) {
		return nil
	}
	return &domain.ViewsCommitted{Size: f.size, Views: f.index.Roots()}
}
