package edge_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"daybook.internal/api/edge"
)

func TestWhatBrowsersAreTold(t *testing.T) {
	t.Parallel()
	h := stand(edge.Config{}, ok)
	w := from(h, "192.0.2.1:1", "Origin", "https://news.example")
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "cross-origin", w.Header().Get("Cross-Origin-Resource-Policy"))
	require.Empty(t, w.Header().Get("Strict-Transport-Security"), "not over plain HTTP (RFC 6797, 7.2)")
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
	require.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"))
	for _, name := range []string{"Etag", "Link", "Ledger-Position", "Ratelimit", "Ratelimit-Policy", "Retry-After", "Request-Id"} {
		require.Contains(t, strings.ToLower(w.Header().Get("Access-Control-Expose-Headers")), strings.ToLower(name))
	}
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	r.TLS = &tls.ConnectionState{}
	h.ServeHTTP(w, r)
	require.Contains(t, w.Header().Get("Strict-Transport-Security"), "max-age=")

	preflight := func(method, header string) http.Header {
		r, w := httptest.NewRequest(http.MethodOptions, "/", nil), httptest.NewRecorder()
		r.Header.Set("Origin", "https://news.example")
		r.Header.Set("Access-Control-Request-Method", method)
		if header != "" {
			r.Header.Set("Access-Control-Request-Headers", header)
		}
		h.ServeHTTP(w, r)
		return w.Header()
	}
	require.Equal(t, "*", preflight("GET", "if-none-match").Get("Access-Control-Allow-Origin"))
	require.Empty(t, preflight("POST", "").Get("Access-Control-Allow-Methods"), "pages from elsewhere command nothing")
	require.Empty(t, preflight("GET", "idempotency-key").Get("Access-Control-Allow-Methods"))
	r, w = httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRecorder()
	r.Header.Set("Origin", "https://news.example")
	h.ServeHTTP(w, r)
	require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
}

func pack(t *testing.T, coding string, b []byte) string {
	var out bytes.Buffer
	var to io.WriteCloser = gzip.NewWriter(&out)
	if coding == "zstd" {
		z, err := zstd.NewWriter(&out)
		require.NoError(t, err)
		to = z
	}
	_, err := to.Write(b)
	require.NoError(t, err)
	require.NoError(t, to.Close())
	return out.String()
}

func TestBodies(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	url := listen(t, edge.Config{MaxFile: 1000, Files: func(r *http.Request) bool { return r.URL.Path == "/file" }}, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			problem(w, r, http.StatusRequestEntityTooLarge, "too-large", err.Error())
			return
		case errors.Is(err, io.ErrUnexpectedEOF):
			problem(w, r, http.StatusBadRequest, "bad-request", err.Error())
			return
		}
		coding := r.Header.Get("Content-Encoding")
		if err != nil || (coding != "" && coding != "identity") || r.ContentLength >= 0 && r.ContentLength != int64(len(b)) {
			problem(w, r, http.StatusInternalServerError, "internal", "")
			return
		}
		got <- string(b)
	})
	whole := strings.Repeat("line\n", 200)
	for _, coding := range []string{"gzip", "zstd"} {
		require.Equal(t, 200, send(t, http.MethodPost, url+"/file", pack(t, coding, []byte(whole)), "Content-Encoding", coding).StatusCode)
		require.Equal(t, whole, <-got)
		requireProblem(t, send(t, http.MethodPost, url+"/file", pack(t, coding, []byte(whole+"x")), "Content-Encoding", coding), 413, "too-large")
		bomb := pack(t, coding, make([]byte, 64<<20))
		require.Less(t, len(bomb), 100_000)
		requireProblem(t, send(t, http.MethodPost, url+"/file", bomb, "Content-Encoding", coding), 413, "too-large")
		half := pack(t, coding, []byte(whole))
		requireProblem(t, send(t, http.MethodPost, url+"/file", half[:len(half)-5], "Content-Encoding", coding), 400, "bad-request")
		requireProblem(t, send(t, http.MethodPost, url+"/file", "this is not what it says", "Content-Encoding", coding), 400, "bad-request")
		refused := send(t, http.MethodPost, url+"/one", pack(t, coding, []byte("{}")), "Content-Encoding", coding)
		requireProblem(t, refused, 415, "unsupported-encoding")
		require.Equal(t, "identity", refused.Header.Get("Accept-Encoding"))
	}
	for _, coding := range []string{"br", "gzip, gzip", "deflate", "gzip;q=1", "x"} {
		refused := send(t, http.MethodPost, url+"/file", "x", "Content-Encoding", coding)
		requireProblem(t, refused, 415, "unsupported-encoding")
		require.Equal(t, "gzip, zstd", refused.Header.Get("Accept-Encoding"))
	}
	require.Equal(t, 200, send(t, http.MethodPost, url+"/one", "plain", "Content-Encoding", "identity").StatusCode)
	require.Equal(t, "plain", <-got)
}

