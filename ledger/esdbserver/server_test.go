package esdbserver_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// serve serves l on a free port of the loopback interface until the test ends, and gives a client of it.
func serve(t testing.TB, l ledger.Ledger, o esdbserver.Options) *esdb.Client {
	t.Helper()
	o.Append = l
	return dial(t, start(t, l, o), "?tls=false")
}

// start serves l until the test ends, and gives the address.
func start(t testing.TB, l ledger.Reader, o esdbserver.Options) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- esdbserver.New(l, o).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	return listener.Addr().String()
}

func dial(t testing.TB, at, options string) *esdb.Client {
	t.Helper()
	config, err := esdb.ParseConnectionString("esdb://" + at + options)
	require.NoError(t, err)
	config.Logger = esdb.NoopLogging()
	c, err := esdb.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestSmoke(t *testing.T) {
	l := ledgertest.NewMemory()
	c := serve(t, l, esdbserver.Options{})
	for i := range 3 {
		for range 2 {
			var exp esdb.ExpectedRevision = esdb.NoStream{}
			if i > 0 {
				exp = esdb.Revision(uint64(i - 1))
			}
			d := ledgertest.Draft("one", i)
			w, err := c.AppendToStream(t.Context(), "test-a", esdb.AppendToStreamOptions{ExpectedRevision: exp}, esdb.EventData{EventID: [16]byte(d.ID), EventType: d.Type, ContentType: esdb.ContentTypeJson, Data: d.Data, Metadata: d.Meta})
			require.NoError(t, err)
			require.Equal(t, uint64(i), w.NextExpectedVersion)
			require.Equal(t, uint64(i+1), w.CommitPosition)
		}
	}
	sub, err := c.SubscribeToAll(t.Context(), esdb.SubscribeToAllOptions{From: esdb.Start{}})
	require.NoError(t, err)
	for range 4 {
		e := sub.Recv()
		fmt.Printf("%+v\n", e)
	}
	require.NoError(t, sub.Close())
}
