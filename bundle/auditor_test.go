package bundle_test

import (
	"io"
	"os"
	"path/filepath"
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
		require.Empty(t, r.Findings)
		passed := map[string]bool{}
		for _, c := range r.Checks {
			passed[c.Check] = c.Outcome == verify.Passed && c.Count > 0
		}
		for _, c := range []string{"checkpoint", "heads", "root", "tiles", "form", "streams", "documents", "openings", "sums"} {
			require.True(t, passed[c], "%s: %+v", c, r.Checks)
		}
	}
}
