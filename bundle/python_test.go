package bundle_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary"
)

// python runs replay/verify.py, and gives its exit code and what it said.
func python(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	python3, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no python3, so the second opinion cannot be tested")
		}
		t.Skip("there is no python3: install it to test replay/verify.py")
	}
	c := exec.CommandContext(t.Context(), python3, append([]string{"-X", "utf8", filepath.Join("..", "replay", "verify.py")}, args...)...)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	require.NotContains(t, string(out), "Traceback")
	return c.ProcessState.ExitCode(), string(out)
}

// sealed is a world whose log somebody signs who may change everything.
type sealed struct {
	signer note.Signer
	vkey   string
}

func newSealed(t *testing.T) sealed {
	t.Helper()
	skey, vkey, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{1}, 32)), "")
	require.NoError(t, err)
	signer, err := notary.ParseSigner(skey)
	require.NoError(t, err)
	return sealed{signer, vkey}
}

// write writes the log of leaves to a directory, tiles and all, with a head that is signed.
func (s sealed) write(t *testing.T, leaves [][]byte) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name string, data []byte) {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, data, 0o644))
	}
	tree := notary.Tree{Full: func(tile tlog.Tile, data []byte) error { put(notary.TilePath(tile), data); return nil }}
	var entries []byte
	for i, leaf := range leaves {
		h, _ := notary.LeafHash(nil, leaf)
		require.NoError(t, tree.Append(h))
		var err error
		entries, err = notary.AppendEntry(entries, leaf)
		require.NoError(t, err)
		if w := i%notary.Width + 1; w == notary.Width || i == len(leaves)-1 {
			put(notary.EntriesPath(int64(i/notary.Width), w), entries)
			entries = nil
		}
	}
	tree.Edge(func(tile tlog.Tile, data []byte) bool { put(notary.TilePath(tile), data); return true })
	signed, err := note.Sign(&note.Note{Text: notary.Checkpoint{Origin: s.signer.Name(), Size: tree.Size(), Root: tree.Root()}.Text()}, s.signer)
	require.NoError(t, err)
	put("checkpoint", signed)
	return dir
}

func TestSecondOpinion(t *testing.T) {
	t.Parallel()
	w, vkey := theWorld(t), newSealed(t).vkey
	for _, name := range []string{"x.zip", "x"} {
		path, r := export(t, w.source(), name)
		code, said := python(t, path, vkey)
		require.Zero(t, code, said)
		require.Equal(t, 4, strings.Count(said, "passed"), said)
		require.Contains(t, said, r.Head.Root.String())
	}
}

