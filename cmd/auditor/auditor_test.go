package main

import (
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/replay"
)

func TestAnHonestDaybook(t *testing.T) {
	t.Parallel()
	d := newDaybook(t)
	code, out, errs := audited(t, d.handler)
	require.Equal(t, exitVerified, code, errs)
	require.Empty(t, errs)
	counts := regexp.MustCompile(`^` + fmt.Sprint(d.place(t, "")) + ` events replayed, (\d+) documents compared, 0 findings\n$`).FindStringSubmatch(out)
	require.NotNil(t, counts, out)
	require.Regexp(t, `^[1-9]\d+$`, counts[1])

	code, out, _ = audited(t, d.handler, "-o", "json")
	require.Equal(t, exitVerified, code)
	var r replay.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.EqualValues(t, d.place(t, ""), r.Events)
	require.Equal(t, counts[1], fmt.Sprint(r.Documents))
	require.Contains(t, out, `"findings": []`)
}

// Each lie is named, and the exit code says that there is one.
func TestManipulations(t *testing.T) {
	t.Parallel()
	d := newDaybook(t)
	end := d.place(t, "")
	// at puts places of the demo into a text: END is the one after its last record, VOTE that of a vote.
	at := func(s string) string {
		vote := d.place(t, "demo-0061")
		for name, n := range map[string]int{"END": end, "LAST": end - 1, "NEXT": end + 1, "VOTE": vote, "BEFORE": vote - 1, "AFTER": vote + 1} {
			s = strings.ReplaceAll(s, name, fmt.Sprint(n))
		}
		return s
	}
	event := regexp.MustCompile(at(`(?s)(,?)(\{"seq":VOTE,.*?)(,\{"seq":AFTER,)`))
	for name, c := range map[string]struct {
		change func(done *bool) func(path, body string) string
		finds  string
	}{
		"a document": {func(done *bool) func(string, string) string {
			return edit(done, "/v1/views/recommendation", `"versions":[{"version":1,"text":{"source":"fr","text":{"en":"Give everybody`, `"versions":[{"version":1,"text":{"source":"fr","text":{"en":"Give nobody`)
		}, "recommendation rc_fr_1: differs from the record"},
		"a count": {func(done *bool) func(string, string) string {
			return edit(done, "/v1/views/dialogue", `"place":"KE"`, `"place":"UG"`)
		}, "dialogue dl_KE: differs from the record"},
		"where it is from": {func(done *bool) func(string, string) string {
			return edit(done, "/v1/views/country", `"key":"FR","at":`, `"key":"FR","at":1`)
		}, "country FR: is said to reflect"},
		"a renamed document": {func(done *bool) func(string, string) string {
			return edit(done, "/v1/views/country", `"key":"KE"`, `"key":"UG"`)
		}, "country KE: is missing"},
		"a dropped document": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/views/country", regexp.MustCompile(`\{"key":"BR".*?\},(\{"key":"FR")`), "$1")
		}, "country BR: is missing"},
		"an added document": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/views/country", regexp.MustCompile(`("documents":\[)`), `$1{"key":"AA","at":9,"document":{}},`)
		}, "country AA: does not follow from the record"},
		"all documents": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/views/country", regexp.MustCompile(`"documents":\[.*\]`), `"documents":[]`)
		}, "country FR: is missing"},
		"a view's place": {func(done *bool) func(string, string) string {
			return edit(done, "/v1/views/country?", at(`"position":END`), at(`"position":NEXT`))
		}, at("country view: reflects NEXT records, the ledger has END")},
		"a view's past": {func(done *bool) func(string, string) string {
			return edit(done, "/v1/views/recommendation?", at(`"position":END`), `"position":200`)
		}, "recommendation rc_"},
		"a vote": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/events", regexp.MustCompile(at(`(\{"seq":VOTE,[^}]*\},"data":\{[^}]*"value":)"[a-z]+"`)), `$1"pass"`)
		}, "statement dl_FR/"},
		"a byte of form": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/events", regexp.MustCompile(`"data":\{`), `"data":{ `)
		}, "ledger after 0 records: record 0"},
		"an event's place": {func(done *bool) func(string, string) string {
			return edit(done, "/v1/events", at(`{"seq":VOTE,`), at(`{"seq":BEFORE,`))
		}, at("record VOTE must stand here")},
		"a statement's id": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/events", regexp.MustCompile(`"id":"........(-....-....-....-............","type":"statement-posted.v1")`), `"id":"00000000$1`)
		}, "statement dl_FR/1: differs from the record"},
		"a dropped event": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/events", event, "$1"+"{"+at(`"seq":AFTER,`))
		}, at("record VOTE must stand here")},
		"the last event": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/events", regexp.MustCompile(at(`(?s),?\{"seq":LAST,.*\],"next"`)), `],"next"`)
		}, at("reflects END records, the ledger has LAST")},
		"all events": {func(done *bool) func(string, string) string {
			return cut(done, "/v1/events", regexp.MustCompile(`(?s)"events":\[.*\],`), `"events":[],`)
		}, at("reflects END records, the ledger has 0")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := false
			code, out, errs := audited(t, d.between(c.change(&done)))
			require.True(t, done, "nothing was changed")
			require.Equal(t, exitFinding, code, "%s%s", out, errs)
			require.Contains(t, out, c.finds)
			require.Contains(t, out, "finding: ")
			require.NotContains(t, out, " 0 findings")
		})
	}
}

// cut replaces the first match in the answers to paths with a prefix.
func cut(done *bool, prefix string, what *regexp.Regexp, by string) func(path, body string) string {
	return func(path, body string) string {
		at := what.FindStringSubmatchIndex(body)
		if !strings.HasPrefix(path, prefix) || at == nil {
			return body
		}
		*done = true
		return body[:at[0]] + string(what.ExpandString(nil, by, body, at)) + body[at[1]:]
	}
}

// People go on talking while they are audited.
func TestALiveDaybook(t *testing.T) {
	t.Parallel()
	d := newDaybook(t)
	s := httptest.NewServer(d.handler)
	defer s.Close()
	ctx, stop := context.WithCancel(t.Context())
	began := d.place(t, "")
	ended := make(chan error, 2)
	go func() { ended <- d.projector.Run(ctx) }()
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, err := d.ReportDeviation(ctx, commands.By{Command: fmt.Sprint("live-", i), Actor: domain.Actor{Role: domain.Auditor, Principal: "a"}},
				domain.DeviationReported{Dialogue: "dl_FR", Rule: "r", Description: domain.In("en", "again"), Severity: domain.Minor})
			if err != nil && ctx.Err() == nil {
				ended <- err
				return
			}
			time.Sleep(200 * time.Microsecond)
		}
		ended <- nil
	}()
	var out, errs strings.Builder
	for range 5 {
		for talked := d.place(t, ""); d.place(t, "") == talked; {
			time.Sleep(200 * time.Microsecond) // until somebody has talked since
		}
		require.Equal(t, exitVerified, run(t.Context(), []string{"replay", s.URL}, &out, &errs), "%s%s", &out, &errs)
	}
	stop()
	require.NoError(t, errors.Join(<-ended, <-ended))
	require.NotContains(t, out.String(), fmt.Sprint(began, " events replayed"), "somebody did talk")
}

// Whoever installs the auditor trusts the standard library, x/mod's notes and trees, circl's pairing, and these packages, and nothing else: in what is built, not only in
// what is listed.
func TestDependencies(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"daybook.internal/domain", "daybook.internal/sortition", "daybook.internal/projections", "daybook.internal/notary",
		"daybook.internal/ledger", "daybook.internal/ledger/tiles",
		"daybook.internal/replay", "daybook.internal/replay/adjudicate", "daybook.internal/replay/verify", "daybook.internal/cmd/auditor",
		"daybook.internal/lots", "daybook.internal/sortition/beacon", "daybook.internal/sortition/lottery", "daybook.internal/sortition/lp", "daybook.internal/sortition/seal",
		"golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog",
		// the pairing by which rounds of the beacon are verified, and what it hashes with
		"github.com/cloudflare/circl/ecc/bls12381", "github.com/cloudflare/circl/ecc/bls12381/ff", "github.com/cloudflare/circl/expander", "github.com/cloudflare/circl/xof",
		"github.com/cloudflare/circl/xof/k12", "github.com/cloudflare/circl/simd/keccakf1600", "github.com/cloudflare/circl/internal/sha3", "github.com/cloudflare/circl/internal/conv",
		"golang.org/x/crypto/blake2b", "golang.org/x/crypto/blake2s", "golang.org/x/crypto/cryptobyte", "golang.org/x/crypto/cryptobyte/asn1", "golang.org/x/sys/cpu",
	}, strings.Fields(string(out)))

	info, err := buildinfo.ReadFile(built(t))
	require.NoError(t, err)
	var modules []string
	for _, d := range info.Deps {
		modules = append(modules, d.Path)
	}
	require.ElementsMatch(t, []string{"golang.org/x/mod", "github.com/cloudflare/circl", "golang.org/x/crypto", "golang.org/x/sys"}, modules)
}

var auditor struct {
	once sync.Once
	path string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if auditor.path != "" {
		_ = os.RemoveAll(filepath.Dir(auditor.path))
	}
	os.Exit(code)
}

// built is the program as somebody would install it.
func built(t testing.TB) string {
	t.Helper()
	auditor.once.Do(func() {
		dir, err := os.MkdirTemp("", "auditor-*")
		if err != nil {
			auditor.err = err
			return
		}
		auditor.path = filepath.Join(dir, "auditor")
		cmd := exec.Command("go", "build", "-trimpath", "-o", auditor.path, ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			auditor.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	require.NoError(t, auditor.err)
	return auditor.path
}
