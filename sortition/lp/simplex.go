package lp

import "math"

// A Status is how Solve ended.
type Status int

const (
	Optimal    Status = iota // Value and Objective are those of an optimum
	Infeasible               // nothing is within the bounds; Ray says why
	Cutoff                   // the optimum is not above the cutoff
	Failed                   // the numbers got out of hand
)

// Tolerances. Panels are small numbers, so they need no scaling.
const (
	feasible   = 1e-8 // how far out of its bounds a basic variable may be
	pivotable  = 1e-9 // below it an entry is no pivot
	mostPivots = 20_000
	freshAfter = 100 // pivots, and the inverse is computed afresh
)

// A breakpoint is where a nonbasic variable's reduced cost becomes 0 as the leaving row's dual grows.
type breakpoint struct {
	j           int
	ratio, size float64 // size: of its entry in the leaving row
}

// Solve goes from the present basis to an optimum. When it finds on its way that the optimum is not above cutoff it says Cutoff. Where it fails it tries again,
// once, from the basis of the rows.
func (p *Problem) Solve(cutoff float64) Status {
	s := p.solve(cutoff)
	if s == Failed {
		p.Reset()
		s = p.solve(cutoff)
	}
	return s
}

func (p *Problem) solve(cutoff float64) Status {
	p.price()
	p.values()
	fresh := true
	for pivots := range mostPivots {
		if pivots%20 == 19 && cutoff > math.Inf(-1) && p.Objective() <= cutoff {
			return Cutoff
		}
		r, sign, excess := p.leaving()
		if r < 0 {
			if fresh {
				return Optimal
			}
			p.values() // steps add up small errors: look again without them
			fresh = true
			continue
		}
		e := p.entering(r, sign, excess)
		if e < 0 {
			if !fresh { // the same before something is said to be impossible
				p.values()
				fresh = true
				continue
			}
			for i := range p.ray {
				p.ray[i] = -sign * p.inverse[r*p.m+i]
			}
			return Infeasible
		}
		p.column(e)
		if math.Abs(p.work[r]) < pivotable || p.since >= freshAfter {
			if !p.invert() {
				return Failed
			}
			p.price()
			p.values()
			fresh = true
			continue
		}
		p.pivot(r, e, sign)
		fresh = false
	}
	return Failed
}

// leaving chooses the basic variable that is farthest out of its bounds, measured along its row (dual steepest edge): its row, +1 above or -1 below, how far.
func (p *Problem) leaving() (r int, sign, excess float64) {
	r, best := -1, 0.0
	for k, j := range p.basic {
		v, s := p.x[k]-p.Upper[j], 1.0
		if v <= feasible {
			if v, s = p.Lower[j]-p.x[k], -1.0; v <= feasible {
				continue
			}
		}
		norm := 0.0
		for _, q := range p.inverse[k*p.m : k*p.m+p.m] {
			norm += float64(q * q)
		}
		if score := float64(v*v) / norm; score > best {
			best, r, sign, excess = score, k, s, v
		}
	}
	return r, sign, excess
}

// entering chooses the variable that takes the place of row r, by the long-step ratio test: while the dual objective still gets better, variables that are
// passed flip to their other bound. It gives -1, and flips nothing, when all of them together do not bring the leaving variable within its bounds.
func (p *Problem) entering(r int, sign, excess float64) int {
	p.across(p.inverse[r*p.m : r*p.m+p.m])
	h := p.breaks[:0]
	way, reduced := p.way[:len(p.alpha)], p.reduced[:len(p.alpha)]
	for j, a := range p.alpha {
		if toward := sign * a * way[j]; toward > pivotable {
			h = append(h, breakpoint{j, math.Abs(reduced[j]) / toward, toward})
		}
	}
	p.breaks = h
	q := p.passing(h, excess)
	if q < 0 {
		return -1
	}
	chosen := h[q]
	for _, b := range h[q+1:] { // of nearly the same ratio, the largest pivot
		if b.ratio <= h[q].ratio+1e-10 && (b.size > chosen.size || (b.size == chosen.size && b.j < chosen.j)) {
			chosen = b
		}
	}
	if q > 0 {
		clear(p.side)
		for _, b := range h[:q] {
			p.move(b.j, float64(p.way[b.j]*(p.Upper[b.j]-p.Lower[b.j])))
			p.atUpper[b.j] = !p.atUpper[b.j]
			p.way[b.j] = -p.way[b.j]
		}
		p.settle()
	}
	return chosen.j
}

