package measures

import (
	"fmt"
	"testing"

	"daybook.internal/domain"
)

// BenchmarkGroups computes the document of a conversation with 2,000 people and 200 statements, every reaction cast, of three minds: with the reading of the State, the hiding
// and the encoding.
func BenchmarkGroups(b *testing.B) {
	for _, runs := range []int{0, 100} {
		b.Run(fmt.Sprintf("bootstraps=%d", runs), func(b *testing.B) {
			w := newWorld(b)
			w.protocol(domain.ProtocolFrozen{
				OpinionAlgorithm: domain.Algorithm{Name: "opinion-groups", Version: "1"}, Measures: &domain.MeasurePlan{Seed: 1, Bootstraps: runs},
			})
			w.dialogue(aDialogue, "AA", domain.OpenOnline)
			const statements = 200
			w.post(aDialogue, statements)
			noise := uint64(1)
			for person := range 2_000 {
				said := make([]byte, statements)
				for s := range said {
					noise = noise*6364136223846793005 + 1442695040888963407
					said[s] = "+-"[(s+s/7*(person%3)+person%3)%2]
					if noise>>61 < 2 {
						said[s] = "+-0"[noise>>40%3]
					}
				}
				w.react(aDialogue, fmt.Sprint("p", person), string(said))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Groups.Compute(w.state, string(aTalk), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
