package witness_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

// serve gives the address of a witness, and what it logs.
func serve(t testing.TB, w *witness.Witness) (address string, words *paper) {
	t.Helper()
	words = &paper{}
	s := httptest.NewServer(witness.Handler(w, slog.New(slog.NewTextHandler(words, nil))))
	t.Cleanup(s.Close)
	return s.URL, words
}

// paper keeps what is logged.
type paper struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func fetch(t testing.TB, method, address, body string) (status int, kind, answer string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header.Get("Content-Type"), string(text)
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), newHistory(t, "log.example/a")
	log.grow(10, "a")
	fork := log.fork()
	log.grow(10, "b")
	fork.grow(10, "c")
	forger := withKey(t, "log.example/a", "another secret")
	forger.grow(10, "a")
	stranger := newHistory(t, "log.example/b")
	w := open(t, dir, log)
	address, words := serve(t, w)
	digest := sha256.Sum256([]byte("log.example/a"))
	monitor := address + "/" + hex.EncodeToString(digest[:]) + "/checkpoint"
	status, _, _ := fetch(t, "GET", monitor, "")
	require.Equal(t, 404, status)
	_, _, about := fetch(t, "GET", address+"/", "")
	require.Contains(t, about, "nothing cosigned yet")

	ask := func(body string) (int, string, string) {
		t.Helper()
		return fetch(t, "POST", address+"/add-checkpoint", body)
	}
	head := string(log.head(3))
	many := strings.Repeat(tlog.Hash{}.String()+"\n", 64)
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"no body":            {"", 400},
		"no old size":        {"\n" + head, 400},
		"old size signed":    {"old +0\n\n" + head, 400},
		"old size padded":    {"old 00\n\n" + head, 400},
		"old size negative":  {"old -1\n\n" + head, 400},
		"old size too large": {"old 9223372036854775807\n\n" + head, 400},
		"old size beyond":    {"old 4\n\n" + head, 400},
		"no empty line":      {"old 0\n" + head, 400},
		"no hash":            {"old 0\nhash\n\n" + head, 400},
		"a hash with CR":     {"old 0\n" + tlog.Hash{}.String() + "\r\n\n" + head, 400},
		"64 hashes":          {"old 0\n" + many + "\n" + head, 400},
		"63 hashes":          {"old 0\n" + many[45:] + "\n" + head, 422},
		"text after it":      {"old 0\n\n" + head + "\n", 400},
		"half a checkpoint":  {"old 0\n\n" + head[:len(head)/2], 400},
		"too long":           {"old 0\n\n" + head + strings.Repeat("x", witness.MaxRequest), 413},
		"no body of ours":    {"old 0\n\n" + string(stranger.head(0)), 404},
		"another key":        {"old 0\n\n" + string(forger.head(3)), 403},
		"no signature of it": {"old 0\n\n" + strings.ReplaceAll(head, "— log.example/a", "— log.example/b"), 403},
	} {
		status, _, answer := ask(c.body)
		require.Equal(t, c.status, status, "%s: %s", name, answer)
		require.NotContains(t, answer, "—", name)
	}
	status, _, _ = fetch(t, "GET", address+"/add-checkpoint", "")
	require.Equal(t, 405, status)
	status, _, _ = fetch(t, "GET", address+"/add", "")
	require.Equal(t, 404, status)

	r := log.request(0, 12)
	status, kind, line := ask(string(r.Text()))
	require.Equal(t, 200, status)
	require.Equal(t, "text/plain; charset=utf-8", kind)
	require.True(t, strings.HasPrefix(line, "— witness.example/w "))
	verified(t, w, r.Checkpoint, []byte(line))
	status, kind, answer := ask(string(r.Text()))
	require.Equal(t, 409, status)
	require.Equal(t, "text/x.tlog.size", kind)
	require.Equal(t, "12\n", answer)
	require.NotContains(t, words.String(), "kept in")
	status, _, answer = ask(string(fork.request(12, 12).Text()))
	require.Equal(t, 422, status)
	require.NotContains(t, answer, dir, "where it keeps things is nobody's business")
	require.Contains(t, words.String(), "both checkpoints are kept in")

	status, _, answer = fetch(t, "GET", monitor, "")
	require.Equal(t, 200, status)
	c, n, err := notary.OpenCheckpoint([]byte(answer), log.key)
	require.NoError(t, err)
	require.Equal(t, log.checkpoint(12), c)
	require.Len(t, n.UnverifiedSigs, 1)
	_, _, about = fetch(t, "GET", address+"/", "")
	require.Contains(t, about, w.Key().String())
	require.Contains(t, about, "log.example/a\n    size 12, cosigned 1970-01-01T00:16:40Z: /"+hex.EncodeToString(digest[:])+"/checkpoint")

	// A disk that cannot be written: nothing is cosigned, and it goes on when the disk is well again.
	block := w.HeadPath("log.example/a") + ".new"
	require.NoError(t, os.Mkdir(block, 0o700))
	status, _, answer = ask(string(log.request(12, 13).Text()))
	require.Equal(t, 500, status)
	require.Equal(t, "the witness cannot cosign now\n", answer)
	require.Contains(t, words.String(), "nothing was cosigned")
	require.NoError(t, os.Remove(block))
	status, _, _ = ask(string(log.request(12, 13).Text()))
	require.Equal(t, 200, status)
}

