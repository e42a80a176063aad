package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/replay"
)

// pathOf escapes a key as a path: slashes stay.
func pathOf(view, key string) string {
	return "/v1/views/" + view + "/" + (&url.URL{Path: key}).EscapedPath()
}

type page struct {
	View, About string
	Version     int
	Position    uint64
	Documents   []struct {
		Key      string
		At       uint64
		Document json.RawMessage
	}
	Next string
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
			require.Equal(t, "273", a.Header.Get("Ledger-Position"))
			require.Equal(t, fmt.Sprintf(`"%d-%d"`, d.Version, d.At), a.Header.Get("ETag"))
			require.Equal(t, "no-cache", a.Header.Get("Cache-Control"))
			seen++
		}
		require.NotZero(t, seen, v.Name)
	}
}

func TestAt(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for _, at := range []uint64{9, 60, 130, 273} {
		want, err := replay.Document(context.Background(), replay.Records(context.Background(), n.memory), projections.Country, "FR", at)
		require.NoError(t, err)
		a := n.get(fmt.Sprintf("/v1/views/country/FR?at=%d", at))
		require.Equal(t, string(want.Data), string(a.body))
		require.Equal(t, fmt.Sprint(at), a.Header.Get("Ledger-Position"))
		require.Contains(t, a.Header.Get("Cache-Control"), "immutable")
		tag := a.Header.Get("ETag")
		require.Equal(t, http.StatusNotModified, n.get(fmt.Sprintf("/v1/views/country/FR?at=%d", at), "If-None-Match", tag).StatusCode)
	}
	require.NotEqual(t, n.get("/v1/views/country/FR?at=60").body, n.get("/v1/views/country/FR").body)
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
	require.Equal(t, "274", a.Header.Get("Ledger-Position"), "the view has seen it all the same")
	require.Equal(t, 201, n.post("give-consent", "k2", `{"participant":"pa_FR_01","dialogue":"dl_FR","consentText":{"id":"ar_consent","version":1},"lang":"fr","scopes":["contact"],"method":"paper"}`).StatusCode)
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

func TestPagesVisitEachDocumentOnce(t *testing.T) {
	t.Parallel()
	n := awkwardNode(t)
	want := map[string]string{}
	for d, err := range n.store.List(context.Background(), "lineage", "", 0) {
		require.NoError(t, err)
		want[d.Key] = string(d.Data)
	}
	require.Greater(t, len(want), len(awkward))
	for _, limit := range []int{1, 2, 7, len(want) - 1, len(want), 200} {
		got, pages, last := map[string]string{}, 0, ""
		for next := fmt.Sprintf("/v1/views/lineage?limit=%d", limit); next != ""; pages++ {
			a := n.get(next)
			p := decode[page](t, a)
			require.Equal(t, "273", a.Header.Get("Ledger-Position"))
			require.EqualValues(t, 273, p.Position)
			require.LessOrEqual(t, len(p.Documents), limit)
			require.NotEmpty(t, p.Documents)
			for _, d := range p.Documents {
				require.True(t, pages == 0 && last == "" || d.Key > last, "%q after %q", d.Key, last)
				last = d.Key
				got[d.Key] = string(d.Document)
			}
			next = p.Next
		}
		require.Equal(t, want, got, "byte for byte, limit %d", limit)
		require.Equal(t, (len(want)+limit-1)/limit, pages)
	}
}

func TestEventPages(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	type event struct {
		Seq, Revision    uint64
		Stream, ID, Type string
		Meta, Data       json.RawMessage
	}
	records := demo().records
	for _, limit := range []int{1, 50, 200} {
		seq := 0
		for next := fmt.Sprintf("/v1/events?limit=%d", limit); ; {
			p := decode[struct {
				Events []event
				Next   string
			}](t, n.get(next))
			if next = p.Next; len(p.Events) == 0 {
				break
			}
			for _, e := range p.Events {
				r := records[seq]
				require.Equal(t, event{r.Seq, r.Revision, string(r.Stream), r.ID.String(), r.Type, r.Meta, r.Data}, e)
				seq++
			}
		}
		require.Equal(t, len(records), seq)
	}
	a := n.get("/v1/events/36")
	require.Equal(t, string(records[36].Data), string(decode[event](t, a).Data))
	require.Contains(t, a.Header.Get("Cache-Control"), "immutable")
}

// A ledger that refuses places beyond its head is no other than one that does not.
func TestEventsBeyondTheHead(t *testing.T) {
	t.Parallel()
	l, err := ledgersqlite.Open(context.Background(), filepath.Join(t.TempDir(), "ledger.db"), ledgersqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	for _, r := range demo().records[:3] {
		_, err := l.Append(context.Background(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(t, err)
	}
	n := newNode(t, func(n *node) {
		n.Service.Ledger = l
		n.Store = fixed{n.store, 2}
	})
	for _, seq := range []string{"3", "4", "9223372036854775807"} {
		requireProblem(t, n.get("/v1/events/"+seq), 404, "not-found")
		require.Contains(t, string(n.get("/v1/events?after="+seq).body), `{"events":[],`)
	}
	require.Contains(t, string(n.get("/v1/events/2").body), `{"seq":2,`)
	require.Contains(t, string(n.get("/v1/events?after=1").body), `[{"seq":1,`)
}

// fixed is a store that stands somewhere else.
type fixed struct {
	readstore.Store
	at uint64
}

func (f fixed) Served(ctx context.Context, view string) (readstore.ViewVersion, ledger.Cursor, bool, error) {
	v, _, ok, err := f.Store.Served(ctx, view)
	return v, ledger.Cursor{Seq: f.at}, ok, err
}

// A page is of the place that it names, even where the view moves on between the two looks at the store.
func TestPagesNameTheirPlace(t *testing.T) {
	t.Parallel()
	var moving *mover
	n := newNode(t, func(n *node) {
		moving = &mover{Store: n.store, left: 3}
		n.Store = moving
	})
	p := decode[page](t, n.get("/v1/views/country"))
	require.EqualValues(t, 273, p.Position)
	require.Zero(t, moving.left)
	for _, d := range p.Documents {
		require.LessOrEqual(t, d.At, p.Position)
	}
	moving.left = 1000
	requireProblem(t, n.get("/v1/views/country"), 503, "moving")
}

// mover says of an earlier place that it is served, some times: another process has committed since.
type mover struct {
	readstore.Store
	left int
}

func (m *mover) Served(ctx context.Context, view string) (readstore.ViewVersion, ledger.Cursor, bool, error) {
	v, at, ok, err := m.Store.Served(ctx, view)
	if m.left > 0 {
		m.left--
		at.Seq = 100
	}
	return v, at, ok, err
}

// broken is a store whose documents are not to be had.
type broken struct {
	readstore.Store
	err error
}

func (b broken) Get(context.Context, projections.Ref) (readstore.Doc, error) {
	return readstore.Doc{}, b.err
}

func (b broken) List(context.Context, string, string, int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) { yield(readstore.Doc{}, b.err) }
}
