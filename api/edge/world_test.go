package edge_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api/edge"
)

func problem(w http.ResponseWriter, _ *http.Request, status int, name, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "/problems/" + name, "status": status, "detail": detail})
}

// stand puts a chain before a handler.
func stand(c edge.Config, h http.HandlerFunc) http.Handler {
	c.Problem = problem
	chain := edge.Chain(c)
	var all http.Handler = h
	for i := len(chain) - 1; i >= 0; i-- {
		all = chain[i](all)
	}
	return all
}

// listen serves it over a socket.
func listen(t *testing.T, c edge.Config, h http.HandlerFunc) string {
	s := httptest.NewServer(stand(c, h))
	t.Cleanup(s.Close)
	return s.URL
}

type answer struct {
	*http.Response
	body string
}

// send asks without what Go's client adds, such as an Accept-Encoding of its own.
func send(t require.TestingT, method, url, body string, headers ...string) answer {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	resp, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp, string(b)}
}

func requireProblem(t require.TestingT, a answer, status int, name string) {
	require.Equal(t, status, a.StatusCode, a.body)
	require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	require.Contains(t, a.body, `"/problems/`+name+`"`)
}
