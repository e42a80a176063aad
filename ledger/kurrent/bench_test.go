package kurrent_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/kurrent"
	"daybook.internal/ledger/ledgertest"
)

// The records of the benchmarks hold 400 bytes of meta and data, as those of ledger/sqlite do.
func benchDraft(stream domain.StreamID, n int) ledger.Draft {
	return ledger.Draft{
		ID:   domain.NewEventID("bench", stream, n),
		Type: "ballot-cast.v1",
		Meta: fmt.Appendf(make([]byte, 0, 128), `{"n":"%0112d"}`, n),
		Data: fmt.Appendf(make([]byte, 0, 300), `{"n":"%0272d"}`, n),
	}
}

// openBench opens a ledger whose server keeps it in memory, so that what is measured is the protocol and what stands on either side of it.
func openBench(b *testing.B) (*kurrent.Ledger, ledger.Ledger) {
	m := ledgertest.NewMemory()
	return open(b, kurrent.Config{URL: url(serve(b, m, esdbserver.Options{}))}), m
}

func quantiles(b *testing.B, name string, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, name+"p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, name+"p99-µs")
}

// BenchmarkOneWriter appends one record at a time, in turns with the floor: a call of the same server over the same protocol that writes nothing.
func BenchmarkOneWriter(b *testing.B) {
	l, _ := openBench(b)
	var took, floor []time.Duration
	for n := 0; b.Loop(); n++ {
		start := time.Now()
		_, err := l.Version(b.Context(), "ballot-none")
		floor = append(floor, time.Since(start))
		require.NoError(b, err)

		d := benchDraft("ballot-one", n)
		start = time.Now()
		_, err = l.Append(b.Context(), "ballot-one", uint64(n), d)
		took = append(took, time.Since(start))
		require.NoError(b, err)
	}
	quantiles(b, "", took)
	quantiles(b, "floor-", floor)
}

func BenchmarkManyWriters(b *testing.B) {
	l, _ := openBench(b)
	var n atomic.Int64
	var done sync.WaitGroup
	b.ResetTimer()
	for i := range 64 {
		done.Go(func() {
			stream := domain.StreamID(fmt.Sprintf("ballot-%d", i))
			for v := 0; n.Add(1) <= int64(b.N); v++ {
				if _, err := l.Append(b.Context(), stream, uint64(v), benchDraft(stream, v)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkBulkOneStream(b *testing.B) {
	l, _ := openBench(b)
	n := 0
	for b.Loop() {
		b.StopTimer()
		drafts := make([]ledger.Draft, 1000)
		for i := range drafts {
			drafts[i] = benchDraft("import-one", n+i)
		}
		b.StartTimer()
		_, err := l.Append(b.Context(), "import-one", uint64(n), drafts...)
		require.NoError(b, err)
		n += len(drafts)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkBatches appends 1,000 batches of one record, a stream each.
func BenchmarkBatches(b *testing.B) {
	l, _ := openBench(b)
	n := 0
	for b.Loop() {
		batches := make([]ledger.Batch, 1000)
		for i := range batches {
			stream := domain.StreamID(fmt.Sprintf("ballot-%d", n+i))
			batches[i] = ledger.Batch{Stream: stream, Drafts: []ledger.Draft{benchDraft(stream, 0)}}
		}
		_, _, err := l.AppendBatches(b.Context(), batches)
		require.NoError(b, err)
		n += len(batches)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}

func fillMemory(b *testing.B, m ledger.Ledger, total int) {
	batches := make([]ledger.Batch, total)
	for i := range batches {
		stream := domain.StreamID(fmt.Sprintf("daybook-ballot-%d", i%1000))
		batches[i] = ledger.Batch{Stream: stream, Version: uint64(i / 1000), Drafts: []ledger.Draft{benchDraft(stream, i/1000)}}
	}
	_, _, err := ledger.AppendBatches(b.Context(), m, batches)
	require.NoError(b, err)
}

func BenchmarkAll(b *testing.B) {
	l, m := openBench(b)
	const total = 100_000
	fillMemory(b, m, total)
	start := time.Now()
	_, err := l.Head(b.Context())
	require.NoError(b, err)
	b.ReportMetric(total/time.Since(start).Seconds(), "counted/s")
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
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}
