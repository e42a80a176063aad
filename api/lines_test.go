package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
	"daybook.internal/commands"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
)

// topics is a file that opens an edition and adds n topics to it.
func topics(n int) string {
	file := `{"command":"f-0","name":"open-edition","actor":"coordinator:ada","content":` + edition + "}\n"
	for i := range n {
		file += fmt.Sprintf(`{"command":"f-%d","name":"add-topic","actor":"coordinator:ada","content":{"edition":"ed_1","topic":"t%d","label":{"source":"en","text":{"en":"a & b"}},"scope":"global","policyLinks":[]}}`+"\n", i+1, i)
	}
	return file
}

const mediaType = "application/x-ndjson"

func (n *node) sendFile(query, file string, headers ...string) answer {
	n.t.Helper()
	return n.do(http.MethodPost, "/v1/commands"+query, file, append([]string{"Content-Type", mediaType}, headers...)...)
}

// lineAnswers reads answers strictly.
func lineAnswers(t *testing.T, a answer, status int) (all []commands.LineAnswer) {
	t.Helper()
	require.Equal(t, status, a.StatusCode, "%s", a.body)
	require.Equal(t, mediaType, a.Header.Get("Content-Type"))
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	for _, text := range strings.SplitAfter(string(a.body), "\n") {
		if text == "" {
			continue
		}
		require.True(t, strings.HasSuffix(text, "\n"), "a line is whole: %s", text)
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		var l commands.LineAnswer
		require.NoError(t, d.Decode(&l), text)
		all = append(all, l)
	}
	return all
}

func resultsOf(all []commands.LineAnswer) (r []commands.Result) {
	for _, a := range all {
		r = append(r, a.Result)
	}
	return r
}

func TestFileOfCommands(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	file := "\ufeff" + strings.ReplaceAll(topics(2), "\n", "\r\n\r\n") + `{"command":"f-9","name":"react"`
	first := n.sendFile("", file)
	all := lineAnswers(t, first, 200)
	require.Equal(t, []commands.Result{commands.Done, commands.Done, commands.Done, commands.Rejected}, resultsOf(all))
	require.Equal(t, []int{1, 3, 5, 7}, []int{all[0].Line, all[1].Line, all[2].Line, all[3].Line})
	require.EqualValues(t, end()+2, all[2].Receipt.Events[0].Seq)
	require.Equal(t, "invalid-field", all[3].Rule)
	again := n.sendFile("?atomic=false", file)
	require.Equal(t, strings.ReplaceAll(string(first.body), `"done"`, `"already done"`), string(again.body), "the same receipts")

	_, err := n.memory.Append(t.Context(), "elsewhere", 0, ledger.Draft{Type: "x"})
	require.NoError(t, err)
	one := n.post("open-edition", "f-0", edition)
	require.Equal(t, 201, one.StatusCode, "a line and a request with the same id are the same command")
	require.Equal(t, all[0].Receipt.Events, decode[commands.Receipt](t, one).Events)

	long := lineAnswers(t, n.sendFile("", strings.Repeat("x", api.MaxBody+1)+"\n"+topics(3)), 200)
	require.Equal(t, []commands.Result{commands.Rejected, commands.AlreadyDone, commands.AlreadyDone, commands.AlreadyDone, commands.Done}, resultsOf(long))
	require.Empty(t, lineAnswers(t, n.sendFile("", ""), 200))
	require.Empty(t, lineAnswers(t, n.sendFile("?atomic=true", "\n"), 200))
	require.Len(t, lineAnswers(t, n.sendFile("", topics(0), "Content-Type", "Application/X-NDJSON; charset=utf-8"), 200), 1)
}

