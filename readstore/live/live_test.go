package live_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
	"daybook.internal/replay/verify/verifytest"
)

// edition is a ledger with the first records of a synthetic edition in it, and the rest.
func edition(t *testing.T, first int) (*ledgertest.Memory, func(n int)) {
	t.Helper()
	l, records, at := ledgertest.NewMemory(), verifytest.Edition(t, verifytest.Small).Records, 0
	more := func(n int) {
		for range n {
			r := records[at]
			_, err := l.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
			require.NoError(t, err)
			at++
		}
	}
	more(min(first, len(records)))
	return l, more
}

// all is every document at the head of a ledger.
func all(t *testing.T, l ledger.Reader) map[projections.Ref]projections.Document {
	t.Helper()
	s, err := live.At(t.Context(), l, replay.Head, nil)
	require.NoError(t, err)
	documents := map[projections.Ref]projections.Document{}
	for _, v := range measures.All() {
		for _, key := range v.Keys(s) {
			d, err := v.Compute(s, key, nil)
			require.NoError(t, err)
			documents[projections.Ref{View: v.Name, Key: key}] = d
		}
	}
	return documents
}

func running(t *testing.T, l *live.Live) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, nil) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
}

func reached(t *testing.T, l *live.Live, records uint64) {
	t.Helper()
	require.Eventually(t, func() bool {
		_, at, err := l.Keys(measures.Result)
		return err == nil && at >= records
	}, 30*time.Second, time.Millisecond)
}

// What is answered after any number of records is what somebody computes who reads the ledger from the beginning, however much was asked and kept before.
func TestLiveIsReplayed(t *testing.T) {
	t.Parallel()
	records := len(verifytest.Edition(t, verifytest.Small).Records)
	l, more := edition(t, records/2)
	m := live.New(l)
	_, _, err := m.Keys(measures.Result)
	require.ErrorIs(t, err, live.ErrBehind)
	running(t, m)
	for at := records / 2; ; {
		reached(t, m, uint64(at))
		want := all(t, l)
		for ref, d := range want {
			v, _ := measures.ByName(ref.View)
			got, position, err := m.Get(t.Context(), v, ref.Key)
			require.NoError(t, err)
			require.Equal(t, string(d.Data), string(got.Data), ref)
			require.Equal(t, d.At, got.At)
			require.EqualValues(t, at, position)
		}
		if at == records {
			return
		}
		step := min(records/5, records-at)
		more(step)
		at += step
	}
}

// Many who ask at once get the same bytes, while the ledger grows.
func TestManyAsk(t *testing.T) {
	t.Parallel()
	records := len(verifytest.Edition(t, verifytest.Small).Records)
	l, more := edition(t, records-200)
	m := live.New(l)
	running(t, m)
	reached(t, m, uint64(records-200))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for _, v := range measures.All() {
				keys, _, err := m.Keys(v)
				if err != nil {
					t.Error(err)
					return
				}
				for i := 0; i < len(keys); i += 1 + len(keys)/20 {
					if _, _, err := m.Get(t.Context(), v, keys[i]); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	more(200)
	wait.Wait()
	reached(t, m, uint64(records))
}

var errAway = errors.New("the ledger is away")

func TestAt(t *testing.T) {
	t.Parallel()
	l, _ := edition(t, 300)
	s, err := live.At(t.Context(), l, 100, nil)
	require.NoError(t, err)
	require.EqualValues(t, 100, s.Position())
	_, err = live.At(t.Context(), l, 301, nil)
	require.ErrorIs(t, err, replay.ErrBeyond)
	s, err = live.At(t.Context(), l, 0, nil)
	require.NoError(t, err)
	require.Zero(t, s.Position())
}

func TestEach(t *testing.T) {
	t.Parallel()
	l, _ := edition(t, len(verifytest.Edition(t, verifytest.Small).Records))
	want := all(t, l)
	s, err := live.At(t.Context(), l, replay.Head, nil)
	require.NoError(t, err)
	var order []projections.Ref
	require.NoError(t, live.Each(t.Context(), s, measures.All(), func(v measures.View, key string, d projections.Document) error {
		ref := projections.Ref{View: v.Name, Key: key}
		require.Equal(t, string(want[ref].Data), string(d.Data))
		order = append(order, ref)
		return nil
	}))
	require.Len(t, order, len(want))
	n := 0
	require.ErrorIs(t, live.Each(t.Context(), s, measures.All(), func(measures.View, string, projections.Document) error {
		if n++; n == 5 {
			return errAway
		}
		return nil
	}), errAway)
	require.Equal(t, 5, n)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, live.Each(ctx, s, measures.All(), func(measures.View, string, projections.Document) error { return nil }), context.Canceled)
}
