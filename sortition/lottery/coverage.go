package lottery

import (
	"errors"
	"math"

	"daybook.internal/sortition/lp"
)

// cover finds for every orbit a panel that seats one of it, and sets the caps of orbits for which there is none to 0. It gives the panels that it came by.
//
// First come panels that seat as many as they can of those who are on none yet, by weights that shrink with every seat (multiplicative weights); those whom
// that leaves over get a search each.
func (o *Orbits) cover(tick Tick) ([]composition, error) {
	p := o.Problem()
	done := 0
	stop := func() error { return tick("coverage", done, len(o.List)) }
	first, err := o.anyPanel(p, stop)
	if err != nil {
		return nil, err
	}
	if first == nil {
		return nil, ErrInfeasible
	}
	covered := make([]bool, len(o.List))
	weight := make([]float64, len(o.List))
	for t := range weight {
		weight[t] = 1
	}
	var panels []composition
	add := func(c composition) (news int) {
		panels = append(panels, c)
		for _, s := range c {
			if !covered[s.orbit] {
				covered[s.orbit] = true
				news++
			}
			weight[s.orbit] *= 0.3
		}
		done += news
		return news
	}
	add(first)
	for idle := 0; idle < 3 && done < len(o.List); {
		for t, w := range weight {
			p.Cost[t] = w + float64(1e-6*lp.Noise(t))
		}
		c, err := o.search(p, lp.Search{Above: math.Inf(-1), Enough: math.Inf(1), Gap: 1e-7, Share: 0.2, Core: nearest, Nodes: fewNodes, Stop: stop})
		if errors.Is(err, ErrUndecided) {
			break
		}
		if err != nil {
			return nil, err
		}
		if add(c) == 0 {
			idle++
		} else {
			idle = 0
		}
		if err := stop(); err != nil {
			return nil, err
		}
	}
	return panels, o.coverRest(p, covered, add, tick)
}

// coverRest asks for each orbit that is on no panel yet whether there is one.
func (o *Orbits) coverRest(p *lp.Problem, covered []bool, add func(composition) int, tick Tick) error {
	for t := range o.List {
		if covered[t] {
			continue
		}
		p.Lower[t] = 1
		c, err := o.anyPanel(p, func() error { return tick("coverage", t, len(o.List)) })
		p.Lower[t] = 0
		if err != nil {
			return err
		}
		if c != nil {
			add(c)
		} else {
			o.List[t].Cap, p.Upper[t] = 0, 0
		}
		if err := tick("coverage", t+1, len(o.List)); err != nil {
			return err
		}
	}
	return nil
}
