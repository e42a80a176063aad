// Package replay runs every fold again from the record alone and says where the world differs. It asks nobody but the record: what a server
// serves is only ever compared, never believed.
package replay

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/projections"
)

// A RecordError says that a record cannot stand where it stands, or cannot be read although its bytes are those that were written.
type RecordError struct {
	Seq    uint64
	Stream domain.StreamID
	Err    error
}

func (e *RecordError) Error() string { return fmt.Sprintf("record %d: %v", e.Seq, e.Err) }

// Unwrap gives the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// chunk is how many records are decoded together. It changes no result.
const chunk = 512

// Facts decodes a source in order, on all cores, and checks on the way that Seq is dense and that Revision is dense in every stream. Its
// memory grows with the number of streams. The first error ends it: the source's own, or a *RecordError.
func Facts(ctx context.Context, source iter.Seq2[domain.Record, error]) iter.Seq2[[]domain.Fact, error] {
	return func(yield func([]domain.Fact, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var done sync.WaitGroup
		defer done.Wait()
		defer cancel()

		type decoded struct {
			facts []domain.Fact
			err   error
		}
		queue := make(chan chan decoded, 2*runtime.GOMAXPROCS(0)) // answers in order of their records
		used := make(chan []domain.Record, cap(queue))            // memory of records that are decoded
		send := func(records []domain.Record, failed error) bool {
			answer := make(chan decoded, 1)
			select {
			case queue <- answer:
			case <-ctx.Done():
				return false
			}
			done.Go(func() {
				facts, err := decode(records)
				if err == nil {
					err = failed
				}
				answer <- decoded{facts, err}
				clear(records)
				select {
				case used <- records[:0]:
				default:
				}
			})
			return failed == nil
		}
		done.Go(func() {
			defer close(queue)
			records := make([]domain.Record, 0, chunk)
			for r, err := range source {
				if err != nil {
					send(records, err)
					return
				}
				if records = append(records, r); len(records) == chunk {
					if !send(records, nil) {
						return
					}
					select {
					case records = <-used:
					default:
						records = make([]domain.Record, 0, chunk)
					}
				}
			}
			send(records, nil)
		})

		order := order{revisions: map[domain.StreamID]*uint64{}}
		for answer := range queue {
			d := <-answer
			for i := range d.facts {
				if err := order.check(&d.facts[i]); err != nil {
					yield(d.facts[:i], err)
					return
				}
			}
			if !yield(d.facts, d.err) || d.err != nil {
				return
			}
		}
		if ctx.Err() != nil {
			yield(nil, context.Cause(ctx))
		}
	}
}

func decode(records []domain.Record) ([]domain.Fact, error) {
	facts, err := domain.DecodeAll(records)
	if err != nil {
		r := &records[len(facts)]
		return facts, &RecordError{r.Seq, r.Stream, err}
	}
	return facts, nil
}

// order checks that nothing is left out, doubled or moved.
type order struct {
	next      uint64
	revisions map[domain.StreamID]*uint64 // the next one of each stream
}

func (o *order) check(f *domain.Fact) error {
	if f.Seq != o.next {
		return &RecordError{f.Seq, f.Stream, fmt.Errorf("record %d must stand here", o.next)}
	}
	next := o.revisions[f.Stream]
	if next == nil {
		// A key must not keep its whole record in memory, and an assignment to a string key that is there would put the new string in its place:
		// hence the copy, and the pointer.
		next = new(uint64)
		o.revisions[domain.StreamID(strings.Clone(string(f.Stream)))] = next
	}
	if f.Revision != *next {
		return &RecordError{f.Seq, f.Stream, fmt.Errorf("%s@%d: revision %d must stand here", f.Stream, f.Revision, *next)}
	}
	o.next++
	*next++
	return nil
}

// Head stands for the end of a source.
const Head = ^uint64(0)

// Rebuild folds the first at records of a source into views and gives the fold and the number of records in it. A source that is shorter than
// at is an error, except for Head.
func Rebuild(ctx context.Context, source iter.Seq2[domain.Record, error], views []projections.View, at uint64) (*projections.Fold, uint64, error) {
	fold := projections.NewFold(views, nil)
	n := uint64(0)
	for facts, err := range Facts(ctx, upTo(source, at)) {
		if err != nil {
			return nil, n, err
		}
		for _, f := range facts {
			if err := fold.Apply(f); err != nil {
				return nil, n, &RecordError{f.Seq, f.Stream, err}
			}
			n++
		}
	}
	if at != Head && n < at {
		return nil, n, fmt.Errorf("%w: it has %d records, not %d", ErrBeyond, n, at)
	}
	return fold, n, nil
}

// upTo ends a source after its first n records.
func upTo(source iter.Seq2[domain.Record, error], n uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		if n == 0 {
			return
		}
		for r, err := range source {
			if !yield(r, err) || err != nil || r.Seq+1 >= n {
				return
			}
		}
	}
}

// Records turns a ledger into a source.
func Records(ctx context.Context, l ledger.Reader) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		for e, err := range l.All(ctx, ledger.Cursor{}) {
			if !yield(e.Record, err) || err != nil {
				return
			}
		}
	}
}

// isFinding tells an error that says something about the record from one that kept us from reading it.
func isFinding(err error) bool {
	var r *RecordError
	var unknown *domain.UnknownEventError
	return errors.Is(err, ledger.ErrDamaged) || (errors.As(err, &r) && !errors.As(err, &unknown))
}

// Document gives one document as it was after the first at records. ErrNotFound where there was none.
func Document(ctx context.Context, source iter.Seq2[domain.Record, error], view projections.View, key string, at uint64) (projections.Document, error) {
	fold, n, err := Rebuild(ctx, source, []projections.View{view}, at)
	if err != nil {
		return projections.Document{}, err
	}
	for ref, d := range fold.Documents() {
		if ref.Key == key {
			return d, nil
		}
	}
	return projections.Document{}, fmt.Errorf("%w: view %s has no document %q after %d records", ErrNotFound, view.Name, key, n)
}
