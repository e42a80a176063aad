package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

const quiet = " -q -o csv"

// aDay is the edition of the documentation up to an open session, with a question that code-2 has not answered yet.
func aDay(t *testing.T, w *whole) {
	t.Helper()
	w.write(t, "day.ndjson", markedDay(t))
	w.run(t, 0, "daybook run day.ndjson --data d"+quiet)
}

// ballot is the answer to that question.
func ballot(t *testing.T) string {
	t.Helper()
	_, proofs := domain.SealCodes("dl_lyon", []domain.Pseudonym{"code-1", "code-2"})
	issued, err := json.Marshal(proofs["code-2"])
	require.NoError(t, err)
	return `{"dialogue":"dl_lyon","pseudonym":"code-2","session":"s2","wave":"session","question":{"id":"ar_why","version":1},"lang":"fr","text":"Because.","channel":"app","issued":` + string(issued) + `}`
}

const deviation = `{"dialogue":"dl_lyon","rule":"plannedMinutes","description":{"source":"en","text":{"en":"five minutes more"}},"severity":"minor"}`

// tour: an edition is published under the eyes of three witnesses, of whom two are enough; somebody answers and gets a receipt; and everything that anybody
// was given is verified by the auditor and by the second check.
func tour(t *testing.T, w *whole) {
	w.run(t, 0, "daybook simulate --data d --countries 2 --citizens 20 --online 5"+quiet)
	aDay(t, w)
	out, _ := w.run(t, 0, "daybook key --data d")
	key := strings.TrimSpace(out)
	w.write(t, "log.pub", out)
	ws := w.witnesses(t, key)
	d := w.serve(t, "daybook serve --data d --policy policy --listen 127.0.0.1:0")
	const brings = " --key log.pub --policy policy"

	// An answer, and its receipt, which does not tell what was answered.
	w.receipt(t, d.post(t, "t-1", "participant:code-2", "cast-ballot", ballot(t)), "receipt")
	_, said := w.run(t, 0, "auditor receipt receipt"+brings)
	require.Contains(t, said, `"type": "ballot-cast.v1"`)
	require.NotContains(t, said, "Because.")
	for _, i := range []string{"w0", "w1", "w2"} {
		require.Contains(t, said, "cosigned by "+i)
	}
	receipt := w.read(t, "receipt")
	for what, at := range map[string]int{"the event": strings.Index(receipt, "extra ") + 200, "a hash": strings.Index(receipt, "index ") + 20, "the head": strings.Index(receipt, "\n\n") + 40} {
		flipped := []byte(receipt)
		flipped[at] = map[bool]byte{true: 'B', false: 'A'}[flipped[at] == 'A'] // base64 it stays
		require.NotEqual(t, receipt, string(flipped))
		w.write(t, "flipped", string(flipped))
		code := w.exit(t, "auditor receipt flipped"+brings)
		require.NotZero(t, code, what)
	}

	// One witness of three is gone, and nobody need care.
	ws.all[0].stop(syscall.SIGKILL)
	w.receipt(t, d.post(t, "t-2", "auditor:ada", "report-deviation", deviation), "second")
	_, said = w.run(t, 0, "auditor receipt second"+brings)
	require.NotContains(t, said, "cosigned by w0")
	require.Contains(t, d.said(), "witness w0 did not cosign")

	// Two are gone: nothing newer is published; the server goes on, and says so.
	ws.all[1].stop(syscall.SIGKILL)
	published := w.read(t, "d/log/checkpoint")
	third := d.post(t, "t-3", "auditor:ada", "report-deviation", deviation)
	soon(t, "it says so", func() bool { return strings.Contains(d.said(), "the log is not published; it is tried again") })
	require.Contains(t, d.said(), `there is no quorum of witnesses`)
	status, body := get(t, third)
	require.Equal(t, http.StatusServiceUnavailable, status, body)
	require.Contains(t, body, "not-published-yet")
	require.Equal(t, size(t, published), size(t, w.read(t, "d/log/checkpoint")))
	soon(t, "views go on", func() bool {
		status, body := get(t, d.url+"/v1/views/dialogue/dl_lyon")
		return status == http.StatusOK && strings.Contains(body, `"deviations":2`)
	})
	status, _ = get(t, d.url+"/readyz")
	require.Equal(t, http.StatusOK, status)
	w.run(t, 0, "auditor verify "+d.url+"/log"+brings)

	// They are back, and so is the log.
	ws.again(t, 0)
	ws.again(t, 1)
	w.receipt(t, third, "third")
	w.run(t, 0, "auditor receipt third"+brings)
	soon(t, "it says that, too", func() bool { return strings.Contains(d.said(), "the log is published again") })
	_, said = w.run(t, 0, "auditor verify "+d.url+brings+" --fresh 1h --save-pin pin")
	require.Contains(t, said, "VERIFIED")
	require.NotEqual(t, size(t, published), size(t, w.read(t, "pin")))
	_, said = w.run(t, 0, "auditor compare "+d.url)
	require.Contains(t, said, " 0 findings")
	_, said = w.run(t, 0, "auditor trace rc_sim_vision_access "+d.url)
	require.Contains(t, said, "recommendation-drafted.v1")

	// A bundle, twice and as a directory, beside the server and without it.
	w.run(t, 0, "daybook export bundle --data d --out beside.zip"+quiet)
	w.run(t, 0, "auditor verify beside.zip --pin pin"+brings)
	w.run(t, 0, "auditor compare "+d.url+" beside.zip")
	require.Zero(t, d.stop(os.Interrupt))
	for _, name := range []string{"one.zip", "two.zip", "folder"} {
		w.run(t, 0, "daybook export bundle --data d --out "+name+quiet)
	}
	require.Equal(t, w.read(t, "one.zip"), w.read(t, "two.zip"))
	for _, name := range []string{"one.zip", "folder", "d/log"} {
		_, said = w.run(t, 0, "auditor verify "+name+" --pin pin"+brings)
		require.Contains(t, said, "VERIFIED", name)
		require.NotContains(t, said, "finding", name)
	}
	script, err := filepath.Abs(filepath.Join("..", "..", "replay", "verify.py"))
	require.NoError(t, err)
	for _, name := range []string{"one.zip", "folder"} {
		_, said = w.run(t, 0, "python3", script, name, key)
		require.Contains(t, said, "root       passed")
	}
	_, traced := w.run(t, 0, "auditor trace rc_sim_vision_access one.zip")
	require.Contains(t, traced, "recommendation-drafted.v1")
	w.run(t, 0, "auditor replay one.zip")
	w.run(t, 0, "daybook publish --data d --check"+quiet)
	w.run(t, 0, "daybook replay --data d"+quiet)

	// The two checks agree on a bundle of which one event was changed.
	entries, err := filepath.Glob(w.path("folder/tile/entries/*"))
	require.NoError(t, err)
	data, err := os.ReadFile(entries[0])
	require.NoError(t, err)
	data[len(data)/2] ^= 1
	require.NoError(t, os.WriteFile(entries[0], data, 0o600))
	_, said = w.run(t, 1, "auditor verify folder --pin pin"+brings)
	require.Contains(t, said, "ROOT")
	w.run(t, 1, "python3", script, "folder", key)
}

// exit runs a command line and gives its exit code.
func (w *whole) exit(t *testing.T, line string) int {
	t.Helper()
	c := w.command(line)
	out, err := c.CombinedOutput()
	if err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
	}
	require.NotContains(t, string(out), "goroutine ")
	return c.ProcessState.ExitCode()
}

// size is that of a signed head.
func size(t *testing.T, head string) string {
	t.Helper()
	lines := strings.Split(head, "\n")
	require.Greater(t, len(lines), 4)
	_, err := base64.StdEncoding.DecodeString(lines[2])
	require.NoError(t, err)
	return lines[1]
}
