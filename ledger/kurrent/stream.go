package kurrent

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A page is what one read of a stream brings, or what is handed over at once: no call lasts while the receiver works, and no more than this is held in memory.
const (
	pageRecords = 1024
	pageBytes   = 1 << 20 // a page ends with the record that passes this
)

// Stream is that of ledger.Reader. It reads page by page, so a long stream may grow while it is read.
func (l *Ledger) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		if err := l.readStream(ctx, stream, from, func(r domain.Record) bool { return yield(r, nil) }); err != nil {
			yield(domain.Record{}, err)
		}
	}
}

func (l *Ledger) readStream(ctx context.Context, stream domain.StreamID, from uint64, yield func(domain.Record) bool) error {
	for {
		page, err := l.streamPage(ctx, stream, from)
		if err != nil {
			return err
		}
		for _, in := range page {
			if err := ctx.Err(); err != nil {
				return err
			}
			if in.err != nil {
				return in.err
			}
			if !yield(in.Record) {
				return nil
			}
		}
		from += uint64(len(page))
		if len(page) == 0 {
			return ctx.Err()
		}
	}
}

// streamPage is a page of a stream, with Seq and in the order of revisions.
func (l *Ledger) streamPage(ctx context.Context, stream domain.StreamID, from uint64) ([]entry, error) {
	if err := l.begin(ctx); err != nil || from > math.MaxInt64 {
		return nil, err
	}
	ctx, cancel := l.patient(ctx)
	defer cancel()
	page, err := l.page(ctx, stream, from, pageRecords)
	if err != nil {
		return nil, err
	}
	for i := range page {
		if page[i].Revision != from+uint64(i) {
			return nil, lacks(stream, from+uint64(i))
		}
		if page[i].Seq, err = l.seqOf(ctx, page[i]); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// page reads records of a stream, at most so many and without their Seq. None at all are the end.
func (l *Ledger) page(ctx context.Context, stream domain.StreamID, from, most uint64) ([]entry, error) {
	page, err := call(ctx, l.link, func(ctx context.Context, c *esdb.Client) ([]entry, error) {
		s, err := c.ReadStream(ctx, l.tail.names.of(stream), esdb.ReadStreamOptions{From: esdb.Revision(from), Direction: esdb.Forwards}, most)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		var page []entry
		var scratch []byte
		for bytes := 0; uint64(len(page)) < most && bytes < pageBytes; {
			e, err := s.Recv()
			if isEnd(err) {
				break
			}
			if err != nil {
				return nil, err
			}
			var in entry
			in, scratch = l.tail.entryOf(stream, e.Event, scratch)
			page = append(page, in)
			bytes += len(in.Meta) + len(in.Data)
		}
		return page, nil
	})
	if err != nil && kindOf(err) == missing {
		return nil, nil
	}
	return page, l.streamErr(stream, err)
}

// Version is that of ledger.Versioner.
func (l *Ledger) Version(ctx context.Context, stream domain.StreamID) (uint64, error) {
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	ctx, cancel := l.patient(ctx)
	defer cancel()
	return l.version(ctx, stream)
}

// version is the number of records of a stream.
func (l *Ledger) version(ctx context.Context, stream domain.StreamID) (uint64, error) {
	n, err := call(ctx, l.link, func(ctx context.Context, c *esdb.Client) (uint64, error) {
		s, err := c.ReadStream(ctx, l.tail.names.of(stream), esdb.ReadStreamOptions{From: esdb.End{}, Direction: esdb.Backwards}, 1)
		if err != nil {
			return 0, err
		}
		defer s.Close()
		e, err := s.Recv()
		if isEnd(err) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		return e.Event.EventNumber + 1, nil
	})
	if err != nil && kindOf(err) == missing {
		return 0, nil
	}
	return n, l.streamErr(stream, err)
}

// seqOf is the Seq of a record that was read from its stream, and sees that it is the one that was counted.
func (l *Ledger) seqOf(ctx context.Context, in entry) (seq uint64, err error) {
	found, check := false, uint32(0)
	t := l.tail
	err = t.wait(ctx, func() bool {
		if seq, found = t.places.seq(in.position); found {
			_, check = t.places.at(seq)
		}
		return found || t.known >= in.position
	})
	if err == nil && (!found || check != in.check) {
		where := fmt.Sprintf("%.80s@%d, at position %d of the server", in.Stream, in.Revision, in.position)
		err = &ledger.DamagedError{Where: where, Detail: "the stream shows another record than the log"}
	}
	return seq, err
}

// lacks says that a stream has later records and not this one.
func lacks(stream domain.StreamID, revision uint64) error {
	return &ledger.DamagedError{Where: fmt.Sprintf("stream %.80s", stream), Detail: fmt.Sprintf("record %d is missing while others follow it", revision)}
}
