package transfer

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary"
)

// How many records, and of how many bytes roughly, are appended and compared together. Parts of two ledgers that are read from the same place are of the same places, up to
// and with the first record that is not the same in both.
const (
	partSize  = 4096
	partBytes = 4 << 20
)

// part is records that follow one another, the hashes of their leaves, and the places after them.
type part struct {
	records []domain.Record
	hashes  []tlog.Hash
	cursors []ledger.Cursor
	err     error // why there are no more after these
}

func (p part) first(n int) part {
	return part{records: p.records[:n], hashes: p.hashes[:n], cursors: p.cursors[:n]}
}

func (p part) after(n int) part {
	return part{records: p.records[n:], hashes: p.hashes[n:], cursors: p.cursors[n:]}
}

// read reads what comes after a place, and hashes it, in a goroutine of its own. stop ends that and waits for it.
func read(ctx context.Context, from Source, after ledger.Cursor) (_ <-chan part, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	parts, done := make(chan part, 2), make(chan struct{})
	go func() {
		defer close(done)
		defer close(parts)
		for p := range inParts(from.All(ctx, after), after.Seq) {
			select {
			case parts <- p:
			case <-ctx.Done():
				return
			}
		}
	}()
	return parts, func() {
		cancel()
		<-done
	}
}

// inParts cuts entries into parts, the first of which has the record next. The last one is shorter than the others, and bears the error if there is one.
func inParts(entries iter.Seq2[ledger.Entry, error], next uint64) iter.Seq[part] {
	return func(yield func(part) bool) {
		var p part
		var leaf, scratch []byte
		size := 0
		for e, err := range entries {
			if err == nil && e.Seq != next {
				err = &ledger.DamagedError{Where: fmt.Sprintf("record %d", next), Detail: fmt.Sprintf("the ledger gives record %d in its place", e.Seq)}
			}
			if p.err = err; err != nil {
				break
			}
			next++
			var h tlog.Hash
			leaf = notary.AppendLeaf(leaf[:0], e.Record)
			h, scratch = notary.LeafHash(scratch, leaf)
			p.records, p.hashes, p.cursors = append(p.records, e.Record), append(p.hashes, h), append(p.cursors, e.Cursor)
			if size += len(e.Meta) + len(e.Data); len(p.records) == partSize || size >= partBytes {
				if !yield(p) {
					return
				}
				p, size = part{}, 0
			}
		}
		if p.err != nil || len(p.records) > 0 {
			yield(p)
		}
	}
}

// next is the part that is read next; one without records means that there are no more. What was read before an error is left out: it is read again.
func next(ctx context.Context, parts <-chan part, side string) (part, error) {
	p, ok := <-parts
	if !ok && p.err == nil {
		p.err = ctx.Err() // the reader may have stopped because of it
	}
	if p.err != nil {
		return part{}, fmt.Errorf("%s: %w", side, p.err)
	}
	return p, nil
}

// differ is the index of the first record that is not the same in both, and their number where all are. Leaves alone would not tell Meta that is no object from one
// that is, which no ledger is to be trusted with.
func differ(a, b []domain.Record) int {
	for i := range a {
		x, y := a[i], b[i]
		if x.Seq != y.Seq || x.Stream != y.Stream || x.Revision != y.Revision || x.ID != y.ID || x.Type != y.Type || !bytes.Equal(x.Meta, y.Meta) || !bytes.Equal(x.Data, y.Data) {
			return i
		}
	}
	return len(a)
}
