package stats

// A Ranking is how many ballots put these options in this order, most wanted first. Options 0..m-1 that it does not list come after all that it lists,
// and equal among themselves.
type Ranking struct {
	Order   []int
	Ballots int
}

// A Ranked is what ballots that put options in order say together. All its numbers are exact.
type Ranked struct {
	Ballots     int
	Blank       int     // ballots that list nothing; not in Ballots
	First       []int   // ballots that put the option first
	LengthBorda []int   // Σ(L-i): place i from 0 on a ballot that lists L options
	FixedBorda  []int   // Σ(m-i); an option that is not listed gets 0
	AverageTwo  []int   // twice the average Borda points: m-1-i, and for each that is not listed the mean (m-L-1)/2 of the points that are left
	Pairwise    [][]int // [a][b]: ballots that put a above b
	Strengths   [][]int // [a][b]: strongest path from a to b by winning votes; 0 where there is none
	Schulze     [][]int // options in levels: nobody in a level is beaten by anybody in it or after it; more than one option in a level is a tie
	Condorcet   int     // the option that beats every other; -1: there is none
}

// Average gives the average Borda points of an option.
func (r Ranked) Average(option int) float64 { return float64(r.AverageTwo[option]) / 2 }

// Rank counts ballots that put options in order. Schulze: a beats b if the strongest path from a to b is stronger than the one back; a path is as strong as
// its weakest link, a link a→b that more ballots support than oppose as strong as the ballots that support it.
//
// No ballot that lists anything is ErrNoBase; an option twice or out of range, or a number of ballots below zero, ErrBadBallot.
func Rank(options int, rankings []Ranking) (Ranked, error) {
	r := Ranked{
		First: make([]int, max(options, 0)), LengthBorda: make([]int, max(options, 0)), FixedBorda: make([]int, max(options, 0)), AverageTwo: make([]int, max(options, 0)),
		Pairwise: square(options), Strengths: square(options), Condorcet: -1,
	}
	for _, b := range rankings {
		if b.Ballots < 0 {
			return Ranked{}, fail(ErrBadBallot, "", "there are at least no ballots of a kind")
		}
		if len(b.Order) == 0 {
			r.Blank += b.Ballots
			continue
		}
		listed := make([]bool, max(options, 0))
		for _, o := range b.Order {
			if o < 0 || o >= options || listed[o] {
				return Ranked{}, fail(ErrBadBallot, "", "a ballot lists an option twice or one that there is not")
			}
			listed[o] = true
		}
		r.count(options, b, listed)
	}
	if r.Ballots == 0 {
		return Ranked{}, fail(ErrNoBase, "", "")
	}
	r.paths(options)
	r.levels(options)
	for a := range options {
		wins := 0
		for b := range options {
			if r.Pairwise[a][b] > r.Pairwise[b][a] {
				wins++
			}
		}
		if wins == options-1 {
			r.Condorcet = a
		}
	}
	return r, nil
}

func (r *Ranked) count(options int, b Ranking, listed []bool) {
	length := len(b.Order)
	r.Ballots += b.Ballots
	r.First[b.Order[0]] += b.Ballots
	for i, o := range b.Order {
		r.LengthBorda[o] += b.Ballots * (length - i)
		r.FixedBorda[o] += b.Ballots * (options - i)
		r.AverageTwo[o] += b.Ballots * 2 * (options - 1 - i)
		for _, below := range b.Order[i+1:] {
			r.Pairwise[o][below] += b.Ballots
		}
		for other := range options {
			if !listed[other] {
				r.Pairwise[o][other] += b.Ballots
			}
		}
	}
	for o := range options {
		if !listed[o] {
			r.AverageTwo[o] += b.Ballots * (options - length - 1)
		}
	}
}

// paths finds the strongest paths (Floyd and Warshall's way, widest instead of shortest).
func (r *Ranked) paths(options int) {
	p := r.Strengths
	for a := range options {
		for b := range options {
			if r.Pairwise[a][b] > r.Pairwise[b][a] {
				p[a][b] = r.Pairwise[a][b]
			}
		}
	}
	for via := range options {
		for a := range options {
			for b := range options {
				if a != b && a != via && b != via {
					p[a][b] = max(p[a][b], min(p[a][via], p[via][b]))
				}
			}
		}
	}
}

// levels takes off, again and again, the options that nobody who is left beats. Schulze's relation has no cycle, so that there always is one.
func (r *Ranked) levels(options int) {
	left := make([]bool, options)
	for o := range left {
		left[o] = true
	}
	for rest := options; rest > 0; {
		var level []int
		for a := range options {
			beaten := false
			for b := range options {
				beaten = beaten || left[b] && r.Strengths[b][a] > r.Strengths[a][b]
			}
			if left[a] && !beaten {
				level = append(level, a)
			}
		}
		for _, a := range level {
			left[a] = false
		}
		r.Schulze = append(r.Schulze, level)
		rest -= len(level)
	}
}

func square(n int) [][]int {
	rows := make([][]int, max(n, 0))
	for i := range rows {
		rows[i] = make([]int, n)
	}
	return rows
}
