package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
)

// TestBuildIsInterrupted: whoever presses Ctrl-C while a lottery is built finds nothing half-written, and what was built before the record knew of it is not built again.
func TestBuildIsInterrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script, err := os.ReadFile(filepath.Join("testdata", "script", "selection.txtar"))
	require.NoError(t, err)
	for _, name := range []string{"rehearsal.ndjson", "quotas.csv", "people.csv"} {
		_, text, found := strings.Cut(string(script), "\n-- "+name+" --\n")
		require.True(t, found, name)
		text, _, _ = strings.Cut(text, "\n-- ")
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	daybook := func(line string) string {
		var out, errs bytes.Buffer
		root := newRoot(&out, &errs)
		words := strings.Fields(strings.NewReplacer("@", dir+"/").Replace(line))
		root.SetArgs(append(words, "--data", filepath.Join(dir, "data")))
		require.NoError(t, root.ExecuteContext(t.Context()), "%s: %s", line, errs.String())
		return out.String() + errs.String()
	}
	const of = " --dialogue dl_fr --actor recruiter:ada --dir @selections --now 2026-05-04T"
	daybook("run @rehearsal.ndjson")
	daybook("sortition announce --quotas @quotas.csv --address street --panels 100 --rehearsal spring" + of + "09:00:00Z")
	daybook("sortition check --people @people.csv --address street" + of + "09:01:00Z")
	daybook("sortition seal --people @people.csv --address street" + of + "09:02:00Z")
	daybook("sortition pin" + of + "09:03:00Z")
	daybook("sortition observe --rehearsal spring" + of + "09:30:00Z")

	p := &program{out: &bytes.Buffer{}, err: &bytes.Buffer{}, output: "table"}
	s, err := p.looking(t.Context(), &stepFlags{data: filepath.Join(dir, "data"), dialogue: "dl_fr", dir: filepath.Join(dir, "selections")})
	require.NoError(t, err)
	at, err := s.at()
	require.NoError(t, err)
	require.NoError(t, s.node.Close())
	to := s.folder(1)
	files := func() (names []string) {
		entries, err := os.ReadDir(string(to))
		require.NoError(t, err)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	before := files()
	pool, err := to.pool(at)
	require.NoError(t, err)
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = p.lotteryOf(interrupted, at, pool, to)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, before, files(), "nothing is left of it")

	made, kept, err := p.lotteryOf(t.Context(), at, pool, to) // and the program ends here, before the record is held to it
	require.NoError(t, err)
	require.False(t, kept)
	text, err := os.ReadFile(to.path(lotteryName))
	require.NoError(t, err)
	require.Contains(t, daybook("sortition status"+of+"09:40:00Z"), "daybook sortition build --dialogue dl_fr")
	said := daybook("sortition build" + of + "09:40:00Z")
	require.Contains(t, said, "lottery.json was built before")
	require.Contains(t, said, string(commands.Done))
	again, err := os.ReadFile(to.path(lotteryName))
	require.NoError(t, err)
	require.Equal(t, text, again)

	// Built anew where the file is gone, it is the same lottery.
	require.NoError(t, os.Remove(to.path(lotteryName)))
	require.Contains(t, daybook("sortition build"+of+"09:50:00Z"), string(commands.AlreadyDone))
	once, kept, err := p.lotteryOf(t.Context(), at, pool, to)
	require.NoError(t, err)
	require.True(t, kept)
	require.Equal(t, made.Panels, once.Panels)

	// A lottery of another seed is refused.
	swapped := string(text)
	seed := strings.Index(swapped, `"seed": "`) + len(`"seed": "`)
	swapped = swapped[:seed] + strings.Repeat("0", 64) + swapped[seed+64:]
	require.NoError(t, os.WriteFile(to.path(lotteryName), []byte(swapped), 0o600))
	_, _, err = p.lotteryOf(t.Context(), at, pool, to)
	require.ErrorAs(t, err, new(violationError))
	require.ErrorContains(t, err, "has another seed")
}
