package notary_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// The work of one million events of 400 bytes. Floors are the same bytes through crypto/sha256 and nothing else: a leaf is hashed with one byte before it, and
// there is one inner node of 65 bytes a leaf.
const benchLeaves, benchLeaf = 1_000_000, 400

// grow appends the leaves of a benchmark to t.
func grow(b *testing.B, t *notary.Tree) {
	leaf := bytes.Repeat([]byte("x"), benchLeaf)
	var scratch []byte
	for n := range uint64(benchLeaves) {
		binary.BigEndian.PutUint64(leaf, n)
		var h tlog.Hash
		h, scratch = notary.LeafHash(scratch, leaf)
		if err := t.Append(h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRootFloor(b *testing.B) {
	leaf, node := make([]byte, 1+benchLeaf), make([]byte, 1+2*tlog.HashSize)
	for b.Loop() {
		for n := range uint64(benchLeaves) {
			binary.BigEndian.PutUint64(leaf, n)
			h := sha256.Sum256(leaf)
			copy(node, h[:])
			sha256.Sum256(node)
		}
	}
}

func BenchmarkRoot(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var t notary.Tree
		grow(b, &t)
		t.Root()
	}
}

// BenchmarkTilesOnDisk writes every tile to a file of its own; the floor of the writing alone is BenchmarkTilesOnDiskFloor.
func BenchmarkTilesOnDisk(b *testing.B) {
	for b.Loop() {
		dir := b.TempDir()
		write := func(tile tlog.Tile, data []byte) error { return writeTile(dir, tile, data) }
		t := notary.Tree{Full: write}
		grow(b, &t)
		t.Edge(func(tile tlog.Tile, data []byte) bool { require.NoError(b, write(tile, data)); return true })
	}
}

func BenchmarkTilesOnDiskFloor(b *testing.B) {
	data := make([]byte, notary.MaxTile)
	for b.Loop() {
		dir := b.TempDir()
		for tile := range notary.Tiles(benchLeaves) {
			require.NoError(b, writeTile(dir, tile, data[:tile.W*tlog.HashSize]))
		}
	}
}

func writeTile(dir string, tile tlog.Tile, data []byte) error {
	name := filepath.Join(dir, filepath.FromSlash(notary.TilePath(tile)))
	if err := os.WriteFile(name, data, 0o644); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

// BenchmarkReceipt reads and checks a receipt of a log of one million; the floor is the one signature and the hashes on the path.
func BenchmarkReceipt(b *testing.B) {
	l := newLog(b, 1)
	tiles := map[tlog.Tile][]byte{}
	keep := func(tile tlog.Tile, data []byte) error { tiles[tile] = data; return nil }
	t := notary.Tree{Full: keep}
	h, _ := notary.LeafHash(nil, l.leaves[0])
	require.NoError(b, t.Append(h))
	grow(b, &t)
	t.Edge(func(tile tlog.Tile, data []byte) bool { return keep(tile, data) == nil })
	path, err := notary.ProveInclusion(func(tile tlog.Tile) ([]byte, error) { return tiles[tile], nil }, t.Size(), 0)
	require.NoError(b, err)
	l.roots = append(make([]tlog.Hash, t.Size()), t.Root())
	text := notary.Receipt{Leaf: l.leaves[0], Path: path, Checkpoint: l.signed(t.Size())}.Text()
	for b.Loop() {
		r, err := notary.ParseReceipt(text)
		if err == nil {
			_, _, err = r.Check(l.verifier, nil)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReceiptFloor(b *testing.B) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := key.Public().(ed25519.PublicKey)
	message, node := make([]byte, 100), make([]byte, 1+2*tlog.HashSize)
	signature := ed25519.Sign(key, message)
	for b.Loop() {
		sha256.Sum256(make([]byte, benchLeaf))
		for range 20 {
			sha256.Sum256(node)
		}
		if !ed25519.Verify(public, message, signature) {
			b.Fatal("not verified")
		}
	}
}
