package viewroots

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/replay"
)

// ErrVersion says that a view was committed to in a version that this program does not make, so that it cannot prove its documents.
var ErrVersion = errors.New("the view was committed to in another version than this program makes")

// ErrDiffers says that a view folded from the record does not come to the root that is committed: the record tells of other documents than its operator did.
var ErrDiffers = errors.New("the record does not come to the committed root")

// A Prover proves documents at committed places. The documents of a view are taken from the store where none has changed since, and rebuilt from the record
// otherwise; those asked for last are kept. It is safe for concurrent use.
type Prover struct {
	Commitments *Commitments

	// Store may be nil: then everything is rebuilt.
	Store readstore.Store

	// Rebuild gives the documents of a view after the first size records, from the record alone.
	Rebuild func(ctx context.Context, view projections.View, size uint64) (iter.Seq2[projections.Ref, projections.Document], error)

	mu   sync.Mutex
	kept []kept // the one asked for last at the end; guarded by mu
}

// NewProver proves documents of a ledger. store may be nil.
func NewProver(l ledger.Reader, store readstore.Store) *Prover {
	return &Prover{Commitments: &Commitments{Ledger: l}, Store: store, Rebuild: func(ctx context.Context, view projections.View, size uint64) (iter.Seq2[projections.Ref, projections.Document], error) {
		fold, _, err := replay.Rebuild(ctx, replay.Records(ctx, l), []projections.View{view}, size)
		if err != nil {
			return nil, err
		}
		return fold.DocumentsOf(view.Name), nil
	}}
}

// kept are the documents of one view at one place.
type kept struct {
	view  string
	size  uint64
	docs  *notary.ViewDocuments
	bytes int
}

// MaxKept is about how many bytes of documents a Prover keeps for the next question.
const MaxKept = 64 << 20

// Prove shows what view has by key after the first size records, or that it has nothing. A proof that is given holds.
func (p *Prover) Prove(ctx context.Context, view projections.View, key string, size uint64) (notary.ViewProof, error) {
	committed, err := p.Commitments.At(ctx, size)
	if err != nil {
		return notary.ViewProof{}, err
	}
	i := slices.IndexFunc(committed.Views, func(r domain.ViewRoot) bool { return r.View == view.Name })
	if i < 0 || committed.Views[i].Version != view.Version {
		return notary.ViewProof{}, fmt.Errorf("view %s after %d records: %w", view.Name, size, ErrVersion)
	}
	docs := p.known(view.Name, size)
	if docs == nil {
		if docs, err = p.documents(ctx, view, size, committed.Views[i]); err != nil {
			return notary.ViewProof{}, err
		}
		p.keep(kept{view.Name, size, docs, 1024 + docs.Size()})
	}
	proof := docs.Prove(size, committed.Seq, key)
	if _, err := proof.Check(committed.ViewsCommitted); err != nil {
		return notary.ViewProof{}, fmt.Errorf("its own proof: %w", err)
	}
	return proof, nil
}

// documents finds documents that come to the committed root.
func (p *Prover) documents(ctx context.Context, view projections.View, size uint64, root domain.ViewRoot) (*notary.ViewDocuments, error) {
	if p.Store != nil {
		docs, ok, err := p.stored(ctx, view, size)
		if err != nil && !errors.Is(err, readstore.ErrDamaged) { // the record still has them
			return nil, err
		}
		if ok {
			if tree := notary.NewViewDocuments(view.Name, view.Version, docs); tree.Root() == root {
				return tree, nil
			}
		}
	}
	all, err := p.Rebuild(ctx, view, size)
	if err != nil {
		return nil, err
	}
	var docs []notary.Document
	for ref, d := range all {
		if ref.View == view.Name {
			docs = append(docs, notary.Document{Key: ref.Key, At: d.At, Data: d.Data})
		}
	}
	tree := notary.NewViewDocuments(view.Name, view.Version, docs)
	if tree.Root() != root {
		return nil, fmt.Errorf("view %s after %d records: %w", view.Name, size, ErrDiffers)
	}
	return tree, nil
}

// stored gives the documents of the store, if it has them as they were: none has changed since, and none goes away.
func (p *Prover) stored(ctx context.Context, view projections.View, size uint64) (docs []notary.Document, ok bool, err error) {
	served, at, ok, err := p.Store.Served(ctx, view.Name)
	if err != nil || !ok || served.Version != view.Version || at.Seq < size {
		return nil, false, err
	}
	for d, err := range p.Store.List(ctx, view.Name, "", 0) {
		if err != nil || d.At > size || d.Version != view.Version {
			return nil, false, err
		}
		docs = append(docs, notary.Document{Key: d.Key, At: d.At, Data: d.Data})
	}
	return docs, true, nil
}

func (p *Prover) known(view string, size uint64) *notary.ViewDocuments {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, k := range p.kept {
		if k.view == view && k.size == size {
			p.kept = append(slices.Delete(p.kept, i, i+1), k)
			return k.docs
		}
	}
	return nil
}

// keep forgets what was asked for longest ago, until the rest fits. What is larger than that by itself is not kept.
func (p *Prover) keep(k kept) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, k)
	total := 0
	for i := range p.kept {
		total += p.kept[i].bytes
	}
	for total > MaxKept {
		total -= p.kept[0].bytes
		p.kept = slices.Delete(p.kept, 0, 1)
	}
}
