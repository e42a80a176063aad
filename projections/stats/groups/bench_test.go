package groups

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// cpu is what this process has used so far; wall time says little on a busy machine.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFind groups 2,000 people by what they say to 200 statements, every vote cast, and ten and a hundred times as many people: time for each vote stays
// the same. Memory is what stands on the heap beside the votes at most, as seen between units of work.
func BenchmarkFind(b *testing.B) {
	for _, people := range []int{2_000, 20_000, 200_000} {
		for _, runs := range []int{0, 100} {
			if people > 2_000 && runs > 0 {
				continue
			}
			b.Run(fmt.Sprintf("people=%d/bootstraps=%d", people, runs), func(b *testing.B) {
				cast, _ := planted(b, people, 200, 3, 1, 1)
				v := votesOf(b, people, 200, cast)
				p := Defaults()
				p.Bootstraps = runs
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				before, most := m.HeapAlloc, uint64(0)
				_, err := Find(v, nil, p, func(int, int) error {
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc-before)
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
				start := cpu(b)
				for b.Loop() {
					if _, err := Find(v, nil, p, nil); err != nil {
						b.Fatal(err)
					}
				}
				used := cpu(b) - start
				b.ReportMetric(used.Seconds()/float64(b.N)*1e3, "cpu-ms/op")
				b.ReportMetric(float64(used.Nanoseconds())/float64(b.N)/float64(v.Len()), "cpu-ns/vote")
				b.ReportMetric(float64(most)/1e6, "MB-heap")
			})
		}
	}
}

// BenchmarkFloor reads every vote once: less than that nobody can do.
func BenchmarkFloor(b *testing.B) {
	cast, _ := planted(b, 2_000, 200, 3, 1, 1)
	v := votesOf(b, 2_000, 200, cast)
	sum := 0
	for b.Loop() {
		for r := range v.Respondents() {
			of, values := v.of(r)
			for i := range of {
				sum += int(values[i])
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(v.Len()), "ns/vote")
}

// BenchmarkSparse groups 95 people of whom each saw a fifth of 95 statements, with 100 bootstrap runs: a conversation of a country.
func BenchmarkSparse(b *testing.B) {
	cast, _ := planted(b, 95, 95, 3, 0.2, 1)
	v := votesOf(b, 95, 95, cast)
	start := cpu(b)
	for b.Loop() {
		if _, err := Find(v, nil, Defaults(), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu(b)-start).Seconds()/float64(b.N)*1e3, "cpu-ms/op")
}
