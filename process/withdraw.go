package process

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// Leaving is a participant who takes consent back, or whose data are to be erased.
type Leaving struct {
	Withdrawn []domain.ConsentScope // that are not given any more
	Erase     bool                  // everything is to go
	At        uint64                // records of the ledger up to and with the last of these facts
	Openings  []Opening             // that the vault has of the participant
	Documents []Seen
}

// Opening is words in the vault, and the consent that they stand on; an empty scope is what nobody can take part without.
type Opening struct {
	Event domain.EventID
	Field string
	Scope domain.ConsentScope
}

// Seen is a document that words of the participant have gone into, and the number of records that it reflects.
type Seen struct {
	projections.Ref
	At uint64
}

// Leave is what is to be done.
type Leave struct {
	Delete []Opening         // from the vault
	Stale  []projections.Ref // to be made anew, as they are older than the withdrawal
}

// Withdraw proposes which openings to delete and which documents to make anew. Commitments stay in the record; they say nothing without the openings.
func Withdraw(l Leaving) Leave {
	out := Leave{Delete: []Opening{}, Stale: []projections.Ref{}}
	all := l.Erase || slices.Contains(l.Withdrawn, domain.Participate)
	for _, o := range l.Openings {
		if all || slices.Contains(l.Withdrawn, o.Scope) {
			out.Delete = append(out.Delete, o)
		}
	}
	if len(out.Delete) == 0 {
		return out
	}
	for _, d := range l.Documents {
		if d.At < l.At {
			out.Stale = append(out.Stale, d.Ref)
		}
	}
	return out
}
