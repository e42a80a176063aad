package esdbserver

import (
	"math"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// followAll is a subscription to $all: what stands after a position, then "caught up", then what comes.
//
// With a filter there is a checkpoint after every interval of considered records, and one before "caught up": who keeps it need not look at
// those records again.
func (c *call) followAll() error {
	after := ledger.Cursor{}
	if c.q.from.kind != atStart {
		end, err := head(c.ctx, c.reader)
		if err != nil {
			return err
		}
		if after.Seq = end; c.q.from.kind == atNumber {
			if after.Seq = c.q.from.at; after.Seq > end {
				return ledger.ErrCursor
			}
		}
	}
	if err := c.confirm(); err != nil {
		return err
	}
	considered := uint64(0)
	entry := func(e ledger.Entry) error {
		after = e.Cursor
		if c.q.match == nil || c.q.match(e.Record) {
			if err := c.send(eventOf(e.Record, c.q.idText)); err != nil {
				return err
			}
		}
		if considered++; c.q.interval > 0 && considered%c.q.interval == 0 {
			return c.checkpoint(after.Seq)
		}
		return nil
	}
	for e, err := range c.reader.All(c.ctx, after) {
		if err == nil {
			err = entry(e)
		}
		if err != nil {
			return err
		}
	}
	if c.q.interval > 0 {
		if err := c.checkpoint(after.Seq); err != nil {
			return err
		}
	}
	if err := c.send(caughtUpAll(time.Now(), after.Seq)); err != nil {
		return err
	}
	for e, err := range c.reader.Follow(c.ctx, after) {
		if err == nil {
			err = entry(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// followStream is a subscription to one stream, which need not be there yet.
func (c *call) followStream() error {
	w, err := c.notices.join(c.ctx, c.q.stream)
	if err != nil {
		return err
	}
	defer w.leave()
	next := uint64(0)
	switch c.q.from.kind {
	case atEnd:
		if next, err = version(c.ctx, c.reader, c.q.stream); err != nil {
			return err
		}
	case atNumber:
		if next, err = c.after(c.q.from.at); err != nil {
			return err
		}
	}
	if err := c.confirm(); err != nil {
		return err
	}
	for live := false; ; live = true {
		for r, err := range c.reader.Stream(c.ctx, c.q.stream, next) {
			if err != nil {
				return err
			}
			if r.Revision != next {
				return lacks(where(c.q.stream), next)
			}
			if err := c.send(eventOf(r, c.q.idText)); err != nil {
				return err
			}
			next++
		}
		if !live {
			if err := c.send(caughtUpStream(time.Now(), next)); err != nil {
				return err
			}
		}
		if err := w.wait(c.ctx); err != nil {
			return err
		}
	}
}

// after is the revision after one that a subscriber has seen. A revision that the stream does not have was seen elsewhere.
func (c *call) after(seen uint64) (uint64, error) {
	if seen < math.MaxInt64 {
		for _, err := range c.reader.Stream(c.ctx, c.q.stream, seen) {
			return seen + 1, err
		}
	}
	return 0, status.Errorf(codes.OutOfRange, "the stream has no revision %d: it was read from another ledger, or this one was put back to an earlier day", seen)
}

func (c *call) confirm() error {
	return c.send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{Confirmation: &streams.ReadResp_SubscriptionConfirmation{SubscriptionId: newID()}}})
}

func (c *call) checkpoint(at uint64) error {
	return c.send(&streams.ReadResp{Content: &streams.ReadResp_Checkpoint_{Checkpoint: &streams.ReadResp_Checkpoint{CommitPosition: at, PreparePosition: at}}})
}

// caughtUpAll tells a subscriber of $all that it has seen everything up to a position. caughtUpStream tells one of a stream that it has seen its first n records.
//
// The message is empty in v4.2.0. Newer clients read fields in it, and take an empty one for an event:
//
//	1  google.protobuf.Timestamp  when
//	2  int64                      stream_revision: the last one, where there is one
//	3  Position                   1: commit_position, 2: prepare_position
func caughtUpAll(now time.Time, at uint64) *streams.ReadResp {
	pos := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), at)
	pos = protowire.AppendVarint(protowire.AppendTag(pos, 2, protowire.VarintType), at)
	return caughtUp(now, protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), pos))
}

func caughtUpStream(now time.Time, n uint64) *streams.ReadResp {
	if n == 0 {
		return caughtUp(now, nil)
	}
	return caughtUp(now, protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), n-1))
}

func caughtUp(now time.Time, where []byte) *streams.ReadResp {
	at, _ := proto.Marshal(timestamppb.New(now)) // two numbers; it cannot fail
	fields := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), at)
	message := &streams.ReadResp_CaughtUp{}
	message.ProtoReflect().SetUnknown(append(fields, where...))
	return &streams.ReadResp{Content: &streams.ReadResp_CaughtUp_{CaughtUp: message}}
}

// newID is the id of a subscription, which means nothing to anybody.
func newID() string {
	var id domain.EventID
	randomBytes(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4 (RFC 9562 5.4)
	return id.String()
}
