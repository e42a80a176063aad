package follow

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	reference "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"daybook.internal/reactors"
)

type ownerKey struct{}

var errNotAllowed = errors.New("not allowed")

// subscribing is the API of webhooks over reactors that run.
type subscribing struct {
	t     *testing.T
	state *reactors.State
	mux   *http.ServeMux
	*growing
}

func newSubscribing(t *testing.T) *subscribing {
	state, err := reactors.OpenState(t.Context(), filepath.Join(t.TempDir(), "reactors.db"), false)
	require.NoError(t, err)
	s := &subscribing{t, state, http.NewServeMux(), grow(t, 3)}
	r, err := reactors.Open(t.Context(), reactors.Options{
		Ledger: s.memory, State: state, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, MostOfOne: 2, Look: time.Millisecond,
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, r.Close())
		require.NoError(t, state.Close())
	})
	h := &Webhooks{
		Deliveries: r, State: state, Now: time.Now,
		Allowed: func(ctx context.Context) (Right, error) {
			owner, _ := ctx.Value(ownerKey{}).(string)
			if owner == "" {
				return Right{}, errNotAllowed
			}
			return Right{Owner: owner, All: owner == "coordinator:ada"}, nil
		},
		Refuse: func(w http.ResponseWriter, _ *http.Request, why *Refusal) { http.Error(w, why.Error(), why.Status) },
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
			require.ErrorIs(t, err, errNotAllowed)
			w.WriteHeader(http.StatusForbidden)
		},
	}
	s.mux.Handle("GET /v1/webhooks", h.List())
	s.mux.Handle("POST /v1/webhooks", h.Post())
	s.mux.Handle("GET /v1/webhooks/{name}", h.Get())
	s.mux.Handle("DELETE /v1/webhooks/{name}", h.Delete())
	s.mux.Handle("GET /v1/webhooks/{name}/parked", h.Parked())
	s.mux.Handle("POST /v1/webhooks/{name}/replay", h.Replay())
	s.mux.Handle("POST /v1/webhooks/{name}/resume", h.Resume())
	return s
}

func (s *subscribing) do(owner, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ownerKey{}, owner)))
	return w
}

func into[T any](t *testing.T, status int, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	require.Equal(t, status, w.Code, "%s", w.Body)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&v))
	return v
}

// inbox takes deliveries, or refuses them.
type inbox struct {
	mu     sync.Mutex
	status int
	bodies []string
	heads  []http.Header
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.status == 0 {
		b.bodies, b.heads = append(b.bodies, string(body)), append(b.heads, r.Header)
	}
	w.WriteHeader(max(b.status, 200))
}

func (b *inbox) answer(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = status
}

func (b *inbox) has() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.bodies)
}

// TestWebhooks: somebody subscribes, gets what comes, signed with the secret that was shown once, and ends it.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	s, b := newSubscribing(t), &inbox{}
	server := httptest.NewServer(b)
	defer server.Close()
	w := s.do("key:press", "POST", "/v1/webhooks", `{"url":"`+server.URL+`/hook/secret"}`)
	made := into[Subscribed](t, 201, w)
	require.Equal(t, "/v1/webhooks/"+made.Name, w.Header().Get("Location"))
	require.Equal(t, server.URL, made.To)
	require.Equal(t, "now", made.From)
	require.EqualValues(t, 3, made.Position)
	s.more(4)
	require.Eventually(t, func() bool { return b.has() == 4 }, 30*time.Second, time.Millisecond)
	check, err := reference.NewWebhook(made.Secret)
	require.NoError(t, err)
	for i, body := range b.bodies {
		require.NoError(t, check.Verify([]byte(body), b.heads[i]))
		require.Contains(t, body, s.records[3+i].ID.String())
	}
	for _, w := range []*httptest.ResponseRecorder{s.do("key:press", "GET", "/v1/webhooks", ""), s.do("key:press", "GET", "/v1/webhooks/"+made.Name, "")} {
		require.Equal(t, 200, w.Code)
		require.NotContains(t, w.Body.String(), "whsec_")
		require.NotContains(t, w.Body.String(), "/hook/secret")
		require.Contains(t, w.Body.String(), made.Name)
	}

	// It is hers: another one does not even see that it is there. The coordinator does.
	type list struct{ Webhooks []Subscribed }
	require.Empty(t, into[list](t, 200, s.do("key:archive", "GET", "/v1/webhooks", "")).Webhooks)
	for _, c := range [][2]string{{"GET", ""}, {"DELETE", ""}, {"GET", "/parked"}, {"POST", "/replay"}, {"POST", "/resume"}} {
		body := ""
		if c[1] == "/replay" {
			body = "{}"
		}
		require.Equal(t, 404, s.do("key:archive", c[0], "/v1/webhooks/"+made.Name+c[1], body).Code)
		require.Equal(t, 403, s.do("", c[0], "/v1/webhooks/"+made.Name+c[1], body).Code)
	}
	require.Equal(t, 403, s.do("", "POST", "/v1/webhooks", `{"url":"https://press.example.org/"}`).Code)
	require.Equal(t, 403, s.do("", "GET", "/v1/webhooks", "").Code)
	require.Len(t, into[list](t, 200, s.do("coordinator:ada", "GET", "/v1/webhooks", "")).Webhooks, 1)

	require.Equal(t, 204, s.do("coordinator:ada", "DELETE", "/v1/webhooks/"+made.Name, "").Code)
	require.Equal(t, 404, s.do("key:press", "DELETE", "/v1/webhooks/"+made.Name, "").Code)
	kept, err := s.state.Subscriptions(t.Context())
	require.NoError(t, err)
	require.Empty(t, kept)
}