func TestAtomicFile(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	refused := lineAnswers(t, n.sendFile("?atomic=true", topics(2)+"{}\n"), 422)
	require.Equal(t, []commands.Result{commands.NotDone, commands.NotDone, commands.NotDone, commands.Rejected}, resultsOf(refused))
	requireProblem(t, n.get(beyond(0)), 404, "not-found")
	require.Equal(t, []commands.Result{commands.Done, commands.Done, commands.Done}, resultsOf(lineAnswers(t, n.sendFile("?atomic=true", topics(2)), 200)))
	require.Equal(t, 200, n.get(beyond(2)).StatusCode)
	require.Equal(t, []commands.Result{commands.AlreadyDone, commands.AlreadyDone, commands.AlreadyDone}, resultsOf(lineAnswers(t, n.sendFile("?atomic=true", topics(2)), 200)))
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for name, a := range map[string]struct {
		answer
		status  int
		problem string
	}{
		"no content type": {n.do("POST", "/v1/commands", topics(0)), 415, "unsupported-media-type"},
		"JSON":            {n.sendFile("", topics(0), "Content-Type", "application/json"), 415, "unsupported-media-type"},
		"plain text":      {n.sendFile("", topics(0), "Content-Type", "text/plain"), 415, "unsupported-media-type"},
		"a broken type":   {n.sendFile("", topics(0), "Content-Type", mediaType+";;"), 415, "unsupported-media-type"},
		"perhaps atomic":  {n.sendFile("?atomic=perhaps", topics(0)), 400, "bad-request"},
		"atomic=1":        {n.sendFile("?atomic=1", topics(0)), 400, "bad-request"},
	} {
		requireProblem(t, a.answer, a.status, a.problem)
		require.Equal(t, 404, n.get(beyond(0)).StatusCode, name)
	}

	reading := newNode(t, func(n *node) { n.Writes = false })
	requireProblem(t, reading.sendFile("", topics(0)), 403, "writes-not-admitted")
	local := newNode(t, func(n *node) { n.Local = true })
	r, err := http.NewRequest("POST", local.url+"/v1/commands", strings.NewReader(topics(0)))
	require.NoError(t, err)
	r.Header.Set("Content-Type", mediaType)
	r.Host = "evil.example"
	requireProblem(t, local.send(r), 421, "misdirected")
	requireProblem(t, local.get(beyond(0)), 404, "not-found")
	require.Equal(t, 200, local.sendFile("", topics(0)).StatusCode)
}

// A file that is too long is not run, not even its beginning, and not read to its end.
func TestAFileThatIsTooLong(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	rest := &endless{limit: 100 << 20}
	r := httptest.NewRequest("POST", "/v1/commands", io.MultiReader(strings.NewReader(topics(2)), rest))
	r.Header.Set("Content-Type", mediaType)
	w := httptest.NewRecorder()
	api.Handler(n.Config).ServeHTTP(w, r)
	p := requireProblem(t, answer{w.Result(), w.Body.Bytes()}, 413, "too-large")
	require.Contains(t, p.Detail, "64 MiB")
	require.LessOrEqual(t, rest.n, api.MaxFile+64<<10)
	requireProblem(t, n.get(beyond(0)), 404, "not-found")

	r = httptest.NewRequest("POST", "/v1/commands", io.MultiReader(strings.NewReader(topics(2)), &endless{limit: api.MaxFile - 32<<10 - len(topics(2))}))
	r.Header.Set("Content-Type", mediaType)
	w = httptest.NewRecorder()
	api.Handler(n.Config).ServeHTTP(w, r)
	all := lineAnswers(t, answer{w.Result(), w.Body.Bytes()}, 200)
	require.Equal(t, []commands.Result{commands.Done, commands.Done, commands.Done, commands.Rejected}, resultsOf(all), "64 MiB are not too long, but a line of them is")
}

// An upload that breaks off has done nothing.
func TestAFileThatBreaksOff(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	address, err := url.Parse(n.url)
	require.NoError(t, err)
	c, err := net.Dial("tcp", address.Host)
	require.NoError(t, err)
	defer c.Close()
	_, err = fmt.Fprintf(c, "POST /v1/commands HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", mediaType, len(topics(3)), topics(2))
	require.NoError(t, err)
	require.NoError(t, c.(*net.TCPConn).CloseWrite())
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	requireProblem(t, answer{resp, body}, 400, "bad-request")
	requireProblem(t, n.get(beyond(0)), 404, "not-found")
}

