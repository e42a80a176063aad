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

func follows(t *testing.T, open func(*testing.T) ledger.Ledger) {
	keep(t, open,
		promise{"Follow yields what is there and then what comes", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 3)...)
			n := 0
			for e, err := range l.Follow(soon(t), ledger.Cursor{}) {
				require.NoError(t, err)
				require.Equal(t, uint64(n), e.Seq)
				require.Equal(t, uint64(n+1), e.Cursor.Seq)
				requireHolds(t, Draft("one", n), "test-a", uint64(n), uint64(n), e.Record)
				if n++; n == 20 {
					break
				}
				if n >= 3 {
					appendOK(t, l, "test-a", n, Draft("one", n))
				}
			}
			require.Equal(t, 20, n)
		}},
		promise{"Follow waits in an empty ledger", func(t *testing.T, l ledger.Ledger) {
			got := make(chan ledger.Entry, 1)
			ctx := soon(t)
			go func() {
				defer close(got)
				for e, err := range l.Follow(ctx, ledger.Cursor{}) {
					if err == nil {
						got <- e
					}
					return
				}
			}()
			select {
			case e := <-got:
				require.FailNow(t, "a record from nowhere", "%+v", e)
			case <-time.After(30 * time.Millisecond):
			}
			appendOK(t, l, "test-a", 0, Draft("one", 0))
			requireHolds(t, Draft("one", 0), "test-a", 0, 0, (<-got).Record)
		}},
		promise{"Follow ends with the error of its context", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Draft("one", 0))
			for name, n := range map[string]int{"while it waits": 1, "while it yields": 3} {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if n > 1 {
					appendOK(t, l, "test-a", 1, Drafts("two", 5)...)
				}
				errs := 0
				for _, err := range l.Follow(ctx, ledger.Cursor{}) {
					require.Zero(t, errs, "an error is the last pair: %s", name)
					if err != nil {
						require.ErrorIs(t, err, context.Canceled, name)
						errs++
						continue
					}
					if n--; n == 0 {
						time.AfterFunc(5*time.Millisecond, cancel)
					}
				}
				require.Equal(t, 1, errs, name)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			var last error
			for _, err := range l.Follow(ctx, ledger.Cursor{}) {
				last = err
			}
			require.ErrorIs(t, last, context.DeadlineExceeded)
		}},
		promise{"exactly once and in order across resumes, while others append", func(t *testing.T, l ledger.Ledger) {
			const writers, each = 4, 60
			ctx := soon(t)
			var done sync.WaitGroup
			defer done.Wait()
			for w := range writers {
				done.Go(func() {
					stream := domain.StreamID(fmt.Sprintf("test-%d", w))
					for i := range each {
						if _, err := l.Append(ctx, stream, uint64(i), Draft(fmt.Sprint(w), i)); err != nil {
							t.Errorf("append: %v", err)
							return
						}
					}
				})
			}
			random := rand.New(rand.NewPCG(1, 2))
			var at ledger.Cursor
			next := make(map[domain.StreamID]uint64)
			for at.Seq < writers*each {
				for _, e := range take(t, l.Follow(ctx, at), min(1+random.IntN(20), writers*each-int(at.Seq))) {
					require.Equal(t, at.Seq, e.Seq)
					require.Equal(t, next[e.Stream], e.Revision)
					next[e.Stream]++
					at = e.Cursor
				}
			}
			require.Len(t, next, writers)
		}},
		promise{"many followers see the same", func(t *testing.T, l ledger.Ledger) {
			const followers, records = 20, 50
			ctx := soon(t)
			seen := make(chan string, followers)
			for range followers {
				go func() {
					all := ""
					n := 0
					for e, err := range l.Follow(ctx, ledger.Cursor{}) {
						if err != nil {
							all += err.Error()
							break
						}
						all += fmt.Sprintf("%d %x;", e.Seq, e.ID)
						if n++; n == records {
							break
						}
					}
					seen <- all
				}()
			}
			want := ""
			for i := range records {
				appendOK(t, l, "test-a", i, Draft("one", i))
				want += fmt.Sprintf("%d %x;", i, Draft("one", i).ID)
			}
			for range followers {
				require.Equal(t, want, <-seen)
			}
		}},
	)
}
