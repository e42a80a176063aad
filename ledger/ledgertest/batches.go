package ledgertest

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

func batches(t *testing.T, open func(*testing.T) ledger.Ledger) {
	// many is n batches on three streams, one to three drafts each, and how many drafts they have together.
	many := func(command string, n int) (out []ledger.Batch, total int) {
		versions := make(map[domain.StreamID]uint64)
		for i := range n {
			stream := domain.StreamID(fmt.Sprintf("test-%s-%d", command, i%3))
			drafts := Drafts(fmt.Sprintf("%s-%d", command, i), 1+i%3)
			out = append(out, ledger.Batch{Stream: stream, Version: versions[stream], Drafts: drafts})
			versions[stream] += uint64(len(drafts))
			total += len(drafts)
		}
		return out, total
	}
	// holds fails unless the records from seq on are those of bs, in order.
	holds := func(t *testing.T, l ledger.Ledger, seq uint64, bs []ledger.Batch) {
		all := All(t, l, ledger.Cursor{})[seq:]
		for _, b := range bs {
			for i, d := range b.Drafts {
				requireHolds(t, d, b.Stream, seq, b.Version+uint64(i), all[0].Record)
				all, seq = all[1:], seq+1
			}
		}
		require.Empty(t, all)
	}
	keep(t, open,
		promise{"batches are appended in their order", func(t *testing.T, l ledger.Ledger) {
			bs, total := many("one", 90)
			done, written, err := ledger.AppendBatches(t.Context(), l, bs)
			require.NoError(t, err)
			require.Equal(t, 90, done)
			require.Equal(t, total, written)
			holds(t, l, 0, bs)
		}},
		promise{"no batches is nothing to do", func(t *testing.T, l ledger.Ledger) {
			done, written, err := ledger.AppendBatches(t.Context(), l, nil)
			require.NoError(t, err)
			require.Zero(t, done+written)
		}},
		promise{"more records than one transaction holds", func(t *testing.T, l ledger.Ledger) {
			bs, total := many("one", 3000)
			done, written, err := ledger.AppendBatches(t.Context(), l, bs)
			require.NoError(t, err)
			require.Equal(t, 3000, done)
			require.Equal(t, total, written)
			holds(t, l, 0, bs)
		}},
		promise{"batches that are there already are done and not written", func(t *testing.T, l ledger.Ledger) {
			bs, total := many("one", 60)
			done, written, err := ledger.AppendBatches(t.Context(), l, bs[:20])
			require.NoError(t, err)
			require.Equal(t, 20, done)
			first := written
			done, written, err = ledger.AppendBatches(t.Context(), l, bs)
			require.NoError(t, err)
			require.Equal(t, 60, done)
			require.Equal(t, total-first, written)
			done, written, err = ledger.AppendBatches(t.Context(), l, bs)
			require.NoError(t, err)
			require.Equal(t, 60, done)
			require.Zero(t, written)
			holds(t, l, 0, bs)
		}},
		promise{"a conflict in the middle leaves what stands before it", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-other", 0, Drafts("other", 2)...)
			bs, _ := many("one", 20)
			bs[10] = ledger.Batch{Stream: "test-other", Version: 1, Drafts: Drafts("late", 1)}
			done, written, err := ledger.AppendBatches(t.Context(), l, bs)
			requireConflict(t, err, "test-other", 1, 2)
			require.Equal(t, 10, done)
			total := 0
			for _, b := range bs[:10] {
				total += len(b.Drafts)
			}
			require.Equal(t, total, written)
			holds(t, l, 2, bs[:10])
		}},
		promise{"a batch that is invalid leaves what stands before it", func(t *testing.T, l ledger.Ledger) {
			for i, bad := range []ledger.Batch{
				{Stream: "test-none"},
				{Stream: "test-large", Drafts: []ledger.Draft{{Type: "t", Data: make([]byte, domain.MaxRecord+1)}}},
			} {
				bs, _ := many(fmt.Sprint(i), 10)
				done, _, err := ledger.AppendBatches(t.Context(), l, append(bs[:4:4], append([]ledger.Batch{bad}, bs[4:]...)...))
				require.Error(t, err)
				require.Equal(t, 4, done)
			}
		}},
		promise{"an adapter's own way does not mix with other callers", func(t *testing.T, l ledger.Ledger) {
			if _, ok := l.(ledger.Bulk); !ok {
				t.Skip("this adapter appends one batch after the other")
			}
			var done sync.WaitGroup
			for w := range 6 {
				done.Go(func() {
					bs, _ := many(fmt.Sprint(w), 60)
					if w%2 == 0 {
						if n, _, err := ledger.AppendBatches(t.Context(), l, bs); err != nil || n != len(bs) {
							t.Errorf("batches: %d, %v", n, err)
						}
						return
					}
					for _, b := range bs {
						if _, err := l.Append(t.Context(), b.Stream, b.Version, b.Drafts...); err != nil {
							t.Errorf("append: %v", err)
						}
					}
				})
			}
			done.Wait()
			// The records of each bulk append have one run of Seq.
			first, last, n := map[byte]uint64{}, map[byte]uint64{}, map[byte]uint64{}
			for _, e := range All(t, l, ledger.Cursor{}) {
				w := e.Stream[len("test-")]
				if n[w] == 0 {
					first[w] = e.Seq
				}
				last[w] = e.Seq
				n[w]++
			}
			for _, w := range []byte("024") {
				require.Equal(t, uint64(120), n[w])
				require.Equal(t, n[w], last[w]-first[w]+1)
			}
		}},
	)
}