// TestSecondOpinionFinds changes one thing at a time, and sees that it is found by its name.
func TestSecondOpinionFinds(t *testing.T) {
	t.Parallel()
	w, vkey := theWorld(t), newSealed(t).vkey
	path, r := export(t, w.source(), "x")
	other := strings.TrimSuffix(path, "x") + "other"
	partial := notary.EntriesPath(r.Head.Size/notary.Width, int(r.Head.Size%notary.Width))
	for name, c := range map[string]struct {
		file   string
		change func(b []byte) []byte
		code   int
		finds  string
	}{
		"an entry":                {"tile/entries/000", flip(500), 1, "root"},
		"the length of an entry":  {"tile/entries/000", flip(0), 1, "events"},
		"the end of the entries":  {partial, func(b []byte) []byte { return b[:len(b)-1] }, 1, "events"},
		"an entry too many":       {partial, func(b []byte) []byte { return append(b, 0, 1, 'x') }, 1, "events"},
		"a tile":                  {"tile/0/000", flip(31), 1, "tiles"},
		"a tile above":            {"tile/1/000.p/" + filepath.Base(glob(t, path, "tile/1/000.p/*")), flip(0), 1, "tiles"},
		"a long tile":             {"tile/0/000", func(b []byte) []byte { return append(b, 0) }, 1, "tiles"},
		"the signature":           {"checkpoint", func(b []byte) []byte { b[len(b)-20] ^= 3; return b }, 1, "signature"},
		"the end of the note":     {"checkpoint", func(b []byte) []byte { return b[:len(b)-1] }, 1, "signature"},
		"the size":                {"checkpoint", func(b []byte) []byte { b[bytes.IndexByte(b, '\n')+1] ^= 1; return b }, 1, "signature"},
		"the signatures are gone": {"checkpoint", func(b []byte) []byte { return b[:bytes.Index(b, []byte("\n\n"))+2] }, 1, "signature"},
		"no entries":              {partial, nil, 2, "events"},
		"no tile":                 {"tile/0/001", nil, 2, "tiles"},
		"no head":                 {"checkpoint", nil, 2, "signature"},
	} {
		require.NoError(t, os.CopyFS(other, os.DirFS(path)))
		file := filepath.Join(other, c.file)
		before, err := os.ReadFile(file)
		require.NoError(t, err)
		if c.change == nil {
			require.NoError(t, os.Remove(file))
		} else {
			after := c.change(bytes.Clone(before))
			require.NotEqual(t, before, after)
			require.NoError(t, os.WriteFile(file, after, 0o644))
		}
		code, said := python(t, other, vkey)
		outcome := map[int]string{1: "FINDING", 2: "NOT DONE"}[c.code]
		require.Regexp(t, `(?m)^`+c.finds+` +`+outcome, said, name)
		if name != "no entries" { // which is a finding besides: the entries that are there come to another root
			require.Equal(t, c.code, code, "%s: %s", name, said)
		}
		require.NoError(t, os.RemoveAll(other))
	}
	// Another key, of the same name too.
	_, stranger, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{2}, 32)), w.verifier.Name())
	require.NoError(t, err)
	code, said := python(t, path, stranger)
	require.Equal(t, 1, code, said)
	for _, args := range [][]string{{}, {path}, {path, "x"}, {path, vkey + "A"}, {path, strings.Replace(vkey, "+", "x+", 1)}, {path + "none", vkey}, {filepath.Join(path, "checkpoint"), vkey}} {
		code, said := python(t, args...)
		require.Equal(t, 2, code, "%q: %s", args, said)
	}
}

