package groups

import "math"

// components are the first two principal components, by power iteration: from a vector of ones, multiplied by the matrix and brought to length 1, a fixed number of
// times. The second is kept orthogonal to the first in each step (Gram-Schmidt), which is the same as taking the first one out of the data. Where the
// matrix makes nothing of the ones, the column of the statement that varies most takes their place. A component that explains nothing is zero.
// explained is the share of all variance.
func (m *gram) components(iterations int) (c [2][]float64, explained [2]float64) {
	total := 0.0
	for j := range m.n {
		total += m.g[j*m.n+j]
	}
	c[0], c[1] = make([]float64, m.n), make([]float64, m.n)
	if total == 0 {
		return c, explained
	}
	for i := range c {
		var before []float64
		if i == 1 {
			before = c[0]
		}
		value := m.iterate(c[i], before, iterations, total)
		sign(c[i])
		explained[i] = min(1, value/total)
	}
	return c, explained
}

// iterate finds one component, and gives its eigenvalue.
func (m *gram) iterate(x, before []float64, iterations int, total float64) float64 {
	y := make([]float64, m.n)
	for j := range x {
		x[j] = 1 / math.Sqrt(float64(m.n))
	}
	m.step(y, x, before)
	if length(y) <= 1e-9*total { // of a vector of length 1: that much is rounding
		m.widest(x, before)
		m.step(y, x, before)
	}
	value := 0.0
	for i := range iterations + 1 { // the first step is made
		if i > 0 {
			m.step(y, x, before)
		}
		value = length(y)
		if value <= 1e-12*total {
			clear(x)
			return 0
		}
		for j := range x {
			x[j] = y[j] / value
		}
	}
	return value
}

// step sets y = P·G·P·x with P the projection that takes out before.
func (m *gram) step(y, x, before []float64) {
	orthogonal(x, before)
	clear(y)
	combine(y, x, m.g, m.n)
	orthogonal(y, before)
}

// combine adds to y the rows of a matrix, x[j] times row j; stride is the width of the matrix, and y may be shorter. Every entry of y is summed over the rows in
// their order, eight of them at a time, so that it is read and written less often.
func combine(y, x, matrix []float64, stride int) {
	for ; len(x) >= 8; x, matrix = x[8:], matrix[8*stride:] {
		eightRows(y, (*[8]float64)(x), matrix, stride)
		if len(x) == 8 {
			return
		}
	}
	for j, a := range x {
		for k, b := range matrix[j*stride : j*stride+len(y)] {
			y[k] += float64(a * b)
		}
	}
}

func eightRows(y []float64, x *[8]float64, matrix []float64, stride int) {
	n := len(y)
	r0, r1, r2, r3 := matrix[:n], matrix[stride:][:n], matrix[2*stride:][:n], matrix[3*stride:][:n]
	r4, r5, r6, r7 := matrix[4*stride:][:n], matrix[5*stride:][:n], matrix[6*stride:][:n], matrix[7*stride:][:n]
	a0, a1, a2, a3, a4, a5, a6, a7 := x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]
	for k, sum := range y {
		sum = sum + float64(a0*r0[k]) + float64(a1*r1[k]) + float64(a2*r2[k]) + float64(a3*r3[k])
		y[k] = sum + float64(a4*r4[k]) + float64(a5*r5[k]) + float64(a6*r6[k]) + float64(a7*r7[k])
	}
}

// widest sets x to the column of the largest diagonal entry once before is taken out, of length 1.
func (m *gram) widest(x, before []float64) {
	best, most := 0, -1.0
	for j := range m.n {
		clear(x)
		x[j] = 1
		orthogonal(x, before)
		y := 0.0
		for k, a := range x { // xᵀGx, for all statements: as dear as one step for each, and hardly ever needed
			if a != 0 {
				y += float64(a * dot(m.g[k*m.n:(k+1)*m.n], x))
			}
		}
		if y > most {
			best, most = j, y
		}
	}
	clear(x)
	x[best] = 1
	orthogonal(x, before)
	if l := length(x); l > 0 {
		for j := range x {
			x[j] /= l
		}
	}
}

// orthogonal takes out of x what it has of the unit vector before.
func orthogonal(x, before []float64) {
	if before == nil {
		return
	}
	d := dot(x, before)
	for j, b := range before {
		x[j] -= float64(d * b)
	}
}

// sign makes the entry of largest size positive, of equal ones the first.
func sign(x []float64) {
	at := 0
	for j := range x {
		if math.Abs(x[j]) > math.Abs(x[at]) {
			at = j
		}
	}
	if x[at] < 0 {
		for j := range x {
			x[j] = -x[j]
		}
	}
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += float64(x[i] * y[i])
	}
	return sum
}

func length(x []float64) float64 { return math.Sqrt(dot(x, x)) }

// project places respondents: the sum over the votes that they cast of (vote − mean)·component, times √(columns/votes), so that those who saw few statements
// are not drawn to the middle. A column that is out counts as a column and, being zero for everybody, as a vote of each.
func (m *gram) project(v *Votes, respondents []int, out []bool, c [2][]float64) [][2]float64 {
	zeroed := 0
	for _, o := range out {
		if o {
			zeroed++
		}
	}
	points := make([][2]float64, len(respondents))
	for i, r := range respondents {
		of, values := v.of(r)
		x, y, votes := 0.0, 0.0, zeroed
		for a, s := range of {
			if out[s] {
				continue
			}
			d := float64(values[a]) - m.mean[s]
			x += float64(d * c[0][s])
			y += float64(d * c[1][s])
			votes++
		}
		scale := math.Sqrt(float64(m.n) / float64(max(votes, 1)))
		points[i] = [2]float64{scale * x, scale * y}
	}
	return points
}
