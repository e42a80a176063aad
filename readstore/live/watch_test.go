package live_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
)

// TestWatch: what is watched stands where the document does that would be computed now, wherever the ledger is, also where the document comes later; and while it stands there, its bytes do.
func TestWatch(t *testing.T) {
	t.Parallel()
	l, more := edition(t, 300)
	figures := live.New(l)
	early := figures.Watch(measures.Result, "q")
	_, err := early.At()
	require.ErrorIs(t, err, live.ErrBehind)
	running(t, figures)
	head, changes := uint64(300), 0
	watches, last := map[projections.Ref]*live.Watch{}, map[projections.Ref]projections.Document{}
	for n, step := range []int{0, 1, 3, 300, 40, 2} {
		more(step)
		head += uint64(step)
		position, err := figures.Await(t.Context(), head-1)
		require.NoError(t, err)
		require.Equal(t, head, position)
		documents := all(t, l)
		for ref, d := range documents {
			if watches[ref] == nil {
				v, _ := measures.ByName(ref.View)
				watches[ref] = figures.Watch(v, ref.Key)
			}
			at, err := watches[ref].At()
			require.NoError(t, err)
			require.Equal(t, d.At, at, "%v", ref)
			if before, ok := last[ref]; ok && before.At == at {
				require.Equal(t, string(before.Data), string(d.Data), "%v changed and nothing that it rests on", ref)
			} else if n > 0 {
				changes++
			}
		}
		last = documents
	}
	require.NotZero(t, changes)
	at, err := early.At()
	require.NoError(t, err)
	require.Zero(t, at, "there is no such document")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = figures.Await(ctx, figures.Position())
	require.ErrorIs(t, err, context.Canceled)
}
