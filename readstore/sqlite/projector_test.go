package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"github.com/stretchr/testify/require"
)

// talk is n events of a conversation: people react to statements.
func talk(t testing.TB, n int) []ledger.Batch {
	t.Helper()
	var all []ledger.Batch
	versions := map[domain.StreamID]uint64{}
	for i := range n {
		dialogue := domain.DialogueID(fmt.Sprint("dl_", i%4))
		var e domain.Event
		stream := domain.StreamName("dialogue", string(dialogue))
		switch {
		case i < 4:
			e = domain.DialogueRegistered{Dialogue: dialogue, Edition: "ed_1", Place: domain.Place([]string{"DE", "FR", "PL", "ES"}[i]), Partner: "pa_1",
				Mode: "onsite", SampleType: domain.Quota, Languages: []domain.Lang{"de"}}
		case i < 200:
			st := fmt.Sprint("st_", i)
			stream = domain.StreamName("statement", string(dialogue), st)
			e = domain.StatementPosted{Conversation: domain.ConversationID(dialogue), Statement: domain.StatementID(st), Kind: "statement", Lang: "de", Author: "someone"}
		default:
			who := fmt.Sprint("p_", i/50)
			stream = domain.StreamName("reactions", string(dialogue), who)
			e = domain.ReactionCast{Conversation: domain.ConversationID(dialogue), Respondent: domain.Pseudonym(who),
				Statement: domain.StatementID(fmt.Sprint("st_", 4+i*7%196)), Value: domain.Agree, Revision: 1}
		}
		command := fmt.Sprint("c", i)
		typ, data, err := domain.Encode(e)
		require.NoError(t, err)
		meta, err := domain.EncodeMeta(domain.Meta{Source: "ed_1", Dialogue: dialogue, Time: 1, Actor: domain.Actor{Role: domain.Importer, Principal: "test"}, Command: command})
		require.NoError(t, err)
		all = append(all, ledger.Batch{Stream: stream, Version: versions[stream],
			Drafts: []ledger.Draft{{ID: domain.NewEventID(command, stream, 0), Type: typ, Meta: meta, Data: data}}})
		versions[stream]++
	}
	return all
}

// The real views in the real store: killed in the middle (a copy of its files is what a kill leaves), opened again and caught up.
func TestProjectorOverAKill(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	_, _, err := ledger.AppendBatches(t.Context(), l, talk(t, 1500))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "views.db")
	s := open(t, path, Options{})

	killed := filepath.Join(t.TempDir(), "views.db")
	p := readstore.NewProjector(l, s, projections.All(), readstore.Options{Batch: 97})
	require.NoError(t, p.CatchUp(t.Context(), func(done, _ uint64) {
		if done == 970 {
			for _, file := range []string{"", "-wal"} {
				data, err := os.ReadFile(path + file)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(killed+file, data, 0o600))
			}
		}
	}))
	again := open(t, killed, Options{})
	at, err := again.Cursor(t.Context(), readstore.ViewVersion{View: projections.All()[0].Name, Version: projections.All()[0].Version})
	require.NoError(t, err)
	require.Equal(t, uint64(970), at.Seq)
	require.NoError(t, readstore.NewProjector(l, again, projections.All(), readstore.Options{}).CatchUp(t.Context(), nil))

	fold := projections.NewFold(projections.All(), nil)
	for e, err := range l.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		f, err := e.Decode()
		require.NoError(t, err)
		require.NoError(t, fold.Apply(f))
	}
	n := 0
	for ref, want := range fold.Documents() {
		for _, s := range []*Store{s, again} {
			got, err := s.Get(t.Context(), ref)
			require.NoError(t, err)
			require.Equal(t, want.At, got.At, ref)
			require.Equal(t, string(want.Data), string(got.Data), ref)
		}
		n++
	}
	for _, s := range []*Store{s, again} {
		listed := 0
		for _, v := range projections.All() {
			for _, err := range s.List(t.Context(), v.Name, "", 0) {
				require.NoError(t, err)
				listed++
			}
		}
		require.Equal(t, n, listed)
	}
}

func BenchmarkProjector(b *testing.B) {
	batches := talk(b, 60_000)
	l, err := ledgersqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"), ledgersqlite.Options{})
	require.NoError(b, err)
	defer l.Close()
	_, _, err = ledger.AppendBatches(b.Context(), l, batches[:50_000])
	require.NoError(b, err)
	b.Run("catch up 50000", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(b.Context(), filepath.Join(b.TempDir(), "views.db"), Options{})
			require.NoError(b, err)
			require.NoError(b, readstore.NewProjector(l, s, projections.All(), readstore.Options{}).CatchUp(b.Context(), nil))
			require.NoError(b, s.Close())
		}
		b.ReportMetric(50_000*float64(b.N)/b.Elapsed().Seconds(), "facts/s")
	})
	b.Run("from append to served", func(b *testing.B) {
		s := open(b, filepath.Join(b.TempDir(), "views.db"), Options{})
		p := readstore.NewProjector(l, s, projections.All(), readstore.Options{})
		ctx, cancel := context.WithCancel(b.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		var took []time.Duration
		next := ledgertest.All(b, l, ledger.Cursor{})
		at := len(next)
		require.NoError(b, p.Await(ctx, uint64(at-1)))
		for b.Loop() {
			if at == len(batches) {
				b.Skip("no more events")
			}
			seq, err := l.Append(b.Context(), batches[at].Stream, batches[at].Version, batches[at].Drafts...)
			at++
			require.NoError(b, err)
			start := time.Now()
			require.NoError(b, p.Await(ctx, seq))
			took = append(took, time.Since(start))
		}
		cancel()
		require.NoError(b, <-done)
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	})
}
