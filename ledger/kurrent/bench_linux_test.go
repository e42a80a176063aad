package kurrent_test

import (
	"fmt"
	"os"
	"path/filepath"
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
	"daybook.internal/ledger/sqlite"
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

// BenchmarkIngest copies 20,000 records, a stream each, with many appends on their way: into memory, and into the embedded ledger, which waits for its disk.
func BenchmarkIngest(b *testing.B) {
	for name, disk := range disks(b) {
		b.Run(name, func(b *testing.B) {
			n := 0
			var used time.Duration
			for b.Loop() {
				b.StopTimer()
				l := open(b, kurrent.Config{URL: url(serve(b, disk(b), esdbserver.Options{}))})
				batches := make([]ledger.Batch, 20_000)
				for i := range batches {
					stream := domain.StreamID(fmt.Sprintf("ballot-%d", i))
					batches[i] = ledger.Batch{Stream: stream, Drafts: []ledger.Draft{benchDraft(stream, 0)}}
				}
				b.StartTimer()
				before := cpu()
				_, err := l.Ingest(b.Context(), batches)
				require.NoError(b, err)
				_, err = l.Head(b.Context())
				require.NoError(b, err)
				used += cpu() - before
				n += len(batches)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(used.Microseconds())/float64(n), "cpu-µs/record")
		})
	}
}

// disks are what a server may keep its ledger in.
func disks(testing.TB) map[string]func(testing.TB) ledger.Ledger {
	return map[string]func(testing.TB) ledger.Ledger{
		"memory": func(testing.TB) ledger.Ledger { return ledgertest.NewMemory() },
		"disk": func(t testing.TB) ledger.Ledger {
			l, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, l.Close()) })
			return l
		},
	}
}

// BenchmarkLag appends records at a rate, by as many writers as it takes, and measures how long each takes to a follower: from when it was due, with its append and all
// waiting for one, and from its acknowledgement, where it does not come before it. Beside it, a raw write of as many bytes and its fdatasync, which an append on a disk waits for.
func BenchmarkLag(b *testing.B) {
	for _, load := range []struct{ rate, each int }{{2000, 1}, {15_000, 10}} {
		for name, disk := range disks(b) {
			b.Run(fmt.Sprintf("%d/%s", load.rate, name), func(b *testing.B) {
				l := open(b, kurrent.Config{URL: url(serve(b, disk(b), esdbserver.Options{}))})
				for b.Loop() {
					lag(b, l, load.rate, load.each)
				}
				rawSync(b)
			})
		}
	}
}

// lag appends for three seconds, each records at a time, and each writer to streams of its own.
func lag(b *testing.B, l *kurrent.Ledger, rate, each int) {
	head, err := l.Head(b.Context())
	require.NoError(b, err)
	total := 3 * rate / each * each
	type times struct{ due, acked, seen time.Time }
	all := make(map[domain.EventID]*times, total)
	var mu sync.Mutex // guards all
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		n := 0
		for e, err := range l.Follow(b.Context(), ledger.Cursor{Seq: head}) {
			if err != nil {
				b.Error(err)
				return
			}
			mu.Lock()
			all[e.ID].seen = time.Now()
			mu.Unlock()
			if n++; n == total {
				return
			}
		}
	}()
	turns := make(chan int, total) // so that nobody is late who is not held up by the ledger
	began := time.Now().Add(10 * time.Millisecond)
	due := func(n int) time.Time { return began.Add(time.Duration(n) * time.Second / time.Duration(rate)) }
	go func() {
		defer close(turns)
		for n := 0; n < total; n += each {
			if wait := time.Until(due(n)); wait > 0 {
				time.Sleep(wait)
			}
			turns <- n
		}
	}()
	used := cpu()
	var done sync.WaitGroup
	for range 64 {
		done.Go(func() {
			for n := range turns {
				stream := domain.StreamID(fmt.Sprintf("ballot-%d-%d", head, n))
				drafts := make([]ledger.Draft, each)
				mu.Lock()
				for i := range drafts {
					drafts[i] = benchDraft(stream, i)
					all[drafts[i].ID] = &times{due: due(n)}
				}
				mu.Unlock()
				if _, err := l.Append(b.Context(), stream, 0, drafts...); err != nil {
					b.Error(err)
					return
				}
				now := time.Now()
				mu.Lock()
				for _, d := range drafts {
					all[d.ID].acked = now
				}
				mu.Unlock()
			}
		})
	}
	done.Wait()
	<-followed
	took := time.Since(began)
	var lags, behind []time.Duration
	for _, t := range all {
		lags, behind = append(lags, t.seen.Sub(t.due)), append(behind, max(t.seen.Sub(t.acked), 0))
	}
	b.ReportMetric(float64(total)/took.Seconds(), "records/s")
	b.ReportMetric(float64((cpu()-used).Microseconds())/float64(total), "cpu-µs/record")
	quantiles(b, "lag-", lags)
	quantiles(b, "acked-", behind)
}

// rawSync writes and syncs what a record takes, three hundred times.
func rawSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	require.NoError(b, err)
	defer f.Close()
	var took []time.Duration
	for range 300 {
		start := time.Now()
		_, err := f.Write(make([]byte, 400))
		require.NoError(b, err)
		require.NoError(b, syscall.Fdatasync(int(f.Fd())))
		took = append(took, time.Since(start))
	}
	quantiles(b, "floor-sync-", took)
}
