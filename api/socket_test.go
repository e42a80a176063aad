package api_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
)

// impatient serves a node with time-outs that a test can wait for.
func impatient(t *testing.T) (*node, string) {
	n := newNode(t, nil)
	s := api.NewHTTPServer(api.Handler(n.Config))
	require.Positive(t, s.ReadHeaderTimeout)
	require.LessOrEqual(t, s.ReadHeaderTimeout, 10*time.Second)
	require.LessOrEqual(t, s.ReadTimeout, time.Minute)
	require.Positive(t, s.WriteTimeout)
	require.LessOrEqual(t, s.IdleTimeout, 2*time.Minute)
	s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout = 200*time.Millisecond, 400*time.Millisecond, 200*time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return n, l.Addr().String()
}

// dial connects; what does not end in ten seconds is a hole.
func dial(t *testing.T, address string) net.Conn {
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// TestSlowClientsAreLeft sends as slowly as it can: a header that never ends, a body that never comes, nothing at all, nothing after an answer. The server ends each by itself.
func TestSlowClientsAreLeft(t *testing.T) {
	t.Parallel()
	_, address := impatient(t)
	for what, sent := range map[string]string{
		"nothing":       "",
		"half a line":   "GET /v1/vi",
		"half a header": "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: ",
		"half a body":   "POST /v1/commands/open-edition HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\nContent-Length: 1000\r\n\r\n{\"edition\":",
		"idle":          "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		c := dial(t, address)
		_, err := io.WriteString(c, sent)
		require.NoError(t, err)
		_, err = io.ReadAll(c)
		require.False(t, errors.Is(err, os.ErrDeadlineExceeded), "%s: the server waits for ever", what)
	}
}

// TestADribblingHeaderIsLeft sends a byte of a header from time to time: what counts is when the header began.
func TestADribblingHeaderIsLeft(t *testing.T) {
	t.Parallel()
	_, address := impatient(t)
	c := dial(t, address)
	ended := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(c)
		ended <- err
	}()
	_, err := io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: x\r\n")
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case err := <-ended:
			tick.Stop()
			require.False(t, errors.Is(err, os.ErrDeadlineExceeded))
			return
		case <-tick.C:
			if err == nil {
				_, err = io.WriteString(c, "X-A: b\r\n")
			}
		}
	}
}

func TestHeadersHaveALimit(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for name, value := range map[string]string{"X-Long": strings.Repeat("a", 64<<10), "Accept": strings.Repeat("text/csv,", 8<<10)} {
		require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, n.get("/livez", name, value).StatusCode)
	}
	c := dial(t, strings.TrimPrefix(n.url, "http://"))
	_, err := io.WriteString(c, "GET /"+strings.Repeat("a", 64<<10)+" HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	require.GreaterOrEqual(t, resp.StatusCode, 400)
	require.Less(t, resp.StatusCode, 500)
}

// TestSmallBodiesThatBecomeLargeOnes sends a megabyte of nothing as a few bytes, and files that are compressed.
func TestSmallBodiesThatBecomeLargeOnes(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	packed := func(b []byte) string {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, err := z.Write(b)
		require.NoError(t, err)
		require.NoError(t, z.Close())
		return out.String()
	}
	a := n.post("open-edition", "k", packed([]byte("{}")), "Content-Encoding", "gzip")
	requireProblem(t, a, http.StatusUnsupportedMediaType, "unsupported-encoding")
	bomb := packed(make([]byte, api.MaxFile+1))
	require.Less(t, len(bomb), 1<<20)
	requireProblem(t, n.do(http.MethodPost, "/v1/commands", bomb, "Content-Type", "application/x-ndjson", "Content-Encoding", "gzip"), http.StatusRequestEntityTooLarge, "too-large")

	line := `{"command":"packed","name":"open-edition","actor":"coordinator:ada","content":{"edition":"ed_packed","title":{"source":"en","text":{"en":"t"}},"mandate":{"source":"en","text":{"en":"m"}},"languages":["en"],"coordinator":"pt_1","decisionOwners":[]}}` + "\n"
	done := n.do(http.MethodPost, "/v1/commands", packed([]byte(line)), "Content-Type", "application/x-ndjson", "Content-Encoding", "gzip")
	require.Equal(t, http.StatusOK, done.StatusCode)
	require.Contains(t, string(done.body), `"result":"done"`)
}

// TestBordersAreInPlace sees that Handler stands behind the edge.
func TestBordersAreInPlace(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for _, path := range []string{"/", "/livez", "/v1/views", "/v1/views/country/FR", "/nothing"} {
		a := n.get(path, "Origin", "https://news.example")
		require.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-referrer", a.Header.Get("Referrer-Policy"), path)
		require.NotEmpty(t, a.Header.Get("Content-Security-Policy"), path)
		require.Equal(t, "*", a.Header.Get("Access-Control-Allow-Origin"), path)
	}
}
