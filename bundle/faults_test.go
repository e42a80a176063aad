package bundle_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/bundle"
	"daybook.internal/ledger"
	"daybook.internal/notary"
	"daybook.internal/readstore"
	"daybook.internal/vault"
)

var cursor ledger.Cursor // the beginning

// copied is the published log in memory, to be changed.
func copied(t *testing.T, w world) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	_, files := contentsOf(t, filepath.Join(w.dir, "log"))
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: data}
	}
	return m
}

func TestNothingIsOverwritten(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	for _, name := range []string{"x.zip", "x"} {
		dir := t.TempDir()
		taken, free := filepath.Join(dir, name), filepath.Join(dir, "free")
		require.NoError(t, os.WriteFile(taken, []byte("mine"), 0o600))
		_, err := bundle.Export(t.Context(), w.source(), taken, "")
		require.ErrorIs(t, err, bundle.ErrExists)
		_, err = bundle.Export(t.Context(), w.source(), free, taken)
		require.ErrorIs(t, err, bundle.ErrExists)
		requireOnly(t, dir, name)
		data, err := os.ReadFile(taken)
		require.NoError(t, err)
		require.Equal(t, "mine", string(data))
	}
	// A name that somebody takes while the bundle is made.
	dir := t.TempDir()
	s := w.source()
	s.Progress = func(done, total int64) {
		if done == 1 {
			require.NoError(t, os.Mkdir(filepath.Join(dir, "x"), 0o700))
		}
	}
	_, err := bundle.Export(t.Context(), s, filepath.Join(dir, "x"), filepath.Join(dir, "annex"))
	require.ErrorIs(t, err, bundle.ErrExists)
	requireOnly(t, dir, "x")
	requireOnly(t, filepath.Join(dir, "x"))
}

// TestCutOff ends the export after every so many steps: nothing is left that bears the name, nor anything else.
func TestCutOff(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	total := int64(0)
	for _, name := range []string{"x.zip", "x"} {
		for at := int64(1); at == 1 || at < total; at += 37 {
			dir := t.TempDir()
			ctx, cancel := context.WithCancel(t.Context())
			s := w.source()
			s.Progress = func(done, all int64) {
				if total = all; done == at {
					cancel()
				}
			}
			_, err := bundle.Export(ctx, s, filepath.Join(dir, name), filepath.Join(dir, "annex"))
			if err != nil {
				require.ErrorIs(t, err, context.Canceled)
				requireOnly(t, dir)
			} else {
				requireOnly(t, dir, "annex", name)
			}
			cancel()
		}
	}
	require.NotZero(t, total)
}

func TestProgressComesToItsEnd(t *testing.T) {
	t.Parallel()
	s := theWorld(t).source()
	var last, all int64
	s.Progress = func(done, total int64) {
		require.GreaterOrEqual(t, done, last)
		last, all = done, total
	}
	export(t, s, "x")
	require.Equal(t, all, last)
}

func TestDamagedLogsAreNotExported(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	_, r := export(t, w.source(), "x.zip")
	last := notary.EntriesPath(r.Head.Size/notary.Width, int(r.Head.Size%notary.Width))
	for name, c := range map[string]struct {
		file   string
		change func(data []byte) []byte
		err    error
	}{
		"an entry":           {"tile/entries/000", flip(100), notary.ErrProof},
		"a length":           {"tile/entries/000", flip(0), notary.ErrForm},
		"the end":            {last, func(b []byte) []byte { return b[:len(b)-1] }, notary.ErrForm},
		"no entries":         {last, nil, fs.ErrNotExist},
		"a tile":             {"tile/0/000", flip(31), notary.ErrProof},
		"a short tile":       {"tile/0/000", func(b []byte) []byte { return b[:32] }, notary.ErrForm},
		"no tile":            {"tile/0/000", nil, fs.ErrNotExist},
		"a long tile":        {"tile/0/000", func(b []byte) []byte { return append(b[:len(b):len(b)], 0) }, notary.ErrForm},
		"the head":           {"checkpoint", func(b []byte) []byte { return []byte(strings.Replace(string(b), "\n", "\n0", 1)) }, notary.ErrForm},
		"a smaller head":     {"checkpoint", head(t, w, r.Head.Size-1), bundle.ErrBehind},
		"another root":       {"checkpoint", head(t, w, r.Head.Size), notary.ErrProof},
		"no head":            {"checkpoint", nil, bundle.ErrUnpublished},
		"an unlikely head":   {"checkpoint", func([]byte) []byte { return make([]byte, notary.MaxNote+1) }, notary.ErrForm},
		"a head not a note":  {"checkpoint", func([]byte) []byte { return []byte("x") }, nil},
		"an unlikely policy": {"policy", func([]byte) []byte { return make([]byte, notary.MaxNote+1) }, notary.ErrForm},
		"an unlikely header": {"checkpoints/0", func([]byte) []byte { return make([]byte, notary.MaxNote+1) }, notary.ErrForm},
	} {
		log := copied(t, w)
		if c.change == nil {
			require.Contains(t, log, c.file)
			delete(log, c.file)
		} else {
			before := log[c.file]
			if before == nil {
				before = &fstest.MapFile{}
			}
			log[c.file] = &fstest.MapFile{Data: c.change(append([]byte{}, before.Data...))}
			require.NotEqual(t, before.Data, log[c.file].Data)
		}
		s := w.source()
		s.Log = log
		dir := t.TempDir()
		_, err := bundle.Export(t.Context(), s, filepath.Join(dir, "x.zip"), filepath.Join(dir, "annex"))
		require.Error(t, err, name)
		if c.err != nil {
			require.ErrorIs(t, err, c.err, name)
		}
		requireOnly(t, dir)
	}
}

