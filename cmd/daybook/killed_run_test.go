package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// TestKilledRun kills runs of a file with SIGKILL, at moments that nobody chose. After each the ledger holds every event of a receipt that was answered;
// in the end it holds what a run that was left alone writes, in the same order.
func TestKilledRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "day.ndjson")
	require.NoError(t, os.WriteFile(file, demo, 0o600))
	began := time.Now()
	answered, complete := runUntil(t, file, filepath.Join(dir, "whole"), time.Hour)
	took := time.Since(began)
	require.True(t, complete)
	want := records(t, filepath.Join(dir, "whole"))
	require.Subset(t, want, answered)
	require.NotEmpty(t, answered)

	for round, kills := 0, 0; kills < 10; round++ {
		require.Less(t, round, 400, "the runs end before they can be killed")
		data := filepath.Join(dir, fmt.Sprint("data", round))
		for complete := false; !complete; {
			var answered []domain.EventID
			if answered, complete = runUntil(t, file, data, time.Duration(rand.Int64N(int64(took)+1))); !complete {
				kills++
			}
			if _, err := os.Stat(filepath.Join(data, "ledger.db")); os.IsNotExist(err) {
				continue // killed before there was anything
			}
			have := records(t, data)
			require.Equal(t, want[:len(have)], have)
			require.Subset(t, have, answered)
		}
		require.Len(t, records(t, data), len(want))
		require.NoError(t, os.RemoveAll(data))
	}
}

// runUntil runs a file and kills the run after a while. It gives the events of the receipts, and whether the run came to its end.
func runUntil(t *testing.T, file, data string, while time.Duration) (events []domain.EventID, complete bool) {
	t.Helper()
	program, err := exec.LookPath("daybook") // put into PATH by testscript.Main
	require.NoError(t, err)
	c := exec.Command(program, "run", file, "--data", data, "-o", "ndjson", "-q")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	kill := time.AfterFunc(while, func() { _ = c.Process.Kill() })
	defer kill.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var a commands.LineAnswer
		if json.Unmarshal(lines.Bytes(), &a) != nil {
			continue // cut by the kill
		}
		require.Contains(t, []commands.Result{commands.Done, commands.AlreadyDone}, a.Result)
		for _, e := range a.Receipt.Events {
			events = append(events, e.ID)
		}
	}
	err = c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		require.False(t, exit.Exited(), "the run failed: %v", err)
	}
	return events, err == nil
}
