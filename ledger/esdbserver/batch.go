package esdbserver

import (
	"context"
	"errors"
	"io"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/emptypb"

	"daybook.internal/ledger"
)

// Limits of what one call of BatchAppend holds in memory.
const (
	maxProposals  = 512 // that have come and are not appended; the client waits then
	maxFragmented = 64  // that have begun and not ended
)

// BatchAppend is streams.StreamsServer.BatchAppend, for tests: many appends on one call, each answered when it is done. They are made in the order in which they were ended, as
// EventStoreDB makes them: it takes them from the call one after the other and puts each into the queue of its one writer (Streams.BatchAppend.cs, RequestManagementService.cs and
// StorageWriterService.cs in its sources, version 25.0). One that is refused holds up none of those behind it.
//
// What has come meanwhile is appended together where the ledger can, so it waits for the disk once.
func (s *Server) BatchAppend(g streams.Streams_BatchAppendServer) error {
	done, err := s.begin()
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancel(g.Context())
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	var broken error // why there are no more; set before come is closed
	come := make(chan proposal, maxProposals)
	go func() { // which ends with the call
		defer close(come)
		broken = receiveBatches(ctx, g, s.o.MaxAppend, come)
	}()
	for {
		select {
		case p, ok := <-come:
			if !ok {
				return s.ended(g.Context(), broken)
			}
			if err := s.appendAll(ctx, andMore(p, come), g.Send); err != nil {
				return s.ended(g.Context(), err)
			}
		case <-ctx.Done():
			return s.ended(g.Context(), ctx.Err())
		}
	}
}

// A proposal is one append of a call, from its first fragment to its last.
type proposal struct {
	appending
	id    *shared.UUID
	name  *shared.StreamIdentifier
	size  int
	wrong error // why it is refused
}

// andMore is p and what has come behind it.
func andMore(p proposal, come <-chan proposal) []proposal {
	ps := []proposal{p}
	for len(ps) < maxProposals {
		select {
		case next, ok := <-come:
			if !ok {
				return ps // whoever looks next sees it too
			}
			ps = append(ps, next)
		default:
			return ps
		}
	}
	return ps
}

