package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/notary/publish"
)

// published makes a node whose log is published, as far as publish is called.
func published(t *testing.T) (n *node, log note.Verifier, again func() notary.Checkpoint) {
	t.Helper()
	var p *publish.Publisher
	n = newNode(t, func(n *node) {
		private, public, err := notary.NewKey(bytes.NewReader(bytes.Repeat([]byte{1}, 32)), "log.example.org/test")
		require.NoError(t, err)
		signer, err := notary.ParseSigner(private)
		require.NoError(t, err)
		log, err = notary.ParseVerifier(public)
		require.NoError(t, err)
		dir := t.TempDir()
		p, err = publish.Open(t.Context(), publish.Config{
			Ledger: n.memory, Dir: filepath.Join(dir, "log"), Head: filepath.Join(dir, "head"), Signer: signer, Key: public, Policy: []byte("quorum none\n"),
		})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.Close()) })
		n.Published = p.Log
	})
	return n, log, func() notary.Checkpoint {
		head, err := p.Publish(t.Context())
		require.NoError(t, err)
		return head
	}
}

// The log is what a static host would serve: heads are asked for anew, tiles are kept.
func TestLogFiles(t *testing.T) {
	t.Parallel()
	n, log, publishAgain := published(t)
	about := decode[map[string]any](t, n.get("/log/"))
	require.Equal(t, "log.example.org/test", about["origin"])
	require.EqualValues(t, 0, about["size"])
	requireProblem(t, n.get("/log/checkpoint"), 404, "not-found")
	head := publishAgain()

	a := n.get("/log/")
	require.Equal(t, "no-cache", a.Header.Get("Cache-Control"))
	about = decode[map[string]any](t, a)
	require.EqualValues(t, head.Size, about["size"])
	require.Equal(t, head.Root.String(), about["root"])
	key, err := notary.ParseVerifier(about["key"].(string))
	require.NoError(t, err)
	require.Equal(t, log.KeyHash(), key.KeyHash())

	full, edge := 0, head.Size/256
	require.Greater(t, head.Size, int64(256))
	for path, cache := range map[string]string{
		"checkpoint":                                               "no-cache",
		"policy":                                                   "no-cache",
		fmt.Sprintf("checkpoints/%d", head.Size):                   "no-cache",
		fmt.Sprintf("tile/0/%03d", full):                           "public, max-age=31536000, immutable",
		fmt.Sprintf("tile/entries/%03d", full):                     "public, max-age=31536000, immutable",
		fmt.Sprintf("tile/0/%03d.p/%d", edge, head.Size%256):       "public, max-age=3600",
		fmt.Sprintf("tile/entries/%03d.p/%d", edge, head.Size%256): "public, max-age=3600",
	} {
		want, err := os.ReadFile(filepath.Join(n.Published.Dir(), path))
		require.NoError(t, err)
		a := n.get("/log/" + path)
		require.Equal(t, 200, a.StatusCode, path)
		require.Equal(t, want, a.body)
		require.Equal(t, cache, a.Header.Get("Cache-Control"), path)
		kind := "application/octet-stream"
		if !strings.HasPrefix(path, "tile/") {
			kind = "text/plain; charset=utf-8"
			require.Empty(t, a.Header.Get("Last-Modified"), "two heads of one second are two")
			require.Equal(t, 304, n.get("/log/"+path, "If-None-Match", a.Header.Get("ETag")).StatusCode)
		}
		require.Equal(t, kind, a.Header.Get("Content-Type"), path)
		require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
		a = n.do("HEAD", "/log/"+path, "")
		require.Equal(t, 200, a.StatusCode)
		require.Empty(t, a.body)
		require.EqualValues(t, len(want), a.ContentLength)
		a = n.get("/log/"+path, "Range", "bytes=3-9")
		require.Equal(t, 206, a.StatusCode)
		require.Equal(t, want[3:10], a.body)
	}

	tag := n.get("/log/checkpoint").Header.Get("ETag")
	require.Equal(t, 201, n.post("open-edition", "one more", edition).StatusCode)
	publishAgain()
	require.Equal(t, 200, n.get("/log/checkpoint", "If-None-Match", tag).StatusCode)
}

