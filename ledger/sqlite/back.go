package sqlite

import (
	"context"
	"iter"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// StreamBack is that of ledger.Reverser. Every record names the one before it in its stream, so going back is what the file is made for: a page begins where the last
// one ended. Only the records between the end of the stream and before are walked past, once.
func (l *Ledger) StreamBack(ctx context.Context, stream domain.StreamID, before uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		if err := l.readBack(ctx, stream, before, func(r domain.Record) bool { return yield(r, nil) }); err != nil {
			yield(domain.Record{}, err)
		}
	}
}

func (l *Ledger) readBack(ctx context.Context, stream domain.StreamID, before uint64, yield func(domain.Record) bool) error {
	var at head // the last record that is not yet read, and how many there are up to it
	err := l.reader(ctx, func(c *conn) (err error) {
		if at, err = headOf(c, stream); err != nil || at.version <= before || before == 0 {
			return err
		}
		seqs, err := chain(c, stream, at, before-1)
		if err == nil {
			at = head{before, seqs[0]}
		}
		return err
	})
	if before == 0 {
		at.version = 0
	}
	var page []frame
	var seqs []uint64
	for err == nil && at.version > 0 {
		err = l.reader(ctx, func(c *conn) (err error) {
			// One more than is read: where the next page begins.
			if seqs, err = chain(c, stream, at, at.version-min(at.version, pageRecords+1)); err != nil {
				return err
			}
			slices.Reverse(seqs)
			page, err = readSome(c, page[:0], seqs[:min(len(seqs), pageRecords)])
			return err
		})
		for i, f := range page {
			if err != nil {
				break
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			r, err := l.decode(f, seqs[i])
			if err == nil {
				err = belongs(l.path, r, stream, at.version-1)
			}
			if err != nil {
				return err
			}
			if at.version--; i+1 < len(seqs) {
				at.last = seqs[i+1]
			}
			if !yield(r) {
				return nil
			}
		}
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

var _ ledger.Reverser = (*Ledger)(nil)