// receiveBatches puts proposals together, and hands them over when they have ended.
func receiveBatches(ctx context.Context, g streams.Streams_BatchAppendServer, most int, come chan<- proposal) error {
	begun := make(map[string]*proposal)
	for {
		m, err := g.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		key := m.GetCorrelationId().String()
		p := begun[key]
		if p == nil {
			if len(begun) == maxFragmented {
				return invalid("more than %d appends have begun and not ended", maxFragmented)
			}
			p = &proposal{id: m.GetCorrelationId(), name: m.GetOptions().GetStreamIdentifier()}
			p.stream, p.expected, p.wrong = readOptions(context.Background(), optionsOf(m.GetOptions()))
			begun[key] = p
		}
		p.add(m.GetProposedMessages(), most)
		if !m.GetIsFinal() {
			continue
		}
		delete(begun, key)
		select {
		case come <- *p:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// optionsOf says the same as the options of an append of its own.
func optionsOf(o *streams.BatchAppendReq_Options) *streams.AppendReq_Options {
	to := &streams.AppendReq_Options{StreamIdentifier: o.GetStreamIdentifier()}
	switch at := o.GetExpectedStreamPosition().(type) {
	case *streams.BatchAppendReq_Options_StreamPosition:
		to.ExpectedStreamRevision = &streams.AppendReq_Options_Revision{Revision: at.StreamPosition}
	case *streams.BatchAppendReq_Options_NoStream:
		to.ExpectedStreamRevision = &streams.AppendReq_Options_NoStream{NoStream: &shared.Empty{}}
	case *streams.BatchAppendReq_Options_Any:
		to.ExpectedStreamRevision = &streams.AppendReq_Options_Any{Any: &shared.Empty{}}
	case *streams.BatchAppendReq_Options_StreamExists:
		to.ExpectedStreamRevision = &streams.AppendReq_Options_StreamExists{StreamExists: &shared.Empty{}}
	}
	return to
}

// add takes in messages, until something is wrong.
func (p *proposal) add(messages []*streams.BatchAppendReq_ProposedMessage, most int) {
	for _, m := range messages {
		if p.wrong != nil {
			break
		}
		var d ledger.Draft
		d, p.wrong = readDraft(context.Background(), &streams.AppendReq_ProposedMessage{Id: m.GetId(), Metadata: m.GetMetadata(), CustomMetadata: m.GetCustomMetadata(), Data: m.GetData()})
		if p.size += len(d.Data) + len(d.Meta) + 2*len(d.Type); p.wrong == nil && p.size > most {
			p.wrong = tooLarge(context.Background(), most)
		}
		p.drafts = append(p.drafts, d)
	}
	if p.wrong != nil {
		p.drafts = nil
	}
}

// plain says whether p is what a ledger appends as it is.
func (p *proposal) plain() bool {
	return p.wrong == nil && len(p.drafts) > 0 && !p.expected.any && !p.expected.exists
}

// appendAll makes appends in their order, and answers each.
func (s *Server) appendAll(ctx context.Context, ps []proposal, send func(*streams.BatchAppendResp) error) error {
	for len(ps) > 0 {
		n := 0
		if bulk, ok := s.o.Append.(ledger.Bulk); ok {
			var err error
			if n, err = s.appendBulk(ctx, bulk, ps, send); err != nil {
				return err
			}
		}
		if ps = ps[n:]; len(ps) == 0 {
			return nil
		}
		// What a bulk append does not do, or stops at, is done alone, which says why.
		resp, err := s.appendOne(ctx, ps[0])
		if err == nil {
			err = send(resp)
		}
		if err != nil {
			return err
		}
		ps = ps[1:]
	}
	return nil
}

// appendBulk appends the first ones of ps together, as far as the ledger takes them, answers them, and says how many they were.
func (s *Server) appendBulk(ctx context.Context, bulk ledger.Bulk, ps []proposal, send func(*streams.BatchAppendResp) error) (int, error) {
	var batches []ledger.Batch
	for i := 0; i < len(ps) && ps[i].plain(); i++ {
		batches = append(batches, ledger.Batch{Stream: ps[i].stream, Version: ps[i].expected.version, Drafts: ps[i].drafts})
	}
	if len(batches) < 2 {
		return 0, nil
	}
	done, written, _ := bulk.AppendBatches(ctx, batches)
	drafts := 0
	for _, b := range batches[:done] {
		drafts += len(b.Drafts)
	}
	seq := uint64(0) // of the record behind the last one that was answered, where all of them are new and so stand in a row
	for i, b := range batches[:done] {
		n := uint64(len(b.Drafts))
		if last := b.Version + n - 1; i == 0 || written < drafts {
			r, err := s.recordAt(ctx, b.Stream, last)
			if err != nil {
				return i, err
			}
			seq = r.Seq + 1
		} else {
			seq += n
		}
		if err := send(ps[i].answer(appended(b.Version+n-1, seq-1))); err != nil {
			return i, err
		}
	}
	return done, nil
}

// appendOne makes one append. What is wrong with it is an answer; an error ends the call.
func (s *Server) appendOne(ctx context.Context, p proposal) (*streams.BatchAppendResp, error) {
	err := p.wrong
	if err == nil {
		var resp *streams.AppendResp
		if resp, err = s.append(ctx, p.appending); err == nil {
			return p.answer(resp), nil
		}
	}
	told, ok := status.FromError(err)
	if !ok {
		return nil, err
	}
	switch told.Code() {
	case codes.PermissionDenied:
		return p.refused(codes.PermissionDenied, "AccessDenied", &shared.AccessDenied{}), nil
	case codes.InvalidArgument:
		return p.refused(codes.InvalidArgument, told.Message(), &shared.BadRequest{Message: told.Message()}), nil
	}
	return nil, err
}

func (p *proposal) refused(code codes.Code, message string, detail protoadapt.MessageV1) *streams.BatchAppendResp {
	s := status.New(code, message)
	if with, err := s.WithDetails(detail); err == nil {
		s = with
	}
	return &streams.BatchAppendResp{CorrelationId: p.id, StreamIdentifier: p.name, Result: &streams.BatchAppendResp_Error{Error: s.Proto()}}
}

// answer says what an append of its own would be answered.
func (p *proposal) answer(r *streams.AppendResp) *streams.BatchAppendResp {
	if w := r.GetWrongExpectedVersion(); w != nil {
		return p.refused(codes.AlreadyExists, "WrongExpectedVersion", wrongVersionOf(w))
	}
	from, to := r.GetSuccess(), &streams.BatchAppendResp_Success{}
	switch at := from.GetCurrentRevisionOption().(type) {
	case *streams.AppendResp_Success_CurrentRevision:
		to.CurrentRevisionOption = &streams.BatchAppendResp_Success_CurrentRevision{CurrentRevision: at.CurrentRevision}
	default:
		to.CurrentRevisionOption = &streams.BatchAppendResp_Success_NoStream{NoStream: &emptypb.Empty{}}
	}
	if at := from.GetPosition(); at != nil {
		to.PositionOption = &streams.BatchAppendResp_Success_Position{Position: &shared.AllStreamPosition{CommitPosition: at.CommitPosition, PreparePosition: at.PreparePosition}}
	} else {
		to.PositionOption = &streams.BatchAppendResp_Success_NoPosition{NoPosition: &emptypb.Empty{}}
	}
	return &streams.BatchAppendResp{CorrelationId: p.id, StreamIdentifier: p.name, Result: &streams.BatchAppendResp_Success_{Success: to}}
}

func wrongVersionOf(w *streams.AppendResp_WrongExpectedVersion) *shared.WrongExpectedVersion {
	to := &shared.WrongExpectedVersion{}
	switch at := w.GetCurrentRevisionOption().(type) {
	case *streams.AppendResp_WrongExpectedVersion_CurrentRevision:
		to.CurrentStreamRevisionOption = &shared.WrongExpectedVersion_CurrentStreamRevision{CurrentStreamRevision: at.CurrentRevision}
	default:
		to.CurrentStreamRevisionOption = &shared.WrongExpectedVersion_CurrentNoStream{CurrentNoStream: &emptypb.Empty{}}
	}
	switch at := w.GetExpectedRevisionOption().(type) {
	case *streams.AppendResp_WrongExpectedVersion_ExpectedRevision:
		to.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedStreamPosition{ExpectedStreamPosition: at.ExpectedRevision}
	case *streams.AppendResp_WrongExpectedVersion_ExpectedAny:
		to.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedAny{ExpectedAny: &emptypb.Empty{}}
	case *streams.AppendResp_WrongExpectedVersion_ExpectedStreamExists:
		to.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedStreamExists{ExpectedStreamExists: &emptypb.Empty{}}
	default:
		to.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: &emptypb.Empty{}}
	}
	return to
}
