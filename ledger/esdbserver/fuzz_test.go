package esdbserver_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"daybook.internal/domain"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
)

// answers is the client's side of a read, in the same process. It has enough when it has caught up.
type answers struct {
	grpc.ServerStream
	ctx    context.Context
	enough context.CancelFunc
	got    []*streams.ReadResp
}

func (a *answers) Context() context.Context { return a.ctx }

func (a *answers) Send(m *streams.ReadResp) error {
	if _, err := proto.Marshal(m); err != nil {
		return err
	}
	if m.GetCaughtUp() != nil {
		a.enough()
	}
	a.got = append(a.got, m)
	return nil
}

// twelve is a ledger of twelve records in three streams.
func twelve(t testing.TB) *ledgertest.Memory {
	l := ledgertest.NewMemory()
	for i := range 12 {
		d := ledgertest.Draft("fuzz", i)
		d.Type = []string{"even", "odd"}[i%2]
		_, err := l.Append(context.Background(), domain.StreamID(fmt.Sprintf("test-%d", i%3)), uint64(i/3), d)
		require.NoError(t, err)
	}
	return l
}

// Any request is answered with records in their order, not more than it asks for, or refused with a status that says why.
func FuzzRead(f *testing.F) {
	seed := func(o *streams.ReadReq_Options) {
		b, err := proto.Marshal(&streams.ReadReq{Options: o})
		require.NoError(f, err)
		f.Add(b)
	}
	count := &streams.ReadReq_Options_Count{Count: 5}
	stream := ofStream("test-1")
	stream.RevisionOption = &streams.ReadReq_Options_StreamOptions_Revision{Revision: 2}
	at := &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{AllOption: &streams.ReadReq_Options_AllOptions_Position{
		Position: &streams.ReadReq_Options_Position{CommitPosition: 7, PreparePosition: 7},
	}}}
	types := func(e *streams.ReadReq_Options_FilterOptions_Expression) *streams.ReadReq_Options_Filter {
		return &streams.ReadReq_Options_Filter{Filter: &streams.ReadReq_Options_FilterOptions{
			Filter: &streams.ReadReq_Options_FilterOptions_EventType{EventType: e}, Window: &streams.ReadReq_Options_FilterOptions_Max{Max: 2}, CheckpointIntervalMultiplier: 2,
		}}
	}
	seed(nil)
	seed(&streams.ReadReq_Options{})
	seed(&streams.ReadReq_Options{StreamOption: fromStart(), CountOption: count, FilterOption: types(&streams.ReadReq_Options_FilterOptions_Expression{Prefix: []string{"even"}})})
	seed(&streams.ReadReq_Options{StreamOption: fromStart(), CountOption: count, FilterOption: types(&streams.ReadReq_Options_FilterOptions_Expression{Regex: "^[^\\$].*"})})
	seed(&streams.ReadReq_Options{StreamOption: fromStart(), CountOption: count, FilterOption: types(&streams.ReadReq_Options_FilterOptions_Expression{Regex: "^(?!\\$)"})})
	seed(&streams.ReadReq_Options{StreamOption: at, ReadDirection: streams.ReadReq_Options_Backwards, CountOption: count})
	seed(&streams.ReadReq_Options{StreamOption: &streams.ReadReq_Options_Stream{Stream: stream}, ReadDirection: streams.ReadReq_Options_Backwards, CountOption: count})
	seed(&streams.ReadReq_Options{StreamOption: &streams.ReadReq_Options_Stream{Stream: stream}, CountOption: subscription().CountOption})
	seed(&streams.ReadReq_Options{StreamOption: at, CountOption: subscription().CountOption, FilterOption: types(&streams.ReadReq_Options_FilterOptions_Expression{Prefix: []string{"odd"}})})
	seed(&streams.ReadReq_Options{StreamOption: &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{StreamIdentifier: &shared.StreamIdentifier{}}}, CountOption: count})
	l := twelve(f)
	s := esdbserver.New(l, esdbserver.Options{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r streams.ReadReq
		if proto.Unmarshal(b, &r) != nil {
			return
		}
		a := &answers{}
		a.ctx, a.enough = context.WithCancel(t.Context())
		defer a.enough()
		err := s.Read(&r, a)
		o := r.GetOptions()
		_, follow := o.GetCountOption().(*streams.ReadReq_Options_Subscription)
		switch status.Code(err) {
		case codes.OK, codes.InvalidArgument, codes.OutOfRange:
			require.False(t, follow && err == nil, "a subscription ends with an error")
		case codes.Canceled:
			require.True(t, follow && a.got[len(a.got)-1].GetCaughtUp() != nil, "%v", err)
		default:
			t.Fatalf("%v", err)
		}
		last, events := uint64(0), uint64(0)
		for i, m := range a.got {
			switch m := m.GetContent().(type) {
			case *streams.ReadResp_Event:
				events++
				at := m.Event.GetCommitPosition()
				require.True(t, at >= 1 && at <= 12)
				if o.GetReadDirection() == streams.ReadReq_Options_Backwards {
					require.True(t, last == 0 || at < last)
				} else {
					require.Greater(t, at, last)
				}
				last = at
				if s := o.GetStream(); s != nil {
					require.Equal(t, string(s.GetStreamIdentifier().GetStreamName()), string(m.Event.GetEvent().GetStreamIdentifier().GetStreamName()))
				}
			case *streams.ReadResp_StreamNotFound_:
				require.True(t, !follow && len(a.got) == 1)
			case *streams.ReadResp_Confirmation:
				require.True(t, follow && i == 0)
			default:
				require.True(t, follow && i > 0)
			}
		}
		require.True(t, follow || events <= o.GetCount())
	})
}

