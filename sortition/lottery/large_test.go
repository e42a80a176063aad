package lottery_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/sortition/lottery"
)

// TestTooLarge: people who share addresses in thousands of ways are told so at once, and before memory runs out.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	in := lottery.Instance{Size: 2}
	const values = 64
	for v := range values {
		in.Quotas = append(in.Quotas, lottery.Quota{Category: "kind", Value: fmt.Sprint(v), Max: 2})
	}
	for a := range values {
		for b := range a {
			at := fmt.Sprint(a, " and ", b)
			for _, v := range []int{a, b} {
				in.People = append(in.People, lottery.Person{ID: fmt.Sprint(at, ": ", v), Values: []string{fmt.Sprint(v)}, Address: at})
			}
		}
	}
	_, err := lottery.Build(in, lottery.Options{}, nil)
	require.ErrorIs(t, err, lottery.ErrTooLarge)
	require.ErrorContains(t, err, "in 2016 different ways")
	_, _, err = lottery.BestMinimum(in)
	require.ErrorIs(t, err, lottery.ErrTooLarge)
	o, err := lottery.NewOrbits(in)
	require.NoError(t, err, "panels of others can be checked")
	require.Len(t, o.Households, 2016)
}
