package postgres

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
	"daybook.internal/simulate"
)

// edition is a simulated edition of 24 countries: 165,000 events of all kinds.
var edition = sync.OnceValues(func() (records []domain.Record, err error) {
	l, err := simulateEdition(simulate.Options{Seed: 1, Countries: 24, Citizens: 100, Online: 50})
	if err != nil {
		return nil, err
	}
	for e, err := range l.All(context.Background(), ledger.Cursor{}) {
		if err != nil {
			return nil, err
		}
		records = append(records, e.Record)
	}
	return records, nil
})

// appended is a ledger with the first n records.
func appended(tb testing.TB, l *ledgertest.Memory, records []domain.Record) {
	tb.Helper()
	for _, r := range records {
		_, err := l.Append(tb.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(tb, err)
	}
}

// cpu is the CPU time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func onDisk(tb testing.TB) pgtest.Database {
	s := pgtest.Launch(tb, pgtest.Options{Durable: true, Disk: true, Settings: []string{"shared_buffers=128MB"}})
	return s.New(tb)
}

func BenchmarkRebuild(b *testing.B) {
	records, err := edition()
	require.NoError(b, err)
	l := ledgertest.NewMemory()
	appended(b, l, records)
	stores := map[string]func(b *testing.B) readstore.Store{
		"sqlite": func(b *testing.B) readstore.Store {
			s, err := storesqlite.Open(b.Context(), filepath.Join(b.TempDir(), "views.db"), storesqlite.Options{})
			require.NoError(b, err)
			return s
		},
		"postgres": func(b *testing.B) readstore.Store {
			s, err := Open(b.Context(), Config{DSN: onDisk(b).DSN(pgtest.Writer)})
			require.NoError(b, err)
			return s
		},
	}
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			var took, used time.Duration
			for range b.N {
				s := stores[name](b)
				began, before := time.Now(), cpu()
				require.NoError(b, readstore.NewProjector(l, s, projections.All(), readstore.Options{}).CatchUp(b.Context(), nil))
				took, used = took+time.Since(began), used+cpu()-before
				require.NoError(b, s.Close())
			}
			b.ReportMetric(float64(len(records)*b.N)/took.Seconds(), "events/s")
			b.ReportMetric(float64(used.Microseconds())/float64(len(records)*b.N), "cpu-µs/event")
		})
	}
}

func BenchmarkFollow(b *testing.B) {
	records, err := edition()
	require.NoError(b, err)
	for _, rate := range []int{2000, 15000, 40000} {
		b.Run(fmt.Sprint(rate), func(b *testing.B) {
			l := ledgertest.NewMemory()
			start := len(records) - 3*rate
			if start < 0 {
				start = 20000
			}
			appended(b, l, records[:start])
			s, err := Open(b.Context(), Config{DSN: onDisk(b).DSN(pgtest.Writer)})
			require.NoError(b, err)
			defer s.Close()
			p := readstore.NewProjector(l, s, projections.All(), readstore.Options{Pace: 10 * time.Millisecond})
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error, 1)
			go func() { done <- p.Run(ctx) }()
			require.NoError(b, p.Await(ctx, uint64(start-1)))
			var mu sync.Mutex
			at := make([]time.Time, len(records))
			began, before := time.Now(), cpu()
			go func() {
				for i := start; i < len(records); i++ {
					due := began.Add(time.Duration(i-start) * time.Second / time.Duration(rate))
					if d := time.Until(due); d > time.Millisecond {
						time.Sleep(d)
					}
					mu.Lock()
					at[i] = time.Now()
					mu.Unlock()
					appended(b, l, records[i:i+1])
				}
			}()
			var lags []time.Duration
			steps := 0
			for next := start; next < len(records); {
				require.NoError(b, p.Await(ctx, uint64(next)))
				pos, now := int(p.Position()), time.Now()
				steps++
				mu.Lock()
				for ; next < pos; next++ {
					lags = append(lags, now.Sub(at[next]))
				}
				mu.Unlock()
			}
			took := time.Since(began)
			cancel()
			require.NoError(b, <-done)
			slices.Sort(lags)
			b.ReportMetric(float64(len(lags))/took.Seconds(), "events/s")
			b.ReportMetric(float64(lags[len(lags)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(lags[len(lags)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(len(lags)), "cpu-µs/event")
			b.ReportMetric(float64(len(lags))/float64(steps), "events/step")
		})
	}
}
