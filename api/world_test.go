package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"daybook.internal/vault"
)

// memoryVault keeps openings; what is in it may be changed.
type memoryVault struct {
	mu   sync.Mutex
	kept map[vault.Place]vault.Opening
	fail error
}

func (v *memoryVault) Seal(_ context.Context, words ...vault.Words) (out []domain.Commitment, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, w := range words {
		o, have := v.kept[w.Place]
		if !have {
			o = vault.Opening{Place: w.Place, Subject: w.Subject, Salt: domain.Salt{byte(len(v.kept)), 7}, Words: w.Words}
			v.kept[w.Place] = o
		} else if string(o.Words) != string(w.Words) {
			return nil, domain.Reject(domain.ErrIdempotencyConflict, "other words")
		}
		out = append(out, o.Commitment())
	}
	return out, v.fail
}

func (v *memoryVault) Open(_ context.Context, at vault.Place) (vault.Opening, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	o, ok := v.kept[at]
	if !ok && v.fail == nil {
		return o, vault.ErrNotFound
	}
	return o, v.fail
}

func (v *memoryVault) Erase(ctx context.Context, places ...vault.Place) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := errors.Join(ctx.Err(), v.fail); err != nil {
		return err
	}
	for _, p := range places {
		delete(v.kept, p)
	}
	return nil
}

func (*memoryVault) Close() error { return nil }

// lines are log lines, which the server writes while the test reads.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// node is a server on doubles, with the demo dialogue in it.
type node struct {
	t      *testing.T
	memory *ledgertest.Memory
	store  *storetest.Memory
	vault  *memoryVault
	log    *lines
	api.Config
	url string
}

type demoLine struct {
	Command string          `json:"command"`
	Name    string          `json:"name"`
	Actor   string          `json:"actor"`
	Content json.RawMessage `json:"content"`
}

// demo is run once; every node gets a copy of its records and openings.
var demo = sync.OnceValue(func() (d struct {
	records []domain.Record
	kept    map[vault.Place]vault.Opening
}) {
	f, err := os.Open("../cmd/daybook/demo.ndjson")
	must(err)
	defer f.Close()
	l, v := ledgertest.NewMemory(), &memoryVault{kept: map[vault.Place]vault.Opening{}}
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) // and a second for each command, so that the documents are the same every time
	s := &commands.Service{Ledger: l, Vault: v, Now: func() time.Time {
		now = now.Add(time.Second)
		return now
	}}
	for in := bufio.NewScanner(f); in.Scan(); {
		var line demoLine
		must(json.Unmarshal(in.Bytes(), &line))
		c, _ := commands.ByName(line.Name)
		actor, err := domain.ParseActor(line.Actor)
		must(err)
		_, err = c.Run(context.Background(), s, commands.By{Command: line.Command, Actor: actor}, line.Content)
		must(err)
	}
	for e, err := range l.All(context.Background(), ledger.Cursor{}) {
		must(err)
		d.records = append(d.records, e.Record)
	}
	d.kept = v.kept
	return d
})

// end is how many records the demo has.
func end() uint64 { return uint64(len(demo().records)) }

// at puts places around the end of the demo into a text: END is the place after its last record, LAST that record, NEXT one place beyond the end.
func at(s string) string {
	place := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return strings.NewReplacer("END", place(end()), "LAST", place(end()-1), "NEXT", place(end()+1), "NEAR", place(end()-3)).Replace(s)
}

// beyond is the address of the n-th event that is written after the demo, from 0.
func beyond(n uint64) string { return "/v1/events/" + strconv.FormatUint(end()+n, 10) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// newNode makes a node; change may put other parts in before it is served.
func newNode(t *testing.T, change func(n *node)) *node {
	t.Helper()
	n := &node{t: t, memory: ledgertest.NewMemory(), store: storetest.NewMemory(), log: &lines{}, vault: &memoryVault{kept: maps.Clone(demo().kept)}}
	for _, r := range demo().records {
		_, err := n.memory.Append(context.Background(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(t, err)
	}
	n.catchUp()
	n.Config = api.Config{
		Service: &commands.Service{Ledger: n.memory, Vault: n.vault, Now: time.Now}, Store: n.store, Writes: true,
		Log: slog.New(slog.NewTextHandler(n.log, nil)), Ready: func(context.Context) error { return nil },
	}
	if change != nil {
		change(n)
	}
	s := httptest.NewUnstartedServer(nil)
	s.Config = api.NewHTTPServer(api.Handler(n.Config))
	s.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(n.log, nil), slog.LevelError)
	s.Start()
	t.Cleanup(s.Close)
	n.url = s.URL
	return n
}

func (n *node) catchUp() {
	n.t.Helper()
	require.NoError(n.t, readstore.NewProjector(n.memory, n.store, projections.All(), readstore.Options{}).CatchUp(context.Background(), nil))
}

// answer is what came back.
type answer struct {
	*http.Response
	body []byte
}

// do sends a request; headers are name, value, name, value.
func (n *node) do(method, path, body string, headers ...string) answer {
	n.t.Helper()
	r, err := http.NewRequest(method, n.url+path, strings.NewReader(body))
	require.NoError(n.t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return n.send(r)
}

// plainTransport adds no Accept-Encoding of its own, so that tags are those of the bytes as they are.
var plainTransport = &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16}

func (n *node) send(r *http.Request) answer {
	n.t.Helper()
	resp, err := plainTransport.RoundTrip(r) // no redirects
	require.NoError(n.t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(n.t, err)
	return answer{resp, b}
}

func (n *node) get(path string, headers ...string) answer {
	n.t.Helper()
	return n.do(http.MethodGet, path, "", headers...)
}

func (n *node) post(name, key, content string, headers ...string) answer {
	n.t.Helper()
	return n.do(http.MethodPost, "/v1/commands/"+name, content, append([]string{"Content-Type", "application/json", api.IdempotencyKey, key}, headers...)...)
}

// decode reads a JSON body strictly.
func decode[T any](t *testing.T, a answer) (v T) {
	t.Helper()
	require.Equal(t, "application/json", a.Header.Get("Content-Type"), "%s", a.body)
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&v), "%s", a.body)
	return v
}

// requireProblem checks the whole form of an RFC 9457 document.
func requireProblem(t *testing.T, a answer, status int, name string) api.Problem {
	t.Helper()
	require.Equal(t, status, a.StatusCode, "%s", a.body)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	require.Empty(t, a.Header.Get("ETag"))
	var p api.Problem
	require.NoError(t, json.Unmarshal(a.body, &p), "one document and nothing else: %s", a.body)
	require.Equal(t, "/problems/"+name, p.Type)
	require.Equal(t, status, p.Status)
	require.True(t, slices.ContainsFunc(api.Problems(), func(of api.ProblemType) bool { return of.Type == p.Type && of.Title == p.Title }), "the title is that of the type: %s", p.Title)
	require.NotEmpty(t, p.Detail)
	require.NotEmpty(t, p.Request)
	require.Equal(t, p.Request, a.Header.Get("Request-Id"))
	return p
}
