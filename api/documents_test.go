package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/replay"
)

// pathOf escapes a key as a path: slashes stay.
func pathOf(view, key string) string {
	return "/v1/views/" + view + "/" + (&url.URL{Path: key}).EscapedPath()
}

func TestDocumentsAreServedByteForByte(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for _, v := range projections.All() {
		seen := 0
		for d, err := range n.store.List(context.Background(), v.Name, "", 0) {
			require.NoError(t, err)
			a := n.get("/v1/views/" + v.Name + "/" + url.PathEscape(d.Key))
			require.Equal(t, string(d.Data), string(a.body))
			require.Equal(t, "application/json", a.Header.Get("Content-Type"))
			require.Equal(t, at("END"), a.Header.Get("Ledger-Position"))
			require.Equal(t, fmt.Sprintf(`"%d-%d"`, d.Version, d.At), a.Header.Get("ETag"))
			require.Equal(t, "public, max-age=5, stale-while-revalidate=30", a.Header.Get("Cache-Control"))
			seen++
		}
		require.NotZero(t, seen, v.Name)
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	begun := uint64(slices.IndexFunc(demo().records, func(r domain.Record) bool { return r.Stream == "dialogue-dl_FR" })) + 1
	for _, at := range []uint64{begun, begun + 60, begun + 130, end()} {
		want, err := replay.Document(context.Background(), replay.Records(context.Background(), n.memory), projections.Country, "FR", at)
		require.NoError(t, err)
		a := n.get(fmt.Sprintf("/v1/views/country/FR?at=%d", at))
		require.Equal(t, string(want.Data), string(a.body))
		require.Equal(t, fmt.Sprint(at), a.Header.Get("Ledger-Position"))
		require.Contains(t, a.Header.Get("Cache-Control"), "immutable")
		tag := a.Header.Get("ETag")
		require.Equal(t, http.StatusNotModified, n.get(fmt.Sprintf("/v1/views/country/FR?at=%d", at), "If-None-Match", tag).StatusCode)
	}
	require.NotEqual(t, n.get(fmt.Sprintf("/v1/views/country/FR?at=%d", begun+60)).body, n.get("/v1/views/country/FR").body)
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	const path = "/v1/views/country/FR"
	tag := n.get(path).Header.Get("ETag")
	for given, want := range map[string]int{
		tag: 304, `"x", ` + tag: 304, tag + `,"x"`: 304, "W/" + tag: 304, "*": 304,
		`"x"`: 200, strings.Trim(tag, `"`): 200, "": 200, `"1-1"`: 200,
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := n.do(method, path, "", "If-None-Match", given)
			require.Equal(t, want, a.StatusCode, given)
			require.Equal(t, tag, a.Header.Get("ETag"), "RFC 9110 15.4.5")
			require.Equal(t, want == 304 || method == http.MethodHead, len(a.body) == 0)
		}
	}
	// Another event elsewhere leaves the tag; one that touches the document changes it.
	require.Equal(t, 201, n.post("add-artefact-version", "k1", `{"edition":"ed_demo","artefact":"ar_new","version":1,"kind":"script","sourceLang":"en","content":"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525","wordingLocked":false,"author":"c"}`).StatusCode)
	n.catchUp()
	a := n.get(path, "If-None-Match", tag)
	require.Equal(t, 304, a.StatusCode)
	require.Equal(t, at("NEXT"), a.Header.Get("Ledger-Position"), "the view has seen it all the same")
	require.Equal(t, 201, n.post("give-consent", "k2", `{"participant":"pa_FR_11","dialogue":"dl_FR","consentText":{"id":"ar_consent","version":1},"lang":"fr","scopes":["contact"],"method":"paper"}`).StatusCode)
	n.catchUp()
	require.Equal(t, 200, n.get(path, "If-None-Match", tag).StatusCode)
}

// Keys are stream names, and ids that came from elsewhere.
var awkward = []string{
	" a", "a b", "100%", "a%2Fb", "%", "%25", "a/b", "a//b", "a/", "a+b", "a?b", "a#b", "a;b", "a&b=c", "a:b", "@", "..", "../x", "./x", `a\b`, `"q"`, "<&>",
	"é", "日本語/🙈", "\u2028", "*", "{key}", "statement-a%20b/1", "statement-a b/1", "tab\there", strings.Repeat("ü", 200),
}

func awkwardNode(t *testing.T) *node {
	t.Helper()
	return newNode(t, func(n *node) {
		ctx := context.Background()
		v := readstore.ViewVersion{View: "lineage", Version: projections.Lineage.Version}
		at, err := n.store.Cursor(ctx, v)
		require.NoError(t, err)
		var docs []readstore.Doc
		for i, key := range awkward {
			data := fmt.Sprintf(`{"n":%d,"text":"<&>%s"}`, i, "\u2028")
			docs = append(docs, readstore.Doc{Ref: projections.Ref{View: v.View, Key: key}, Version: v.Version, Document: projections.Document{At: 1, Data: []byte(data)}})
		}
		require.NoError(t, n.store.Commit(ctx, v, at, at, docs))
	})
}

func TestAwkwardKeys(t *testing.T) {
	t.Parallel()
	n := awkwardNode(t)
	for i, key := range awkward {
		for _, path := range []string{"/v1/views/lineage/" + url.PathEscape(key), pathOf("lineage", key), "/v1/views/lineage/" + everyByte(key)} {
			a := n.get(path)
			require.Equal(t, 200, a.StatusCode, "%q as %s: %s", key, path, a.body)
			require.Contains(t, string(a.body), fmt.Sprintf(`{"n":%d,`, i), "%q as %s", key, path)
		}
	}
	for _, path := range []string{"/v1/views/lineage/nobody", "/v1/views/lineage/a%252Fb%25", "/v1/views/lineage/a%20%20b"} {
		requireProblem(t, n.get(path), 404, "not-found")
	}
}

func everyByte(key string) string {
	var b strings.Builder
	for i := range len(key) {
		fmt.Fprintf(&b, "%%%02x", key[i])
	}
	return b.String()
}
