package disclosure

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func strict() Rule {
	r := Defaults()
	r.Range = 1
	return r
}

// Nobody is few, and everything is shown.
func TestProtectStrataShowsLarge(t *testing.T) {
	t.Parallel()
	c := &Cross{Cells: [][][]int{{{20, 20}, {20, 25}}, {{30, 20}, {20, 22}}}}
	h, err := ProtectStrata([]*Cross{c}, []bool{false, false}, strict())
	require.NoError(t, err)
	require.False(t, h[0].All)
	require.Equal(t, []Reason{Shown, Shown}, h[0].Rows)
}

// Two of the first place are of the first stratum. Nobody else of either says c: of the place one does, and of the stratum one.
func TestProtectStrataOfParts(t *testing.T) {
	t.Parallel()
	part := [][][]int{{{1, 0, 1}, {20, 20, 0}, {20, 20, 0}}, {{20, 20, 0}, {20, 25, 0}, {20, 20, 0}}}
	h, err := ProtectStrata([]*Cross{{Cells: part}}, []bool{false, false}, strict())
	require.NoError(t, err)
	require.NotEqual(t, Shown, h[0].Rows[0])
	require.False(t, h[0].All)

	part[1][1][2] = 2 // others do: the place and the stratum may have each other's
	part[0][1][2] = 2
	part[1][0][2] = 2
	h, err = ProtectStrata([]*Cross{{Cells: part}}, []bool{false, false}, strict())
	require.NoError(t, err)
	require.Equal(t, []Reason{Shown, Shown, Shown}, h[0].Rows)
}

// A stratum that only the people of one hidden place have tells of it.
func TestProtectStrataOfHiddenPlaces(t *testing.T) {
	t.Parallel()
	c := &Cross{Cells: [][][]int{{{10, 10}, {0, 0}}, {{0, 0}, {12, 10}}, {{20, 30}, {30, 20}}}}
	h, err := ProtectStrata([]*Cross{c}, []bool{true, true, false}, strict())
	require.NoError(t, err)
	require.True(t, h[0].All, "the two hidden places have no stratum in common")
	h, err = ProtectStrata([]*Cross{c}, []bool{false, false, false}, strict())
	require.NoError(t, err)
	require.False(t, h[0].All)
}

func TestProtectStrataRejects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*Cross{
		"places":  {Cells: [][][]int{{{1}}}},
		"strata":  {Cells: [][][]int{{{1}}, {{1}, {2}}}},
		"answers": {Cells: [][][]int{{{1}}, {{1, 2}}}},
		"people":  {Cells: [][][]int{{{3}}, {{1}}}, People: [][]int{{2}, {1}}},
		"less":    {Cells: [][][]int{{{-1}}, {{1}}}},
	} {
		_, err := ProtectStrata([]*Cross{c}, []bool{false, false}, strict())
		require.ErrorIs(t, err, ErrTable, name)
	}
	_, err := ProtectStrata([]*Cross{{Cells: [][][]int{{{1, 2}}}}, {Cells: [][][]int{{{2, 1}}}}}, []bool{false}, strict())
	require.ErrorIs(t, err, ErrTable, "another question")
}

func TestProtectMoves(t *testing.T) {
	t.Parallel()
	large := [][]int{{30, 10}, {10, 30}}
	hidden, all, told, err := ProtectMoves(&Cross{Cells: [][][]int{large, large, large}}, make([]bool, 3), strict())
	require.NoError(t, err)
	require.Equal(t, []bool{false, false, false}, hidden)
	require.False(t, all)
	require.Empty(t, told)

	// The three of the first place are told by the sum less the others: the table of a second place is hidden, the one with fewest people.
	small := [][]int{{2, 1}, {5, 30}}
	hidden, all, told, err = ProtectMoves(&Cross{Cells: [][][]int{small, {{40, 10}, {10, 30}}, large}}, make([]bool, 3), strict())
	require.NoError(t, err)
	require.Equal(t, []bool{true, false, true}, hidden)
	require.False(t, all)
	require.Empty(t, told)

	// Of one place alone, its table is the sum.
	hidden, all, _, err = ProtectMoves(&Cross{Cells: [][][]int{small}}, make([]bool, 1), strict())
	require.NoError(t, err)
	require.Equal(t, []bool{true}, hidden)
	require.True(t, all)
}

// Four came to the first place, and two to the second, where nobody who answered twice chose b: of the second place all b are theirs.
func TestTells(t *testing.T) {
	t.Parallel()
	c := &Cross{Cells: [][][]int{{{20, 0}, {3, 1}}, {{18, 0}, {1, 1}}}}
	told, err := Tells(c, make([]bool, 2), make([]bool, 2), 10)
	require.NoError(t, err)
	require.True(t, told)
	c = &Cross{Cells: [][][]int{{{20, 9}, {3, 1}}, {{18, 12}, {1, 1}}}}
	told, err = Tells(c, make([]bool, 2), make([]bool, 2), 10)
	require.NoError(t, err)
	require.False(t, told)
}
