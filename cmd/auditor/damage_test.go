package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"daybook.internal/notary"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
)

// within runs a program with no more memory for its data than it may need for any of the small things that are put before it here: 600 MiB. Beyond that
// the runtime ends it, and says so at length.
const within = `ulimit -d 614400; exec "$0" "$@"`

// unwilling runs the program on what is no log, and wants no more than an answer: the exit code 2 and a reason, or a finding by name; soon, and without much
// memory.
func unwilling(t *testing.T, finding string, args ...string) verify.Report {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", within, built(t)}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	require.NotContains(t, errs.String(), "goroutine ", "it panicked, or had too little memory")
	code := cmd.ProcessState.ExitCode()
	var r verify.Report
	if out.Len() > 0 {
		require.NoError(t, json.Unmarshal(out.Bytes(), &r), "%s", &out)
	}
	if finding != "" {
		require.Equal(t, exitFinding, code, "%s%s", &out, &errs)
		require.NotZero(t, r.Found[finding], "%s is not among the findings: %v", finding, r.Findings)
		return r
	}
	require.Equal(t, exitUnknown, code, "%s%s", &out, &errs)
	if out.Len() > 0 {
		require.Equal(t, verify.NotVerified, r.Verdict)
		require.Contains(t, out.String(), `"outcome": "not-done"`)
	} else {
		require.Contains(t, errs.String(), "could not check")
	}
	return r
}

// small is an honest log, and what is published of it.
func small(t *testing.T) (*verifytest.Log, verifytest.Files) {
	t.Helper()
	l := verifytest.Edition(t, verifytest.Small)
	l.Records, l.Openings, l.Heads = l.Records[:700], nil, []int64{300}
	return l, l.Bundle(t)
}

// signedAs is a head of any size, signed by the log.
func signedAs(t *testing.T, l *verifytest.Log, text string) []byte {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: text}, l.Keys.Signer)
	require.NoError(t, err)
	return signed
}

