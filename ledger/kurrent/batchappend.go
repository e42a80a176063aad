package kurrent

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"golang.org/x/sync/semaphore"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// How much is on its way to the server at a time: bytes, and appends, as each counts for at least so many bytes. The server gives up an append that it cannot commit within two seconds by
// default, so it is to have no more than a slow disk commits by then.
const (
	aheadBytes = 2 << 20
	leastBytes = aheadBytes / 512
)

// call makes one call of BatchAppend, from the first batch that is not answered on. It ends with the first answer that is not a yes and, where the context has no deadline, with silence for
// as long as the ledger is patient.
func (in *ingest) call(ctx context.Context) error {
	l := in.l
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	patience := l.patience
	if bounded(ctx) {
		patience = math.MaxInt64
	}
	silence := time.AfterFunc(patience, func() { cancel(ErrUnreachable) })
	defer silence.Stop()
	go func() {
		select {
		case <-l.link.closing:
			cancel(ledger.ErrClosed)
		case <-ctx.Done():
		}
	}()
	conn, err := l.link.own(ctx)
	if err != nil {
		return caused(ctx, err)
	}
	defer func() { _ = conn.Close() }() // never an error
	client := streams.NewStreamsClient(conn)
	if err := l.tail.standsOn(ctx, client); err != nil {
		return caused(ctx, err)
	}
	g, err := client.BatchAppend(leader(ctx))
	if err != nil {
		return caused(ctx, err)
	}
	c := &batchCall{ingest: in, g: g, from: in.acked, mark: rand.Uint64(), ahead: semaphore.NewWeighted(aheadBytes), weight: make(map[int]int64)}
	var sender sync.WaitGroup
	var unsent error // why nothing more is sent
	sender.Go(func() {
		unsent = c.send(ctx)
		_ = g.CloseSend() // if that fails, so does the call
	})
	err = c.receive(func() { silence.Reset(patience) })
	why := caused(ctx, err)
	cancel(nil)
	sender.Wait()
	switch {
	case err == nil:
		return nil
	case errors.Is(unsent, errOneByOne) && errors.Is(err, io.EOF):
		return unsent // the server has answered what was sent
	}
	return why
}

// caused is err, or what ended ctx if we did that.
func caused(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, ErrUnreachable) || errors.Is(cause, ledger.ErrClosed) {
		return fmt.Errorf("%w (%w)", cause, err)
	}
	return err
}

// A batchCall is one call on its way.
type batchCall struct {
	*ingest
	g      streams.Streams_BatchAppendClient
	from   int    // the first batch of it
	mark   uint64 // of its correlation ids
	ahead  *semaphore.Weighted
	mu     sync.Mutex
	weight map[int]int64 // of batches that are on their way; guarded by mu
}

// send sends all batches, as far ahead of their answers as is allowed.
func (c *batchCall) send(ctx context.Context) error {
	for i := c.from; i < len(c.batches); i++ {
		m, size, err := c.request(i)
		if err != nil {
			return err
		}
		w := min(max(size, leastBytes), aheadBytes)
		if err := c.ahead.Acquire(ctx, w); err != nil {
			return err
		}
		c.mu.Lock()
		c.weight[i] = w
		c.mu.Unlock()
		c.sent = true
		if err := c.g.Send(m); err != nil {
			return err
		}
	}
	return nil
}

// request is a batch as the server gets it, and about how large it is.
func (c *batchCall) request(i int) (*streams.BatchAppendReq, int64, error) {
	b := c.batches[i]
	a, err := c.l.appending(b.Stream, b.Version, b.Drafts)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errOneByOne, err)
	}
	o := &streams.BatchAppendReq_Options{
		StreamIdentifier:       &shared.StreamIdentifier{StreamName: []byte(c.l.tail.names.of(b.Stream))},
		ExpectedStreamPosition: &streams.BatchAppendReq_Options_NoStream{NoStream: &emptypb.Empty{}},
	}
	if b.Version > 0 {
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamPosition{StreamPosition: b.Version - 1}
	}
	size := 0
	ms := make([]*streams.BatchAppendReq_ProposedMessage, len(a.events))
	for i, e := range a.events {
		kind := "application/octet-stream"
		if e.ContentType == esdb.ContentTypeJson {
			kind = "application/json"
		}
		ms[i] = &streams.BatchAppendReq_ProposedMessage{
			Id: uuidOf(domain.EventID(e.EventID)), Metadata: map[string]string{"type": e.EventType, "content-type": kind}, CustomMetadata: e.Metadata, Data: e.Data,
		}
		size += len(e.Metadata) + len(e.Data) + len(e.EventType)
	}
	var id domain.EventID
	binary.BigEndian.PutUint64(id[:8], c.mark)
	binary.BigEndian.PutUint64(id[8:], uint64(i))
	return &streams.BatchAppendReq{CorrelationId: uuidOf(id), Options: o, ProposedMessages: ms, IsFinal: true}, int64(size), nil
}

func uuidOf(id domain.EventID) *shared.UUID {
	return &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{
		MostSignificantBits: int64(binary.BigEndian.Uint64(id[:8])), LeastSignificantBits: int64(binary.BigEndian.Uint64(id[8:])),
	}}}
}

// receive takes answers until all batches have one. They need not come in order.
func (c *batchCall) receive(heard func()) error {
	early := make(map[int]bool) // answered before one that stands before it
	for c.acked < len(c.batches) {
		m, err := c.g.Recv()
		if err != nil {
			return err // io.EOF where the server ends the call by itself
		}
		heard()
		i, ok := c.indexOf(m.GetCorrelationId())
		if !ok {
			continue
		}
		if e := m.GetError(); e != nil {
			return answerError(codes.Code(e.GetCode()), e.GetMessage())
		}
		s := m.GetSuccess()
		if s == nil {
			return fmt.Errorf("%w: an answer that says nothing", errLost)
		}
		b := c.batches[i]
		if want := b.Version + uint64(len(b.Drafts)) - 1; s.GetCurrentRevision() != want {
			return &ledger.DamagedError{Where: fmt.Sprintf("stream %.80s", b.Stream),
				Detail: fmt.Sprintf("the server appended up to revision %d where %d follows: the stream was deleted before", s.GetCurrentRevision(), want)}
		}
		c.mu.Lock()
		w := c.weight[i]
		delete(c.weight, i)
		c.mu.Unlock()
		c.ahead.Release(w)
		for early[i] = true; early[c.acked]; c.acked++ {
			delete(early, c.acked)
		}
	}
	return nil
}

// indexOf is the batch that an answer is for. false: it is none that waits for one.
func (c *batchCall) indexOf(id *shared.UUID) (int, bool) {
	n := id.GetStructured()
	if n == nil || uint64(n.GetMostSignificantBits()) != c.mark {
		return 0, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.weight[int(n.GetLeastSignificantBits())]
	return int(n.GetLeastSignificantBits()), ok
}
