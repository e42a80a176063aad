package replay

import "errors"

// ErrNotFound says that the record holds nothing by that name.
var ErrNotFound = errors.New("not found in the record")

// ErrBeyond says that a place lies behind the end of the ledger.
var ErrBeyond = errors.New("the ledger is not that long")
