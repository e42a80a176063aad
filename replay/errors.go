package replay

import "errors"

// ErrNotFound says that the record holds nothing by that name.
var ErrNotFound = errors.New("not found in the record")

// ErrBeyond says that a place lies behind the end of the ledger.
var ErrBeyond = errors.New("the ledger is not that long")

// ErrVersion says that a view is served in a version that this program cannot rebuild, and so cannot check.
var ErrVersion = errors.New("a view is served that this version of daybook cannot rebuild; serve it once with this version, or replay with the one that serves it")
