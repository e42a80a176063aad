package esdbserver

import (
	"context"
	"math"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Read is streams.StreamsServer.Read: a read that ends, or a subscription that does not. Each runs in the goroutine of its call and waits for its own client only: what
// it holds is what the ledger gives at a time, and the window of a read backwards.
//
// What a client gets back is events, or "not found" for a stream that was never written to. The first and last positions that newer servers add are not sent: the Go
// client panics over them.
func (s *Server) Read(r *streams.ReadReq, g streams.Streams_ReadServer) error {
	q, err := parseQuery(r)
	if err != nil {
		return err
	}
	done, err := s.begin()
	if err != nil {
		return err
	}
	defer done()
	ctx := g.Context()
	if q.follow { // a read that ends may do so while the server stops, a subscription would not
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(s.stopping, cancel)()
	}
	c := &call{Server: s, ctx: ctx, q: q, send: g.Send, left: q.count}
	switch {
	case q.follow && q.stream == "":
		err = c.followAll()
	case q.follow:
		err = c.followStream()
	case q.count == 0:
	case q.stream == "":
		err = c.readAll()
	default:
		err = c.readStream()
	}
	return s.ended(g.Context(), err)
}

// begin counts a call in. done counts it out.
func (s *Server) begin() (done func(), err error) {
	select {
	case s.reads <- struct{}{}:
	default:
		return nil, status.Error(codes.Unavailable, "Server Is Too Busy")
	}
	s.calls.Add(1)
	return func() { s.calls.Done(); <-s.reads }, nil
}

// A call is one Read on its way. Its goroutine owns it.
type call struct {
	*Server
	ctx  context.Context
	q    query
	send func(*streams.ReadResp) error
	left uint64 // records that a read still may send
}

// record sends r if it is wanted, and says whether there may be more.
func (c *call) record(r domain.Record) (more bool, err error) {
	if c.q.match != nil && !c.q.match(r) {
		return true, nil
	}
	if err := c.send(eventOf(r, c.q.idText)); err != nil {
		return false, err
	}
	c.left--
	return c.left > 0, nil
}

// readAll reads $all: forwards from a position on, backwards what stands before it.
func (c *call) readAll() error {
	from := c.q.from
	if !c.q.backwards {
		if from.kind == atEnd {
			return nil
		}
		after := ledger.Cursor{}
		if from.at > 0 {
			after.Seq = from.at - 1 // the record at that position is the first one
		}
		for e, err := range c.reader.All(c.ctx, after) {
			if err != nil {
				return err
			}
			if more, err := c.record(e.Record); !more {
				return err
			}
		}
		return nil
	}
	if from.kind == atStart || from.kind == atNumber && from.at < 2 {
		return nil
	}
	end, err := head(c.ctx, c.reader)
	if err != nil {
		return err
	}
	if from.kind == atNumber {
		end = min(end, from.at-1)
	}
	return c.backwards("the ledger", end, func(from uint64, yield func(domain.Record, uint64) bool) error {
		for e, err := range c.reader.All(c.ctx, ledger.Cursor{Seq: from}) {
			if err != nil {
				return err
			}
			if !yield(e.Record, e.Seq) {
				break
			}
		}
		return nil
	})
}

// readStream reads a stream: from a revision on, or back from it, with the record at that revision.
func (c *call) readStream() error {
	from := c.q.from
	if c.q.backwards {
		return c.readStreamBack()
	}
	first := uint64(math.MaxUint64)
	if from.kind != atEnd {
		first = from.at
	}
	sent := false
	for r, err := range c.reader.Stream(c.ctx, c.q.stream, first) {
		if err != nil {
			return err
		}
		sent = true
		if more, err := c.record(r); !more {
			return err
		}
	}
	if sent {
		return nil
	}
	if is, err := c.exists(); err != nil || is {
		return err
	}
	return c.notFound()
}

func (c *call) readStreamBack() error {
	end, err := version(c.ctx, c.reader, c.q.stream)
	switch {
	case err != nil:
		return err
	case end == 0:
		return c.notFound()
	case c.q.from.kind == atStart:
		end = 1
	case c.q.from.kind == atNumber && c.q.from.at < end:
		end = c.q.from.at + 1
	}
	if b, ok := c.reader.(ledger.Reverser); ok {
		return c.streamBack(b, end)
	}
	return c.backwards(where(c.q.stream), end, func(from uint64, yield func(domain.Record, uint64) bool) error {
		for r, err := range c.reader.Stream(c.ctx, c.q.stream, from) {
			if err != nil {
				return err
			}
			if !yield(r, r.Revision) {
				break
			}
		}
		return nil
	})
}

// streamBack reads a stream back from its record end-1, in a ledger that can.
func (c *call) streamBack(b ledger.Reverser, end uint64) error {
	next := end
	for r, err := range b.StreamBack(c.ctx, c.q.stream, end) {
		if err != nil {
			return err
		}
		if next--; r.Revision != next {
			return lacks(where(c.q.stream), next)
		}
		if more, err := c.record(r); !more {
			return err
		}
	}
	if next > 0 {
		return lacks(where(c.q.stream), next-1)
	}
	return nil
}

// exists says whether the stream has any record.
func (c *call) exists() (bool, error) {
	for _, err := range c.reader.Stream(c.ctx, c.q.stream, 0) {
		return err == nil, err
	}
	return false, nil
}

func (c *call) notFound() error {
	return c.send(&streams.ReadResp{Content: &streams.ReadResp_StreamNotFound_{StreamNotFound: &streams.ReadResp_StreamNotFound{
		StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(c.q.stream)},
	}}})
}
