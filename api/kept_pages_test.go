package api_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/readstore"
)

// counting counts how often documents are listed.
type counting struct {
	readstore.Store
	lists atomic.Int64
}

func (c *counting) List(ctx context.Context, view, after string, limit int) iter.Seq2[readstore.Doc, error] {
	c.lists.Add(1)
	return c.Store.List(ctx, view, after, limit)
}

// Whoever has a page is told so without a look at its documents, while the view is where it was; and is told the same as by a look.
func TestKnownPagesAreNotReadAgain(t *testing.T) {
	t.Parallel()
	var store *counting
	n := newNode(t, func(n *node) {
		store = &counting{Store: n.store}
		n.Store = store
	})
	paths := []string{
		"/v1/views/country", "/v1/views/country?limit=2", "/v1/views/country?country=FR", "/v1/views/country?limit=2&after=BR", "/v1/views/country?fields=place", "/v1/views/country?at=200",
		decode[page](t, n.get("/v1/views/country?limit=1")).Next,
	}
	tags := map[string]answer{}
	for _, path := range paths {
		tags[path] = n.get(path)
	}
	ask := func(path, tag string, status int) {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := n.do(method, path, "", "If-None-Match", tag)
			require.Equal(t, status, a.StatusCode, path)
			for _, name := range []string{"ETag", "Link", "Ledger-Position", "Cache-Control"} {
				require.Equal(t, tags[path].Header.Get(name), a.Header.Get(name), "%s %s", path, name)
			}
		}
	}
	before := store.lists.Load()
	for _, path := range paths {
		ask(path, tags[path].Header.Get("ETag"), 304)
		requireProblem(t, n.get(path, "If-None-Match", "*", "If-Match", `"other"`), 412, "precondition-failed")
	}
	require.Equal(t, before, store.lists.Load(), "nobody looks")
	ask(paths[0], `W/"other"`, 200)
	require.Equal(t, before+2, store.lists.Load())

	// An event elsewhere: each page is looked at once, and is the same.
	artefact := `{"edition":"ed_demo","artefact":"ar_new","version":1,"kind":"script","sourceLang":"en","content":"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525","wordingLocked":false,"author":"c"}`
	require.Equal(t, 201, n.post("add-artefact-version", "k1", artefact).StatusCode)
	n.catchUp()
	before = store.lists.Load()
	const path = "/v1/views/country?limit=2"
	for range 3 {
		a := n.get(path, "If-None-Match", tags[path].Header.Get("ETag"))
		require.Equal(t, 304, a.StatusCode)
		require.Equal(t, at("NEXT"), a.Header.Get("Ledger-Position"))
	}
	require.Equal(t, before+1, store.lists.Load())
	ask("/v1/views/country?at=200", tags["/v1/views/country?at=200"].Header.Get("ETag"), 304)

	// An event of the view: whoever has the page of before gets the new one, from a page that is kept as well.
	consent := `{"participant":"pa_FR_11","dialogue":"dl_FR","consentText":{"id":"ar_consent","version":1},"lang":"fr","scopes":["contact"],"method":"paper"}`
	require.Equal(t, 201, n.post("give-consent", "k2", consent).StatusCode)
	n.catchUp()
	for range 2 {
		a := n.get("/v1/views/country?country=FR", "If-None-Match", tags["/v1/views/country?country=FR"].Header.Get("ETag"))
		require.Equal(t, 200, a.StatusCode)
		require.Equal(t, 304, n.get("/v1/views/country?country=FR", "If-None-Match", a.Header.Get("ETag")).StatusCode)
	}
}

// What strangers ask does not grow without end: pages that are forgotten are read again.
func TestKeptPagesAreBounded(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	const path = "/v1/views/country?limit=1"
	tag := n.get(path).Header.Get("ETag")
	for i := range 4200 {
		n.get(fmt.Sprintf("/v1/views/country?limit=1&after=%d", i))
	}
	require.Equal(t, 304, n.get(path, "If-None-Match", tag).StatusCode)
}
