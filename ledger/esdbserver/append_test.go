package esdbserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

func events(drafts ...ledger.Draft) []esdb.EventData {
	var out []esdb.EventData
	for _, d := range drafts {
		out = append(out, esdb.EventData{EventID: [16]byte(d.ID), EventType: d.Type, ContentType: esdb.ContentTypeJson, Data: d.Data, Metadata: d.Meta})
	}
	return out
}

// requireCode fails unless err is the client's error with that code.
func requireCode(t testing.TB, code esdb.ErrorCode, err error) {
	t.Helper()
	var e *esdb.Error
	require.True(t, errors.As(err, &e), "%v", err)
	require.Equal(t, code, e.Code(), "%v", err)
}

func TestExpectedVersions(t *testing.T) {
	t.Parallel()
	one, two := ledgertest.Drafts("one", 3), ledgertest.Drafts("two", 3)
	other := ledgertest.Draft("one", 2)
	other.Data = []byte(`{"other":true}`)
	for name, step := range map[string]struct {
		stream   string
		expected esdb.ExpectedRevision
		drafts   []ledger.Draft
		revision uint64 // of the last event
		wrong    string // what the client makes of the answer
		grown    int
	}{
		"none, and there is none":         {"test-new", esdb.NoStream{}, two, 2, "", 3},
		"any, and there is none":          {"test-new", esdb.Any{}, two, 2, "", 3},
		"one, and there is none":          {"test-new", esdb.StreamExists{}, two, 0, "expecting 'stream_exists' but got 'no_stream'", 0},
		"a revision, and there is none":   {"test-new", esdb.Revision(0), two, 0, "expecting '0' but got 'no_stream'", 0},
		"the last revision":               {"test-a", esdb.Revision(2), two, 5, "", 3},
		"any":                             {"test-a", esdb.Any{}, two, 5, "", 3},
		"one":                             {"test-a", esdb.StreamExists{}, two, 5, "", 3},
		"none, and there is one":          {"test-a", esdb.NoStream{}, two, 0, "expecting 'no_stream' but got '2'", 0},
		"an earlier revision":             {"test-a", esdb.Revision(1), two, 0, "expecting '1' but got '2'", 0},
		"a later revision":                {"test-a", esdb.Revision(3), two, 0, "expecting '3' but got '2'", 0},
		"the last one there can be":       {"test-a", esdb.Revision(^uint64(0) - 1), two, 0, "but got '2'", 0},
		"all of it again":                 {"test-a", esdb.NoStream{}, one, 2, "", 0},
		"its beginning again":             {"test-a", esdb.NoStream{}, one[:2], 1, "", 0},
		"its end again":                   {"test-a", esdb.Revision(0), one[1:], 2, "", 0},
		"its end again and more":          {"test-a", esdb.Revision(1), append([]ledger.Draft{one[2]}, two...), 0, "expecting '1' but got '2'", 0},
		"its end again elsewhere":         {"test-a", esdb.Revision(0), one[2:], 0, "expecting '0' but got '2'", 0},
		"the same id with other data":     {"test-a", esdb.Revision(1), []ledger.Draft{other}, 2, "", 0},
		"again, whatever is there":        {"test-a", esdb.Any{}, one[1:], 2, "", 0},
		"again, if something is there":    {"test-a", esdb.StreamExists{}, one[:1], 0, "", 0},
		"nothing, and there is nothing":   {"test-new", esdb.NoStream{}, nil, 0, "", 0}, // which is what the client makes of no position
		"nothing, and there is something": {"test-a", esdb.Revision(2), nil, 2, "", 0},
		"nothing, at a wrong revision":    {"test-a", esdb.Revision(1), nil, 0, "expecting '1' but got '2'", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := ledgertest.NewMemory()
			_, err := l.Append(t.Context(), "test-a", 0, one...)
			require.NoError(t, err)
			w, err := serve(t, l).AppendToStream(t.Context(), step.stream, esdb.AppendToStreamOptions{ExpectedRevision: step.expected}, events(step.drafts...)...)
			if step.wrong != "" {
				requireCode(t, esdb.ErrorCodeWrongExpectedVersion, err)
				require.ErrorContains(t, err, step.wrong)
			} else {
				require.NoError(t, err)
				want := esdb.WriteResult{NextExpectedVersion: step.revision}
				if len(step.drafts) > 0 {
					last := ledgertest.Stream(t, l, domain.StreamID(step.stream))[step.revision]
					want.CommitPosition, want.PreparePosition = last.Seq+1, last.Seq+1
				}
				require.Equal(t, want, *w)
			}
			require.Equal(t, 3+step.grown, ledgertest.Check(t, l))
		})
	}
}