// What a webhook does not take is parked, shown, and tried again when its owner says so.
func TestWebhookParked(t *testing.T) {
	t.Parallel()
	s, b := newSubscribing(t), &inbox{status: 410}
	server := httptest.NewServer(b)
	defer server.Close()
	made := into[Subscribed](t, 201, s.do("key:press", "POST", "/v1/webhooks", `{"url":"`+server.URL+`","from":"beginning"}`))
	path := "/v1/webhooks/" + made.Name
	require.Eventually(t, func() bool { return into[Subscribed](t, 200, s.do("key:press", "GET", path, "")).Stopped != "" }, 30*time.Second, time.Millisecond)
	b.answer(0)
	require.Equal(t, 204, s.do("key:press", "POST", path+"/resume", "").Code)
	require.Eventually(t, func() bool { return b.has() == 3 }, 30*time.Second, time.Millisecond)
	type parked struct{ Parked []reactors.Trouble }
	require.Empty(t, into[parked](t, 200, s.do("key:press", "GET", path+"/parked", "")).Parked)
	require.Equal(t, 409, s.do("key:press", "POST", path+"/replay", `{"seqs":[1]}`).Code)
	require.Equal(t, map[string]int{"events": 0}, into[map[string]int](t, 200, s.do("key:press", "POST", path+"/replay", `{}`)))
}

func TestWebhooksRefused(t *testing.T) {
	t.Parallel()
	s := newSubscribing(t)
	for body, status := range map[string]int{
		`{"url":"https://10.0.0.1/"}`:                        422,
		`{"url":"https://169.254.169.254/latest/meta-data"}`: 422,
		`{"url":"https://[::1]/"}`:                           422,
		`{"url":"ftp://press.example.org"}`:                  422,
		`{}`:                                                 422,
		`{"url":"https://press.example.org","types":["opinion-*"]}`:          422,
		`{"url":"https://press.example.org","from":"tomorrow"}`:              422,
		`{"url":"https://press.example.org","secret":"whsec_x"}`:             400,
		`{"url":"https://press.example.org","url":"https://10.0.0.1"}`:       400,
		`{"URL":"https://press.example.org"}`:                                400,
		`[]`:                                                                 400,
		`{"url":`:                                                            400,
		`{"url":"https://x","types":["` + strings.Repeat("x", 70000) + `"]}`: 413,
	} {
		w := s.do("key:press", "POST", "/v1/webhooks", body)
		require.Equal(t, status, w.Code, "%.80s: %s", body, w.Body)
	}
	r := httptest.NewRequest("POST", "/v1/webhooks", strings.NewReader(`{"url":"https://press.example.org"}`))
	r.Header.Set("Content-Type", "text/plain") // as a page from elsewhere can send it
	w := httptest.NewRecorder()
	s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ownerKey{}, "key:press")))
	require.Equal(t, 415, w.Code)
	for range 2 {
		require.Equal(t, 201, s.do("key:press", "POST", "/v1/webhooks", `{"url":"https://press.invalid"}`).Code)
	}
	require.Equal(t, 429, s.do("key:press", "POST", "/v1/webhooks", `{"url":"https://press.invalid"}`).Code)
}

// TestWebhookOnce: with the same Idempotency-Key the same request has the same answer, byte for byte, and another one is refused; whose key it is matters.
func TestWebhookOnce(t *testing.T) {
	t.Parallel()
	s := newSubscribing(t)
	post := func(owner, body string, keys ...string) *httptest.ResponseRecorder {
		var headers []string
		for _, k := range keys {
			headers = append(headers, "Idempotency-Key", k)
		}
		return s.do(owner, "POST", "/v1/webhooks", body, headers...)
	}
	const body = `{"url":"https://press.invalid/","types":["ballot-*"]}`
	first := post("key:press", body, "k")
	require.Equal(t, 201, first.Code)
	s.more(2)
	for _, same := range []string{body, ` { "types" : ["ballot-*"], "url":"https://press.invalid/", "from":"now"}`} {
		again := post("key:press", same, "k")
		require.Equal(t, 201, again.Code)
		require.Equal(t, first.Body.String(), again.Body.String())
		require.Equal(t, first.Header(), again.Header())
	}
	refused := post("key:press", `{"url":"https://press.invalid/","types":["ballot-cast.v1"]}`, "k")
	require.Equal(t, 422, refused.Code)
	require.Contains(t, refused.Body.String(), "idempotency-conflict: ")
	require.NotContains(t, refused.Body.String(), "whsec_")
	for _, keys := range [][]string{{""}, {strings.Repeat("x", maxOnce+1)}, {"k", "l"}} {
		require.Equal(t, 400, post("key:press", body, keys...).Code)
	}
	require.NotEqual(t, into[Subscribed](t, 201, post("key:radio", body, "k")).Name, into[Subscribed](t, 201, post("key:press", body)).Name)
	require.Equal(t, 204, s.do("key:press", "DELETE", first.Header().Get("Location"), "").Code)
	require.NotEqual(t, first.Body.String(), post("key:press", body, "k").Body.String(), "it is forgotten with the webhook")
}
