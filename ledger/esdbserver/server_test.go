package esdbserver_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// serve serves l for appending on a free port of the loopback interface until the test ends, and gives the official client of it.
func serve(t testing.TB, l ledger.Ledger) *esdb.Client {
	t.Helper()
	return dial(t, start(t, l, esdbserver.Options{Append: l}), "?tls=false")
}

// start serves l until the test ends, and gives the address.
func start(t testing.TB, l ledger.Reader, o esdbserver.Options) string {
	t.Helper()
	at, stop := startStop(t, l, o)
	t.Cleanup(stop)
	return at
}

// startStop serves l until stop is called, which returns when Serve has.
func startStop(t testing.TB, l ledger.Reader, o esdbserver.Options) (at string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return startStopAt(t, l, o, listener)
}

// startAt serves l there until the test ends.
func startAt(t testing.TB, l ledger.Reader, o esdbserver.Options, listener net.Listener) string {
	t.Helper()
	at, stop := startStopAt(t, l, o, listener)
	t.Cleanup(stop)
	return at
}

func startStopAt(t testing.TB, l ledger.Reader, o esdbserver.Options, listener net.Listener) (at string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- esdbserver.New(l, o).Serve(ctx, listener) }()
	return listener.Addr().String(), func() {
		cancel()
		require.NoError(t, <-ended)
	}
}

// dial gives the official client.
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

// stub gives the bare calls, for what the official client does not say or hides.
func stub(t testing.TB, at string, o ...grpc.DialOption) streams.StreamsClient {
	t.Helper()
	c, err := grpc.NewClient(at, append(o, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return streams.NewStreamsClient(c)
}

// soon is a context for what must not take long.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// fill makes n records in streams test-0 to test-2, one after the other.
func fill(t testing.TB, l ledger.Ledger, n int) {
	t.Helper()
	for i := range n {
		stream := domain.StreamID("test-" + string(rune('0'+i%3)))
		_, err := l.Append(t.Context(), stream, uint64(i/3), ledgertest.Draft(string(stream), i/3))
		require.NoError(t, err)
	}
}

// records reads l.
func records(t testing.TB, l ledger.Reader) []domain.Record {
	t.Helper()
	var out []domain.Record
	for _, e := range ledgertest.All(t, l, ledger.Cursor{}) {
		out = append(out, e.Record)
	}
	return out
}

// collect reads the answer to a read to its end. missing says that the stream is not there.
func collect(t require.TestingT, c streams.StreamsClient, ctx context.Context, o *streams.ReadReq_Options) (got []domain.Record, missing bool, err error) {
	r, err := c.Read(ctx, &streams.ReadReq{Options: o})
	require.NoError(t, err)
	for {
		m, err := r.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return got, missing, nil
		case err != nil:
			return got, missing, err
		case m.GetStreamNotFound() != nil:
			missing = true
		default:
			require.NotNil(t, m.GetEvent(), "%T: the Go client panics over anything else", m.GetContent())
			got = append(got, recordOf(t, m.GetEvent()))
		}
	}
}

// recordOf is a message as a record, after a look at what must hold of all of them.
func recordOf(t require.TestingT, e *streams.ReadResp_ReadEvent) domain.Record {
	r := e.GetEvent()
	require.NotEmpty(t, r.GetMetadata()["content-type"])
	require.NotEmpty(t, r.GetMetadata()["created"])
	require.NotZero(t, r.GetCommitPosition())
	require.Equal(t, r.GetCommitPosition(), r.GetPreparePosition())
	require.Equal(t, r.GetCommitPosition(), e.GetCommitPosition())
	id, err := esdb.ParseUUIDFromInt64(r.GetId().GetStructured().GetMostSignificantBits(), r.GetId().GetStructured().GetLeastSignificantBits())
	require.NoError(t, err)
	return domain.Record{
		Seq: r.GetCommitPosition() - 1, Stream: domain.StreamID(r.GetStreamIdentifier().GetStreamName()), Revision: r.GetStreamRevision(),
		ID: domain.EventID(id), Type: r.GetMetadata()["type"], Meta: r.GetCustomMetadata(), Data: r.GetData(),
	}
}

func ofStream(name string) *streams.ReadReq_Options_StreamOptions {
	return &streams.ReadReq_Options_StreamOptions{StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(name)}}
}
