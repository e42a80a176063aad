package edge_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/api/edge"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func from(h http.Handler, address string, headers ...string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = address
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	h.ServeHTTP(w, r)
	return w
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

func TestRates(t *testing.T) {
	t.Parallel()
	c := &clock{time.Unix(1e9, 0)}
	h := stand(edge.Config{Rate: edge.Rate{Requests: 3, Per: time.Minute}, Now: c.Now}, ok)
	for left := 2; left >= 0; left-- {
		w := from(h, "192.0.2.1:4000")
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, `"public";q=3;w=60`, w.Header().Get("RateLimit-Policy"))
		require.Equal(t, `"public";r=`+strconv.Itoa(left)+`;t=`+strconv.Itoa(20*(3-left)), w.Header().Get("RateLimit"))
	}
	w := from(h, "192.0.2.1:4001")
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "20", w.Header().Get("Retry-After"))
	require.Equal(t, `"public";r=0;t=60`, w.Header().Get("RateLimit"))
	require.Contains(t, w.Body.String(), "/problems/too-many-requests")
	require.Equal(t, http.StatusOK, from(h, "192.0.2.2:4000").Code, "others are not touched")

	c.now = c.now.Add(20 * time.Second)
	require.Equal(t, http.StatusOK, from(h, "192.0.2.1:4000").Code, "Retry-After is true")
	require.Equal(t, http.StatusTooManyRequests, from(h, "192.0.2.1:4000").Code)
}

func TestWhoIsAClient(t *testing.T) {
	t.Parallel()
	rate := edge.Rate{Requests: 1, Per: time.Minute}
	h := stand(edge.Config{Rate: rate}, ok)
	require.Equal(t, 200, from(h, "[2001:db8:1:2:3::1]:1").Code)
	require.Equal(t, 429, from(h, "[2001:db8:1:2:ffff::9]:1").Code, "a client has all of a /64")
	require.Equal(t, 200, from(h, "[2001:db8:1:3::1]:1").Code)
	require.Equal(t, 200, from(h, "192.0.2.1:1").Code)
	require.Equal(t, 429, from(h, "[::ffff:192.0.2.1]:1").Code, "the same address")
	require.Equal(t, 429, from(h, "192.0.2.1:1", "X-Forwarded-For", "203.0.113.9").Code, "who is no proxy of ours says nothing of others")
	require.Equal(t, 429, from(h, "192.0.2.1:1", "X-Real-IP", "203.0.113.9", "True-Client-IP", "203.0.113.9").Code)

	proxies, err := edge.ParseProxies([]string{"10.0.0.0/8", "127.0.0.1", "::1"})
	require.NoError(t, err)
	behind := stand(edge.Config{Rate: rate, Proxies: proxies}, ok)
	require.Equal(t, 200, from(behind, "10.1.1.1:1", "X-Forwarded-For", "203.0.113.9").Code)
	require.Equal(t, 429, from(behind, "10.2.2.2:1", "X-Forwarded-For", "198.51.100.1, 203.0.113.9, 10.3.3.3").Code, "the last one that is no proxy is the client")
	require.Equal(t, 200, from(behind, "10.2.2.2:1", "X-Forwarded-For", "198.51.100.1").Code)
	require.Equal(t, 200, from(behind, "192.0.2.1:1", "X-Forwarded-For", "203.0.113.9").Code, "and around the proxy it is who connects")
	require.Equal(t, 429, from(behind, "192.0.2.1:1", "X-Forwarded-For", "203.0.113.10").Code)
	require.Equal(t, 200, from(behind, "10.1.1.1:1", "X-Forwarded-For", "nonsense").Code, "those without an address share one quota")
	require.Equal(t, 429, from(behind, "10.1.1.1:1", "X-Forwarded-For", "rubbish").Code)

	_, err = edge.ParseProxies([]string{"10.0.0.1/33"})
	require.ErrorContains(t, err, "10.0.0.1/33")
}

func TestAKeyRaisesTheRate(t *testing.T) {
	t.Parallel()
	h := stand(edge.Config{Rate: edge.Rate{Requests: 1, Per: time.Minute}, Known: func(r *http.Request) (string, int) { return r.Header.Get("Key"), 3 }}, ok)
	for range 3 {
		w := from(h, "192.0.2.1:1", "Key", "newsroom")
		require.Equal(t, 200, w.Code)
		require.Equal(t, `"key";q=3;w=60`, w.Header().Get("RateLimit-Policy"))
	}
	require.Equal(t, 429, from(h, "192.0.2.9:1", "Key", "newsroom").Code, "from wherever it is used")
	require.Equal(t, 200, from(h, "192.0.2.1:1").Code)
}

// TestNothingNewCostsNothing asks a hundred times whether something is new.
func TestNothingNewCostsNothing(t *testing.T) {
	t.Parallel()
	c := &clock{time.Unix(1e9, 0)}
	h := stand(edge.Config{Rate: edge.Rate{Requests: 2, Per: time.Minute}, Now: c.Now}, tagged(`"1"`, "text/plain", "x"))
	for range 100 {
		w := from(h, "192.0.2.1:1", "If-None-Match", `"1"`)
		require.Equal(t, 304, w.Code)
		require.Equal(t, `"public";r=2;t=0`, w.Header().Get("RateLimit"))
	}
	require.Equal(t, 200, from(h, "192.0.2.1:1").Code)
}

// TestWhatIsThereToBeCopiedCostsNothing asks for files of the log.
func TestWhatIsThereToBeCopiedCostsNothing(t *testing.T) {
	t.Parallel()
	unlimited := false
	h := stand(edge.Config{Rate: edge.Rate{Requests: 1, Per: time.Minute}, Unlimited: func(*http.Request) bool { return unlimited }}, ok)
	require.Equal(t, 200, from(h, "192.0.2.1:1").Code)
	require.Equal(t, 429, from(h, "192.0.2.1:1").Code)
	unlimited = true
	w := from(h, "192.0.2.1:1")
	require.Equal(t, 200, w.Code)
	require.Empty(t, w.Header().Get("RateLimit"))
}

// TestNobodyGetsMoreThanTheRate draws when clients ask: in any time, nobody gets more than a quota and what comes back meanwhile.
func TestNobodyGetsMoreThanTheRate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := edge.Rate{Requests: rapid.IntRange(1, 20).Draw(t, "requests"), Per: time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second}
		c := &clock{time.Unix(1e9, 0)}
		h := stand(edge.Config{Rate: rate, Now: c.Now}, ok)
		got, began := 0, c.now
		for range 200 {
			c.now = c.now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			if from(h, "192.0.2.1:1").Code == 200 {
				got++
			}
			may := float64(rate.Requests) * (1 + c.now.Sub(began).Seconds()/rate.Per.Seconds())
			require.LessOrEqual(t, float64(got), may+1e-6)
		}
	})
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]edge.Rate{"300/1m": {Requests: 300, Per: time.Minute}, "0": {}, "1/1s": {Requests: 1, Per: time.Second}} {
		got, err := edge.ParseRate(s)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, s := range []string{"", "300", "300/", "/1m", "-1/1m", "0/1m", "3/1ms", "3/25h", "x/1m", "3/1m/2"} {
		_, err := edge.ParseRate(s)
		require.Error(t, err, s)
	}
}
