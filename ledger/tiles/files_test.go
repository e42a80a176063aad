package tiles_test

import (
	"archive/zip"
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/tiles"
)

// bad are names that lead elsewhere, or nowhere.
var bad = []string{"", ".", "..", "../x", "a/../b", "a/./b", "/etc/passwd", "a//b", "a/", "a\\b", "c:x", "a\x00b", "a b", "ä", strings.Repeat("a", 600)}

func TestNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x"), []byte("x"), 0o600))
	files, err := tiles.Dir(dir)
	require.NoError(t, err)
	for _, name := range bad {
		_, _, err := files.Open(t.Context(), name)
		require.ErrorIs(t, err, tiles.ErrName, "%q", name)
	}
	for _, name := range []string{"checkpoint", "checkpoints/12", "tile/0/x001/234.p/5", "documents/index.json", "SHA256SUMS", "a/..b"} {
		require.NoError(t, tiles.CheckName(name))
	}
}

func TestDir(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	write := func(name, data string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(data), 0o600))
	}
	write(filepath.Join(outside, "secret"), "secret")
	write(filepath.Join(dir, "tile/0/000"), "hashes")
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "absolute")))
	require.NoError(t, os.Symlink("../"+filepath.Base(outside)+"/secret", filepath.Join(dir, "relative")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "folder")))
	require.NoError(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	files, err := tiles.Open(dir)
	require.NoError(t, err)
	defer files.Close()

	data, err := tiles.Read(t.Context(), files, "tile/0/000", 6)
	require.NoError(t, err)
	require.Equal(t, "hashes", string(data))
	_, err = tiles.Read(t.Context(), files, "tile/0/000", 5)
	require.ErrorIs(t, err, tiles.ErrTooLarge)
	_, err = tiles.Read(t.Context(), files, "tile/0/001", 5)
	require.ErrorIs(t, err, fs.ErrNotExist)
	for _, name := range []string{"absolute", "relative", "folder/secret", "folder", "loop", "pipe", "tile"} {
		_, _, err := files.Open(t.Context(), name)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, fs.ErrNotExist, "%s is there, and must not be taken for missing", name)
	}
	names, err := files.(tiles.Lister).Names(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"absolute", "folder", "loop", "pipe", "relative", "tile/0/000"}, names)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = tiles.Read(ctx, files, "tile/0/000", 6)
	require.ErrorIs(t, err, context.Canceled)
}

// entry is one of a zip file that is written by hand.
type entry struct {
	zip.FileHeader
	data string // raw: as it stands in the file
}

func stored(name, data string) entry {
	return entry{zip.FileHeader{Name: name, Method: zip.Store, UncompressedSize64: uint64(len(data)), CRC32: crc32.ChecksumIEEE([]byte(data))}, data}
}

func archive(t *testing.T, entries ...entry) string {
	t.Helper()
	return write(t, archiveOf(t, entries...))
}

func archiveOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		if e.CompressedSize64 == 0 {
			e.CompressedSize64 = uint64(len(e.data))
		}
		w, err := z.CreateRaw(&e.FileHeader)
		require.NoError(t, err)
		_, err = io.WriteString(w, e.data)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestZip(t *testing.T) {
	t.Parallel()
	files, err := tiles.Open(archive(t, stored("tile/0/000", "hashes"), stored("checkpoint", "head"), stored("documents/", "")))
	require.NoError(t, err)
	defer files.Close()
	data, err := tiles.Read(t.Context(), files, "checkpoint", 6)
	require.NoError(t, err)
	require.Equal(t, "head", string(data))
	_, err = tiles.Read(t.Context(), files, "tile", 6)
	require.ErrorIs(t, err, fs.ErrNotExist)
	names, err := files.(tiles.Lister).Names(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"checkpoint", "tile/0/000"}, names)
}

// A deflated entry is read too: somebody may have packed the bundle again.
func TestDeflated(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("BUNDLE.md")
	require.NoError(t, err)
	_, err = io.WriteString(w, strings.Repeat("steps in words\n", 1000))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	files, err := tiles.Open(write(t, b.Bytes()))
	require.NoError(t, err)
	data, err := tiles.Read(t.Context(), files, "BUNDLE.md", 1<<20)
	require.NoError(t, err)
	require.Len(t, data, 15_000)
}

