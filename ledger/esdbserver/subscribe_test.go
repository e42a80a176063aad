package esdbserver_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

func subscription() *streams.ReadReq_Options {
	return &streams.ReadReq_Options{
		CountOption:  &streams.ReadReq_Options_Subscription{Subscription: &streams.ReadReq_Options_SubscriptionOptions{}},
		FilterOption: &streams.ReadReq_Options_NoFilter{NoFilter: &shared.Empty{}},
		UuidOption:   &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_Structured{}},
	}
}

// said is what a subscriber hears, in words.
func said(t require.TestingT, m *streams.ReadResp) string {
	switch c := m.GetContent().(type) {
	case *streams.ReadResp_Event:
		r := recordOf(t, c.Event)
		return fmt.Sprintf("%d %s@%d", r.Seq, r.Stream, r.Revision)
	case *streams.ReadResp_Checkpoint_:
		require.Equal(t, c.Checkpoint.GetCommitPosition(), c.Checkpoint.GetPreparePosition())
		return fmt.Sprintf("checkpoint %d", c.Checkpoint.GetCommitPosition())
	case *streams.ReadResp_Confirmation:
		require.Len(t, c.Confirmation.GetSubscriptionId(), 36)
		return "confirmed"
	case *streams.ReadResp_CaughtUp_:
		return "caught up"
	}
	return fmt.Sprintf("%T", m.GetContent())
}

// hear waits for n messages.
func hear(t require.TestingT, sub streams.Streams_ReadClient, n int) []string {
	out := []string{}
	for range n {
		m, err := sub.Recv()
		require.NoError(t, err)
		out = append(out, said(t, m))
	}
	return out
}

// wants is what a subscriber to $all after a position is to hear of all, where the first live records came after it had caught up.
func wants(all []domain.Record, after uint64, live int, match func(domain.Record) bool, interval uint64) []string {
	out := []string{"confirmed"}
	considered := uint64(0)
	now := after
	caughtUp := func() {
		if interval > 0 {
			out = append(out, fmt.Sprintf("checkpoint %d", now))
		}
		out = append(out, "caught up")
	}
	for i, r := range all {
		if i == live {
			caughtUp()
		}
		if r.Seq < after {
			continue
		}
		now = r.Seq + 1
		if match(r) {
			out = append(out, fmt.Sprintf("%d %s@%d", r.Seq, r.Stream, r.Revision))
		}
		if considered++; interval > 0 && considered%interval == 0 {
			out = append(out, fmt.Sprintf("checkpoint %d", now))
		}
	}
	if live == len(all) {
		caughtUp()
	}
	return out
}

func TestSubscriptionsToAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := ledgertest.NewMemory()
		live := len(random(rt, m))
		at, stop := startStop(t, m, esdbserver.Options{})
		defer stop()
		o := subscription()
		after := rapid.Uint64Range(0, uint64(live)).Draw(rt, "after")
		from := &streams.ReadReq_Options_AllOptions{}
		switch rapid.IntRange(0, 2).Draw(rt, "from") {
		case 0:
			after = 0
			from.AllOption = &streams.ReadReq_Options_AllOptions_Start{Start: &shared.Empty{}}
		case 1:
			after = uint64(live)
			from.AllOption = &streams.ReadReq_Options_AllOptions_End{End: &shared.Empty{}}
		default:
			from.AllOption = &streams.ReadReq_Options_AllOptions_Position{Position: &streams.ReadReq_Options_Position{CommitPosition: after, PreparePosition: after}}
		}
		o.StreamOption = &streams.ReadReq_Options_All{All: from}
		match, interval := func(domain.Record) bool { return true }, uint64(0)
		if f, is := someFilter(rt); f != nil {
			match, interval = is, uint64(f.GetMax())*uint64(f.GetCheckpointIntervalMultiplier())
			o.FilterOption = &streams.ReadReq_Options_Filter{Filter: f}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		sub, err := stub(t, at).Read(ctx, &streams.ReadReq{Options: o})
		require.NoError(rt, err)
		before := wants(records(t, m), after, live, match, interval)
		require.Equal(rt, before, hear(rt, sub, len(before)))

		for i := range rapid.IntRange(0, 20).Draw(rt, "live records") {
			_, err := m.Append(ctx, "test-9", uint64(i), ledgertest.Draft("live", i))
			require.NoError(rt, err)
		}
		_, err = m.Append(ctx, "test-2x", 0, ledger.Draft{ID: domain.EventID{1}, Type: "even"})
		require.NoError(rt, err)
		all := wants(records(t, m), after, live, match, interval)
		require.Equal(rt, all[len(before):], hear(rt, sub, len(all)-len(before)))
	})
}

