package esdbserver_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

func idText(s string) *shared.UUID {
	return &shared.UUID{Value: &shared.UUID_String_{String_: s}}
}

// correlation is the id of the n-th append of a call.
func correlation(n int) *shared.UUID {
	return &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{MostSignificantBits: 7, LeastSignificantBits: int64(n)}}}
}

// proposed is an append of drafts. version is the number of events expected, -1 any, -2 some.
func proposed(n int, stream domain.StreamID, version int, drafts ...ledger.Draft) *streams.BatchAppendReq {
	o := &streams.BatchAppendReq_Options{StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(stream)}}
	switch version {
	case -2:
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamExists{StreamExists: &emptypb.Empty{}}
	case -1:
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_Any{Any: &emptypb.Empty{}}
	case 0:
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_NoStream{NoStream: &emptypb.Empty{}}
	default:
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamPosition{StreamPosition: uint64(version) - 1}
	}
	m := &streams.BatchAppendReq{CorrelationId: correlation(n), Options: o, IsFinal: true}
	for _, d := range drafts {
		m.ProposedMessages = append(m.ProposedMessages, &streams.BatchAppendReq_ProposedMessage{
			Id: idText(d.ID.String()), Metadata: map[string]string{"type": d.Type, "content-type": "application/json"}, CustomMetadata: d.Meta, Data: d.Data,
		})
	}
	return m
}

// exchange sends all requests on one call, and gives as many answers as there are final ones, in the order in which they came.
func exchange(t require.TestingT, ctx context.Context, c streams.StreamsClient, ms ...*streams.BatchAppendReq) (answers []*streams.BatchAppendResp, err error) {
	g, err := c.BatchAppend(ctx)
	require.NoError(t, err)
	for _, m := range ms {
		if err := g.Send(m); err != nil {
			break // the receiving side hears why
		}
	}
	require.NoError(t, g.CloseSend())
	for {
		m, err := g.Recv()
		if err != nil {
			if err.Error() == "EOF" {
				err = nil
			}
			return answers, err
		}
		answers = append(answers, m)
	}
}

// What a call appends, refuses and answers is what the same appends do one by one, in their order, in every ledger.
func TestBatchAppendIsAppend(t *testing.T) {
	t.Parallel()
	disk, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	require.NoError(t, err)
	defer disk.Close()
	at := start(t, disk, esdbserver.Options{Append: disk})
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		model := ledgertest.NewMemory()
		var l ledger.Ledger = ledgertest.NewMemory()
		address := at
		stop := func() {}
		round++
		switch rapid.SampledFrom([]string{"memory", "one by one", "sqlite"}).Draw(rt, "ledger") {
		case "memory":
			address, stop = startStop(t, l, esdbserver.Options{Append: l})
		case "one by one":
			l = struct{ ledger.Ledger }{l}
			address, stop = startStop(t, l, esdbserver.Options{Append: l})
		default:
			l = disk
		}
		defer stop()
		before, err := disk.Head(t.Context())
		require.NoError(rt, err)
		if address != at {
			before = 0
		}
		var ms []*streams.BatchAppendReq
		var want []func(*streams.BatchAppendResp)
		for i := range rapid.IntRange(1, 30).Draw(rt, "appends") {
			stream := domain.StreamID(fmt.Sprintf("test-%d-%d", round, rapid.IntRange(0, 2).Draw(rt, "stream")))
			version := rapid.IntRange(0, 4).Draw(rt, "version")
			drafts := ledgertest.Drafts(fmt.Sprintf("%d-%s", round, rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "command")), rapid.IntRange(1, 3).Draw(rt, "drafts"))
			ms = append(ms, proposed(i, stream, version, drafts...))
			seq, err := model.Append(t.Context(), stream, uint64(version), drafts...)
			want = append(want, func(a *streams.BatchAppendResp) {
				require.Equal(rt, string(stream), string(a.GetStreamIdentifier().GetStreamName()))
				if err != nil {
					require.Equal(rt, codes.AlreadyExists, codes.Code(a.GetError().GetCode()))
					return
				}
				require.NotNil(rt, a.GetSuccess(), "%v", a)
				last := uint64(version + len(drafts) - 1)
				require.Equal(rt, last, a.GetSuccess().GetCurrentRevision())
				if len(drafts) == 1 {
					require.Equal(rt, before+seq+1, a.GetSuccess().GetPosition().GetCommitPosition())
				}
			})
		}
		answers, err := exchange(rt, context.Background(), stub(t, address), ms...)
		require.NoError(rt, err)
		require.Len(rt, answers, len(want))
		for i, a := range answers {
			require.Equal(rt, int64(i), a.GetCorrelationId().GetStructured().GetLeastSignificantBits(), "answers come in the order of the appends")
			want[i](a)
		}
		var have, should []domain.Record
		for e, err := range l.All(t.Context(), ledger.Cursor{Seq: before}) {
			require.NoError(rt, err)
			e.Seq -= before
			have = append(have, e.Record)
		}
		for e := range model.All(t.Context(), ledger.Cursor{}) {
			should = append(should, e.Record)
		}
		requireSame(rt, should, have)
	})
}

// Any and "there is one" are for clients that are not a ledger.
func TestBatchAppendAny(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	answers, err := exchange(t, soon(t), stub(t, start(t, l, esdbserver.Options{Append: l})),
		proposed(0, "test-a", -2, ledgertest.Drafts("none", 1)...),
		proposed(1, "test-a", -1, ledgertest.Drafts("one", 2)...),
		proposed(2, "test-a", -2, ledgertest.Drafts("two", 1)...),
		proposed(3, "test-a", -1, ledgertest.Drafts("one", 2)...), // again
		proposed(4, "test-a", 3),                                  // nothing, only asked
	)
	require.NoError(t, err)
	require.Len(t, answers, 5)
	require.Equal(t, codes.AlreadyExists, codes.Code(answers[0].GetError().GetCode()))
	for i, revision := range map[int]uint64{1: 1, 2: 2, 3: 1, 4: 2} {
		require.Equal(t, revision, answers[i].GetSuccess().GetCurrentRevision(), i)
	}
	require.Equal(t, 3, ledgertest.Check(t, l))
}

