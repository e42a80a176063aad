package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// An overlay is a ledger above another one. It shows what that one had when the overlay was made, and keeps in memory what is appended to it; the
// ledger below is only ever read. So commands can be tried, each on what those before it would have written.
type overlay struct {
	below ledger.Reader
	base  uint64 // records of below that are shown

	mu      sync.Mutex
	records []domain.Record                     // what follows is guarded by mu
	streams map[domain.StreamID][]domain.Record // the same, by stream
	grown   chan struct{}                       // closed by the next append
}

var (
	_ ledger.Ledger = (*overlay)(nil)
	_ ledger.Header = (*overlay)(nil)
)

func newOverlay(ctx context.Context, below ledger.Reader) (*overlay, error) {
	base, err := headOf(ctx, below)
	return &overlay{below: below, base: base, streams: map[domain.StreamID][]domain.Record{}, grown: make(chan struct{})}, err
}

// headOf is the number of records. A ledger that cannot tell is read through.
func headOf(ctx context.Context, l ledger.Reader) (n uint64, err error) {
	if h, ok := l.(ledger.Header); ok {
		return h.Head(ctx)
	}
	for e, err := range l.All(ctx, ledger.Cursor{}) {
		if err != nil {
			return 0, err
		}
		n = e.Cursor.Seq
	}
	return n, nil
}

// Head is that of ledger.Header.
func (o *overlay) Head(ctx context.Context) (uint64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.base + uint64(len(o.records)), ctx.Err()
}

// Append is that of ledger.Appender.
func (o *overlay) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	if len(drafts) == 0 {
		return 0, errors.New("no drafts")
	}
	for _, d := range drafts {
		if n := len(d.Meta) + len(d.Data); n > domain.MaxRecord {
			return 0, fmt.Errorf("%w: this one has %d", ledger.ErrTooLarge, n)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var have, first uint64 // the version of the stream, and the Seq of its record at version
	same := true           // so far as the stream goes on from version, it does with these drafts
	for r, err := range o.stream(ctx, stream, 0, o.streams[stream]) {
		if err != nil {
			return 0, err
		}
		if i := r.Revision - version; r.Revision >= version && i < uint64(len(drafts)) {
			same = same && drafts[i].ID == r.ID && drafts[i].Type == r.Type && bytes.Equal(drafts[i].Data, r.Data)
			if i == 0 {
				first = r.Seq
			}
		}
		have = r.Revision + 1
	}
	switch {
	case have == version:
		return o.add(stream, version, drafts), nil
	case same && have > version && have-version >= uint64(len(drafts)):
		return first, nil
	}
	return 0, &ledger.ConflictError{Stream: stream, Expected: version, Actual: have}
}

func (o *overlay) add(stream domain.StreamID, version uint64, drafts []ledger.Draft) (first uint64) {
	first = o.base + uint64(len(o.records))
	for i, d := range drafts {
		r := domain.Record{
			Seq: first + uint64(i), Stream: stream, Revision: version + uint64(i), ID: d.ID, Type: d.Type, Meta: bytes.Clone(d.Meta), Data: bytes.Clone(d.Data),
		}
		o.records, o.streams[stream] = append(o.records, r), append(o.streams[stream], r)
	}
	close(o.grown)
	o.grown = make(chan struct{})
	return first
}

// Stream is that of ledger.Reader.
func (o *overlay) Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		o.mu.Lock()
		added := o.streams[stream] // what it holds does not change any more
		o.mu.Unlock()
		o.stream(ctx, stream, from, added)(yield)
	}
}

// stream yields what is shown of the stream below from a revision on, and then what was added to it.
func (o *overlay) stream(ctx context.Context, stream domain.StreamID, from uint64, added []domain.Record) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for r, err := range o.below.Stream(ctx, stream, from) {
			if err == nil && r.Seq >= o.base {
				break
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
		for _, r := range added {
			if ctx.Err() != nil {
				break
			}
			if r.Revision < from {
				continue
			}
			if !yield(cloned(r), nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(domain.Record{}, err)
		}
	}
}

// All is that of ledger.Reader.
func (o *overlay) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return o.read(ctx, after, false)
}

// Follow is that of ledger.Reader.
func (o *overlay) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return o.read(ctx, after, true)
}

func (o *overlay) read(ctx context.Context, after ledger.Cursor, wait bool) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		at := after // the iterator may be used again
		if at.Seq < o.base {
			for e, err := range o.below.All(ctx, at) {
				if err == nil && e.Seq >= o.base {
					break
				}
				if !yield(e, err) || err != nil {
					return
				}
				at = e.Cursor
			}
		}
		for first := true; ; first = false {
			o.mu.Lock()
			records, grown := o.records, o.grown
			o.mu.Unlock()
			if head := o.base + uint64(len(records)); first && at.Seq > head {
				yield(ledger.Entry{}, fmt.Errorf("%w: it has %d records, not %d", ledger.ErrCursor, head, at.Seq))
				return
			}
			for _, r := range records[at.Seq-o.base:] {
				if ctx.Err() != nil {
					break
				}
				at = ledger.Cursor{Seq: r.Seq + 1}
				if !yield(ledger.Entry{Record: cloned(r), Cursor: at}, nil) {
					return
				}
			}
			if wait {
				select {
				case <-grown:
				case <-ctx.Done():
				}
			}
			if err := ctx.Err(); err != nil || !wait {
				if err != nil {
					yield(ledger.Entry{}, err)
				}
				return
			}
		}
	}
}

func cloned(r domain.Record) domain.Record {
	r.Meta, r.Data = bytes.Clone(r.Meta), bytes.Clone(r.Data)
	return r
}