func TestSubscriptionsToStreams(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := ledgertest.NewMemory()
		random(rt, m)
		at, stop := startStop(t, m, esdbserver.Options{})
		defer stop()
		c := stub(t, at)
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		type follower struct {
			sub  streams.Streams_ReadClient
			want []string
		}
		var followers []follower
		for _, name := range []string{"test-0", "test-1", "test-2", "test-3"} {
			have := ledgertest.Stream(t, m, domain.StreamID(name))
			o, from, next := subscription(), ofStream(name), 0
			switch kind := rapid.IntRange(0, 2).Draw(rt, "from"); {
			case kind == 0 || kind == 2 && len(have) == 0:
				from.RevisionOption = &streams.ReadReq_Options_StreamOptions_Start{Start: &shared.Empty{}}
			case kind == 1:
				next = len(have)
				from.RevisionOption = &streams.ReadReq_Options_StreamOptions_End{End: &shared.Empty{}}
			default:
				seen := rapid.IntRange(0, len(have)-1).Draw(rt, "revision")
				next = seen + 1
				from.RevisionOption = &streams.ReadReq_Options_StreamOptions_Revision{Revision: uint64(seen)}
			}
			o.StreamOption = &streams.ReadReq_Options_Stream{Stream: from}
			sub, err := c.Read(ctx, &streams.ReadReq{Options: o})
			require.NoError(rt, err)
			want := []string{"confirmed"}
			for _, r := range have[next:] {
				want = append(want, fmt.Sprintf("%d %s@%d", r.Seq, r.Stream, r.Revision))
			}
			require.Equal(rt, append(want, "caught up"), hear(rt, sub, len(want)+1))
			followers = append(followers, follower{sub, []string{}})
		}
		for i := range rapid.IntRange(1, 30).Draw(rt, "live records") {
			f := rapid.IntRange(0, 4).Draw(rt, "stream") // nobody follows the last one
			name := domain.StreamID(fmt.Sprintf("test-%d", f))
			revision := len(ledgertest.Stream(t, m, name))
			seq, err := m.Append(ctx, name, uint64(revision), ledgertest.Draft("live", i))
			require.NoError(rt, err)
			if f < len(followers) {
				followers[f].want = append(followers[f].want, fmt.Sprintf("%d %s@%d", seq, name, revision))
			}
		}
		for _, f := range followers {
			require.Equal(rt, f.want, hear(rt, f.sub, len(f.want)))
		}
	})
}

// Whoever subscribes after what it has seen elsewhere must hear that, and not wait for what will never come.
func TestPlacesOfAnotherLedger(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	fill(t, l, 9)
	at := start(t, l, esdbserver.Options{})
	c := dial(t, at, "?tls=false")
	for _, p := range []uint64{10, 1 << 62, ^uint64(0) - 1} {
		_, err := c.SubscribeToAll(t.Context(), esdb.SubscribeToAllOptions{From: esdb.Position{Commit: p, Prepare: p}})
		require.ErrorContains(t, err, "not in this ledger", p)
	}
	for _, r := range []uint64{3, 1 << 62, 1 << 63, ^uint64(0)} {
		_, err := c.SubscribeToStream(t.Context(), "test-0", esdb.SubscribeToStreamOptions{From: esdb.Revision(r)})
		require.ErrorContains(t, err, "no revision", r)
		_, err = c.SubscribeToStream(t.Context(), "test-unknown", esdb.SubscribeToStreamOptions{From: esdb.Revision(r)})
		require.ErrorContains(t, err, "no revision", r)
	}
	_, err := c.SubscribeToAll(t.Context(), esdb.SubscribeToAllOptions{From: esdb.Position{Commit: 3, Prepare: 2}})
	require.ErrorContains(t, err, "no position of this server")
}

// A subscription to a stream ends when nobody would tell it of more, rather than wait for good.
func TestABrokenLedgerEndsSubscriptions(t *testing.T) {
	t.Parallel()
	l := &breaking{sized: sized{ledgertest.NewMemory()}, broken: make(chan struct{})}
	fill(t, l.sized, 9)
	c := stub(t, start(t, l, esdbserver.Options{}))
	var subs []streams.Streams_ReadClient
	for _, o := range []*streams.ReadReq_Options{followStream("test-0"), followStream("test-1"), followAll()} {
		sub, err := c.Read(soon(t), &streams.ReadReq{Options: o})
		require.NoError(t, err)
		for m := ""; m != "caught up"; {
			m = hear(t, sub, 1)[0]
		}
		subs = append(subs, sub)
	}
	close(l.broken)
	for _, sub := range subs {
		_, err := sub.Recv()
		require.Equal(t, codes.DataLoss, status.Code(err))
		require.NotContains(t, err.Error(), "/srv/", "paths are for the log")
	}
}

// Text ids are for clients that ask for them.
func TestIDsAsText(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	fill(t, l, 1)
	r, err := stub(t, start(t, l, esdbserver.Options{})).Read(soon(t), &streams.ReadReq{Options: &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{AllOption: &streams.ReadReq_Options_AllOptions_Start{Start: &shared.Empty{}}}},
		CountOption:  &streams.ReadReq_Options_Count{Count: 1},
		UuidOption:   &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_String_{String_: &shared.Empty{}}},
	}})
	require.NoError(t, err)
	m, err := r.Recv()
	require.NoError(t, err)
	require.Equal(t, records(t, l)[0].ID.String(), m.GetEvent().GetEvent().GetId().GetString_())
}
