package lottery

import (
	"fmt"
	"math"

	"daybook.internal/sortition/lp"
)

// Where the relaxation may promise what panels cannot keep: few seats, few people. And how many orbits are too many to be exact about.
const (
	fewSeats   = 5
	fewPeople  = 60
	mostOrbits = 400
)

// A hull is the lotteries over some panels, to which more come as they are needed: column generation (Flanigan et al. 2021, methods), by rays. Its rows are the
// sum of the panels' probabilities, which is 1, and the seats on average of each orbit that is on any panel.
type hull struct {
	*lp.Problem
	*Orbits
	pricing *lp.Problem
	panels  []composition
	known   map[string]bool
	columns int   // that the problem has room for
	row     []int // by orbit, 0: it is on no panel
	rows    int
	chance  []float64
	free    int
}

// exact gives the leximin of lotteries over panels, without a cap. As in a relaxation, floors come down to what is possible; here a ray is first shown to the
// best panel against it. If that is a new one it comes in; and what the best of all panels gives is what floors may ask for, exactly.
func (o *Orbits) exact(panels []composition, tick Tick) ([]float64, error) {
	h := &hull{Orbits: o, pricing: o.Problem(), known: map[string]bool{}, chance: make([]float64, len(o.List)), row: make([]int, len(o.List)), rows: 1}
	for _, c := range panels {
		h.learn(c)
	}
	for t, orbit := range o.List {
		if orbit.Cap > 0 {
			h.chance[t], h.row[t] = -1, h.rows
			h.free++
			h.rows++
		}
	}
	h.grow()
	for h.free > 0 {
		if err := h.raise(tick); err != nil {
			return nil, err
		}
	}
	for t, orbit := range o.List {
		if h.row[t] > 0 {
			h.chance[t] = max(0, h.Value(h.Row(h.row[t]))/float64(len(orbit.People)))
		}
	}
	return h.chance, nil
}

func (h *hull) learn(c composition) bool {
	key := fmt.Sprint(c)
	if h.known[key] {
		return false
	}
	h.known[key] = true
	h.panels = append(h.panels, c)
	return true
}

// grow makes a problem of the panels known, with room for more.
func (h *hull) grow() {
	h.columns = 2*len(h.panels) + 64
	h.Problem = lp.New(h.rows, make([]lp.Column, h.columns))
	for j, c := range h.panels {
		h.put(j, c)
	}
	for t, r := range h.row {
		if r > 0 {
			h.Upper[h.Row(r)] = float64(h.List[t].Cap)
		}
	}
	h.Lower[h.Row(0)], h.Upper[h.Row(0)] = 1, 1
}

func (h *hull) put(j int, c composition) {
	column := lp.Column{Rows: []int32{0}, Coefficients: []float64{1}}
	for _, s := range c {
		column.Rows, column.Coefficients = append(column.Rows, int32(h.row[s.orbit])), append(column.Coefficients, float64(s.count))
	}
	h.Replace(j, column)
	h.Upper[j], h.Cost[j] = 1, lp.Noise(j)-0.5
}

// raise finds the next chance, and whose it is.
func (h *hull) raise(tick Tick) error {
	z := math.Inf(1)
	for t, c := range h.chance {
		if c < 0 {
			z = min(z, float64(h.List[t].Cap)/float64(len(h.List[t].People)))
		}
	}
	start, slack := z, 1e-7
	var held []int
	for range 100_000 {
		if err := tick("exact", len(h.List)-h.free, len(h.List)); err != nil {
			return err
		}
		for t, c := range h.chance {
			if c < 0 {
				c = z
			}
			if r := h.Row(h.row[t]); h.row[t] > 0 {
				h.Lower[r] = min(h.Upper[r], max(0, float64(c*float64(len(h.List[t].People)))-slack))
			}
		}
		switch h.Solve(math.Inf(-1)) {
		case lp.Optimal:
			h.hold(z, start, held)
			return nil
		case lp.Infeasible:
		default:
			return fmt.Errorf("%w: the simplex fails", errNumbers)
		}
		ray := h.Ray()
		fixed, floors, own := h.owing(ray)
		most, news, err := h.best(ray, fixed+float64(floors*z), func() error { return tick("exact", len(h.List)-h.free, len(h.List)) })
		if err != nil {
			return err
		}
		if below := (most - fixed) / floors; floors > 1e-9 && below < z {
			z, held = max(0, below), own
		} else if !news {
			if slack *= 2; slack > 1e-4 { // rounding errors
				return fmt.Errorf("%w: the panels do not come together", errNumbers)
			}
		}
	}
	return fmt.Errorf("%w: floors do not come to an end", errNumbers)
}

// hold gives chance z to those who are held down to it.
func (h *hull) hold(z, start float64, held []int) {
	for t, c := range h.chance {
		if c < 0 && z >= start-1e-9 && float64(h.List[t].Cap) <= float64((start+1e-9)*float64(len(h.List[t].People))) {
			held = append(held, t)
		}
	}
	for _, t := range held {
		if h.chance[t] < 0 {
			h.chance[t] = z
			h.free--
		}
	}
}

// owing is what floors ask of a panel, on average, in the direction of a ray: fixed + z·floors.
func (h *hull) owing(ray []float64) (fixed, floors float64, held []int) {
	for t, orbit := range h.List {
		switch w, m := h.weight(ray, t), float64(len(orbit.People)); {
		case w == 0:
		case w > 0: // more than its cap it cannot have anyway
			fixed -= float64(w * float64(orbit.Cap))
		case h.chance[t] < 0:
			floors -= float64(w * m)
			held = append(held, t)
		default:
			fixed -= float64(w * float64(h.chance[t]*m))
		}
	}
	return fixed, floors, held
}

// weight of an orbit in a ray. What is nearly 0 is 0.
func (h *hull) weight(ray []float64, t int) float64 {
	if h.row[t] == 0 || math.Abs(ray[h.row[t]]) < 1e-9 {
		return 0
	}
	return ray[h.row[t]]
}

// best puts a panel into the hull that gives as much against a ray as is asked for, if there is one, or the one that gives most: what no panel gives more than,
// and whether it is new. Of a panel that will do it is not known what others give, which is +Inf.
func (h *hull) best(ray []float64, asked float64, stop func() error) (most float64, news bool, err error) {
	for t := range h.List {
		h.pricing.Cost[t] = -h.weight(ray, t)
	}
	found := h.pricing.Maximise(lp.Search{Whole: len(h.List), Above: asked, Enough: math.Inf(1), Gap: 1e-9, Share: 0.5, Base: asked, Nodes: fewNodes, Stop: stop})
	if found.Err == nil && found.X != nil {
		if news, err := h.take(found.X); news || err != nil {
			return math.Inf(1), news, err
		}
	}
	if found.Err == nil {
		found = h.pricing.Maximise(lp.Search{Whole: len(h.List), Above: math.Inf(-1), Enough: math.Inf(1), Gap: 1e-9, Nodes: manyNodes, Stop: stop})
	}
	if found.Err != nil {
		return 0, false, found.Err
	}
	if !found.Complete || found.X == nil {
		return 0, false, fmt.Errorf("%w after %d nodes", ErrUndecided, found.Nodes)
	}
	news, err = h.take(found.X)
	return found.Objective, news, err
}

// take puts a panel into the hull, and tells whether it is new.
func (h *hull) take(x []int) (bool, error) {
	c, err := h.compose(x)
	if err != nil || !h.learn(c) {
		return false, err
	}
	if j := len(h.panels) - 1; j < h.columns {
		h.put(j, c)
	} else {
		h.grow()
	}
	return true, nil
}
