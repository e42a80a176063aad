// Package readstore keeps view documents up with the ledger and lets them be read. A store is disposable: everything in it follows from the
// ledger. Documents and the place in the ledger that they reflect are committed together, so that a document is never of another place than its
// store says. Package storetest is the contract of Store as a test suite.
package readstore

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"daybook.internal/ledger"
	"daybook.internal/projections"
)

// A Doc is a view document as it is served.
type Doc struct {
	projections.Ref
	Version int // of the view
	projections.Document
}

// A ViewVersion is one build of a view.
type ViewVersion struct {
	View    string
	Version int
}

// Store holds documents by view, version and key. All bytes are kept as they are. The key order is that of their bytes.
type Store interface {
	// Get gives the document of the served version of ref.View. ErrNotFound where there is none, *DamagedError where it is not as it was
	// committed. The receiver owns the bytes.
	Get(ctx context.Context, ref projections.Ref) (Doc, error)

	// List yields up to limit documents of the served version of view with keys after afterKey, in key order; limit 0 means all of them. All of
	// one list are as of one place in the ledger, whatever is committed meanwhile. A damaged document is yielded as a *DamagedError and does not end
	// the list; any other error does.
	List(ctx context.Context, view, afterKey string, limit int) iter.Seq2[Doc, error]

	// Touched names the documents of the served version of view that changed after a number of records: those with an At that is greater, the newest first and with one At in key order, up
	// to limit; limit 0 means all of them. They come without Data, which is not looked at. All are as of one place in the ledger. ErrNotFound where nothing is served yet.
	Touched(ctx context.Context, view string, after uint64, limit int) ([]Doc, error)

	// Served gives the version of view that Get and List answer from, and the place in the ledger that its documents reflect. ok is false
	// where nothing is served yet.
	Served(ctx context.Context, view string) (v ViewVersion, at ledger.Cursor, ok bool, err error)

	// Cursor gives the place that the documents of one build reflect; the zero Cursor where there are none.
	Cursor(ctx context.Context, v ViewVersion) (ledger.Cursor, error)

	// Load gives the data of one document of one build, served or not; nil where there is none. *DamagedError as in Get.
	Load(ctx context.Context, v ViewVersion, key string) ([]byte, error)

	// Commit puts the changed documents of one build and moves its cursor, all or nothing. It fails with ErrStale unless from is the cursor that
	// the store has; then nothing has changed.
	Commit(ctx context.Context, v ViewVersion, from, to ledger.Cursor, changed []Doc) error

	// Serve makes a build the one that is read, in one step, and removes the other builds of its view.
	Serve(ctx context.Context, v ViewVersion) error

	// Close lets go of the store. It may be called twice.
	Close() error
}

// ErrNotFound says that there is no such document, or no such view.
var ErrNotFound = errors.New("not found")

// ErrStale says that somebody else has moved the cursor.
var ErrStale = errors.New("the view has been moved on by somebody else")

// ErrDamaged is what every *DamagedError is.
var ErrDamaged = errors.New("the view store is damaged")

// A DamagedError names a document that is not as it was committed, or the file where no document can be told.
type DamagedError struct {
	Ref    projections.Ref
	Detail string
}

func (e *DamagedError) Error() string {
	if e.Ref == (projections.Ref{}) {
		return fmt.Sprintf("%v: %s", ErrDamaged, e.Detail)
	}
	return fmt.Sprintf("%v: %v: %s", ErrDamaged, e.Ref, e.Detail)
}

// Is makes errors.Is(err, ErrDamaged) true.
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }
