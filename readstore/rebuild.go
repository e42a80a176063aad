package readstore

import (
	"context"
	"errors"

	"daybook.internal/ledger"
	"daybook.internal/projections"
)

// A Renewer is a store that can put a build in the place of another one.
type Renewer interface {
	Store

	// Renew makes the documents and the cursor of the build v what those of the build from are, and v the one that is read, in one step; from and all other builds of
	// the view are gone. It fails with ErrStale where v reflects more records than from does, and with *DamagedError where a document of from is not as it was
	// committed; then nothing has changed.
	Renew(ctx context.Context, from, v ViewVersion) error
}

// Anew is the build under which a view is made anew beside the one that is read. Views have versions from 1 on, so no view is called that.
func (v ViewVersion) Anew() ViewVersion { return ViewVersion{v.View, -v.Version} }

// Rebuild projects views anew, from the beginning of the ledger up to its head, beside the builds that are read, and puts each in the place of its build. Until then
// what is read stays as it is. Nobody else may keep these views up meanwhile. progress may be nil.
//
// Cut off, it is run again: a view that was put in its place is made once more, and one that was not goes on from where it was.
func Rebuild(ctx context.Context, l ledger.Reader, s Renewer, views []projections.View, o Options, progress func(done, head uint64)) error {
	anew := make([]projections.View, len(views))
	for i, v := range views {
		anew[i] = v
		anew[i].Version = ViewVersion{v.Name, v.Version}.Anew().Version
	}
	var store Store = renewing{s}
	if j, ok := s.(Joint); ok {
		store = renewingJoint{renewing{s}, j}
	}
	return NewProjector(l, store, anew, Options{Batch: o.Batch}).CatchUp(ctx, progress)
}

// renewing is a store in which builds take the place of those that they are made for, instead of being served.
type renewing struct{ Renewer }

// renewingJoint is one of a store that commits several builds at once.
type renewingJoint struct {
	renewing
	Joint
}

// Serve implements Store.
func (r renewing) Serve(ctx context.Context, v ViewVersion) error { return r.Renew(ctx, v, v.Anew()) }

// Served implements Store. What cannot be told of a build because it is damaged is no reason not to make it anew.
func (r renewing) Served(ctx context.Context, view string) (v ViewVersion, at ledger.Cursor, ok bool, err error) {
	if v, at, ok, err = r.Renewer.Served(ctx, view); errors.Is(err, ErrDamaged) {
		return ViewVersion{}, ledger.Cursor{}, false, nil
	}
	return v, at, ok, err
}
