package conformance

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
)

// nodeClient gives the script that reads with the official Node client.
func nodeClient(t *testing.T) (script string) { return nodeScript(t, "node") }

// nodeScript installs what the lock file of a folder names, in a folder of its own, and gives the script that reads with it.
func nodeScript(t *testing.T, from string) (script string) {
	t.Helper()
	version, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	major, _ := strconv.Atoi(strings.TrimPrefix(strings.Split(string(version), ".")[0], "v"))
	if _, missing := exec.LookPath("npm"); err != nil || missing != nil || major < 20 {
		why := fmt.Sprintf("reading with Node needs node 20 or later and npm; there is node %s", cmp.Or(strings.TrimSpace(string(version)), "of no version"))
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "read.mjs"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	said, err := install.CombinedOutput()
	require.NoError(t, err, "%s", said)
	return filepath.Join(dir, "read.mjs")
}

// A line is what the script says of one part of its work.
type line struct {
	CaughtUp   *caughtUp `json:"caughtUp,omitempty"`
	Checkpoint uint64    `json:"checkpoint,omitempty"`
	Confirmed  bool      `json:"confirmed,omitempty"`
	End        bool      `json:"end,omitempty"`
	Error      string    `json:"error,omitempty"`
	Part       string    `json:"part"`
	Record     *seen     `json:"record,omitempty"`
}

// A caughtUp has the revision or the position up to which a subscriber has seen everything.
type caughtUp struct {
	Dated    bool    `json:"dated"`
	Revision *uint64 `json:"revision"`
	Position *uint64 `json:"position"`
}

// A seen record is one as the client gives it.
type seen struct {
	ID, Stream, Type, Data, Meta        string
	Revision, Position, Prepare, Commit uint64
	JSON                                bool
	Created                             int64
}

func seenAs(t *testing.T, r domain.Record) *seen {
	m, err := domain.DecodeMeta(r.Meta)
	require.NoError(t, err)
	p := r.Seq + 1
	return &seen{
		ID: r.ID.String(), Stream: string(r.Stream), Type: r.Type, Data: string(r.Data), Meta: string(r.Meta),
		Revision: r.Revision, Position: p, Prepare: p, Commit: p, JSON: true, Created: int64(m.Time),
	}
}

// planned are the records of the test: test-0 and test-1 in turn, of types even and odd.
func planned(t *testing.T) (all []domain.Record) {
	t.Helper()
	for i := range 15 {
		meta, err := domain.EncodeMeta(domain.Meta{
			Source: "edition-1", Time: domain.TimeOf(time.UnixMilli(1_700_000_000_123 + int64(i))), Actor: domain.Actor{Role: domain.Coordinator, Principal: "c"}, Command: fmt.Sprint(i),
		})
		require.NoError(t, err)
		stream := domain.StreamID(fmt.Sprintf("test-%d", i%2))
		all = append(all, domain.Record{
			Seq: uint64(i), Stream: stream, Revision: uint64(i / 2), ID: domain.NewEventID("node", stream, i),
			Type: []string{"even", "odd", "odd-one"}[i%3], Meta: meta, Data: fmt.Appendf(nil, `{"n":%d,"text":"ä\u0000<"}`, i),
		})
	}
	return all
}

func appendTo(t *testing.T, l *sqlite.Ledger, records []domain.Record) {
	t.Helper()
	for _, r := range records {
		seq, err := l.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(t, err)
		require.Equal(t, r.Seq, seq)
	}
}

// expected is what the script has to say of each part, where the first ten records are there before it, and the others come while it follows.
func expected(t *testing.T, all []domain.Record) map[string][]line {
	t.Helper()
	out := map[string][]line{}
	say := func(part string, l line) {
		l.Part = part
		out[part] = append(out[part], l)
	}
	records := func(part string, some ...domain.Record) {
		for _, r := range some {
			say(part, line{Record: seenAs(t, r)})
		}
	}
	where := func(wanted func(domain.Record) bool, some []domain.Record) []domain.Record {
		return slices.DeleteFunc(slices.Clone(some), func(r domain.Record) bool { return !wanted(r) })
	}
	number := func(n uint64) *uint64 { return &n }
	old, live := all[:10], all[10:]
	ofZero := func(r domain.Record) bool { return r.Stream == "test-0" }
	zero := where(ofZero, old)

	records("all", old...)
	records("all-5", all[4], all[5], all[6])
	records("all-back", all[9], all[8], all[7], all[6])
	records("all-back-5", all[3], all[2], all[1], all[0])
	records("stream", zero...)
	records("stream-1", zero[1], zero[2])
	records("stream-back", zero[4])
	for _, part := range []string{"all", "all-5", "all-back", "all-back-5", "stream", "stream-1", "stream-back"} {
		for _, l := range out[part] {
			l.Record.Created -= l.Record.Created % 1000 // the client in Rust cuts times to seconds
		}
		say(part, line{End: true})
	}
	say("stream-unknown", line{Error: "stream-not-found"})
	for _, part := range []string{"append", "delete", "tombstone"} {
		say(part, line{Error: "access-denied"})
	}

	say("follow-beyond", line{Error: "unknown"})
	for _, part := range []string{"follow-all", "follow-all-5", "follow-types", "follow-streams", "follow-stream", "follow-stream-end", "follow-stream-unknown"} {
		say(part, line{Confirmed: true})
	}
	upToTen := line{CaughtUp: &caughtUp{Dated: true, Position: number(10)}}
	upToFour := line{CaughtUp: &caughtUp{Dated: true, Revision: number(4)}}
	records("follow-all", old...)
	say("follow-all", upToTen)
	records("follow-all", live...)
	records("follow-all-5", old[5:]...)
	say("follow-all-5", upToTen)
	records("follow-all-5", live...)
	for i, r := range all {
		if strings.HasPrefix(r.Type, "odd") {
			records("follow-types", r)
		}
		if (i+1)%4 == 0 { // two times a window of two
			say("follow-types", line{Checkpoint: uint64(i + 1)})
		}
		if i == 9 {
			say("follow-types", line{Checkpoint: 10})
			say("follow-types", upToTen)
		}
	}
	ofOne := func(r domain.Record) bool { return r.Stream == "test-1" }
	records("follow-streams", where(ofOne, old)...)
	say("follow-streams", upToTen)
	records("follow-streams", where(ofOne, live)...)
	records("follow-stream", zero[1:]...)
	say("follow-stream", upToFour)
	records("follow-stream", where(ofZero, live)...)
	say("follow-stream-end", upToFour)
	records("follow-stream-end", where(ofZero, live)...)
	say("follow-stream-unknown", line{CaughtUp: &caughtUp{Dated: true}})
	return out
}

// TestNodeClient reads and follows a ledger with the official Node client: in the open, with TLS and credentials, and through discovery. Its reads go through a
// client in Rust that is part of it, its subscriptions through one in JavaScript.
func TestNodeClient(t *testing.T) {
	script := nodeClient(t)
	dir := t.TempDir()
	config, ca := certificate(t, dir), filepath.Join(dir, "ca", "ca.crt")
	all := planned(t)
	want := expected(t, all)
	for name, step := range map[string]struct {
		url    string
		config *tls.Config
	}{
		"insecure":   {"kurrentdb://%s?tls=false", nil},
		"secure":     {"kurrentdb://admin:changeit@%s?tls=true&tlsCAFile=" + ca, config},
		"discovered": {"kurrentdb://%[1]s,%[1]s?tls=false", nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			appendTo(t, l, all[:10])
			got := runNode(t, script, fmt.Sprintf(step.url, serve(t, l, step.config, reading)), want, func() { appendTo(t, l, all[10:]) })
			for part := range want {
				require.Equal(t, want[part], got[part], part)
			}
			require.Len(t, got, len(want))
			require.Equal(t, 15, ledgertest.Check(t, l))
		})
	}
	t.Run("a wrong password", func(t *testing.T) {
		l := newLedger(t)
		appendTo(t, l, all[:10])
		got := runNode(t, script, fmt.Sprintf("kurrentdb://admin:wrong@%s?tls=true&tlsCAFile=%s", serve(t, l, config, reading), ca), nil, func() {})
		require.Len(t, got, len(want))
		for part, lines := range got {
			require.Len(t, lines, 1, part)
			require.NotEmpty(t, lines[0].Error, part)
		}
	})
}