func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.zip")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// What a bundle has no need of and an attack has is refused before any of it is read.
func TestHostileArchives(t *testing.T) {
	t.Parallel()
	link := stored("checkpoint", "/etc/passwd")
	link.SetMode(os.ModeSymlink | 0o777)
	packed := stored("checkpoint", "x")
	packed.Method = 14 // LZMA
	secret := stored("checkpoint", "x")
	secret.Flags |= 1
	two := stored("checkpoint", "x")
	two.UncompressedSize64 = 2
	for name, entries := range map[string][]entry{
		"a name that leads out":        {stored("../checkpoint", "x")},
		"an absolute name":             {stored("/checkpoint", "x")},
		"a name of another system":     {stored(`tile\0\000`, "x")},
		"a drive":                      {stored("c:checkpoint", "x")},
		"a name twice":                 {stored("checkpoint", "x"), stored("tile/0/000", "x"), stored("checkpoint", "y")},
		"a link":                       {link},
		"packed in another way":        {packed},
		"encrypted":                    {secret},
		"two sizes":                    {two},
		"larger than a head":           {{zip.FileHeader{Name: "checkpoint", Method: zip.Deflate, UncompressedSize64: 1 << 20}, "x"}},
		"larger than a tile":           {{zip.FileHeader{Name: "tile/0/000", Method: zip.Deflate, UncompressedSize64: 1 << 20}, "x"}},
		"larger than a bundle":         {{zip.FileHeader{Name: "tile/entries/000", Method: zip.Deflate, UncompressedSize64: 1 << 30}, "x"}},
		"larger than anything":         {{zip.FileHeader{Name: "documents/country.ndjson", Method: zip.Deflate, UncompressedSize64: 1 << 60}, "x"}},
		"a small file that is a large": {{zip.FileHeader{Name: "documents/country.ndjson", Method: zip.Deflate, UncompressedSize64: 10 << 30}, "x"}},
	} {
		_, err := tiles.Open(archive(t, entries...))
		require.ErrorIs(t, err, tiles.ErrArchive, name)
	}
}

// The directory may say what it likes about where entries lie.
func TestOverlaps(t *testing.T) {
	t.Parallel()
	honest, err := os.ReadFile(archive(t, stored("a", "0123456789"), stored("b", "0123456789")))
	require.NoError(t, err)
	// In the directory, b is said to lie where a does.
	second := bytes.LastIndex(honest, []byte("PK\x01\x02"))
	for _, at := range []int{42, 43, 44, 45} {
		honest[second+at] = 0
	}
	_, err = tiles.Open(write(t, honest))
	require.ErrorIs(t, err, tiles.ErrArchive)
	require.ErrorContains(t, err, "share bytes")
}

func TestDamagedArchives(t *testing.T) {
	t.Parallel()
	path := archive(t, stored("checkpoint", strings.Repeat("head", 50)), stored("tile/0/000", strings.Repeat("hash", 100)))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for n := range whole { // cut off anywhere
		_, err := tiles.ZipOf(whole[:n])
		require.ErrorIs(t, err, tiles.ErrArchive, n)
	}
	for i := range whole { // or another byte: an error, or the same content, or one of the file's own
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x20
		files, err := tiles.ZipOf(damaged)
		if err != nil {
			continue
		}
		if data, err := tiles.Read(t.Context(), files, "checkpoint", 1000); err == nil {
			require.Equal(t, strings.Repeat("head", 50), string(data), "byte %d", i)
		}
	}
}

// An entry that unfolds to more than it says ends with an error, and with no more memory than it may have.
func TestLyingEntries(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	w, err := z.Create("x")
	require.NoError(t, err)
	_, err = w.Write(make([]byte, 100<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	r, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	require.NoError(t, err)
	raw, err := r.File[0].OpenRaw()
	require.NoError(t, err)
	bomb, err := io.ReadAll(raw)
	require.NoError(t, err)
	files, err := tiles.Open(archive(t, entry{zip.FileHeader{Name: "checkpoint", Method: zip.Deflate, UncompressedSize64: 100}, string(bomb)}))
	require.NoError(t, err)
	_, err = tiles.Read(t.Context(), files, "checkpoint", 64<<10)
	require.Error(t, err)
}
