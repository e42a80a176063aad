package readstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"github.com/stretchr/testify/require"
)

// history appends n events of a few dialogues to l. The first facts of each dialogue come before its registration.
func history(t testing.TB, l ledger.Ledger, from, n int) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(from), 5))
	for i := from; i < from+n; i++ {
		dialogue := domain.DialogueID(fmt.Sprint("dl_", i*7/10%5))
		var e domain.Event
		switch {
		case i%50 >= 20 && i%50 < 25: // every 50 events a registration of each, so those of one history differ in place
			id := domain.DialogueID(fmt.Sprintf("dl_%d", i%50-20))
			if i >= 50 {
				id = domain.DialogueID(fmt.Sprintf("late_%d", i))
			}
			dialogue = id
			e = domain.DialogueRegistered{Dialogue: id, Edition: "ed_1", Place: domain.Place([]string{"DE", "FR", "PL"}[i%3]), Partner: "pa_1",
				Mode: "onsite", SampleType: domain.Quota, Languages: []domain.Lang{"de"}}
		case i%50 < 20 && i < 50 || r.IntN(3) == 0:
			e = domain.StatementPosted{Conversation: domain.ConversationID(dialogue), Statement: domain.StatementID(fmt.Sprint("st_", i)),
				Kind: "statement", Lang: "de", Author: "someone"}
		default:
			e = domain.DeviationReported{Dialogue: dialogue, Rule: "rule", Description: domain.In("en", "text"), Severity: domain.Minor}
		}
		appendEvent(t, l, dialogue, fmt.Sprint("command-", i), e)
	}
}

// appendEvent appends e to a stream of its own and gives its Seq.
func appendEvent(t testing.TB, l ledger.Ledger, dialogue domain.DialogueID, command string, e domain.Event) uint64 {
	t.Helper()
	stream := domain.StreamName("test", command)
	typ, data, err := domain.Encode(e)
	require.NoError(t, err)
	meta, err := domain.EncodeMeta(domain.Meta{Source: "ed_1", Dialogue: dialogue, Time: 1, Actor: domain.Actor{Role: domain.Importer, Principal: "test"}, Command: command})
	require.NoError(t, err)
	seq, err := l.Append(t.Context(), stream, 0, ledger.Draft{ID: domain.NewEventID(command, stream, 0), Type: typ, Meta: meta, Data: data})
	require.NoError(t, err)
	return seq
}

// tally counts facts by the kind of their event.
type tally struct {
	Facts int    `json:"facts"`
	Build int    `json:"build"`
	Last  uint64 `json:"last"`
}

func kinds(version int) projections.View {
	return projections.Of("kinds", version, "facts by kind of event", nil,
		func(f *projections.Fact, to []string) []string { return append(to, domain.TypeOf(f.Event)) },
		func(d *tally, _ string, f *projections.Fact) { d.Facts, d.Build, d.Last = d.Facts+1, version, f.Seq })
}

// trail remembers where each fact of a dialogue was placed when it came, so that a frame from the wrong moment shows.
type trail struct {
	Places []string `json:"places"`
}

func trails(version int) projections.View {
	return projections.Of("trails", version, "the places of the facts of a dialogue", nil,
		func(f *projections.Fact, to []string) []string { return append(to, string(f.Meta.Dialogue), "all") },
		func(d *trail, _ string, f *projections.Fact) {
			d.Places = append(d.Places, fmt.Sprintf("%d:%s:%d", f.Seq, f.Place.Place, version))
		})
}

func someViews() []projections.View {
	return []projections.View{kinds(1), projections.Dialogue, trails(1)}
}

// scratch is what the fold of the first n records from the start gives.
func scratch(t testing.TB, l ledger.Reader, v projections.View, n uint64) []readstore.Doc {
	t.Helper()
	views := []projections.View{projections.Dialogue}
	if v.Name != projections.Dialogue.Name {
		views = append(views, v)
	}
	fold := projections.NewFold(views, nil)
	for e, err := range l.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		if e.Seq == n {
			break
		}
		f, err := e.Decode()
		require.NoError(t, err)
		require.NoError(t, fold.Apply(f))
	}
	docs := []readstore.Doc{}
	for ref, d := range fold.Documents() {
		if ref.View == v.Name {
			docs = append(docs, readstore.Doc{Ref: ref, Version: v.Version, Document: d})
		}
	}
	return docs
}

func served(t testing.TB, s readstore.Store, view string) []readstore.Doc {
	t.Helper()
	docs := []readstore.Doc{}
	for d, err := range s.List(t.Context(), view, "", 0) {
		require.NoError(t, err)
		docs = append(docs, d)
	}
	return docs
}

// requireWhole says that every build that the store has of views is exactly the fold of as many records as its cursor says.
func requireWhole(t testing.TB, l ledger.Reader, s readstore.Store, views ...projections.View) {
	t.Helper()
	for _, v := range views {
		build := readstore.ViewVersion{View: v.Name, Version: v.Version}
		at, err := s.Cursor(t.Context(), build)
		require.NoError(t, err)
		for _, want := range scratch(t, l, v, at.Seq) {
			got, err := s.Load(t.Context(), build, want.Key)
			require.NoError(t, err)
			require.Equal(t, string(want.Data), string(got), "%v at %d", want.Ref, at.Seq)
		}
		if now, at, ok, err := s.Served(t.Context(), v.Name); ok && now == build {
			require.NoError(t, err)
			require.Equal(t, scratch(t, l, v, at.Seq), served(t, s, v.Name))
		}
	}
}

// requireAt says that every view is served, whole, and as of the first n records.
func requireAt(t testing.TB, n uint64, l ledger.Reader, s readstore.Store, views ...projections.View) {
	t.Helper()
	for _, v := range views {
		now, at, ok, err := s.Served(t.Context(), v.Name)
		require.NoError(t, err)
		require.True(t, ok, v.Name)
		require.Equal(t, readstore.ViewVersion{View: v.Name, Version: v.Version}, now)
		require.Equal(t, n, at.Seq, v.Name)
	}
	requireWhole(t, l, s, views...)
}

// bundle is a ledger, a store and the way from one to the other.
type bundle struct {
	testing.TB
	ledger *ledgertest.Memory
	store  *storetest.Memory
}

func setupAgain(t testing.TB) bundle {
	return bundle{t, ledgertest.NewMemory(), storetest.NewMemory()}
}

func setup(t *testing.T, n int) bundle {
	t.Helper()
	t.Parallel()
	b := bundle{t, ledgertest.NewMemory(), storetest.NewMemory()}
	history(t, b.ledger, 0, n)
	return b
}

func (b bundle) catchUp(batch int, views ...projections.View) *readstore.Projector {
	b.Helper()
	p := readstore.NewProjector(b.ledger, b.store, views, readstore.Options{Batch: batch})
	require.NoError(b, p.CatchUp(b.Context(), nil))
	return p
}

// run starts p and stops it when the test ends.
func (b bundle) run(p *readstore.Projector) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stop = func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	b.Cleanup(func() { _ = stop() })
	return stop
}