// runNode runs the script, calls live when it follows, and ends its input when it has said as much as is wanted. It gives all that it said, by part.
func runNode(t *testing.T, script, url string, want map[string][]line, live func()) map[string][]line {
	t.Helper()
	run := exec.CommandContext(t.Context(), "node", script, url)
	var words strings.Builder
	run.Stderr = &words
	in, err := run.StdinPipe()
	require.NoError(t, err)
	out, err := run.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, run.Start())
	defer func() { _ = run.Process.Kill() }() // has ended, unless the test failed
	stuck := time.AfterFunc(time.Minute, func() { _ = run.Process.Kill() })
	defer stuck.Stop()

	wanted, heard := 0, 0
	for _, lines := range want {
		wanted += len(lines)
	}
	got, following := map[string][]line{}, false
	for said := bufio.NewScanner(out); said.Scan(); {
		var l line
		require.NoError(t, json.Unmarshal(said.Bytes(), &l), "%s", said.Bytes())
		if l.Part == "live" {
			live()
			following = true
		} else {
			got[l.Part] = append(got[l.Part], l)
			heard++
		}
		if following && heard >= wanted {
			_ = in.Close() // twice is an error that nobody needs
		}
	}
	if err := run.Wait(); err != nil {
		t.Errorf("node: %v\n%s", err, words.String()) // what it has said so far shows more
	}
	return got
}
