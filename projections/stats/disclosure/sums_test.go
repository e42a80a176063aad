package disclosure

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// cube holds countries by strata: rows 0.. are the parts (country by country), then the countries, then the strata, then everybody.
func cube(countries, strata int, part func(c, s int) []int) (*Table, []Sum) {
	t := &Table{}
	at := func(c, s int) int { return c*strata + s }
	plus := func(rows []int) []int {
		sum := make([]int, len(t.Cells[0]))
		for _, i := range rows {
			for j, x := range t.Cells[i] {
				sum[j] += x
			}
		}
		return sum
	}
	for c := range countries {
		for s := range strata {
			t.Cells = append(t.Cells, part(c, s))
		}
	}
	var sums []Sum
	for c := range countries {
		s := Sum{Total: len(t.Cells)}
		for k := range strata {
			s.Parts = append(s.Parts, at(c, k))
		}
		t.Cells, sums = append(t.Cells, plus(s.Parts)), append(sums, s)
	}
	for k := range strata {
		s := Sum{Total: len(t.Cells)}
		for c := range countries {
			s.Parts = append(s.Parts, at(c, k))
		}
		t.Cells, sums = append(t.Cells, plus(s.Parts)), append(sums, s)
	}
	byCountry, byStratum := Sum{Total: len(t.Cells)}, Sum{Total: len(t.Cells)}
	for c := range countries {
		byCountry.Parts = append(byCountry.Parts, countries*strata+c)
	}
	for k := range strata {
		byStratum.Parts = append(byStratum.Parts, countries*strata+countries+k)
	}
	t.Cells = append(t.Cells, plus(byCountry.Parts))
	return t, append(sums, byCountry, byStratum)
}

// requireUnrecovered attacks with all tables together.
func requireUnrecovered(t require.TestingT, table *Table, sums []Sum, h *Hidden, rule Rule) {
	hidden := flags(h)
	bounds, err := Attack(table, sums, hidden, rule.BasesKnown)
	require.NoError(t, err)
	for i, row := range table.Cells {
		for j, x := range row {
			require.LessOrEqual(t, bounds[i][j].Least, x)
			require.GreaterOrEqual(t, bounds[i][j].Most, x)
			if hidden[i] && !slices.Contains(h.Implied, [2]int{i, j}) {
				require.NotEqual(t, bounds[i][j].Least, bounds[i][j].Most, "row %d, column %d is recovered", i, j)
			}
		}
	}
}

// TestAcrossTables shows what one table at a time misses: each country's table hides a stratum and another one, the strata of all countries together are large,
// and what one country hides follows from the sums of the others.
func TestAcrossTables(t *testing.T) {
	t.Parallel()
	table, sums := cube(3, 3, func(c, s int) []int {
		if c == 1 && s == 1 {
			return []int{5, 2}
		}
		return []int{20 + 3*c + s, 25 - c + 2*s}
	})
	const small, country = 4, 1
	own := &Table{Cells: table.Cells[country*3 : country*3+3]}
	h, err := Protect(own, Defaults())
	require.NoError(t, err)
	hidden := make([]bool, len(table.Cells))
	for s := range 3 {
		hidden[country*3+s] = h.Hides(s)
	}
	bounds, err := Attack(table, sums, hidden, true)
	require.NoError(t, err)
	require.Equal(t, []Bounds{{5, 5}, {2, 2}}, bounds[small])

	h, err = ProtectSums(table, sums, Defaults())
	require.NoError(t, err)
	require.Equal(t, SmallBase, h.Rows[small])
	require.Empty(t, h.Implied)
	requireUnrecovered(t, table, sums, h, Defaults())
	complements := 0
	for _, reason := range h.Rows {
		if reason == Complement {
			complements++
		}
	}
	require.Equal(t, 3, complements, "a rectangle of two countries and two strata")
}

func TestSumsNothingRecovered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(2, 4).Draw(t, "columns")
		table, sums := cube(rapid.IntRange(1, 5).Draw(t, "countries"), rapid.IntRange(1, 4).Draw(t, "strata"), func(int, int) []int {
			most := rapid.IntRange(0, 25).Draw(t, "most")
			return rapid.SliceOfN(rapid.IntRange(0, most), columns, columns).Draw(t, "part")
		})
		rule := Rule{MinBase: 10, MinCell: rapid.IntRange(0, 2).Draw(t, "minCell"), ClearBase: rapid.IntRange(0, 20).Draw(t, "clearBase"), Range: rapid.IntRange(1, 3).Draw(t, "range"), BasesKnown: rapid.Bool().Draw(t, "basesKnown")}
		h, err := ProtectSums(table, sums, rule)
		require.NoError(t, err)
		again, err := ProtectSums(table, sums, rule)
		require.NoError(t, err)
		require.Equal(t, h, again)
		requireUnrecovered(t, table, sums, h, rule)
		if !slices.ContainsFunc(h.Rows, func(r Reason) bool { return r != Shown && r != Complement }) {
			require.Equal(t, make([]Reason, len(h.Rows)), h.Rows, "nothing is small, nothing is hidden")
		}
	})
}

// TestSumsExact holds it against every set of numbers there can be.
func TestSumsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table, sums := cube(rapid.IntRange(1, 3).Draw(t, "countries"), 2, func(int, int) []int { return rapid.SliceOfN(rapid.IntRange(0, 2), 2, 2).Draw(t, "part") })
		rule := Rule{MinBase: rapid.IntRange(1, 3).Draw(t, "minBase"), Range: 1, BasesKnown: true}
		h, err := ProtectSums(table, sums, rule)
		require.NoError(t, err)
		hidden, cells := flags(h), 0
		for i, is := range hidden {
			if hidden[i] = is && sum(table.Cells[i]) > 0; hidden[i] {
				cells += 2
			}
		}
		if cells > 6 { // more than can be tried one by one
			return
		}
		bounds := exact(table, sums, hidden, true)
		for i := range hidden {
			for j := range 2 {
				if hidden[i] && !slices.Contains(h.Implied, [2]int{i, j}) {
					require.NotEqual(t, bounds[i][j].Least, bounds[i][j].Most)
				}
			}
		}
	})
}

func sum(x []int) (n int) {
	for _, v := range x {
		n += v
	}
	return n
}

// BenchmarkProtectSums protects 72 countries by 6 strata by 10 options, one stratum in twelve of them small.
func BenchmarkProtectSums(b *testing.B) {
	for _, every := range []int{100, 12} {
		table, sums := cube(72, 6, func(c, s int) []int {
			row := make([]int, 10)
			for j := range row {
				if row[j] = 3 + (c*7+s*3+j*5)%11; (c*6+s)%every == 5 {
					row[j] = (c + j) % 2
				}
			}
			return row
		})
		b.Run(fmt.Sprint("small=1in", every), func(b *testing.B) {
			hidden := 0
			for b.Loop() {
				h, err := ProtectSums(table, sums, Defaults())
				if err != nil {
					b.Fatal(err)
				}
				hidden = 0
				for _, reason := range h.Rows {
					if reason != Shown {
						hidden++
					}
				}
			}
			b.ReportMetric(float64(hidden), "hidden")
		})
	}
}