// An append may come in pieces, and those of several may alternate: each is made when its last piece is there.
func TestBatchAppendInPieces(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	a, b := proposed(0, "test-a", 0, ledgertest.Drafts("a", 3)...), proposed(1, "test-b", 0, ledgertest.Drafts("b", 2)...)
	piece := func(m *streams.BatchAppendReq, from, to int, final bool) *streams.BatchAppendReq {
		p := &streams.BatchAppendReq{CorrelationId: m.CorrelationId, ProposedMessages: m.ProposedMessages[from:to], IsFinal: final}
		if from == 0 {
			p.Options = m.Options
		}
		return p
	}
	answers, err := exchange(t, soon(t), stub(t, start(t, l, esdbserver.Options{Append: l})),
		piece(a, 0, 1, false), piece(b, 0, 1, false), piece(a, 1, 2, false), piece(b, 1, 2, true), piece(a, 2, 3, true))
	require.NoError(t, err)
	require.Len(t, answers, 2)
	var got []string
	for _, r := range records(t, l) {
		got = append(got, fmt.Sprintf("%s@%d", r.Stream, r.Revision))
	}
	require.Equal(t, []string{"test-b@0", "test-b@1", "test-a@0", "test-a@1", "test-a@2"}, got)
}

// What is wrong with one append is its answer, and no matter of those behind it.
func TestBatchAppendsThatAreWrong(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	c := stub(t, start(t, l, esdbserver.Options{Append: l, MaxAppend: 100_000}))
	large := ledger.Draft{ID: domain.EventID{1}, Type: "tested.v1", Data: bytes.Repeat([]byte{'x'}, 60_000)}
	noType := proposed(0, "test-a", 0, ledgertest.Draft("one", 0))
	delete(noType.ProposedMessages[0].Metadata, "type")
	noID := proposed(0, "test-a", 0, ledgertest.Draft("one", 0))
	noID.ProposedMessages[0].Id = nil
	noExpectation := proposed(0, "test-a", 0, ledgertest.Draft("one", 0))
	noExpectation.Options.ExpectedStreamPosition = nil
	for name, step := range map[string]struct {
		m    *streams.BatchAppendReq
		code codes.Code
	}{
		"no options":         {&streams.BatchAppendReq{IsFinal: true}, codes.InvalidArgument},
		"no name":            {proposed(0, "", 0, ledgertest.Draft("one", 0)), codes.InvalidArgument},
		"no expectation":     {noExpectation, codes.InvalidArgument},
		"no type":            {noType, codes.InvalidArgument},
		"no id":              {noID, codes.InvalidArgument},
		"too large together": {proposed(0, "test-a", 0, large, large), codes.InvalidArgument},
		"too large a record": {proposed(0, "test-a", 0, ledger.Draft{ID: domain.EventID{1}, Type: "t", Data: make([]byte, domain.MaxRecord+1)}), codes.InvalidArgument},
		"a stream of theirs": {proposed(0, "$$test-a", 0, ledgertest.Draft("one", 0)), codes.PermissionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			before := ledgertest.Check(t, l)
			answers, err := exchange(t, soon(t), c, step.m, proposed(1, "test-good", before, ledgertest.Draft(name, 0)))
			require.NoError(t, err)
			require.Len(t, answers, 2)
			require.Equal(t, step.code, codes.Code(answers[0].GetError().GetCode()), "%v", answers[0])
			require.Len(t, answers[0].GetError().GetDetails(), 1)
			require.NotNil(t, answers[1].GetSuccess())
			require.Equal(t, before+1, ledgertest.Check(t, l))
		})
	}
	var pieces []*streams.BatchAppendReq
	for i := range 100 {
		p := proposed(i, "test-a", 0, ledgertest.Draft("one", 0))
		p.IsFinal = false
		pieces = append(pieces, p)
	}
	_, err := exchange(t, soon(t), c, pieces...)
	require.Equal(t, codes.InvalidArgument, status.Code(err), "appends that begin and never end are not kept for ever")
}

// A ledger that is read says so at once, and one that fails ends the call.
func TestBatchAppendRefused(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	g, err := stub(t, start(t, l, esdbserver.Options{})).BatchAppend(soon(t))
	require.NoError(t, err)
	_, err = g.Recv() // nothing was sent, and the call is open
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	f := failing{l, ledger.ErrClosed}
	_, err = exchange(t, soon(t), stub(t, start(t, f, esdbserver.Options{Append: struct{ ledger.Appender }{f}})), proposed(0, "test-a", 0, ledgertest.Draft("one", 0)))
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Zero(t, ledgertest.Check(t, l))
}

// A call that waits for nothing does not keep the server from stopping.
func TestBatchAppendEndsWithTheServer(t *testing.T) {
	t.Parallel()
	l := ledgertest.NewMemory()
	at, stop := startStop(t, l, esdbserver.Options{Append: l, Grace: time.Hour})
	g, err := stub(t, at).BatchAppend(soon(t))
	require.NoError(t, err)
	require.NoError(t, g.Send(proposed(0, "test-a", 0, ledgertest.Draft("one", 0))))
	_, err = g.Recv()
	require.NoError(t, err)
	stop()
	_, err = g.Recv()
	require.Equal(t, codes.Unavailable, status.Code(err))
}
