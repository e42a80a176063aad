package ledgertest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(*testing.T) ledger.Ledger { return ledgertest.NewMemory() })
}

// A Faulty without callbacks is the ledger that it wraps, without its Bulk.
func TestFaultyWithoutFaults(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(*testing.T) ledger.Ledger { return &ledgertest.Faulty{Ledger: ledgertest.NewMemory()} })
}

func TestFaultyFailsBeforeOrAfter(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	fail := func(context.Context, ledger.Batch) error { return broken }
	for name, c := range map[string]struct {
		faulty ledgertest.Faulty
		kept   int
	}{
		"before": {ledgertest.Faulty{Before: fail}, 0},
		"after":  {ledgertest.Faulty{After: fail}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &ledgertest.Faulty{Ledger: ledgertest.NewMemory(), Before: c.faulty.Before, After: c.faulty.After}
			_, err := f.Append(t.Context(), "test-a", 0, ledgertest.Drafts("one", 2)...)
			require.ErrorIs(t, err, broken)
			require.Equal(t, c.kept, ledgertest.Check(t, f))

			f.Before, f.After = nil, nil
			seq, err := f.Append(t.Context(), "test-a", 0, ledgertest.Drafts("one", 2)...)
			require.NoError(t, err)
			require.Zero(t, seq)
			require.Equal(t, 2, ledgertest.Check(t, f))
		})
	}
}
