package postgres

import (
	"context"
	"fmt"
	"net"
	"os"
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
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
	"daybook.internal/simulate"
)

// smaller is a simulated edition of 12 countries, all its events.
var smaller = sync.OnceValues(func() (records []domain.Record, err error) {
	l, err := simulateEdition(simulate.Options{Seed: 1, Countries: 12, Citizens: 100, Online: 50})
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

// BenchmarkWholeWay appends the end of an edition at a rate, to a ledger on a disk, and measures how long each event takes from when it was due until all views serve it: its
// append, made durable, the way to the follower, and the views. "embedded" is the ledger in this process, and the floor; "protocol" is the same ledger behind a server and a client, over a
// socket. Beside each, a raw write of a record's bytes and its fdatasync.
func BenchmarkWholeWay(b *testing.B) {
	records, err := smaller()
	require.NoError(b, err)
	for _, store := range []string{"postgres", "sqlite"} {
		for _, way := range []string{"embedded", "protocol"} {
			for _, rate := range []int{2000, 15_000} {
				b.Run(fmt.Sprintf("%s/%s/%d", store, way, rate), func(b *testing.B) {
					for b.Loop() {
						wholeWay(b, store, way, records, rate)
					}
				})
			}
		}
	}
}

func wholeWay(b *testing.B, store, way string, records []domain.Record, rate int) {
	b.StopTimer()
	start := len(records) - 3*rate
	dir := b.TempDir()
	disk, err := ledgersqlite.Open(b.Context(), filepath.Join(dir, "ledger.db"), ledgersqlite.Options{})
	require.NoError(b, err)
	defer disk.Close()
	var l ledger.Ledger = disk
	prefix := ""
	if way == "protocol" {
		prefix = kurrent.DefaultPrefix
	}
	begun(b, disk, prefix, records[:start])
	if way == "protocol" {
		over, stop := protocol(b, disk)
		defer stop()
		l = over
	}
	var s engine
	if store == "postgres" {
		server := pgtest.Launch(b, pgtest.Options{Durable: true, Disk: true, Settings: []string{"shared_buffers=128MB"}})
		opened, err := Open(b.Context(), Config{DSN: server.New(b).DSN(pgtest.Writer)})
		require.NoError(b, err)
		s = engine{opened, func() time.Duration { return childrensCPU(b, server) }}
	} else {
		opened, err := storesqlite.Open(b.Context(), filepath.Join(dir, "views.db"), storesqlite.Options{})
		require.NoError(b, err)
		s = engine{Store: opened}
	}
	defer s.Close()
	p := readstore.NewProjector(l, s.Store, projections.All(), readstore.Options{Pace: 10 * time.Millisecond})
	require.NoError(b, p.CatchUp(b.Context(), nil))
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	b.StartTimer()
	var lags []time.Duration
	measured(b, s, len(records)-start, func() {
		began := time.Now()
		due := func(i int) time.Time { return began.Add(time.Duration(i-start) * time.Second / time.Duration(rate)) }
		var sending sync.WaitGroup
		sending.Go(func() { generate(b, l, records, start, due) })
		for next := start; next < len(records); {
			require.NoError(b, p.Await(ctx, uint64(next)))
			position, now := int(p.Position()), time.Now()
			for ; next < min(position, len(records)); next++ {
				lags = append(lags, now.Sub(due(next)))
			}
		}
		b.ReportMetric(float64(len(lags))/time.Since(began).Seconds(), "events/s")
		sending.Wait()
	})
	cancel()
	require.NoError(b, <-ended)
	ms := func(d []time.Duration, percent int) float64 {
		return float64(d[len(d)*percent/100].Microseconds()) / 1000
	}
	slices.Sort(lags)
	b.ReportMetric(ms(lags, 50), "lag-p50-ms")
	b.ReportMetric(ms(lags, 99), "lag-p99-ms")
	raw := rawSyncs(b, filepath.Join(dir, "raw"))
	b.ReportMetric(ms(raw, 50), "floor-sync-p50-ms")
	b.ReportMetric(ms(raw, 99), "floor-sync-p99-ms")
}

// generate appends records when they are due, in their order, those that are due by then together; over the protocol with many appends on their way.
func generate(b *testing.B, l ledger.Ledger, records []domain.Record, from int, due func(int) time.Time) {
	for from < len(records) {
		if wait := time.Until(due(from)); wait > 0 {
			time.Sleep(wait)
		}
		now, to := time.Now(), from+1
		for to < len(records) && due(to).Before(now) {
			to++
		}
		batches := make([]ledger.Batch, 0, to-from)
		for _, r := range records[from:to] {
			batches = append(batches, batchOf("", r))
		}
		var err error
		if in, ok := l.(ledger.Ingester); ok {
			_, err = in.Ingest(b.Context(), batches)
		} else {
			_, _, err = ledger.AppendBatches(b.Context(), l, batches)
		}
		if err != nil {
			b.Error(err)
			return
		}
		from = to
	}
}

func batchOf(prefix string, r domain.Record) ledger.Batch {
	return ledger.Batch{Stream: domain.StreamID(prefix) + r.Stream, Version: r.Revision, Drafts: []ledger.Draft{{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data}}}
}

func begun(b *testing.B, l *ledgersqlite.Ledger, prefix string, records []domain.Record) {
	batches := make([]ledger.Batch, 0, len(records))
	for _, r := range records {
		batches = append(batches, batchOf(prefix, r))
	}
	_, _, err := l.AppendBatches(b.Context(), batches)
	require.NoError(b, err)
}

// protocol is a ledger behind a server and a client.
func protocol(b *testing.B, disk *ledgersqlite.Ledger) (ledger.Ledger, func()) {
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- esdbserver.New(disk, esdbserver.Options{Append: disk, MaxAppend: 16 << 20, Grace: 100 * time.Millisecond}).Serve(ctx, at)
	}()
	l, err := kurrent.Open(b.Context(), kurrent.Config{URL: "esdb://" + at.Addr().String() + "?tls=false"})
	require.NoError(b, err)
	return l, func() {
		require.NoError(b, l.Close())
		stop()
		require.NoError(b, <-ended)
	}
}

// rawSyncs is how long a write of a record's bytes and its fdatasync take, three hundred times.
func rawSyncs(b *testing.B, path string) (took []time.Duration) {
	f, err := os.Create(path)
	require.NoError(b, err)
	defer f.Close()
	for range 300 {
		start := time.Now()
		_, err := f.Write(make([]byte, 735))
		require.NoError(b, err)
		require.NoError(b, syscall.Fdatasync(int(f.Fd())))
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took
}