// A repetition of what was appended one by one, with other records in between, is answered with the place of its last event.
func TestRepetitionOfSeveralAppends(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	drafts := ledgertest.Drafts("one", 3)
	for i, d := range drafts {
		_, err := l.Append(t.Context(), "test-a", uint64(i), d)
		require.NoError(t, err)
		_, err = l.Append(t.Context(), "test-b", uint64(i), d)
		require.NoError(t, err)
	}
	w, err := serve(t, l).AppendToStream(t.Context(), "test-a", esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}}, events(drafts...)...)
	require.NoError(t, err)
	require.Equal(t, esdb.WriteResult{CommitPosition: 5, PreparePosition: 5, NextExpectedVersion: 2}, *w)
}

func TestAnyAppendsSideBySide(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	c := serve(t, l)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				_, err := c.AppendToStream(t.Context(), "test-a", esdb.AppendToStreamOptions{ExpectedRevision: esdb.Any{}}, events(ledgertest.Draft(fmt.Sprint(i), j))...)
				require.NoError(t, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, 160, ledgertest.Check(t, l))
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	l := ledgertest.NewMemory()
	fill(t, l, 3)
	for name, c := range map[string]*esdb.Client{"appending": serve(t, l), "reading": dial(t, start(t, l, esdbserver.Options{}), "?tls=false")} {
		t.Run(name, func(t *testing.T) {
			_, err := c.DeleteStream(ctx, "test-0", esdb.DeleteStreamOptions{})
			requireCode(t, esdb.ErrorCodeAccessDenied, err)
			_, err = c.TombstoneStream(ctx, "test-0", esdb.TombstoneStreamOptions{ExpectedRevision: esdb.Revision(0)})
			requireCode(t, esdb.ErrorCodeAccessDenied, err)
			var m esdb.StreamMetadata
			m.SetMaxCount(1)
			_, err = c.SetStreamMetadata(ctx, "test-0", esdb.AppendToStreamOptions{}, m)
			requireCode(t, esdb.ErrorCodeAccessDenied, err)
			_, err = c.ReadStream(ctx, "", esdb.ReadStreamOptions{}, 1)
			require.NoError(t, err) // it is told with the first record
			if name == "reading" {
				big := ledger.Draft{ID: domain.EventID{1}, Type: "tested.v1", Data: bytes.Repeat([]byte{' '}, 200_000)}
				_, err = c.AppendToStream(ctx, "test-0", esdb.AppendToStreamOptions{}, events(big, big, big, big)...)
				requireCode(t, esdb.ErrorCodeAccessDenied, err) // and not that sending failed
			}
			require.Equal(t, 3, ledgertest.Check(t, l))
		})
	}
}

