package esdbserver

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc/codes"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Append is streams.StreamsServer.Append, for tests. A wrong expected version is an answer, everything else that is wrong a status; either comes after the client has
// sent everything, as a client that cannot send loses the reason.
func (s *Server) Append(g streams.Streams_AppendServer) error {
	a, err := receive(g, s.o.MaxAppend)
	if err != nil {
		return err
	}
	resp, err := s.append(g.Context(), a)
	if err != nil {
		return s.ended(g.Context(), err)
	}
	return g.SendAndClose(resp)
}

// An appending is what a client wants to append.
type appending struct {
	stream   domain.StreamID
	expected expected
	drafts   []ledger.Draft
}

// expected is what a client takes a stream for: one with that many records, one that is there, or any.
type expected struct {
	any, exists bool
	version     uint64
	echo        *streams.AppendResp_WrongExpectedVersion // with the expectation in the client's form
}

// receive reads an append to its end, and then says what is wrong with it.
func receive(g streams.Streams_AppendServer, most int) (a appending, wrong error) {
	ctx, size := g.Context(), 0
	for first := true; ; first = false {
		m, err := g.Recv()
		switch {
		case errors.Is(err, io.EOF) && first:
			return a, invalid("an append begins with its options")
		case errors.Is(err, io.EOF):
			return a, wrong
		case err != nil:
			return a, err
		case wrong != nil:
		case first:
			a.stream, a.expected, wrong = readOptions(ctx, m.GetOptions())
		default:
			var d ledger.Draft
			if d, wrong = readDraft(ctx, m.GetProposedMessage()); wrong != nil {
				continue
			}
			if size += len(d.Data) + len(d.Meta) + 2*len(d.Type); size > most {
				wrong = tooLarge(ctx, most)
			}
			a.drafts = append(a.drafts, d)
		}
		if wrong != nil {
			a.drafts = nil
		}
	}
}

func tooLarge(ctx context.Context, most int) error {
	n := strconv.Itoa(most)
	return refuse(ctx, codes.InvalidArgument, "Maximum Append Size of "+n+" Exceeded.", "exception", "maximum-append-size-exceeded", "maximum-append-size", n)
}

func readOptions(ctx context.Context, o *streams.AppendReq_Options) (domain.StreamID, expected, error) {
	name := domain.StreamID(o.GetStreamIdentifier().GetStreamName())
	e := expected{echo: &streams.AppendResp_WrongExpectedVersion{}}
	switch at := o.GetExpectedStreamRevision().(type) {
	case *streams.AppendReq_Options_Revision:
		e.version = at.Revision + 1
		e.echo.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision{ExpectedRevision: at.Revision}
	case *streams.AppendReq_Options_NoStream:
		e.echo.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: &shared.Empty{}}
	case *streams.AppendReq_Options_StreamExists:
		e.exists = true
		e.echo.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedStreamExists{ExpectedStreamExists: &shared.Empty{}}
	case *streams.AppendReq_Options_Any:
		e.any = true
		e.echo.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedAny{ExpectedAny: &shared.Empty{}}
	default:
		return "", e, invalid("an append expects a revision, no stream, any stream or one that exists")
	}
	switch {
	case name == "":
		return "", e, invalid("the stream has no name")
	case name[0] == '$':
		return "", e, denied(ctx, "a ledger is append-only and holds no streams of the system, such as those with truncation metadata")
	case !e.any && !e.exists && e.version == 0 && o.GetNoStream() == nil:
		return "", e, invalid("no stream has that many records")
	}
	return name, e, nil
}

func readDraft(ctx context.Context, m *streams.AppendReq_ProposedMessage) (ledger.Draft, error) {
	id, ok := readID(m.GetId())
	if m == nil || !ok || id == (domain.EventID{}) {
		return ledger.Draft{}, invalid("an event needs an id")
	}
	for _, key := range []string{"type", "content-type"} {
		if m.Metadata[key] == "" {
			return ledger.Draft{}, refuse(ctx, codes.InvalidArgument, "Required Metadata Property '"+key+"' is missing",
				"exception", "missing-required-metadata-property", "required-metadata-properties", "type,content-type")
		}
	}
	return ledger.Draft{ID: id, Type: m.Metadata["type"], Meta: m.CustomMetadata, Data: m.Data}, nil
}

