package disclosure

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// owned decides on one dimension.
func owned(t require.TestingT, c *Cross, places []bool, rule Rule) (*Hidden, *Own) {
	h, err := ProtectStrata([]*Cross{c}, places, rule)
	require.NoError(t, err)
	return h[0], PublishPlaces([]*Cross{c}, h)[0]
}

func TestPublishPlaces(t *testing.T) {
	t.Parallel()
	large, small := [][]int{{20, 20}, {20, 25}, {15, 15}}, [][]int{{20, 20}, {20, 25}, {3, 3}}
	none := []bool{false, false, false}
	for name, c := range map[string]struct {
		cells        [][][]int
		hidden       []bool
		places, kept []bool
	}{
		"all are large":              {[][][]int{large, large, large}, none, []bool{true, true, true}, none},
		"one place alone":            {[][][]int{large}, []bool{false}, []bool{false}, none},
		"a rare stratum is kept":     {[][][]int{small, small, small}, none, []bool{true, true, true}, []bool{true, false, true}},
		"what remains is too little": {[][][]int{large[:2], {{2, 2}, {20, 25}}}, []bool{false, false}, []bool{false, false}, []bool{false, false}},
		"a hidden place":             {[][][]int{large, large, large}, []bool{true, true, false}, []bool{false, false, true}, none},
	} {
		_, o := owned(t, &Cross{Cells: c.cells}, c.hidden, strict())
		require.Equal(t, c.places, o.Places, name)
		require.Equal(t, c.kept, o.Kept, name)
	}

	// Where people choose several options, a place has no stratum to keep.
	people := [][]int{{40, 45, 6}, {40, 45, 6}, {40, 45, 6}}
	_, o := owned(t, &Cross{Cells: [][][]int{small, small, small}, People: people}, none, strict())
	require.Equal(t, none, o.Places)
}

// Whatever the table is: what is published, and what follows of it by adding up, are counts of nobody or of enough people, and no count of a small part follows that did not without it.
func TestPublishPlacesTellsNothing(t *testing.T) {
	t.Parallel()
	owning, keeping := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		n, strata, answers := rapid.IntRange(2, 5).Draw(rt, "places"), rapid.IntRange(2, 4).Draw(rt, "strata"), rapid.IntRange(2, 3).Draw(rt, "answers")
		rule := Rule{MinBase: 4, ClearBase: 8, Range: 1, BasesKnown: true}
		c, hidden := &Cross{}, make([]bool, n)
		table := &Table{}
		row := func(cells []int) int {
			table.Cells = append(table.Cells, cells)
			return len(table.Cells) - 1
		}
		most := rapid.SliceOfN(rapid.IntRange(1, 15), strata, strata).Draw(rt, "most") // some strata are rare
		for p := range n {
			c.Cells = append(c.Cells, make([][]int, strata))
			for s := range strata {
				for range answers {
					c.Cells[p][s] = append(c.Cells[p][s], rapid.IntRange(0, most[s]).Draw(rt, "count"))
				}
			}
		}
		h, o := owned(rt, c, hidden, rule)
		total := func(parts ...[]int) []int {
			all := make([]int, answers)
			for _, cells := range parts {
				for j, x := range cells {
					all[j] += x
				}
			}
			return all
		}
		var sums []Sum
		var unknown, without []bool // with and without the tables of places
		add := func(cells []int, with, bare bool) int {
			unknown, without = append(unknown, !with), append(without, !bare)
			return row(cells)
		}
		by, parts := make([][]int, strata), make([][]int, n)
		for p := range n {
			own := false
			for s := range strata {
				shown := o.Places[p] && !o.Kept[s]
				at := add(c.Cells[p][s], shown, false)
				parts[p], by[s], own = append(parts[p], at), append(by[s], at), own || shown
				keeping += map[bool]int{true: 1}[o.Places[p] && o.Kept[s] && !h.Hides(s)]
			}
			owning += map[bool]int{true: 1}[own]
		}
		var all []int
		for p := range n {
			at := add(total(c.Cells[p]...), true, true)
			all, sums = append(all, at), append(sums, Sum{at, parts[p]})
		}
		safe := func(rows []int) { // what of some rows is not published by itself is safe together, or nobody
			var cells [][]int
			for _, i := range rows {
				if unknown[i] {
					cells = append(cells, table.Cells[i])
				}
			}
			if len(cells) > 0 && len(cells) < len(rows) {
				left := total(cells...)
				people := 0
				for _, x := range left {
					people += x
				}
				require.True(rt, people == 0 || people >= rule.MinBase)
			}
		}
		for s := range strata {
			var cells [][]int
			for p := range n {
				cells = append(cells, c.Cells[p][s])
			}
			at := add(total(cells...), !h.Hides(s), !h.Hides(s))
			if sums = append(sums, Sum{at, by[s]}); !h.Hides(s) {
				safe(by[s])
			}
		}
		for p := range n {
			safe(parts[p])
		}
		everybody := add(total(c.Cells[0]...), true, true)
		table.Cells[everybody] = total(table.Cells[all[0] : all[0]+n]...)
		sums = append(sums, Sum{everybody, all})
		with, err := Attack(table, sums, unknown, true)
		require.NoError(rt, err)
		bare, err := Attack(table, sums, without, true)
		require.NoError(rt, err)
		for p := range n {
			for s, i := range parts[p] {
				people := c.people(p, s)
				for j, b := range with[i] {
					if people > 0 && people < rule.MinBase && b.Least == b.Most && bare[i][j].Least < bare[i][j].Most {
						c.shown, c.kept, c.rest = o.Places, o.Kept, c.remain(o)
						require.True(rt, c.told(p, s, j), "place %d, stratum %d, answer %d is %d", p, s, j, b.Least)
					}
				}
			}
		}
	})
	require.Greater(t, owning, 20)
	require.Greater(t, keeping, 5)
}
