package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
	"daybook.internal/commands"
	"daybook.internal/projections"
)

func TestReads(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for path, want := range map[string]string{
		"/":                                  `"/v1/views"`,
		"/livez":                             "ok\n",
		"/readyz":                            "ready\n",
		"/v1/views":                          `"view":"country"`,
		"/v1/views/country":                  `"documents":[`,
		"/v1/views/country?limit=1":          `"next":"/v1/views/country?cursor=`,
		"/v1/views/country?limit=1&after=BR": `"key":"FR"`,
		"/v1/views/country?after=KE":         `"documents":[]`,
		"/v1/views/country/FR":               `{"place":"FR"`,
		"/v1/views/statement/dl_FR/1":        `"conversation":"dl_FR"`,
		"/v1/views/statement/dl_FR%2F1":      `"conversation":"dl_FR"`,
		"/v1/views/country/FR?at=100":        `{"place":"FR"`,
		"/v1/views/country/FR?at=":           `{"place":"FR"`,
		"/v1/events":                         `"events":[{"seq":0,"stream":"edition-ed_demo"`,
		at("/v1/events?after=LAST"):          at(`"seq":LAST`),
		at("/v1/events?after=END"):           at(`{"events":[],"next":"/v1/events?after=END&limit=50"}`),
		"/v1/events?limit=1":                 `"next":"/v1/events?after=1&limit=1"`,
		"/v1/events/0":                       `{"seq":0,"stream":"edition-ed_demo","revision":0,`,
		"/v1/commands":                       `{"name":"open-edition","about":"`,
		"/v1/schemas/commands/react":         `"title":"react"`,
		"/v1/views/statement?limit=200":      `"documents":[`,
	} {
		a := n.get(path)
		require.Equal(t, http.StatusOK, a.StatusCode, "%s: %s", path, a.body)
		require.Contains(t, string(a.body), want, path)
		require.NotEmpty(t, a.Header.Get("Request-Id"))

		head := n.do(http.MethodHead, path, "")
		require.Equal(t, http.StatusOK, head.StatusCode, path)
		require.Empty(t, head.body, path)
		for _, h := range []string{"Content-Type", "ETag", "Ledger-Position", "Cache-Control"} {
			require.Equal(t, a.Header.Get(h), head.Header.Get(h), "%s: %s", path, h)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for _, c := range []struct {
		method, path string
		status       int
		name         string
	}{
		{"GET", "/nothing", 404, "not-found"},
		{"GET", "/v1", 404, "not-found"},
		{"GET", "/v1/", 404, "not-found"},
		{"GET", "/v1/views/", 404, "not-found"},
		{"GET", "/v1/views/opinions", 404, "not-found"},
		{"GET", "/v1/views/opinions/1", 404, "not-found"},
		{"GET", "/v1/views/country/XX", 404, "not-found"},
		{"GET", "/v1/views/country/", 404, "not-found"},
		{"GET", "/v1/views/country/FR?at=1", 404, "not-found"},
		{"GET", "/v1/views/country/FR?at=0", 404, "not-found"},
		{"GET", at("/v1/views/country/FR?at=NEXT"), 400, "beyond-the-ledger"},
		{"GET", "/v1/views/country/FR?at=9223372036854775807", 400, "beyond-the-ledger"},
		{"GET", "/v1/views/country/FR?at=18446744073709551615", 400, "bad-request"},
		{"GET", "/v1/views/country/FR?at=-1", 400, "bad-request"},
		{"GET", "/v1/views/country/FR?at=now", 400, "bad-request"},
		{"GET", "/v1/views/country/FR?words=true", 400, "bad-request"},
		{"GET", "/v1/views/country/FR?fields=name", 400, "bad-request"},
		{"GET", "/v1/views/statement?limit=1&x=true", 400, "bad-request"},
		{"GET", "/v1/views/statement?country=FR", 400, "bad-request"},
		{"GET", "/v1/views/dialogue?country=France", 400, "bad-request"},
		{"GET", "/v1/views/country?cursor=x", 400, "bad-request"},
		{"GET", "/v1/events/0?x", 400, "bad-request"},
		{"GET", "/livez?x=1", 400, "bad-request"},
		{"GET", "/v1/views/country?limit=0", 400, "bad-request"},
		{"GET", "/v1/views/country?limit=201", 400, "bad-request"},
		{"GET", "/v1/views/country?limit=-5", 400, "bad-request"},
		{"GET", "/v1/views/country?limit=ten", 400, "bad-request"},
		{"GET", "/v1/events?limit=0", 400, "bad-request"},
		{"GET", "/v1/events?after=-1", 400, "bad-request"},
		{"GET", "/v1/events?after=x", 400, "bad-request"},
		{"GET", "/v1/events/x", 400, "bad-request"},
		{"GET", "/v1/events/-1", 400, "bad-request"},
		{"GET", at("/v1/events/END"), 404, "not-found"},
		{"GET", "/v1/events/9223372036854775807", 404, "not-found"},
		{"POST", "/v1/commands/no-such", 404, "not-found"},
		{"GET", "/v1/commands/react", 405, "method-not-allowed"},
		{"HEAD", "/v1/commands/react", 405, "method-not-allowed"},
		{"POST", "/v1/commands", 415, "unsupported-media-type"},
		{"DELETE", "/v1/commands", 405, "method-not-allowed"},
		{"GET", "/v1/schemas", 404, "not-found"},
		{"GET", "/v1/schemas/commands", 404, "not-found"},
		{"GET", "/v1/schemas/commands/no-such", 404, "not-found"},
		{"POST", "/v1/schemas/commands/react", 405, "method-not-allowed"},
		{"POST", "/v1/events", 405, "method-not-allowed"},
		{"PUT", "/v1/views/country/FR", 405, "method-not-allowed"},
		{"DELETE", "/v1/events/0", 405, "method-not-allowed"},
		{"PATCH", "/", 405, "method-not-allowed"},
		{"POST", "/livez", 405, "method-not-allowed"},
	} {
		a := n.do(c.method, c.path, "")
		if c.method == "HEAD" {
			require.Equal(t, c.status, a.StatusCode, c.path)
			continue
		}
		requireProblem(t, a, c.status, c.name)
		if c.status == 405 {
			want := "GET, HEAD"
			switch {
			case c.path == "/v1/commands":
				want = "GET, HEAD, POST"
			case strings.HasPrefix(c.path, "/v1/commands/"):
				want = "POST"
			}
			require.Equal(t, want, a.Header.Get("Allow"), "RFC 9110 15.5.6: %s", c.path)
		}
	}
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(n *node) {
		n.Ready = func(context.Context) error { return errors.New("view country is behind the ledger") }
	})
	p := requireProblem(t, n.get("/readyz"), 503, "not-ready")
	require.Equal(t, "view country is behind the ledger", p.Detail)
	require.Equal(t, 200, n.get("/livez").StatusCode)
}

func TestListsAreWhole(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	views := decode[struct {
		Views []struct {
			View, About string
			Version     int
			Position    uint64
		}
		Measures []struct{}
	}](t, n.get("/v1/views")).Views
	require.Len(t, views, len(projections.All()))
	for i, v := range projections.All() {
		require.Equal(t, v.Name, views[i].View)
		require.Equal(t, v.Version, views[i].Version)
		require.EqualValues(t, end(), views[i].Position)
		require.NotEmpty(t, views[i].About)
	}
	all := decode[struct {
		Commands []struct{ Name, About, Schema string }
	}](t, n.get("/v1/commands")).Commands
	require.Len(t, all, len(commands.All()))
	for i, c := range commands.All() {
		require.Equal(t, c.Name, all[i].Name)
		schema := n.get(all[i].Schema)
		require.Equal(t, "application/schema+json", schema.Header.Get("Content-Type"))
		require.Equal(t, string(c.Schema()), string(schema.body))
	}
	require.Equal(t, 1<<20, api.MaxBody)
}
