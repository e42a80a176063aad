package ledgertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

func cancellation(t *testing.T, open func(*testing.T) ledger.Ledger) {
	keep(t, open,
		promise{"a context that is done before writes nothing", func(t *testing.T, l ledger.Ledger) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := l.Append(ctx, "test-a", 0, Draft("one", 0))
			require.ErrorIs(t, err, context.Canceled)
			late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
			defer cancel()
			_, err = l.Append(late, "test-a", 0, Draft("one", 0))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			done, written, err := ledger.AppendBatches(ctx, l, []ledger.Batch{{Stream: "test-a", Drafts: Drafts("one", 2)}})
			require.ErrorIs(t, err, context.Canceled)
			require.Zero(t, done)
			require.Zero(t, written)
			appendOK(t, l, "test-b", 0, Draft("two", 0))
			require.Equal(t, 1, Check(t, l))
		}},
		promise{"a context that ends meanwhile: written and nil, or its error and not written", func(t *testing.T, l ledger.Ledger) {
			const writers, each = 16, 40
			var told, refused, unknown sync.Map // domain.EventID
			var done sync.WaitGroup
			for w := range writers {
				random := rand.New(rand.NewPCG(3, uint64(w)))
				done.Go(func() {
					stream := domain.StreamID(fmt.Sprintf("test-%d", w))
					version := uint64(0)
					for i := range each {
						d := Draft(fmt.Sprint(w), i)
						ctx, cancel := context.WithCancel(t.Context())
						timer := time.AfterFunc(time.Duration(random.IntN(600))*time.Microsecond, cancel)
						_, err := l.Append(ctx, stream, version, d)
						switch {
						case err == nil:
							told.Store(d.ID, nil)
							version++
						case isDone(err):
							refused.Store(d.ID, nil)
						default:
							unknown.Store(d.ID, nil)
							return
						}
						timer.Stop()
						cancel()
					}
				})
			}
			done.Wait()
			appendOK(t, l, "test-last", 0, Draft("last", 0)) // behind whatever may still be on its way
			told.Store(Draft("last", 0).ID, nil)
			for _, e := range All(t, l, ledger.Cursor{}) {
				_, no := refused.Load(e.ID)
				require.False(t, no, "record %d was written after its caller was told that it was not", e.Seq)
				_, maybe := unknown.Load(e.ID)
				_, yes := told.LoadAndDelete(e.ID)
				require.True(t, yes || maybe, "record %d is there twice, or from nowhere", e.Seq)
			}
			told.Range(func(id, _ any) bool {
				require.Fail(t, "an acknowledged event is missing", "%x", id)
				return true
			})
		}},
	)
}
