package admin_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"daybook.internal/admin"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/ledger/sqlite"
	"daybook.internal/notary"
	"daybook.internal/notary/publish"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

// world is a daybook with the embedded engines, a clock, and somebody who looks at it.
type world struct {
	*testing.T
	dir     string
	ledger  *sqlite.Ledger
	store   *storesqlite.Store
	vault   *vaultsqlite.Vault
	log     *publish.Publisher
	now     time.Time
	stop    context.CancelFunc
	appends int
	admin   *admin.Admin
	engine  admin.Engine
	handler http.Handler
}

var views = []projections.View{projections.Dialogue, projections.Global}

func newWorld(t *testing.T) *world {
	t.Parallel()
	w := &world{T: t, dir: t.TempDir(), now: time.Unix(1_760_000_000, 0)}
	var err error
	w.ledger, err = sqlite.Open(t.Context(), w.path("ledger.db"), sqlite.Options{})
	require.NoError(t, err)
	w.store, err = storesqlite.Open(t.Context(), w.path("views.db"), storesqlite.Options{})
	require.NoError(t, err)
	key, err := vault.MakeKey(w.path("vault.key"), rand.Reader)
	require.NoError(t, err)
	w.vault, err = vaultsqlite.Open(t.Context(), w.path("vault.db"), vaultsqlite.Options{Key: key})
	require.NoError(t, err)
	skey, vkey, err := notary.NewKey(rand.Reader, "example.org/log")
	require.NoError(t, err)
	signer, err := notary.ParseSigner(skey)
	require.NoError(t, err)
	w.log, err = publish.Open(t.Context(), publish.Config{Ledger: w.ledger, Dir: w.path("log"), Head: w.path("head"), Signer: signer, Key: vkey})
	require.NoError(t, err)
	t.Cleanup(func() { _, _, _, _ = w.ledger.Close(), w.store.Close(), w.vault.Close(), w.log.Close() })
	var stopping context.Context
	stopping, w.stop = context.WithCancel(t.Context())
	w.admin = admin.New(admin.Config{
		Ledger: w.ledger, Store: w.store, Views: views, Published: w.log.Log, Vault: w.vault, Names: admin.Names{Ledger: "sqlite", Views: "sqlite", Vault: "sqlite"},
		Version: "tested", Stopping: stopping, Now: func() time.Time { return w.now },
	})
	w.engine, w.handler = w.admin.Measured(), w.admin.Handler(true)
	w.append(3)
	w.catchUp()
	w.publish()
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) append(n int) {
	w.Helper()
	for range n {
		stream := domain.StreamName("test", fmt.Sprint(w.appends))
		typ, data, err := domain.Encode(domain.DeviationReported{Dialogue: "dl_secret", Rule: "rule", Description: domain.In("en", "text"), Severity: domain.Minor})
		require.NoError(w, err)
		meta, err := domain.EncodeMeta(domain.Meta{Source: "ed_1", Time: 1, Actor: domain.Actor{Role: domain.Importer, Principal: "secret"}, Command: "c"})
		require.NoError(w, err)
		_, err = w.engine.Append(w.Context(), stream, 0, ledger.Draft{ID: domain.NewEventID("c", stream, 0), Type: typ, Meta: meta, Data: data})
		require.NoError(w, err)
		w.appends++
	}
}

func (w *world) catchUp() {
	w.Helper()
	require.NoError(w, readstore.NewProjector(w.ledger, w.store, views, readstore.Options{}).CatchUp(w.Context(), nil))
}

func (w *world) publish() {
	w.Helper()
	_, err := w.log.Publish(w.Context())
	require.NoError(w, err)
}

func (w *world) get(path string) (status int, body string) {
	w.Helper()
	r := httptest.NewRequestWithContext(w.Context(), http.MethodGet, "http://127.0.0.1:9001"+path, nil)
	a := httptest.NewRecorder()
	w.handler.ServeHTTP(a, r)
	return a.Code, a.Body.String()
}

// requireReady says which checks fail, with a piece of what they say; none is ready.
func (w *world) requireReady(failing map[string]string) {
	w.Helper()
	status, body := w.get("/readyz")
	var r admin.Readiness
	require.NoError(w, json.Unmarshal([]byte(body), &r))
	require.Equal(w, len(failing) == 0, r.Ready, body)
	require.Equal(w, map[bool]int{true: 200, false: 503}[r.Ready], status)
	require.Len(w, r.Checks, 5)
	for _, c := range r.Checks {
		want, fails := failing[c.Check]
		require.Equal(w, !fails, c.OK, body)
		require.Contains(w, c.Detail, want)
		if c.OK {
			require.Empty(w, c.Detail)
		}
	}
	status, _ = w.get("/livez")
	require.Equal(w, 200, status, "the process lives")
}

// metric is the value of a line of /metrics; empty where there is none.
func (w *world) metric(line string) string {
	w.Helper()
	status, body := w.get("/metrics")
	require.Equal(w, 200, status)
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(line) + ` (\S+)$`).FindStringSubmatch(body)
	if found == nil {
		return ""
	}
	return found[1]
}

