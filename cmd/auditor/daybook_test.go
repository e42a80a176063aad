package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
)

// published is the log of a daybook as it is now.
func (d *daybook) published(t *testing.T) *verifytest.Log {
	t.Helper()
	l := &verifytest.Log{Keys: verifytest.NewKeys(t, "the demo's log", 1), Cosign: []int{0}, Heads: []int64{60}}
	for e, err := range d.Ledger.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		l.Records = append(l.Records, e.Record)
	}
	return l
}

// serves gives the address of a daybook with its log under /log/.
func serves(t *testing.T, api http.Handler, log string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/log/", http.StripPrefix("/log/", http.FileServer(http.Dir(log))))
	mux.Handle("/", api)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

// said runs a command.
func said(t *testing.T, args ...string) (stdout string, code int) {
	t.Helper()
	var out, errs strings.Builder
	code = run(t.Context(), args, &out, &errs)
	return out.String() + errs.String(), code
}

// A running daybook is verified from its log, and what it serves is compared with that.
func TestVerifyADaybook(t *testing.T) {
	t.Parallel()
	d := newDaybook(t)
	l := d.published(t)
	dir := l.Published(t).Dir(t)
	url := serves(t, d.handler, dir)
	policy := file(t, []byte(l.Keys.PolicyText()))
	report := func(t *testing.T, where string, args ...string) (r verify.Report, code int) {
		t.Helper()
		out, code := said(t, append([]string{"verify", where, "--key", l.Keys.Key, "--policy", policy, "-o", "json"}, args...)...)
		require.NoError(t, json.Unmarshal([]byte(out), &r), "%s", out)
		return r, code
	}
	of := func(r verify.Report, name string) verify.Check {
		for _, c := range r.Checks {
			if c.Check == name {
				return c
			}
		}
		return verify.Check{}
	}
	for _, where := range []string{url, url + "/"} {
		r, code := report(t, where, "--fresh", "1h")
		require.Equal(t, exitVerified, code, "%+v", r)
		require.EqualValues(t, len(l.Records), r.Events)
		require.NotZero(t, of(r, "documents").Count)
		require.NotZero(t, of(r, "times").Count, "the demo happened now")
	}
	for _, where := range []string{url + "/log", dir} { // the log alone
		r, code := report(t, where)
		require.Equal(t, exitVerified, code, "%+v", r)
		require.Equal(t, verify.NotAsked, of(r, "documents").Outcome)
		require.Equal(t, verify.NotAsked, of(r, "sums").Outcome)
	}

	// Somebody changes what is served, and what is recorded.
	done := false
	liar := serves(t, d.between(edit(&done, "/v1/views/dialogue", `"place":"KE"`, `"place":"UG"`)), dir)
	r, code := report(t, liar)
	require.True(t, done)
	require.Equal(t, exitFinding, code)
	require.NotZero(t, r.Found[replay.ServedDiffers])
	require.Equal(t, "dialogue dl_KE", r.Findings[0].Where)

	// It goes on after its log was published: what has changed since cannot be compared, and the rest is.
	_, err := d.ReportDeviation(t.Context(), commands.By{Command: "later", Actor: domain.Actor{Role: domain.Auditor, Principal: "a"}},
		domain.DeviationReported{Dialogue: "dl_FR", Rule: "r", Description: domain.In("en", "again"), Severity: domain.Minor})
	require.NoError(t, err)
	require.NoError(t, d.projector.CatchUp(t.Context(), nil))
	bundle := l.Bundle(t).Dir(t)
	out, code := said(t, "compare", url, bundle)
	require.Equal(t, exitVerified, code, out)
	require.Contains(t, out, " 0 findings")
	out, code = said(t, "compare", serves(t, d.between(edit(&done, "/v1/views/dialogue", `"place":"KE"`, `"place":"UG"`)), dir), bundle)
	require.Equal(t, exitFinding, code, out)
	require.Contains(t, out, "dialogue dl_KE: differs")
}

func TestCompareAndReplay(t *testing.T) {
	t.Parallel()
	d := newDaybook(t)
	l := d.published(t)
	url := serves(t, d.handler, l.Published(t).Dir(t))
	bundle := l.Bundle(t)
	for _, args := range [][]string{{"compare", url}, {"compare", url, url + "/log"}, {"compare", url, bundle.Zip(t)}, {"replay", url}, {"replay", bundle.Dir(t)}, {"replay", bundle.Zip(t)}} {
		out, code := said(t, args...)
		require.Equal(t, exitVerified, code, out)
		require.Contains(t, out, " 0 findings")
		require.NotContains(t, out, " 0 documents")
	}
	lying := bundle.Clone()
	lying["documents/country.ndjson"] = []byte(strings.Replace(string(lying["documents/country.ndjson"]), ":1", ":2", 1))
	out, code := said(t, "replay", lying.Dir(t))
	require.Equal(t, exitFinding, code, out)

	// A log that does not come to its head is not replayed to an end.
	damaged := bundle.Clone()
	for name := range damaged {
		if strings.HasPrefix(name, "tile/entries/") {
			damaged[name][300] ^= 1
		}
	}
	for _, args := range [][]string{{"replay", damaged.Dir(t)}, {"compare", url, damaged.Dir(t)}, {"trace", "rc_fr_1", damaged.Dir(t)}} {
		out, code := said(t, args...)
		require.Equal(t, exitUnknown, code, out)
	}
	out, code = said(t, "replay", l.Published(t).Dir(t)) // a log without documents
	require.Equal(t, exitUnknown, code, out)
}

func TestTrace(t *testing.T) {
	t.Parallel()
	d := newDaybook(t)
	l := d.published(t)
	dir := l.Bundle(t).Dir(t)
	url := serves(t, d.handler, dir)
	for _, where := range []string{dir, url} {
		out, code := said(t, "trace", "rc_fr_1", where)
		require.Equal(t, exitVerified, code, out)
		require.Contains(t, out, "recommendation-drafted.v1")
		require.Contains(t, out, "statement-posted.v1")
		rows, code := said(t, "trace", "rc_fr_1", where, "-o", "json")
		require.Equal(t, exitVerified, code)
		require.Equal(t, strings.Count(out, "\n"), strings.Count(rows, "\n"))
		for _, line := range strings.Split(strings.TrimSpace(rows), "\n") {
			require.True(t, json.Valid([]byte(line)), line)
		}
	}
	out, code := said(t, "trace", "rc_none", dir)
	require.Equal(t, exitUnknown, code)
	require.Contains(t, out, "not found in the record")
}

func TestReceipt(t *testing.T) {
	t.Parallel()
	l := newDaybook(t).published(t)
	at := l.Find(t, "reaction-cast.v1", 0, nil)
	receipt := receiptOf(t, l, at, int64(len(l.Records)))
	key, policy := file(t, []byte(l.Keys.Key+"\n")), file(t, []byte(l.Keys.PolicyText()))

	out, code := said(t, "receipt", file(t, receipt), "--key", key, "--policy", policy)
	require.Equal(t, exitVerified, code, out)
	require.Contains(t, out, `"type": "reaction-cast.v1"`)
	require.Contains(t, out, "cosigned by w0")
	out, code = said(t, "receipt", "--key", l.Keys.Key, file(t, receipt), "-o", "json")
	require.Equal(t, exitVerified, code, out)
	var p proven
	require.NoError(t, json.Unmarshal([]byte(out), &p))
	require.EqualValues(t, at, p.Index)
	require.Equal(t, l.Keys.Signer.Name(), p.Log)

	l.Cosign = nil
	alone := receiptOf(t, l, at, int64(len(l.Records)))
	other := verifytest.NewKeysAs(t, l.Keys.Signer.Name(), "somebody else", 1)
	moved := []byte(strings.Replace(string(receipt), "index ", "index 1", 1))
	for name, c := range map[string]struct {
		receipt []byte
		key     string
		policy  string
		code    int
		says    string
	}{
		"no quorum":          {alone, l.Keys.Key, policy, exitFinding, replay.Checkpoint},
		"another key":        {receipt, other.Key, "", exitFinding, replay.Checkpoint},
		"another place":      {moved, l.Keys.Key, "", exitFinding, replay.Root},
		"no receipt":         {[]byte("garbage"), l.Keys.Key, "", exitUnknown, "could not check"},
		"cut short":          {receipt[:len(receipt)/2], l.Keys.Key, "", exitUnknown, "could not check"},
		"longer than can be": {make([]byte, 2<<20), l.Keys.Key, "", exitUnknown, "could not check"},
	} {
		args := []string{"receipt", file(t, c.receipt), "--key", c.key}
		if c.policy != "" {
			args = append(args, "--policy", c.policy)
		}
		out, code := said(t, args...)
		require.Equal(t, c.code, code, "%s: %s", name, out)
		require.Contains(t, out, c.says, name)
	}
	out, code = said(t, "receipt", file(t, alone), "--key", l.Keys.Key)
	require.Equal(t, exitVerified, code)
	require.Contains(t, out, "Whether witnesses saw that head was not asked")
}

// The head that was verified is kept, and only that.
func TestSavePin(t *testing.T) {
	t.Parallel()
	l := newDaybook(t).published(t)
	whole := l.Bundle(t)
	dir, pin := whole.Dir(t), filepath.Join(t.TempDir(), "pin")
	out, code := said(t, "verify", dir, "--key", l.Keys.Key, "--save-pin", pin)
	require.Equal(t, exitVerified, code, out)
	require.Contains(t, out, "VERIFIED")
	require.Contains(t, out, "kept in "+pin)
	kept, err := os.ReadFile(pin)
	require.NoError(t, err)
	require.Equal(t, whole["checkpoint"], kept)

	out, code = said(t, "verify", dir, "--key", l.Keys.Key, "--save-pin", pin)
	require.Equal(t, exitUnknown, code, "it would be overwritten without being looked at: %s", out)
	older := l.Clone()
	older.Records = older.Records[:100]
	out, code = said(t, "verify", older.Bundle(t).Dir(t), "--key", l.Keys.Key, "--pin", pin, "--save-pin", pin)
	require.Equal(t, exitFinding, code, out)
	require.Contains(t, out, replay.Rollback)
	require.Contains(t, out, "These notes are the proof")
	again, err := os.ReadFile(pin)
	require.NoError(t, err)
	require.Equal(t, kept, again, "what was not verified is not kept")

	require.NoError(t, os.WriteFile(pin, older.Bundle(t)["checkpoint"], 0o600))
	out, code = said(t, "verify", dir, "--key", l.Keys.Key, "--pin", pin, "--save-pin", pin)
	require.Equal(t, exitVerified, code, out)
	again, err = os.ReadFile(pin)
	require.NoError(t, err)
	require.Equal(t, kept, again)
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"90m": 90 * time.Minute, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour} {
		var d durations
		require.NoError(t, d.Set(text))
		require.Equal(t, want, time.Duration(d))
	}
	for _, text := range []string{"", "0", "-1h", "d", "0d", "-1d", "99999d", "1w"} {
		require.Error(t, new(durations).Set(text), text)
	}
}
