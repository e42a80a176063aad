package ledgertest

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

func reads(t *testing.T, open func(*testing.T) ledger.Ledger) {
	keep(t, open,
		promise{"an empty ledger yields nothing", func(t *testing.T, l ledger.Ledger) {
			require.Empty(t, All(t, l, ledger.Cursor{}))
		}},
		promise{"an unknown stream is an empty one", func(t *testing.T, l ledger.Ledger) {
			require.Empty(t, Stream(t, l, "test-a"))
			appendOK(t, l, "test-a", 0, Draft("one", 0))
			require.Empty(t, Stream(t, l, "test-b"))
		}},
		promise{"a stream is read from any of its revisions on", func(t *testing.T, l ledger.Ledger) {
			for i := range 700 {
				appendOK(t, l, "test-a", 2*i, Drafts(fmt.Sprint(i), 2)...)
				appendOK(t, l, "test-b", i, Draft("b", i))
			}
			all := Stream(t, l, "test-a")
			require.Len(t, all, 1400)
			for _, from := range []uint64{0, 1, 2, 511, 512, 513, 1399, 1400, 1401, 1 << 62} {
				rest := all[min(from, 1400):]
				n := 0
				for r, err := range l.Stream(t.Context(), "test-a", from) {
					require.NoError(t, err)
					requireSame(t, rest[n], r)
					n++
				}
				require.Len(t, rest, n, "from %d", from)
			}
			for range l.Stream(t.Context(), "test-c", 1) {
				require.Fail(t, "an unknown stream has no records")
			}
		}},
		promise{"All resumes exactly once from every cursor", func(t *testing.T, l ledger.Ledger) {
			for i := range 60 {
				appendOK(t, l, domain.StreamID(fmt.Sprintf("test-%d", i%7)), i/7, Draft(fmt.Sprint(i%7), i/7))
			}
			all := All(t, l, ledger.Cursor{})
			require.Len(t, all, 60)
			for i, e := range all {
				rest := All(t, l, e.Cursor)
				require.Len(t, rest, 59-i)
				for j := range rest {
					require.Equal(t, all[i+1+j].Cursor, rest[j].Cursor)
					requireSame(t, all[i+1+j].Record, rest[j].Record)
				}
			}
		}},
		promise{"a place beyond the head is not in this ledger", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 3)...)
			require.Empty(t, All(t, l, ledger.Cursor{Seq: 3}))
			for name, read := range map[string]func(context.Context, ledger.Cursor) iter.Seq2[ledger.Entry, error]{"All": l.All, "Follow": l.Follow} {
				for _, seq := range []uint64{4, 1 << 62} {
					n := 0
					for _, err := range read(soon(t), ledger.Cursor{Seq: seq}) {
						require.ErrorIs(t, err, ledger.ErrCursor, name)
						n++
					}
					require.Equal(t, 1, n, name)
				}
			}
		}},
		promise{"All ends at the head, and goes on from there later", func(t *testing.T, l ledger.Ledger) {
			var at ledger.Cursor
			for i := range 5 {
				appendOK(t, l, "test-a", 2*i, Drafts(fmt.Sprint(i), 2)...)
				got := All(t, l, at)
				require.Len(t, got, 2)
				at = got[1].Cursor
				require.Empty(t, All(t, l, at))
			}
		}},
		promise{"All ends, also when its receiver appends for each record", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 3)...)
			n, appended := 0, 3
			for e, err := range l.All(soon(t), ledger.Cursor{}) {
				require.NoError(t, err)
				require.Equal(t, uint64(n), e.Seq)
				if n++; appended < 20 {
					appendOK(t, l, "test-a", appended, Draft("one", appended))
					appended++
				}
			}
			require.GreaterOrEqual(t, n, 3) // where it finds the head is the adapter's affair
			require.Equal(t, appended, Check(t, l))
		}},
		promise{"a long ledger is read in full", func(t *testing.T, l ledger.Ledger) {
			for i := range 6 {
				appendOK(t, l, "test-a", 500*i, Drafts(fmt.Sprint(i), 500)...)
				appendOK(t, l, "test-b", i, Draft("b", i))
			}
			require.Equal(t, 3006, Check(t, l))
		}},
		promise{"an iterator can be used twice", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 3)...)
			all, stream := l.All(t.Context(), ledger.Cursor{}), l.Stream(t.Context(), "test-a", 0)
			for range 2 {
				n := 0
				for _, err := range all {
					require.NoError(t, err)
					n++
				}
				for _, err := range stream {
					require.NoError(t, err)
					n++
				}
				require.Equal(t, 6, n)
			}
		}},
		promise{"reading does not keep anybody from appending", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 3)...)
			ctx := soon(t)
			n := 3
			for _, err := range l.All(t.Context(), ledger.Cursor{}) {
				require.NoError(t, err)
				for _, err := range l.Stream(ctx, "test-a", 0) {
					require.NoError(t, err)
					if n < 12 {
						_, err := l.Append(ctx, "test-a", uint64(n), Draft("one", n))
						require.NoError(t, err)
						n++
					}
				}
			}
		}},
		promise{"breaking off leaks nothing", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 600)...)
			ctx := soon(t)
			once := func() {
				take(t, l.All(ctx, ledger.Cursor{}), 1)
				take(t, l.Follow(ctx, ledger.Cursor{}), 1)
				for _, err := range l.Stream(ctx, "test-a", 0) {
					require.NoError(t, err)
					break
				}
			}
			once()
			before := runtime.NumGoroutine()
			for range 100 { // more than any pool of connections holds
				once()
			}
			// Other tests run meanwhile, so the count is only held against what a leak would add.
			require.Eventually(t, func() bool { return runtime.NumGoroutine() < before+250 }, 10*time.Second, 10*time.Millisecond)
			appendOK(t, l, "test-a", 600, Draft("two", 0))
		}},
		promise{"a context that is done ends a read with its error", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 10)...)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for _, err := range l.All(ctx, ledger.Cursor{}) {
				require.ErrorIs(t, err, context.Canceled)
			}
			n := 0
			for _, err := range l.Stream(ctx, "test-a", 0) {
				require.ErrorIs(t, err, context.Canceled)
				n++
			}
			require.Equal(t, 1, n, "an interrupted read must not look like an end")
		}},
		promise{"a context that ends during a read ends it with its error", func(t *testing.T, l ledger.Ledger) {
			for i := range 10 {
				appendOK(t, l, "test-a", 500*i, Drafts(fmt.Sprint(i), 500)...)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n, errs := 0, 0
			for _, err := range l.All(ctx, ledger.Cursor{}) {
				require.Zero(t, errs, "an error is the last pair")
				if err != nil {
					require.ErrorIs(t, err, context.Canceled)
					errs++
					continue
				}
				n++
				cancel()
			}
			require.Equal(t, 1, errs)
			require.Less(t, n, 5000)
		}},
	)
}
