package verify_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
	"daybook.internal/simulate"
)

// drawn is a small edition whose countries amend quotas, draw whole walks, replace people, and void a selection.
var drawn = simulate.Options{Seed: 1, Countries: 4, Citizens: 10, Online: 0}

func TestSelections(t *testing.T) {
	t.Parallel()
	began := time.Now()
	l := verifytest.Synthetic(t, drawn)
	t.Log(time.Since(began), len(l.Records))
	draws := verifytest.Draws(t, drawn)
	t.Log(time.Since(began), len(l.Records))
	dir := verifytest.DrawFiles(draws).Dir(t)
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	o := verify.Options{Key: l.Keys.Verifier, Selections: root.FS(), ReplayLotteries: true}
	r := checked(t, l.Published(t).Dir(t), o)
	t.Log(time.Since(began), len(l.Records))
	for _, c := range r.Checks {
		t.Logf("%+v", c)
	}
	for _, c := range r.Findings {
		t.Logf("%+v", c)
	}
	for _, c := range r.Notices {
		t.Logf("%+v", c)
	}
}
