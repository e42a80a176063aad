package esdbserver_test

import (
	"context"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// hesitant is a ledger that once does not say where it ends before its asker is gone.
type hesitant struct {
	sized
	asked chan struct{} // holds one ask that is to wait
}

func (h hesitant) Head(ctx context.Context) (uint64, error) {
	select {
	case h.asked <- struct{}{}:
		<-ctx.Done()
		return 0, ctx.Err()
	default:
		return h.sized.Head(ctx)
	}
}

// A subscription for which the ledger takes its time keeps no other one waiting.
func TestSlowSubscriptionHoldsUpNobody(t *testing.T) {
	t.Parallel()
	l := hesitant{sized{ledgertest.NewMemory()}, make(chan struct{}, 1)}
	fill(t, l.Memory, 3)
	c := dial(t, start(t, l, esdbserver.Options{}), "?tls=false")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if s, err := c.SubscribeToStream(ctx, "test-0", esdb.SubscribeToStreamOptions{From: esdb.Start{}}); err == nil {
			_ = s.Close()
		}
	}()
	require.Eventually(t, func() bool { return len(l.asked) == 1 }, 30*time.Second, time.Millisecond)
	s, err := c.SubscribeToStream(soon(t), "test-1", esdb.SubscribeToStreamOptions{From: esdb.Start{}})
	require.NoError(t, err)
	defer s.Close()
	require.NotNil(t, s.Recv().EventAppeared)
	cancel()
	<-ended
}
