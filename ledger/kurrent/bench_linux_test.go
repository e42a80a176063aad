package kurrent_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
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

// cpu is the CPU time of this process, in which the server runs too.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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

// BenchmarkManyWriters lets 64 callers append one record at a time, each to its own stream, after as many calls that write nothing.
func BenchmarkManyWriters(b *testing.B) {
	l, _ := openBench(b)
	together := func(name string, call func(stream domain.StreamID, v int) error) {
		var n atomic.Int64
		var done sync.WaitGroup
		start, used := time.Now(), cpu()
		for i := range 64 {
			done.Go(func() {
				stream := domain.StreamID(fmt.Sprintf("ballot-%d", i))
				for v := 0; n.Add(1) <= int64(b.N); v++ {
					if err := call(stream, v); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		done.Wait()
		b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), name+"/s")
		b.ReportMetric(float64((cpu()-used).Microseconds())/float64(b.N), name+"-cpu-µs")
	}
	b.ResetTimer()
	together("floor-calls", func(domain.StreamID, int) error {
		_, err := l.Version(b.Context(), "ballot-none")
		return err
	})
	together("records", func(stream domain.StreamID, v int) error {
		_, err := l.Append(b.Context(), stream, uint64(v), benchDraft(stream, v))
		return err
	})
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
	n, used := 0, cpu()
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
	b.ReportMetric(float64((cpu()-used).Microseconds())/float64(n), "cpu-µs/record")
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

// BenchmarkAll counts, and then reads, 100,000 records, in turns with the floor: the bare client's subscription, whose events nobody looks at.
func BenchmarkAll(b *testing.B) {
	m := ledgertest.NewMemory()
	const total = 100_000
	fillMemory(b, m, total)
	address := serve(b, m, esdbserver.Options{})
	start := time.Now()
	l := open(b, kurrent.Config{URL: url(address)})
	_, err := l.Head(b.Context())
	require.NoError(b, err)
	counted := total / time.Since(start).Seconds()

	config, err := esdb.ParseConnectionString(url(address))
	require.NoError(b, err)
	config.Logger = esdb.NoopLogging()
	bare, err := esdb.NewClient(config)
	require.NoError(b, err)
	defer bare.Close()
	var took, floor, used, floorUsed time.Duration
	n := 0
	for b.Loop() {
		start, before := time.Now(), cpu()
		s, err := bare.SubscribeToAll(b.Context(), esdb.SubscribeToAllOptions{From: esdb.Start{}, MaxSearchWindow: 1000,
			Filter: &esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: []string{"daybook-"}}})
		require.NoError(b, err)
		for i := 0; i < total; {
			if s.Recv().EventAppeared != nil {
				i++
			}
		}
		require.NoError(b, s.Close())
		floor, floorUsed = floor+time.Since(start), floorUsed+cpu()-before

		start, before = time.Now(), cpu()
		for _, err := range l.All(b.Context(), ledger.Cursor{}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		took, used = took+time.Since(start), used+cpu()-before
	}
	require.Zero(b, n%total)
	b.ReportMetric(float64(n)/took.Seconds(), "records/s")
	b.ReportMetric(float64(n)/floor.Seconds(), "floor-events/s")
	b.ReportMetric(counted, "counted/s")
	b.ReportMetric(float64(used.Nanoseconds())/1e3/float64(n), "cpu-µs/record")
	b.ReportMetric(float64(floorUsed.Nanoseconds())/1e3/float64(n), "floor-cpu-µs/event")
}

// BenchmarkLag appends 2,000 records a second, by eight writers, and measures how long after its acknowledgement a record reaches a follower, where it does not come before it.
func BenchmarkLag(b *testing.B) {
	l, _ := openBench(b)
	var mu sync.Mutex
	acked := make(map[domain.EventID]time.Time)
	seen := make(map[domain.EventID]time.Time)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		for e, err := range l.Follow(b.Context(), ledger.Cursor{}) {
			if err != nil {
				b.Error(err)
				return
			}
			now := time.Now()
			mu.Lock()
			seen[e.ID] = now
			n := len(seen)
			mu.Unlock()
			if n == b.N {
				return
			}
		}
	}()
	b.ResetTimer()
	turns := make(chan int)
	go func() {
		defer close(turns)
		tick := time.NewTicker(500 * time.Microsecond)
		defer tick.Stop()
		for n := range b.N {
			<-tick.C
			turns <- n
		}
	}()
	var done sync.WaitGroup
	for w := range 8 {
		stream := domain.StreamID(fmt.Sprintf("ballot-%d", w))
		done.Go(func() {
			v := 0
			for range turns {
				d := benchDraft(stream, v)
				if _, err := l.Append(b.Context(), stream, uint64(v), d); err != nil {
					b.Error(err)
					return
				}
				v++
				mu.Lock()
				acked[d.ID] = time.Now()
				mu.Unlock()
			}
		})
	}
	done.Wait()
	<-followed
	lags := make([]time.Duration, 0, b.N)
	for id, at := range acked {
		lags = append(lags, max(seen[id].Sub(at), 0))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	quantiles(b, "lag-", lags)
}
