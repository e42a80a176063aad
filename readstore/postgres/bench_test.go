package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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

// engine is a store to measure, and the CPU time that its server has used; none where it has no server.
type engine struct {
	readstore.Store
	server func() time.Duration
}

// engines are made anew for each measurement, on the disk. "none" folds and keeps nothing: the floor.
var engines = []struct {
	name string
	open func(b *testing.B) engine
}{
	{"none", func(*testing.B) engine { return engine{Store: &nothing{at: map[readstore.ViewVersion]ledger.Cursor{}}} }},
	{"sqlite", func(b *testing.B) engine {
		s, err := storesqlite.Open(b.Context(), filepath.Join(b.TempDir(), "views.db"), storesqlite.Options{})
		require.NoError(b, err)
		return engine{Store: s}
	}},
	{"postgres", func(b *testing.B) engine {
		server := pgtest.Launch(b, pgtest.Options{Durable: true, Disk: true, Settings: []string{"shared_buffers=128MB"}})
		s, err := Open(b.Context(), Config{DSN: server.New(b).DSN(pgtest.Writer)})
		require.NoError(b, err)
		return engine{s, func() time.Duration { return childrensCPU(b, server) }}
	}},
}

// nothing is a store that keeps cursors alone.
type nothing struct {
	readstore.Store
	at map[readstore.ViewVersion]ledger.Cursor
}

func (n *nothing) Cursor(_ context.Context, v readstore.ViewVersion) (ledger.Cursor, error) {
	return n.at[v], nil
}
func (n *nothing) Served(context.Context, string) (v readstore.ViewVersion, at ledger.Cursor, ok bool, err error) {
	return v, at, false, nil
}
func (n *nothing) Load(context.Context, readstore.ViewVersion, string) ([]byte, error) {
	return nil, nil
}
func (n *nothing) Commit(_ context.Context, v readstore.ViewVersion, _, to ledger.Cursor, _ []readstore.Doc) error {
	n.at[v] = to
	return nil
}
func (n *nothing) Serve(context.Context, readstore.ViewVersion) error { return nil }
func (n *nothing) Close() error                                       { return nil }

// cpu is the CPU time of this process.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// childrensCPU is the CPU time of a server's processes that are there now, where /proc tells it.
func childrensCPU(b *testing.B, s *pgtest.Server) (used time.Duration) {
	text, err := os.ReadFile(filepath.Join(s.Data(), "postmaster.pid"))
	require.NoError(b, err)
	pid, _, _ := strings.Cut(string(text), "\n")
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		stat, _ := os.ReadFile(path) // it may have ended
		_, rest, _ := strings.Cut(string(stat), ") ")
		if f := strings.Fields(rest); len(f) > 12 && f[1] == pid {
			user, _ := strconv.Atoi(f[11])
			system, _ := strconv.Atoi(f[12])
			used += time.Duration(user+system) * time.Second / 100
		}
	}
	return used
}

// measured runs do and reports the CPU time of both sides for each of n events.
func measured(b *testing.B, e engine, n int, do func()) {
	before, server := cpu(), time.Duration(0)
	if e.server != nil {
		server = e.server()
	}
	do()
	b.ReportMetric(float64((cpu()-before).Nanoseconds())/1000/float64(n), "cpu-µs/event")
	if e.server != nil {
		b.ReportMetric(float64((e.server()-server).Nanoseconds())/1000/float64(n), "server-cpu-µs/event")
	}
}

// BenchmarkRebuild builds all views from nothing: reading from memory, decoding, folding, and keeping them in an engine.
func BenchmarkRebuild(b *testing.B) {
	records, err := edition()
	require.NoError(b, err)
	l := ledgertest.NewMemory()
	appended(b, l, records)
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := e.open(b)
				began := time.Now()
				measured(b, s, len(records), func() {
					b.StartTimer()
					require.NoError(b, readstore.NewProjector(l, s.Store, projections.All(), readstore.Options{}).CatchUp(b.Context(), nil))
				})
				b.ReportMetric(float64(len(records))/time.Since(began).Seconds(), "events/s")
				require.NoError(b, s.Close())
			}
		})
	}
}

// BenchmarkFollow appends the end of an edition at a rate, and measures how long each event takes from its append until all views serve it.
func BenchmarkFollow(b *testing.B) {
	records, err := edition()
	require.NoError(b, err)
	for _, e := range engines[1:] {
		for _, rate := range []int{2000, 15_000, 30_000} {
			b.Run(fmt.Sprintf("%s/%d", e.name, rate), func(b *testing.B) {
				for b.Loop() {
					follow(b, e.open(b), records, rate)
				}
			})
		}
	}
}

func follow(b *testing.B, s engine, records []domain.Record, rate int) {
	defer s.Close()
	start := len(records) - 4*rate
	l := ledgertest.NewMemory()
	appended(b, l, records[:start])
	p := readstore.NewProjector(l, s.Store, projections.All(), readstore.Options{Pace: 10 * time.Millisecond})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	require.NoError(b, p.Await(ctx, uint64(start-1)))
	var mu sync.Mutex
	at := make([]time.Time, len(records)) // guarded by mu
	var lags []time.Duration
	measured(b, s, len(records)-start, func() {
		began := time.Now()
		go func() {
			for i := start; i < len(records); i++ {
				if wait := time.Until(began.Add(time.Duration(i-start) * time.Second / time.Duration(rate))); wait > time.Millisecond {
					time.Sleep(wait)
				}
				mu.Lock()
				at[i] = time.Now()
				mu.Unlock()
				appended(b, l, records[i:i+1])
			}
		}()
		steps := 0
		for next := start; next < len(records); steps++ {
			require.NoError(b, p.Await(ctx, uint64(next)))
			position, now := int(p.Position()), time.Now()
			mu.Lock()
			for ; next < position; next++ {
				lags = append(lags, now.Sub(at[next]))
			}
			mu.Unlock()
		}
		b.ReportMetric(float64(len(lags))/time.Since(began).Seconds(), "events/s")
		b.ReportMetric(float64(len(lags))/float64(steps), "events/step")
	})
	cancel()
	require.NoError(b, <-done)
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2].Microseconds())/1000, "lag-p50-ms")
	b.ReportMetric(float64(lags[len(lags)*99/100].Microseconds())/1000, "lag-p99-ms")
}