func TestDamagedBundles(t *testing.T) {
	t.Parallel()
	l, whole := small(t)
	key := l.Keys.Key
	sized := func(n int64) func(verifytest.Files) {
		return func(f verifytest.Files) {
			f["checkpoint"] = signedAs(t, l, notary.Checkpoint{Origin: l.Keys.Signer.Name(), Size: n}.Text())
			delete(f, "checkpoints/700")
			f.Sum()
		}
	}
	is := func(name, data string) func(verifytest.Files) {
		return func(f verifytest.Files) { f[name] = []byte(data) }
	}
	without := func(name string) func(verifytest.Files) {
		return func(f verifytest.Files) { delete(f, name); f.Sum() }
	}
	summed := func(change func(verifytest.Files)) func(verifytest.Files) {
		return func(f verifytest.Files) { change(f); f.Sum() }
	}
	for name, c := range map[string]struct {
		change func(f verifytest.Files)
		finds  string // empty: it could not be checked
	}{
		"no head":                   {without("checkpoint"), ""},
		"an empty head":             {is("checkpoint", ""), replay.Checkpoint},
		"garbage for a head":        {is("checkpoint", strings.Repeat("\x00\xff", 500)), replay.Checkpoint},
		"a page for a head":         {is("checkpoint", "<html><body>Sign in</body></html>\n"), replay.Checkpoint},
		"an endless head":           {summed(is("checkpoint", strings.Repeat("x", 1<<20))), replay.Sums},
		"a head without signatures": {func(f verifytest.Files) { f["checkpoint"] = bytes.SplitAfter(f["checkpoint"], []byte("\n\n"))[0] }, replay.Checkpoint},
		"a head of another form":    {func(f verifytest.Files) { f["checkpoint"] = signedAs(t, l, l.Keys.Signer.Name()+"\nmany\nroot\n") }, replay.Checkpoint},
		"a head of a negative size": {func(f verifytest.Files) {
			f["checkpoint"] = signedAs(t, l, l.Keys.Signer.Name()+"\n-1\n"+strings.Repeat("A", 43)+"=\n")
		}, replay.Checkpoint},
		"a head of 2^62 events":   {sized(1 << 62), replay.Checkpoint},
		"a head of 2^63-1 events": {sized(1<<63 - 1), replay.Checkpoint},
		"a head of 2^39 events":   {sized(1 << 39), ""},
		"a head of 2^39, not cut": {func(f verifytest.Files) { sized(1 << 39)(f); f["tile/entries/002"] = f["tile/entries/001"]; f.Sum() }, replay.Revision},
		"a head of no events":     {sized(0), replay.Root},
		"a head of fewer events":  {sized(512), replay.Root},
		"no entries":              {without("tile/entries/001"), ""},
		"no last entries":         {without("tile/entries/002.p/188"), ""},
		"no tile":                 {without("tile/0/001"), ""},
		"no last tile":            {without("tile/0/002.p/188"), ""},
		"no tile of tiles":        {without("tile/1/000.p/2"), ""},
		"a length beyond the end": {summed(func(f verifytest.Files) { f["tile/entries/001"][0] = 0xff }), replay.Root},
		"lengths of nothing":      {summed(is("tile/entries/001", strings.Repeat("\x00\x00", 256))), replay.Canonical},
		"the largest entries":     {summed(is("tile/entries/001", strings.Repeat("\xff\xff"+strings.Repeat("{", 65535), 256))), replay.Canonical},
		"entries without end":     {summed(is("tile/entries/001", strings.Repeat("\x00", notary.MaxEntries+1))), replay.Sums},
		"no tile, but a file":     {summed(is("tile/0/001", "x")), replay.TileDiffers},
		"a tile without end":      {summed(is("tile/0/001", strings.Repeat("x", notary.MaxTile+1))), replay.Sums},
		"no list":                 {func(f verifytest.Files) { delete(f, "SHA256SUMS") }, ""},
		"garbage for a list":      {is("SHA256SUMS", "\x00\x01\x02"), replay.Sums},
		"a list that leads out": {func(f verifytest.Files) {
			f["SHA256SUMS"] = fmt.Appendf(f["SHA256SUMS"], "%064d  ../../etc/passwd\n", 0)
		}, replay.Sums},
		"a list of what is missing": {func(f verifytest.Files) { f["SHA256SUMS"] = fmt.Appendf(f["SHA256SUMS"], "%064d  zzz\n", 0) }, replay.Sums},
		"a list without a file":     {func(f verifytest.Files) { f["zzz"] = nil }, replay.Sums},
		"no documents":              {without("documents/index.json"), ""},
		"garbage for an index":      {summed(is("documents/index.json", "[[[[[[[[")), ""},
		"nothing in the index":      {summed(is("documents/index.json", "{}")), ""},
		"an index that leads out":   {summed(is("documents/index.json", `{"views":[{"view":"../../x","version":1,"at":1}]}`)), ""},
		"an index beyond the log": {summed(func(f verifytest.Files) {
			f["documents/index.json"] = bytes.Replace(f["documents/index.json"], []byte(`"at":700`), []byte(`"at":18446744073709551615`), 1)
		}), replay.ServedDiffers},
		"a view left out": {summed(func(f verifytest.Files) {
			f["documents/index.json"] = bytes.Replace(f["documents/index.json"], []byte(`"country"`), []byte(`"county"`), 1)
		}), ""},
		"no documents of a view":       {without("documents/country.ndjson"), ""},
		"garbage for documents":        {summed(is("documents/country.ndjson", "{\n{\n")), ""},
		"documents without end":        {summed(is("documents/country.ndjson", strings.Repeat("x", 65<<20))), ""},
		"documents without lines":      {summed(is("documents/country.ndjson", "\n\n\n")), ""},
		"garbage for a kept head":      {summed(is("checkpoints/300", "garbage")), replay.Checkpoint},
		"a kept head that is none":     {summed(is("checkpoints/many", "garbage")), replay.Checkpoint},
		"a kept head of another name":  {summed(func(f verifytest.Files) { f["checkpoints/301"] = f["checkpoints/300"] }), replay.Checkpoint},
		"a kept head that is too long": {summed(is("checkpoints/300", strings.Repeat("x", 1<<20))), replay.Sums},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := whole.Clone()
			c.change(f)
			unwilling(t, c.finds, "verify", f.Dir(t), "--key", key, "-o", "json")
		})
	}
}

