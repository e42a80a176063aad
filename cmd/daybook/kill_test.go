package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/importers/polis"
	"daybook.internal/ledger"
)

// importAcked imports an export and says on stdout how many of its events are acknowledged, as soon as they are.
func importAcked(args []string) int {
	ctx := context.Background()
	x, err := polis.Read(args[0], nil)
	if err == nil {
		var n *node
		if n, err = openNode(ctx, args[1]); err == nil {
			_, err = polis.Import(ctx, n.service, x, polis.Options{Edition: "e", Place: "ZZ", Lang: "und"}, func(done, _ int) { fmt.Println(done) })
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("complete")
	return 0
}

// TestKilledImport kills imports with SIGKILL, twenty times, at moments that nobody chose. After each the ledger opens, holds every acknowledged event
// and none twice, and the import can be run again; after the last one to its end, where nothing differs from an import that was left alone.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	export := writeExport(t, filepath.Join(dir, "talk"), 40, 300, 9000)
	whole := filepath.Join(dir, "whole")
	began := time.Now()
	acked, complete := importUntil(t, export, whole, time.Hour)
	took := time.Since(began)
	require.True(t, complete)
	want := records(t, whole)
	require.Greater(t, len(want), acked)

	kills := 0
	for round := 0; kills < 20; round++ {
		require.Less(t, round, 400, "the imports end before they can be killed")
		data := filepath.Join(dir, fmt.Sprint("data", round))
		for complete := false; !complete; {
			var acked int
			acked, complete = importUntil(t, export, data, time.Duration(rand.Int64N(int64(took)+1)))
			if !complete {
				kills++
			}
			if _, err := os.Stat(filepath.Join(data, "ledger.db")); os.IsNotExist(err) {
				continue // killed before there was anything
			}
			have := records(t, data)
			require.GreaterOrEqual(t, len(have), acked)
			require.Equal(t, want[:len(have)], have, "what there is, is what an import that was left alone writes, as far as it goes")
		}
		require.Len(t, records(t, data), len(want))
		var views []struct{ Documents int }
		daybook(t, &views, "view", "list", "--data", data)
		var report replayReport
		daybook(t, &report, "replay", "--data", data)
		require.Zero(t, report.Mismatches)
		require.EqualValues(t, len(want), report.Events)
		require.EqualValues(t, 40+8, report.Documents)
		require.NoError(t, os.RemoveAll(data))
	}
}

// importUntil runs an import and kills it after a while. It gives the number of acknowledged events, and whether the import came to its end.
func importUntil(t *testing.T, export, data string, while time.Duration) (acked int, complete bool) {
	t.Helper()
	program, err := exec.LookPath("import-acked") // put into PATH by testscript.Main
	require.NoError(t, err)
	c := exec.Command(program, export, data)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	kill := time.AfterFunc(while, func() { _ = c.Process.Kill() })
	defer kill.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "complete" {
			complete = true
			continue
		}
		acked, err = strconv.Atoi(lines.Text())
		require.NoError(t, err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); errors.As(err, &exit) { // killed, perhaps after the last word
		require.False(t, exit.Exited(), "the import failed: %v", err)
	}
	return acked, complete
}

// records reads a ledger and gives the ids of its events in order. The time of recording and the salts differ from import to import, the ids do not.
func records(t *testing.T, data string) []domain.EventID {
	t.Helper()
	n, err := openReader(t.Context(), data)
	require.NoError(t, err)
	defer n.Close()
	ids := []domain.EventID{}
	seen := map[domain.EventID]bool{}
	for e, err := range n.ledger.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		require.Equal(t, uint64(len(seen)), e.Seq)
		require.False(t, seen[e.ID], "event %s stands twice", e.ID)
		if seen[e.ID] = true; e.Stream != domain.ViewsStream { // when views are committed to is not the file's business
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// writeExport makes an export of the given size, the same every time.
func writeExport(t *testing.T, dir string, comments, voters, votes int) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	chance := rand.New(rand.NewPCG(1, 2))
	agrees, disagrees, spoke := make([]int, comments), make([]int, comments), map[int]bool{}
	rows := [][]string{{"timestamp", "datetime", "comment-id", "voter-id", "vote"}}
	for i := range votes {
		comment, voter, vote := chance.IntN(comments), chance.IntN(voters), chance.IntN(3)-1
		spoke[voter] = true
		switch vote {
		case 1:
			agrees[comment]++
		case -1:
			disagrees[comment]++
		}
		rows = append(rows, []string{strconv.Itoa(1_700_000_000_000 + i), "", strconv.Itoa(comment), strconv.Itoa(voter), strconv.Itoa(vote)})
	}
	writeCSV(t, filepath.Join(dir, "votes.csv"), rows)
	rows = [][]string{{"timestamp", "comment-id", "author-id", "agrees", "disagrees", "moderated", "comment-body"}}
	for i := range comments {
		rows = append(rows, []string{"1690000000000", strconv.Itoa(i), "0", strconv.Itoa(agrees[i]), strconv.Itoa(disagrees[i]), strconv.Itoa(i%3 - 1), fmt.Sprintf("Statement number %d.", i)})
	}
	writeCSV(t, filepath.Join(dir, "comments.csv"), rows)
	writeCSV(t, filepath.Join(dir, "summary.csv"), [][]string{
		{"topic", "A talk"}, {"voters", strconv.Itoa(len(spoke))}, {"comments", strconv.Itoa(comments)}, {"conversation-description", "Made for a test."},
	})
	return dir
}

func writeCSV(t *testing.T, path string, rows [][]string) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	w := csv.NewWriter(f)
	require.NoError(t, w.WriteAll(rows))
	require.NoError(t, f.Close())
}