func TestReady(t *testing.T) {
	w := newWorld(t)
	w.requireReady(nil)
	_, body := w.get("/readyz?verbose")
	for _, want := range []string{"3 records, the last one is readable", "2 views, 0 records behind", "a head of 3 records is published", "it answers"} {
		require.Contains(t, body, want)
	}
	w.now = w.now.Add(24 * time.Hour) // nothing new is nothing late
	w.requireReady(nil)
	w.stop()
	w.requireReady(map[string]string{"running": "the server is stopping"})
}

// A daybook that has just been made is ready, too.
func TestEmptyLedger(t *testing.T) {
	t.Parallel()
	l, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"), sqlite.Options{})
	require.NoError(t, err)
	defer l.Close()
	s, err := storesqlite.Open(t.Context(), filepath.Join(t.TempDir(), "views.db"), storesqlite.Options{})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, readstore.NewProjector(l, s, views, readstore.Options{}).CatchUp(t.Context(), nil))
	require.True(t, admin.New(admin.Config{Ledger: l, Store: s, Views: views}).Ready(t.Context()).Ready)
}

// The last record is flipped on the disk; then the file is closed.
func TestLedgerFails(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.ledger.Close())
	w.requireReady(map[string]string{"ledger": "closed", "views": "closed", "checkpoint": "closed"})
	require.Equal(t, "0", w.metric(`engine_up{engine="sqlite",part="ledger"}`))
	require.Equal(t, "", w.metric("ledger_events"))
	require.Equal(t, "3", w.metric(`projection_position{view="global"}`), "what can be told is told")

	w = &world{T: t, dir: w.dir, now: w.now}
	data, err := os.ReadFile(w.path("ledger.db"))
	require.NoError(t, err)
	at := strings.LastIndex(string(data), "dl_secret")
	for i := at; i >= 0; i = strings.LastIndex(string(data[:i]), "dl_secret") {
		data[i] ^= 1
	}
	l, err := sqlite.Open(t.Context(), w.path("ledger.db"), sqlite.Options{}) // which looks at it while it is whole
	require.NoError(t, err)
	defer l.Close()
	require.NoError(t, os.WriteFile(w.path("ledger.db"), data, 0o600))
	r := admin.New(admin.Config{Ledger: l, Store: w.store}).Ready(t.Context())
	require.False(t, r.Ready)
	require.Contains(t, r.Checks[0].Detail, "damaged")
}

// Views stand still: first that is nothing, then it is too long. Made anew under another version, they are not served yet.
func TestViewsFail(t *testing.T) {
	w := newWorld(t)
	w.append(5)
	w.publish()
	w.requireReady(nil)
	w.now = w.now.Add(9 * time.Second)
	w.append(1)
	w.publish()
	w.requireReady(nil)
	require.Equal(t, "9", w.metric(`projection_lag_seconds{view="global"}`))
	w.now = w.now.Add(2 * time.Second)
	w.requireReady(map[string]string{"views": "is 6 records behind the ledger, the first of which has waited for 11.0 s"})
	require.Equal(t, "6", w.metric(`projection_lag_events{view="dialogue"}`))
	require.Equal(t, "3", w.metric(`projection_position{view="dialogue"}`))
	w.catchUp()
	w.requireReady(nil)
	require.Equal(t, "0", w.metric(`projection_lag_seconds{view="dialogue"}`))

	other := admin.New(admin.Config{Ledger: w.ledger, Store: w.store, Views: append(views[:1:1], projections.All()...)})
	require.False(t, other.Ready(t.Context()).Ready)
	require.NoError(t, w.store.Close())
	w.requireReady(map[string]string{"views": "closed"})
	require.Equal(t, "0", w.metric(`engine_up{engine="sqlite",part="views"}`))
}

// The log is not published for more than a minute while events arrive; then its head is not one that was signed.
func TestCheckpointFails(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, "3", w.metric("checkpoint_events"))
	w.append(2)
	w.catchUp()
	w.requireReady(nil)
	w.now = w.now.Add(61 * time.Second)
	w.requireReady(map[string]string{"checkpoint": "the published head has 3 records, and what follows has waited for 61.0 s"})
	require.Equal(t, "61", w.metric("checkpoint_age_seconds"))
	w.publish()
	w.requireReady(nil)
	require.Equal(t, "0", w.metric("checkpoint_age_seconds"))
	require.NoError(t, os.WriteFile(w.path("log/checkpoint"), []byte("example.org/log\n5\nAAAA\n"), 0o600))
	w.requireReady(map[string]string{"checkpoint": "malformed note"})
	require.Equal(t, "0", w.metric(`engine_up{engine="files",part="log"}`))
}

func TestVaultFails(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, "1", w.metric(`engine_up{engine="sqlite",part="vault"}`))
	require.NoError(t, w.vault.Close())
	w.requireReady(map[string]string{"vault": "closed"})
	require.Equal(t, "0", w.metric(`engine_up{engine="sqlite",part="vault"}`))
}

