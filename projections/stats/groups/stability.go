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

// sparse is how many entries of a matrix are multiplied in the time of a vote, down and up.
const sparse = 12

// bootstraps are the runs of one conversation, one after another in the same memory.
type bootstraps struct {
	*finder
	like  *partition
	times []int // how often each of the selected was drawn
	at    []int // who was drawn, ascending
	rows  []int // respondents who were drawn, ascending, each once
	drawn [][2]float64
	label []int
	among people
}

func (f *finder) bootstraps(like *partition) *bootstraps {
	n := len(f.selected)
	return &bootstraps{finder: f, like: like, times: make([]int, n), at: make([]int, n), drawn: make([][2]float64, n), label: make([]int, n)}
}

// run draws as many respondents as there are, with replacement, finds components and k groups among them as Find does, with fewer starts, and assigns all
// respondents to the nearest of the groups so found.
func (b *bootstraps) run(run int) (float64, error) {
	b.draw(newRandom(b.params.Seed, forBootstrap, uint64(run)))
	return b.compare(b.place(), run)
}

// compare groups those who were drawn, whose points are among all.
func (b *bootstraps) compare(all [][2]float64, run int) (float64, error) {
	for i, a := range b.at {
		b.drawn[i] = all[a]
	}
	k := len(b.like.centers)
	clear(b.label)
	if first := distinct(b.drawn); len(first) >= k { // who differs in nothing is one group
		sample := sampled(len(b.drawn), b.params.Sample, b.params.Seed)
		p, err := best(b.drawn, sample, first, k, b.params.BootstrapStarts, b.params.Steps, b.params.Seed, uint64(run)+1, func() error { return nil })
		if err != nil {
			return 0, err
		}
		for i, x := range all {
			b.label[i] = nearest(p.centers, x)
		}
	}
	return AdjustedRand(b.like.label, b.label)
}

func (b *bootstraps) draw(r *random) {
	clear(b.times)
	for range b.times {
		b.times[r.below(len(b.times))]++
	}
	b.at, b.rows = b.at[:0], b.rows[:0]
	for a, times := range b.times {
		for range times {
			b.at = append(b.at, a)
		}
		if times > 0 {
			b.rows = append(b.rows, b.selected[a])
		}
	}
}

// place gives the points of all selected along the components of those who were drawn. They are found among people where these are fewer than statements, and few
// enough for their square to be worth half of the steps; among the votes where these are few; else among statements.
func (b *bootstraps) place() [][2]float64 {
	n, votes := b.votes.statements, 0
	for _, r := range b.rows {
		of, _ := b.votes.of(r)
		votes += len(of)
	}
	square := len(b.rows) <= min(n, 2*b.params.Iterations)
	c := [2][]float64{make([]float64, n), make([]float64, n)}
	if square || sparse*votes < n*n {
		var times []int
		for _, n := range b.times {
			if n > 0 {
				times = append(times, n)
			}
		}
		b.among.take(b.votes, b.rows, times, b.out, square)
		if b.among.components(b.params.Iterations, &c) {
			return (&gram{n: n, mean: b.among.mean}).project(b.votes, b.selected, b.out, c)
		}
	}
	rows := make([]int, len(b.at))
	for i, a := range b.at {
		rows[i] = b.selected[a]
	}
	m := newGram(b.votes, rows, b.out)
	c, _ = m.components(b.params.Iterations)
	return m.project(b.votes, b.selected, b.out, c)
}
