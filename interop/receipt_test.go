package interop

import (
	"fmt"
	"os"
	"testing"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// TestGoldenReceipt: torchwood reads the golden receipt, and writes the same bytes.
func TestGoldenReceipt(t *testing.T) {
	text, err := os.ReadFile("../notary/testdata/receipt.tlog-proof")
	require.NoError(t, err)
	keys, err := os.ReadFile("../notary/testdata/key.txt")
	require.NoError(t, err)
	var skey, vkey string
	_, err = fmt.Sscan(string(keys), &skey, &vkey)
	require.NoError(t, err)
	policy, err := torchwood.ParsePolicy([]byte("log " + vkey + "\nquorum none\n"))
	require.NoError(t, err)
	leaf, err := torchwood.ProofExtraData(text)
	require.NoError(t, err)
	require.NoError(t, torchwood.VerifyProof(policy, tlog.RecordHash(leaf), text))
	require.Error(t, torchwood.VerifyProof(policy, tlog.RecordHash(leaf[1:]), text))

	r, err := notary.ParseReceipt(text)
	require.NoError(t, err)
	require.Equal(t, string(text), string(torchwood.FormatProofWithExtraData(r.Index, leaf, r.Path, r.Checkpoint)))
}

// TestProofs: transparency-dev/merkle accepts what ProveInclusion and ProveConsistency give from tiles, for the root that Tree gives.
func TestProofs(t *testing.T) {
	tiles, roots := map[tlog.Tile][]byte{}, []([]byte){rfc6962.DefaultHasher.EmptyRoot()}
	var hashes [][]byte
	tree := notary.Tree{Full: func(tile tlog.Tile, data []byte) error { tiles[tile] = data; return nil }}
	for n := range 700 {
		leaf := fmt.Appendf(nil, "leaf %d", n)
		h, _ := notary.LeafHash(nil, leaf)
		require.Equal(t, rfc6962.DefaultHasher.HashLeaf(leaf), h[:])
		require.NoError(t, tree.Append(h))
		tree.Edge(func(tile tlog.Tile, data []byte) bool { tiles[tile] = data; return true })
		root := tree.Root()
		hashes, roots = append(hashes, h[:]), append(roots, root[:])
	}
	read := func(tile tlog.Tile) ([]byte, error) { return tiles[tile], nil }
	flat := func(p []tlog.Hash) [][]byte {
		b := make([][]byte, len(p))
		for i := range p {
			b[i] = p[i][:]
		}
		return b
	}
	for size := int64(1); size < int64(len(roots)); size += 1 + size/20 {
		for i := int64(0); i < size; i += 1 + size/40 {
			path, err := notary.ProveInclusion(read, size, i)
			require.NoError(t, err)
			require.NoError(t, proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), uint64(size), hashes[i], flat(path), roots[size]))
			shown, err := notary.ProveConsistency(read, i, size)
			require.NoError(t, err)
			require.NoError(t, proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(i), uint64(size), flat(shown), roots[i], roots[size]))
		}
	}
}
