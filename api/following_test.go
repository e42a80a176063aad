package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/access"
	"daybook.internal/access/bearer"
	"daybook.internal/api/follow"
	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/reactors"
	"daybook.internal/reactors/hints"
	"daybook.internal/readstore"
)

// followed is a node that tells what happens, with its projector running.
func followed(t *testing.T, change func(n *node)) *node {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	n := newNode(t, func(n *node) {
		hub := hints.NewHub()
		p := readstore.NewProjector(n.memory, n.store, projections.All(), readstore.Options{Watch: hub.Watch})
		n.Live, n.Events = follow.NewLive(follow.Options{Hub: hub, Store: n.store}), follow.NewEvents(follow.EventsOptions{Ledger: n.memory})
		state, err := reactors.OpenState(ctx, filepath.Join(t.TempDir(), "reactors.db"), false)
		require.NoError(t, err)
		r, err := reactors.Open(ctx, reactors.Options{Ledger: n.memory, State: state})
		require.NoError(t, err)
		n.Webhooks = &follow.Webhooks{Deliveries: r, State: state, Now: time.Now}
		for _, run := range []func(context.Context) error{p.Run, n.Live.Run, n.Events.Run, r.Run} {
			go func() { ended <- run(ctx) }()
		}
		t.Cleanup(func() { require.NoError(t, r.Close()); require.NoError(t, state.Close()) })
		if change != nil {
			change(n)
		}
	})
	t.Cleanup(func() {
		cancel()
		for range 4 {
			require.NoError(t, <-ended)
		}
	})
	return n
}

// TestFollowing: what a command changes is told as soon as it can be read, past everything that stands around the routes; and so are its events.
func TestFollowing(t *testing.T) {
	t.Parallel()
	n := followed(t, nil)
	r, err := http.NewRequest(http.MethodGet, n.url+"/v1/live?view=edition&key=ed_new", nil)
	require.NoError(t, err)
	r.Header.Set("Accept-Encoding", "gzip, zstd")
	r.Header.Set("Origin", "https://newsroom.example.org")
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	require.Empty(t, resp.Header.Get("Content-Encoding"))
	require.Equal(t, "*", resp.Header.Get("Access-Control-Allow-Origin"))
	in := bufio.NewReader(resp.Body)
	mark := "" // behind the positions of ids
	block := func() (text string) {
		for !strings.HasSuffix(text, "\n\n") {
			line, err := in.ReadString('\n')
			require.NoError(t, err)
			text += line
		}
		if _, rest, ok := strings.Cut(text, "-"); ok && mark == "" {
			mark = rest[:8]
		}
		return text
	}
	require.Equal(t, "retry: 2000\n\n", block())
	require.Equal(t, at("id: END-MARK\nevent: position\ndata: {\"position\":END}\n\n"), strings.Replace(block(), mark, "MARK", 1))
	require.NotEmpty(t, mark)
	events := make(chan answer, 1)
	go func() { events <- n.get(at("/v1/events?after=END&wait=1m"), "Accept", follow.TypeNDJSON) }()

	require.Equal(t, 201, n.post("open-edition", "k1", `{"edition":"ed_new","title":{"source":"en","text":{"en":"New"}},"mandate":{"source":"en","text":{"en":"To try it"}},`+
		`"languages":["en"],"coordinator":"pt_1","decisionOwners":[]}`, "Daybook-Actor", "coordinator:ada").StatusCode)
	next := end() + 1
	require.Equal(t, fmt.Sprintf("id: %d-%s\nevent: changed\ndata: {\"position\":%d,\"changed\":[{\"view\":\"edition\",\"key\":\"ed_new\"}]}\n\n", next, mark, next), block())
	require.Equal(t, fmt.Sprint(next), n.get("/v1/views/edition/ed_new").Header.Get("Ledger-Position"), "it can be read")
	e := <-events
	require.Equal(t, follow.TypeNDJSON, e.Header.Get("Content-Type"))
	require.Contains(t, string(e.body), `"type":"edition-opened.v1"`)
	require.Equal(t, fmt.Sprintf(`</v1/events?after=%d&wait=1m>; rel="next"`, next), e.Header.Get("Link"))
	require.Equal(t, follow.TypeBatch, n.get("/v1/events", "Accept", follow.TypeBatch).Header.Get("Content-Type"))
	require.Equal(t, "application/json", n.get("/v1/events").Header.Get("Content-Type"))
	requireProblem(t, n.get("/v1/events?wait=1s", "Accept", "application/json"), 400, "bad-request")
	requireProblem(t, n.get(at("/v1/events?wait=1s&after=99999")), 400, "beyond-the-ledger")
	requireProblem(t, n.get("/v1/live?view=opinions"), 404, "not-found")
	requireProblem(t, n.get("/v1/live?view=board"), 404, "not-found")
	packed := n.get("/v1/events", "Accept", follow.TypeBatch, "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", packed.Header.Get("Content-Encoding"))
	require.Subset(t, packed.Header.Values("Vary"), []string{"Accept", "Accept-Encoding"})
	unpack, err := gzip.NewReader(bytes.NewReader(packed.body))
	require.NoError(t, err)
	var all []follow.CloudEvent
	require.NoError(t, json.NewDecoder(unpack).Decode(&all))
	require.Len(t, all, follow.DefaultEvents)
	head := n.do(http.MethodHead, "/v1/live", "")
	require.Equal(t, 200, head.StatusCode)
	require.Equal(t, "text/event-stream", head.Header.Get("Content-Type"))

	n.Live.End()
	_, err = in.ReadString('\n')
	require.Error(t, err)
	refused := n.get("/v1/live")
	requireProblem(t, refused, 503, "stopping")
	require.Equal(t, "5", refused.Header.Get("Retry-After"))
}

