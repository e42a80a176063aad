package publish

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
)

type headed struct {
	*ledgertest.Memory
	n uint64
}

func (h headed) Head(context.Context) (uint64, error) { return h.n, nil }

func TestSeqOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.append(2*window + 10)
	for name, l := range map[string]ledger.Reader{"with a head": headed{w.ledger, uint64(w.records)}, "without": w.ledger} {
		for _, seq := range []uint64{0, 1, 9, 10, 11, window, window + 9, window + 10, 2*window + 9} {
			_, _, draft := record(int(seq), "")
			have, found, err := SeqOf(t.Context(), l, draft.ID)
			require.NoError(t, err)
			require.True(t, found, "%s %d", name, seq)
			require.Equal(t, seq, have)
		}
		_, found, err := SeqOf(t.Context(), l, domain.EventID{1})
		require.NoError(t, err)
		require.False(t, found)
	}
	_, found, err := SeqOf(t.Context(), headed{ledgertest.NewMemory(), 0}, domain.EventID{1})
	require.NoError(t, err)
	require.False(t, found)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, _, err = SeqOf(ctx, w.ledger, domain.EventID{1})
	require.ErrorIs(t, err, context.Canceled)
}
