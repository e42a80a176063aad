package verify_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/tiles"
	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
)

// checked verifies the files of a directory.
func checked(t *testing.T, dir string, o verify.Options) verify.Report {
	t.Helper()
	files, err := tiles.Open(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, files.Close()) }()
	r, err := verify.Run(t.Context(), files, o, nil)
	require.NoError(t, err)
	return r
}

func TestAnHonestBundle(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	b := l.Bundle(t)
	for _, where := range []string{b.Dir(t), b.Zip(t)} {
		r := checked(t, where, verify.Options{Key: l.Keys.Verifier, Policy: l.Keys.Policy(t), Pin: l.Head(t, 1000)})
		for _, c := range r.Checks {
			t.Logf("%-10s %-9s %8d  %s", c.Check, c.Outcome, c.Count, c.Detail)
		}
		require.Empty(t, r.Findings)
		require.EqualValues(t, len(l.Records), r.Events)
	}
}
