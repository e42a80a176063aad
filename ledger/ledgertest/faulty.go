package ledgertest

import (
	"context"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Faulty is Ledger with appends that fail when it is told to. Reads go through.
//
// It has no AppendBatches, so that ledger.AppendBatches comes through Append for each batch. The zero callbacks never fail. Callers
// that append at the same time call them at the same time.
type Faulty struct {
	ledger.Ledger

	// Before may fail an append before anything is persisted.
	Before func(ctx context.Context, b ledger.Batch) error

	// After may fail an append that was persisted: the caller gets the error and does not know the outcome.
	After func(ctx context.Context, b ledger.Batch) error
}

// Append asks Before, appends, and asks After.
func (f *Faulty) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	b := ledger.Batch{Stream: stream, Version: version, Drafts: drafts}
	if f.Before != nil {
		if err := f.Before(ctx, b); err != nil {
			return 0, err
		}
	}
	seq, err := f.Ledger.Append(ctx, stream, version, drafts...)
	if err == nil && f.After != nil {
		if err := f.After(ctx, b); err != nil {
			return 0, err
		}
	}
	return seq, err
}
