package esdbserver_test

import (
	"bytes"
	"context"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// contextDone is a context that has ended.
func contextDone() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx, cancel
}

// followAll is a subscription to $all from its end, followStream one to a stream from its beginning.
func followAll() *streams.ReadReq_Options {
	o := subscription()
	o.StreamOption = &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{AllOption: &streams.ReadReq_Options_AllOptions_End{End: &shared.Empty{}}}}
	return o
}

func followStream(name string) *streams.ReadReq_Options {
	o, from := subscription(), ofStream(name)
	from.RevisionOption = &streams.ReadReq_Options_StreamOptions_Start{Start: &shared.Empty{}}
	o.StreamOption = &streams.ReadReq_Options_Stream{Stream: from}
	return o
}

func fromStart() *streams.ReadReq_Options_All {
	return &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{AllOption: &streams.ReadReq_Options_AllOptions_Start{Start: &shared.Empty{}}}}
}

// large makes n records of 50,000 bytes.
func large(t testing.TB, l ledger.Ledger, n int) {
	t.Helper()
	var drafts []ledger.Draft
	for i := range n {
		drafts = append(drafts, ledger.Draft{ID: domain.NewEventID("large", "test-large", i), Type: "tested.v1", Data: bytes.Repeat([]byte{'x'}, 50_000)})
	}
	_, err := l.Append(t.Context(), "test-large", 0, drafts...)
	require.NoError(t, err)
}

// running is how often the stacks of all goroutines name what.
func running(what string) int {
	all := make([]byte, 1<<22)
	return strings.Count(string(all[:runtime.Stack(all, true)]), what)
}

const anything, watching = "esdbserver.(*", "esdbserver.(*notices).follow"

// Not parallel: it counts goroutines.
func TestStopping(t *testing.T) {
	l := ledgertest.NewMemory()
	fill(t, l, 9)
	large(t, l, 400)
	at, stop := startStop(t, l, esdbserver.Options{Grace: 50 * time.Millisecond})
	c := stub(t, at, grpc.WithInitialWindowSize(1<<16), grpc.WithInitialConnWindowSize(1<<20))
	var subs []streams.Streams_ReadClient
	for i := range 20 {
		o := followAll()
		if i%2 == 1 {
			o = followStream("test-0")
		}
		sub, err := c.Read(t.Context(), &streams.ReadReq{Options: o})
		require.NoError(t, err)
		for m := ""; m != "caught up"; {
			m = hear(t, sub, 1)[0]
		}
		subs = append(subs, sub)
	}
	stalled, err := c.Read(t.Context(), &streams.ReadReq{Options: &streams.ReadReq_Options{StreamOption: fromStart(), CountOption: &streams.ReadReq_Options_Count{Count: 1 << 40}}})
	require.NoError(t, err)
	hear(t, stalled, 1) // and then nothing more is taken, though there is more than fits anywhere
	require.Positive(t, running(anything))

	stop()
	require.Zero(t, running(anything), "Serve has returned, and what it started runs on")
	for _, sub := range subs {
		_, err := sub.Recv()
		require.Equal(t, codes.Unavailable, status.Code(err), "clients look for the server again after this: %v", err)
	}
	_, err = net.DialTimeout("tcp", at, time.Second)
	require.Error(t, err)
}

// Subscriptions would not end by themselves, so nobody waits for them.
func TestStoppingDoesNotWaitForSubscriptions(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	fill(t, l, 9)
	at, stop := startStop(t, l, esdbserver.Options{Grace: time.Hour})
	var subs []streams.Streams_ReadClient
	for _, o := range []*streams.ReadReq_Options{followStream("test-0"), followAll()} {
		sub, err := stub(t, at).Read(soon(t), &streams.ReadReq{Options: o})
		require.NoError(t, err)
		for m := ""; m != "caught up"; {
			m = hear(t, sub, 1)[0]
		}
		subs = append(subs, sub)
	}
	stop()
	for _, sub := range subs {
		_, err := sub.Recv()
		require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
	}
}

// A read that its client takes is finished.
func TestStoppingWaitsForReads(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	large(t, l, 200)
	at, stop := startStop(t, l, esdbserver.Options{Grace: time.Minute})
	c := stub(t, at, grpc.WithInitialWindowSize(1<<16), grpc.WithInitialConnWindowSize(1<<16))
	r, err := c.Read(soon(t), &streams.ReadReq{Options: &streams.ReadReq_Options{StreamOption: fromStart(), CountOption: &streams.ReadReq_Options_Count{Count: 1 << 40}}})
	require.NoError(t, err)
	hear(t, r, 1)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stop()
	}()
	hear(t, r, 199)
	<-stopped
}

