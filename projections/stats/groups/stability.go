package groups

import "slices"

// Stability is how far groups come out the same when other people of the same kind had been asked: the adjusted Rand index between the groups found and
// those of each run of a bootstrap.
type Stability struct {
	Runs                 int
	Mean, Median, Lowest float64
	Rand                 []float64 // of each run, ascending
}

func newStability(rand []float64) Stability {
	s := Stability{Runs: len(rand), Rand: rand}
	if len(rand) == 0 {
		return s
	}
	slices.Sort(rand)
	for _, x := range rand {
		s.Mean += x
	}
	s.Mean /= float64(len(rand))
	s.Lowest, s.Median = rand[0], (rand[(len(rand)-1)/2]+rand[len(rand)/2])/2
	return s
}

// bootstrap draws as many respondents as there are, with replacement, finds components and k groups among them as Find does, with fewer starts, and assigns all
// respondents to the nearest of the groups so found.
func (f *finder) bootstrap(run int, like *partition) (float64, error) {
	r := newRandom(f.params.Seed, forBootstrap, uint64(run))
	at := make([]int, len(f.selected))
	for i := range at {
		at[i] = r.below(len(f.selected))
	}
	slices.Sort(at)
	rows := make([]int, len(at))
	for i, a := range at {
		rows[i] = f.selected[a]
	}
	m := newGram(f.votes, rows, f.out)
	c, _ := m.components(f.params.Iterations)
	all := m.project(f.votes, f.selected, f.out, c)
	drawn := make([][2]float64, len(at))
	for i, a := range at {
		drawn[i] = all[a]
	}
	k, label := len(like.centers), make([]int, len(all))
	if first := distinct(drawn); len(first) >= k { // who differs in nothing is one group
		p, err := best(drawn, sampled(len(drawn), f.params.Sample, f.params.Seed), first, k, f.params.BootstrapStarts, f.params.Steps, f.params.Seed, uint64(run)+1, func() error { return nil })
		if err != nil {
			return 0, err
		}
		for i, x := range all {
			label[i] = nearest(p.centers, x)
		}
	}
	return AdjustedRand(like.label, label)
}
