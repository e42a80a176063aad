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

// PermuteJSD shuffles people over countries, whose sizes stay, rounds times, and counts how often the divergences come out at least as large as they
// are: P = (1+AtLeast)/(1+rounds), which is never 0. Rows of counts are countries, columns options; weights as in GeneralisedJSD. Two rows test a pair.
//
// tick, if not nil, is asked after every round; its error ends the work and is given back. Time grows with people plus countries × options, times
// rounds; memory is four bytes for each person. Errors are those of GeneralisedJSD; fewer than two rows are ErrTooFew, fewer than 1 round ErrBadParameter.
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
	r := Permuted{Permutation{Statistic: overall, Rounds: rounds}, make([]Permutation, len(rows)), make([]float64, len(rows))}
	expected, further := restBias(len(rows[0]), bases), make([]int, len(rows))
	for i, d := range rest {
		r.Rest[i] = Permutation{Statistic: d.JSD, Rounds: rounds}
	}
	people := answers(counts)
	for range rounds {
		random.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
		deal(people, bases, rows)
		if generalised(rows, w) >= overall-permutationSlack {
			r.Overall.AtLeast++
		}
		furthest := 0.0
		for i, d := range versusRest(rows) {
			if d.JSD >= rest[i].JSD-permutationSlack {
				r.Rest[i].AtLeast++
			}
			furthest = max(furthest, byBias(d.JSD, expected[i]))
		}
		for i, d := range rest {
			if furthest >= byBias(d.JSD-permutationSlack, expected[i]) {
				further[i]++
			}
		}
		if tick != nil {
			if err := tick(); err != nil {
				return Permuted{}, err
			}
		}
	}
	r.Overall.P = float64(1+r.Overall.AtLeast) / float64(1+rounds)
	for i := range r.Rest {
		r.Rest[i].P = float64(1+r.Rest[i].AtLeast) / float64(1+rounds)
		r.RestAdjusted[i] = float64(1+further[i]) / float64(1+rounds)
	}
	return r, nil
}

// byBias is a divergence in units of what samples of one distribution have; 0 where there is one option only, and no divergence.
func byBias(jsd, expected float64) float64 {
	if expected == 0 {
		return 0
	}
	return jsd / expected
}

// answers gives the option of every person, row by row.
func answers(counts [][]int) []int32 {
	var people []int32
	for _, row := range counts {
		for o, c := range row {
			for range c {
				people = append(people, int32(o))
			}
		}
	}
	return people
}

// deal counts people into rows of the given bases.
func deal(people []int32, bases []int, rows [][]float64) {
	for i, row := range rows {
		clear(row)
		for _, o := range people[:bases[i]] {
			row[o]++
		}
		people = people[bases[i]:]
		for o := range row {
			row[o] /= float64(bases[i])
		}
	}
}
