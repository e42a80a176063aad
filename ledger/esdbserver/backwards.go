package esdbserver

import (
	"context"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A ledger is read forwards, where it is no ledger.Reverser and a stream is read. Reading backwards takes windows from the end, each read forwards and sent the other way
// round. A window holds at most so many records, and no more bytes than that besides its last record. What did not fit is read again, so records are read up to one and a
// half times.
const (
	windowRecords = 4096
	windowBytes   = 1 << 20
)

// backwards sends the records with ordinals below end, the last one first. read yields those from an ordinal on, with their ordinals.
func (c *call) backwards(what string, end uint64, read func(from uint64, yield func(domain.Record, uint64) bool) error) error {
	size := uint64(512)
	var window []domain.Record
	for end > 0 && c.left > 0 {
		want := min(end, size)
		if c.q.match == nil {
			want = min(want, c.left)
		}
		next, bytes := end-want, 0
		window = window[:0]
		err := read(next, func(r domain.Record, at uint64) bool {
			if at != next || next == end {
				return false
			}
			next++
			window, bytes = append(window, r), bytes+weight(r)
			for bytes > windowBytes && len(window) > 1 { // those are read again in the next window
				bytes -= weight(window[0])
				window[0] = domain.Record{}
				window = window[1:]
			}
			return next < end
		})
		if err != nil {
			return err
		}
		if next != end {
			return lacks(what, next)
		}
		for i := len(window) - 1; i >= 0; i-- {
			if more, err := c.record(window[i]); !more {
				return err
			}
		}
		n := uint64(len(window))
		end -= n
		if n < want {
			size = max(n, 1) // as many as fitted
		} else {
			size = min(2*size, windowRecords)
		}
	}
	return nil
}

// weight is about the bytes that r takes.
func weight(r domain.Record) int {
	return len(r.Meta) + len(r.Data) + len(r.Type) + len(r.Stream) + 128
}

// head is the number of records. A reader without a ledger.Header is read to its end for it.
func head(ctx context.Context, l ledger.Reader) (n uint64, err error) {
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

// version is the number of records of stream. A reader without a ledger.Versioner reads it to its end for it.
func version(ctx context.Context, l ledger.Reader, stream domain.StreamID) (n uint64, err error) {
	if v, ok := l.(ledger.Versioner); ok {
		return v.Version(ctx, stream)
	}
	for r, err := range l.Stream(ctx, stream, 0) {
		if err != nil {
			return 0, err
		}
		n = r.Revision + 1
	}
	return n, nil
}
