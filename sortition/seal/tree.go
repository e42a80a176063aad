package seal

import "crypto/sha256"

// A Tree is the Merkle tree of RFC 9162 2.1.1 (that of RFC 6962) over leaves that are hashes already: a node is SHA-256(0x01 ‖ left ‖ right), and the tree
// of no leaves is SHA-256 of nothing.
type Tree struct {
	levels [][]Hash // from the leaves up; whoever has no neighbour moves up as they are
}

// NewTree makes the tree over leaves in their order. It keeps them.
func NewTree(leaves []Hash) Tree {
	t := Tree{[][]Hash{leaves}}
	for level := leaves; len(level) > 1; {
		up := make([]Hash, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			up = append(up, node(level[i], level[i+1]))
		}
		if len(level)%2 == 1 {
			up = append(up, level[len(level)-1])
		}
		t.levels, level = append(t.levels, up), up
	}
	return t
}

func node(left, right Hash) Hash {
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}

// Size is the number of leaves.
func (t Tree) Size() int { return len(t.levels[0]) }

// Root is the hash of the tree.
func (t Tree) Root() Hash {
	if t.Size() == 0 {
		return sha256.Sum256(nil)
	}
	return t.levels[len(t.levels)-1][0]
}

// Path is the inclusion proof of a leaf, from the leaf up (RFC 9162 2.1.3.1).
func (t Tree) Path(index int) []Hash {
	path := []Hash{}
	for _, level := range t.levels[:len(t.levels)-1] {
		if beside := index ^ 1; beside < len(level) {
			path = append(path, level[beside])
		}
		index /= 2
	}
	return path
}

// Leads tells whether a path leads from a leaf to the root of a tree of size leaves (RFC 9162 2.1.3.2).
func Leads(leaf Hash, index, size int, path []Hash, root Hash) bool {
	if index < 0 || index >= size {
		return false
	}
	at, last, r := index, size-1, leaf
	for _, h := range path {
		if last == 0 {
			return false
		}
		if at%2 == 1 || at == last {
			r = node(h, r)
			for at%2 == 0 && at != 0 {
				at, last = at/2, last/2
			}
		} else {
			r = node(r, h)
		}
		at, last = at/2, last/2
	}
	return last == 0 && r == root
}
