package groups

import (
	"fmt"
	"slices"
)

// A Vote is what a respondent says to a statement: 1 agrees, -1 disagrees, 0 passes. Both are named by index, respondents in a defined order (as they
// first voted); k-means begins with the first of them.
type Vote struct {
	Respondent, Statement int32
	Value                 int8
}

// Votes are the votes that stand, by respondent and statement: five bytes for each.
type Votes struct {
	statements int
	from       []int   // of respondent r: from[r] to from[r+1]
	statement  []int32 // ascending within a respondent
	value      []int8
}

// NewVotes keeps of each respondent's votes on a statement the last one. Votes stand in the order in which they were cast.
func NewVotes(respondents, statements int, votes []Vote) (*Votes, error) {
	if respondents < 0 || statements < 0 || statements > MaxStatements {
		return nil, fmt.Errorf("%w: %d respondents, %d statements (at most %d)", ErrSize, respondents, statements, MaxStatements)
	}
	v := &Votes{statements: statements, from: make([]int, respondents+1)}
	for i, a := range votes {
		if a.Respondent < 0 || int(a.Respondent) >= respondents || a.Statement < 0 || int(a.Statement) >= statements || a.Value < -1 || a.Value > 1 {
			return nil, fmt.Errorf("%w: vote %d: respondent %d of %d, statement %d of %d, value %d", ErrSize, i, a.Respondent, respondents, a.Statement, statements, a.Value)
		}
		v.from[a.Respondent+1]++
	}
	for r := range respondents {
		v.from[r+1] += v.from[r]
	}
	order, next := make([]int32, len(votes)), slices.Clone(v.from)
	for i, a := range votes { // by respondent, as they were cast
		order[next[a.Respondent]] = int32(i)
		next[a.Respondent]++
	}
	v.statement, v.value = make([]int32, 0, len(votes)), make([]int8, 0, len(votes))
	start := 0
	for r := range respondents {
		end := v.from[r+1]
		mine := order[start:end]
		slices.SortFunc(mine, func(a, b int32) int {
			if by := int(votes[a].Statement) - int(votes[b].Statement); by != 0 {
				return by
			}
			return int(a) - int(b)
		})
		for i, at := range mine {
			if i+1 < len(mine) && votes[mine[i+1]].Statement == votes[at].Statement {
				continue
			}
			v.statement, v.value = append(v.statement, votes[at].Statement), append(v.value, votes[at].Value)
		}
		v.from[r+1], start = len(v.value), end
	}
	v.statement, v.value = slices.Clip(v.statement), slices.Clip(v.value)
	return v, nil
}

// Respondents and Statements are how many there are, also of those without a vote.
func (v *Votes) Respondents() int { return len(v.from) - 1 }

// Statements is how many there are.
func (v *Votes) Statements() int { return v.statements }

// Len is the number of votes that stand.
func (v *Votes) Len() int { return len(v.value) }

// of gives the statements that a respondent voted on, ascending, and the votes.
func (v *Votes) of(respondent int) ([]int32, []int8) {
	from, to := v.from[respondent], v.from[respondent+1]
	return v.statement[from:to], v.value[from:to]
}

// selected are the respondents who have voted on enough statements to be grouped, ascending; where they are fewer than fill, the most active of the others
// are added, of equally active ones the first. Nobody without a vote is taken.
func (v *Votes) selected(least, fill int) []int {
	least = min(least, v.statements)
	var in, others []int
	for r := range v.Respondents() {
		switch n := v.from[r+1] - v.from[r]; {
		case n == 0:
		case n >= least:
			in = append(in, r)
		default:
			others = append(others, r)
		}
	}
	if len(in) < fill {
		slices.SortStableFunc(others, func(a, b int) int { return (v.from[b+1] - v.from[b]) - (v.from[a+1] - v.from[a]) })
		in = append(in, others[:min(len(others), fill-len(in))]...)
		slices.Sort(in)
	}
	return in
}

// A Count is how a group voted on a statement. Votes includes those who passed.
type Count struct {
	Agree, Disagree, Votes int
}

// Count counts by group and statement. groups holds the label of each respondent, 0 to k-1, or -1 for those who are in none.
func (v *Votes) Count(groups []int, k int) ([][]Count, error) {
	if len(groups) != v.Respondents() || k < 0 {
		return nil, fmt.Errorf("%w: %d labels for %d respondents", ErrSize, len(groups), v.Respondents())
	}
	counts := make([][]Count, k)
	for g := range counts {
		counts[g] = make([]Count, v.statements)
	}
	for r, g := range groups {
		if g < -1 || g >= k {
			return nil, fmt.Errorf("%w: respondent %d has the label %d of %d", ErrSize, r, g, k)
		}
		if g == -1 {
			continue
		}
		of, values := v.of(r)
		for i, s := range of {
			c := &counts[g][s]
			c.Votes++
			switch values[i] {
			case 1:
				c.Agree++
			case -1:
				c.Disagree++
			}
		}
	}
	return counts, nil
}
