package lottery

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Build makes a lottery, and checks it. ErrInstance: the instance is not in order; ErrInfeasible: no panel meets the quotas; ErrUndecided; or the error of tick,
// which may be nil.
func Build(in Instance, options Options, tick Tick) (*Lottery, error) {
	return build(in, options, in.Size <= fewSeats || len(in.People) <= fewPeople, tick)
}

// build is Build; small begins with column generation.
func build(in Instance, options Options, small bool, tick Tick) (*Lottery, error) {
	if tick == nil {
		tick = func(string, int, int) error { return nil }
	}
	options.Panels, options.Objective = cmp.Or(options.Panels, DefaultPanels), cmp.Or(options.Objective, Leximin)
	if options.Panels < 1 || !slices.Contains([]Objective{Leximin, LeximinUncapped, Goldilocks}, options.Objective) {
		return nil, fmt.Errorf("%w: %d panels, objective %q", ErrInstance, options.Panels, options.Objective)
	}
	o, err := NewOrbits(in)
	if err == nil {
		err = o.Solvable()
	}
	if err != nil {
		return nil, err
	}
	covering, err := o.cover(tick)
	if err != nil {
		return nil, err
	}
	l := &Lottery{Algorithm: Algorithm, Options: options, Orbits: len(o.List)}
	if _, l.Certificate, err = o.BestMinimum(); err != nil { // there are panels, so this is rounding: the size of a panel is a bound as well
		if l.Certificate, err = o.certify(nil); err != nil {
			return nil, err
		}
	}
	panels, chance, err := o.panels(l, covering, small, tick)
	if err != nil {
		return nil, err
	}
	l.Relaxed = o.levels(chance)
	for t, orbit := range o.List {
		if orbit.Cap == 0 {
			l.Impossible = append(l.Impossible, o.List[t].People...)
		}
	}
	slices.Sort(l.Impossible)
	if l.Panels, err = o.name(in, panels, options.Seed, tick); err != nil {
		return nil, err
	}
	if l.Tickets, err = Count(in, l.Panels); err != nil {
		return nil, err
	}
	return l, l.Check(in)
}

// most that is tried before the chances of the relaxation are given up.
const mostCuts = 3

// panels makes compositions, and says which chances they aim at. It begins with the relaxation; where panels cannot keep what that promises it cuts off what is
// too much, a few times, and then turns to column generation, if there are not too many orbits for it. Small draws begin there.
func (o *Orbits) panels(l *Lottery, covering []composition, small bool, tick Tick) ([]composition, []float64, error) {
	possible := 0
	for _, orbit := range o.List {
		if orbit.Cap > 0 {
			possible++
		}
	}
	exactly := possible <= mostOrbits
	if exactly && small {
		return o.exactPanels(l, covering, tick)
	}
	for {
		chance, err := o.aim(l, tick)
		if exactly && (errors.Is(err, errNumbers) || errors.Is(err, errCap) || errors.Is(err, ErrInfeasible)) { // there are panels, so this is rounding
			return o.exactPanels(l, covering, tick)
		}
		if err != nil {
			return nil, nil, err
		}
		h := o.herd(chance, 0.15)
		cut, err := h.run(l.Options.Panels, len(o.cuts) < mostCuts, tick)
		switch {
		case err != nil:
			return nil, nil, err
		case cut:
		case exactly && h.worst() > 3:
			return o.exactPanels(l, covering, tick)
		default:
			return h.panels, chance, nil
		}
	}
}

// aim gives the chances that the relaxation promises, and the cap on them.
func (o *Orbits) aim(l *Lottery, tick Tick) ([]float64, error) {
	least, _, err := o.minimum(1)
	if err != nil {
		return nil, err
	}
	if l.Cap, err = o.ceiling(l.Options.Objective, least); err != nil {
		return nil, err
	}
	return o.relaxation(l.Cap).leximin(tick)
}

func (o *Orbits) exactPanels(l *Lottery, covering []composition, tick Tick) ([]composition, []float64, error) {
	o.cuts = nil
	chance, err := o.exact(covering, tick)
	if err != nil {
		return nil, nil, err
	}
	h := o.herd(chance, 0.02)
	if _, err := h.run(l.Options.Panels, false, tick); err != nil {
		return nil, nil, err
	}
	l.Cap, l.Exact = 1, true
	return h.panels, chance, nil
}

// levels counts the people at each chance. Chances that differ by less than a millionth are one.
func (o *Orbits) levels(chance []float64) []Level {
	var all []Level
	for t, orbit := range o.List {
		if orbit.Cap > 0 {
			all = append(all, Level{chance[t], len(orbit.People)})
		}
	}
	slices.SortStableFunc(all, func(a, b Level) int { return cmp.Compare(a.Probability, b.Probability) })
	var merged []Level
	for _, l := range all {
		if last := len(merged) - 1; last >= 0 && l.Probability-merged[last].Probability < 1e-6 {
			merged[last].People += l.People
		} else {
			merged = append(merged, l)
		}
	}
	return merged
}

// BestMinimum is the same for an instance as for its orbits.
func BestMinimum(in Instance) (float64, Certificate, error) {
	o, err := NewOrbits(in)
	if err == nil {
		err = o.Solvable()
	}
	if err != nil {
		return 0, Certificate{}, err
	}
	return o.BestMinimum()
}
