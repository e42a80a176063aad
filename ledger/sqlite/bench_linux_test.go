package sqlite_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/sqlite"
)

// The records of the benchmarks hold 400 bytes of meta and data, like those the floor writes.
const recordBytes = 400

func draft(stream domain.StreamID, n int) ledger.Draft {
	return ledger.Draft{
		ID:   domain.NewEventID("bench", stream, n),
		Type: "ballot-cast.v1",
		Meta: make([]byte, 120),
		Data: make([]byte, recordBytes-120),
	}
}

func openBench(b *testing.B) *sqlite.Ledger {
	l, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"), sqlite.Options{})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, l.Close()) })
	return l
}

// quantiles reports the middle and the slow end of took.
func quantiles(b *testing.B, took []time.Duration) time.Duration {
	slices.Sort(took)
	p50 := took[len(took)/2]
	b.ReportMetric(float64(p50.Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
	return p50
}

// BenchmarkOneWriter alternates appends with the floor, a write and an fdatasync of the same size at the end of a growing file, so that both see
// the same disk at the same time.
func BenchmarkOneWriter(b *testing.B) {
	l := openBench(b)
	f, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	require.NoError(b, err)
	defer f.Close()
	var floor, took []time.Duration
	buf := make([]byte, recordBytes)
	for n := 0; b.Loop(); n++ {
		start := time.Now()
		_, err = f.Write(buf)
		require.NoError(b, err)
		require.NoError(b, syscall.Fdatasync(int(f.Fd())))
		floor = append(floor, time.Since(start))

		d := draft("ballot-one", n)
		start = time.Now()
		_, err := l.Append(b.Context(), "ballot-one", uint64(n), d)
		took = append(took, time.Since(start))
		require.NoError(b, err)
	}
	slices.Sort(floor)
	b.ReportMetric(float64(quantiles(b, took))/float64(floor[len(floor)/2]), "×floor")
	b.ReportMetric(float64(floor[len(floor)/2].Nanoseconds())/1e3, "floor-p50-µs")
}

// BenchmarkManyWriters lets 64 callers append one event at a time, each to its own stream.
func BenchmarkManyWriters(b *testing.B) {
	l := openBench(b)
	var n atomic.Int64
	var done sync.WaitGroup
	b.ResetTimer()
	for i := range 64 {
		done.Go(func() {
			stream := domain.StreamID(fmt.Sprintf("ballot-%d", i))
			for v := 0; n.Add(1) <= int64(b.N); v++ {
				if _, err := l.Append(b.Context(), stream, uint64(v), draft(stream, v)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	perSecond(b, b.N)
}

// BenchmarkBulk appends 1,000 events at a time to one stream.
func BenchmarkBulk(b *testing.B) {
	l := openBench(b)
	drafts := make([]ledger.Draft, 1000)
	n := 0
	for b.Loop() {
		b.StopTimer()
		for i := range drafts {
			drafts[i] = draft("import-one", n+i)
		}
		b.StartTimer()
		_, err := l.Append(b.Context(), "import-one", uint64(n), drafts...)
		require.NoError(b, err)
		n += len(drafts)
	}
	perSecond(b, n)
}

// BenchmarkAll reads 200,000 records with their digests.
func BenchmarkAll(b *testing.B) {
	l := openBench(b)
	const total = 200_000
	fill(b, l, total, 1000)
	n := 0
	for b.Loop() {
		for _, err := range l.All(b.Context(), ledger.Cursor{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	require.Zero(b, n%total)
	perSecond(b, n)
}

// BenchmarkStream reads one stream of 100 records among 1,000.
func BenchmarkStream(b *testing.B) {
	l := openBench(b)
	fill(b, l, 100_000, 1000)
	for b.Loop() {
		n := 0
		for _, err := range l.Stream(b.Context(), "ballot-500", 0) {
			require.NoError(b, err)
			n++
		}
		require.Equal(b, 100, n)
	}
}

// fill appends total records, in turn to each of the streams.
func fill(tb testing.TB, l *sqlite.Ledger, total, streams int) {
	batches := make([]ledger.Batch, total)
	for i := range batches {
		stream := domain.StreamID(fmt.Sprintf("ballot-%d", i%streams))
		batches[i] = ledger.Batch{Stream: stream, Version: uint64(i / streams), Drafts: []ledger.Draft{draft(stream, i/streams)}}
	}
	done, written, err := l.AppendBatches(context.Background(), batches)
	require.NoError(tb, err)
	require.Equal(tb, total, done)
	require.Equal(tb, total, written)
}

func perSecond(b *testing.B, n int) {
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkStreamBack reads a stream of 100,000 records in full, forwards and back.
func BenchmarkStreamBack(b *testing.B) {
	l := openBench(b)
	const total = 100_000
	for i := 0; i < total; i += 1000 {
		drafts := make([]ledger.Draft, 1000)
		for j := range drafts {
			drafts[j] = draft("ballot-long", i+j)
		}
		_, err := l.Append(b.Context(), "ballot-long", uint64(i), drafts...)
		require.NoError(b, err)
	}
	for name, read := range map[string]iter.Seq2[domain.Record, error]{"forwards": l.Stream(b.Context(), "ballot-long", 0), "back": l.StreamBack(b.Context(), "ballot-long", total)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n := 0
				for _, err := range read {
					require.NoError(b, err)
					n++
				}
				require.Equal(b, total, n)
			}
			b.ReportMetric(float64(b.N*total)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
