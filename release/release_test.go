package release_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/release"
)

// tree gives the digest of every file below a directory.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		sum := sha256.Sum256(b)
		name, _ := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = hex.EncodeToString(sum[:])
		return err
	}))
	return all
}

// TestTheSameBytes writes twice, from records that were applied anew.
func TestTheSameBytes(t *testing.T) {
	t.Parallel()
	first := theRelease(t)
	again := write(t, filepath.Join(t.TempDir(), "again"))
	require.Equal(t, tree(t, first.dir), tree(t, again.dir))
	require.Equal(t, len(first.report.Files), len(again.report.Files))
}

func TestReport(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	files := tree(t, w.dir)
	require.Len(t, files, len(w.report.Files))
	bases := map[string]bool{}
	for _, f := range w.report.Files {
		require.Equal(t, f.Digest.String(), files[f.Path], f.Path)
		require.Len(t, w.read(t, f.Path), int(f.Bytes), f.Path)
		require.False(t, bases[f.Base()], "two files are called %s", f.Base())
		bases[f.Base()] = true
	}
	require.Positive(t, w.report.Ballots)
	require.Positive(t, w.report.Suppressed)

	var sums strings.Builder
	for _, f := range w.report.Files {
		if f.Path != release.SumsName {
			fmt.Fprintf(&sums, "%s  %s\n", f.Digest, f.Path)
		}
	}
	require.Equal(t, sums.String(), string(w.read(t, release.SumsName)))
}

// TestReleasedFiles holds what is recorded against the rules of a publication.
func TestReleasedFiles(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	files := w.report.ReleasedFiles()
	names := map[string]bool{}
	for _, f := range files {
		names[f.Name] = true
	}
	for _, want := range []string{release.SumsName, release.ReadmeName, release.PackageName, release.CodebookName, "result.csv", "ballot.csv"} {
		require.True(t, names[want], want)
	}
	open := domain.Edition{}.Evolve(*source(t, -1).Edition())
	events, err := domain.Publication{}.Release(domain.PublicationReleased{
		Publication: "pb_data", Edition: edition, Kind: domain.Dataset, Files: files, LedgerPosition: 10, Views: w.report.Views, Licence: release.DefaultLicence,
		DisclosureCheck: domain.DisclosureCheck{Rule: w.report.Rule, Suppressed: w.report.Suppressed},
	}, open, nil, 10, 1)
	require.NoError(t, err)
	require.Len(t, events, 1)
}

// TestGoldenTables lists every table with its columns, so that no change of them goes unseen: whoever reads a release relies on them.
func TestGoldenTables(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, f := range theRelease(t).report.Files {
		if !strings.HasPrefix(f.Path, "ndjson/") {
			continue
		}
		fmt.Fprintf(&b, "%s", f.Table.Name)
		for i, c := range f.Table.Columns {
			sep := ","
			if i == 0 {
				sep = ":"
			} else if i == f.Table.Key {
				sep = ";"
			}
			fmt.Fprintf(&b, "%s %s", sep, c.Name)
			if kind := [...]string{"", " whole", " number", " boolean", " moment", " day"}[c.Type]; kind != "" {
				b.WriteString(kind)
			}
		}
		b.WriteByte('\n')
	}
	golden := filepath.Join("testdata", "tables.golden")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String(), "go test ./release -update writes the list anew")
}

// TestInterrupted stops in the middle, at several places: nothing is left.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := source(t, -1)
	for _, at := range []int64{1, 50, 500} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		_, err := release.Write(ctx, s, options(filepath.Join(dir, "out")), func(done, total int64) {
			if require.LessOrEqual(t, done, total); done == at {
				cancel()
			}
		})
		cancel()
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, tree(t, dir))
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644))
	_, err := release.Write(t.Context(), source(t, -1), options(dir), nil)
	require.ErrorIs(t, err, release.ErrNotEmpty)
	_, err = release.Write(t.Context(), source(t, 0), options(filepath.Join(dir, "none")), nil)
	require.ErrorIs(t, err, release.ErrNoEdition)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
	_, err = release.LicenceByID("WTFPL")
	require.ErrorContains(t, err, "CC-BY-4.0")
}

// TestEarlier releases what stood before anything was asked, into an empty directory that is there.
func TestEarlier(t *testing.T) {
	t.Parallel()
	all, err := facts()
	require.NoError(t, err)
	for _, n := range []int{1, len(all) / 3, 2 * len(all) / 3} {
		dir := t.TempDir()
		r, err := release.Write(t.Context(), source(t, n), options(dir), nil)
		require.NoError(t, err)
		require.NotEmpty(t, r.Files)
		require.Len(t, tree(t, dir), len(r.Files))
	}
	_, err = release.Write(t.Context(), release.NewSource("ed_other"), options(filepath.Join(t.TempDir(), "o")), nil)
	require.True(t, errors.Is(err, release.ErrNoEdition))
}

// TestAnotherPosition sees that a release of fewer records is another one.
func TestAnotherPosition(t *testing.T) {
	t.Parallel()
	all, err := facts()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "less")
	_, err = release.Write(t.Context(), source(t, len(all)-1), options(dir), nil)
	require.NoError(t, err)
	require.NotEqual(t, tree(t, theRelease(t).dir)[release.SumsName], tree(t, dir)[release.SumsName])
}
