package esdbserver_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// While four append, others begin to follow, at whatever moment it is then: everything, and single streams. Each hears of every record once, in order, across the
// moment at which it has caught up. The ledger is the embedded one.
func TestFollowingWhileOthersAppend(t *testing.T) {
	t.Parallel()
	l, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	at, stop := startStop(t, l, esdbserver.Options{})
	defer stop()
	const writers, each = 4, 150
	name := func(i int) string { return fmt.Sprintf("test-%d", i) }
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				_, err := l.Append(t.Context(), domain.StreamID(name(w)), uint64(i), ledgertest.Draft(name(w), i))
				require.NoError(t, err)
			}
		})
	}
	c := dial(t, at, "?tls=false")
	listen := func(sub *esdb.Subscription, from, to uint64, ordinal func(*esdb.RecordedEvent) uint64) {
		defer sub.Close()
		caughtUp := 0
		for next := from; next < to; {
			switch e := sub.Recv(); {
			case e.EventAppeared != nil:
				require.Equal(t, next, ordinal(e.EventAppeared.Event))
				next++
			case e.CaughtUp != nil:
				caughtUp++
			default:
				require.Failf(t, "the subscription ended", "%+v", e.SubscriptionDropped)
			}
		}
		require.LessOrEqual(t, caughtUp, 1)
	}
	for i := range 24 {
		if i%2 == 0 {
			head, err := l.Head(t.Context())
			require.NoError(t, err)
			sub, err := c.SubscribeToAll(t.Context(), esdb.SubscribeToAllOptions{From: esdb.Position{Commit: head / 2, Prepare: head / 2}})
			require.NoError(t, err)
			all.Go(func() {
				listen(sub, head/2, writers*each, func(e *esdb.RecordedEvent) uint64 { return e.Position.Commit - 1 })
			})
		} else {
			sub, err := c.SubscribeToStream(t.Context(), name(i/2%writers), esdb.SubscribeToStreamOptions{From: esdb.Start{}})
			require.NoError(t, err)
			all.Go(func() { listen(sub, 0, each, func(e *esdb.RecordedEvent) uint64 { return e.EventNumber }) })
		}
	}
	all.Wait()
}
