// Package ledger is the append-only record of everything that happened: four methods and what they promise.
//
// Records of one stream are dense in Revision, records of the whole ledger dense in Seq, both from 0. What was acknowledged is durable
// and never changes. Package ledgertest is this contract as a test suite; every adapter passes it.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"daybook.internal/domain"
)

// A Draft is an event that is not in the ledger yet. Its ID makes the append idempotent. The ledger keeps Meta and Data byte for byte.
type Draft struct {
	ID         domain.EventID
	Type       string
	Meta, Data []byte
}

// A Batch is one append: drafts for the end of Stream, decided on its first Version events.
type Batch struct {
	Stream  domain.StreamID
	Version uint64
	Drafts  []Draft
}

// A Cursor is a place between two records: the number of records before it, and the adapter's own bookmark for that place. The zero Cursor is
// the beginning. Nobody but the adapter reads Token. A cursor without a Token is found by its Seq alone, which may take an adapter a while;
// with the Token, the adapter can tell that the place is in this ledger and not in another one.
type Cursor struct {
	Seq   uint64
	Token string
}

// An Entry is a record and the place after it.
type Entry struct {
	domain.Record
	Cursor Cursor
}

// Appender is the writing half of a ledger.
type Appender interface {
	// Append adds drafts to the end of stream, all or none, and returns the Seq of the first one; the others follow it without a
	// gap. When it returns nil, they are durable. Names of streams and types are UTF-8 without NUL, of at most 65,535 and 255 bytes. version is the number of events that the decision was based on; there is no "any".
	//
	// Where the stream already holds these drafts at these revisions, nothing is written and the answer is the Seq of the first one. Drafts
	// are the same if id, Type and Data are; Meta tells of the attempt, and that of the first one stands. Where it has moved on otherwise, the error is a *ConflictError. No drafts at all is an error.
	//
	// A context that is done before the append was taken up means that nothing is written, and its error is returned. After any
	// other error the outcome is unknown unless the error says otherwise, as ErrUnavailable does, and the caller may try the same append again.
	Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...Draft) (uint64, error)
}

// Bulk is what an adapter may offer besides: many appends with one wait for the disk.
type Bulk interface {
	// AppendBatches does the appends in their order, each as Append would, none of them interleaved with those of other callers in between.
	// It returns how many of them are durable, counted from the front, and how many records were new; the error belongs to the batch after those.
	AppendBatches(ctx context.Context, batches []Batch) (done, written int, err error)
}

// Ingester is what an adapter may offer besides, for copies: batches in their order, with many of them on their way at a time.
type Ingester interface {
	// Ingest does what AppendBatches does, where nobody else appends. Where somebody does, or a batch is refused, batches behind it may stand in the ledger all the same: so
	// whoever ingests reads what stands there afterwards, and compares. It returns how many batches are durable, counted from the front; the error belongs to the one after those.
	Ingest(ctx context.Context, batches []Batch) (done int, err error)
}

// Reader is the reading half of a ledger. An iterator yields an error at most once, as its last pair: an interrupted read never looks like an
// end. The byte slices of a yielded record belong to the receiver.
type Reader interface {
	// Stream yields the records of stream from revision from on. An unknown stream is an empty one, and beyond its end there is nothing: who knows
	// a stream's first records reads what has come since, which is quick where nothing has.
	Stream(ctx context.Context, stream domain.StreamID, from uint64) iter.Seq2[domain.Record, error]

	// All yields every record after the given place, in Seq order, and ends at a head that is not before the one at its start. A place that
	// is not in this ledger is ErrCursor.
	All(ctx context.Context, after Cursor) iter.Seq2[Entry, error]

	// Follow yields what All yields and then waits for more. It ends with the error of ctx, or with that of a broken read.
	Follow(ctx context.Context, after Cursor) iter.Seq2[Entry, error]
}

// Header is what a reader may offer besides: the number of records, without reading them.
type Header interface {
	Head(ctx context.Context) (uint64, error)
}

// Versioner is what a reader may offer besides: the number of records of a stream, without reading them.
type Versioner interface {
	Version(ctx context.Context, stream domain.StreamID) (uint64, error)
}

// Reverser is what a reader may offer besides: a stream from its end, at no more than the cost of reading it forwards.
type Reverser interface {
	// StreamBack yields the records of stream with revisions below before, the last one first.
	StreamBack(ctx context.Context, stream domain.StreamID, before uint64) iter.Seq2[domain.Record, error]
}

// Ledger is both halves.
type Ledger interface {
	Appender
	Reader
}

// ErrConflict is what every *ConflictError is.
var ErrConflict = errors.New("the stream has moved on")

// A ConflictError says that a decision was based on Expected events while the stream has Actual ones.
type ConflictError struct {
	Stream           domain.StreamID
	Expected, Actual uint64
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: %v: expected version %d, actual version %d", e.Stream, ErrConflict, e.Expected, e.Actual)
}

// Is makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// ErrDamaged is what every *DamagedError is.
var ErrDamaged = errors.New("the ledger is damaged")

// A DamagedError names what is not as it was written.
type DamagedError struct {
	Where  string // in words: the file, and the record and the stream where they can be told
	Detail string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%v: %s: %s", ErrDamaged, e.Where, e.Detail)
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }

// ErrTooLarge says that Meta and Data of a draft are longer than domain.MaxRecord.
var ErrTooLarge = fmt.Errorf("a record holds at most %d bytes", domain.MaxRecord)

// ErrCursor says that a cursor is not a place in this ledger: it is another ledger's, or the ledger was put back to an earlier day.
var ErrCursor = errors.New("the cursor is not a place in this ledger")

// ErrUnavailable says that the ledger cannot be asked for now: its server does not answer, or does not let us in. Nothing is known to be wrong with the ledger, and an
// append that ends so has written nothing.
var ErrUnavailable = errors.New("the ledger is not available")

// ErrUnknownOutcome says that an append was sent and that nobody knows what became of it. The same append may be tried again: the ledger recognises what it has.
var ErrUnknownOutcome = errors.New("the outcome of an append is unknown")

// ErrClosed says that the ledger was closed.
var ErrClosed = errors.New("the ledger is closed")

// AppendBatches uses l's Bulk where it has one, and appends one batch after the other where it has none.
func AppendBatches(ctx context.Context, l Ledger, batches []Batch) (done, written int, err error) {
	if b, ok := l.(Bulk); ok {
		return b.AppendBatches(ctx, batches)
	}
	for i, b := range batches {
		have, err := versionOf(ctx, l, b.Stream)
		if err != nil {
			return i, written, err
		}
		if _, err := l.Append(ctx, b.Stream, b.Version, b.Drafts...); err != nil {
			return i, written, err
		}
		if have <= b.Version {
			written += len(b.Drafts)
		}
	}
	return len(batches), written, nil
}

func versionOf(ctx context.Context, l Reader, stream domain.StreamID) (n uint64, err error) {
	if v, ok := l.(Versioner); ok {
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
