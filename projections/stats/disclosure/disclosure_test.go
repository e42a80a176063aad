package disclosure

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// one is the sum of a table's rows; the total stands behind them as a row of its own.
func one(t *Table) (*Table, []Sum) {
	whole := &Table{Cells: slices.Clone(t.Cells), Answers: t.Answers}
	total, s := make([]int, len(t.Cells[0])), Sum{Total: len(t.Cells)}
	for i, row := range t.Cells {
		s.Parts = append(s.Parts, i)
		for j, x := range row {
			total[j] += x
		}
	}
	whole.Cells = append(whole.Cells, total)
	if t.People != nil {
		people, valid := 0, 0
		for i := range t.People {
			people, valid = people+t.People[i], valid+t.Valid[i]
		}
		whole.People, whole.Valid = append(slices.Clone(t.People), people), append(slices.Clone(t.Valid), valid)
	}
	return whole, []Sum{s}
}

func flags(h *Hidden) []bool {
	hidden := make([]bool, len(h.Rows))
	for i := range hidden {
		hidden[i] = h.Hides(i)
	}
	return hidden
}

// The worked case of the specification: nine of nine without school agree.
func TestNoSchool(t *testing.T) {
	t.Parallel()
	table := &Table{Cells: [][]int{{30, 25, 3}, {9, 0, 0}, {12, 9, 3}, {40, 20, 5}}, Answers: 2} // agree, disagree, blank
	h, err := Protect(table, Defaults())
	require.NoError(t, err)
	require.Equal(t, []Reason{Shown, SmallBase, Complement, Shown}, h.Rows, "the row, and the cheapest other one")
	require.False(t, h.All)
	require.Empty(t, h.Implied)
	whole, sums := one(table)
	bounds, err := Attack(whole, sums, []bool{false, true, false, false, false}, true)
	require.NoError(t, err)
	require.Equal(t, []Bounds{{9, 9}, {0, 0}, {0, 0}}, bounds[1], "alone, it is what the total leaves")
	bounds, err = Attack(whole, sums, append(flags(h), false), true)
	require.NoError(t, err)
	require.Equal(t, []Bounds{{0, 9}, {0, 9}, {0, 3}}, bounds[1])
}

func TestReasons(t *testing.T) {
	t.Parallel()
	hidden := func(rule Rule, table *Table) *Hidden {
		h, err := Protect(table, rule)
		require.NoError(t, err)
		return h
	}
	fine := []int{40, 40, 40}
	for name, c := range map[string]struct {
		row  []int
		want Reason
	}{
		"nine":                     {[]int{5, 4, 0}, SmallBase},
		"ten, all answers given":   {[]int{5, 4, 1}, Shown},
		"nineteen, one answer not": {[]int{10, 9, 0}, ClearShare},
		"nineteen, all the same":   {[]int{19, 0, 0}, ClearShare},
		"twenty, all the same":     {[]int{20, 0, 0}, Shown},
		"nobody":                   {[]int{0, 0, 0}, Shown},
		"one person":               {[]int{0, 1, 0}, SmallBase},
	} {
		require.Equal(t, c.want, hidden(Defaults(), &Table{Cells: [][]int{fine, c.row, fine}}).Rows[1], name)
	}
	cells := Defaults()
	cells.MinCell = 3
	require.Equal(t, SmallCell, hidden(cells, &Table{Cells: [][]int{fine, {40, 40, 2}, fine}}).Rows[1])
	require.Equal(t, Shown, hidden(cells, &Table{Cells: [][]int{fine, {40, 40, 3}, {40, 40, 0}}}).Rows[1])
	require.Equal(t, Shown, hidden(cells, &Table{Cells: [][]int{fine, {40, 40, 2}, fine}, Answers: 2}).Rows[1], "who gave no answer is in no cell")
	h := hidden(Defaults(), &Table{Cells: [][]int{{40, 40, 9}, {3, 4, 30}, {50, 50, 9}}, Answers: 2})
	require.Equal(t, SmallBase, h.Rows[1], "people who gave no answer are no base")
	h = hidden(Defaults(), &Table{Cells: [][]int{{40, 40, 0}, {6, 6, 0}, {50, 50, 0}}})
	require.Equal(t, []Reason{Shown, Shown, Shown}, h.Rows, "an option that nobody chose anywhere says nothing about a row")
	require.True(t, hidden(Defaults(), &Table{Cells: [][]int{{3, 4}, {0, 0}}}).All)
	require.True(t, hidden(Defaults(), &Table{Cells: [][]int{{2, 2}, {1, 4}}}).All)
	require.True(t, hidden(Defaults(), &Table{Cells: [][]int{{15, 0}, {0, 0}}, People: []int{18, 0}, Valid: []int{15, 0}}).Rows[0] == ClearShare)
	require.False(t, hidden(Defaults(), &Table{}).All)
	h = hidden(Defaults(), &Table{Cells: [][]int{{9, 0}, {80, 0}, {70, 0}}})
	require.Equal(t, []Reason{SmallBase, Shown, Shown}, h.Rows)
	require.Equal(t, [][2]int{{0, 0}, {0, 1}}, h.Implied, "everybody said the same: the total tells, and hiding more would not help")
}