// A client that takes nothing costs a bounded amount of memory and holds nobody up.
func TestASlowSubscriberHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	l := &counting{sized: sized{ledgertest.NewMemory()}}
	large(t, l.sized, 400) // 20 MB
	at := start(t, l, esdbserver.Options{})
	o := subscription()
	o.StreamOption = fromStart()
	slow, err := stub(t, at, grpc.WithInitialWindowSize(1<<16), grpc.WithInitialConnWindowSize(1<<16)).Read(t.Context(), &streams.ReadReq{Options: o})
	require.NoError(t, err)
	hear(t, slow, 2)
	before := l.n.Load()
	require.Less(t, before, int64(20), "records that were taken from the ledger for a client that takes none")

	quick, err := stub(t, at).Read(soon(t), &streams.ReadReq{Options: o})
	require.NoError(t, err)
	require.Equal(t, "caught up", hear(t, quick, 402)[401])
	for i := range 50 {
		_, err := l.Append(t.Context(), "test-live", uint64(i), ledgertest.Draft("live", i))
		require.NoError(t, err)
		hear(t, quick, 1)
	}
	require.Less(t, l.n.Load()-450, int64(20), "the slow one was given more than it took")
	require.Len(t, hear(t, slow, 450), 450) // it goes on where it was
}

// The same among those who follow single streams and share a watch.
func TestASlowSubscriberToAStreamHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	large(t, l, 200)
	at := start(t, l, esdbserver.Options{})
	slow, err := stub(t, at, grpc.WithInitialWindowSize(1<<16), grpc.WithInitialConnWindowSize(1<<16)).Read(t.Context(), &streams.ReadReq{Options: followStream("test-large")})
	require.NoError(t, err)
	hear(t, slow, 2)
	quick, err := stub(t, at).Read(soon(t), &streams.ReadReq{Options: followStream("test-live")})
	require.NoError(t, err)
	require.Equal(t, []string{"confirmed", "caught up"}, hear(t, quick, 2))
	for i := range 50 {
		_, err := l.Append(t.Context(), "test-large", uint64(200+i), ledgertest.Draft("large", i))
		require.NoError(t, err)
		_, err = l.Append(t.Context(), "test-live", uint64(i), ledgertest.Draft("live", i))
		require.NoError(t, err)
		hear(t, quick, 1)
	}
	require.Len(t, hear(t, slow, 250), 250)
}

func TestTooManyReads(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	at := start(t, l, esdbserver.Options{MaxReads: 2})
	o := subscription()
	o.StreamOption = fromStart()
	c := stub(t, at)
	ctx, cancel := context.WithCancel(t.Context())
	for range 2 {
		sub, err := c.Read(ctx, &streams.ReadReq{Options: o})
		require.NoError(t, err)
		hear(t, sub, 2)
	}
	third, err := c.Read(soon(t), &streams.ReadReq{Options: o})
	require.NoError(t, err)
	_, err = third.Recv()
	require.Equal(t, codes.Unavailable, status.Code(err))
	cancel()
	require.Eventually(t, func() bool {
		sub, err := c.Read(soon(t), &streams.ReadReq{Options: o})
		require.NoError(t, err)
		_, err = sub.Recv()
		return err == nil
	}, 10*time.Second, time.Millisecond, "those that have gone make room")
}

// The watch for subscriptions to single streams ends with the last of them, and begins anew.
func TestTheWatchEndsWithTheLast(t *testing.T) {
	l := ledgertest.NewMemory()
	fill(t, l, 3)
	at, stop := startStop(t, l, esdbserver.Options{})
	defer stop()
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		sub, err := stub(t, at).Read(ctx, &streams.ReadReq{Options: followStream("test-0")})
		require.NoError(t, err)
		for m := ""; m != "caught up"; {
			m = hear(t, sub, 1)[0]
		}
		n := uint64(len(ledgertest.Stream(t, l, "test-0")))
		_, err = l.Append(t.Context(), "test-0", n, ledgertest.Draft("more", int(n)))
		require.NoError(t, err)
		hear(t, sub, 1)
		require.Positive(t, running(watching))
		cancel()
		require.Eventually(t, func() bool { return running(watching) == 0 }, 10*time.Second, time.Millisecond)
	}
}
