package notary

import (
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// The names of a published log's files, below its address (https://c2sp.org/tlog-tiles).
const (
	CheckpointPath = "checkpoint"  // the latest signed head
	ArchivePath    = "checkpoints" // folder of the heads that were signed, by size; ours
)

// MaxTile is the bytes of a full tile, MaxEntries the most that a bundle of entries has.
const (
	MaxTile    = Width * tlog.HashSize
	MaxEntries = Width * (2 + MaxLeaf)
)

// TilePath is the name of a tile of hashes: tile/<L>/<N>[.p/<W>], N in groups of three digits.
func TilePath(t tlog.Tile) string { return tilePath(strconv.Itoa(t.L), t.N, t.W) }

// EntriesPath is the name of the n-th bundle of entries, of which w are there.
func EntriesPath(n int64, w int) string { return tilePath("entries", n, w) }

func tilePath(level string, n int64, w int) string {
	groups := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		groups = fmt.Sprintf("x%03d/%s", n%1000, groups)
	}
	if w == Width {
		return "tile/" + level + "/" + groups
	}
	return fmt.Sprintf("tile/%s/%s.p/%d", level, groups, w)
}

// WidthAt is how many of the hashes or entries of the n-th tile of a level are there in a tree of size leaves; 0 for none.
func WidthAt(level int, n, size int64) int {
	return int(min(max(size>>(Height*level)-n*Width, 0), Width))
}

// Tiles yields every tile of hashes of a tree of size leaves, from the leaves up.
func Tiles(size int64) iter.Seq[tlog.Tile] {
	return func(yield func(tlog.Tile) bool) {
		for l := 0; size>>(Height*l) > 0; l++ {
			for n := int64(0); WidthAt(l, n, size) > 0; n++ {
				if !yield(tlog.Tile{H: Height, L: l, N: n, W: WidthAt(l, n, size)}) {
					return
				}
			}
		}
	}
}

// AppendEntry appends a leaf to a bundle of entries, its length before it.
func AppendEntry(bundle, leaf []byte) ([]byte, error) {
	if len(leaf) > MaxLeaf {
		return nil, fmt.Errorf("%w: a leaf of %d bytes; at most %d fit an entry", ErrForm, len(leaf), MaxLeaf)
	}
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(leaf))), leaf...), nil
}

// Entries yields the leaves of a bundle that has w of them, no more and no fewer. They share its memory. An error is the last pair.
func Entries(bundle []byte, w int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for i := range w {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				yield(nil, fmt.Errorf("%w: a bundle of entries ends within entry %d of %d", ErrForm, i, w))
				return
			}
			n := 2 + int(binary.BigEndian.Uint16(bundle))
			if !yield(bundle[2:n:n], nil) {
				return
			}
			bundle = bundle[n:]
		}
		if len(bundle) > 0 {
			yield(nil, fmt.Errorf("%w: %d bytes follow the %d entries of a bundle", ErrForm, len(bundle), w))
		}
	}
}
