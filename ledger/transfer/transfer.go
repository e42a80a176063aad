// Package transfer copies one ledger into another, record for record, so that both have the same leaves and the same root.
//
// The rule it keeps: what stands in the target at any moment is the beginning of the source. So a copy that was cut off is gone on with by copying again; a target
// that has anything else is refused before anything is written; and nothing counts as copied that the target has not given back, byte for byte.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// A Source is what is copied: the half of a ledger.Reader that reads all of it.
type Source interface {
	All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error]
}

// A Report says what two ledgers have in common after a copy.
type Report struct {
	Records uint64    // of the target, and of the source as far as it was read
	Had     uint64    // how many of them the target had before
	Root    tlog.Hash // of the tree over the leaves of all of them, in the source and in the target (RFC 6962)
}

// ErrOther says that the target is not the beginning of the source.
var ErrOther = errors.New("the target is not the beginning of the source")

// Copy appends to the target what it lacks of the source, up to the head that the source has when it is reached, and compares everything else that the target has.
// progress, which may be nil, is told how many records of the source are done, and how many it has as far as that is known.
//
// Streams, revisions, ids, types and the bytes of Meta and Data stay what they are, and the order of the whole ledger does. What was one append in the source may be several here:
// after a kill the target may end within one, which nobody should read before the copy has been finished. Nobody else may append to the target meanwhile; Copy finds it out.
//
// After an error other than ErrOther, copying again goes on from where the target ends.
func Copy(ctx context.Context, from Source, to ledger.Ledger, progress func(done, total uint64)) (Report, error) {
	c := &copying{to: to, progress: progress}
	if c.progress == nil {
		c.progress = func(uint64, uint64) {}
	}
	if h, ok := from.(ledger.Header); ok {
		n, err := h.Head(ctx)
		if err != nil {
			return Report{}, fmt.Errorf("copy: source: %w", err)
		}
		c.total = n
	}
	source, stop := read(ctx, from, ledger.Cursor{})
	defer stop()
	rest, err := c.compare(ctx, source)
	for err == nil && len(rest.records) > 0 {
		if err = c.append(ctx, rest); err == nil {
			rest, err = next(ctx, source, "source")
		}
	}
	if err != nil {
		return Report{}, fmt.Errorf("copy: %w", err)
	}
	r := Report{Records: uint64(c.here.Size()), Had: c.had, Root: c.here.Root()}
	if root := c.there.Root(); c.there.Size() != c.here.Size() || root != r.Root {
		return r, &ledger.DamagedError{Where: "the target", Detail: fmt.Sprintf("its %d records come to the root %v, those of the source to %v", c.there.Size(), root, r.Root)}
	}
	return r, nil
}

// copying is a copy on its way.
type copying struct {
	to          ledger.Ledger
	progress    func(done, total uint64)
	total       uint64
	had         uint64
	here, there notary.Tree   // of what was read in the source, and in the target
	at          ledger.Cursor // in the target, after the last record that was compared
}

// compare goes through what the target has, and gives what the source has besides in the part where the target ends.
func (c *copying) compare(ctx context.Context, source <-chan part) (rest part, err error) {
	target, stop := read(ctx, c.to, ledger.Cursor{})
	defer stop()
	for {
		have, err := next(ctx, target, "target")
		if err != nil {
			return part{}, err
		}
		if len(have.records) == 0 {
			return next(ctx, source, "source")
		}
		want, err := next(ctx, source, "source")
		if err != nil {
			return part{}, err
		}
		n := min(len(have.records), len(want.records))
		if i := differ(want.records[:n], have.records[:n]); i < n {
			w, h := want.records[i], have.records[i]
			return part{}, fmt.Errorf("%w: record %d of it is %s@%d (%s), and not %s@%d (%s)%s; choose an empty target, or the one that this source was copied to before",
				ErrOther, h.Seq, h.Stream, h.Revision, h.Type, w.Stream, w.Revision, w.Type, sameName(w, h))
		}
		if len(have.records) > n {
			return part{}, fmt.Errorf("%w: it goes on after record %d, where the source ends; is it the source?", ErrOther, int(c.had)+n-1)
		}
		if err := c.take(want.first(n), have); err != nil {
			return part{}, err
		}
		c.had += uint64(n)
		if n < len(want.records) {
			return want.after(n), nil
		}
	}
}

// sameName says what tells two records apart that are called the same.
func sameName(a, b domain.Record) string {
	if a.Stream == b.Stream && a.Revision == b.Revision && a.Type == b.Type {
		return ", which has another id, Meta or Data"
	}
	return ""
}

// append appends a part of the source to the target, and reads it there again.
func (c *copying) append(ctx context.Context, p part) error {
	batches := make([]ledger.Batch, len(p.records))
	for i, r := range p.records {
		batches[i] = ledger.Batch{Stream: r.Stream, Version: r.Revision, Drafts: []ledger.Draft{{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data}}}
	}
	first := p.records[0].Seq
	if done, err := put(ctx, c.to, batches); errors.Is(err, ledger.ErrConflict) {
		return fmt.Errorf("target: record %d: %w: somebody else appends to it; stop that first", first+uint64(done), err)
	} else if err != nil {
		return fmt.Errorf("target: record %d: %w", first+uint64(done), err)
	}
	target, stop := read(ctx, c.to, c.at)
	defer stop()
	for len(p.records) > 0 {
		have, err := next(ctx, target, "target")
		if err != nil {
			return err
		}
		if len(have.records) == 0 {
			return &ledger.DamagedError{Where: fmt.Sprintf("the target, record %d", p.records[0].Seq), Detail: "it was appended, and is not there"}
		}
		n := min(len(have.records), len(p.records))
		if i := differ(p.records[:n], have.records[:n]); i < n {
			h := have.records[i]
			return &ledger.DamagedError{Where: fmt.Sprintf("the target, record %d", h.Seq),
				Detail: fmt.Sprintf("it gives back %s@%d (%s), and that is not what was appended there: somebody else appends to it, or it has changed the order; stop that, and choose an empty target", h.Stream, h.Revision, h.Type)}
		}
		if err := c.take(p.first(n), have.first(n)); err != nil {
			return err
		}
		p = p.after(n)
	}
	return nil
}

// put appends batches, many of them at a time where the target can: what it comes to is compared afterwards.
func put(ctx context.Context, to ledger.Ledger, batches []ledger.Batch) (done int, err error) {
	if in, ok := to.(ledger.Ingester); ok {
		return in.Ingest(ctx, batches)
	}
	done, _, err = ledger.AppendBatches(ctx, to, batches)
	return done, err
}

// take takes records that are the same on both sides into the trees.
func (c *copying) take(here, there part) error {
	for i := range here.hashes {
		if err := errors.Join(c.here.Append(here.hashes[i]), c.there.Append(there.hashes[i])); err != nil {
			return err
		}
	}
	c.at = there.cursors[len(there.cursors)-1]
	done := uint64(c.here.Size())
	c.progress(done, max(done, c.total))
	return nil
}

// First is the beginning of a source: its first n records, or all that there are.
func First(s Source, n uint64) Source { return beginning{s, n} }

type beginning struct {
	Source
	n uint64
}

func (b beginning) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		if after.Seq >= b.n {
			return
		}
		for e, err := range b.Source.All(ctx, after) {
			if !yield(e, err) || err != nil || e.Cursor.Seq >= b.n {
				return
			}
		}
	}
}
