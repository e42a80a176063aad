package live_test

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/sqlite"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
)

// BenchmarkLedger measures the edition in the data directory that DAYBOOK_EDITION names, which it only reads (docs/performance.md):
//
//	daybook simulate --data ./edition --seed 1
//	DAYBOOK_EDITION=$PWD/edition go test -run '^$' -bench Ledger -benchtime 3x -timeout 0 ./readstore/live
//
// floor reads and decodes every event, state folds them, documents computes every document of every view from a State of which nothing was counted yet, and scratch is both.
func BenchmarkLedger(b *testing.B) {
	dir := os.Getenv("DAYBOOK_EDITION")
	if dir == "" {
		b.Skip("DAYBOOK_EDITION names no data directory")
	}
	debug.SetGCPercent(400) // as the program does
	l, err := sqlite.Open(b.Context(), filepath.Join(dir, "ledger.db"), sqlite.Options{ReadOnly: true})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, l.Close()) })
	state := func(b *testing.B) *measures.State {
		s, err := live.At(b.Context(), l, replay.Head, nil)
		require.NoError(b, err)
		return s
	}
	documents := func(b *testing.B, s *measures.State, views []measures.View) (n, bytes int) {
		require.NoError(b, live.Each(b.Context(), s, views, func(_ measures.View, _ string, d projections.Document) error {
			n, bytes = n+1, bytes+len(d.Data)
			return nil
		}))
		return n, bytes
	}
	b.Run("floor", func(b *testing.B) {
		events := 0
		measured(b, func() {
			events = 0
			for facts, err := range replay.Facts(b.Context(), recordsOf(b, l)) {
				require.NoError(b, err)
				events += len(facts)
			}
		})
		b.ReportMetric(float64(events), "events")
	})
	b.Run("state", func(b *testing.B) {
		var s *measures.State
		measured(b, func() { s = state(b) })
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-live")
		runtime.KeepAlive(s)
	})
	fresh := func(b *testing.B, views []measures.View) {
		var used time.Duration
		n, bytes := 0, 0
		for b.Loop() {
			b.StopTimer()
			s := state(b)
			runtime.GC()
			before := cpu(b)
			b.StartTimer()
			n, bytes = documents(b, s, views)
			used += cpu(b) - before
		}
		report(b, used)
		b.ReportMetric(float64(n), "documents")
		b.ReportMetric(float64(bytes)/(1<<20), "MB-written")
	}
	for _, v := range measures.All() {
		b.Run("view="+v.Name, func(b *testing.B) { fresh(b, []measures.View{v}) })
	}
	b.Run("documents", func(b *testing.B) { fresh(b, measures.All()) })
	b.Run("scratch", func(b *testing.B) { measured(b, func() { documents(b, state(b), measures.All()) }) })
}

func recordsOf(b *testing.B, l ledger.Reader) func(yield func(domain.Record, error) bool) {
	return func(yield func(domain.Record, error) bool) {
		for e, err := range l.All(b.Context(), ledger.Cursor{}) {
			if !yield(e.Record, err) {
				return
			}
		}
	}
}

// measured reports the CPU time of all threads beside the time, and the most memory that the process had so far.
func measured(b *testing.B, run func()) {
	before := cpu(b)
	for b.Loop() {
		run()
	}
	report(b, cpu(b)-before)
}

func report(b *testing.B, used time.Duration) {
	b.ReportMetric(used.Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(usage(b).Maxrss)/1024, "MB-rss")
}

func cpu(b *testing.B) time.Duration {
	u := usage(b)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func usage(b *testing.B) (u syscall.Rusage) {
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return u
}