// append does a, or says that the stream is another one.
func (s *Server) append(ctx context.Context, a appending) (*streams.AppendResp, error) {
	for {
		want := a.expected.version
		if a.expected.any || a.expected.exists || len(a.drafts) == 0 {
			have, at, err := s.find(ctx, a)
			switch {
			case err != nil:
				return nil, err
			case at != nil:
				return appended(at.revision, at.seq), nil
			case a.expected.exists && have == 0, len(a.drafts) == 0 && !a.expected.any && !a.expected.exists && want != have:
				return wrongVersion(a.expected, have), nil
			case len(a.drafts) == 0:
				return appendedNothing(have), nil
			}
			want = have
		}
		seq, err := s.o.Append.Append(ctx, a.stream, want, a.drafts...)
		n := uint64(len(a.drafts))
		var conflict *ledger.ConflictError
		switch {
		case err == nil && n == 1:
			return appended(want, seq), nil
		case err == nil: // which may have been a repetition of several appends, with other records in between
			last, err := s.recordAt(ctx, a.stream, want+n-1)
			return appended(last.Revision, last.Seq), err
		case errors.Is(err, ledger.ErrTooLarge):
			return nil, tooLarge(ctx, domain.MaxRecord)
		case !errors.As(err, &conflict):
			return nil, err
		case a.expected.any, a.expected.exists:
			continue // somebody else was quicker
		}
		if at, err := s.repeated(ctx, a, want); err != nil {
			return nil, err
		} else if at != nil {
			return appended(at.revision, at.seq), nil
		}
		return wrongVersion(a.expected, conflict.Actual), nil
	}
}

// A spot is where the last event of an append stands.
type spot struct{ revision, seq uint64 }

// repeated is the spot where the stream holds exactly the ids of a from a revision on, nil if it does not. EventStoreDB looks at ids alone, the ledger also at what
// they stand for: so here a repetition with other data is answered with success, and whoever wants to know reads what was written.
func (s *Server) repeated(ctx context.Context, a appending, from uint64) (*spot, error) {
	i := 0
	for r, err := range s.reader.Stream(ctx, a.stream, from) {
		if err != nil {
			return nil, err
		}
		if r.ID != a.drafts[i].ID {
			return nil, nil
		}
		if i++; i == len(a.drafts) {
			return &spot{r.Revision, r.Seq}, nil
		}
	}
	return nil, nil
}

// find is the version of the stream, and the spot where its records hold the ids of a in a row, nil if they do nowhere. EventStoreDB looks for them among its recent ids.
func (s *Server) find(ctx context.Context, a appending) (have uint64, at *spot, err error) {
	i := 0
	for r, err := range s.reader.Stream(ctx, a.stream, 0) {
		if err != nil {
			return 0, nil, err
		}
		have = r.Revision + 1
		if len(a.drafts) == 0 || at != nil {
			continue
		}
		if r.ID != a.drafts[i].ID {
			i = 0
		}
		if r.ID == a.drafts[i].ID {
			if i++; i == len(a.drafts) {
				at = &spot{r.Revision, r.Seq}
			}
		}
	}
	return have, at, nil
}

func (s *Server) recordAt(ctx context.Context, stream domain.StreamID, revision uint64) (domain.Record, error) {
	for r, err := range s.reader.Stream(ctx, stream, revision) {
		return r, err
	}
	return domain.Record{}, lacks(where(stream), revision)
}

func appended(revision, seq uint64) *streams.AppendResp {
	return &streams.AppendResp{Result: &streams.AppendResp_Success_{Success: &streams.AppendResp_Success{
		CurrentRevisionOption: &streams.AppendResp_Success_CurrentRevision{CurrentRevision: revision},
		PositionOption: &streams.AppendResp_Success_Position{
			Position: &streams.AppendResp_Position{CommitPosition: position(seq), PreparePosition: position(seq)},
		},
	}}}
}

// appendedNothing answers an append without events, which only asks whether the stream is as expected.
func appendedNothing(have uint64) *streams.AppendResp {
	ok := &streams.AppendResp_Success{PositionOption: &streams.AppendResp_Success_NoPosition{NoPosition: &shared.Empty{}}}
	if ok.CurrentRevisionOption = (&streams.AppendResp_Success_NoStream{NoStream: &shared.Empty{}}); have > 0 {
		ok.CurrentRevisionOption = &streams.AppendResp_Success_CurrentRevision{CurrentRevision: have - 1}
	}
	return &streams.AppendResp{Result: &streams.AppendResp_Success_{Success: ok}}
}

func wrongVersion(e expected, have uint64) *streams.AppendResp {
	w := e.echo
	if w.CurrentRevisionOption = (&streams.AppendResp_WrongExpectedVersion_CurrentNoStream{CurrentNoStream: &shared.Empty{}}); have > 0 {
		w.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentRevision{CurrentRevision: have - 1}
	}
	return &streams.AppendResp{Result: &streams.AppendResp_WrongExpectedVersion_{WrongExpectedVersion: w}}
}

// Delete refuses: what was acknowledged stays.
func (s *Server) Delete(ctx context.Context, _ *streams.DeleteReq) (*streams.DeleteResp, error) {
	return nil, denied(ctx, "a ledger is append-only; nothing is deleted from it")
}

// Tombstone refuses as well.
func (s *Server) Tombstone(ctx context.Context, _ *streams.TombstoneReq) (*streams.TombstoneResp, error) {
	return nil, denied(ctx, "a ledger is append-only; nothing is deleted from it")
}