// What is wrong in the middle of an append is told at its end, so that a client that is still sending hears it.
func TestAppendsThatAreWrong(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	at := start(t, l, esdbserver.Options{Append: l})
	c := dial(t, at, "?tls=false")
	large := func(n, size int) (out []ledger.Draft) {
		for i := range n {
			out = append(out, ledger.Draft{ID: domain.EventID{15: byte(i + 1)}, Type: "tested.v1", Data: bytes.Repeat([]byte{'x'}, size)})
		}
		return out
	}
	_, err := c.AppendToStream(t.Context(), "test-a", esdb.AppendToStreamOptions{}, events(large(1, domain.MaxRecord+1)...)...)
	require.ErrorContains(t, err, "Maximum Append Size of 61440 Exceeded")
	_, err = c.AppendToStream(t.Context(), "test-a", esdb.AppendToStreamOptions{}, events(large(300, 60_000)...)...)
	require.ErrorContains(t, err, "Maximum Append Size of 1048576 Exceeded")

	options := func(name string) *streams.AppendReq {
		return &streams.AppendReq{Content: &streams.AppendReq_Options_{Options: &streams.AppendReq_Options{
			StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(name)}, ExpectedStreamRevision: &streams.AppendReq_Options_Any{Any: &shared.Empty{}},
		}}}
	}
	event := func(id *shared.UUID, keys ...string) *streams.AppendReq {
		m := map[string]string{}
		for _, k := range keys {
			m[k] = k
		}
		return &streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: &streams.AppendReq_ProposedMessage{Id: id, Metadata: m}}}
	}
	id := &shared.UUID{Value: &shared.UUID_String_{String_: "0193A4F0-1111-7222-8333-444455556666"}}
	good := event(id, "type", "content-type")
	for name, step := range map[string]struct {
		send      []*streams.AppendReq
		code      codes.Code
		exception string
	}{
		"nothing at all":     {nil, codes.InvalidArgument, ""},
		"no options":         {[]*streams.AppendReq{good}, codes.InvalidArgument, ""},
		"no name":            {[]*streams.AppendReq{options(""), good, good}, codes.InvalidArgument, ""},
		"no expectation":     {[]*streams.AppendReq{{Content: &streams.AppendReq_Options_{Options: &streams.AppendReq_Options{StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte("a")}}}}}, codes.InvalidArgument, ""},
		"options twice":      {[]*streams.AppendReq{options("test-a"), options("test-a")}, codes.InvalidArgument, ""},
		"no id":              {[]*streams.AppendReq{options("test-a"), event(nil, "type", "content-type"), good}, codes.InvalidArgument, ""},
		"the empty id":       {[]*streams.AppendReq{options("test-a"), event(&shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{}}}, "type", "content-type")}, codes.InvalidArgument, ""},
		"an id that is none": {[]*streams.AppendReq{options("test-a"), event(&shared.UUID{Value: &shared.UUID_String_{String_: "0193a4f0111172228333444455556666"}}, "type", "content-type")}, codes.InvalidArgument, ""},
		"no type":            {[]*streams.AppendReq{options("test-a"), event(id, "content-type"), good}, codes.InvalidArgument, "missing-required-metadata-property"},
		"no content type":    {[]*streams.AppendReq{options("test-a"), event(id, "type")}, codes.InvalidArgument, "missing-required-metadata-property"},
		"a stream of theirs": {[]*streams.AppendReq{options("$$test-a"), good}, codes.PermissionDenied, "access-denied"},
		"as it should be":    {[]*streams.AppendReq{options("test-b"), good}, codes.OK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var trailers metadata.MD
			a, err := stub(t, at).Append(soon(t), grpc.Trailer(&trailers))
			require.NoError(t, err)
			for _, m := range step.send {
				require.NoError(t, a.Send(m), "the server does not end an append before the client has")
			}
			_, err = a.CloseAndRecv()
			require.Equal(t, step.code, status.Code(err), "%v", err)
			if step.exception != "" {
				require.Equal(t, []string{step.exception}, trailers.Get("exception"))
			}
		})
	}
	all := records(t, l)
	require.Len(t, all, 1, "what was wrong was not appended, not even in part")
	require.Equal(t, "0193a4f0-1111-7222-8333-444455556666", all[0].ID.String())
}

// failing fails every append with err.
type failing struct {
	*ledgertest.Memory
	err error
}

func (f failing) Append(context.Context, domain.StreamID, uint64, ...ledger.Draft) (uint64, error) {
	return 0, f.err
}

func TestALedgerThatFails(t *testing.T) {
	t.Parallel()
	for want, err := range map[codes.Code]error{
		codes.Unavailable: ledger.ErrClosed,
		codes.DataLoss:    &ledger.DamagedError{Where: "/srv/ledger.db"},
		codes.Unknown:     errors.New("/srv/ledger.db: no space left on device"),
	} {
		f := failing{ledgertest.NewMemory(), err}
		_, err := dial(t, start(t, f, esdbserver.Options{Append: f}), "?tls=false&maxDiscoverAttempts=1").AppendToStream(t.Context(), "test-a", esdb.AppendToStreamOptions{}, events(ledgertest.Draft("one", 0))...)
		var e *esdb.Error
		require.True(t, errors.As(err, &e))
		require.Contains(t, err.Error(), "code = "+want.String())
		require.NotContains(t, err.Error(), "/srv/", "paths are for the log")
	}
}
