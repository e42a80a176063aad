package groups

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The worked cases of the specification of views.
func TestHandCases(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 0.507936508, Informed([]Count{{4, 1, 5}, {3, 0, 3}, {7, 0, 7}}), 5e-10)
	require.InDelta(t, 5.0/7*4/5*8/9, Informed([]Count{{4, 1, 5}, {3, 0, 3}, {7, 0, 7}}), 1e-15)
	require.InDelta(t, 2.645751, OneProportion(6, 6), 5e-7)
	require.InDelta(t, 0.875, Smoothed(6, 6), 0)
	require.InDelta(t, -1.518, TwoProportions(15, 24, 56, 71), 0.01) // the example that Polis tests with is (15, 56, 24, 71): two counts, then two sizes
	require.Zero(t, TwoProportions(4, 4, 9, 9))
	require.Zero(t, TwoProportions(0, 0, 0, 0))
	require.Less(t, TwoProportions(0, 9, 9, 9), -3.0)
	none := NewRepness(Count{}, Count{})
	require.Equal(t, Side{Share: 0.5, Test: 1, Ratio: 1}, none.Agree)
	require.Equal(t, 1.0, Informed(nil))
}

func column(counts ...Count) []Count { return counts }

func TestRepresent(t *testing.T) {
	t.Parallel()
	us := column(Count{20, 0, 20}, Count{0, 20, 20}, Count{10, 10, 20}, Count{}, Count{19, 1, 20}, Count{18, 1, 20}, Count{17, 1, 20}, Count{16, 1, 20})
	them := column(Count{0, 20, 20}, Count{20, 0, 20}, Count{10, 10, 20}, Count{}, Count{1, 19, 20}, Count{1, 18, 20}, Count{1, 17, 20}, Count{1, 16, 20})
	chosen := Represent([][]Count{us, them}, nil)
	var names [2][]int
	for g := range names {
		require.Len(t, chosen[g], 5, "at most five")
		require.True(t, chosen[g][0].Best)
		against := false
		for _, s := range chosen[g] {
			require.False(t, against && s.Agrees, "those agreed with stand first")
			against = against || !s.Agrees
			require.True(t, s.Decisive)
			names[g] = append(names[g], s.Statement)
		}
	}
	require.Equal(t, []int{0, 4, 5, 6, 1}, names[0])
	require.Equal(t, 1, names[1][0])
	require.NotContains(t, names[0], 2, "nobody stands out")
	require.NotContains(t, names[0], 3, "nobody voted")

	out := make([]bool, 8)
	out[0] = true
	for _, group := range Represent([][]Count{us, them}, out) {
		for _, s := range group {
			require.NotZero(t, s.Statement, "it was moderated out")
		}
	}

	t.Run("nothing qualifies", func(t *testing.T) {
		same := column(Count{9, 1, 10}, Count{6, 4, 10})
		for _, group := range Represent([][]Count{same, same}, nil) {
			require.Len(t, group, 1)
			require.True(t, group[0].Best)
			require.Equal(t, 0, group[0].Statement, "what they agree with best")
		}
		same = column(Count{0, 5, 10}, Count{1, 4, 10})
		for _, group := range Represent([][]Count{same, same}, nil) {
			require.Len(t, group, 1)
			require.False(t, group[0].Best, "nothing is agreed with: what differs most, and the first of equals")
			require.Equal(t, 0, group[0].Statement)
		}
		require.Equal(t, [][]Standing{nil, nil}, Represent([][]Count{{}, {}}, nil))
	})
}

func TestShare(t *testing.T) {
	t.Parallel()
	counts := column(Count{9, 1, 10}, Count{1, 9, 10}, Count{90, 10, 100}, Count{5, 5, 10}, Count{1, 0, 1}, Count{90, 10, 100}, Count{0, 0, 50})
	agreed, disagreed := Share(counts, []bool{false, false, false, false, false, true, false})
	require.Equal(t, []int{2, 0, 4}, []int{agreed[0].Statement, agreed[1].Statement, agreed[2].Statement})
	require.Len(t, agreed, 3, "what is out is out; one vote is enough, as in Polis")
	require.Len(t, disagreed, 1)
	require.Equal(t, Shared{1, 9, 10, 10.0 / 12, OneProportion(9, 10)}, disagreed[0])
	many := make([]Count, 9)
	for i := range many {
		many[i] = Count{9, 1, 10}
	}
	agreed, _ = Share(many, nil)
	require.Len(t, agreed, 5)
	require.Equal(t, 0, agreed[0].Statement, "of equal ones the first")
}

// Whatever the counts are, z and ratios are numbers, and groups that vote alike do not stand out.
func TestStandingProperties(t *testing.T) {
	t.Parallel()
	counts := rapid.Custom(func(t *rapid.T) Count {
		c := Count{Agree: rapid.IntRange(0, 50).Draw(t, "agree"), Disagree: rapid.IntRange(0, 50).Draw(t, "disagree")}
		c.Votes = c.Agree + c.Disagree + rapid.IntRange(0, 20).Draw(t, "pass")
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		in, out := counts.Draw(t, "in"), counts.Draw(t, "out")
		r, back := NewRepness(in, out), NewRepness(out, in)
		for _, side := range [][2]Side{{r.Agree, back.Agree}, {r.Disagree, back.Disagree}} {
			for _, x := range []float64{side[0].Share, side[0].Test, side[0].Ratio, side[0].RatioZ} {
				require.False(t, math.IsNaN(x) || math.IsInf(x, 0))
			}
			require.Greater(t, side[0].Share, 0.0)
			require.Less(t, side[0].Share, 1.0)
			require.InDelta(t, 0, side[0].RatioZ+side[1].RatioZ, 1e-12)
			require.InDelta(t, 1, side[0].Ratio*side[1].Ratio, 1e-12)
		}
		swapped := NewRepness(Count{in.Disagree, in.Agree, in.Votes}, Count{out.Disagree, out.Agree, out.Votes})
		require.Equal(t, Repness{r.Disagree, r.Agree}, swapped)
		require.Zero(t, NewRepness(in, in).Agree.RatioZ)
	})
}