// TestSecondOpinionOfZips: a byte that was changed on the way, and two files of one name.
func TestSecondOpinionOfZips(t *testing.T) {
	t.Parallel()
	w, vkey := theWorld(t), newSealed(t).vkey
	path, _ := export(t, w.source(), "x.zip")
	_, files := contentsOf(t, path)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	at := bytes.Index(data, files["tile/entries/000"][:100])
	require.Positive(t, at)
	data[at+50] ^= 1
	require.NoError(t, os.WriteFile(path, data, 0o644))
	code, said := python(t, path, vkey)
	require.Equal(t, 1, code, said)

	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for range 2 {
		f, err := z.Create("checkpoint")
		require.NoError(t, err)
		_, err = io.Copy(f, bytes.NewReader(files["checkpoint"]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
	code, said = python(t, path, vkey)
	require.Equal(t, 2, code, said)
}

// TestSecondOpinionOfForms: the log's own key has signed what is no event. What the script refuses is what Record.Decode refuses, or the revisions.
func TestSecondOpinionOfForms(t *testing.T) {
	t.Parallel()
	s := newSealed(t)
	good := func(stream string, revision uint64) []byte {
		meta, err := domain.EncodeMeta(domain.Meta{
			Source: "ed_2026", Dialogue: "dl_KE", Time: 1, OccurredAt: 1, Actor: domain.Actor{Role: domain.Coordinator, Principal: "ana", Partner: "p"}, Command: "\u2028\x01\"\\/é\U0001F600",
		})
		require.NoError(t, err)
		data, err := os.ReadFile("../domain/testdata/events/edition-opened.v1.json")
		require.NoError(t, err)
		return notary.AppendLeaf(nil, domain.Record{Stream: domain.StreamID(stream), Revision: revision, ID: domain.NewEventID("c", domain.StreamID(stream), int(revision)), Type: "edition-opened.v1", Meta: meta, Data: data})
	}
	code, said := python(t, s.write(t, [][]byte{good("a", 0), good("b%20/1", 0), good("a", 1)}), s.vkey)
	require.Zero(t, code, said)
	code, said = python(t, s.write(t, nil), s.vkey)
	require.Zero(t, code, said)

	replace := func(old, new string) []byte {
		b := bytes.Replace(good("a", 0), []byte(old), []byte(new), 1)
		require.NotEqual(t, good("a", 0), b, old)
		return b
	}
	bad := map[string][]byte{
		"nothing": {}, "no object": []byte("[]"), "deep": bytes.Repeat([]byte("["), 60_000), "not UTF-8": replace("ana", "\xff\xff\xff"),
		"white space": replace(`,"data":`, `, "data":`), "another order": replace(`"specversion":"1.0","id"`, `"id":"x","specversion":"1.0","id"`),
		"a member twice": replace(`"source":`, `"source":"ed_2026","source":`), "another member": replace(`"source":`, `"so":"","source":`), "no source": replace(`,"source":"ed_2026"`, ``),
		"meta in another order": replace(`"source":"ed_2026","time":"1970-01-01T00:00:00.001Z"`, `"time":"1970-01-01T00:00:00.001Z","source":"ed_2026"`),
		"another version":       replace(`"1.0"`, `"1.1"`), "an id in capitals": replace(`{"specversion":"1.0","id":"`, `{"specversion":"1.0","id":"A`),
		"a type without version": replace("edition-opened.v1", "edition-opened"), "a subject with a blank": replace(`"subject":"a"`, `"subject":"a b"`),
		"an escape": replace("River", `\u0052iver`), "a solidus that is escaped": replace("/é", `\/é`), "capital digits": replace(`\u0001`, `\u0001\u001F`), "an escaped line": replace("\u2028", `\u2028`),
		"half a pair": replace("River", `\ud800`), "a float": replace(`"synthetic":true`, `"synthetic":1.0`), "null": replace(`"synthetic":true`, `"synthetic":null`),
		"a large number": replace(`"synthetic":true`, `"synthetic":9007199254740992`), "minus nothing": replace(`"synthetic":true`, `"synthetic":-0`), "not a number": replace(`"synthetic":true`, `"synthetic":NaN`),
		"a key that is not ASCII": replace(`"synthetic":true`, `"é":true`), "keys in another order": replace(`"edition":"ed_2026","languages"`, `"languages2":"","edition":"ed_2026","languages"`),
		"a number for the actor": replace(`"actor":"coordinator:ana@p"`, `"actor":1`), "data of another kind": replace(`"data":{`, `"data":[{`), "true for the revision": replace(`"revision":0`, `"revision":false`),
		"more after it": append(good("a", 0), ' '), "many digits": replace(`"synthetic":true`, `"synthetic":`+strings.Repeat("9", 5000)),
		"a revision too many": good("a", 1), "another time": replace(`"time":"1970-01-01T00:00:00.001Z"`, `"time":"1970-01-01T00:00:00Z"`),
	}
	for name, leaf := range bad {
		r, err := notary.ParseLeaf(0, leaf)
		if err == nil {
			_, err = r.Decode()
		}
		require.True(t, err != nil || r.Revision > 0 || strings.Contains(string(r.Stream), " "), "daybook itself refuses %s", name)
	}
	code, said = python(t, s.write(t, slices.Collect(maps.Values(bad))), s.vkey)
	require.Equal(t, 1, code, said)
	require.Equal(t, 3, strings.Count(said, "passed"), "the rest holds: %s", said)
	if !strings.Contains(said, fmt.Sprintf("%d events are not as they must be", len(bad))) {
		for name, leaf := range bad {
			code, said := python(t, s.write(t, [][]byte{leaf}), s.vkey)
			require.Equal(t, 1, code, "%s: %s", name, said)
		}
		t.Fatal(said)
	}
	for name, leaves := range map[string][][]byte{
		"one twice": {good("a", 0), good("a", 0)}, "one too few": {good("a", 0), good("b", 0), good("a", 2)}, "changed places": {good("a", 1), good("a", 0)},
	} {
		code, said := python(t, s.write(t, leaves), s.vkey)
		require.Equal(t, 1, code, "%s: %s", name, said)
	}
}

func glob(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}
