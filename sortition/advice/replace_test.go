package advice

import (
	"slices"
	"testing"

	"daybook.internal/sortition/lottery"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestReplace(t *testing.T) {
	t.Parallel()
	in := lottery.Instance{Size: 3, Quotas: []lottery.Quota{{Category: "g", Value: "f", Min: 1, Max: 2}, {Category: "g", Value: "m", Min: 1, Max: 1}}}
	for i, p := range []string{"f", "m", "m", "f", "m", "f", "f"} {
		in.People = append(in.People, lottery.Person{ID: string(rune('a' + i)), Values: []string{p}, Address: []string{"x", "", "y", "x", "y", "", ""}[i]})
	}
	widest := []lottery.Quota{{Category: "g", Value: "f", Min: 0, Max: 3}, {Category: "g", Value: "m", Min: 0, Max: 2}}
	r, err := Replace(in, widest, []Status{Confirmed, Withdrawn, Selected, InPool, InPool, InPool, Deleted})
	require.NoError(t, err)
	require.Equal(t, Residual{
		Instance:    lottery.Instance{Size: 1, Quotas: []lottery.Quota{{Category: "g", Value: "f", Min: 0, Max: 1}, {Category: "g", Value: "m", Min: 0, Max: 0}}, People: in.People[5:6]},
		Widest:      []lottery.Quota{{Category: "g", Value: "f", Min: 0, Max: 2}, {Category: "g", Value: "m", Min: 0, Max: 1}},
		People:      []int{5},
		Seated:      []int{0, 2},
		SameAddress: []int{3, 4},
	}, r)

	r, err = Replace(in, nil, []Status{InPool, Confirmed, Confirmed, InPool, InPool, InPool, InPool})
	require.NoError(t, err)
	require.Equal(t, []Change{{1, "g", "m", Maximum, 1, 2}}, r.Over)
	require.Nil(t, r.Widest)
	require.Equal(t, []int{0, 3, 5, 6}, r.People)

	_, err = Replace(in, nil, []Status{Confirmed, Confirmed, Confirmed, InPool, InPool, InPool, InPool})
	require.ErrorIs(t, err, ErrReplace)
	_, err = Replace(in, nil, []Status{Confirmed, Withdrawn, Withdrawn, InPool, Withdrawn, Deleted, Deleted})
	require.ErrorIs(t, err, ErrReplace)
	_, err = Replace(in, nil, nil)
	require.ErrorIs(t, err, lottery.ErrInstance)
}

// TestReplacements: whoever drops out, those who stay and those who are drawn instead are a panel.
func TestReplacements(t *testing.T) {
	t.Parallel()
	drawn := 0
	rapid.Check(t, func(t *rapid.T) {
		in := instances.Draw(t, "instance")
		var all [][]int
		panels(in, func(members, seats []int) {
			for f, q := range in.Quotas {
				if seats[f] < q.Min || seats[f] > q.Max {
					return
				}
			}
			all = append(all, members)
		})
		if len(all) == 0 {
			return
		}
		status := make([]Status, len(in.People))
		for i := range status {
			status[i] = InPool
		}
		for k, i := range rapid.SampledFrom(all).Draw(t, "panel") {
			status[i] = rapid.SampledFrom([]Status{Selected, Confirmed}).Draw(t, "seated")
			if k == 0 || rapid.IntRange(0, 3).Draw(t, "leaves") == 0 {
				status[i] = rapid.SampledFrom([]Status{Withdrawn, Deleted}).Draw(t, "left")
			}
		}
		r, err := Replace(in, nil, status)
		if err != nil {
			require.ErrorIs(t, err, ErrReplace)
			return
		}
		require.Empty(t, r.Over)
		possible := 0
		panels(r.Instance, func(members, seats []int) {
			for f, q := range r.Instance.Quotas {
				if seats[f] < q.Min || seats[f] > q.Max {
					return
				}
			}
			possible++
			whole := slices.Clone(r.Seated)
			for _, i := range members {
				whole = append(whole, r.People[i])
			}
			_, err := lottery.Count(in, [][]int{whole})
			require.NoError(t, err)
		})
		kept := 0
		for _, panel := range all { // and none is lost: every panel that keeps those who stay, without those who left
			if !slices.ContainsFunc(r.Seated, func(i int) bool { return !slices.Contains(panel, i) }) && !slices.ContainsFunc(panel, func(i int) bool { return status[i] == Withdrawn || status[i] == Deleted }) {
				kept++
			}
		}
		require.Equal(t, kept, possible)
		if possible > 0 {
			drawn++
			f, err := Relax(r.Instance, nil, nil)
			require.NoError(t, err)
			require.True(t, f.Feasible)
		}
	})
	require.Positive(t, drawn)
}
