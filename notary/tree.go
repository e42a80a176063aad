package notary

import (
	"crypto/sha256"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Width is how many hashes a full tile has, and how many entries a full bundle.
const Width = 1 << Height

// Height is how many levels of the tree a tile spans.
const Height = 8

// LeafHash is SHA-256(0 ‖ leaf), the leaf hash of RFC 6962 2.1. scratch is memory to work in; it may be nil, and is given back for the next call.
func LeafHash(scratch, leaf []byte) (tlog.Hash, []byte) {
	scratch = append(append(scratch[:0], 0), leaf...)
	return sha256.Sum256(scratch), scratch
}

// NodeHash is SHA-256(1 ‖ left ‖ right), the inner hash of RFC 6962 2.1.
func NodeHash(left, right *tlog.Hash) tlog.Hash {
	var b [1 + 2*tlog.HashSize]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+tlog.HashSize:], right[:])
	return sha256.Sum256(b[:])
}

// A Tree grows at its right edge and keeps nothing else: at most 255 hashes a level. The zero Tree is empty.
type Tree struct {
	// Full, if it is set, is given every tile as it becomes full: the data is valid during the call. An error ends Append.
	Full func(t tlog.Tile, data []byte) error

	size   int64
	levels []edge
}

// edge is the unfinished tile of one level.
type edge struct {
	n    int64       // the tile's index
	have []tlog.Hash // fewer than Width
}

// Size is how many leaves there are.
func (t *Tree) Size() int64 { return t.size }

// Append adds the hash of the next leaf.
func (t *Tree) Append(leaf tlog.Hash) error {
	t.size++
	for l := 0; ; l++ {
		if l == len(t.levels) {
			t.levels = append(t.levels, edge{have: make([]tlog.Hash, 0, Width)})
		}
		e := &t.levels[l]
		if e.have = append(e.have, leaf); len(e.have) < Width {
			return nil
		}
		if t.Full != nil {
			if err := t.Full(tlog.Tile{H: Height, L: l, N: e.n, W: Width}, flat(e.have)); err != nil {
				return err
			}
		}
		leaf = fold(e.have)
		e.n, e.have = e.n+1, e.have[:0]
	}
}

// fold is the root over a power of two of hashes, which it overwrites.
func fold(h []tlog.Hash) tlog.Hash {
	for n := len(h); n > 1; n /= 2 {
		for i := 0; i < n; i += 2 {
			h[i/2] = NodeHash(&h[i], &h[i+1])
		}
	}
	return h[0]
}

// Root is the tree hash of RFC 6962 2.1 over all leaves so far.
func (t *Tree) Root() tlog.Hash {
	var root tlog.Hash
	none := true
	var work [Width]tlog.Hash
	// From the right: the subtrees of the binary digits of the size, the smallest first, each to the left of what is there.
	for l := range t.levels {
		h := t.levels[l].have
		for p := 1; len(h) > 0; p *= 2 {
			if len(h)&p == 0 {
				continue
			}
			left := fold(work[:copy(work[:], h[len(h)-p:])])
			if h = h[:len(h)-p]; none {
				root, none = left, false
			} else {
				root = NodeHash(&left, &root)
			}
		}
	}
	if none {
		return sha256.Sum256(nil)
	}
	return root
}

// Edge gives the tiles that are not full, from the leaves up: with the full ones, they are the tree.
func (t *Tree) Edge(yield func(tile tlog.Tile, data []byte) bool) {
	for l := range t.levels {
		if e := &t.levels[l]; len(e.have) > 0 {
			if !yield(tlog.Tile{H: Height, L: l, N: e.n, W: len(e.have)}, flat(e.have)) {
				return
			}
		}
	}
}

// Resume gives the tree of size leaves whose tiles read knows. It reads the right edge alone, and refuses one that does not come to root.
func Resume(size int64, root tlog.Hash, read func(tlog.Tile) ([]byte, error)) (*Tree, error) {
	t := &Tree{size: size}
	for l, n := 0, size; n > 0; l, n = l+1, n/Width {
		e := edge{n: n / Width, have: make([]tlog.Hash, 0, Width)}
		if w := int(n % Width); w > 0 {
			tile := tlog.Tile{H: Height, L: l, N: e.n, W: w}
			data, err := read(tile)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", TilePath(tile), err)
			}
			if len(data) != w*tlog.HashSize {
				return nil, fmt.Errorf("%s: %w: %d bytes, not %d", TilePath(tile), ErrForm, len(data), w*tlog.HashSize)
			}
			for ; len(data) > 0; data = data[tlog.HashSize:] {
				e.have = append(e.have, tlog.Hash(data))
			}
		}
		t.levels = append(t.levels, e)
	}
	if have := t.Root(); have != root {
		return nil, fmt.Errorf("%w: the tiles of %d leaves come to %v, not to %v", ErrProof, size, have, root)
	}
	return t, nil
}

func flat(h []tlog.Hash) []byte {
	b := make([]byte, 0, len(h)*tlog.HashSize)
	for i := range h {
		b = append(b, h[i][:]...)
	}
	return b
}
