package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A record of what writers were told: the seq of each acknowledged event.
type acknowledged struct {
	mu  sync.Mutex
	seq map[domain.EventID]uint64
}

func (a *acknowledged) add(d []ledger.Draft, seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seq == nil {
		a.seq = make(map[domain.EventID]uint64)
	}
	for i := range d {
		a.seq[d[i].ID] = seq + uint64(i)
	}
}

// require fails unless the ledger holds every acknowledged event once, where the writer was told, and nothing else.
func (a *acknowledged) require(t *testing.T, l ledger.Ledger) {
	t.Helper()
	all := All(t, l, ledger.Cursor{})
	require.Len(t, all, len(a.seq))
	for _, e := range all {
		seq, ok := a.seq[e.ID]
		require.True(t, ok, "record %d was not acknowledged", e.Seq)
		require.Equal(t, seq, e.Seq)
	}
}

func concurrency(t *testing.T, open func(*testing.T) ledger.Ledger) {
	keep(t, open,
		promise{"many writers on streams of their own", func(t *testing.T, l ledger.Ledger) {
			var done sync.WaitGroup
			var told acknowledged
			for w := range 32 {
				done.Go(func() {
					stream := domain.StreamID(fmt.Sprintf("test-%d", w))
					for v := 0; v < 40; {
						d := Drafts(fmt.Sprintf("%d-%d", w, v), 1+v%3)
						seq, err := l.Append(t.Context(), stream, uint64(v), d...)
						if err != nil {
							t.Errorf("append: %v", err)
							return
						}
						told.add(d, seq)
						v += len(d)
					}
				})
			}
			done.Wait()
			told.require(t, l)
		}},
		promise{"many writers who fight for one stream", func(t *testing.T, l ledger.Ledger) {
			var done sync.WaitGroup
			var told acknowledged
			var version atomic.Uint64
			for w := range 16 {
				done.Go(func() {
					for i := range 15 {
						d := Drafts(fmt.Sprintf("%d-%d", w, i), 1+i%2)
						for {
							v := version.Load()
							seq, err := l.Append(t.Context(), "test-a", v, d...)
							var c *ledger.ConflictError
							if errors.As(err, &c) {
								if c.Expected != v || c.Actual == v {
									t.Errorf("not a conflict: %v", c)
									return
								}
								raise(&version, c.Actual)
								continue
							}
							if err != nil {
								t.Errorf("append: %v", err)
								return
							}
							told.add(d, seq)
							raise(&version, v+uint64(len(d)))
							break
						}
					}
				})
			}
			done.Wait()
			told.require(t, l)
		}},
		promise{"many callers of the same append write it once", func(t *testing.T, l ledger.Ledger) {
			for round := range 10 {
				var done sync.WaitGroup
				for range 16 {
					done.Go(func() {
						seq, err := l.Append(t.Context(), "test-a", uint64(2*round), Drafts(fmt.Sprint(round), 2)...)
						if err != nil || seq != uint64(2*round) {
							t.Errorf("append: %d, %v", seq, err)
						}
					})
				}
				done.Wait()
			}
			require.Equal(t, 20, Check(t, l))
		}},
		promise{"readers see no record before those below it", func(t *testing.T, l ledger.Ledger) {
			ctx, cancel := context.WithCancel(soon(t))
			var done sync.WaitGroup
			for range 4 {
				done.Go(func() {
					for ctx.Err() == nil {
						next := uint64(0)
						revisions := make(map[domain.StreamID]uint64)
						for e, err := range l.All(ctx, ledger.Cursor{}) {
							if ctx.Err() != nil {
								return
							}
							if err != nil || e.Seq != next || e.Revision != revisions[e.Stream] {
								t.Errorf("record %d (%s@%d) where %d (@%d) comes next: %v", e.Seq, e.Stream, e.Revision, next, revisions[e.Stream], err)
								return
							}
							next++
							revisions[e.Stream]++
						}
					}
				})
			}
			var writers sync.WaitGroup
			for w := range 8 {
				writers.Go(func() {
					stream := domain.StreamID(fmt.Sprintf("test-%d", w))
					for i := range 40 {
						if _, err := l.Append(ctx, stream, uint64(i), Draft(string(stream), i)); err != nil {
							t.Errorf("append: %v", err)
							return
						}
					}
				})
			}
			writers.Wait()
			cancel()
			done.Wait()
			require.Equal(t, 320, Check(t, l))
		}},
	)
}

// raise makes v at least to.
func raise(v *atomic.Uint64, to uint64) {
	for {
		old := v.Load()
		if old >= to || v.CompareAndSwap(old, to) {
			return
		}
	}
}
