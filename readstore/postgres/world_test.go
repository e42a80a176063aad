package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// history gives the first n records of the edition of make run: everything that happens, happens in it.
func history(t testing.TB, n int) []domain.Record {
	t.Helper()
	l, err := simulated()
	require.NoError(t, err)
	var records []domain.Record
	for e, err := range l.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		if records = append(records, e.Record); len(records) == n {
			break
		}
	}
	require.Len(t, records, n)
	return records
}

// appended is a ledger with records at its end.
func appended(t testing.TB, l ledger.Ledger, records []domain.Record) {
	t.Helper()
	for _, r := range records {
		_, err := l.Append(context.WithoutCancel(t.Context()), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(t, err)
	}
}

// requireReplay says that what is served are the documents that the record comes to, byte for byte, no more and no fewer, and that all views stand behind its last record.
func requireReplay(t testing.TB, s readstore.Store, records []domain.Record) {
	t.Helper()
	fold := projections.NewFold(projections.All(), nil)
	for _, r := range records {
		f, err := r.Decode()
		require.NoError(t, err)
		require.NoError(t, fold.Apply(f))
	}
	want := map[projections.Ref]projections.Document{}
	for ref, d := range fold.Documents() {
		want[ref] = d
	}
	for _, v := range projections.All() {
		served, at, ok, err := s.Served(t.Context(), v.Name)
		require.NoError(t, err)
		require.True(t, ok, v.Name)
		require.Equal(t, v.Version, served.Version)
		require.Equal(t, len(records), int(at.Seq), v.Name)
		for d, err := range s.List(t.Context(), v.Name, "", 0) {
			require.NoError(t, err)
			require.Equal(t, want[d.Ref].At, d.At, d.Ref)
			require.Equal(t, string(want[d.Ref].Data), string(d.Data), d.Ref)
			delete(want, d.Ref)
		}
	}
	require.Empty(t, want)
}

// seeds runs a test of random timing with seeds that are kept, and with a new one. DAYBOOK_SEED repeats one.
func seeds(t *testing.T, kept int, test func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	all := []uint64{rand.Uint64()}
	for n := range kept {
		all = append(all, uint64(n+1))
	}
	if s := os.Getenv("DAYBOOK_SEED"); s != "" {
		one, err := strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
		all = []uint64{one}
	}
	for _, seed := range all {
		t.Run(fmt.Sprintf("DAYBOOK_SEED=%d", seed), func(t *testing.T) { test(t, rand.New(rand.NewPCG(seed, 5))) })
	}
}

// running is a projector at work.
type running struct {
	*readstore.Projector
	stop func() error
}

// run starts a projector, which is stopped at the end of the test at the latest.
func run(t *testing.T, l ledger.Reader, s readstore.Store, o readstore.Options) running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	p := readstore.NewProjector(l, s, projections.All(), o)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stopped := false
	stop := func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() { require.NoError(t, stop()) })
	return running{p, stop}
}

// memory is a ledger with the first n records of the history, and the rest of them.
func memory(t *testing.T, n, all int) (*ledgertest.Memory, []domain.Record) {
	t.Helper()
	records := history(t, all)
	l := ledgertest.NewMemory()
	appended(t, l, records[:n])
	return l, records
}
