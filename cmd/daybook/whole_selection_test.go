package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rehearsed runs the page on steps of a selection as it stands there, in a shell, with the programs that are built: from the announcement to a replacement, a receipt and the auditor.
func rehearsed(t *testing.T, w *whole) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "selection-steps.md"))
	require.NoError(t, err)
	script := "set -e\n"
	for _, block := range regexp.MustCompile("(?s)```(\\w+) ?([\\w.]*)\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		if block[1] == "sh" {
			script += block[3]
		} else {
			w.write(t, block[2], block[3])
		}
	}
	c := exec.Command("sh", "-c", script)
	c.Dir, c.Env = w.dir, append(os.Environ(), "PATH="+w.bin+":"+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	said := string(out)
	require.NoError(t, err, said)
	for _, what := range []string{
		"next (not before 2026-05-04T09:12:00.000Z): daybook sortition observe", "next (by 2026-05-04T11:12:00.000Z): daybook sortition commit", "2 seats are free, 2 are taken",
		"nothing is left to do", "was in the pool of 14 people of selection 1 of dl_fr: ", "VERIFIED",
	} {
		require.Contains(t, said, what)
	}
	for _, check := range []string{"pools +2", "panels +2", "lotteries +2", "replays +2", "rounds +4"} {
		require.Regexp(t, `(?m)^ok +`+check+` `, said)
	}

	require.Equal(t, 4, strings.Count(w.read(t, "selections/dl_fr/1/selected.csv"), "not a draw,"))
	require.Equal(t, 10, strings.Count(w.read(t, "selections/dl_fr/1/remaining.csv"), "not a draw,"))
	require.Contains(t, w.read(t, "report.html"), "TEST RUN")
	for name, mode := range map[string]os.FileMode{
		poolName: secret, sealedName: secret, peopleName: secret, selectedName: secret, remainingName: secret, quotasName: public, panelsName: public, lotteryName: public,
	} {
		info, err := os.Stat(w.path("selections/dl_fr/2/" + name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}

	// Panels that were swapped, and a pool in which somebody was moved, are named by whoever holds them against the record.
	panels, pool := w.read(t, "selections/dl_fr/1/panels.txt"), w.read(t, "selections/dl_fr/1/pool.txt")
	lines := strings.SplitAfter(panels, "\n")
	lines[2], lines[3] = lines[3], lines[2]
	w.write(t, "selections/dl_fr/1/panels.txt", strings.Join(lines, ""))
	_, words := w.run(t, 3, "daybook sortition verify --dialogue dl_fr --selection 1")
	require.Contains(t, words, "they are others, or in another order")
	w.write(t, "selections/dl_fr/1/panels.txt", panels)
	w.write(t, "selections/dl_fr/1/pool.txt", strings.Replace(pool, "female\t16-29", "female\t30+", 1))
	_, words = w.run(t, 3, "daybook sortition verify --dialogue dl_fr --selection 1")
	require.Contains(t, words, "is not the pool that was sealed")
}
