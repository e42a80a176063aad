package live_test

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
	"daybook.internal/replay/verify/verifytest"
	"daybook.internal/simulate"
)

// BenchmarkEdition measures an edition of 72 countries × 100 citizens, which it makes first (docs/performance.md):
//
//	go test -run '^$' -bench Edition -benchtime 3x -timeout 0 ./readstore/live
func BenchmarkEdition(b *testing.B) {
	debug.SetGCPercent(400) // as the program does
	var facts []domain.Fact
	for _, r := range verifytest.Edition(b, simulate.Options{Seed: 1, Countries: 72, Citizens: 100, Online: 50}).Records {
		f, err := r.Decode()
		require.NoError(b, err)
		facts = append(facts, f)
	}
	build := func(facts []domain.Fact) *measures.State {
		s := measures.NewState()
		for _, f := range facts {
			require.NoError(b, s.Apply(f))
		}
		return s
	}
	b.Run("state", func(b *testing.B) {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var s *measures.State
		for b.Loop() {
			s = build(facts)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
		b.ReportMetric(float64(len(facts)), "events")
		runtime.KeepAlive(s)
	})
	var light, heavy []measures.View
	for _, v := range measures.All() {
		if v.Heavy {
			heavy = append(heavy, v)
		} else {
			light = append(light, v)
		}
	}
	for name, views := range map[string][]measures.View{"documents": light, "heavy": heavy} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				b.StopTimer()
				s := build(facts) // nothing of it is counted yet
				runtime.GC()
				n = 0
				b.StartTimer()
				require.NoError(b, live.Each(b.Context(), s, views, func(measures.View, string, projections.Document) error {
					n++
					return nil
				}))
			}
			b.ReportMetric(float64(n), "documents")
		})
	}
	// One more ballot, and the documents of its question: the country's, the world's, the estimate.
	b.Run("ballot", func(b *testing.B) {
		last := len(facts) - 1 - slices.IndexFunc(backwards(facts), isChoice)
		s := build(facts[:last+1])
		f, e := facts[last], facts[last].Event.(domain.BallotCast)
		key := fmt.Sprintf("ed_synthetic/%s@%d/%s/%s/sortition", e.Question.ID, e.Question.Version, e.Session, e.Wave)
		place, before := strings.TrimPrefix(string(e.Dialogue), "dl_sim_"), cpu(b)
		for b.Loop() {
			f.Seq++
			require.NoError(b, s.Apply(f))
			for _, at := range []string{place, "world"} {
				_, err := measures.Result.Compute(s, key+"/"+at, nil)
				require.NoError(b, err)
			}
			_, err := measures.GlobalEstimate.Compute(s, key, nil)
			require.NoError(b, err)
		}
		report(b, cpu(b)-before)
	})
	b.Run("floor", func(b *testing.B) { // what it takes to read the facts from their bytes at all
		records := verifytest.Edition(b, simulate.Options{Seed: 1, Countries: 72, Citizens: 100, Online: 50}).Records
		for b.Loop() {
			for facts, err := range replay.Facts(b.Context(), func(yield func(domain.Record, error) bool) {
				for _, r := range records {
					if !yield(r, nil) {
						return
					}
				}
			}) {
				require.NoError(b, err)
				runtime.KeepAlive(facts)
			}
		}
	})
}

func backwards(facts []domain.Fact) []domain.Fact {
	b := slices.Clone(facts)
	slices.Reverse(b)
	return b
}

func isChoice(f domain.Fact) bool {
	e, ok := f.Event.(domain.BallotCast)
	return ok && e.Answer.Option != "" && e.Wave == domain.SessionWave && e.Table != "" // in the room
}
