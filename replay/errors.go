package replay

import "errors"

// ErrNotFound says that the record holds nothing by that name.
var ErrNotFound = errors.New("not found in the record")
