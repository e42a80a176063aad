package groups

import "math"

// people is XXᵀ of the centred votes X of few people, where gram is XᵀX of few statements. Both have the same eigenvalues, and Xᵀ takes the vectors of the one to those of
// the other: XᵀX to the power of i+1 is Xᵀ(XXᵀ)ⁱX. So the power iteration of components can be made among as many numbers as there are people; and since squaring
// the matrix once is worth half of the steps, they are made two at a time. What comes out differs from components of a gram by rounding alone.
//
// Of many people with few votes no matrix is made: a step goes down and up the votes, and time grows with them alone.
//
// Who was drawn several times is one row, times the root of how often. Its memory is kept from one bootstrap run to the next.
type people struct {
	votes   *Votes
	mean    []float64 // by statement
	rows    []int     // respondents who were drawn
	root    []float64 // of how often
	from    []int     // of row a: centred[from[a]:from[a+1]]
	centred []float64 // votes of the rows, less the mean; 0 where the statement is out
	square  bool      // there are matrices
	k, k2   []float64 // XXᵀ and its square, row-major
	total   float64   // trace of XXᵀ, as of XᵀX
	column  []float64 // by statement
	x, y    []float64 // by row
	u, b    []float64 // by row, for the second component
}

// take reads respondents and how often each was drawn, once at least; square says to fill both matrices.
func (p *people) take(v *Votes, rows, times []int, out []bool, square bool) {
	n, d := v.statements, len(rows)
	p.votes, p.rows = v, rows
	p.mean, p.column = sized(p.mean, n), sized(p.column, n)
	p.root, p.x, p.y = sized(p.root, d), sized(p.x, d), sized(p.y, d)
	p.square = square
	clear(p.mean)
	clear(p.column)
	for a, r := range rows { // sums of whole numbers, exact in any order
		of, values := v.of(r)
		for i, s := range of {
			p.mean[s] += float64(times[a] * int(values[i]))
			p.column[s] += float64(times[a])
		}
		p.root[a] = math.Sqrt(float64(times[a]))
	}
	for s, voted := range p.column {
		if voted > 0 && !out[s] {
			p.mean[s] /= voted
		} else {
			p.mean[s] = 0
		}
	}
	p.centred, p.from = p.centred[:0], append(p.from[:0], 0)
	for _, r := range rows {
		of, values := v.of(r)
		for i, s := range of {
			x := 0.0
			if !out[s] {
				x = float64(values[i]) - p.mean[s]
			}
			p.centred = append(p.centred, x)
		}
		p.from = append(p.from, len(p.centred))
	}
	p.total = 0
	for a := range rows {
		_, values := p.of(a)
		p.total += float64(float64(times[a]) * dot(values, values))
	}
	if !square {
		return
	}
	p.k, p.k2 = sized(p.k, d*d), sized(p.k2, d*d)
	clear(p.column)
	for a := range rows {
		of, values := p.of(a)
		for i, s := range of {
			p.column[s] = values[i]
		}
		for b := range a + 1 {
			sum := 0.0
			of, values := p.of(b)
			for i, s := range of { // 0 where a has no vote
				sum += float64(values[i] * p.column[s])
			}
			sum = float64(float64(p.root[a]*p.root[b]) * sum)
			p.k[a*d+b], p.k[b*d+a] = sum, sum
		}
		for _, s := range of {
			p.column[s] = 0
		}
	}
	for a := range d { // the half above the diagonal, and its mirror
		row := p.k2[a*d+a : (a+1)*d]
		clear(row)
		combine(row, p.k[a*d:(a+1)*d], p.k[a:], d)
		for i, x := range row {
			p.k2[(a+i)*d+a] = x
		}
	}
}

// sized is a slice of n numbers of any value, in the memory of another one where that suffices.
func sized(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}

// of gives the statements that a row has votes on, and the centred votes.
func (p *people) of(row int) ([]int32, []float64) {
	of, _ := p.votes.of(p.rows[row])
	values := p.centred[p.from[row]:p.from[row+1]]
	return of[:len(values)], values
}

// down sets y to Xx, by row.
func (p *people) down(y, x []float64) {
	for a := range p.rows {
		sum := 0.0
		of, values := p.of(a)
		for i, s := range of {
			sum += float64(values[i] * x[s])
		}
		y[a] = float64(p.root[a] * sum)
	}
}

// up sets y to Xᵀx, by statement.
func (p *people) up(y, x []float64) {
	clear(y)
	for a := range p.rows {
		of, values := p.of(a)
		w := float64(p.root[a] * x[a])
		for i, s := range of {
			y[s] += float64(values[i] * w)
		}
	}
}

// components are those of gram.components, up to rounding. It says no where a component explains next to nothing or the ones lead nowhere: there the gram is asked.
func (p *people) components(iterations int, c *[2][]float64) bool {
	// The second component is that of X without what it has of the first one, c: XXᵀ - uuᵀ with u = Xc. Its square is (XXᵀ)² - ubᵀ - buᵀ with b = XXᵀu - (u·u/2)u.
	if !p.iterate(c[0], nil, nil, nil, iterations) {
		return false
	}
	sign(c[0])
	if d := len(p.rows); p.square {
		p.u, p.b = sized(p.u, d), sized(p.b, d)
		p.down(p.u, c[0])
		clear(p.b)
		combine(p.b, p.u, p.k, d)
		subtract(p.b, p.u, dot(p.u, p.u)/2)
	}
	if !p.iterate(c[1], c[0], p.u, p.b, iterations) {
		return false
	}
	sign(c[1])
	return true
}

func (p *people) iterate(c, before, u, b []float64, iterations int) bool {
	for s := range c {
		c[s] = 1 / math.Sqrt(float64(len(c)))
	}
	orthogonal(c, before)
	x, y := p.x, p.y
	p.down(x, c)
	p.up(c, x)
	orthogonal(c, before)
	if length(c) <= 1e-9*p.total {
		return false
	}
	unit(x, length(x))
	for done := 0; done < iterations; {
		least := float64(1e-6 * p.total) // of its square the last digits would be lost
		switch {
		case !p.square:
			p.up(c, x)
			orthogonal(c, before)
			p.down(y, c)
			done++
		case iterations-done == 1:
			clear(y)
			combine(y, x, p.k, len(x))
			if u != nil {
				subtract(y, u, dot(u, x))
			}
			done++
		default:
			clear(y)
			combine(y, x, p.k2, len(x))
			if u != nil {
				ux, bx := dot(u, x), dot(b, x)
				for a := range y {
					y[a] -= float64(b[a]*ux) + float64(u[a]*bx)
				}
			}
			done, least = done+2, float64(least*least)
		}
		l := length(y)
		if l <= least {
			return false
		}
		unit(y, l)
		x, y = y, x
	}
	p.up(c, x)
	orthogonal(c, before)
	l := length(c)
	if l == 0 {
		return false
	}
	unit(c, l)
	return true
}

// subtract takes f times v from y.
func subtract(y, v []float64, f float64) {
	for i, x := range v {
		y[i] -= float64(f * x)
	}
}

// unit divides by a length.
func unit(x []float64, length float64) {
	f := 1 / length
	for i := range x {
		x[i] *= f
	}
}