func flip(at int) func([]byte) []byte { return func(b []byte) []byte { b[at] ^= 1; return b } }

// head signs a head that the log does not have.
func head(t *testing.T, w world, size int64) func([]byte) []byte {
	key, _, err := note.GenerateKey(nil, w.verifier.Name())
	require.NoError(t, err)
	signer, err := note.NewSigner(key)
	require.NoError(t, err)
	signed, err := note.Sign(&note.Note{Text: notary.Checkpoint{Origin: w.verifier.Name(), Size: size}.Text()}, signer)
	require.NoError(t, err)
	return func([]byte) []byte { return signed }
}

// TestLogThatGrows: the head is that of an earlier moment, and of most tiles that were partial then only the full ones are left.
func TestLogThatGrows(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	key, _, err := notary.NewKey(bytes.NewReader(make([]byte, 32)), "example.org/log")
	require.NoError(t, err)
	signer, err := notary.ParseSigner(key)
	require.NoError(t, err)
	for _, size := range []int64{0, 1, 255, 256, 257, 300, 512} {
		young, grown := fstest.MapFS{}, copied(t, w)
		var tree notary.Tree
		tree.Full = func(tile tlog.Tile, data []byte) error {
			young[notary.TilePath(tile)] = &fstest.MapFile{Data: data}
			return nil
		}
		var entries []byte
		for e, err := range w.ledger.All(t.Context(), cursor) {
			require.NoError(t, err)
			if tree.Size() == size {
				break
			}
			leaf := notary.AppendLeaf(nil, e.Record)
			h, _ := notary.LeafHash(nil, leaf)
			require.NoError(t, tree.Append(h))
			entries, err = notary.AppendEntry(entries, leaf)
			require.NoError(t, err)
			if n := tree.Size(); n%notary.Width == 0 || n == size {
				young[notary.EntriesPath((n-1)/notary.Width, int((n-1)%notary.Width+1))] = &fstest.MapFile{Data: bytes.Clone(entries)}
				entries = entries[:0]
			}
		}
		tree.Edge(func(tile tlog.Tile, data []byte) bool {
			young[notary.TilePath(tile)] = &fstest.MapFile{Data: data}
			if _, full := grown[notary.TilePath(tlog.Tile{H: notary.Height, L: tile.L, N: tile.N, W: notary.Width})]; !full {
				grown[notary.TilePath(tile)] = &fstest.MapFile{Data: data}
			}
			return true
		})
		signed, err := note.Sign(&note.Note{Text: notary.Checkpoint{Origin: signer.Name(), Size: size, Root: tree.Root()}.Text()}, signer)
		require.NoError(t, err)
		delete(grown, "policy")
		young["checkpoint"] = &fstest.MapFile{Data: signed}
		grown["checkpoint"] = &fstest.MapFile{Data: signed}
		grown["checkpoints/x"], grown["checkpoints/00"], grown["checkpoints/-1"] = &fstest.MapFile{}, &fstest.MapFile{}, &fstest.MapFile{}
		young["checkpoints/0"], grown["checkpoints/0"] = &fstest.MapFile{Data: []byte("0")}, &fstest.MapFile{Data: []byte("0")}
		none := uint64(0)
		s := w.source()
		s.Views = moving{s.Views, new(int), &none}
		s.Log = young
		a, _ := export(t, s, "x")
		s.Log = grown
		b, _ := export(t, s, "x")
		_, want := contentsOf(t, a)
		_, have := contentsOf(t, b)
		require.Equal(t, want, have)
		for name, f := range young {
			require.Equal(t, string(f.Data), string(have[name]), name)
		}
	}
}

// late is a published log whose head is old at first.
type late struct {
	fs.FS
	old   []byte
	times *int
}

