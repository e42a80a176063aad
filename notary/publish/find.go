package publish

import (
	"context"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// window is how many records are looked at together, from the end of the ledger backwards.
const window = 4096

// SeqOf finds the place of an event by its id. The ledger has no index of ids: it is read from the end backwards, about a second for a million records, so
// that what has just been recorded is found at once. found is false where the ledger has no such event.
func SeqOf(ctx context.Context, l ledger.Reader, id domain.EventID) (seq uint64, found bool, err error) {
	until, from := uint64(0), uint64(0) // forwards to the end, where it cannot be told where that is
	if h, ok := l.(ledger.Header); ok {
		if until, err = h.Head(ctx); err != nil || until == 0 {
			return 0, false, err
		}
		from = until - min(until, window)
	}
	for {
		for e, err := range l.All(ctx, ledger.Cursor{Seq: from}) {
			if err != nil {
				return 0, false, err
			}
			if e.ID == id {
				return e.Seq, true, nil
			}
			if e.Cursor.Seq == until {
				break
			}
		}
		if from == 0 {
			return 0, false, nil
		}
		until, from = from, from-min(from, window)
	}
}
