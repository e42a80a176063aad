package main

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestKilledPublish kills publishing with SIGKILL, at moments that nobody chose. After each, the head that is there is a valid one, which only grows; in the end
// there are the files of a log that was published in one go.
func TestKilledPublish(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	daybook(t, new(any), "simulate", "--data", data, "--countries", "2", "--citizens", "20")
	daybook(t, new(any), "key", "--data", data)
	began := time.Now()
	require.True(t, publishUntil(t, data, time.Hour))
	took := time.Since(began)
	want := logFiles(t, data)
	require.Greater(t, len(want), 20)

	for round, kills := 0, 0; kills < 15; round++ {
		require.Less(t, round, 400, "publishing ends before it can be killed")
		for _, name := range []string{"log", "head"} {
			require.NoError(t, os.RemoveAll(filepath.Join(data, name)))
		}
		for complete, last := false, int64(0); !complete; {
			if complete = publishUntil(t, data, time.Duration(rand.Int64N(int64(took)+1))); !complete {
				kills++
			}
			var report struct{ Published, Problems int64 }
			daybook(t, &report, "publish", "--check", "--data", data)
			require.Zero(t, report.Problems)
			require.GreaterOrEqual(t, report.Published, last)
			last = report.Published
		}
		require.Equal(t, want, logFiles(t, data))
	}
}

// publishUntil publishes and kills it after a while. It tells whether it came to its end.
func publishUntil(t *testing.T, data string, while time.Duration) (complete bool) {
	t.Helper()
	program, err := exec.LookPath("daybook") // put into PATH by testscript.Main
	require.NoError(t, err)
	c := exec.Command(program, "publish", "--data", data, "-q", "-o", "ndjson")
	var said strings.Builder
	c.Stderr = &said
	require.NoError(t, c.Start())
	kill := time.AfterFunc(while, func() { _ = c.Process.Kill() })
	defer kill.Stop()
	err = c.Wait()
	require.False(t, err != nil && c.ProcessState.Exited(), "publishing failed: %v: %s", err, &said)
	return err == nil
}

// logFiles reads the files of a published log, and the signed head.
func logFiles(t *testing.T, data string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(data), "log", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(data, name))
		found[name] = string(text)
		return err
	}))
	head, err := os.ReadFile(filepath.Join(data, "head"))
	require.NoError(t, err)
	found["head"] = string(head)
	return found
}
