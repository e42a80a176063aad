package readstore

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// source is a ledger being read and decoded by a goroutine of its own, ahead of the fold.
type source <-chan item

// item is a fact and the place after it, or why there are no more.
type item struct {
	fact domain.Fact
	to   ledger.Cursor
	err  error
}

// batch is facts that follow one another, and the place after them.
type batch struct {
	facts []domain.Fact
	to    ledger.Cursor
}

// read decodes the records after a place, up to the place until where that is not 0. stop ends the goroutine and waits for it.
func (p *Projector) read(ctx context.Context, after ledger.Cursor, until uint64,
	entries func(context.Context, ledger.Cursor) iter.Seq2[ledger.Entry, error]) (s source, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	items := make(chan item, p.batch)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(items)
		next := after.Seq
		for e, err := range entries(ctx, after) {
			it := item{to: e.Cursor, err: err}
			switch {
			case errors.Is(err, ledger.ErrCursor):
				it.err = fmt.Errorf("project: %w: %s", err, anotherLedger)
			case err != nil:
				it.err = fmt.Errorf("project: read the ledger after record %d: %w", next, err)
			case e.Seq != next:
				it.err = fmt.Errorf("project: the ledger gives record %d where record %d was due", e.Seq, next)
			default:
				if it.fact, err = e.Record.Decode(); err != nil {
					it.err = fmt.Errorf("project: %w", err)
				}
			}
			select {
			case items <- it:
			case <-ctx.Done():
				return
			}
			if next++; it.err != nil || next == until {
				return
			}
		}
	}()
	return items, func() {
		cancel()
		<-done
	}
}

// take gives up to limit facts, and the error that came after them, if any. It waits until there are as many or no more come where full is
// true, otherwise for the first one only. No facts and no error mean that no more come.
func (s source) take(ctx context.Context, limit int, full bool) (b batch, err error) {
	for len(b.facts) < limit {
		var it item
		var ok bool
		if full || len(b.facts) == 0 {
			select {
			case it, ok = <-s:
			case <-ctx.Done():
			}
		} else {
			select {
			case it, ok = <-s:
			default:
				return b, nil
			}
		}
		switch {
		case !ok:
			return b, ctx.Err() // the reader may have stopped because of it
		case it.err != nil:
			return b, it.err
		}
		b.facts, b.to = append(b.facts, it.fact), it.to
	}
	return b, nil
}

const anotherLedger = "the view store is that of another ledger, or the ledger was put back to an earlier day; delete the view store, and it will be rebuilt"

// head is how many records the ledger has as far as can be told without reading them all.
func (p *Projector) head(ctx context.Context, builds []*build) (uint64, error) {
	known := uint64(0)
	for _, b := range builds {
		known = max(known, b.at.Seq, b.shown)
	}
	l, ok := p.ledger.(ledger.Header)
	if !ok {
		return known, nil
	}
	head, err := l.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("project: %w", err)
	}
	if head < known {
		return 0, fmt.Errorf("project: the ledger has %d records, but a view reflects %d: %s", head, known, anotherLedger)
	}
	return head, nil
}