// What is no file leads nowhere.
func TestHostileDirectories(t *testing.T) {
	t.Parallel()
	l, whole := small(t)
	for name, c := range map[string]struct {
		change func(path string) error
		finds  string
	}{
		"a link out of it": {func(path string) error {
			outside := filepath.Join(t.TempDir(), "checkpoint")
			if err := os.Rename(path, outside); err != nil {
				return err
			}
			return os.Symlink(outside, path)
		}, ""},
		"a link to itself": {func(path string) error { return symlink("checkpoint", path) }, ""},
		"a device":         {func(path string) error { return symlink("/dev/zero", path) }, ""},
		"a pipe": {func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return syscall.Mkfifo(path, 0o600)
		}, replay.Sums},
		"a directory": {func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Mkdir(path, 0o700)
		}, replay.Sums},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := whole.Dir(t)
			require.NoError(t, c.change(filepath.Join(dir, "checkpoint")))
			unwilling(t, c.finds, "verify", dir, "--key", l.Keys.Key, "-o", "json")
		})
	}
	unwilling(t, "", "verify", filepath.Join(t.TempDir(), "nothing"), "--key", l.Keys.Key)
	unwilling(t, "", "verify", t.TempDir(), "--key", l.Keys.Key, "-o", "json")
	unwilling(t, "", "verify", "/dev/null", "--key", l.Keys.Key)
}

func symlink(to, path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return os.Symlink(to, path)
}

func TestHostileZips(t *testing.T) {
	t.Parallel()
	l, whole := small(t)
	path := whole.Zip(t)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	verified := func(zipped []byte) []string {
		return []string{"verify", file(t, zipped), "--key", l.Keys.Key, "-o", "json"}
	}
	for _, n := range []int{0, 1, 100, len(data) / 2, len(data) - 1} {
		unwilling(t, "", verified(data[:n])...)
	}
	// A few kilobytes that unfold to ten gigabytes.
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	for i := range 200 {
		_, err := z.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("documents/%d.ndjson", i), Method: zip.Deflate, CompressedSize64: 0, UncompressedSize64: 50 << 20})
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	unwilling(t, "", verified(bomb.Bytes())...)
	// One that unfolds to much more than it says.
	bomb.Reset()
	z = zip.NewWriter(&bomb)
	w, err := z.Create("checkpoint")
	require.NoError(t, err)
	_, err = w.Write(make([]byte, 64<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	unwilling(t, "", verified(bytes.ReplaceAll(bomb.Bytes(), []byte{0, 0, 0, 4}, []byte{0, 0x80, 0, 0}))...)
	// An entry that leads out.
	out := whole.Clone()
	out["../checkpoint"] = []byte("x")
	unwilling(t, "", "verify", out.Zip(t), "--key", l.Keys.Key)
}

func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	l, whole := small(t)
	elsewhere := httptest.NewServer(http.FileServer(http.Dir(whole.Dir(t))))
	t.Cleanup(elsewhere.Close)
	served := func(answer http.HandlerFunc) string {
		s := httptest.NewServer(answer)
		t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
		return s.URL
	}
	except := func(path string, answer http.HandlerFunc) string {
		return served(func(w http.ResponseWriter, r *http.Request) {
			if data, ok := whole[strings.TrimPrefix(r.URL.Path, "/")]; ok && r.URL.Path != path {
				_, _ = w.Write(data)
				return
			}
			if r.URL.Path == path {
				answer(w, r)
				return
			}
			http.NotFound(w, r)
		})
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}
	for name, url := range map[string]string{
		"endless everything": served(endless),
		"nothing":            served(http.NotFound),
		"a page for all": served(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<html>Welcome</html>"))
		}),
		"elsewhere": served(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusFound)
		}),
		"around":  served(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }),
		"errors":  except("/tile/entries/001", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusInternalServerError) }),
		"cut off": except("/tile/0/001", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unwilling(t, "", "verify", url, "--key", l.Keys.Key, "-o", "json")
		})
	}
	for name, url := range map[string]string{
		"no last entries": except("/tile/entries/002.p/188", http.NotFound), "endless entries": except("/tile/entries/001", endless), "endless documents": except("/documents/country.ndjson", endless),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unwilling(t, replay.Sums, "verify", url, "--key", l.Keys.Key, "-o", "json")
		})
	}
	t.Run("honest", func(t *testing.T) {
		t.Parallel()
		out, code := execute(t, built(t), "verify", elsewhere.URL, "--key", l.Keys.Key, "--policy", file(t, []byte(l.Keys.PolicyText())))
		require.Equal(t, exitVerified, code, "%s", out)
	})
}

