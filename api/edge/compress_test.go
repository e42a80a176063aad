package edge_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/api/edge"
)

// tagged answers as the API does: a strong tag, and 304 where it is among If-None-Match.
func tagged(tag, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		for _, line := range r.Header.Values("If-None-Match") {
			for one := range strings.SplitSeq(line, ",") {
				if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == strings.TrimPrefix(tag, "W/") || one == "*" {
					w.WriteHeader(http.StatusNotModified)
					return
				}
			}
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(w, body)
	}
}

func decoded(t require.TestingT, coding, body string) string {
	var from io.Reader = strings.NewReader(body)
	var err error
	switch coding {
	case "gzip":
		from, err = gzip.NewReader(from)
	case "zstd":
		from, err = zstd.NewReader(from)
	}
	require.NoError(t, err)
	b, err := io.ReadAll(from)
	require.NoError(t, err)
	return string(b)
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	large := strings.Repeat(`{"key":"value"},`, 500)
	url := listen(t, edge.Config{}, tagged(`"3-7"`, "application/json", large))
	small := listen(t, edge.Config{}, tagged(`"3-7"`, "application/json", "{}"))
	events := listen(t, edge.Config{}, tagged(`"3-7"`, "text/event-stream", large))
	for accept, coding := range map[string]string{
		"": "", "gzip": "gzip", "zstd": "zstd", "gzip, zstd": "zstd", "gzip;q=1, zstd;q=0.5": "gzip", "br": "", "gzip;q=0": "", "identity": "", "gzip, deflate, br": "gzip",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := send(t, method, url, "", "Accept-Encoding", accept)
			require.Equal(t, http.StatusOK, a.StatusCode)
			require.Equal(t, coding, a.Header.Get("Content-Encoding"), "%s %q", method, accept)
			require.Contains(t, a.Header.Values("Vary"), "Accept-Encoding")
			tag := `"3-7"`
			if coding != "" {
				tag = `"3-7-` + coding + `"`
			}
			require.Equal(t, tag, a.Header.Get("ETag"), "%s %q", method, accept)
			if method == http.MethodGet {
				require.Equal(t, large, decoded(t, coding, a.body))
			} else {
				require.Empty(t, a.body)
			}

			again := send(t, method, url, "", "Accept-Encoding", accept, "If-None-Match", `"1-1", W/`+tag)
			require.Equal(t, http.StatusNotModified, again.StatusCode, "%s %q", method, accept)
			require.Equal(t, tag, again.Header.Get("ETag"), "the tag of what the client has")
			require.Empty(t, again.body)
			require.Contains(t, again.Header.Values("Vary"), "Accept-Encoding")
			require.Empty(t, again.Header.Get("Content-Encoding"))
		}
		for _, other := range []string{small, events} {
			a := send(t, http.MethodGet, other, "", "Accept-Encoding", accept)
			require.Empty(t, a.Header.Get("Content-Encoding"))
			require.Equal(t, `"3-7"`, a.Header.Get("ETag"))
		}
	}
	hashes := listen(t, edge.Config{Plain: func(r *http.Request) bool { return r.URL.Path == "/hashes" }}, tagged(`"3-7"`, "application/octet-stream", large))
	require.Empty(t, send(t, http.MethodGet, hashes+"/hashes", "", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"))
	require.NotEmpty(t, send(t, http.MethodGet, hashes+"/words", "", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"))
	for have, status := range map[string]int{
		`"3-7"`: 304, `"3-7-zstd"`: 200, `"3-6-gzip"`: 200, `"3-7-gzip-gzip"`: 200, `*`: 304, `"3-7-gzip`: 200, `3-7-gzip`: 200, `"1", "2-gzip", "3-7-gzip"`: 304,
	} {
		require.Equal(t, status, send(t, http.MethodGet, url, "", "Accept-Encoding", "gzip", "If-None-Match", have).StatusCode, have)
	}
	weak := listen(t, edge.Config{}, tagged(`W/"3-7"`, "application/json", large))
	for _, coding := range []string{"gzip", "zstd"} {
		tag := send(t, http.MethodGet, weak, "", "Accept-Encoding", coding).Header.Get("ETag")
		require.Equal(t, `W/"3-7-`+coding+`"`, tag)
		again := send(t, http.MethodGet, weak, "", "Accept-Encoding", coding, "If-None-Match", tag)
		require.Equal(t, http.StatusNotModified, again.StatusCode)
		require.Equal(t, tag, again.Header.Get("ETag"))
	}
	same := listen(t, edge.Config{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Join(r.Header.Values("If-Match"), ", "))
	})
	for have, want := range map[string]string{
		`"3-7-gzip"`: `"3-7-gzip", "3-7"`, `W/"3-7-gzip"`: `W/"3-7-gzip", W/"3-7"`, `"3-7"`: `"3-7"`, `"3-7-zstd"`: `"3-7-zstd"`, `"a-gzip", "b-gzip"`: `"a-gzip", "b-gzip", "a", "b"`,
	} {
		require.Equal(t, want, send(t, http.MethodGet, same, "", "Accept-Encoding", "gzip", "If-Match", have).body)
	}
	require.Equal(t, 200, send(t, http.MethodGet, url, "", "X-Edge-Head", "1").StatusCode)
	require.NotEmpty(t, send(t, http.MethodGet, url, "", "X-Edge-Head", "1", "Accept-Encoding", "gzip").body, "a header of ours says nothing when a client sends it")
}

// TestATagNamesOneSequenceOfBytes draws bodies and codings.
func TestATagNamesOneSequenceOfBytes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bytesOf := map[string]string{}
		for at := range rapid.IntRange(1, 3).Draw(t, "versions") {
			body := strings.Repeat(rapid.StringN(1, 20, -1).Draw(t, "part"), rapid.IntRange(1, 400).Draw(t, "times"))
			h := stand(edge.Config{}, tagged(fmt.Sprintf(`"3-%d"`, at), "text/csv", body))
			for range 4 {
				w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
				coding := rapid.SampledFrom([]string{"gzip", "zstd", "br", "gzip;q=0.1, zstd;q=0.2"}).Draw(t, "accept")
				r.Header.Set("Accept-Encoding", coding)
				h.ServeHTTP(w, r)
				tag := w.Header().Get("ETag")
				if have, ok := bytesOf[tag]; ok {
					require.Equal(t, have, w.Body.String(), tag)
				}
				bytesOf[tag] = w.Body.String()
				require.Equal(t, body, decoded(t, w.Header().Get("Content-Encoding"), w.Body.String()))
			}
		}
	})
}

// TestAnAnswerThatIsBrokenOffIsSeen has a handler that cannot go on: encoded or not, the client must not take what came for all of it.
func TestAnAnswerThatIsBrokenOffIsSeen(t *testing.T) {
	t.Parallel()
	url := listen(t, edge.Config{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		for range 100 {
			_, _ = w.Write(bytes.Repeat([]byte("half of it "), 1000))
		}
		panic(http.ErrAbortHandler)
	})
	for _, accept := range []string{"", "gzip", "zstd"} {
		r, err := http.NewRequest(http.MethodGet, url, nil)
		require.NoError(t, err)
		r.Header.Set("Accept-Encoding", accept)
		resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(r)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		require.Error(t, err, accept)
	}
}
