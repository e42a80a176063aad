package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConditionalRequests is a table of RFC 9110, 13.1.2, for documents and tables in each encoding: a strong tag of an address names one sequence of bytes, whoever comes back with it is told
// 304 with that tag, whoever comes with another one gets the bytes.
func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	n, encoded := newNode(t, nil), 0
	for _, path := range []string{
		"/v1/views/country", "/v1/views/statement?limit=3", "/v1/views/statement?at=200", "/v1/views/country/FR", "/v1/views/country/FR?at=200", "/v1/views/country/FR?format=csv", "/v1/views/statement?format=csv", "/v1/views/statement?format=ndjson",
		"/v1/views/statement?format=parquet", "/v1/views/statement?format=csv&safe=spreadsheet", "/v1/views/statement?format=csv&fields=document", "/v1/views/statement?format=ndjson&fields=document",
	} {
		bytesOf, tags := map[string]string{}, map[string]string{}
		for _, accept := range []string{"", "gzip", "zstd", "gzip;q=0.5, zstd;q=0.4", "br"} {
			for range 2 {
				a := n.get(path, "Accept-Encoding", accept)
				require.Equal(t, http.StatusOK, a.StatusCode, "%s: %s", path, a.body)
				tag := a.Header.Get("ETag")
				require.Regexp(t, `^(W/)?"[!#-~]+"$`, tag)
				if have, ok := bytesOf[tag]; ok {
					require.Equal(t, have, string(a.body), "%s %s %s", path, accept, tag)
				}
				if a.Header.Get("Content-Encoding") != "" {
					encoded++
				}
				bytesOf[tag], tags[accept] = string(a.body), tag
				require.Contains(t, a.Header.Values("Vary"), "Accept-Encoding")

				head := n.do(http.MethodHead, path, "", "Accept-Encoding", accept)
				for _, name := range []string{"ETag", "Content-Type", "Content-Encoding", "Ledger-Position", "Cache-Control"} {
					require.Equal(t, a.Header.Get(name), head.Header.Get(name), "%s %s %s", path, accept, name)
				}
				require.Empty(t, head.body)
			}
		}
		for accept, tag := range tags {
			strong := strings.TrimPrefix(tag, "W/")
			for have, status := range map[string]int{
				tag: 304, "W/" + strong: 304, `"other", ` + tag: 304, `"other" ,` + tag + `, "more"`: 304, "*": 304,
				`"other"`: 200, strong[:len(strong)-1] + `x"`: 200, strong[1 : len(strong)-1]: 200, "": 200,
			} {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					a := n.do(method, path, "", "Accept-Encoding", accept, "If-None-Match", have, "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")
					require.Equal(t, status, a.StatusCode, "%s %s with %s", method, path, have)
					require.NotEmpty(t, a.Header.Get("ETag"), "RFC 9110, 15.4.5")
					if status == http.StatusNotModified {
						require.Empty(t, a.body)
						require.Contains(t, a.Header.Values("Vary"), "Accept-Encoding")
						require.Empty(t, a.Header.Get("Content-Encoding"))
					}
					if status == http.StatusNotModified && have != "*" {
						require.Equal(t, tag, a.Header.Get("ETag"))
					}
				}
			}
			require.Equal(t, 200, n.get(path, "Accept-Encoding", accept, "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT").StatusCode, "there are no dates here")
		}
	}
	require.Greater(t, encoded, 20, "some of these are large enough to be encoded")
}
