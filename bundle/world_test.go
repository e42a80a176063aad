package bundle_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"daybook.internal/bundle"
	"daybook.internal/commands"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/notary"
	"daybook.internal/notary/publish"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
	"daybook.internal/simulate"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// world is a data directory: an edition in which everything happens, its views, and its published log. It is made once, and nobody writes to it.
type world struct {
	dir      string
	verifier note.Verifier
	ledger   *ledgersqlite.Ledger
	vault    *vaultsqlite.Vault
	views    readstore.Store
}

var (
	once sync.Once
	made world
)

func TestMain(m *testing.M) {
	code := m.Run()
	if made.dir != "" {
		_ = made.views.Close()
		_ = made.vault.Close()
		_ = made.ledger.Close()
		_ = os.RemoveAll(made.dir)
	}
	os.Exit(code)
}

func theWorld(t *testing.T) world {
	t.Helper()
	once.Do(func() { made = newWorld(t) })
	require.NotNil(t, made.views, "the world could not be made")
	return made
}

func newWorld(t *testing.T) (w world) {
	ctx := context.Background()
	var err error
	w.dir, err = os.MkdirTemp("", "bundle")
	require.NoError(t, err)
	w.ledger, err = ledgersqlite.Open(ctx, filepath.Join(w.dir, "ledger.db"), ledgersqlite.Options{})
	require.NoError(t, err)
	w.vault, err = vaultsqlite.Open(ctx, filepath.Join(w.dir, "vault.db"), vaultsqlite.Options{Key: vault.Key{1}})
	require.NoError(t, err)
	_, err = simulate.Run(ctx, &commands.Service{Ledger: w.ledger, Vault: w.vault, Now: time.Now}, simulate.Options{Seed: 1, Countries: 3, Citizens: 12, Online: 4}, func(int, int) {})
	require.NoError(t, err)
	skey, vkey, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{1}, 32)), "")
	require.NoError(t, err)
	signer, err := notary.ParseSigner(skey)
	require.NoError(t, err)
	w.verifier, err = notary.ParseVerifier(vkey)
	require.NoError(t, err)
	p, err := publish.Open(ctx, publish.Config{Ledger: w.ledger, Dir: filepath.Join(w.dir, "log"), Head: filepath.Join(w.dir, "head"), Signer: signer, Key: vkey})
	require.NoError(t, err)
	_, err = p.Publish(ctx)
	require.NoError(t, err)
	require.NoError(t, p.Close())
	require.NoError(t, os.WriteFile(filepath.Join(w.dir, "log", "policy"), []byte("quorum none\n"), 0o644))
	views, err := storesqlite.Open(ctx, filepath.Join(w.dir, "views.db"), storesqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, readstore.NewProjector(w.ledger, views, projections.All(), readstore.Options{}).CatchUp(ctx, nil))
	w.views = views
	return w
}

func (w world) source() bundle.Source {
	return bundle.Source{Log: os.DirFS(filepath.Join(w.dir, "log")), Views: w.views, Vault: w.vault}
}

// export makes a bundle in a folder of its own, and sees that nothing else is left there.
func export(t *testing.T, s bundle.Source, name string) (string, bundle.Report) {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	r, err := bundle.Export(t.Context(), s, out, "")
	require.NoError(t, err)
	requireOnly(t, filepath.Dir(out), name)
	return out, r
}

// requireOnly sees that a folder has these names and no others.
func requireOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	require.NoError(t, err)
	have := []string{}
	for _, f := range found {
		have = append(have, f.Name())
	}
	require.Equal(t, append([]string{}, names...), have)
}

// contentsOf reads a bundle, and gives its names in their order.
func contentsOf(t *testing.T, path string) (names []string, files map[string][]byte) {
	t.Helper()
	files = map[string][]byte{}
	if filepath.Ext(path) != ".zip" {
		require.NoError(t, fs.WalkDir(os.DirFS(path), ".", func(name string, d fs.DirEntry, err error) error {
			require.NoError(t, err)
			if !d.IsDir() {
				files[name], err = os.ReadFile(filepath.Join(path, name))
				names = append(names, name)
			}
			return err
		}))
		return names, files
	}
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer z.Close()
	for _, f := range z.File {
		require.Equal(t, zip.Store, f.Method)
		require.Zero(t, f.ModifiedDate)
		require.Zero(t, f.ModifiedTime)
		require.Equal(t, fs.FileMode(0o644), f.Mode())
		r, err := f.Open()
		require.NoError(t, err)
		files[f.Name], err = io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		names = append(names, f.Name)
	}
	return names, files
}

func sumOf(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }
