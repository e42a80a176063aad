package hints

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/ledger"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

func ref(n int) projections.Ref {
	return projections.Ref{View: fmt.Sprint("v", n%3), Key: fmt.Sprint(n)}
}

// step is the n-th one: it moves all views to n, and changes document n.
func step(n int) readstore.Step {
	return readstore.Step{From: ledger.Cursor{Seq: uint64(n - 1)}, To: ledger.Cursor{Seq: uint64(n)}, Changed: []readstore.Doc{{Ref: ref(n)}}}
}

func tell(t require.TestingT, h *Hub, from, to int) {
	for n := from; n <= to; n++ {
		require.NoError(t, h.Watch(context.Background(), step(n)))
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	h := NewHub()
	_, ok := h.Position()
	require.False(t, ok)
	tell(t, h, 1, 5)
	at, ok := h.Position()
	require.True(t, ok)
	require.Equal(t, uint64(5), at)
	all, one := h.Listen(nil), h.Listen(func(r projections.Ref) bool { return r.View == "v1" })
	tell(t, h, 6, 12)
	for n := 6; n <= 12; n++ {
		hint, err := all.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, Hint{uint64(n - 1), uint64(n), []projections.Ref{ref(n)}}, hint)
	}
	for _, n := range []int{7, 10} {
		hint, err := one.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, Hint{uint64(n - 1), uint64(n), []projections.Ref{ref(n)}}, hint)
	}
	// A context that ends ends a wait, and not the listening.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := all.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
	waiting := make(chan Hint)
	go func() {
		hint, err := all.Next(t.Context())
		if err != nil {
			t.Error(err)
		}
		waiting <- hint
	}()
	tell(t, h, 13, 13)
	require.Equal(t, uint64(13), (<-waiting).Position)
	require.NoError(t, h.Close())
	require.NoError(t, h.Close())
	_, err = all.Next(t.Context())
	require.ErrorIs(t, err, ErrClosed)
	tell(t, h, 14, 14) // the projector may still run
	hint, err := one.Next(t.Context())
	require.NoError(t, err, "what came before the end is given")
	require.Equal(t, uint64(13), hint.Position)
	_, err = one.Next(t.Context())
	require.ErrorIs(t, err, ErrClosed)
}

// TestModel: a listener gets every hint about what it picked, in order, or is told that it does not: never a gap without a word.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := NewHub()
		type listener struct {
			*Listener
			view string
			at   int // the last hint that it has, or has passed
			lost bool
		}
		var listeners []*listener
		told := 0
		t.Repeat(map[string]func(*rapid.T){
			"tell": func(t *rapid.T) {
				n := rapid.SampledFrom([]int{1, 2, 100, kept, kept + 1, 2 * kept}).Draw(t, "hints")
				tell(t, h, told+1, told+n)
				told += n
			},
			"listen": func(t *rapid.T) {
				l := &listener{view: rapid.SampledFrom([]string{"", "v0", "v1", "none"}).Draw(t, "view"), at: told}
				var pick func(projections.Ref) bool
				if l.view != "" {
					pick = func(r projections.Ref) bool { return r.View == l.view }
				}
				if rapid.Bool().Draw(t, "after a position") {
					l.at = rapid.IntRange(0, told).Draw(t, "position")
					l.Listener = h.ListenAfter(uint64(l.at), pick)
					l.lost = told-l.at >= kept || l.at == 0
				} else {
					l.Listener = h.Listen(pick)
				}
				listeners = append(listeners, l)
			},
			"next": func(t *rapid.T) {
				if len(listeners) == 0 {
					t.Skip()
				}
				l := rapid.SampledFrom(listeners).Draw(t, "listener")
				ctx, cancel := context.WithCancel(context.Background())
				cancel() // nobody tells meanwhile
				hint, err := l.Next(ctx)
				if l.lost || told-l.at > kept {
					l.lost = true
					require.ErrorIs(t, err, ErrSlow)
					return
				}
				want := l.at + 1
				for want <= told && l.view != "" && ref(want).View != l.view {
					want++
				}
				if want > told {
					require.ErrorIs(t, err, context.Canceled)
					l.at = told
					return
				}
				require.NoError(t, err)
				require.Equal(t, Hint{uint64(want - 1), uint64(want), []projections.Ref{ref(want)}}, hint)
				l.at = want
			},
		})
	})
}

// TestManyListen: listeners that do nothing hold nobody up, and those that listen get all of it, however they come in each other's way.
func TestManyListen(t *testing.T) {
	t.Parallel()
	h := NewHub()
	for range 1000 {
		h.Listen(nil) // and never Next
	}
	const hints = 5000
	var wg sync.WaitGroup
	for range 8 {
		l := h.Listen(nil)
		wg.Go(func() {
			var got []uint64
			for len(got) == 0 || got[len(got)-1] < hints {
				hint, err := l.Next(context.Background())
				if err != nil { // too slow: it begins anew, as it is told to
					require.ErrorIs(t, err, ErrSlow)
					l = h.Listen(nil)
					tell(t, h, hints, hints) // so that it comes to an end
					continue
				}
				got = append(got, hint.Position)
			}
			if !slices.IsSorted(got) {
				t.Error("not in order")
			}
		})
	}
	tell(t, h, 1, hints)
	wg.Wait()
}

// BenchmarkWatch is what the projector pays for a step of 100 documents: the same with nobody and with many who listen.
func BenchmarkWatch(b *testing.B) {
	for _, listening := range []int{0, 1000} {
		b.Run(fmt.Sprint(listening, " listen"), func(b *testing.B) {
			h := NewHub()
			var wg sync.WaitGroup
			for range listening {
				l := h.Listen(func(projections.Ref) bool { return false })
				wg.Go(func() {
					for {
						if _, err := l.Next(context.Background()); err == ErrClosed {
							return
						} else if err != nil {
							l = h.Listen(nil)
						}
					}
				})
			}
			s := readstore.Step{Changed: make([]readstore.Doc, 100)}
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Watch(context.Background(), s)
			}
			_ = h.Close()
			wg.Wait()
		})
	}
}
