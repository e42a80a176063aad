package groups

import (
	"math"
	"slices"
)

// significant is the z above which a test counts, as in Polis: 90 %, one-sided.
const significant = 1.2816

// most is how many statements represent a group, or are shared.
const most = 5

// Smoothed is (successes+1)/(votes+2), a share that two thoughts of ours, one for and one against, keep away from 0 and 1.
func Smoothed(successes, votes int) float64 { return float64(successes+1) / float64(votes+2) }

// OneProportion is z of the test that a share differs from one half, smoothed: 2√(n+1)·((s+1)/(n+1) − ½).
func OneProportion(successes, votes int) float64 {
	n := float64(votes + 1)
	return 2 * math.Sqrt(n) * (float64(successes+1)/n - 0.5)
}

// TwoProportions is z of the test that two shares differ, with one added to each number; 0 where everybody agrees.
func TwoProportions(in, votesIn, out, votesOut int) float64 {
	si, ni, so, no := float64(in+1), float64(votesIn+1), float64(out+1), float64(votesOut+1)
	if si+so == ni+no {
		return 0
	}
	p := (si + so) / (ni + no)
	return (si/ni - so/no) / math.Sqrt(p*(1-p)*(1/ni+1/no))
}

// Informed is the group-informed consensus of a statement: Π over groups of (agree+1)/(votes+2).
func Informed(groups []Count) float64 {
	product := 1.0
	for _, c := range groups {
		product *= Smoothed(c.Agree, c.Votes)
	}
	return product
}

// Repness is how a statement stands in a group beside everybody outside it, for agreement and for disagreement.
type Repness struct {
	Agree, Disagree Side
}

// A Side is one direction of Repness.
type Side struct {
	Share    float64 // smoothed share in the group
	Test     float64 // z of Share against one half
	Ratio    float64 // Share over the smoothed share outside
	RatioZ   float64 // z of the two shares
	Decisive bool    // both tests are significant
}

// metric orders statements that represent a group.
func (s Side) metric() float64 { return s.Ratio * s.RatioZ * s.Share * s.Test }

// NewRepness compares a group with those outside it.
func NewRepness(in, out Count) Repness {
	side := func(in, votesIn, out, votesOut int) Side {
		s := Side{Share: Smoothed(in, votesIn), Test: OneProportion(in, votesIn), RatioZ: TwoProportions(in, votesIn, out, votesOut)}
		s.Ratio = s.Share / Smoothed(out, votesOut)
		s.Decisive = s.RatioZ > significant && s.Test > significant
		return s
	}
	return Repness{side(in.Agree, in.Votes, out.Agree, out.Votes), side(in.Disagree, in.Votes, out.Disagree, out.Votes)}
}

// Standing is a statement that represents a group.
type Standing struct {
	Statement int
	Agrees    bool // whether the group stands out by agreeing or by disagreeing
	Successes int  // of Votes in the group
	Votes     int
	Side
	Best bool // the statement that the group agrees with best; it stands first
}

// standing takes the side by which the group differs more.
func standing(statement int, c Count, r Repness) Standing {
	if r.Agree.RatioZ > r.Disagree.RatioZ {
		return Standing{Statement: statement, Agrees: true, Successes: c.Agree, Votes: c.Votes, Side: r.Agree}
	}
	return Standing{Statement: statement, Successes: c.Disagree, Votes: c.Votes, Side: r.Disagree}
}

// Represent chooses for each group the statements that represent it, at most five, those it agrees with first. A statement qualifies if the group's share and its
// difference from the others are both significant, for agreement or for disagreement. Before the strongest of those stands the one that the group agrees with
// best. Where none qualifies, there is that one alone, or else the one that differs most. Statements in out take no part; those nobody voted on do not qualify.
func Represent(counts [][]Count, out []bool) [][]Standing {
	chosen := make([][]Standing, len(counts))
	for g := range counts {
		chosen[g] = represent(counts, g, out)
	}
	return chosen
}

func represent(counts [][]Count, g int, out []bool) []Standing {
	var sufficient []Standing
	var differs, agreed *Standing // the best so far
	var strongest float64
	for s, in := range counts[g] {
		if out != nil && out[s] {
			continue
		}
		r := NewRepness(in, others(counts, g, s))
		if r.Agree.Decisive || r.Disagree.Decisive {
			sufficient = append(sufficient, standing(s, in, r))
		}
		if z := max(r.Agree.RatioZ, r.Disagree.RatioZ); differs == nil || z > strongest {
			st := standing(s, in, r)
			differs, strongest = &st, z
		}
		if in.Agree+in.Disagree > 0 && betterAgreed(r.Agree, agreed) {
			agreed = &Standing{Statement: s, Agrees: true, Successes: in.Agree, Votes: in.Votes, Side: r.Agree, Best: true}
		}
	}
	switch {
	case len(sufficient) == 0 && agreed != nil:
		return []Standing{*agreed}
	case len(sufficient) == 0 && differs != nil:
		return []Standing{*differs}
	case len(sufficient) == 0:
		return nil
	}
	slices.SortStableFunc(sufficient, func(a, b Standing) int { return descending(a.metric(), b.metric()) })
	if agreed != nil {
		sufficient = slices.DeleteFunc(sufficient, func(s Standing) bool { return s.Statement == agreed.Statement })
		sufficient = slices.Insert(sufficient, 0, *agreed)
	}
	sufficient = sufficient[:min(most, len(sufficient))]
	slices.SortStableFunc(sufficient, func(a, b Standing) int { return rank(a.Agrees) - rank(b.Agrees) })
	return sufficient
}

func rank(agrees bool) int {
	if agrees {
		return 0
	}
	return 1
}

// betterAgreed tells whether a group agrees with a statement better than with the best so far. A statement that sets the group apart is beaten by all four
// figures, another one by agreement alone; the first one must be agreed with clearly, or more than elsewhere.
func betterAgreed(a Side, best *Standing) bool {
	switch {
	case best == nil:
		return a.Test > significant || (a.Ratio > 1 && a.Share > 0.5)
	case best.Ratio > 1:
		return a.metric() > best.metric()
	}
	return a.Share*a.Test > best.Share*best.Test
}

// others sums what the groups beside g count.
func others(counts [][]Count, g, statement int) Count {
	var sum Count
	for h := range counts {
		if h != g {
			c := counts[h][statement]
			sum.Agree, sum.Disagree, sum.Votes = sum.Agree+c.Agree, sum.Disagree+c.Disagree, sum.Votes+c.Votes
		}
	}
	return sum
}

// Shared is a statement on which most people are of one mind.
type Shared struct {
	Statement, Successes, Votes int
	Share, Test                 float64
}

// Share finds the statements that most respondents agree with, and those that most disagree with: smoothed share above one half and significant, at most
// five of each, ordered by share times z, then by statement. counts are those of all respondents, grouped or not.
func Share(counts []Count, out []bool) (agreed, disagreed []Shared) {
	side := func(successes func(Count) int) (found []Shared) {
		for s, c := range counts {
			x := Shared{s, successes(c), c.Votes, Smoothed(successes(c), c.Votes), OneProportion(successes(c), c.Votes)}
			if (out == nil || !out[s]) && x.Share > 0.5 && x.Test > significant {
				found = append(found, x)
			}
		}
		slices.SortStableFunc(found, func(a, b Shared) int { return descending(a.Share*a.Test, b.Share*b.Test) })
		return found[:min(most, len(found))]
	}
	return side(func(c Count) int { return c.Agree }), side(func(c Count) int { return c.Disagree })
}

func descending(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}
