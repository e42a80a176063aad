package interop

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

// ours is a log made by package notary, in memory: its leaves, and its tiles as they are published for its size.
type ours struct {
	vkey   string
	signer note.Signer
	key    note.Verifier
	leaves [][]byte
	roots  []tlog.Hash // of the first n leaves
	hashes []tlog.Hash // of the leaves
	files  map[string][]byte
}

// newLog makes a log of size leaves. Its tiles are there for every size on the way, too.
func newLog(t testing.TB, size int) *ours {
	t.Helper()
	private, public, err := notary.NewKey(bytes.NewReader(seeded("our log").Seed()), "log.example/ours")
	require.NoError(t, err)
	l := &ours{vkey: public, files: map[string][]byte{}}
	l.signer, err = notary.ParseSigner(private)
	require.NoError(t, err)
	l.key, err = notary.ParseVerifier(public)
	require.NoError(t, err)
	tree := notary.Tree{Full: func(tile tlog.Tile, data []byte) error {
		l.files[notary.TilePath(tile)] = bytes.Clone(data)
		return nil
	}}
	l.roots = append(l.roots, tree.Root())
	var bundle []byte
	for i := range size {
		leaf := notary.AppendLeaf(nil, domain.Record{
			ID: domain.EventID{15: byte(i), 14: byte(i >> 8), 6: 0x50, 8: 0x80}, Type: "deviation-reported.v1", Stream: domain.StreamID(fmt.Sprint("stream-", i%7)),
			Revision: uint64(i / 7), Meta: fmt.Appendf(nil, `{"source":"edition-%d"}`, i%3), Data: fmt.Appendf(nil, `{"n":%d}`, i),
		})
		l.leaves = append(l.leaves, leaf)
		hash, _ := notary.LeafHash(nil, leaf)
		l.hashes = append(l.hashes, hash)
		require.NoError(t, tree.Append(hash))
		l.roots = append(l.roots, tree.Root())
		tree.Edge(func(tile tlog.Tile, data []byte) bool {
			l.files[notary.TilePath(tile)] = bytes.Clone(data)
			return true
		})
		if i%notary.Width == 0 {
			bundle = nil
		}
		bundle, err = notary.AppendEntry(bundle, leaf)
		require.NoError(t, err)
		l.files[notary.EntriesPath(int64(i/notary.Width), i%notary.Width+1)] = bytes.Clone(bundle)
	}
	return l
}

// head is the checkpoint of a size, signed by the log and by others.
func (l *ours) head(t testing.TB, size int, others ...note.Signer) []byte {
	t.Helper()
	c := notary.Checkpoint{Origin: l.key.Name(), Size: int64(size), Root: l.roots[size]}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, append([]note.Signer{l.signer}, others...)...)
	require.NoError(t, err)
	return signed
}

// tile is a notary.TileReader.
func (l *ours) tile(t tlog.Tile) ([]byte, error) {
	data, ok := l.files[notary.TilePath(t)]
	if !ok {
		return nil, os.ErrNotExist
	}
	return data, nil
}

func (l *ours) prove(to int) func(from int64) ([]tlog.Hash, error) {
	return func(from int64) ([]tlog.Hash, error) { return notary.ProveConsistency(l.tile, from, int64(to)) }
}

// publish writes the log into a directory, as any host could serve it.
func (l *ours) publish(t testing.TB, others ...note.Signer) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range l.files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o666))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, notary.CheckpointPath), l.head(t, len(l.leaves), others...), 0o666))
	return dir
}
