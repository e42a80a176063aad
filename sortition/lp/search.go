package lp

import "math"

// A Search is for a solution whose first columns are whole numbers.
type Search struct {
	Whole  int     // columns 0 to Whole-1 are whole numbers
	Above  float64 // only solutions whose objective is more than this count; -Inf: all
	Enough float64 // the first solution with more than this ends the search; -Inf: the first of all; +Inf: none does
	Gap    float64 // how much of the objective may be missed
	// A solution is also enough when it is within Share of the way from the optimum without whole numbers down to Base. 0: not.
	Share, Base float64
	Core        int          // so many columns are looked at first, and all of them when those give nothing that is enough. 0: all of them
	Nodes       int          // the most that are looked at
	Stop        func() error // nil, or asked now and then; an error ends the search
}

// A Solution of a search.
type Solution struct {
	X         []int   // the whole columns; nil: none was found
	Objective float64 // of X
	Bound     float64 // no solution is above it
	Complete  bool    // the search came to its end: X is optimal up to Gap, or, where it is nil, nothing is above Search.Above
	Nodes     int
	Err       error // of Stop, or that the simplex failed
}

// Maximise searches by branch and bound, depth first, from the present basis. The bounds of the problem are afterwards as they were.
func (p *Problem) Maximise(s Search) Solution {
	if s.Core > 0 && p.n > 2*s.Core && p.Solve(s.Above+s.Gap) == Optimal {
		root := p.Objective()
		enough := s.enough(root)
		if found := coreOf(p, s.Core).maximise(Search{Whole: s.Whole, Above: s.Above, Enough: enough, Gap: root - enough, Nodes: s.Nodes, Stop: s.Stop}); found.Err != nil || (found.X != nil && found.Objective > enough) {
			found.Bound, found.Complete = root, false
			return found
		}
	}
	b := branching{Problem: p, Search: s, best: s.Above}
	b.Solution = Solution{Objective: math.Inf(-1), Bound: math.Inf(1)}
	b.node(0)
	b.Complete = !b.stopped
	if b.Complete {
		b.Bound = b.best + b.Gap
	} else {
		b.Bound = b.root
	}
	return b.Solution
}

type branching struct {
	*Problem
	Search
	Solution
	best, root float64 // what is to be surpassed; the optimum without whole numbers
	stopped    bool
	states     []*state // by depth
}

// node looks at the problem within its present bounds.
func (b *branching) node(depth int) {
	if b.stop() {
		return
	}
	b.Solution.Nodes++
	status := b.Solve(b.best + b.Gap)
	if depth == 0 {
		b.begin(status)
	}
	if status == Failed {
		b.stopped = true // what was not looked at cannot be said to hold nothing
		return
	}
	if status != Optimal {
		return
	}
	bound := b.Problem.Objective()
	if bound <= b.best+b.Gap {
		return
	}
	j := b.fractional()
	if j < 0 {
		b.take()
		return
	}
	if depth == len(b.states) {
		b.states = append(b.states, &state{})
	}
	saved := b.states[depth]
	b.save(saved)
	lower, upper, x := b.Lower[j], b.Upper[j], b.Value(j)
	floor := math.Floor(x)
	up := x-floor >= 0.5 // the nearer side first
	for range 2 {
		if up {
			b.Lower[j] = floor + 1
		} else {
			b.Upper[j] = floor
		}
		b.node(depth + 1)
		b.Lower[j], b.Upper[j] = lower, upper
		if b.stopped {
			return // and the basis stays at what was found: the next search begins there
		}
		b.restore(saved)
		up = !up
	}
}

func (b *branching) stop() bool {
	if !b.stopped && b.Solution.Nodes >= b.Search.Nodes {
		b.stopped = true
	}
	if !b.stopped && b.Stop != nil && b.Solution.Nodes%64 == 63 {
		if err := b.Stop(); err != nil {
			b.Err, b.stopped = err, true
		}
	}
	return b.stopped
}

// begin knows the optimum without whole numbers, and so what is enough.
func (b *branching) begin(status Status) {
	switch status {
	case Optimal:
		b.root = b.Problem.Objective()
	case Cutoff:
		b.root = b.best + b.Gap
	case Infeasible:
		b.root = math.Inf(-1)
	default:
		b.root = math.Inf(1)
	}
	if b.Share > 0 && status == Optimal {
		b.Enough = b.enough(b.root)
		b.Gap = max(b.Gap, float64(b.Share*(b.root-b.Base)))
	}
}

// enough is what ends the search, when the optimum without whole numbers is root.
func (s *Search) enough(root float64) float64 {
	if s.Share <= 0 {
		return s.Enough
	}
	return min(s.Enough, root-float64(s.Share*(root-s.Base)))
}

// fractional is the column that is farthest from a whole number, -1 when all are whole.
func (b *branching) fractional() int {
	chosen, farthest := -1, 1e-6
	for k, j := range b.basic {
		if j >= b.Whole {
			continue
		}
		f := b.x[k] - math.Floor(b.x[k])
		f = min(f, 1-f)
		if f > farthest+1e-9 || (chosen >= 0 && f > farthest-1e-9 && j < chosen) {
			chosen, farthest = j, f
		}
	}
	return chosen
}

// take takes the present basis for the best solution so far.
func (b *branching) take() {
	b.X = make([]int, b.Whole)
	for j := range b.X {
		b.X[j] = int(math.Round(b.Value(j)))
	}
	b.Solution.Objective = b.Problem.Objective()
	b.best = b.Solution.Objective
	if b.best > b.Enough {
		b.stopped = true
	}
}
