package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
)

const edition = `{"edition":"ed_1","title":{"source":"en","text":{"en":"One"}},"mandate":{"source":"en","text":{"en":"To try"}},"languages":["en"],"coordinator":"pt_1","decisionOwners":[]}`

func TestCommand(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	a := n.post("open-edition", "first", edition, "Daybook-Actor", "coordinator:ada@pt_1")
	require.Equal(t, 201, a.StatusCode, "%s", a.body)
	require.Equal(t, at("NEXT"), a.Header.Get("Ledger-Position"), "where a view must be to show it")
	receipt := decode[commands.Receipt](t, a)
	require.Equal(t, commands.Receipt{Stream: "edition-ed_1", Version: 1, Events: []commands.Written{
		{ID: domain.NewEventID("first", "edition-ed_1", 0), Seq: end(), Type: "edition-opened.v1"},
	}}, receipt)
	require.Contains(t, string(n.get(at("/v1/events/END")).body), `"actor":"coordinator:ada@pt_1"`)
	require.Contains(t, string(n.get(at("/v1/events/END")).body), `"command":"first"`)

	again := n.post("open-edition", "first", edition)
	require.Equal(t, 201, again.StatusCode)
	require.Equal(t, string(a.body), string(again.body), "the same key gives the same receipt")

	already := n.post("open-edition", "second", edition)
	require.Equal(t, 200, already.StatusCode, "it is already so")
	require.Contains(t, string(already.body), `"events":[]`)
	require.Empty(t, already.Header.Get("Ledger-Position"))

	requireProblem(t, n.post("open-edition", "first", strings.Replace(edition, "One", "Two", 1)), 422, "idempotency-conflict")
	requireProblem(t, n.get(at("/v1/events/NEXT")), 404, "not-found")

	n.post("open-edition", "x", strings.ReplaceAll(edition, "ed_1", "ed_2"))
	require.Contains(t, string(n.get(at("/v1/events/NEXT")).body), `"actor":"coordinator:local"`, "the default")
}

func TestRefusedCommands(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
		problem string
	}{
		"no key":            {edition, []string{"Content-Type", "application/json"}, 400, "idempotency-key-missing"},
		"empty key":         {edition, []string{"Content-Type", "application/json", "Idempotency-Key", ""}, 400, "idempotency-key-missing"},
		"long key":          {edition, []string{"Content-Type", "application/json", "Idempotency-Key", strings.Repeat("k", 201)}, 422, "invalid-field"},
		"no content type":   {edition, []string{"Idempotency-Key", "k"}, 415, "unsupported-media-type"},
		"a form":            {edition, []string{"Content-Type", "application/x-www-form-urlencoded", "Idempotency-Key", "k"}, 415, "unsupported-media-type"},
		"plain text":        {edition, []string{"Content-Type", "text/plain", "Idempotency-Key", "k"}, 415, "unsupported-media-type"},
		"a broken type":     {edition, []string{"Content-Type", "application/json;;", "Idempotency-Key", "k"}, 415, "unsupported-media-type"},
		"almost JSON":       {edition, []string{"Content-Type", "application/jsonp", "Idempotency-Key", "k"}, 415, "unsupported-media-type"},
		"unknown role":      {edition, []string{"Content-Type", "application/json", "Idempotency-Key", "k", "Daybook-Actor", "king:ada"}, 422, "invalid-field"},
		"no role":           {edition, []string{"Content-Type", "application/json", "Idempotency-Key", "k", "Daybook-Actor", "ada"}, 422, "invalid-field"},
		"a person's name":   {edition, []string{"Content-Type", "application/json", "Idempotency-Key", "k", "Daybook-Actor", "coordinator:Ada L"}, 422, "invalid-field"},
		"no body":           {"", jsonKey, 422, "invalid-field"},
		"not JSON":          {"edition=1", jsonKey, 422, "invalid-field"},
		"not UTF-8":         {"\"\xff\"", jsonKey, 422, "invalid-text"},
		"an unknown member": {`{"king":1,` + edition[1:], jsonKey, 422, "invalid-field"},
		"two documents":     {edition + edition, jsonKey, 422, "invalid-field"},
		"a rule":            {strings.Replace(edition, "ed_1", "ed/1", 1), jsonKey, 422, "invalid-id"},
		"one byte too long": {edition + strings.Repeat(" ", api.MaxBody+1-len(edition)), jsonKey, 413, "too-large"},
	} {
		t.Run(name, func(t *testing.T) {
			requireProblem(t, n.do("POST", "/v1/commands/open-edition", c.body, c.headers...), c.status, c.problem)
			requireProblem(t, n.get(at("/v1/events/END")), 404, "not-found")
		})
	}
	long := edition + strings.Repeat(" ", api.MaxBody-len(edition))
	require.Equal(t, 201, n.do("POST", "/v1/commands/open-edition", long, jsonKey...).StatusCode, "1 MiB is not too long")
	require.Equal(t, 200, n.post("open-edition", "k2", edition, "Content-Type", "Application/JSON; charset=utf-8").StatusCode)
}