// A ledger that does not answer is not waited for longer than the check says.
func TestEngineThatHangs(t *testing.T) {
	w := newWorld(t)
	a := admin.New(admin.Config{Ledger: hanging{w.ledger}, Store: w.store, Views: views})
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // as the end of the check's patience would
	r := a.Ready(ctx)
	require.False(t, r.Ready)
	require.Contains(t, r.Checks[0].Detail, "context canceled")
}

type hanging struct{ admin.Engine }

func (hanging) Head(ctx context.Context) (uint64, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// The ledger that measures is a ledger like the one behind it.
func TestMeasuredContract(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(*testing.T) ledger.Ledger {
		return admin.New(admin.Config{Ledger: quick{ledgertest.NewMemory()}}).Measured()
	})
}

// quick is a ledger in memory that offers all that engines do.
type quick struct{ *ledgertest.Memory }

func (q quick) Head(ctx context.Context) (n uint64, err error) {
	for e, err := range q.All(ctx, ledger.Cursor{}) {
		if err != nil {
			return 0, err
		}
		n = e.Cursor.Seq
	}
	return n, nil
}

func (q quick) Version(ctx context.Context, stream domain.StreamID) (n uint64, err error) {
	for r, err := range q.Stream(ctx, stream, 0) {
		if err != nil {
			return 0, err
		}
		n = r.Revision + 1
	}
	return n, nil
}

func TestAppendsAreMeasured(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, "3", w.metric(`ledger_append_seconds_count{result="ok"}`))
	d := ledgertest.Draft("other", 1)
	_, err := w.engine.Append(t.Context(), "test-0", 0, d)
	require.ErrorIs(t, err, ledger.ErrConflict)
	_, _, err = w.engine.AppendBatches(t.Context(), []ledger.Batch{{Stream: "test-x", Drafts: []ledger.Draft{d}}})
	require.NoError(t, err)
	_, err = w.engine.Append(t.Context(), "test-x", 1)
	require.Error(t, err)
	for result, n := range map[string]string{"ok": "4", "conflict": "1", "failed": "1"} {
		require.Equal(t, n, w.metric(`ledger_append_seconds_count{result="`+result+`"}`))
	}
	require.Equal(t, "4", w.metric("ledger_events"))
	require.Equal(t, "1", w.metric(`daybook_build_info{version="tested"}`))
}

// Whatever clients call their methods and paths, the lines are as many as routes; and no figure tells of a person, a stream or a dialogue.
func TestNothingOfPeople(t *testing.T) {
	w := newWorld(t)
	w.admin.Request("GET", "/v1/views/{view}/*", 200, time.Second)
	for i := range 50 {
		w.admin.Request(fmt.Sprintf("SECRET%d", i), "", 404, time.Second)
	}
	require.Equal(t, "1", w.metric(`http_request_seconds_count{method="GET",route="/v1/views/{view}/*",status="200"}`))
	require.Equal(t, "50", w.metric(`http_request_seconds_count{method="other",route="none",status="404"}`))
	_, body := w.get("/metrics")
	require.NotContains(t, strings.ToLower(body), "secret")
	require.NotContains(t, body, "test-")
	require.NotContains(t, body, w.dir)
}

func TestRegister(t *testing.T) {
	w := newWorld(t)
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "webhook_attempts_total", Help: "h"})
	c.Inc()
	require.NoError(t, w.admin.Register(c))
	require.Error(t, w.admin.Register(c), "a second time")
	require.Equal(t, "1", w.metric("webhook_attempts_total"))
}

// Run sees the ledger grow by itself.
func TestRun(t *testing.T) {
	w := newWorld(t)
	w.append(2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.admin.Run(ctx) // ends, after a look that fails
	ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	w.admin.Run(ctx)
	w.now = w.now.Add(time.Minute)
	require.Equal(t, "60", w.metric(`projection_lag_seconds{view="global"}`))
}

// On a loopback address, a page whose name was bent to it reads nothing; profiles are there, and only by GET.
func TestHandler(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.handler)
	defer server.Close()
	do := func(method, path, host string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		require.NoError(t, err)
		if host != "" {
			r.Host = host
		}
		a, err := server.Client().Do(r)
		require.NoError(t, err)
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		require.NoError(t, err)
		return a.StatusCode, string(body)
	}
	for _, path := range []string{"/metrics", "/readyz", "/livez", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline", "/debug/pprof/symbol"} {
		status, body := do("GET", path, "")
		require.Equal(t, 200, status, path)
		require.NotEmpty(t, body, path)
		status, _ = do("GET", path, "evil.example.org")
		require.Equal(t, http.StatusForbidden, status, path)
		status, _ = do("POST", path, "")
		require.Equal(t, http.StatusMethodNotAllowed, status, path)
	}
	for _, host := range []string{"localhost", "localhost:9001", "[::1]:9001", "127.0.0.1"} {
		status, _ := do("GET", "/livez", host)
		require.Equal(t, 200, status, host)
	}
	status, _ := do("GET", "/v1/views", "")
	require.Equal(t, 404, status)
	a := httptest.NewRecorder()
	w.admin.Handler(false).ServeHTTP(a, httptest.NewRequest(http.MethodGet, "http://daybook:9001/livez", nil))
	require.Equal(t, 200, a.Code)
}
