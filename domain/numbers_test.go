package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSettle(t *testing.T) {
	t.Parallel()
	n := func(a, b, blank int) Numbers {
		return Numbers{Cells: withoutZeros(map[string]int{"a": a, "b": b}), Valid: a + b, Blank: blank}
	}
	first, second := n(4, 3, 0), n(4, 2, 1)
	require.Equal(t, 4, first.Compared(second)) // a, b, blank and spoiled
	require.Equal(t, 3, Numbers{Valid: 3}.Compared(Numbers{Valid: 2}), "where no cell tells the total of the valid answers, it is compared")
	require.Equal(t, n(8, 5, 1), first.Plus(second))

	settled, open := first.Settle(first, nil)
	require.Equal(t, first, settled)
	require.Empty(t, open)
	_, open = first.Settle(second, nil)
	require.Equal(t, []string{"(blank)", "(valid)", "b"}, open)
	for _, third := range []Numbers{first, second} {
		settled, open = first.Settle(second, &third)
		require.Equal(t, third, settled, "the third entry decides")
		require.Empty(t, open)
	}
	third := n(4, 1, 2)
	_, open = first.Settle(second, &third)
	require.Equal(t, []string{"(blank)", "(valid)", "b"}, open, "no two agree")
	settled, open = n(4, 0, 0).Settle(n(0, 4, 0), &Numbers{Cells: map[string]int{"a": 4}, Valid: 4})
	require.Equal(t, n(4, 0, 0), settled, "a cell of nobody is left out")
	require.Empty(t, open)
}
