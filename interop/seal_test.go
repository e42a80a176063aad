package interop

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"

	"daybook.internal/sortition/seal"
)

// TestSealedTree holds the trees of sealed pools and of tickets, and the paths of their receipts, against transparency-dev/merkle.
func TestSealedTree(t *testing.T) {
	t.Parallel()
	factory := compact.RangeFactory{Hash: hasher.HashChildren}
	for _, size := range []int{1, 2, 3, 4, 5, 7, 8, 9, 31, 64, 100} {
		leaves := make([]seal.Hash, size)
		r := factory.NewEmptyRange(0)
		for i := range leaves {
			leaves[i] = sha256.Sum256(fmt.Append(nil, i))
			require.NoError(t, r.Append(leaves[i][:], nil))
		}
		root, err := r.GetRootHash(nil)
		require.NoError(t, err)
		tree := seal.NewTree(leaves)
		is := tree.Root()
		require.Equal(t, root, is[:])
		for i := range leaves {
			var path [][]byte
			for _, h := range tree.Path(i) {
				path = append(path, h[:])
			}
			require.NoError(t, proof.VerifyInclusion(hasher, uint64(i), uint64(size), leaves[i][:], path, root), "%d of %d", i, size)
		}
	}
}
