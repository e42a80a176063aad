package viewroots_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
)

// tester is what both *testing.T and *rapid.T are.
type tester interface {
	require.TestingT
	Helper()
}

// world is a ledger in memory, a store of its views, and a service with a clock that goes on by itself.
type world struct {
	tester
	*commands.Service
	memory *ledgertest.Memory
	faulty *ledgertest.Faulty
	store  readstore.Store
	n      int // events of people
}

func newWorld(t tester) *world {
	w := &world{tester: t, memory: ledgertest.NewMemory(), store: storetest.NewMemory()}
	w.faulty = &ledgertest.Faulty{Ledger: w.memory}
	var now atomic.Int64
	w.Service = &commands.Service{Ledger: w.faulty, Now: func() time.Time { return time.UnixMilli(1_700_000_000_000 + now.Add(1)) }}
	return w
}

// happens appends n events of a few dialogues, none of them a boundary.
func (w *world) happens(n int) {
	w.Helper()
	r := rand.New(rand.NewPCG(uint64(w.n), 5))
	for range n {
		dialogue := domain.DialogueID(fmt.Sprint("dl_", r.IntN(4)))
		switch r.IntN(6) {
		case 0:
			id := domain.DialogueID(fmt.Sprintf("dl_%d", w.n))
			w.append(id, domain.DialogueRegistered{Dialogue: id, Edition: "ed_1", Place: "FR", Partner: "pt_1", Mode: domain.RoomMode, SampleType: domain.Sortition, Languages: []domain.Lang{"fr"}})
		case 1, 2, 3:
			w.append(dialogue, domain.StatementPosted{Conversation: domain.ConversationID(dialogue), Statement: domain.StatementID(fmt.Sprint(r.IntN(1000))), Kind: "statement", Lang: "fr", Author: "a"})
		default:
			w.append(dialogue, domain.DeviationReported{Dialogue: dialogue, Rule: "rule", Description: domain.In("en", "text"), Severity: domain.Minor})
		}
	}
}

// append appends an event to a stream of its own.
func (w *world) append(dialogue domain.DialogueID, e domain.Event) {
	w.Helper()
	w.n++
	command := fmt.Sprint("command-", w.n)
	stream := domain.StreamName("test", command)
	drafts, err := commands.Drafts(stream, domain.Meta{
		Source: domain.EditionID(fmt.Sprint("ed_", w.n%3)), Dialogue: dialogue, Time: domain.Time(w.n), Actor: domain.Actor{Role: domain.Importer, Principal: "test"}, Command: command,
	}, 0, []domain.Event{e})
	require.NoError(w, err)
	_, err = w.memory.Append(context.Background(), stream, 0, drafts...)
	require.NoError(w, err)
}

func (w *world) committer() *viewroots.Committer {
	return viewroots.New(w.Service, w.store, projections.All())
}

// project brings the views up and tells the committer.
func (w *world) project(c *viewroots.Committer, batch int) {
	w.Helper()
	p := readstore.NewProjector(w.memory, w.store, projections.All(), readstore.Options{Batch: batch, Watch: c.Watch})
	require.NoError(w, p.CatchUp(context.Background(), nil))
}

// commit commits once, and tells whether there was anything to commit to.
func (w *world) commit(c *viewroots.Committer) bool {
	w.Helper()
	wrote, err := c.Commit(context.Background())
	require.NoError(w, err)
	return wrote
}

func (w *world) head() (n uint64) {
	w.Helper()
	for e, err := range w.memory.All(context.Background(), ledger.Cursor{}) {
		require.NoError(w, err)
		n = e.Cursor.Seq
	}
	return n
}

// committed are all commitments in the ledger.
func (w *world) committed() (all []viewroots.Commitment) {
	w.Helper()
	for c, err := range (&viewroots.Commitments{Ledger: w.memory}).After(context.Background(), 0) {
		require.NoError(w, err)
		all = append(all, c)
	}
	return all
}

// rebuild folds one view, or all of them, from the record alone.
func (w *world) rebuild(ctx context.Context, views []projections.View, size uint64) iter.Seq2[projections.Ref, projections.Document] {
	w.Helper()
	fold := projections.NewFold(views, nil)
	for e, err := range w.memory.All(ctx, ledger.Cursor{}) {
		require.NoError(w, err)
		if e.Seq == size {
			break
		}
		f, err := e.Decode()
		require.NoError(w, err)
		require.NoError(w, fold.Apply(f))
	}
	return fold.Documents()
}

// requireTrue says that every commitment is that of a fresh fold of the records that it is about, each view by itself and leaf by leaf.
func (w *world) requireTrue() {
	w.Helper()
	for _, c := range w.committed() {
		docs := map[string][]notary.Document{}
		for ref, d := range w.rebuild(context.Background(), projections.All(), c.Size) {
			docs[ref.View] = append(docs[ref.View], notary.Document{Key: ref.Key, At: d.At, Data: d.Data})
		}
		require.Len(w, c.Views, len(projections.All()))
		for i, v := range projections.All() {
			require.Equal(w, notary.NewViewDocuments(v.Name, v.Version, docs[v.Name]).Root(), c.Views[i], "after %d records", c.Size)
		}
		require.Greater(w, c.Seq+1, c.Size, "what is committed to stands before the commitment")
	}
}

func (w *world) prover() *viewroots.Prover {
	return viewroots.NewProver(w.memory, w.store)
}
