package adjudicate_test

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"daybook.internal/domain"
	"daybook.internal/replay/adjudicate"
)

// BenchmarkCourt judges an edition of some ten thousand events of all kinds, signatures of devices among them. An operation is one event.
func BenchmarkCourt(b *testing.B) {
	r := small()
	batches := func(c *adjudicate.Court) (all []adjudicate.Batch) {
		for facts := r.facts(b); len(facts) > 0; {
			n := min(len(facts), 256)
			all = append(all, c.Prepare(facts[:n]))
			facts = facts[n:]
		}
		return all
	}
	b.Run("prepare", func(b *testing.B) {
		facts := r.facts(b)
		c := adjudicate.New(r, adjudicate.Options{})
		b.ReportAllocs()
		b.ResetTimer()
		for n := 0; n < b.N; n += len(facts) {
			c.Prepare(facts)
		}
	})
	b.Run("judge", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; n < b.N; n += len(r) {
			b.StopTimer()
			c := adjudicate.New(r, adjudicate.Options{})
			all := batches(c)
			b.StartTimer()
			for _, batch := range all {
				must(c.Try(context.Background(), batch, func(v *adjudicate.Violation) { panic(v) }))
			}
		}
	})
	b.Run("kept", func(b *testing.B) {
		var before, after runtime.MemStats
		for range b.N {
			runtime.GC()
			runtime.ReadMemStats(&before)
			c := adjudicate.New(r, adjudicate.Options{})
			for _, batch := range batches(c) {
				must(c.Try(context.Background(), batch, func(v *adjudicate.Violation) { panic(v) }))
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/float64(len(r)), "B/event")
			runtime.KeepAlive(c)
		}
	})
}

// BenchmarkKinds tells what an event of each kind takes, of the twelve kinds that take most of the time together. An operation judges the whole edition; of each event
// the quickest time counts, so that other work on the machine does not. Looking at the clock takes some 50 ns of it.
func BenchmarkKinds(b *testing.B) {
	r := small()
	facts := r.facts(b)
	best := make([]time.Duration, len(facts))
	for round := range b.N {
		c := adjudicate.New(r, adjudicate.Options{})
		for i := range facts {
			batch := c.Prepare(facts[i : i+1])
			began := time.Now()
			must(c.Try(context.Background(), batch, func(v *adjudicate.Violation) { panic(v) }))
			if d := time.Since(began); round == 0 || d < best[i] {
				best[i] = d
			}
		}
	}
	took, n := map[string]time.Duration{}, map[string]int{}
	for i, f := range facts {
		typ := domain.TypeOf(f.Event)
		took[typ], n[typ] = took[typ]+best[i], n[typ]+1
	}
	byShare := slices.SortedFunc(maps.Keys(took), func(x, y string) int { return cmp.Compare(took[y], took[x]) })
	for _, typ := range byShare[:12] {
		b.ReportMetric(float64(took[typ].Nanoseconds())/float64(n[typ]), "ns/"+typ)
	}
	b.ReportMetric(0, "ns/op")
}