var jsonKey = []string{"Content-Type", "application/json", "Idempotency-Key", "k"}

// endless is a body that counts what is taken of it.
type endless struct{ n, limit int }

func (e *endless) Read(p []byte) (int, error) {
	if e.n >= e.limit {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	e.n += len(p)
	return len(p), nil
}

func TestALargeBodyIsNotRead(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	body := &endless{limit: 10 << 20}
	r := httptest.NewRequest("POST", "/v1/commands/open-edition", body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", "k")
	w := httptest.NewRecorder()
	api.Handler(n.Config).ServeHTTP(w, r)
	requireProblem(t, answer{w.Result(), w.Body.Bytes()}, 413, "too-large")
	require.LessOrEqual(t, body.n, api.MaxBody+64<<10, "it stops reading at the limit")

	// Over the wire: the answer comes although the client has not sent everything.
	real, err := http.NewRequest("POST", n.url+"/v1/commands/open-edition", &endless{limit: 10 << 20})
	require.NoError(t, err)
	real.Header = r.Header
	if resp, err := http.DefaultTransport.RoundTrip(real); err == nil { // or the connection was cut while the client was writing
		require.Equal(t, 413, resp.StatusCode)
		require.NoError(t, resp.Body.Close())
	}
	require.Equal(t, 200, n.get("/livez").StatusCode)
}

func TestReadOnlyServer(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(n *node) { n.Writes = false })
	for _, name := range []string{"open-edition", "react", "no-such"} {
		requireProblem(t, n.post(name, "k", edition), 403, "writes-not-admitted")
	}
	require.Equal(t, 200, n.get("/v1/commands").StatusCode)
	requireProblem(t, n.get(at("/v1/events/END")), 404, "not-found")
}

func TestFaultsOfTheLedger(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   error
		status  int
		problem string
	}{
		"it moves on":     {&ledger.ConflictError{Stream: "edition-ed_1", Expected: 0, Actual: 1}, 409, "version-conflict"},
		"it is closed":    {ledger.ErrClosed, 503, "interrupted"},
		"no time is left": {context.DeadlineExceeded, 503, "interrupted"},
		"the disk":        {errors.New("no space left on " + secret), 500, "internal"},
		"damage":          {&ledger.DamagedError{Where: secret}, 500, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fault := &ledgertest.Faulty{After: func(context.Context, ledger.Batch) error { return c.fault }}
			n := newNode(t, func(n *node) {
				fault.Ledger = n.memory
				n.Service.Ledger = fault
			})
			if c.status == 409 { // an answer that says that nothing was written, truthfully
				fault.Before, fault.After = fault.After, nil
			}
			p := requireProblem(t, n.post("open-edition", "k", edition), c.status, c.problem)
			require.NotContains(t, p.Detail, secret)
			fault.Before, fault.After = nil, nil
			a := n.post("open-edition", "k", edition)
			require.Equal(t, 201, a.StatusCode, "the same key settles it")
			require.EqualValues(t, end(), decode[commands.Receipt](t, a).Events[0].Seq)
			requireProblem(t, n.get(at("/v1/events/NEXT")), 404, "not-found")
		})
	}
}

