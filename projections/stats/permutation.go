package stats

// A Permutation is a statistic with the chance of one at least as large if people had been put into the countries by lot.
type Permutation struct {
	Statistic float64
	Rounds    int
	AtLeast   int // rounds with a statistic at least as large
	P         float64
}

// Permuted are the permutation tests of a question.
type Permuted struct {
	Overall Permutation   // generalised JSD of all countries, with the weights given
	Rest    []Permutation // JSD of each country against the equal mean of the others
	// RestAdjusted are the p-values of Rest for all countries at once: the chance that any country would come out as far from the rest as this one, each
	// measured by its bias, since small countries stray further (Westfall and Young's largest statistic). Unlike a correction of the single p-values, it
	// needs no more rounds the more countries there are.
	RestAdjusted []float64
}

// permutationSlack is how much smaller a statistic may be and still count as equal: the same table added in another order differs in the last digits.
const permutationSlack = 1e-12

// PermuteJSD puts people into countries by lot, whose sizes stay, rounds times, and counts how often the divergences come out at least as large as they
// are: P = (1+AtLeast)/(1+rounds), which is never 0. Rows of counts are countries, columns options; weights as in GeneralisedJSD. Two rows test a pair.
//
// tick, if not nil, is asked after every round; its error ends the work and is given back. Time grows with people plus countries × options, times
// rounds; memory is four bytes for each person, and eight for each person of the countries that no other is as large as. Errors are those of GeneralisedJSD; fewer than two rows
// are ErrTooFew, fewer than 1 round ErrBadParameter.
func PermuteJSD(counts [][]int, weights []float64, rounds int, random *Random, tick func() error) (Permuted, error) {
	rows, bases, err := distributions(counts)
	if err != nil {
		return Permuted{}, err
	}
	if len(rows) < 2 {
		return Permuted{}, fail(ErrTooFew, "", "a divergence is between distributions")
	}
	if rounds < 1 || random == nil {
		return Permuted{}, fail(ErrBadParameter, "rounds", "a permutation test has at least one round, and a seed")
	}
	w, err := normalised(weights, len(rows))
	if err != nil {
		return Permuted{}, err
	}
	overall, rest := generalised(rows, w), versusRest(rows)
	r := Permuted{Permutation{Statistic: overall, Rounds: rounds}, make([]Permutation, len(rows)), nil}
	for i, d := range rest {
		r.Rest[i] = Permutation{Statistic: d.JSD, Rounds: rounds}
	}
	dealt, mixed := newDealer(counts, bases), newEntropies(bases, w)
	against := newFurthest(rest, restBias(len(rows[0]), bases))
	for range rounds {
		dealt.deal(random)
		for i, row := range dealt.counts {
			for o, c := range row {
				rows[i][o] = float64(c) / float64(bases[i])
			}
		}
		if mixed.generalised(dealt.counts, rows) >= overall-permutationSlack {
			r.Overall.AtLeast++
		}
		against.count(rows, r.Rest)
		if tick != nil {
			if err := tick(); err != nil {
				return Permuted{}, err
			}
		}
	}
	r.Overall.P = float64(1+r.Overall.AtLeast) / float64(1+rounds)
	for i := range r.Rest {
		r.Rest[i].P = float64(1+r.Rest[i].AtLeast) / float64(1+rounds)
	}
	r.RestAdjusted = against.adjusted(rounds)
	return r, nil
}

// byBias is a divergence in units of what samples of one distribution have; 0 where there is one option only, and no divergence.
func byBias(jsd, expected float64) float64 {
	if expected == 0 {
		return 0
	}
	return jsd / expected
}

// entropies are those of tables with given sums of rows: part of every share that a count can be, once for rows of one size.
type entropies struct {
	part  [][]float64 // by row, by count
	w     []float64
	means []float64
}

func newEntropies(bases []int, w []float64) *entropies {
	e, of := &entropies{w: w}, map[int][]float64{}
	for _, n := range bases {
		if of[n] == nil {
			of[n] = make([]float64, n+1)
			for c := range of[n] {
				of[n][c] = part(float64(c) / float64(n))
			}
		}
		e.part = append(e.part, of[n])
	}
	return e
}

// generalised is that of rows, which are the shares of counts.
func (e *entropies) generalised(counts [][]int, rows [][]float64) float64 {
	if e.means == nil {
		e.means = make([]float64, len(rows[0]))
	}
	clear(e.means)
	within, mixed := 0.0, 0.0
	for i, row := range counts {
		h := 0.0
		for o, c := range row {
			h += e.part[i][c]
			e.means[o] += float64(e.w[i] * rows[i][o])
		}
		within += float64(e.w[i] * h)
	}
	for _, m := range e.means {
		mixed += part(m)
	}
	return max(0, mixed-within)
}
