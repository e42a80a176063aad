// Package lp maximises a linear function over few rows and many columns: a dual simplex for boxed variables, and a branch and bound above it for whole numbers.
// It is written for panels (rows are quotas, columns are kinds of people), and for one thing that libraries do not promise: the same steps, and so the same
// answer, on every machine. Every product that is added is rounded by itself, sums have a fixed order, and ties are broken by index.
//
//	maximise Σ Cost_j x_j   where   Σ_j a_ij x_j = x_{n+i},   Lower ≤ x ≤ Upper
//
// with n columns and m rows. All bounds are finite: every basis becomes dual feasible by moving nonbasic variables to their other bound, so there is no phase 1,
// and a problem without a solution shows itself by a ray. The inverse of the basis is dense, which is right for tens of rows and too much for thousands.
//
// Sources: long-step ratio test (bound flipping): Maros, "A generalized dual phase-2 simplex algorithm", EJOR 149 (2003); Koberstein, "The dual simplex method,
// techniques for a fast and stable implementation", Paderborn 2005.
package lp

// A Column of the matrix, with each row at most once. Coefficients nil: ones.
type Column struct {
	Rows         []int32
	Coefficients []float64
}

// A Problem is a linear program and the basis at which the last Solve left it, from which the next one starts. Bounds and costs may be changed in between.
type Problem struct {
	Lower, Upper []float64 // by variable: the n columns, then the m rows
	Cost         []float64 // by variable
	Steps        int       // pivots so far

	m, n  int
	start []int32 // column j has the entries from start[j] to before end[j]
	end   []int32
	row   []int32
	coef  []float64
	// by column: how many of its first entries are those of the column before it
	shared []uint8

	basic   []int     // by row of the basis: its variable
	place   []int     // by variable: its row of the basis, -1 when it is nonbasic
	atUpper []bool    // by variable: a nonbasic one is at its upper bound
	inverse []float64 // of the basis, m×m
	x       []float64 // by row of the basis
	reduced []float64 // by variable: reduced cost
	way     []float64 // by variable: 1 when it can go up, -1 when it can go down, 0 when it is basic or fixed
	since   int       // pivots since the inverse was computed afresh

	alpha, work, side []float64 // of one pivot: the row over the nonbasic variables, the entering column, a right-hand side
	breaks            []breakpoint
	ray               []float64
}

// New makes a problem with m rows. All bounds and costs are 0.
func New(m int, columns []Column) *Problem {
	n := len(columns)
	p := &Problem{
		Lower: make([]float64, n+m), Upper: make([]float64, n+m), Cost: make([]float64, n+m), m: m, n: n, start: make([]int32, n), end: make([]int32, n),
		basic: make([]int, m), place: make([]int, n+m), atUpper: make([]bool, n+m), inverse: make([]float64, m*m), x: make([]float64, m), reduced: make([]float64, n+m), way: make([]float64, n+m),
		shared: make([]uint8, n),
		alpha:  make([]float64, n+m), work: make([]float64, m), side: make([]float64, m), ray: make([]float64, m),
	}
	for j, c := range columns {
		p.Replace(j, c)
	}
	p.Reset()
	return p
}

// Replace puts another column in the place of column j. The basis stays, which is right for a column that was not in it.
func (p *Problem) Replace(j int, c Column) {
	p.start[j] = int32(len(p.row))
	p.row = append(p.row, c.Rows...)
	if c.Coefficients == nil {
		for range c.Rows {
			p.coef = append(p.coef, 1)
		}
	} else {
		p.coef = append(p.coef, c.Coefficients...)
	}
	p.end[j] = int32(len(p.row))
	p.shared[j] = p.alike(j)
	if j+1 < p.n {
		p.shared[j+1] = p.alike(j + 1)
	}
}

// maxShared is how much of two columns is compared.
const maxShared = 16

// alike counts the entries with which column j begins as the one before it does.
func (p *Problem) alike(j int) uint8 {
	if j == 0 {
		return 0
	}
	a, b := p.start[j-1], p.start[j]
	most := min(maxShared, p.end[j-1]-a, p.end[j]-b)
	for k := range most {
		if p.row[a+k] != p.row[b+k] || p.coef[a+k] != p.coef[b+k] {
			return uint8(k)
		}
	}
	return uint8(most)
}

// Row is the variable of a row.
func (p *Problem) Row(i int) int { return p.n + i }

// Value of a variable at the basis.
func (p *Problem) Value(j int) float64 {
	switch {
	case p.place[j] >= 0:
		return p.x[p.place[j]]
	case p.atUpper[j]:
		return p.Upper[j]
	default:
		return p.Lower[j]
	}
}

// Objective at the basis. After Solve it is never below the optimum.
func (p *Problem) Objective() float64 {
	sum := 0.0
	for j, c := range p.Cost {
		if c != 0 {
			sum += float64(c * p.Value(j))
		}
	}
	return sum
}

// Duals are the prices π of the rows at the basis: the reduced cost of column j is Cost_j − π·a_j.
func (p *Problem) Duals() []float64 {
	return p.prices(make([]float64, p.m))
}

// Ray is why the last Solve said Infeasible: multipliers y of the rows. Whatever x is, Σ_j (y·a_j) x_j − Σ_i y_i x_{n+i} = 0, and yet within the bounds that sum
// is more than 0.
func (p *Problem) Ray() []float64 { return append([]float64(nil), p.ray...) }

// Dot is y·a_j for multipliers of the rows; for the variable of a row it is −y_i.
func (p *Problem) Dot(y []float64, j int) float64 {
	if j >= p.n {
		return -y[j-p.n]
	}
	sum := 0.0
	coef := p.coef[p.start[j]:p.end[j]]
	for k, r := range p.row[p.start[j]:p.end[j]] {
		sum += float64(coef[k] * y[r])
	}
	return sum
}

// Noise is a fixed number in [0, 1) for each index, without a pattern. A little of it in the objective keeps optima from being many, and the simplex from
// going in circles.
func Noise(j int) float64 {
	return float64(float64((uint32(j+1)*2654435761)>>16) / 65536) // the division is a product to the compiler, and must not be fused with a sum
}
