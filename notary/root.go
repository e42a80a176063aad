package notary

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// RootOf gives the root of the first size leaves from tiles. It reads the right edge of that tree and checks nothing but the form of the tiles.
func RootOf(read TileReader, size int64) (tlog.Hash, error) {
	if size == 0 {
		return new(Tree).Root(), nil
	}
	root, err := tlog.TreeHash(size, hashes(read, size))
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("root of %d leaves: %w", size, err)
	}
	return root, nil
}
