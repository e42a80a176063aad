package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestAnswersHaveAnOrder: answers that say the same compare as 0 and no others do, and the order is one.
func TestAnswersHaveAnOrder(t *testing.T) {
	t.Parallel()
	option := rapid.SampledFrom([]OptionID{"a", "b", "c"})
	answer := rapid.OneOf(
		rapid.Map(option, func(o OptionID) Answer { return Answer{Option: o} }),
		rapid.Map(rapid.SliceOfN(option, 1, 3), func(o []OptionID) Answer { return Answer{Options: o} }),
		rapid.Map(rapid.IntRange(1, 3), func(n int) Answer { return Answer{Point: n} }),
		rapid.Map(rapid.SliceOfN(rapid.SliceOfN(option, 1, 2), 1, 2), func(r [][]OptionID) Answer { return Answer{Ranking: r} }),
		rapid.Map(rapid.MapOfN(option, rapid.IntRange(0, 2), 1, 3), func(m map[OptionID]int) Answer { return Answer{Allocation: m} }),
		rapid.Map(rapid.SampledFrom([]Endorsement{Yes, No}), func(e Endorsement) Answer { return Answer{Endorsement: e} }),
		rapid.Map(rapid.SampledFrom([]NonResponse{Blank, Refused}), func(r NonResponse) Answer { return Answer{NonResponse: r} }),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := answer.Draw(t, "a"), answer.Draw(t, "b"), answer.Draw(t, "c")
		require.Equal(t, a.Equal(b), a.Compare(b) == 0)
		require.Equal(t, a.Compare(b), -b.Compare(a))
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 {
			require.LessOrEqual(t, a.Compare(c), 0)
		}
	})
}