// Ctrl-C ends it, also while a server says nothing.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	l, _ := small(t)
	asked := make(chan bool, 100)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- true; <-r.Context().Done() }))
	defer silent.Close()
	for _, args := range [][]string{{"verify", silent.URL, "--key", l.Keys.Key}, {"replay", silent.URL}, {"trace", "rc_1", silent.URL}, {"compare", silent.URL}} {
		cmd := exec.CommandContext(t.Context(), built(t), args...)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		require.NoError(t, cmd.Start())
		<-asked
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		began := time.Now()
		require.Error(t, cmd.Wait())
		require.Equal(t, exitUnknown, cmd.ProcessState.ExitCode(), "%s", &errs)
		require.Contains(t, errs.String(), "interrupted")
		require.Less(t, time.Since(began), 10*time.Second)
	}
}

// What the auditor brings may be damaged too.
func TestDamagedBringings(t *testing.T) {
	t.Parallel()
	l, whole := small(t)
	dir := whole.Dir(t)
	bad := file(t, []byte("garbage"))
	for name, args := range map[string][]string{
		"a key":               {"--key", "garbage+1+AAAA"},
		"a file for a key":    {"--key", bad},
		"no file for a key":   {"--key", bad + "x"},
		"a private key":       {"--key", "PRIVATE+KEY+x+00000000+AAAA"},
		"a policy":            {"--key", l.Keys.Key, "--policy", bad},
		"no policy":           {"--key", l.Keys.Key, "--policy", bad + "x"},
		"another log's":       {"--key", l.Keys.Key, "--policy", file(t, []byte(verifytest.NewKeys(t, "another", 1).PolicyText()))},
		"a head":              {"--key", l.Keys.Key, "--pin", bad, "-o", "json"},
		"another log's head":  {"--key", l.Keys.Key, "--pin", file(t, signedAs(t, &verifytest.Log{Keys: verifytest.NewKeys(t, "another", 1)}, "x\n")), "-o", "json"},
		"no head":             {"--key", l.Keys.Key, "--pin", bad + "x"},
		"openings":            {"--key", l.Keys.Key, "--annex", bad, "-o", "json"},
		"no openings":         {"--key", l.Keys.Key, "--annex", bad + "x"},
		"freshness of nobody": {"--key", l.Keys.Key, "--fresh", "24h"},
		"rounds":              {"--key", l.Keys.Key, "--rounds", bad, "-o", "json"},
		"no rounds":           {"--key", l.Keys.Key, "--rounds", bad + "x"},
		"a file for a folder": {"--key", l.Keys.Key, "--selections", bad},
		"no folder":           {"--key", l.Keys.Key, "--selections", bad + "x"},
		"a head to overwrite": {"--key", l.Keys.Key, "--save-pin", bad},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unwilling(t, "", append([]string{"verify", dir}, args...)...)
		})
	}
}
