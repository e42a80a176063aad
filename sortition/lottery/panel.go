package lottery

import (
	"errors"
	"fmt"
	"math"

	"daybook.internal/sortition/lp"
)

// A composition is a panel before it has names: the seats of each orbit that has any.
type composition []seats

type seats struct{ orbit, count int32 }

// ErrUndecided says that the search was given up before it found a panel or knew that there is none.
var ErrUndecided = errors.New("the search for a panel was given up")

// nearest is how many orbits a search looks at first, where any panel near the best will do.
const nearest = 128

// How many nodes a search may take: where any panel near the best will do, and where the answer matters.
const (
	fewNodes  = 3_000
	manyNodes = 200_000
)

// compose makes a composition of what a search found, and checks it in whole numbers: no panel is there because the solver said so.
func (o *Orbits) compose(x []int) (composition, error) {
	rows := make([]int, o.Rows())
	var c composition
	for t, n := range x {
		if n < 0 || n > o.List[t].Cap {
			return nil, fmt.Errorf("%w: an orbit that can take %d seats has %d", ErrCheck, o.List[t].Cap, n)
		}
		if n == 0 {
			continue
		}
		c = append(c, seats{int32(t), int32(n)})
		for _, r := range o.rows(t) {
			rows[r] += n
		}
	}
	for r, n := range rows {
		if least, most := o.bounds(r); n < least || n > most {
			return nil, fmt.Errorf("%w: row %d has %d seats, not %d to %d", ErrCheck, r, n, least, most)
		}
	}
	return c, nil
}

// anyPanel finds a panel within the bounds of p, or nil when there is none.
func (o *Orbits) anyPanel(p *lp.Problem, stop func() error) (composition, error) {
	for t := range o.List {
		p.Cost[t] = float64(1e-3 * lp.Noise(t))
	}
	return o.search(p, lp.Search{Above: math.Inf(-1), Enough: math.Inf(-1), Nodes: manyNodes, Stop: stop})
}

// search gives a panel, nil when there is none, or ErrUndecided.
func (o *Orbits) search(p *lp.Problem, s lp.Search) (composition, error) {
	s.Whole = len(o.List)
	found := p.Maximise(s)
	switch {
	case found.Err != nil:
		return nil, found.Err
	case found.X != nil:
		return o.compose(found.X)
	case found.Complete:
		return nil, nil
	default:
		return nil, fmt.Errorf("%w after %d nodes", ErrUndecided, found.Nodes)
	}
}