// TestReadsDoNotStarveCommands fills the reads and their queue; commands go on.
func TestReadsDoNotStarveCommands(t *testing.T) {
	t.Parallel()
	begun, end := make(chan bool), make(chan bool)
	h := stand(edge.Config{
		Class: func(r *http.Request) edge.Class {
			return map[string]edge.Class{"/read": edge.Read, "/command": edge.Command}[r.URL.Path]
		},
		Gates: map[edge.Class]edge.Gate{edge.Read: {Slots: 2, Queue: 1, Wait: time.Minute}, edge.Command: {Slots: 1, Queue: 1, Wait: time.Minute}},
	}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/read" {
			begun <- true
			<-end
		}
		_, _ = io.WriteString(w, "ok")
	})
	ask := func(path string) int {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
		h.ServeHTTP(w, r)
		if w.Code == http.StatusServiceUnavailable {
			require.Equal(t, "1", w.Header().Get("Retry-After"))
			require.Contains(t, w.Body.String(), "/problems/overloaded")
		}
		return w.Code
	}
	var all sync.WaitGroup
	codes := make(chan int, 8)
	for range 2 {
		all.Go(func() { codes <- ask("/read") })
		<-begun
	}
	for range 6 { // one of them waits, the others are refused
		all.Go(func() { codes <- ask("/read") })
	}
	for range 5 {
		require.Equal(t, http.StatusServiceUnavailable, <-codes)
	}
	require.Equal(t, 200, ask("/command"))
	require.Equal(t, 200, ask("/health"))
	end <- true
	<-begun // the one that waited
	end <- true
	end <- true
	all.Wait()
	for range 3 {
		require.Equal(t, 200, <-codes)
	}
}

// TestASlotIsForTheWork lets a client read slowly: its slot is free as soon as the answer begins. One that gives up waiting frees its place in the queue.
func TestASlotIsForTheWork(t *testing.T) {
	t.Parallel()
	sending, end := make(chan bool), make(chan bool)
	h := stand(edge.Config{
		Class: func(*http.Request) edge.Class { return edge.Read },
		Gates: map[edge.Class]edge.Gate{edge.Read: {Slots: 1, Queue: 1, Wait: time.Millisecond}},
	}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/working" {
			sending <- true
			<-end
		}
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/slow" {
			_, _ = w.Write(make([]byte, 10_000))
			sending <- true
			<-end
		}
	})
	ask := func(path string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code
	}
	var all sync.WaitGroup
	all.Go(func() { ask("/slow") })
	<-sending
	require.Equal(t, 200, ask("/"))
	end <- true
	all.Go(func() { ask("/working") })
	<-sending
	for range 3 {
		require.Equal(t, 503, ask("/"), "nobody waits for ever")
	}
	end <- true
	all.Wait()
	require.Equal(t, 200, ask("/"))
}

func TestGatesAreThere(t *testing.T) {
	t.Parallel()
	for _, class := range []edge.Class{edge.Read, edge.Heavy, edge.Command, edge.File} {
		g := edge.Gates()[class]
		require.Positive(t, g.Slots)
		require.Positive(t, g.Queue)
		require.Positive(t, g.Wait)
	}
}