func (l late) Open(name string) (fs.File, error) {
	if name == notary.CheckpointPath && *l.times > 0 {
		*l.times--
		if l.old == nil {
			return nil, fs.ErrNotExist
		}
		return fstest.MapFS{name: {Data: l.old}}.Open(name)
	}
	return l.FS.Open(name)
}

func TestWaitsForTheLog(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	_, want := export(t, w.source(), "x.zip")
	s := w.source()
	times := 2
	s.Log = late{s.Log, head(t, w, 5)(nil), &times}
	s.Wait = time.Minute
	_, r := export(t, s, "x.zip")
	require.Equal(t, want, r)
	require.Zero(t, times)

	times = 2 // and for its first head
	s.Log = late{w.source().Log, nil, &times}
	_, r = export(t, s, "x.zip")
	require.Equal(t, want, r)
	require.Zero(t, times)

	s = w.source()
	times = 1 << 30
	s.Log, s.Wait = late{s.Log, head(t, w, 5)(nil), &times}, time.Millisecond
	_, err := bundle.Export(t.Context(), s, filepath.Join(t.TempDir(), "x"), "")
	require.ErrorIs(t, err, bundle.ErrBehind)
}

// moving is a store whose views move on, as long as some are left to move, while they are read.
type moving struct {
	readstore.Store
	left *int
	seq  *uint64
}

func (m moving) Served(ctx context.Context, view string) (readstore.ViewVersion, ledger.Cursor, bool, error) {
	v, at, ok, err := m.Store.Served(ctx, view)
	at.Seq = *m.seq
	return v, at, ok, err
}

func (m moving) List(ctx context.Context, view, after string, limit int) iter.Seq2[readstore.Doc, error] {
	if *m.left > 0 {
		*m.left--
		*m.seq++
	}
	return m.Store.List(ctx, view, after, limit)
}

func TestDocumentsThatMoveAreReadAgain(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	left, seq := 3, uint64(100)
	s := w.source()
	s.Views = moving{s.Views, &left, &seq}
	out, _ := export(t, s, "x")
	_, files := contentsOf(t, out)
	require.Contains(t, string(files["documents/index.json"]), `"at":103`)
	require.NotContains(t, string(files["documents/index.json"]), `"at":102`)
	_, still := contentsOf(t, first(export(t, w.source(), "x")))
	for name := range still {
		if strings.HasSuffix(name, ".ndjson") {
			require.Equal(t, string(still[name]), string(files[name]))
		}
	}
	left, seq = 1<<30, 0
	dir := t.TempDir()
	_, err := bundle.Export(t.Context(), s, filepath.Join(dir, "x"), "")
	require.ErrorContains(t, err, "try again")
	requireOnly(t, dir)
}

func first[A, B any](a A, _ B) A { return a }

// broken is a store or a vault of which one part fails.
type brokenStore struct{ readstore.Store }

var errDisk = errors.New("the disk is gone")

func (b brokenStore) List(context.Context, string, string, int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) { yield(readstore.Doc{}, errDisk) }
}

type brokenVault struct {
	vault.Vault
	open func(vault.Opening, error) (vault.Opening, error)
}

func (b brokenVault) Open(ctx context.Context, at vault.Place) (vault.Opening, error) {
	return b.open(b.Vault.Open(ctx, at))
}

func TestBrokenStores(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	for name, c := range map[string]struct {
		change func(s *bundle.Source)
		err    error
	}{
		"views": {func(s *bundle.Source) { s.Views = brokenStore{s.Views} }, errDisk},
		"vault": {func(s *bundle.Source) {
			s.Vault = brokenVault{s.Vault, func(vault.Opening, error) (vault.Opening, error) { return vault.Opening{}, errDisk }}
		}, errDisk},
		"other words": {func(s *bundle.Source) {
			s.Vault = brokenVault{s.Vault, func(o vault.Opening, err error) (vault.Opening, error) { o.Words = []byte("x"); return o, err }}
		}, vault.ErrDamaged},
		"other salt": {func(s *bundle.Source) {
			s.Vault = brokenVault{s.Vault, func(o vault.Opening, err error) (vault.Opening, error) { o.Salt[0] ^= 1; return o, err }}
		}, vault.ErrDamaged},
		"no vault": {func(s *bundle.Source) { s.Vault = nil }, nil},
	} {
		s := w.source()
		c.change(&s)
		dir := t.TempDir()
		_, err := bundle.Export(t.Context(), s, filepath.Join(dir, "x"), filepath.Join(dir, "annex"))
		require.Error(t, err, name)
		if c.err != nil {
			require.ErrorIs(t, err, c.err, name)
		}
		requireOnly(t, dir)
	}
	_, err := bundle.Export(t.Context(), w.source(), filepath.Join(t.TempDir(), "no", "such", "folder"), "")
	require.ErrorIs(t, err, fs.ErrNotExist)
}
