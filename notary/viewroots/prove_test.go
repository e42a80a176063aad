package viewroots_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

func TestCommitments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := &viewroots.Commitments{Ledger: w.memory}
	_, err := all.Last(t.Context())
	require.ErrorIs(t, err, viewroots.ErrNotCommitted)
	c := w.committer()
	var sizes []uint64
	for range 4 {
		w.happens(7)
		w.project(c, 0)
		sizes = append(sizes, w.head())
		require.True(t, w.commit(c))
		last, err := all.Last(t.Context())
		require.NoError(t, err)
		require.Equal(t, w.head()-1, last.Seq)
		require.Equal(t, w.metaOf(last.Seq).Time, last.Time)
		for _, size := range sizes {
			at, err := all.At(t.Context(), size)
			require.NoError(t, err)
			require.Equal(t, size, at.Size)
			require.Equal(t, size, at.Seq, "it stands right behind, as nobody else was there")
			_, err = all.At(t.Context(), size+1)
			require.ErrorIs(t, err, viewroots.ErrNotCommitted)
		}
		for i := range sizes {
			var after []uint64
			for at, err := range all.After(t.Context(), sizes[i]) {
				require.NoError(t, err)
				after = append(after, at.Size)
			}
			require.Equal(t, slices.Clone(sizes[i+1:]), append([]uint64{}, after...))
		}
	}
	for at, err := range all.After(t.Context(), 0) {
		require.NoError(t, err)
		require.Equal(t, sizes[0], at.Size)
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = all.At(ctx, sizes[0])
	require.ErrorIs(t, err, context.Canceled)
}

// TestProver: every document of every view proves at every place, from the store or from the record, and so does every document that is not there.
func TestProver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.committer()
	for range 3 {
		w.happens(25)
		w.project(c, 0)
		require.True(t, w.commit(c))
	}
	p := w.prover()
	rebuilt := 0
	rebuild := p.Rebuild
	p.Rebuild = func(ctx context.Context, v projections.View, size uint64) (iter.Seq2[projections.Ref, projections.Document], error) {
		rebuilt++
		return rebuild(ctx, v, size)
	}
	for _, at := range w.committed() {
		have := map[projections.Ref]projections.Document{}
		for ref, d := range w.rebuild(t.Context(), projections.All(), at.Size) {
			have[ref] = d
		}
		for _, v := range projections.All() {
			keys := []string{"", "zz", "dl_0"}
			for ref := range have {
				if ref.View == v.Name {
					keys = append(keys, ref.Key, ref.Key+"!")
				}
			}
			for _, key := range keys {
				proof, err := p.Prove(t.Context(), v, key, at.Size)
				require.NoError(t, err)
				require.Equal(t, at.Seq, proof.Event)
				present, err := proof.Check(at.ViewsCommitted)
				require.NoError(t, err)
				d, there := have[projections.Ref{View: v.Name, Key: key}]
				if require.Equal(t, there, present); there {
					require.Equal(t, string(d.Data), proof.Leaf.Document)
					require.Equal(t, d.At, proof.Leaf.At)
				}
			}
		}
	}
	require.Less(t, rebuilt, 2*len(projections.All())+1, "the store knows the last place, and a place is rebuilt once")
	require.Positive(t, rebuilt)

	_, err := p.Prove(t.Context(), projections.Conversation, "dl_0", w.committed()[0].Size+1)
	require.ErrorIs(t, err, viewroots.ErrNotCommitted)
	newer := projections.Conversation
	newer.Version++
	_, err = p.Prove(t.Context(), newer, "dl_0", w.committed()[0].Size)
	require.ErrorIs(t, err, viewroots.ErrVersion)
	newer.Name = "unheard-of"
	_, err = p.Prove(t.Context(), newer, "dl_0", w.committed()[0].Size)
	require.ErrorIs(t, err, viewroots.ErrVersion)
}

// TestProverWithoutStore rebuilds; a store that is damaged or lies is passed over, as the record has the documents.
func TestProverTrustsTheRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.committer()
	w.happens(60)
	w.project(c, 0)
	require.True(t, w.commit(c))
	at := w.committed()[0]
	for name, store := range map[string]readstore.Store{"none": nil, "damaged": damaged{w.store}, "lies": lying{w.store}} {
		p := w.prover()
		p.Store = store
		proof, err := p.Prove(t.Context(), projections.Conversation, "dl_1", at.Size)
		require.NoError(t, err, name)
		present, err := proof.Check(at.ViewsCommitted)
		require.NoError(t, err, name)
		require.True(t, present, name)
	}
	p := w.prover()
	p.Store = failing{w.store}
	_, err := p.Prove(t.Context(), projections.Conversation, "dl_1", at.Size)
	require.ErrorIs(t, err, errStore)
}

// TestProverFindsAFalseRoot: what somebody committed to is not what the record says.
func TestProverFindsAFalseRoot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happens(20)
	_, err := w.CommitViews(t.Context(), domain.ViewsCommitted{Size: 20, Views: []domain.ViewRoot{{View: "conversation", Version: projections.Conversation.Version, Count: 4, Root: domain.Digest{1}}}})
	require.NoError(t, err)
	w.project(w.committer(), 0)
	_, err = w.prover().Prove(t.Context(), projections.Conversation, "dl_1", 20)
	require.ErrorIs(t, err, viewroots.ErrDiffers)
	p := w.prover()
	p.Rebuild = func(context.Context, projections.View, uint64) (iter.Seq2[projections.Ref, projections.Document], error) {
		return nil, errStore
	}
	_, err = p.Prove(t.Context(), projections.Conversation, "dl_1", 20)
	require.ErrorIs(t, err, errStore)
}

// TestProverForgets: what it keeps is bounded, by what was asked for last.
func TestProverForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happens(3)
	large := strings.Repeat("x", viewroots.MaxKept/3)
	rebuilt := map[uint64]int{}
	p := &viewroots.Prover{
		Commitments: &viewroots.Commitments{Ledger: w.memory},
		Rebuild: func(_ context.Context, _ projections.View, size uint64) (iter.Seq2[projections.Ref, projections.Document], error) {
			rebuilt[size]++
			return func(yield func(projections.Ref, projections.Document) bool) {
				yield(projections.Ref{View: "conversation", Key: "k"}, projections.Document{At: size, Data: []byte(large)})
			}, nil
		},
	}
	for size := range uint64(3) {
		tree := notary.NewViewDocuments("conversation", projections.Conversation.Version, []notary.Document{{Key: "k", At: size + 1, Data: []byte(large)}})
		_, err := w.CommitViews(t.Context(), domain.ViewsCommitted{Size: size + 1, Views: []domain.ViewRoot{tree.Root()}})
		require.NoError(t, err)
	}
	for _, size := range []uint64{1, 2, 1, 3, 1, 2} { // there is room for two: 3 takes the place of 2, as 1 was asked for since
		_, err := p.Prove(t.Context(), projections.Conversation, "k", size)
		require.NoError(t, err)
	}
	require.Equal(t, map[uint64]int{1: 1, 2: 2, 3: 1}, rebuilt)
}

var errStore = errors.New("the store is gone")

// lying is a store with another document than follows from the record, in good form.
type lying struct{ readstore.Store }

func (l lying) List(ctx context.Context, view, after string, limit int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) {
		for d, err := range l.Store.List(ctx, view, after, limit) {
			if d.Key == "dl_1" {
				d.Data = []byte(`{}`)
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

type failing struct{ readstore.Store }

func (failing) List(context.Context, string, string, int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) { yield(readstore.Doc{}, errStore) }
}