// across computes alpha: multipliers of the rows times every variable. Neighbours among the columns often begin alike, and then share the beginning of their
// sums, which are added in the same order as by Dot.
func (p *Problem) across(rho []float64) {
	var sums [maxShared + 1]float64
	for j := range p.n {
		from, to := p.start[j], p.end[j]
		k := p.shared[j]
		sum := sums[k]
		for e := from + int32(k); e < to; e++ {
			sum += float64(p.coef[e] * rho[p.row[e]])
			if k < maxShared {
				k++
				sums[k] = sum
			}
		}
		p.alpha[j] = sum
	}
	for i, v := range rho {
		p.alpha[p.n+i] = -v
	}
}

// passing orders breakpoints as far as it must, and gives the index of the one at which the excess is used up: before it stand those that are passed, after it
// the others. -1: all of them together do not use it up.
func (p *Problem) passing(h []breakpoint, excess float64) int {
	low, high := 0, len(h)
	for low < high {
		middle := low + (high-low)/2 // as good as any: the order of the columns has nothing to do with ratios
		pivot := h[middle]
		h[middle] = h[high-1]
		at, sum := low, 0.0
		for k := low; k < high-1; k++ {
			if b := h[k]; before(b, pivot) {
				sum += float64(b.size * (p.Upper[b.j] - p.Lower[b.j]))
				h[k], h[at] = h[at], b
				at++
			}
		}
		h[high-1], h[at] = h[at], pivot
		switch own := float64(pivot.size * (p.Upper[pivot.j] - p.Lower[pivot.j])); {
		case excess-sum < pivotable:
			high = at
		case excess-sum-own < pivotable:
			return at
		default:
			excess -= sum + own
			low = at + 1
		}
	}
	return -1
}

func before(a, b breakpoint) bool {
	if a.ratio != b.ratio {
		return a.ratio < b.ratio
	}
	if a.size != b.size {
		return a.size > b.size
	}
	return a.j < b.j
}

// column computes a column in terms of the basis, into work.
func (p *Problem) column(e int) {
	for k := range p.m {
		p.work[k] = p.Dot(p.inverse[k*p.m:k*p.m+p.m], e)
	}
}

// pivot puts variable e into row r of the basis, and brings everything up to date. work is the column of e.
func (p *Problem) pivot(r, e int, sign float64) {
	m, leave := p.m, p.basic[r]
	bound := p.Lower[leave]
	if sign > 0 {
		bound = p.Upper[leave]
	}
	step := (p.x[r] - bound) / p.work[r]
	value := p.Value(e) + step
	for k, w := range p.work {
		p.x[k] -= float64(step * w)
	}
	p.x[r] = value

	theta := p.reduced[e] / p.alpha[e]
	subtract(p.reduced, theta, p.alpha) // those of basic variables mean nothing
	p.reduced[leave], p.reduced[e] = -theta, 0
	p.atUpper[leave] = sign > 0
	p.place[leave], p.place[e], p.basic[r] = -1, r, e
	p.way[e] = 0
	p.toward(leave)

	row, scale := p.inverse[r*m:r*m+m], 1/p.work[r]
	for i := range row {
		row[i] *= scale
	}
	for k, f := range p.work {
		if k != r && f != 0 {
			subtract(p.inverse[k*m:k*m+m], f, row)
		}
	}
	p.since++
	p.Steps++
}
