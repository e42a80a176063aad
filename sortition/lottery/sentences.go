package lottery

import (
	"fmt"
	"math/big"
	"strings"
)

// Sentences say what a certificate proves and how, so that it can be followed with a pencil. impossible are the people who are on no panel.
func (c Certificate) Sentences(in Instance, impossible []int) ([]string, error) {
	o, err := NewOrbits(in)
	if err != nil {
		return nil, err
	}
	if err := o.Exclude(impossible); err != nil {
		return nil, err
	}
	if err := c.Verify(in, impossible); err != nil {
		return nil, err
	}
	if one := o.single(c.Multipliers); one != "" {
		return []string{o.claim(c.Bound), one}, nil
	}
	points, counted := o.points(c.Multipliers)
	said := []string{
		o.claim(c.Bound),
		"Give everybody points: " + strings.Join(points, ", ") + ".",
		"However a panel is made up, all of its members together have " + strings.Join(counted.rows, " and ") + fmt.Sprintf(": %d points at most.", counted.most),
	}
	if counted.below > 0 {
		said = append(said, fmt.Sprintf("Members whose points are below zero can take up to %d away from that, so that the others have %d at most.", counted.below, counted.most+counted.below))
	}
	return append(said, fmt.Sprintf("The %d people with points above zero have %d together. Were each of them on more than %s of the panels, the panels would have more points than they can.",
		counted.people, counted.weight, c.Bound.RatString())), nil
}

func (o *Orbits) claim(bound *big.Rat) string {
	thousand := new(big.Rat).Mul(bound, big.NewRat(1000, 1))
	return fmt.Sprintf("No lottery over panels of %d gives everybody who can be on one a chance above %s, which is %s in 1,000.", o.Size, bound.RatString(), thousand.FloatString(2))
}

// single is the sentence for a certificate that rests on one quota.
func (o *Orbits) single(multipliers []int64) string {
	row := -1
	for r, m := range multipliers {
		if m != 0 && (row >= 0 || m < 0) {
			return ""
		}
		if m != 0 {
			row = r
		}
	}
	if row < 0 || row > len(o.Quotas) {
		return ""
	}
	people := 0
	for t, orbit := range o.List {
		for _, r := range o.rows(t) {
			if int(r) == row && orbit.Cap > 0 {
				people += len(orbit.People)
			}
		}
	}
	if row == len(o.Quotas) {
		return fmt.Sprintf("There are %d seats for %d people.", o.Size, people)
	}
	q := o.Quotas[row]
	return fmt.Sprintf("%d people have %s %q, and at most %d of them are on a panel.", people, q.Category, q.Value, q.Max)
}

// A tally is the sum of a certificate in its parts.
type tally struct {
	rows                []string // the points that a panel has, row by row
	most, below, weight int64
	people              int // with points above zero
}

// points says what has points, and adds them up. Multipliers have been verified: no sum overflows.
func (o *Orbits) points(multipliers []int64) ([]string, tally) {
	var points []string
	var sum tally
	for r, m := range multipliers {
		if m == 0 {
			continue
		}
		least, most := o.bounds(r)
		seats, word := most, "at most"
		if m < 0 {
			seats, word = least, "at least"
		}
		sum.most += m * int64(seats)
		switch {
		case r < len(o.Quotas):
			q := o.Quotas[r]
			points = append(points, fmt.Sprintf("%+d for %s %q", m, q.Category, q.Value))
			sum.rows = append(sum.rows, fmt.Sprintf("%+d × %s %d of %s %q", m, word, seats, q.Category, q.Value))
		case r == len(o.Quotas):
			points = append(points, fmt.Sprintf("%+d for being there", m))
			sum.rows = append(sum.rows, fmt.Sprintf("%+d × %d members", m, seats))
		default:
			points = append(points, fmt.Sprintf("%+d for living at an address of group %d", m, r-len(o.Quotas)))
			sum.rows = append(sum.rows, fmt.Sprintf("%+d × %s %d of address group %d", m, word, seats, r-len(o.Quotas)))
		}
	}
	for t, orbit := range o.List {
		a := int64(0)
		for _, r := range o.rows(t) {
			a += multipliers[r]
		}
		if a > 0 && orbit.Cap > 0 {
			sum.people += len(orbit.People)
			sum.weight += a * int64(len(orbit.People))
		} else {
			sum.below -= a * int64(orbit.Cap)
		}
	}
	return points, sum
}
