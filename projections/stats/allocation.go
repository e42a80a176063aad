package stats

import "strconv"

// An Allocation is what ballots gave to one option.
type Allocation struct {
	Description
	Above int // ballots that gave it more than 0
}

// ShareAbove is the share of ballots that gave the option more than 0.
func (a Allocation) ShareAbove() float64 { return float64(a.Above) / float64(a.Base) }

// Allocate describes what ballots, each with a number of points for every option, gave to each option. The points of a ballot sum to total, or it is
// ErrBadBallot, which names it by its index; so is a ballot with points below zero or not for every option. No ballot is ErrNoBase.
func Allocate(options, total int, ballots [][]int) ([]Allocation, error) {
	if len(ballots) == 0 {
		return nil, fail(ErrNoBase, "", "")
	}
	for i, b := range ballots {
		sum := 0
		for _, points := range b {
			if points < 0 || points > total {
				return nil, fail(ErrBadBallot, strconv.Itoa(i), "points lie between 0 and the total")
			}
			sum += points
		}
		if len(b) != options || sum != total {
			return nil, fail(ErrBadBallot, strconv.Itoa(i), "the points for all options sum to the total")
		}
	}
	all := make([]Allocation, max(options, 0))
	column := make([]int, len(ballots))
	for o := range all {
		for i, b := range ballots {
			column[i] = b[o]
			if b[o] > 0 {
				all[o].Above++
			}
		}
		d, err := DescribeValues(column)
		if err != nil {
			return nil, err
		}
		all[o].Description = d
	}
	return all, nil
}
