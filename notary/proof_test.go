package notary_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"daybook.internal/notary"
)

// stored is the same log in the form that x/mod keeps it in.
func (l *testLog) stored() reference {
	var r reference
	for n, leaf := range l.leaves {
		more, err := tlog.StoredHashes(int64(n), leaf, r)
		require.NoError(l.t, err)
		r = append(r, more...)
	}
	return r
}

func TestProofsAreThoseOfXMod(t *testing.T) {
	t.Parallel()
	l := newLog(t, 1300)
	want := l.stored()
	same := func(size, i int64) {
		inclusion, err := tlog.ProveRecord(size, i, want)
		require.NoError(t, err)
		path, err := notary.ProveInclusion(l.read, size, i)
		require.NoError(t, err)
		require.Equal(t, []tlog.Hash(inclusion), path, "%d of %d", i, size)
		leaf, _ := notary.LeafHash(nil, l.leaves[i])
		require.NoError(t, notary.CheckInclusion(path, size, l.roots[size], i, leaf))
		consistency, err := tlog.ProveTree(size, i+1, want)
		require.NoError(t, err)
		proof, err := notary.ProveConsistency(l.read, i+1, size)
		require.NoError(t, err)
		require.Equal(t, append([]tlog.Hash(nil), consistency...), proof, "%d to %d", i+1, size)
		require.NoError(t, notary.CheckConsistency(proof, size, l.roots[size], i+1, l.roots[i+1]))
	}
	for size := int64(1); size <= 70; size++ {
		for i := range size {
			same(size, i)
		}
	}
	for _, size := range []int64{255, 256, 257, 511, 512, 513, 767, 768, 1024, 1025, 1300} {
		for i := int64(0); i < size; i += 13 {
			same(size, i)
		}
		same(size, size-1)
	}
}

// TestNoOtherProofHolds: with any hash, place, size or root changed, nothing is shown.
func TestNoOtherProofHolds(t *testing.T) {
	t.Parallel()
	l := newLog(t, 600)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(2, 600).Draw(t, "size")
		i := rapid.Int64Range(0, size-1).Draw(t, "index")
		path, err := notary.ProveInclusion(l.read, size, i)
		require.NoError(t, err)
		leaf, _ := notary.LeafHash(nil, l.leaves[i])
		other := rapid.Int64Range(0, size-1).Filter(func(o int64) bool { return o != i }).Draw(t, "other")
		require.ErrorIs(t, notary.CheckInclusion(path, size, l.roots[size], other, leaf), notary.ErrProof)
		otherLeaf, _ := notary.LeafHash(nil, l.leaves[other])
		require.ErrorIs(t, notary.CheckInclusion(path, size, l.roots[size], i, otherLeaf), notary.ErrProof)
		require.ErrorIs(t, notary.CheckInclusion(path, size, l.roots[size-1], i, leaf), notary.ErrProof)
		require.ErrorIs(t, notary.CheckInclusion(path, size, l.roots[size], size, leaf), notary.ErrProof)
		require.ErrorIs(t, notary.CheckInclusion(path, size, l.roots[size], -1, leaf), notary.ErrProof)
		require.ErrorIs(t, notary.CheckInclusion(append(path, leaf), size, l.roots[size], i, leaf), notary.ErrProof)
		path[rapid.IntRange(0, len(path)-1).Draw(t, "hash")][rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		require.ErrorIs(t, notary.CheckInclusion(path, size, l.roots[size], i, leaf), notary.ErrProof)

		from := rapid.Int64Range(1, size-1).Draw(t, "from")
		proof, err := notary.ProveConsistency(l.read, from, size)
		require.NoError(t, err)
		require.ErrorIs(t, notary.CheckConsistency(proof, size, l.roots[size], from, l.roots[from-1]), notary.ErrProof)
		require.ErrorIs(t, notary.CheckConsistency(proof, size, l.roots[size-1], from, l.roots[from]), notary.ErrProof)
		require.ErrorIs(t, notary.CheckConsistency(append(proof, leaf), size, l.roots[size], from, l.roots[from]), notary.ErrProof)
		proof[rapid.IntRange(0, len(proof)-1).Draw(t, "node")][rapid.IntRange(0, 31).Draw(t, "at")] ^= 1
		require.ErrorIs(t, notary.CheckConsistency(proof, size, l.roots[size], from, l.roots[from]), notary.ErrProof)
	})
}

func TestConsistencyWithNothingAndWithItself(t *testing.T) {
	t.Parallel()
	l := newLog(t, 5)
	for _, to := range []int64{0, 1, 5} {
		for _, from := range []int64{0, to} {
			proof, err := notary.ProveConsistency(l.read, from, to)
			require.NoError(t, err)
			require.Empty(t, proof)
			require.NoError(t, notary.CheckConsistency(nil, to, l.roots[to], from, l.roots[from]))
			require.ErrorIs(t, notary.CheckConsistency([]tlog.Hash{{}}, to, l.roots[to], from, l.roots[from]), notary.ErrProof)
			require.ErrorIs(t, notary.CheckConsistency(nil, to, l.roots[to], from, l.roots[3]), notary.ErrProof)
		}
	}
	require.ErrorIs(t, notary.CheckConsistency(nil, 0, l.roots[5], 0, l.roots[0]), notary.ErrProof)
	require.ErrorIs(t, notary.CheckConsistency(nil, 4, l.roots[4], 5, l.roots[5]), notary.ErrProof)
	require.ErrorIs(t, notary.CheckConsistency(nil, 4, l.roots[4], -1, l.roots[0]), notary.ErrProof)
	_, err := notary.ProveConsistency(l.read, 5, 4)
	require.ErrorIs(t, err, notary.ErrForm)
	_, err = notary.ProveConsistency(l.read, -1, 4)
	require.ErrorIs(t, err, notary.ErrForm)
	for _, i := range []int64{-1, 5, 6} {
		_, err = notary.ProveInclusion(l.read, 5, i)
		require.ErrorIs(t, err, notary.ErrForm)
	}
}

func TestProofsFromBadTiles(t *testing.T) {
	t.Parallel()
	l := newLog(t, 300)
	gone := errors.New("the disk is gone")
	for name, c := range map[string]struct {
		read notary.TileReader
		err  error
	}{
		"no tile":    {func(tlog.Tile) ([]byte, error) { return nil, gone }, gone},
		"short tile": {func(tile tlog.Tile) ([]byte, error) { b, err := l.read(tile); return b[1:], err }, notary.ErrForm},
		"long tile":  {func(tile tlog.Tile) ([]byte, error) { b, err := l.read(tile); return append(b[:len(b):len(b)], 0), err }, notary.ErrForm},
	} {
		_, err := notary.ProveInclusion(c.read, 300, 7)
		require.ErrorIs(t, err, c.err, name)
		require.ErrorContains(t, err, "tile/", name)
		_, err = notary.ProveConsistency(c.read, 7, 300)
		require.ErrorIs(t, err, c.err, name)
	}
}