// sends is the client's side of an append: messages of a byte string, each after its length in two bytes.
type sends struct {
	grpc.ServerStream
	ctx    context.Context
	rest   []byte
	answer *streams.AppendResp
}

func (s *sends) Context() context.Context { return s.ctx }

func (s *sends) SendAndClose(m *streams.AppendResp) error { s.answer = m; return nil }

func (s *sends) Recv() (*streams.AppendReq, error) {
	if len(s.rest) < 2 {
		return nil, io.EOF
	}
	n := min(int(binary.BigEndian.Uint16(s.rest)), len(s.rest)-2)
	m := &streams.AppendReq{}
	err := proto.Unmarshal(s.rest[2:2+n], m)
	s.rest = s.rest[2+n:]
	if err != nil {
		return nil, status.Error(codes.Internal, "grpc: failed to unmarshal the received message")
	}
	return m, nil
}

// An append is done in full, answered with a wrong version, or refused; and the client has sent everything by then.
func FuzzAppend(f *testing.F) {
	seed := func(messages ...*streams.AppendReq) {
		var b []byte
		for _, m := range messages {
			one, err := proto.Marshal(m)
			require.NoError(f, err)
			b = append(binary.BigEndian.AppendUint16(b, uint16(len(one))), one...)
		}
		f.Add(b)
	}
	options := func(name string, o *streams.AppendReq_Options) *streams.AppendReq {
		o.StreamIdentifier = &shared.StreamIdentifier{StreamName: []byte(name)}
		return &streams.AppendReq{Content: &streams.AppendReq_Options_{Options: o}}
	}
	event := &streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: &streams.AppendReq_ProposedMessage{
		Id: &shared.UUID{Value: &shared.UUID_String_{String_: "0193a4f0-1111-7222-8333-444455556666"}}, Metadata: map[string]string{"type": "tested.v1", "content-type": "application/json"}, Data: []byte(`{}`),
	}}}
	seed()
	seed(options("test-0", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_Revision{Revision: 3}}), event)
	seed(options("test-0", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_Revision{Revision: 2}}), event)
	seed(options("test-9", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_NoStream{}}), event, event)
	seed(options("test-9", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_Any{}}), event)
	seed(options("test-9", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_StreamExists{}}))
	seed(options("$$test-0", &streams.AppendReq_Options{ExpectedStreamRevision: &streams.AppendReq_Options_Any{}}), event)
	f.Fuzz(func(t *testing.T, b []byte) {
		l := twelve(t)
		g := &sends{ctx: t.Context(), rest: b}
		err := esdbserver.New(l, esdbserver.Options{Append: l}).Append(g)
		grown := ledgertest.Check(t, l) - 12
		switch status.Code(err) {
		case codes.OK:
			require.Less(t, len(g.rest), 2, "not all was read")
			require.True(t, grown == 0 || g.answer.GetSuccess() != nil)
		case codes.Internal: // what grpc says of bytes that are no message
			require.Zero(t, grown)
		case codes.InvalidArgument, codes.PermissionDenied:
			require.Less(t, len(g.rest), 2, "not all was read")
			require.Zero(t, grown)
		default:
			t.Fatalf("%v", err)
		}
	})
}

// A users file says one thing or nothing.
func FuzzUsers(f *testing.F) {
	f.Add("reader 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n")
	f.Add("# nobody\n\n")
	f.Add("a:b 00")
	f.Fuzz(func(t *testing.T, text string) {
		users, err := esdbserver.ParseUsers(strings.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		for name, digest := range users {
			require.NotContains(t, name, ":")
			fmt.Fprintf(&again, "%s %x\n", name, digest)
		}
		same, err := esdbserver.ParseUsers(&again)
		require.NoError(t, err)
		require.Equal(t, users, same)
	})
}