// TestServerHasLimits holds the server against clients that send without end.
func TestServerHasLimits(t *testing.T) {
	t.Parallel()
	s := witness.NewServer(http.NotFoundHandler())
	require.Positive(t, s.ReadHeaderTimeout)
	require.Positive(t, s.ReadTimeout)
	require.Positive(t, s.WriteTimeout)
	require.Positive(t, s.IdleTimeout)
	require.LessOrEqual(t, s.MaxHeaderBytes, 64<<10)
}

// TestTooManyAtOnce holds requests in the middle of their bodies, until the next one is turned away.
func TestTooManyAtOnce(t *testing.T) {
	t.Parallel()
	log := newHistory(t, "log.example/a")
	h := witness.Handler(open(t, t.TempDir(), log), slog.New(slog.DiscardHandler))
	post := func(body io.Reader) *httptest.ResponseRecorder {
		rw := httptest.NewRecorder()
		h.ServeHTTP(rw, httptest.NewRequest("POST", "/add-checkpoint", body))
		return rw
	}
	var held []*io.PipeWriter
	done := make(chan int)
	for range 64 {
		r, w := io.Pipe()
		held = append(held, w)
		go func() { done <- post(r).Code }()
		_, err := w.Write([]byte("old 0\n")) // returns when the handler reads
		require.NoError(t, err)
	}
	turned := post(strings.NewReader(string(log.request(0, 0).Text())))
	require.Equal(t, 503, turned.Code)
	require.Equal(t, "1", turned.Header().Get("Retry-After"))
	for _, w := range held {
		require.NoError(t, w.CloseWithError(errors.New("gone")))
		require.Equal(t, 400, <-done)
	}
	require.Equal(t, 200, post(strings.NewReader(string(log.request(0, 0).Text()))).Code)
}

func TestRequestInText(t *testing.T) {
	t.Parallel()
	log := newHistory(t, "log.example/a")
	log.grow(300, "a")
	for _, old := range []int64{0, 1, 100, 299, 300} {
		r := log.request(old, 300)
		again, err := witness.ParseRequest(r.Text())
		require.NoError(t, err)
		require.Equal(t, r, again)
	}
}

// FuzzRequest looks for bodies that break the reader, or that have two readings.
func FuzzRequest(f *testing.F) {
	log := newHistory(f, "log.example/a")
	log.grow(20, "a")
	f.Add(log.request(0, 5).Text())
	f.Add(log.request(5, 20).Text())
	f.Add([]byte("old 1\n\n"))
	w, err := witness.Open(options(f.TempDir(), log))
	require.NoError(f, err)
	before := w.Logs()
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := witness.ParseRequest(body)
		if err != nil {
			require.ErrorIs(t, err, witness.ErrMalformed)
			return
		}
		require.Equal(t, string(body), string(r.Text()))
		if _, err := w.Add(r); err == nil { // only what the log signed
			before = w.Logs()
		}
		require.Equal(t, before, w.Logs(), fmt.Sprintf("%q", body))
	})
}
