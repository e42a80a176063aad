package lottery

import (
	"errors"
	"math"

	"daybook.internal/sortition/lp"
)

// A herd is a growing list of panels that keeps close to the chances aimed at. Every orbit is owed seats: with each panel by its chance, less what it got. The
// next panel is one of those that give most to whom most is owed, per person. What is owed stays bounded when the chances can be had at all (Welling, "Herding
// dynamical weights to learn", ICML 2009), so after M panels every chance is off by no more than a few M-ths.
type herd struct {
	*Orbits
	p      *lp.Problem
	chance []float64
	owed   []float64 // seats, by orbit
	share  float64   // of what could be given, that may be missed
	panels []composition
}

func (o *Orbits) herd(chance []float64, share float64) *herd {
	return &herd{Orbits: o, p: o.Problem(), chance: chance, owed: make([]float64, len(o.List)), share: share}
}

// next adds a panel.
func (h *herd) next(stop func() error) error {
	base := 0.0 // what fractions of people at their chances would give
	for t, orbit := range h.List {
		m := float64(len(orbit.People))
		due := float64(m * h.chance[t])
		h.owed[t] += due
		w := h.owed[t]/m + float64(1e-6*lp.Noise(t))
		h.p.Cost[t] = w
		base += float64(w * due)
	}
	c, err := h.search(h.p, lp.Search{Above: math.Inf(-1), Enough: math.Inf(1), Gap: 1e-7, Share: h.share, Base: base, Core: nearest, Nodes: fewNodes, Stop: stop})
	if errors.Is(err, ErrUndecided) {
		c, err = h.search(h.p, lp.Search{Above: math.Inf(-1), Enough: math.Inf(-1), Nodes: manyNodes, Stop: stop})
	}
	if err != nil {
		return err
	}
	if c == nil {
		return ErrInfeasible
	}
	for _, s := range c {
		h.owed[s.orbit] -= float64(s.count)
	}
	h.panels = append(h.panels, c)
	return nil
}

// run makes panels until there are enough. When somebody is owed so much that the chances look impossible, and cut is true, it looks for a cut, adds it to the
// orbits, and stops with true.
func (h *herd) run(panels int, cut bool, tick Tick) (bool, error) {
	for j := range panels {
		stop := func() error { return tick("panels", j, panels) }
		if err := stop(); err != nil {
			return false, err
		}
		if err := h.next(stop); err != nil {
			return false, err
		}
		if last := j == panels-1; cut && (last && h.worst() > 3 || j%25 == 24 && h.worst() > 4) {
			if found, err := h.separate(h, stop); found || err != nil {
				return found, err
			}
		}
	}
	return false, nil
}

// worst is the most seats that a person of any orbit is owed.
func (h *herd) worst() float64 {
	worst := 0.0
	for t, orbit := range h.List {
		worst = max(worst, h.owed[t]/float64(len(orbit.People)))
	}
	return worst
}
