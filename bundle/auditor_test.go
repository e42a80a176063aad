package bundle_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/bundle"
	"daybook.internal/ledger/tiles"
	"daybook.internal/replay/verify"
)

// TestAuditorVerifies: what is exported is what the auditor reads, openings and all.
func TestAuditorVerifies(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	for _, name := range []string{"x.zip", "x"} {
		dir := t.TempDir()
		out, annex := filepath.Join(dir, name), filepath.Join(dir, "annex")
		_, err := bundle.Export(t.Context(), w.source(), out, annex)
		require.NoError(t, err)
		files, err := tiles.Open(out)
		require.NoError(t, err)
		defer files.Close()
		r, err := verify.Run(t.Context(), files, verify.Options{Key: w.verifier, Annex: func() (io.ReadCloser, error) { return os.Open(annex) }}, nil)
		require.NoError(t, err)
		require.Equal(t, verify.Verified, r.Verdict, "%+v", r)
		require.Empty(t, r.Findings)
		passed := map[string]bool{}
		for _, c := range r.Checks {
			passed[c.Check] = c.Outcome == verify.Passed && c.Count > 0
		}
		for _, c := range []string{"checkpoint", "heads", "root", "tiles", "form", "streams", "rules", "views", "documents", "openings", "sums"} {
			require.True(t, passed[c], "%s: %+v", c, r.Checks)
		}
	}
}

// TestByHand runs the commands of docs/bundle.md in a bundle, as they stand there.
func TestByHand(t *testing.T) {
	t.Parallel()
	w := theWorld(t)
	dir, _ := export(t, w.source(), "edition")
	page, err := os.ReadFile(filepath.Join("..", "docs", "bundle.md"))
	require.NoError(t, err)
	_, script, ok := strings.Cut(string(page), "```sh\nunzip -q edition.zip -d edition && cd edition\n")
	require.True(t, ok)
	script, _, ok = strings.Cut(script, "```")
	require.True(t, ok)
	run := func() (string, error) {
		c := exec.CommandContext(t.Context(), "sh", "-e", "-c", script)
		c.Dir = dir
		out, err := c.CombinedOutput()
		return string(out), err
	}
	said, err := run()
	require.NoError(t, err, said)
	require.Contains(t, said, `{"specversion":"1.0","id":"`)
	hashes := regexp.MustCompile(`[0-9a-f]{64}`).FindAllString(said, -1)
	require.Len(t, hashes, 2, said)
	require.Equal(t, hashes[0], hashes[1])

	require.NoError(t, os.WriteFile(filepath.Join(dir, "policy"), []byte("x"), 0o644))
	said, err = run()
	require.Error(t, err)
	require.Contains(t, said, "policy: FAILED")
}
