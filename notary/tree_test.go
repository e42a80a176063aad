package notary_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// reference is the tree of x/mod, leaf by leaf.
type reference []tlog.Hash

func (r reference) ReadHashes(at []int64) ([]tlog.Hash, error) {
	h := make([]tlog.Hash, len(at))
	for i, a := range at {
		h[i] = r[a]
	}
	return h, nil
}

func TestTreeIsThatOfXMod(t *testing.T) {
	t.Parallel()
	var want reference
	var scratch []byte
	tiles := map[tlog.Tile][]byte{}
	tree := notary.Tree{Full: func(tile tlog.Tile, data []byte) error { tiles[tile] = append([]byte{}, data...); return nil }}
	for n := range int64(70_000) {
		if n < 600 || n%977 == 0 || n == 65_536 || n == 65_537 {
			root, err := tlog.TreeHash(n, want)
			require.NoError(t, err)
			require.Equal(t, root, tree.Root(), "%d leaves", n)
			edge := map[tlog.Tile][]byte{}
			tree.Edge(func(tile tlog.Tile, data []byte) bool { edge[tile] = data; return true })
			for tile := range notary.Tiles(n) {
				data, ok := tiles[tile]
				if !ok {
					data, ok = edge[tile]
				}
				require.True(t, ok, "%v of %d", tile, n)
				if n < 600 || tile.N == 0 || tile.W < notary.Width {
					have, err := tlog.ReadTileData(tile, want)
					require.NoError(t, err)
					require.Equal(t, have, data)
				}
			}
			again, err := notary.Resume(n, root, func(tile tlog.Tile) ([]byte, error) { return edge[tile], nil })
			require.NoError(t, err)
			require.Equal(t, root, again.Root())
		}
		leaf := fmt.Appendf(nil, "leaf %d", n)
		var h tlog.Hash
		h, scratch = notary.LeafHash(scratch, leaf)
		require.Equal(t, tlog.RecordHash(leaf), h)
		stored, err := tlog.StoredHashes(n, leaf, want)
		require.NoError(t, err)
		want = append(want, stored...)
		require.NoError(t, tree.Append(h))
	}
}
