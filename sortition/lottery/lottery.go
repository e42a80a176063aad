// Package lottery makes a lottery over panels: M panels, each of which meets every quota, such that the person with the smallest chance has the greatest chance
// that there can be, then the next, and so on (leximin). One panel is drawn by public randomness; the chance of a person is the number of panels they are on,
// over M.
//
// It is pure and it is the same on every machine: the same instance, options and seed give the same panels, whatever the order of the people. Nothing of this
// has to be believed. Check counts quotas, addresses and tickets in integers, and the certificate bounds the smallest chance of every possible lottery by a
// sum that anybody can add up. Neither asks the solver.
//
// Sources: leximin as the aim: Flanigan, Gölz, Gupta, Hennig, Procaccia, "Fair algorithms for selecting citizens' assemblies", Nature 596 (2021). Fixing the
// panels before one is drawn: Flanigan, Kehne, Procaccia, "Fair sortition made transparent", NeurIPS 2021. The cap on the greatest chance and goldilocks: Baharav
// and Flanigan, "Fair, manipulation-robust, and transparent sortition", EC 2024 (arXiv 2406.15009). The way here is another one than theirs: people with the
// same values are one orbit, the leximin of the relaxation is found by a dual simplex, and herding turns it into panels without rounding a distribution.
package lottery

import (
	"errors"
	"slices"
)

// Algorithm is the name and version of what Build does. Anything that would give other panels for the same instance and seed is another version.
const Algorithm = "leximin-herding/1"

// DefaultPanels is M when Options say nothing: three balls with ten digits each draw one of them on a stage.
const DefaultPanels = 1000

// An Instance is all that a lottery is made of: the seats, the quotas and the people.
type Instance struct {
	Size   int     // seats of a panel
	Quotas []Quota // every value of every category once
	People []Person
}

// A Quota says how many seats of a panel go to people with a value, at least and at most.
type Quota struct {
	Category, Value string
	Min, Max        int
}

// A Person of the pool. Two people with the same Address, exactly, are never on one panel; who reads a pool brings addresses into one form.
type Person struct {
	ID      string   // of nobody else in the pool
	Values  []string // one of each category, in the order of Instance.Categories
	Address string   // "": shares an address with nobody
}

// Categories in the order in which the quotas first name them.
func (in Instance) Categories() []string {
	var names []string
	for _, q := range in.Quotas {
		if !slices.Contains(names, q.Category) {
			names = append(names, q.Category)
		}
	}
	return names
}

// An Objective is what a lottery is best at.
type Objective string

const (
	// Leximin makes the smallest chance as great as it can be, then the next. Nobody's chance is above the smallest cap at which the best minimum can still be
	// had, and a fiftieth: chances above it help nobody, and tempt people to say that they are what is rare.
	Leximin Objective = "leximin"
	// LeximinUncapped is leximin alone.
	LeximinUncapped Objective = "leximin-uncapped"
	// Goldilocks makes max·n/k + (k/n)/min smallest over all caps, and is leximin under that cap. The smallest chance may be below the best that there is.
	Goldilocks Objective = "goldilocks"
)

// Options of a lottery. All of them are announced before the draw: they are part of what a replay needs.
type Options struct {
	Panels    int       // M; 0 is DefaultPanels. Below one seat for fifty people chances are few tickets of 1,000 each, and 10,000 panels tell them apart
	Objective Objective // "" is Leximin
	Seed      [32]byte  // public randomness that nobody knew when the pool was sealed: it chooses among the members of an orbit
}

// A Tick is told what long work is doing: a step by name, and how much of it is done. An error ends the work and comes back from it.
type Tick func(step string, done, total int) error

// A Lottery is M panels, of which one is drawn with equal chance.
type Lottery struct {
	Algorithm   string
	Options     Options // with the defaults filled in
	Panels      [][]int // M panels of Size people: indices of Instance.People, ascending
	Tickets     []int   // by person: how many of the panels they are on
	Impossible  []int   // people who are on no panel that meets the quotas, ascending
	Relaxed     []Level // the chances aimed at, ascending; the people of Impossible are not among them
	Cap         float64 // no chance aimed at is above it
	Exact       bool    // the chances aimed at are those of column generation: the relaxation promised what no panels can keep
	Orbits      int     // kinds of people: same values, and same values at their address
	Certificate Certificate
}

// A Level is a chance and the number of people who have it.
type Level struct {
	Probability float64
	People      int
}

// ErrInfeasible says that no panel meets the quotas.
var ErrInfeasible = errors.New("no panel meets the quotas")

// ErrInstance says that an instance is not in order: it says nothing about whether panels exist.
var ErrInstance = errors.New("the instance is not in order")

// ErrTooLarge says that an instance is in order, and more than the solver can reckon with.
var ErrTooLarge = errors.New("too large to be solved")
