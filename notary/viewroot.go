package notary

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
)

// DocumentLeaf is the leaf of one document of a view:
//
//	"daybook-document/v1" ‖ 0 ‖ view ‖ 0 ‖ be64(version) ‖ be64(len key) ‖ key ‖ be64(at) ‖ data
//
// at is the number of records up to and with the last one that touched the document; data are its bytes as they are served.
func DocumentLeaf(view string, version int, key string, at uint64, data []byte) []byte {
	return append(appendDocumentHead(make([]byte, 0, 64+len(view)+len(key)+len(data)), view, version, key, at), data...)
}

func appendDocumentHead(dst []byte, view string, version int, key string, at uint64) []byte {
	dst = append(dst, "daybook-document/v1\x00"...)
	dst = append(dst, view...)
	dst = append(dst, 0)
	dst = binary.BigEndian.AppendUint64(dst, uint64(version))
	dst = binary.BigEndian.AppendUint64(dst, uint64(len(key)))
	dst = append(dst, key...)
	return binary.BigEndian.AppendUint64(dst, at)
}

// A ViewIndex has the roots of views and keeps them up with their documents: a hash for each document and about one more, never the documents. The root of
// a view is that of RFC 6962 2.1 over the leaves of its documents in the order of their keys' bytes; so it is a function of the documents alone, however
// they came to be. It is not safe for concurrent use.
type ViewIndex struct {
	views   []*viewTree // by name
	hash    hash.Hash
	scratch []byte
}

type viewTree struct {
	name    string
	version int
	sortedTree
}

// NewViewIndex makes the index of no views.
func NewViewIndex() *ViewIndex { return &ViewIndex{hash: sha256.New()} }

// Add makes room for a view, without documents. One that is there begins anew.
func (x *ViewIndex) Add(view string, version int) {
	t := &viewTree{name: view, version: version}
	if i, ok := x.find(view); ok {
		x.views[i] = t
	} else {
		x.views = slices.Insert(x.views, i, t)
	}
}

// Set puts a document in place of the one with its key, or where there was none. It tells whether the index has its view.
func (x *ViewIndex) Set(view, key string, at uint64, data []byte) bool {
	i, ok := x.find(view)
	if !ok {
		return false
	}
	x.scratch = appendDocumentHead(append(x.scratch[:0], 0), view, x.views[i].version, key, at) // 0: the prefix of leaves, RFC 6962 2.1
	x.hash.Reset()
	x.hash.Write(x.scratch)
	x.hash.Write(data)
	x.views[i].set(key, tlog.Hash(x.hash.Sum(x.scratch[:0])))
	return true
}

// Roots gives the root of every view, by name. Its cost is that of the documents that were set since it was asked last, times the height of their trees,
// and of those that stand behind a new one in a view.
func (x *ViewIndex) Roots() []domain.ViewRoot {
	roots := make([]domain.ViewRoot, len(x.views))
	for i, t := range x.views {
		roots[i] = domain.ViewRoot{View: t.name, Version: t.version, Count: t.count(), Root: domain.Digest(t.root())}
	}
	return roots
}

func (x *ViewIndex) find(view string) (int, bool) {
	return slices.BinarySearchFunc(x.views, view, func(t *viewTree, view string) int { return strings.Compare(t.name, view) })
}

// A sortedTree is the tree over hashes by key, all of it: levels[0] has the leaves in the order of keys, each level above the nodes over pairs of the one
// below, an odd one at the end as it is. That is the tree of RFC 6962 2.1. Keys come and never go.
type sortedTree struct {
	keys    []string
	levels  [][]tlog.Hash
	added   map[string]tlog.Hash // not in keys yet
	changed []int                // leaves whose nodes are not up with them
}

func (t *sortedTree) count() int { return len(t.keys) + len(t.added) }

func (t *sortedTree) set(key string, leaf tlog.Hash) {
	i, ok := slices.BinarySearch(t.keys, key)
	switch {
	case !ok && t.added == nil:
		t.added = map[string]tlog.Hash{strings.Clone(key): leaf}
	case !ok:
		t.added[strings.Clone(key)] = leaf // a key must not keep a whole document in memory
	case len(t.changed) > 2*len(t.keys):
		slices.Sort(t.changed)
		t.changed = slices.Compact(t.changed)
		fallthrough
	default:
		t.levels[0][i], t.changed = leaf, append(t.changed, i)
	}
}

// root is the root over all leaves.
func (t *sortedTree) root() tlog.Hash {
	t.settle()
	if len(t.keys) == 0 {
		return sha256.Sum256(nil)
	}
	return t.levels[len(t.levels)-1][0]
}

// path is the audit path of the i-th leaf, from the leaf upwards (RFC 6962 2.1.1).
func (t *sortedTree) path(i int) []domain.Digest {
	t.settle()
	path := []domain.Digest{}
	for _, level := range t.levels[:max(len(t.levels)-1, 0)] {
		if sibling := i ^ 1; sibling < len(level) {
			path = append(path, domain.Digest(level[sibling]))
		}
		i /= 2
	}
	return path
}

// settle brings the nodes up with the leaves: those above changed leaves, and all that stand behind the first new one.
func (t *sortedTree) settle() {
	if len(t.added) == 0 && len(t.changed) == 0 {
		return
	}
	from := t.insert()
	slices.Sort(t.changed)
	changed := t.changed
	for l := 0; len(t.levels[l]) > 1; l++ {
		if l+1 == len(t.levels) {
			t.levels = append(t.levels, nil)
		}
		below := t.levels[l]
		width := (len(below) + 1) / 2
		above := slices.Grow(t.levels[l+1], width-len(t.levels[l+1]))[:width]
		from /= 2
		n := 0
		for _, i := range changed {
			if i /= 2; i >= from {
				break
			}
			if n == 0 || changed[n-1] != i {
				above[i], changed[n] = pair(below, i), i
				n++
			}
		}
		changed = changed[:n]
		for i := from; i < width; i++ {
			above[i] = pair(below, i)
		}
		t.levels[l+1] = above
	}
	t.changed = t.changed[:0]
}

// pair is the i-th node above a level.
func pair(below []tlog.Hash, i int) tlog.Hash {
	if 2*i+1 == len(below) {
		return below[2*i]
	}
	return NodeHash(&below[2*i], &below[2*i+1])
}

// insert puts what was added in its place, and gives the place of the first: from there on, all leaves are others.
func (t *sortedTree) insert() int {
	if len(t.levels) == 0 {
		t.levels = [][]tlog.Hash{nil}
	}
	added := make([]string, 0, len(t.added))
	for key := range t.added {
		added = append(added, key)
	}
	slices.Sort(added)
	have, to := len(t.keys)-1, len(t.keys)+len(added)-1
	t.keys = slices.Grow(t.keys, len(added))[:to+1]
	leaves := slices.Grow(t.levels[0], len(added))[:to+1]
	for len(added) > 0 { // from behind: nothing is overwritten that is still to be moved
		if last := added[len(added)-1]; have >= 0 && t.keys[have] > last {
			t.keys[to], leaves[to] = t.keys[have], leaves[have]
			have--
		} else {
			t.keys[to], leaves[to] = last, t.added[last]
			added = added[:len(added)-1]
		}
		to--
	}
	t.levels[0] = leaves
	clear(t.added)
	return to + 1
}