// Nothing of the folder but the log is served, and nothing beside it.
func TestLogEscapes(t *testing.T) {
	t.Parallel()
	n, _, publishAgain := published(t)
	publishAgain()
	require.NoError(t, os.WriteFile(filepath.Join(n.Published.Dir(), "secret"), []byte("x"), 0o600))
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, []byte("x"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(n.Published.Dir(), "tile", "0", "777")))
	for _, path := range []string{
		"..", "../head", "../log.key", "%2e%2e/head", "..%2fhead", "tile/../../head", "tile/0/../../../head", "/etc/passwd", "//etc/passwd", ".lock", ".new", ".new/", "secret",
		"tile", "tile/", "tile/0", "tile/0/", "tile/0/000/", "tile/entries", "checkpoints", "checkpoints/", "checkpoints/../checkpoint", "checkpoint/", "tile/0/0", "tile/0/999",
		"tile/0/000.p", "tile/0/000.p/", "tile/0/x001", "tile/0/000%00", "tile/9/000", "tile/-1/000", "tile/data/000", "index.html", "tile%2F0%2F000", "checkpoints/-1", "checkpoints/99999999999999999999",
		"tile/0/x001/x002/x003/x004/x005/x006/x007/008", "CHECKPOINT",
	} {
		requireProblem(t, n.get("/log/"+path), 404, "not-found")
	}
	require.NotEqual(t, 200, n.get("/log/tile/0/777").StatusCode, "a link leads nowhere")
	requireProblem(t, n.get("/log"), 404, "not-found")
	requireProblem(t, n.do("POST", "/log/checkpoint", ""), 405, "method-not-allowed")
}

// A receipt is there once its event is published. Before that the answer says when to ask again; the answer to the command says where.
func TestReceipts(t *testing.T) {
	t.Parallel()
	n, log, publishAgain := published(t)
	a := n.get("/v1/receipts/0")
	requireProblem(t, a, 503, "not-published-yet")
	require.Equal(t, "1", a.Header.Get("Retry-After"))
	require.NotContains(t, n.log.String(), "not-published-yet", "nothing went wrong")
	publishAgain()

	a = n.post("open-edition", "k1", edition)
	require.Equal(t, 201, a.StatusCode, "%s", a.body)
	var done struct{ Events []struct{ ID string } }
	require.NoError(t, json.Unmarshal(a.body, &done))
	require.Equal(t, []string{fmt.Sprintf(`</v1/receipts/%d>; rel="https://c2sp.org/tlog-proof"`, end())}, a.Header.Values("Link"))
	byID := "/v1/receipts/" + done.Events[0].ID
	path := fmt.Sprintf("/v1/receipts/%d", end())
	requireProblem(t, n.get(path), 503, "not-published-yet")
	requireProblem(t, n.get(byID), 503, "not-published-yet")
	head := publishAgain()
	for _, path := range []string{path, byID} {
		a = n.get(path)
		require.Equal(t, 200, a.StatusCode)
		require.Equal(t, "text/plain; charset=utf-8", a.Header.Get("Content-Type"))
		require.Equal(t, "no-cache", a.Header.Get("Cache-Control"))
		r, err := notary.ParseReceipt(a.body)
		require.NoError(t, err)
		record, at, err := r.Check(log, nil)
		require.NoError(t, err)
		require.Equal(t, head, at)
		require.Equal(t, end(), record.Seq)
		require.Equal(t, done.Events[0].ID, record.ID.String())
		require.Equal(t, domain.StreamID("edition-ed_1"), record.Stream)
	}
	requireProblem(t, n.get(at("/v1/receipts/NEXT")), 404, "not-found")
	requireProblem(t, n.get("/v1/receipts/9223372036854775807"), 404, "not-found")
	requireProblem(t, n.get("/v1/receipts/00000000-0000-8000-8000-000000000000"), 404, "not-found")
	requireProblem(t, n.get("/v1/receipts/x"), 400, "bad-request")
	requireProblem(t, n.get("/v1/receipts/-1"), 400, "bad-request")
	requireProblem(t, n.do("POST", "/v1/receipts/0", ""), 405, "method-not-allowed")
}