// TestWebhooksAreAdmitted: subscriptions are for whoever may send commands here, and no business of pages from elsewhere.
func TestWebhooksAreAdmitted(t *testing.T) {
	t.Parallel()
	n := followed(t, nil)
	press := `{"url":"https://press.invalid/hook"}`
	made := decode[follow.Subscribed](t, n.do(http.MethodPost, "/v1/webhooks", press, "Content-Type", "application/json"))
	require.Regexp(t, "^whsec_", made.Secret)
	path := "/v1/webhooks/" + made.Name
	require.Equal(t, made.Name, decode[follow.Subscribed](t, n.get(path)).Name)
	requireProblem(t, n.do(http.MethodPost, "/v1/webhooks", `{"url":"https://10.0.0.1/hook"}`, "Content-Type", "application/json"), 422, "webhook")
	for _, origin := range []string{"https://elsewhere.example.org", "null"} {
		requireProblem(t, n.get("/v1/webhooks", "Origin", origin), 403, "other-origin")
		requireProblem(t, n.do(http.MethodDelete, path, "", "Origin", origin), 403, "other-origin")
	}
	a := n.do(http.MethodPatch, path, "")
	requireProblem(t, a, 405, "method-not-allowed")
	require.Equal(t, "GET, HEAD, DELETE", a.Header.Get("Allow"))
	require.Equal(t, 200, n.get(path+"/parked").StatusCode)
	require.Equal(t, 204, n.do(http.MethodDelete, path, "").StatusCode)
	requireProblem(t, n.get(path), 404, "not-found")

	reading := followed(t, func(n *node) { n.Writes = false })
	requireProblem(t, reading.get("/v1/webhooks"), 403, "writes-not-admitted")
	requireProblem(t, reading.do(http.MethodPost, "/v1/webhooks", press, "Content-Type", "application/json"), 403, "writes-not-admitted")
}

// TestWhoFollows: who has said who they are may follow what they may read, and subscribe with an API key or as a coordinator.
func TestWhoFollows(t *testing.T) {
	t.Parallel()
	dir := bearer.Dir(filepath.Join(t.TempDir(), "access"))
	n := followed(t, func(n *node) {
		v, err := bearer.New(dir, nil, time.Now)
		require.NoError(t, err)
		n.Auth = v
	})
	token := func(subject string, grants ...access.Grant) string {
		made, _, _, err := dir.Issue(subject, grants, time.Now().Add(-time.Minute), time.Hour)
		require.NoError(t, err)
		return "Bearer " + made
	}
	key := func(name string) string {
		made, _, err := dir.AddKey(name, time.Now())
		require.NoError(t, err)
		return "Bearer " + made
	}
	ada := token("u_ada", access.Grant{Role: domain.Coordinator, Edition: "ed_demo"})
	auditor := token("u_eve", access.Grant{Role: domain.Auditor, Edition: "ed_demo"})
	press, archive := key("press"), key("archive")

	closed := ""
	for _, v := range measures.All() {
		if !v.Public {
			closed = v.Name
		}
	}
	require.NotEmpty(t, closed)
	require.Equal(t, 401, n.get("/v1/live?view="+closed).StatusCode)
	require.Equal(t, 403, n.get("/v1/live?view="+closed, "Authorization", press).StatusCode)
	require.Equal(t, 404, n.get("/v1/live?view="+closed, "Authorization", auditor).StatusCode, "this server computes none")
	require.Equal(t, 200, n.do(http.MethodHead, "/v1/live?view=country", "").StatusCode)
	require.Equal(t, 200, n.do(http.MethodHead, "/v1/live", "").StatusCode, "of all that is made for everybody")
	require.Equal(t, 401, n.do(http.MethodHead, "/v1/live?view=country&view="+projections.Answers.Name, "").StatusCode)
	require.Equal(t, 200, n.do(http.MethodHead, "/v1/live?view="+projections.Answers.Name, "", "Authorization", auditor).StatusCode)

	subscribe := func(as string) answer {
		return n.do(http.MethodPost, "/v1/webhooks", `{"url":"https://press.invalid/hook"}`, "Content-Type", "application/json", "Authorization", as)
	}
	a := n.do(http.MethodPost, "/v1/webhooks", `{"url":"https://press.invalid/hook"}`, "Content-Type", "application/json")
	require.Equal(t, 401, a.StatusCode)
	require.Equal(t, 403, subscribe(auditor).StatusCode)
	hers, its := decode[follow.Subscribed](t, subscribe(ada)), decode[follow.Subscribed](t, subscribe(press))
	require.Equal(t, "u_ada", hers.Owner)
	require.True(t, strings.HasPrefix(its.Owner, "key:"), its.Owner)
	sees := func(as string) int {
		return len(decode[follow.WebhookList](t, n.get("/v1/webhooks", "Authorization", as)).Webhooks)
	}
	require.Equal(t, []int{2, 1, 0}, []int{sees(ada), sees(press), sees(archive)})
	require.Equal(t, 404, n.do(http.MethodDelete, "/v1/webhooks/"+its.Name, "", "Authorization", archive).StatusCode)
	require.Equal(t, 404, n.do(http.MethodDelete, "/v1/webhooks/"+hers.Name, "", "Authorization", press).StatusCode)
	require.Equal(t, 204, n.do(http.MethodDelete, "/v1/webhooks/"+its.Name, "", "Authorization", ada).StatusCode)
}
