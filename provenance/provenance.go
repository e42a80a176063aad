// Package provenance tells where a recommendation comes from and what became of it, as W3C PROV (PROV-DM, 2013): entities are the versions of the streams of
// the record, activities what made them, agents the roles, partners and rooms behind them. It is pure: an Index takes facts in ledger order, a Graph
// is what it says about one recommendation after the first records, and the same facts give the same bytes.
//
// A version of a stream is the entity st:STREAM@VERSION, which is what a Ref of the record names; its event has revision VERSION-1. No words stand in a
// graph, and nobody's name: texts are their digests, participants' words their commitments, people are their role, their table or their room. Every node has the
// number and the id of its event, by which 'auditor trace' shows it.
package provenance

import (
	"errors"
	"fmt"

	"daybook.internal/domain"
)

var (
	// ErrNotFound is returned where no such recommendation was drafted.
	ErrNotFound = errors.New("no such recommendation")
	// ErrOrder is returned for records that are not in the order of a ledger, and where something would come from what is later than itself.
	ErrOrder = errors.New("the record is not in order")
)

// Direction is which way a graph goes from its recommendation.
type Direction string

// The directions.
const (
	Back    Direction = "back"    // what it comes from
	Forward Direction = "forward" // what came of it
	Both    Direction = "both"    // the two together; what else its descendants come from is left out
)

// Directions are all of them.
func Directions() []Direction { return []Direction{Back, Forward, Both} }

// Check rejects what is no direction.
func (d Direction) Check() error {
	switch d {
	case Back, Forward, Both:
		return nil
	}
	return fmt.Errorf("direction %q is not back, forward or both", string(d))
}

const (
	// DefaultLimit is the most versions that a graph has where nothing else is asked for.
	DefaultLimit = 10_000
	// MaxLimit is the most that can be asked for: about 100 MB as PROV-JSON.
	MaxLimit = 100_000
)

// Query says which graph.
type Query struct {
	Recommendation domain.RecommendationID
	Direction      Direction
	At             uint64 // the first records of the ledger that count; more than there are: all
	Limit          int    // the most versions, those nearest to the recommendation; 0 is DefaultLimit
}

// Check rejects a query that asks for what there is not.
func (q Query) Check() error {
	if q.Limit < 0 || q.Limit > MaxLimit {
		return fmt.Errorf("a graph has 1 to %d versions of streams, not %d", MaxLimit, q.Limit)
	}
	return q.Direction.Check()
}
