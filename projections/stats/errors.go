package stats

import "errors"

// A Problem is the name of a reason why a value does not exist. A view prints the name in the place of the value and goes on with the others.
type Problem string

// The names. Functions wrap them in *Error, which says where.
const (
	ErrNoBase         Problem = "no base"              // nobody answered; there is no share of nobody
	ErrBadCount       Problem = "counts do not fit"    // a negative count, more yes than people, rows of different lengths
	ErrBadParameter   Problem = "parameter not usable" // a level outside (0, 1), a weight below zero, a limit that makes no sense
	ErrOneCluster     Problem = "one table only"       // nothing can be said about differences between tables
	ErrNoPopulation   Problem = "no population"        // a country or stratum with people in the room is not in the population table
	ErrEmptyStratum   Problem = "empty stratum"        // a stratum of the population has nobody in the room, and no frozen plan says where it goes
	ErrNoConvergence  Problem = "no convergence"       // raking did not meet its margins
	ErrNoVariation    Problem = "no variation"         // everybody said the same, so that the measure is 0/0
	ErrNoChange       Problem = "no change"            // nobody changed, so that there is nothing to test
	ErrBadBallot      Problem = "ballot not valid"     // a ranking with an option twice, an allocation of another sum
	ErrTooFew         Problem = "too few"              // fewer pairs, raters or units than the measure needs
	ErrNotEnoughBases Problem = "bases too small"      // no country has the least base that the protocol asks for
)

func (p Problem) Error() string { return string(p) }

// An Error is a Problem with its place: errors.Is(err, ErrEmptyStratum) holds, and Where names the stratum.
type Error struct {
	Name   Problem
	Where  string // the stratum, country, dimension, ballot or parameter; may be empty
	Detail string // a plain sentence for people; may be empty
}

func (e *Error) Error() string {
	s := string(e.Name)
	if e.Where != "" {
		s += ": " + e.Where
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap makes it a Problem.
func (e *Error) Unwrap() error { return e.Name }

// NameOf gives the name of an error of this package, and "" for others.
func NameOf(err error) Problem {
	var p Problem
	if errors.As(err, &p) {
		return p
	}
	return ""
}

func fail(name Problem, where, detail string) error { return &Error{name, where, detail} }

// ref is a pointer to a value that exists. Results use nil for a member that has no value while the others have.
func ref(x float64) *float64 { return &x }
