package advice

import (
	"fmt"
	"math"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/internal/realdata"
	"daybook.internal/sortition/lottery"
)

// instances are small ones, many of which no panel meets.
var instances = rapid.Custom(func(t *rapid.T) lottery.Instance {
	in := lottery.Instance{Size: rapid.IntRange(1, 5).Draw(t, "size")}
	categories := rapid.IntRange(1, 3).Draw(t, "categories")
	for c := range categories {
		for v := range rapid.IntRange(1, 3).Draw(t, "values") {
			least := rapid.IntRange(0, 3).Draw(t, "min")
			in.Quotas = append(in.Quotas, lottery.Quota{Category: fmt.Sprint("c", c), Value: fmt.Sprint("v", v), Min: least, Max: least + rapid.IntRange(0, 2).Draw(t, "more")})
		}
	}
	for i := range rapid.IntRange(in.Size, 10).Draw(t, "people") {
		p := lottery.Person{ID: fmt.Sprint("p", i)}
		for c := range categories {
			values := 0
			for _, q := range in.Quotas {
				if q.Category == fmt.Sprint("c", c) {
					values++
				}
			}
			p.Values = append(p.Values, fmt.Sprint("v", rapid.IntRange(0, values-1).Draw(t, "value")))
		}
		if rapid.IntRange(0, 3).Draw(t, "shares") == 0 {
			p.Address = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "address")
		}
		in.People = append(in.People, p)
	}
	return in
})

// panels calls with the seats of each quota on every panel of people of different addresses.
func panels(in lottery.Instance, give func(members []int, seats []int)) {
	column := map[string]int{}
	for c, name := range in.Categories() {
		column[name] = c
	}
	for set := range 1 << len(in.People) {
		if bits.OnesCount(uint(set)) != in.Size {
			continue
		}
		var members []int
		homes, good := map[string]bool{}, true
		seats := make([]int, len(in.Quotas))
		for i, p := range in.People {
			if set>>i&1 == 0 {
				continue
			}
			members = append(members, i)
			good = good && (p.Address == "" || !homes[p.Address])
			homes[p.Address] = true
			for f, q := range in.Quotas {
				if p.Values[column[q.Category]] == q.Value {
					seats[f]++
				}
			}
		}
		if good {
			give(members, seats)
		}
	}
}

// cheapest is what Relax looks for, by looking at every panel.
func cheapest(in lottery.Instance, widest []lottery.Quota) float64 {
	best := math.Inf(1)
	panels(in, func(_, seats []int) {
		sum := 0.0
		for f, q := range in.Quotas {
			switch n := seats[f]; {
			case widest != nil && (n < widest[f].Min || n > widest[f].Max):
				sum = math.Inf(1)
			case n < q.Min:
				sum += float64(q.Min-n) * (1 + 2/float64(q.Min))
			case n > q.Max:
				sum += float64(n - q.Max)
			}
		}
		best = min(best, sum)
	})
	return best
}

// TestRelaxAll: against all panels of small instances, with limits and without.
func TestRelaxAll(t *testing.T) {
	t.Parallel()
	var hopeless, feasible, within, past int
	rapid.Check(t, func(t *rapid.T) {
		in := instances.Draw(t, "instance")
		var widest []lottery.Quota
		if rapid.Bool().Draw(t, "limits") {
			for _, q := range in.Quotas {
				q.Min, q.Max = max(0, q.Min-rapid.IntRange(0, 2).Draw(t, "down")), q.Max+rapid.IntRange(0, 2).Draw(t, "up")
				widest = append(widest, q)
			}
		}
		f, err := Relax(in, widest, nil)
		require.NoError(t, err)
		limited, free := cheapest(in, widest), cheapest(in, nil)
		switch {
		case math.IsInf(free, 1):
			hopeless++
			require.Equal(t, Feasibility{Hopeless: true}, f)
			return
		case math.IsInf(limited, 1):
			past++
			require.True(t, f.Beyond)
			require.InDelta(t, free, f.Cost, 1e-6)
		default:
			within++
			require.False(t, f.Beyond)
			require.InDelta(t, limited, f.Cost, 1e-6)
		}
		require.True(t, f.Cheapest)
		require.Equal(t, f.Cost == 0, f.Feasible)
		if f.Feasible {
			feasible++
			require.Empty(t, f.Changes)
		}
		for _, c := range f.Changes {
			require.True(t, c.Loosens())
			require.True(t, f.Beyond || c.within(widest))
		}
		relaxed := in
		relaxed.Quotas = Apply(in.Quotas, f.Changes...)
		require.Zero(t, cheapest(relaxed, nil), "the changes make a panel possible")
	})
	require.True(t, feasible > 0 && within > feasible && past > 0, "these outcomes are in a seventh of all instances at least: %d %d %d, and %d without hope", feasible, within, past, hopeless)

	crowded := lottery.Instance{Size: 2, Quotas: []lottery.Quota{{Category: "c", Value: "v", Min: 0, Max: 2}}} // one home, two seats
	for _, id := range []string{"a", "b"} {
		crowded.People = append(crowded.People, lottery.Person{ID: id, Values: []string{"v"}, Address: "x"})
	}
	f, err := Relax(crowded, nil, nil)
	require.NoError(t, err)
	require.Equal(t, Feasibility{Hopeless: true}, f)
	require.True(t, math.IsInf(cheapest(crowded, nil), 1))
}