func TestBadTables(t *testing.T) {
	t.Parallel()
	for _, table := range []*Table{
		{Cells: [][]int{{1, 2}, {1}}}, {Cells: [][]int{{-1}}}, {Cells: [][]int{{1}}, Answers: 2}, {Cells: [][]int{{1}}, People: []int{1}},
		{Cells: [][]int{{3}}, People: []int{2}, Valid: []int{2}}, {Cells: [][]int{{3}}, People: []int{3}, Valid: []int{2}}, {Cells: [][]int{{1}}, People: []int{3}, Valid: []int{4}},
	} {
		_, err := Protect(table, Defaults())
		require.ErrorIs(t, err, ErrTable)
	}
	_, err := Protect(&Table{}, Rule{})
	require.Error(t, err)
	_, err = ProtectSums(&Table{Cells: [][]int{{1}, {2}}}, []Sum{{1, []int{0}}}, Defaults())
	require.ErrorIs(t, err, ErrTable)
	_, err = ProtectSums(&Table{Cells: [][]int{{1}}}, []Sum{{1, []int{0}}}, Defaults())
	require.ErrorIs(t, err, ErrTable)
}

type published struct {
	table *Table
	rule  Rule
}

// cases are random tables, some of people who choose several options.
func cases(rows, columns, most int) *rapid.Generator[published] {
	return rapid.Custom(func(t *rapid.T) published {
		p := published{&Table{}, Rule{
			MinBase: rapid.IntRange(0, 12).Draw(t, "minBase"), MinCell: rapid.IntRange(0, 3).Draw(t, "minCell"), ClearBase: rapid.IntRange(0, 25).Draw(t, "clearBase"),
			Range: rapid.IntRange(1, 5).Draw(t, "range"), BasesKnown: rapid.Bool().Draw(t, "basesKnown"),
		}}
		m, k := rapid.IntRange(1, columns).Draw(t, "columns"), rapid.IntRange(1, rows).Draw(t, "rows")
		several := rapid.Bool().Draw(t, "several")
		for range k {
			row, largest, sum, scale := make([]int, m), 0, 0, rapid.IntRange(0, most).Draw(t, "scale")
			for j := range row {
				row[j] = rapid.IntRange(0, scale).Draw(t, "count")
				largest, sum = max(largest, row[j]), sum+row[j]
			}
			p.table.Cells = append(p.table.Cells, row)
			if several {
				valid := largest + rapid.IntRange(0, 3).Draw(t, "none of these")
				p.table.Valid = append(p.table.Valid, valid)
				p.table.People = append(p.table.People, valid+rapid.IntRange(0, 3).Draw(t, "blank"))
			}
		}
		if !several {
			p.table.Answers = rapid.IntRange(0, m).Draw(t, "answers")
		}
		return p
	})
}

// TestNothingRecovered attacks random tables with everything that is published.
func TestNothingRecovered(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := cases(10, 5, 30).Draw(t, "table")
		h, err := Protect(p.table, p.rule)
		require.NoError(t, err)
		again, err := Protect(p.table, p.rule)
		require.NoError(t, err)
		require.Equal(t, h, again)
		if h.All {
			return
		}
		plan, err := newPlan(p.table, p.rule)
		require.NoError(t, err)
		whole, sums := one(p.table)
		bounds, err := Attack(whole, sums, append(flags(h), false), p.rule.BasesKnown)
		require.NoError(t, err)
		everything := make([]bool, len(whole.Cells))
		for i := range p.table.Cells {
			everything[i] = plan.people[i] > 0
		}
		atMost, err := Attack(whole, sums, everything, p.rule.BasesKnown)
		require.NoError(t, err)
		small := 0
		for i, row := range p.table.Cells {
			require.Equal(t, plan.reason(i) != Shown, h.Rows[i] != Shown && h.Rows[i] != Complement)
			if h.Rows[i] == Shown {
				continue
			}
			if h.Rows[i] != Complement {
				small++
			}
			for j, x := range row {
				b, most := bounds[i][j], atMost[i][j]
				require.LessOrEqual(t, b.Least, x)
				require.GreaterOrEqual(t, b.Most, x)
				width, possible := b.Most-b.Least, most.Most-most.Least
				require.GreaterOrEqual(t, width, min(p.rule.Range, possible), "row %d, column %d", i, j)
				require.Equal(t, possible == 0, slices.Contains(h.Implied, [2]int{i, j}))
			}
		}
		if small == 0 {
			require.Equal(t, make([]Reason, len(h.Rows)), h.Rows, "nothing is small, nothing is hidden")
		}
		for i, reason := range h.Rows { // every complement is needed
			if reason != Complement {
				continue
			}
			fewer := flags(h)
			fewer[i] = false
			less, err := Attack(whole, sums, append(fewer, false), p.rule.BasesKnown)
			require.NoError(t, err)
			open := false
			for k, hidden := range fewer {
				for j := range p.table.Cells[k] {
					open = open || (hidden && less[k][j].Most-less[k][j].Least < min(p.rule.Range, atMost[k][j].Most-atMost[k][j].Least))
				}
			}
			require.True(t, open, "row %d need not be hidden", i)
		}
	})
}

