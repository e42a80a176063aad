package disclosure

import "slices"

// equations are the sums over hidden rows alone, a coefficient for each: 1 for a part, -1 for the total. What is shown only moves their right sides.
func equations(sums []Sum, rows []int) [][]int {
	at := map[int]int{}
	for a, i := range rows {
		at[i] = a
	}
	var found [][]int
	for _, s := range sums {
		e, any := make([]int, len(rows)), false
		for _, i := range s.Parts {
			if a, is := at[i]; is {
				e[a], any = e[a]+1, true
			}
		}
		if a, is := at[s.Total]; is {
			e[a], any = e[a]-1, true
		}
		if any {
			found = append(found, e)
		}
	}
	return found
}

// reduce brings equations to reduced echelon form, exactly, in whole numbers without common divisors, and gives the pivot of each one that is left.
func reduce(e [][]int, width int) (reduced [][]int, pivots []int) {
	e = slices.Clone(e)
	for column := 0; column < width && len(reduced) < len(e); column++ {
		n := len(reduced)
		at := slices.IndexFunc(e[n:], func(row []int) bool { return row[column] != 0 })
		if at < 0 {
			continue
		}
		e[n], e[n+at] = e[n+at], e[n]
		pivot := e[n]
		for r, row := range e {
			if r == n || row[column] == 0 {
				continue
			}
			d := gcd(row[column], pivot[column])
			mine, theirs := pivot[column]/d, row[column]/d
			next, common := make([]int, width), 0
			for c := range next {
				next[c] = mine*row[c] - theirs*pivot[c]
				common = gcd(common, next[c])
			}
			if common > 1 {
				for c := range next {
					next[c] /= common
				}
			}
			e[r] = next
		}
		reduced, pivots = e[:n+1], append(pivots, column)
	}
	return reduced, pivots
}

// solutions is a basis of what the equations leave open: each solves them with right sides of zero.
func solutions(e [][]int, width int) (basis [][]int) {
	reduced, pivots := reduce(e, width)
	for free := range width {
		if slices.Contains(pivots, free) {
			continue
		}
		scale := 1
		for r, column := range pivots {
			if x := reduced[r][free]; x != 0 {
				need := abs(reduced[r][column] / gcd(reduced[r][column], x))
				scale = scale / gcd(scale, need) * need
			}
		}
		z := make([]int, width)
		z[free] = scale
		for r, column := range pivots {
			z[column] = -reduced[r][free] * scale / reduced[r][column]
		}
		basis = append(basis, z)
	}
	return basis
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return abs(a)
}

func abs(a int) int {
	if a < 0 {
		return -a
	}
	return a
}
