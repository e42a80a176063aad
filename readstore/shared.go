package readstore

import (
	"context"
	"errors"

	"daybook.internal/ledger"
)

// Shared is what a store may offer that several processes have open at once: exactly one of them keeps it up.
type Shared interface {
	// Lead waits until this process is the one that keeps the store up, or until ctx ends. The context that it gives is ctx until then and ends, with a cause that is ErrAway, when
	// the process is that no longer: then another one may be, and no Commit of this one goes through. release gives the lead away.
	Lead(ctx context.Context) (leading context.Context, release func(), err error)

	// Leads tells, without asking anybody, whether a process that was given the lead is sure to have it still. One that hung for a while is not, before it notices that the lead is lost: what is
	// guarded by nothing else is not begun then.
	Leads() bool
}

// Joint is what a store may offer besides: to commit several builds at once.
type Joint interface {
	// CommitAll does for every change what Commit does, all or none. The builds are at one place.
	CommitAll(ctx context.Context, from, to ledger.Cursor, changes []Change) error
}

// A Change is what one step makes of one build. A build may move on without a change of its documents.
type Change struct {
	ViewVersion
	Docs []Doc
}

// ErrAway says that a store cannot be reached, cannot go on for now, or is kept up by another process. What failed with it may be tried again: what stands is a
// fold, and the next run goes on from it.
var ErrAway = errors.New("the view store is away")