// TestExplore: every what-if is what the changed instance gives by itself.
func TestExplore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := instances.Draw(t, "instance")
		all, err := Explore(in, nil, nil, nil)
		require.NoError(t, err)
		require.NotEmpty(t, all.List)
		for i, w := range all.List {
			changed := in
			changed.Quotas = Apply(in.Quotas, w.Change)
			o, err := lottery.NewOrbits(changed)
			require.NoError(t, err)
			z, possible, err := minimum(o)
			require.NoError(t, err)
			require.Equal(t, possible, w.Possible)
			require.InDelta(t, z, w.Minimum, 1e-6)
			require.Equal(t, 1, max(w.Change.From-w.Change.To, w.Change.To-w.Change.From))
			if w.Change.Loosens() {
				require.GreaterOrEqual(t, w.Gain, -1e-6)
			} else {
				require.LessOrEqual(t, w.Gain, 1e-6)
			}
			require.True(t, i == 0 || all.List[i-1].Gain >= w.Gain)
		}
		for _, w := range all.NearMisses(3) {
			require.True(t, w.Change.Loosens() && w.Possible)
		}
		require.LessOrEqual(t, len(all.NearMisses(3)), 3)
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	quotas := []lottery.Quota{{Category: "edu", Value: "none", Min: 3, Max: 4}}
	c := change(quotas, 0, Minimum, 2)
	require.Equal(t, `lower the minimum of edu "none" from 3 to 2`, c.String())
	require.True(t, c.Loosens())
	require.Equal(t, 2, Apply(quotas, c)[0].Min)
	require.Equal(t, 3, quotas[0].Min)
	c = change(quotas, 0, Maximum, 5)
	require.Equal(t, `raise the maximum of edu "none" from 4 to 5`, c.String())
	require.True(t, c.Loosens())
	require.False(t, change(quotas, 0, Maximum, 3).Loosens())
	require.False(t, change(quotas, 0, Minimum, 4).Loosens())
	_, err := Relax(lottery.Instance{}, nil, nil)
	require.ErrorIs(t, err, lottery.ErrInstance)
	_, err = Relax(shared(t, "parity_2", 2), quotas, nil)
	require.ErrorIs(t, err, lottery.ErrInstance, "limits of other quotas")
	_, err = Explore(shared(t, "parity_2", 2), nil, []int{-1}, nil)
	require.ErrorIs(t, err, lottery.ErrInstance)
	stop := fmt.Errorf("enough")
	_, err = Explore(shared(t, "parity_2", 2), nil, nil, func(string, int, int) error { return stop })
	require.ErrorIs(t, err, stop)
}

// shared reads an instance that is kept apart from this program, in plain columns.
func shared(t testing.TB, name string, size int) lottery.Instance {
	t.Helper()
	in := lottery.Instance{Size: size}
	rows := func(file string) [][]string {
		b, err := os.ReadFile(realdata.Path(t, "sortition", name, file))
		require.NoError(t, err)
		var rows [][]string
		for _, line := range strings.Split(strings.ReplaceAll(strings.TrimSpace(string(b)), "\r", ""), "\n")[1:] {
			rows = append(rows, strings.Split(line, ","))
		}
		return rows
	}
	for _, r := range rows("categories.csv") {
		q := lottery.Quota{Category: r[0], Value: r[1]}
		_, err := fmt.Sscan(r[2]+" "+r[3], &q.Min, &q.Max)
		require.NoError(t, err)
		in.Quotas = append(in.Quotas, q)
	}
	categories := len(in.Categories())
	for i, r := range rows("respondents.csv") {
		p := lottery.Person{ID: fmt.Sprint("p", i), Values: r[:categories]}
		if len(r) > categories {
			p.Address = strings.Join(r[categories:], "\n")
		}
		in.People = append(in.People, p)
	}
	return in
}

// TestShared: the instances that can be drawn, and the one that cannot.
func TestShared(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"mass_like_24": 24, "parity_2": 2, "hd_like_30": 30, "sf_e_like_hh_110": 110} {
		f, err := Relax(shared(t, name, size), nil, nil)
		require.NoError(t, err, name)
		require.True(t, f.Feasible && f.Cheapest && f.Panel != nil, name)
	}
	in := shared(t, "infeas_30", 30)
	f, err := Relax(in, nil, nil)
	require.NoError(t, err)
	require.False(t, f.Feasible)
	require.True(t, f.Cheapest)
	var said []string
	for _, c := range f.Changes {
		said = append(said, c.String())
	}
	require.Equal(t, []string{`lower the minimum of c "c4" from 23 to 7`}, said)
	require.InDelta(t, 16*(1+2.0/23), f.Cost, 1e-9)

	widest := slices.Clone(in.Quotas) // c4 may go down to 10 only: the other values of c have to give the rest
	for i := range widest {
		widest[i].Min = max(0, widest[i].Min-2)
		widest[i].Max += 2
		if widest[i].Value == "c4" {
			widest[i].Min = 10
		}
	}
	f, err = Relax(in, widest, nil)
	require.NoError(t, err)
	require.False(t, f.Beyond)
	for _, c := range f.Changes {
		require.True(t, c.within(widest), c)
	}
	in.Quotas = Apply(in.Quotas, f.Changes...)
	f, err = Relax(in, nil, nil)
	require.NoError(t, err)
	require.True(t, f.Feasible, "the changes make a draw possible")
}

// TestNearMisses: in hd_like_30 there is one seat that helps by itself.
func TestNearMisses(t *testing.T) {
	t.Parallel()
	all, err := Explore(shared(t, "hd_like_30", 30), nil, nil, nil)
	require.NoError(t, err)
	require.True(t, all.Possible)
	require.InDelta(t, 8.0/85, all.Minimum, 1e-6)
	near := all.NearMisses(3)
	require.Len(t, near, 1)
	require.Equal(t, `raise the maximum of d "d1" from 8 to 9`, near[0].Change.String())
	require.Greater(t, near[0].Minimum, 0.095)
}