// The page on HTTP shows requests that work, and tells of every status that the tests here have seen.
func TestThePageOnHTTP(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/api.md")
	require.NoError(t, err)
	examples := regexp.MustCompile("(?s)```sh\n(curl .*?)```").FindAllStringSubmatch(string(page), -1)
	require.Len(t, examples, 3, "a command, a file and a table")
	method, url, headers, body := readCurl(t, examples[0][1])

	n := newNode(t, nil)
	const address = "http://127.0.0.1:8080"
	require.True(t, strings.HasPrefix(url, address))
	for _, want := range []string{"201 Created", "201 Created"} {
		a := n.do(method, strings.TrimPrefix(url, address), body, headers...)
		require.Equal(t, want, a.Status, "%s", a.body)
		require.Len(t, decode[commands.Receipt](t, a).Events, 1)
	}

	method, url, headers, body = readCurl(t, examples[1][1])
	files, err := os.ReadFile("../docs/commands.md")
	require.NoError(t, err)
	file := regexp.MustCompile("(?s)```ndjson " + strings.TrimPrefix(body, "@") + "\n(.*?)```").FindStringSubmatch(string(files))
	require.NotNil(t, file, "the page on files of commands shows this one")
	before, err := os.ReadFile("../docs/edition.ndjson")
	require.NoError(t, err)
	n = newNode(t, nil)
	require.NotContains(t, resultsOf(lineAnswers(t, n.sendFile("?atomic=true", string(before)), 200)), commands.Rejected)
	for _, want := range []commands.Result{commands.Done, commands.AlreadyDone} {
		for _, a := range lineAnswers(t, n.do(method, strings.TrimPrefix(url, address), file[1], headers...), 200) {
			require.Equal(t, want, a.Result)
		}
	}
	method, url, headers, body = readCurl(t, examples[2][1])
	a := n.do(method, strings.TrimPrefix(url, address), body, headers...)
	require.Equal(t, 200, a.StatusCode, "%s", a.body)
	require.Contains(t, string(a.body), "document,documentPosition\r\n")
	for _, status := range []int{200, 201, 304, 400, 403, 404, 405, 406, 409, 413, 415, 422, 429, 431, 500, 503} {
		require.Contains(t, string(page), fmt.Sprint(status))
	}
	n, _, publishAgain := published(t)
	n.commits()
	publishAgain()
	for _, route := range regexp.MustCompile("`(GET|POST) (/[^`?]*)").FindAllStringSubmatch(string(page), -1) {
		path := strings.NewReplacer("statement/{key}", "statement/dl_FR/1", "{view}", "country", "{key}", "FR", "{seq}", "0", "{name}", "react", "{id}", "rc_world_1").Replace(route[2])
		a := n.do(route[1], path, "")
		if strings.HasPrefix(path, "/v1/live") || path == "/v1/apikeys" || strings.HasPrefix(path, "/v1/webhooks") { // this server has none of that, but knows the route
			require.Contains(t, string(a.body), "this server ", route[0])
			continue
		}
		require.NotContains(t, []int{404, 405, 500}, a.StatusCode, route[0])
	}
}

// readCurl takes a curl command apart as a shell does: words, single quotes, and a backslash at the end of a line.
func readCurl(t *testing.T, command string) (method, url string, headers []string, body string) {
	t.Helper()
	var words []string
	word, quoted, begun := "", false, false
	in := bufio.NewReader(strings.NewReader(strings.ReplaceAll(command, "\\\n", " ")))
	for {
		c, _, err := in.ReadRune()
		switch {
		case err != nil || (!quoted && (c == ' ' || c == '\n')):
			if begun {
				words = append(words, word)
			}
			word, begun = "", false
		case c == '\'':
			quoted, begun = !quoted, true
		default:
			word, begun = word+string(c), true
		}
		if err != nil {
			break
		}
	}
	require.False(t, quoted)
	require.Equal(t, "curl", words[0])
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "-s":
		case "-X":
			i++
			method = words[i]
		case "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			headers = append(headers, name, value)
		case "-d", "--data-binary":
			i++
			body = words[i]
		default:
			require.Empty(t, url, "what is %q?", words[i])
			url = words[i]
		}
	}
	return method, url, headers, body
}