// A fault ends the answers with a line that says so, and says nothing that is nobody's business; the same file goes on from there.
func TestFaultInAFile(t *testing.T) {
	t.Parallel()
	fault := &ledgertest.Faulty{}
	appends := 0
	n := newNode(t, func(n *node) {
		fault.Ledger = n.memory
		n.Service.Ledger = fault
		fault.Before = func(context.Context, ledger.Batch) error {
			if appends++; appends == 3 {
				return errors.New("no space left on " + secret)
			}
			return nil
		}
	})
	a := n.sendFile("", topics(4))
	all := lineAnswers(t, a, 200)
	require.Equal(t, []commands.Result{commands.Done, commands.Done, commands.Failed}, resultsOf(all))
	require.Equal(t, "f-2", all[2].Command)
	require.Contains(t, all[2].Detail, "the log has more under the request id")
	require.NotContains(t, string(a.body), secret)
	require.Contains(t, n.log.String(), "no space left on")
	require.Contains(t, n.log.String(), a.Header.Get("Request-Id"))
	again := lineAnswers(t, n.sendFile("", topics(4)), 200)
	require.Equal(t, []commands.Result{commands.AlreadyDone, commands.AlreadyDone, commands.Done, commands.Done, commands.Done}, resultsOf(again))

	broken := newNode(t, func(n *node) { n.vault.fail = errors.New(secret) })
	post := `{"command":"p","name":"post-statement","actor":"participant:p","content":{"conversation":"dl_FR","statement":"99","kind":"statement","text":"x","lang":"fr","author":"p"}}`
	for _, query := range []string{"", "?atomic=true"} {
		a := broken.sendFile(query, post)
		require.NotContains(t, string(a.body), secret)
		require.NotContains(t, string(a.body), `"done"`)
	}
}

// Answers come while the file is run, however long that takes: the limits of time begin anew with each of them.
func TestAnswersStream(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	n := newNode(t, func(n *node) {
		n.Service.Ledger = &ledgertest.Faulty{Ledger: n.memory, Before: func(_ context.Context, b ledger.Batch) error {
			if b.Version > 0 {
				<-read // the answer to the line before
				time.Sleep(20 * time.Millisecond)
			}
			return nil
		}}
	})
	s := httptest.NewUnstartedServer(api.Handler(n.Config))
	s.Config.ReadTimeout, s.Config.WriteTimeout = 500*time.Millisecond, 500*time.Millisecond // shorter than the file takes, and long for one line
	s.Start()
	defer s.Close()

	const lines = 40
	body, upload := io.Pipe()
	go func() { // slowly, too
		for text := range strings.SplitAfterSeq(topics(lines), "\n") {
			time.Sleep(20 * time.Millisecond)
			_, _ = io.WriteString(upload, text)
		}
		_ = upload.Close()
	}()
	resp, err := http.Post(s.URL+"/v1/commands", mediaType, body)
	require.NoError(t, err)
	defer resp.Body.Close()
	got := bufio.NewScanner(resp.Body)
	for i := range lines + 1 {
		require.True(t, got.Scan(), "the answer to line %d: %v", i+1, got.Err())
		require.True(t, bytes.HasPrefix(got.Bytes(), fmt.Appendf(nil, `{"line":%d,"command":"f-%d","result":"done"`, i+1, i)), got.Text())
		if i < lines {
			read <- struct{}{}
		}
	}
	require.False(t, got.Scan())
	require.NoError(t, got.Err())
}

// A server that is about to stop leaves a file between two lines, and says so.
func TestServerStopsInAFile(t *testing.T) {
	t.Parallel()
	stopping, stop := context.WithCancel(t.Context())
	defer stop()
	n := newNode(t, func(n *node) {
		n.Stopping = stopping
		n.Service.Ledger = &ledgertest.Faulty{Ledger: n.memory, Before: func(ctx context.Context, b ledger.Batch) error {
			if b.Version == 2 {
				stop()
				<-ctx.Done()
			}
			return ctx.Err()
		}}
	})
	all := lineAnswers(t, n.sendFile("", topics(4)), 200)
	require.Equal(t, []commands.Result{commands.Done, commands.Done, commands.Failed}, resultsOf(all))
	require.Contains(t, all[2].Detail, "was not finished")
	require.Equal(t, 200, n.get(beyond(1)).StatusCode)
	requireProblem(t, n.get(beyond(2)), 404, "not-found")
}

// A client that goes away ends the run between two lines.
func TestClientGoesAway(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(n *node) {
		n.Service.Ledger = &ledgertest.Faulty{Ledger: n.memory, Before: func(ctx context.Context, b ledger.Batch) error {
			if b.Version > 0 {
				<-ctx.Done()
			}
			return ctx.Err()
		}}
	})
	ended := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		api.Handler(n.Config).ServeHTTP(w, r)
	}))
	defer s.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/v1/commands", strings.NewReader(topics(3)))
	require.NoError(t, err)
	r.Header.Set("Content-Type", mediaType)
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = bufio.NewReader(resp.Body).ReadString('\n')
	require.NoError(t, err)
	leave()
	<-ended
	require.Equal(t, 200, n.get(beyond(0)).StatusCode)
	requireProblem(t, n.get(beyond(1)), 404, "not-found")
}
