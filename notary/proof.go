package notary

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// A TileReader gives the hashes of a tile: as many as its W says, one after the other. Where a log has grown since, the tile may be there with more of them
// only, and it is the reader that cuts it.
type TileReader func(tlog.Tile) ([]byte, error)

// hashes finds single hashes in the tiles of a tree of size leaves. Nothing but the form of the tiles is checked: what the hashes prove shows when the
// proof is checked.
func hashes(read TileReader, size int64) tlog.HashReaderFunc {
	return func(indexes []int64) ([]tlog.Hash, error) {
		have := map[tlog.Tile][]byte{}
		found := make([]tlog.Hash, 0, len(indexes))
		for _, i := range indexes {
			t := tlog.TileForIndex(Height, i)
			t.W = WidthAt(t.L, t.N, size)
			data, ok := have[t]
			if !ok {
				var err error
				if data, err = read(t); err != nil {
					return nil, fmt.Errorf("%s: %w", TilePath(t), err)
				}
				if len(data) != t.W*tlog.HashSize {
					return nil, fmt.Errorf("%s: %w: %d bytes, not %d", TilePath(t), ErrForm, len(data), t.W*tlog.HashSize)
				}
				have[t] = data
			}
			h, err := tlog.HashFromTile(t, data, i)
			if err != nil {
				return nil, fmt.Errorf("%s: %w: %w", TilePath(t), ErrForm, err)
			}
			found = append(found, h)
		}
		return found, nil
	}
}

// ProveInclusion gives the audit path (RFC 6962 2.1.1) of the index-th leaf in the tree of size leaves, from the leaf up. It reads at most two tiles a level.
func ProveInclusion(read TileReader, size, index int64) ([]tlog.Hash, error) {
	if index < 0 || index >= size {
		return nil, fmt.Errorf("inclusion proof: %w: no leaf %d in a log of %d", ErrForm, index, size)
	}
	path, err := tlog.ProveRecord(size, index, hashes(read, size))
	if err != nil {
		return nil, fmt.Errorf("inclusion proof of leaf %d in %d: %w", index, size, err)
	}
	return path, nil
}

// CheckInclusion tells whether path leads from the index-th leaf's hash to the root of size leaves; the error is ErrProof if not.
func CheckInclusion(path []tlog.Hash, size int64, root tlog.Hash, index int64, leaf tlog.Hash) error {
	if err := tlog.CheckRecord(path, size, root, index, leaf); err != nil {
		return fmt.Errorf("%w: leaf %d is not shown to be in the log of %d events", ErrProof, index, size)
	}
	return nil
}

// ProveConsistency gives the proof (RFC 6962 2.1.2) that the tree of to leaves begins with the one of from leaves, 0 <= from <= to. It is empty where
// nothing needs to be shown: from nothing, and from a tree to itself.
func ProveConsistency(read TileReader, from, to int64) ([]tlog.Hash, error) {
	switch {
	case from < 0 || from > to:
		return nil, fmt.Errorf("consistency proof: %w: none leads from %d leaves to %d", ErrForm, from, to)
	case from == 0 || from == to:
		return nil, nil
	}
	proof, err := tlog.ProveTree(to, from, hashes(read, to))
	if err != nil {
		return nil, fmt.Errorf("consistency proof from %d to %d: %w", from, to, err)
	}
	return proof, nil
}

// CheckConsistency tells whether the tree of to leaves begins with the one of from leaves; the error is ErrProof if that is not shown. Every tree begins with
// the empty one, whose root is that of RFC 6962 and no other.
func CheckConsistency(proof []tlog.Hash, to int64, newer tlog.Hash, from int64, older tlog.Hash) error {
	var nothing Tree
	ok := false
	switch {
	case from == 0 && to == 0:
		ok = len(proof) == 0 && older == nothing.Root() && newer == older
	case from == 0 && to > 0:
		ok = len(proof) == 0 && older == nothing.Root()
	default:
		ok = tlog.CheckTree(proof, to, newer, from, older) == nil
	}
	if !ok {
		return fmt.Errorf("%w: the log of %d events is not shown to continue the one of %d", ErrProof, to, from)
	}
	return nil
}
