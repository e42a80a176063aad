package interop

import (
	"crypto"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

var hasher = rfc6962.New(crypto.SHA256)

func raw(hashes []tlog.Hash) [][]byte {
	b := make([][]byte, len(hashes))
	for i := range hashes {
		b[i] = hashes[i][:]
	}
	return b
}

// TestRoots holds leaf hashes and roots against transparency-dev/merkle.
func TestRoots(t *testing.T) {
	t.Parallel()
	l := newLog(t, 1500)
	require.Equal(t, hasher.EmptyRoot(), l.roots[0][:])
	factory := compact.RangeFactory{Hash: hasher.HashChildren}
	r := factory.NewEmptyRange(0)
	for i, leaf := range l.leaves {
		require.Equal(t, hasher.HashLeaf(leaf), l.hashes[i][:])
		require.NoError(t, r.Append(l.hashes[i][:], nil))
		root, err := r.GetRootHash(nil)
		require.NoError(t, err)
		require.Equal(t, root, l.roots[i+1][:], "%d leaves", i+1)
	}
}

// TestLargeRoots goes on where a third level of tiles begins.
func TestLargeRoots(t *testing.T) {
	t.Parallel()
	factory := compact.RangeFactory{Hash: hasher.HashChildren}
	r, tree := factory.NewEmptyRange(0), notary.Tree{}
	for n := range 70_000 {
		hash := tlog.RecordHash([]byte{byte(n), byte(n >> 8), byte(n >> 16)})
		require.NoError(t, r.Append(hash[:], nil))
		require.NoError(t, tree.Append(hash))
		if n%997 == 0 || n > 65_530 && n < 65_540 {
			root, err := r.GetRootHash(nil)
			require.NoError(t, err)
			have := tree.Root()
			require.Equal(t, root, have[:])
		}
	}
}

// sizes are some at which trees change their form.
var sizes = []int{1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 65, 100, 255, 256, 257, 300, 511, 512, 513, 700}

// TestInclusionProofs lets transparency-dev/merkle check our proofs from tiles; they are also the hashes that it names itself.
func TestInclusionProofs(t *testing.T) {
	t.Parallel()
	l := newLog(t, 700)
	for _, size := range sizes {
		for index := 0; index < size; index += 1 + size/64 {
			path, err := notary.ProveInclusion(l.tile, int64(size), int64(index))
			require.NoError(t, err)
			require.NoError(t, proof.VerifyInclusion(hasher, uint64(index), uint64(size), l.hashes[index][:], raw(path), l.roots[size][:]))
			require.NoError(t, notary.CheckInclusion(path, int64(size), l.roots[size], int64(index), l.hashes[index]))
			require.Equal(t, l.byMerkle(t, index, size), path)
			if len(path) > 0 { // and neither takes a wrong one
				path[len(path)/2][3] ^= 1
				require.Error(t, proof.VerifyInclusion(hasher, uint64(index), uint64(size), l.hashes[index][:], raw(path), l.roots[size][:]))
				require.ErrorIs(t, notary.CheckInclusion(path, int64(size), l.roots[size], int64(index), l.hashes[index]), notary.ErrProof)
			}
		}
	}
}

// TestConsistencyProofs does the same for proofs between heads.
func TestConsistencyProofs(t *testing.T) {
	t.Parallel()
	l := newLog(t, 700)
	for _, to := range sizes {
		for from := 1; from <= to; from += 1 + to/40 {
			p, err := notary.ProveConsistency(l.tile, int64(from), int64(to))
			require.NoError(t, err)
			require.NoError(t, proof.VerifyConsistency(hasher, uint64(from), uint64(to), raw(p), l.roots[from][:], l.roots[to][:]))
			require.NoError(t, notary.CheckConsistency(p, int64(to), l.roots[to], int64(from), l.roots[from]))
			if len(p) > 0 {
				p[len(p)-1][9] ^= 1
				require.Error(t, proof.VerifyConsistency(hasher, uint64(from), uint64(to), raw(p), l.roots[from][:], l.roots[to][:]))
				require.ErrorIs(t, notary.CheckConsistency(p, int64(to), l.roots[to], int64(from), l.roots[from]), notary.ErrProof)
			}
			require.Error(t, proof.VerifyConsistency(hasher, uint64(from), uint64(to), append(raw(p), l.roots[0][:]), l.roots[from][:], l.roots[to][:]))
			require.ErrorIs(t, notary.CheckConsistency(append(p, l.roots[0]), int64(to), l.roots[to], int64(from), l.roots[from]), notary.ErrProof)
		}
	}
}

// byMerkle makes an inclusion proof with transparency-dev/merkle, from the hashes of the leaves alone.
func (l *ours) byMerkle(t *testing.T, index, size int) []tlog.Hash {
	nodes, err := proof.Inclusion(uint64(index), uint64(size))
	require.NoError(t, err)
	return l.rehash(t, nodes, size)
}

// consistencyByMerkle is its proof between two heads.
func (l *ours) consistencyByMerkle(t *testing.T, from, to int) []tlog.Hash {
	nodes, err := proof.Consistency(uint64(from), uint64(to))
	require.NoError(t, err)
	return l.rehash(t, nodes, to)
}

func (l *ours) rehash(t *testing.T, nodes proof.Nodes, size int) []tlog.Hash {
	var hashes [][]byte
	for _, id := range nodes.IDs {
		begin, end := id.Coverage()
		require.LessOrEqual(t, end, uint64(size))
		factory := compact.RangeFactory{Hash: hasher.HashChildren}
		r := factory.NewEmptyRange(begin)
		for i := begin; i < end; i++ {
			require.NoError(t, r.Append(l.hashes[i][:], nil))
		}
		require.Len(t, r.Hashes(), 1) // a node stands for a whole subtree
		hashes = append(hashes, r.Hashes()[0])
	}
	made, err := nodes.Rehash(hashes, hasher.HashChildren)
	require.NoError(t, err)
	path := []tlog.Hash{}
	for _, h := range made {
		path = append(path, tlog.Hash(h))
	}
	return path
}
