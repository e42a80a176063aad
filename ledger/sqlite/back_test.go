package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
)

// A stream read back is the same as read forwards, from every place where a page may begin or end.
func TestStreamBack(t *testing.T) {
	t.Parallel()
	l := open(t, file(t))
	for i := range 1300 {
		d := ledgertest.Draft(fmt.Sprint(i), 0)
		if i%400 == 7 {
			d.Data = slices.Repeat([]byte{'x'}, domain.MaxRecord-len(d.Meta))
		}
		_, err := l.Append(t.Context(), "test-a", uint64(i), d)
		require.NoError(t, err)
		if i%100 == 0 {
			_, err = l.Append(t.Context(), "test-b", uint64(i/100), ledgertest.Draft("b", i))
			require.NoError(t, err)
		}
	}
	all := ledgertest.Stream(t, l, "test-a")
	for _, before := range []uint64{0, 1, 2, 511, 512, 513, 514, 787, 1025, 1026, 1299, 1300, 1301, 1 << 62} {
		want := slices.Clone(all[:min(before, 1300)])
		slices.Reverse(want)
		var got []domain.Record
		for r, err := range l.StreamBack(t.Context(), "test-a", before) {
			require.NoError(t, err)
			got = append(got, r)
		}
		require.Len(t, got, len(want), "before %d", before)
		for i := range want {
			require.Equal(t, want[i], got[i])
		}
	}
	for range l.StreamBack(t.Context(), "test-none", 1<<62) {
		require.Fail(t, "an unknown stream has no records")
	}
	n := 0
	for range l.StreamBack(t.Context(), "test-a", 1300) {
		if n++; n == 600 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n = 0
	for _, err := range l.StreamBack(ctx, "test-a", 1300) {
		n++
		last = err
		cancel()
	}
	require.ErrorIs(t, last, context.Canceled)
	require.Equal(t, 2, n)
	require.NoError(t, l.Close())
	for _, err := range l.StreamBack(t.Context(), "test-a", 5) {
		require.True(t, errors.Is(err, ledger.ErrClosed))
	}
}
