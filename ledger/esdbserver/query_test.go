package esdbserver_test

import (
	"net"
	"strings"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// What cannot be meant is refused with a reason, before anything is read.
func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	l := &counting{sized: sized{ledgertest.NewMemory()}}
	fill(t, l.sized, 3)
	c := stub(t, start(t, l, esdbserver.Options{}))
	filtered := func(e *streams.ReadReq_Options_FilterOptions_Expression, change ...func(*streams.ReadReq_Options_FilterOptions)) *streams.ReadReq_Options {
		o := followAll()
		f := &streams.ReadReq_Options_FilterOptions{
			Filter: &streams.ReadReq_Options_FilterOptions_EventType{EventType: e}, Window: &streams.ReadReq_Options_FilterOptions_Max{Max: 1}, CheckpointIntervalMultiplier: 1,
		}
		for _, c := range change {
			c(f)
		}
		o.FilterOption = &streams.ReadReq_Options_Filter{Filter: f}
		return o
	}
	regex := func(text string) *streams.ReadReq_Options {
		return filtered(&streams.ReadReq_Options_FilterOptions_Expression{Regex: text})
	}
	prefix := &streams.ReadReq_Options_FilterOptions_Expression{Prefix: []string{"a"}}
	backwards, everything, nowhere, filteredStream := followAll(), followAll(), followAll(), followStream("test-0")
	backwards.ReadDirection = streams.ReadReq_Options_Backwards
	everything.CountOption = nil
	nowhere.StreamOption = &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{}}
	filteredStream.FilterOption = filtered(prefix).FilterOption
	for name, step := range map[string]struct {
		o    *streams.ReadReq_Options
		want string
	}{
		"no options":                {nil, "options"},
		"neither stream nor all":    {&streams.ReadReq_Options{}, "of a stream or of all"},
		"no place in all":           {nowhere, "begins at"},
		"no place in a stream":      {&streams.ReadReq_Options{StreamOption: &streams.ReadReq_Options_Stream{Stream: ofStream("test-0")}}, "begins at"},
		"neither count nor subscr.": {everything, "count"},
		"a subscription backwards":  {backwards, "forwards"},
		"another direction":         {&streams.ReadReq_Options{StreamOption: fromStart(), ReadDirection: 2}, "direction"},
		"a filter for a stream":     {filteredStream, "for $all"},
		"a filter of nothing":       {filtered(prefix, func(f *streams.ReadReq_Options_FilterOptions) { f.Filter = nil }), "event types or of streams"},
		"an empty filter":           {filtered(&streams.ReadReq_Options_FilterOptions_Expression{}), "prefixes or a regular expression"},
		"a window of nothing": {filtered(prefix, func(f *streams.ReadReq_Options_FilterOptions) {
			f.Window = &streams.ReadReq_Options_FilterOptions_Max{}
		}), "at least 1"},
		"no checkpoint interval":     {filtered(prefix, func(f *streams.ReadReq_Options_FilterOptions) { f.CheckpointIntervalMultiplier = 0 }), "at least 1"},
		"too many prefixes":          {filtered(&streams.ReadReq_Options_FilterOptions_Expression{Prefix: make([]string, 1001)}), "at most 1000 prefixes"},
		"a broken expression":        {regex("("), "missing closing"},
		"looking ahead":              {regex(`^(?!\$).*`), "those of RE2"},
		"a long expression":          {regex(strings.Repeat("a", 1001)), "at most 1000 bytes"},
		"one that repeats too often": {regex(strings.Repeat("a{1000}", 100)), "repeats too much"},
	} {
		r, err := c.Read(soon(t), &streams.ReadReq{Options: step.o})
		require.NoError(t, err)
		_, err = r.Recv()
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
		require.ErrorContains(t, err, step.want, name)
	}
	require.Zero(t, l.n.Load())
}

// A client that leaves the window to the server gets that of other servers.
func TestTheWindowOfOthers(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	fill(t, l, 70)
	o := followAll()
	o.StreamOption = fromStart()
	o.FilterOption = &streams.ReadReq_Options_Filter{Filter: &streams.ReadReq_Options_FilterOptions{
		Filter: &streams.ReadReq_Options_FilterOptions_EventType{EventType: &streams.ReadReq_Options_FilterOptions_Expression{Prefix: []string{"never"}}},
		Window: &streams.ReadReq_Options_FilterOptions_Count{Count: &shared.Empty{}}, CheckpointIntervalMultiplier: 1,
	}}
	sub, err := stub(t, start(t, l, esdbserver.Options{})).Read(soon(t), &streams.ReadReq{Options: o})
	require.NoError(t, err)
	require.Equal(t, []string{"confirmed", "checkpoint 32", "checkpoint 64", "checkpoint 70", "caught up"}, hear(t, sub, 5))
}

// What clients ask first.
func TestLookingAround(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	for name, at := range map[string]string{"IPv4": "127.0.0.1:0", "IPv6": "[::1]:0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", at)
			if err != nil && name == "IPv6" {
				t.Skip("no IPv6 here")
			}
			require.NoError(t, err)
			address := startAt(t, l, esdbserver.Options{Append: l}, listener)
			c, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
			require.NoError(t, err)
			defer c.Close()
			info, err := gossip.NewGossipClient(c).Read(soon(t), &shared.Empty{})
			require.NoError(t, err)
			require.Len(t, info.Members, 1)
			require.True(t, info.Members[0].IsAlive)
			require.Equal(t, gossip.MemberInfo_Leader, info.Members[0].State)
			host, port := info.Members[0].HttpEndPoint.Address, listener.Addr().(*net.TCPAddr).Port
			require.EqualValues(t, port, info.Members[0].HttpEndPoint.Port)
			require.Equal(t, strings.TrimSuffix(address, address[strings.LastIndex(address, ":"):]), host, "clients put address and port together as they are")

			methods, err := serverfeatures.NewServerFeaturesClient(c).GetSupportedMethods(soon(t), &shared.Empty{})
			require.NoError(t, err)
			require.Regexp(t, `^\d+\.\d+\.\d+$`, methods.EventStoreServerVersion, "the Go client reads its parts as numbers, or does not connect")
			require.Len(t, methods.Methods, 3)
		})
	}
}