// every calls f with each way to fill the hidden rows so that everything published stays as it is. Totals follow from parts, so that rows are filled in order.
func every(t *Table, sums []Sum, hidden []bool, basesKnown bool, f func([][]int)) {
	cells, most := make([][]int, len(t.Cells)), 0
	var free [][2]int
	for i, row := range t.Cells {
		cells[i] = slices.Clone(row)
		if hidden[i] || !basesKnown { // no count is larger than a row's people, and none that is shown adds to another
			most = max(most, sum(row))
		}
		for j := range row {
			if hidden[i] {
				free = append(free, [2]int{i, j})
			}
		}
	}
	var fill func(n int)
	fill = func(n int) {
		if n == len(free) {
			for _, s := range sums {
				for j := range cells[s.Total] {
					sum := 0
					for _, i := range s.Parts {
						sum += cells[i][j]
					}
					if sum != cells[s.Total][j] {
						return
					}
				}
			}
			f(cells)
			return
		}
		i, j := free[n][0], free[n][1]
		for x := range most + 1 {
			cells[i][j] = x
			if basesKnown && j == len(cells[i])-1 {
				people, before := 0, 0
				for c := range cells[i] {
					people, before = people+cells[i][c], before+t.Cells[i][c]
				}
				if people != before {
					continue
				}
			}
			fill(n + 1)
		}
	}
	fill(0)
}

// exact is what nobody can do better than: the least and the most of each cell over every table there can be.
func exact(t *Table, sums []Sum, hidden []bool, basesKnown bool) [][]Bounds {
	var found [][]Bounds
	every(t, sums, hidden, basesKnown, func(cells [][]int) {
		if found == nil {
			for _, row := range cells {
				var b []Bounds
				for _, x := range row {
					b = append(b, Bounds{x, x})
				}
				found = append(found, b)
			}
		}
		for i, row := range cells {
			for j, x := range row {
				found[i][j] = Bounds{min(found[i][j].Least, x), max(found[i][j].Most, x)}
			}
		}
	})
	return found
}

// TestExact holds the formula, and the attacker, against every table there can be.
func TestExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table := &Table{}
		for range rapid.IntRange(1, 3).Draw(t, "rows") {
			table.Cells = append(table.Cells, rapid.SliceOfN(rapid.IntRange(0, 2), 2, 2).Draw(t, "row"))
		}
		whole, sums := one(table)
		rule := Rule{MinBase: 3, ClearBase: 4, Range: 2, BasesKnown: rapid.Bool().Draw(t, "basesKnown")}
		p, err := newPlan(table, rule)
		require.NoError(t, err)
		hidden := append(rapid.SliceOfN(rapid.Bool(), len(table.Cells), len(table.Cells)).Draw(t, "hidden"), false)
		for i := range table.Cells {
			hidden[i] = hidden[i] && p.people[i] > 0 // as Protect: there is nobody to hide
			if hidden[i] {
				p.hide(i, 1)
			}
		}
		want := exact(whole, sums, hidden, rule.BasesKnown)
		got, err := Attack(whole, sums, hidden, rule.BasesKnown)
		require.NoError(t, err)
		require.Equal(t, want, got)
		for i := range table.Cells {
			for j := range 2 {
				if hidden[i] {
					require.Equal(t, want[i][j].Most-want[i][j].Least, p.width(i, j, p.sum, p.n))
				}
			}
		}
	})
}

// BenchmarkProtect protects 72 countries by 10 options, seven of them small.
func BenchmarkProtect(b *testing.B) {
	for _, small := range []int{0, 1, 7, 36} {
		b.Run(fmt.Sprint("small=", small), func(b *testing.B) {
			table := &Table{}
			for i := range 72 {
				row := make([]int, 10)
				for j := range row {
					if row[j] = 3 + (i*7+j*5)%11; i < small {
						row[j] = (i + j) % 2
					}
				}
				table.Cells = append(table.Cells, row)
			}
			b.ReportAllocs()
			hidden := 0
			for b.Loop() {
				h, err := Protect(table, Defaults())
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