// Proofs hold for x/mod.
func TestProofs(t *testing.T) {
	t.Parallel()
	n, _, publishAgain := published(t)
	requireProblem(t, n.get("/v1/proofs/inclusion/3"), 400, "beyond-the-log")
	requireProblem(t, n.get("/v1/proofs/consistency?from=3"), 400, "beyond-the-log")
	head := publishAgain()
	type inclusion struct {
		Index, Size int64
		Leaf, Root  tlog.Hash
		Path        []tlog.Hash
	}
	for _, size := range []int64{0, 4, 200} {
		path, cache := "/v1/proofs/inclusion/3", "no-cache"
		if size > 0 {
			path, cache = fmt.Sprint(path, "?size=", size), "public, max-age=31536000, immutable"
		}
		a := n.get(path)
		require.Equal(t, cache, a.Header.Get("Cache-Control"))
		q := decode[inclusion](t, a)
		if size == 0 {
			size = head.Size
			require.Equal(t, head.Root, q.Root)
		}
		require.Equal(t, size, q.Size)
		leaf := notary.AppendLeaf(nil, demo().records[3])
		require.Equal(t, tlog.RecordHash(leaf), q.Leaf)
		require.NoError(t, tlog.CheckRecord(q.Path, size, q.Root, 3, q.Leaf))
	}
	type consistency struct {
		From, To         int64
		FromRoot, ToRoot tlog.Hash
		Path             []tlog.Hash
	}
	for _, to := range []int64{0, 150} {
		path := "/v1/proofs/consistency?from=100"
		if to > 0 {
			path += fmt.Sprint("&to=", to)
		}
		q := decode[consistency](t, n.get(path))
		require.NoError(t, tlog.CheckTree(q.Path, q.To, q.ToRoot, 100, q.FromRoot))
	}
	require.Contains(t, string(n.get("/v1/proofs/inclusion/0?size=1").body), `"path":[]`)
	for _, path := range []string{
		"inclusion/3?size=3", at("inclusion/END"), at("inclusion/3?size=NEXT"), "consistency?from=10&to=5", at("consistency?from=10&to=NEXT"), at("consistency?from=NEXT"),
	} {
		requireProblem(t, n.get("/v1/proofs/"+path), 400, "beyond-the-log")
	}
	for _, path := range []string{
		"inclusion/x", "inclusion/-1", "inclusion/3?size=x", "inclusion/3?size=0", "inclusion/3?size=-1", "consistency", "consistency?from=", "consistency?from=x", "consistency?from=1&to=0",
		"consistency?from=1&to=x", "consistency?from=18446744073709551615",
	} {
		requireProblem(t, n.get("/v1/proofs/"+path), 400, "bad-request")
	}
}

// What was altered gives no receipt and no proof, and is told to the log and not to the client.
func TestAlteredLog(t *testing.T) {
	t.Parallel()
	n, _, publishAgain := published(t)
	publishAgain()
	name := filepath.Join(n.Published.Dir(), "tile", "0", "000")
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	data[5] ^= 1
	require.NoError(t, os.WriteFile(name, data, 0o600))
	for _, path := range []string{"/v1/receipts/1", "/v1/proofs/inclusion/0", "/v1/proofs/inclusion/1?size=255"} {
		p := requireProblem(t, n.get(path), 500, "damaged")
		require.NotContains(t, p.Detail, n.Published.Dir())
	}
	require.Contains(t, n.log.String(), "not what was signed")
}

func TestNoLog(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for _, path := range []string{"/log/", "/log/checkpoint", "/log/tile/0/000", "/v1/receipts/0", "/v1/proofs/inclusion/0", "/v1/proofs/consistency?from=1"} {
		requireProblem(t, n.get(path), http.StatusNotFound, "no-log")
	}
	a := n.post("open-edition", "k1", edition)
	require.Equal(t, 201, a.StatusCode)
	require.Empty(t, a.Header.Values("Link"))
}
