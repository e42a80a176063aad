package lp

import "math"

// Reset goes back to the basis of the rows.
func (p *Problem) Reset() {
	for j := range p.place {
		p.place[j], p.atUpper[j] = -1, false
	}
	clear(p.inverse)
	for i := range p.m {
		p.basic[i], p.place[p.n+i] = p.n+i, i
		p.inverse[i*p.m+i] = -1
	}
	p.since = 0
}

// invert computes the inverse of the basis afresh, by Gauss and Jordan with the largest pivot of each column. It gives false for a basis that has none.
func (p *Problem) invert() bool {
	m := p.m
	a := make([]float64, m*m)
	for k, j := range p.basic {
		if j >= p.n {
			a[(j-p.n)*m+k] = -1
			continue
		}
		for e := p.start[j]; e < p.end[j]; e++ {
			a[int(p.row[e])*m+k] = p.coef[e]
		}
	}
	inv := p.inverse
	clear(inv)
	for i := range m {
		inv[i*m+i] = 1
	}
	for k := range m {
		pivot := k
		for i := k + 1; i < m; i++ {
			if math.Abs(a[i*m+k]) > math.Abs(a[pivot*m+k]) {
				pivot = i
			}
		}
		if math.Abs(a[pivot*m+k]) < 1e-11 {
			return false
		}
		if pivot != k {
			swap(a[pivot*m:pivot*m+m], a[k*m:k*m+m])
			swap(inv[pivot*m:pivot*m+m], inv[k*m:k*m+m])
		}
		scale := 1 / a[k*m+k]
		for t := range m {
			a[k*m+t] *= scale
			inv[k*m+t] *= scale
		}
		for i := range m {
			if f := a[i*m+k]; i != k && f != 0 {
				subtract(a[i*m:i*m+m], f, a[k*m:k*m+m])
				subtract(inv[i*m:i*m+m], f, inv[k*m:k*m+m])
			}
		}
	}
	p.since = 0
	return true
}

func swap(a, b []float64) {
	for t := range a {
		a[t], b[t] = b[t], a[t]
	}
}

// subtract takes f times b from a.
func subtract(a []float64, f float64, b []float64) {
	b = b[:len(a)]
	for t := range a {
		a[t] -= float64(f * b[t])
	}
}

// prices of the rows at the basis, into y.
func (p *Problem) prices(y []float64) []float64 {
	clear(y)
	for k, j := range p.basic {
		if c := p.Cost[j]; c != 0 {
			for i, v := range p.inverse[k*p.m : k*p.m+p.m] {
				y[i] += float64(c * v)
			}
		}
	}
	return y
}

// price computes reduced costs afresh, and makes the basis dual feasible: each nonbasic variable goes to the bound that its reduced cost likes.
func (p *Problem) price() {
	p.across(p.prices(p.side))
	for j := range p.reduced {
		if p.place[j] >= 0 {
			p.reduced[j], p.way[j] = 0, 0
			continue
		}
		d := p.Cost[j] - p.alpha[j]
		p.reduced[j] = d
		if d > 1e-11 {
			p.atUpper[j] = true
		} else if d < -1e-11 {
			p.atUpper[j] = false
		}
		p.toward(j)
	}
}

// toward says which way a nonbasic variable can go.
func (p *Problem) toward(j int) {
	switch {
	case p.Upper[j]-p.Lower[j] < 1e-12:
		p.way[j] = 0
	case p.atUpper[j]:
		p.way[j] = -1
	default:
		p.way[j] = 1
	}
}

// values computes the basic variables afresh.
func (p *Problem) values() {
	clear(p.side)
	for j := range p.place {
		if p.place[j] < 0 {
			if x := p.Value(j); x != 0 {
				p.move(j, x)
			}
		}
	}
	clear(p.x)
	p.settle()
}

// move takes step times column j from the right-hand side.
func (p *Problem) move(j int, step float64) {
	if j >= p.n {
		p.side[j-p.n] += step
		return
	}
	coef := p.coef[p.start[j]:p.end[j]]
	for k, r := range p.row[p.start[j]:p.end[j]] {
		p.side[r] -= float64(coef[k] * step)
	}
}

// settle adds what the right-hand side makes of the basic variables.
func (p *Problem) settle() {
	for k := range p.m {
		sum := 0.0
		inv := p.inverse[k*p.m : k*p.m+p.m]
		for i, b := range p.side {
			sum += float64(inv[i] * b)
		}
		p.x[k] += sum
	}
}

// A state is a basis that can be come back to.
type state struct {
	basic   []int
	atUpper []bool
	inverse []float64
	since   int
}

func (p *Problem) save(s *state) {
	s.basic, s.atUpper, s.inverse = append(s.basic[:0], p.basic...), append(s.atUpper[:0], p.atUpper...), append(s.inverse[:0], p.inverse...)
	s.since = p.since
}

func (p *Problem) restore(s *state) {
	copy(p.basic, s.basic)
	copy(p.atUpper, s.atUpper)
	copy(p.inverse, s.inverse)
	p.since = s.since
	for j := range p.place {
		p.place[j] = -1
	}
	for k, j := range p.basic {
		p.place[j] = k
	}
}
