package domain

import (
	"maps"
	"slices"
)

// Numbers are what was counted of one question.
type Numbers struct {
	Cells                 map[string]int // see Question.CheckCells; a cell of nobody is left out
	Valid, Blank, Spoiled int
}

// The names under which the totals of a sheet stand beside its cells. No option has a name like these.
const (
	validTotal   = "(valid)"
	blankTotal   = "(blank)"
	spoiledTotal = "(spoiled)"
)

// Numbers are the numbers of a sheet.
func (s TallySheetRecorded) Numbers() Numbers {
	return Numbers{withoutZeros(s.Counts), s.Valid, s.Blank, s.Spoiled}
}

// Differ names the cells and totals in which two counts differ, in order. The total of the valid answers is among them only where no cell tells it.
func (n Numbers) Differ(o Numbers) []string {
	var names []string
	ours, theirs := n.flat(), o.flat()
	for _, name := range sortedKeys(ours.plus(theirs)) {
		if ours[name] != theirs[name] {
			names = append(names, name)
		}
	}
	if slices.ContainsFunc(names, func(name string) bool { return !isTotal(name) }) {
		names = slices.DeleteFunc(names, func(name string) bool { return name == validTotal })
	}
	return names
}

// Compared is how many cells and totals two counts are compared in: all that either has. As in Differ, the total of the valid answers is one of them only
// where no cell tells it.
func (n Numbers) Compared(o Numbers) int {
	all := len(n.flat().plus(o.flat()))
	if len(n.Cells)+len(o.Cells) > 0 {
		all--
	}
	return all
}

// Plus adds two counts.
func (n Numbers) Plus(o Numbers) Numbers { return n.flat().plus(o.flat()).numbers() }

// Settle is what the two entries of one sheet say, and where they differ, what the third one says with either; open names the cells in which no two agree, or
// in which the third entry is missing.
func (n Numbers) Settle(o Numbers, third *Numbers) (settled Numbers, open []string) {
	x, y := n.flat(), o.flat()
	for _, name := range sortedKeys(x.plus(y)) {
		switch {
		case x[name] == y[name]:
		case third == nil:
			open = append(open, name)
		default:
			z := third.flat()
			if z[name] != x[name] && z[name] != y[name] {
				open = append(open, name)
			}
			x[name] = z[name]
		}
	}
	return x.numbers(), open
}

// flat has cells and totals side by side.
type flat map[string]int

func (n Numbers) flat() flat {
	f := flat{validTotal: n.Valid, blankTotal: n.Blank, spoiledTotal: n.Spoiled}
	maps.Copy(f, n.Cells)
	return f
}

func (f flat) plus(o flat) flat {
	sum := maps.Clone(f)
	for _, name := range sortedKeys(o) {
		sum[name] += o[name]
	}
	return sum
}

func (f flat) numbers() Numbers {
	cells := maps.Clone(f)
	maps.DeleteFunc(cells, func(name string, _ int) bool { return isTotal(name) })
	return Numbers{withoutZeros(cells), f[validTotal], f[blankTotal], f[spoiledTotal]}
}

func isTotal(name string) bool {
	return name == validTotal || name == blankTotal || name == spoiledTotal
}

// withoutZeros leaves out the cells of nobody, so that one count has one form.
func withoutZeros(cells map[string]int) map[string]int {
	out := make(map[string]int, len(cells))
	for _, cell := range sortedKeys(cells) {
		if cells[cell] != 0 {
			out[cell] = cells[cell]
		}
	}
	return out
}
