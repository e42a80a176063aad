package verifytest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/projections"
)

// Files are those of a bundle, by name.
type Files map[string][]byte

// Bundle publishes the log, with documents as of its head, and signs it.
func (l *Log) Bundle(t testing.TB) Files {
	t.Helper()
	f := l.Published(t)
	f["BUNDLE.md"] = []byte("# A bundle for tests\n")
	f["policy"] = []byte(l.Keys.PolicyText())
	l.documents(t, f)
	f.Sum()
	return f
}

// Published is the log alone: entries, tiles, and the heads.
func (l *Log) Published(t testing.TB) Files {
	t.Helper()
	f := Files{}
	var tree notary.Tree
	tree.Full = func(tile tlog.Tile, data []byte) error {
		f[notary.TilePath(tile)] = bytes.Clone(data)
		return nil
	}
	var bundle, scratch []byte
	width := 0
	heads := append(slices.DeleteFunc(slices.Clone(l.Heads), func(n int64) bool { return n >= int64(len(l.Records)) }), int64(len(l.Records)))
	for i, r := range l.Records {
		leaf := notary.AppendLeaf(nil, r)
		var h tlog.Hash
		h, scratch = notary.LeafHash(scratch, leaf)
		require.NoError(t, tree.Append(h))
		var err error
		bundle, err = notary.AppendEntry(bundle, leaf)
		require.NoError(t, err)
		if width++; width == notary.Width || i == len(l.Records)-1 {
			f[notary.EntriesPath(int64(i/notary.Width), width)] = bundle
			bundle, width = nil, 0
		}
		for len(heads) > 0 && heads[0] == int64(i+1) {
			f[notary.CheckpointPath] = l.sign(t, tree.Size(), tree.Root())
			f[fmt.Sprintf("%s/%d", notary.ArchivePath, tree.Size())] = f[notary.CheckpointPath]
			heads = heads[1:]
		}
	}
	for tile, data := range tree.Edge {
		f[notary.TilePath(tile)] = bytes.Clone(data)
	}
	return f
}

// Head is the signed head of the first size records.
func (l *Log) Head(t testing.TB, size int64) []byte {
	t.Helper()
	c := l.Clone()
	c.Records, c.Heads = c.Records[:size], nil
	return c.Published(t)[notary.CheckpointPath]
}

// CosignedAt is when a head is cosigned: Lag after its last event was recorded.
func (l *Log) CosignedAt(t testing.TB, size int64) int64 {
	t.Helper()
	at := domain.Time(0)
	records := l.Records
	if l.LagFrom != nil {
		records = l.LagFrom.Records
	}
	for _, r := range records[:min(size, int64(len(records)))] { // times rise but for what is written side by side
		if m, err := domain.DecodeMeta(r.Meta); err == nil {
			at = max(at, m.Time)
		}
	}
	return at.Std().Add(l.Lag).Unix()
}

func (l *Log) sign(t testing.TB, size int64, root tlog.Hash) []byte {
	t.Helper()
	signers := []note.Signer{l.Keys.Signer}
	at := l.CosignedAt(t, size)
	if size == int64(len(l.Records)) && l.Last != 0 {
		at = l.Last
	}
	for _, i := range l.Cosign {
		signers = append(signers, l.Keys.Witnesses[i].At(at))
	}
	signed, err := note.Sign(&note.Note{Text: notary.Checkpoint{Origin: l.Keys.Signer.Name(), Size: size, Root: root}.Text()}, signers...)
	require.NoError(t, err)
	return signed
}

// documents writes what a server would serve of these records, as far as they can be folded.
func (l *Log) documents(t testing.TB, files Files) {
	t.Helper()
	fold := projections.NewFold(projections.All(), nil)
	for i, r := range l.Records {
		r.Seq = uint64(i)
		if f, err := r.Decode(); err == nil {
			require.NoError(t, fold.Apply(f))
		}
	}
	type view struct {
		View    string `json:"view"`
		Version int    `json:"version"`
		At      int    `json:"at"`
		Count   int    `json:"count"`
	}
	var index struct {
		Views []view `json:"views"`
	}
	for _, v := range projections.All() {
		var b []byte
		n := 0
		for ref, d := range fold.DocumentsOf(v.Name) {
			key, err := json.Marshal(ref.Key)
			require.NoError(t, err)
			b = fmt.Appendf(b, `{"key":%s,"at":%d,"document":%s}`+"\n", key, d.At, d.Data)
			n++
		}
		files["documents/"+v.Name+".ndjson"] = b
		index.Views = append(index.Views, view{v.Name, v.Version, len(l.Records), n})
	}
	var err error
	files["documents/index.json"], err = json.Marshal(index)
	require.NoError(t, err)
}

// Tile reads a tile, as notary's proofs want it.
func (f Files) Tile(t tlog.Tile) ([]byte, error) {
	data, ok := f[notary.TilePath(t)]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

// Sum writes the list of sums anew.
func (f Files) Sum() {
	delete(f, "SHA256SUMS")
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(f)) {
		b = fmt.Appendf(b, "%x  %s\n", sha256.Sum256(f[name]), name)
	}
	f["SHA256SUMS"] = b
}

// Clone is a copy to tamper with.
func (f Files) Clone() Files {
	c := Files{}
	for name, data := range f {
		c[name] = bytes.Clone(data)
	}
	return c
}

// Dir writes the files below a new directory.
func (f Files) Dir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
	return dir
}

// Zip writes the files into a new zip file, stored.
func (f Files) Zip(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.zip")
	out, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(out)
	for _, name := range slices.Sorted(maps.Keys(f)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		require.NoError(t, err)
		_, err = w.Write(f[name])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, out.Close())
	return path
}

// Annex writes the openings, a line each.
func (l *Log) Annex() []byte {
	var b []byte
	for _, o := range l.Openings {
		b = fmt.Appendf(b, `{"event":%s,"field":%s,"salt":"%x","words":%s}`+"\n", strconv.Quote(o.Event.String()), strconv.Quote(o.Field), o.Salt, strconv.Quote(string(o.Words)))
	}
	return b
}
