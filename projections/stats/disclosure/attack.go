package disclosure

// Bounds is what an attacker knows of a count.
type Bounds struct{ Least, Most int }

// Attack derives, from everything that is published, the bounds of each hidden count, as well as it can: every sum, all that follows from the sums by
// exact elimination, counts that are not negative, and the people of each row if they are known, until nothing moves any more. Least = Most is a recovered cell. It is
// meant for tests of views: it reads no hidden cell. Rows that are shown have their own counts as bounds. For Protect's tables, sums is the one sum of all rows.
func Attack(t *Table, sums []Sum, hidden []bool, basesKnown bool) ([][]Bounds, error) {
	p, err := newPlan(t, Rule{})
	if err != nil {
		return nil, err
	}
	var rows []int
	bounds, most := make([][]Bounds, len(t.Cells)), 0
	for i, cells := range t.Cells {
		if hidden[i] {
			rows = append(rows, i)
		}
		most = max(most, p.everybody)
		for _, x := range cells {
			bounds[i] = append(bounds[i], Bounds{x, x})
		}
	}
	for _, i := range rows {
		for j := range bounds[i] {
			bounds[i][j] = Bounds{0, most}
			if basesKnown {
				bounds[i][j].Most = p.people[i]
			}
		}
	}
	all := equations(sums, rows)
	right := make([][]int, 0, len(all)) // the other side of each, by column: what is shown
	for _, s := range sums {
		e, any := make([]int, p.columns), hidden[s.Total]
		add := func(i, sign int) {
			for j, x := range t.Cells[i] {
				e[j] += sign * x
			}
		}
		if !hidden[s.Total] {
			add(s.Total, 1)
		}
		for _, i := range s.Parts {
			if any = any || hidden[i]; !hidden[i] {
				add(i, -1)
			}
		}
		if any {
			right = append(right, e)
		}
	}
	a := &attacker{p, rows, bounds, basesKnown && t.People == nil}
	// The right sides are carried along as further columns.
	wide := make([][]int, len(all))
	for r := range all {
		wide[r] = append(append([]int{}, all[r]...), right[r]...)
	}
	reduced := reduceFirst(wide, len(rows))
	for a.once(wide) || a.once(reduced) {
	}
	return bounds, nil
}

// reduceFirst reduces by the first columns, and carries the others along.
func reduceFirst(e [][]int, first int) [][]int {
	if len(e) == 0 {
		return nil
	}
	reduced, pivots := reduce(e, len(e[0]))
	for r, column := range pivots {
		if column >= first { // nothing of what is hidden is left
			return reduced[:r]
		}
	}
	return reduced
}

type attacker struct {
	*plan
	rows   []int
	bounds [][]Bounds
	filled bool // the counts of a row come to its people
}

// once narrows bounds by each equation and each row, and tells whether any moved.
func (a *attacker) once(e [][]int) (moved bool) {
	for _, row := range e {
		for j := range a.columns {
			terms := make([]*Bounds, 0, len(a.rows))
			factors := make([]int, 0, len(a.rows))
			for k, i := range a.rows {
				if row[k] != 0 {
					terms, factors = append(terms, &a.bounds[i][j]), append(factors, row[k])
				}
			}
			moved = narrow(terms, factors, row[len(a.rows)+j]) || moved
		}
	}
	if a.filled {
		for _, i := range a.rows {
			terms, factors := make([]*Bounds, a.columns), make([]int, a.columns)
			for j := range terms {
				terms[j], factors[j] = &a.bounds[i][j], 1
			}
			moved = narrow(terms, factors, a.people[i]) || moved
		}
	}
	return moved
}

// narrow applies Σ factor·x = sum to the bounds of each x.
func narrow(x []*Bounds, factor []int, sum int) (moved bool) {
	least, most := 0, 0 // of the whole left side
	for k, b := range x {
		least += min(factor[k]*b.Least, factor[k]*b.Most)
		most += max(factor[k]*b.Least, factor[k]*b.Most)
	}
	for k, b := range x {
		f := factor[k]
		lo, hi := sum-(most-max(f*b.Least, f*b.Most)), sum-(least-min(f*b.Least, f*b.Most)) // f·x lies between
		if f < 0 {
			f, lo, hi = -f, -hi, -lo
		}
		before := *b
		b.Least, b.Most = max(b.Least, ceil(lo, f)), min(b.Most, floor(hi, f))
		if *b != before {
			moved = true
			least, most = 0, 0
			for k, b := range x {
				least += min(factor[k]*b.Least, factor[k]*b.Most)
				most += max(factor[k]*b.Least, factor[k]*b.Most)
			}
		}
	}
	return moved
}

func floor(a, b int) int {
	if a < 0 {
		return -((-a + b - 1) / b)
	}
	return a / b
}

func ceil(a, b int) int { return -floor(-a, b) }
