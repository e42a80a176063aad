package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// TestEveryViewAsTables asks for all views in all forms, and compares their rows.
func TestEveryViewAsTables(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	names := []string{}
	for _, v := range projections.All() {
		names = append(names, v.Name)
	}
	for _, v := range measures.All() {
		names = append(names, v.Name)
	}
	for _, name := range names {
		csvAnswer := n.get("/v1/views/"+name, "Accept", "text/csv")
		if csvAnswer.StatusCode == http.StatusNotFound { // measures, where the node computes none
			continue
		}
		require.Equal(t, http.StatusOK, csvAnswer.StatusCode, "%s: %s", name, csvAnswer.body)
		require.Equal(t, "text/csv; charset=utf-8; header=present", csvAnswer.Header.Get("Content-Type"))
		require.NotEmpty(t, csvAnswer.Header.Get("Ledger-Position"))
		require.Contains(t, csvAnswer.Header.Values("Vary"), "Accept")
		rows, err := csv.NewReader(bytes.NewReader(csvAnswer.body)).ReadAll()
		require.NoError(t, err, name)

		lines := n.get("/v1/views/" + name + "?format=ndjson")
		require.Equal(t, http.StatusOK, lines.StatusCode)
		documents := 0
		for line := range strings.Lines(string(lines.body)) {
			documents++
			var d struct {
				Key      string
				At       uint64
				Document json.RawMessage
			}
			require.NoError(t, json.Unmarshal([]byte(line), &d), name)
			require.Equal(t, d.Key, rows[documents][0])
			one := n.get("/v1/views/" + name + "/" + d.Key)
			require.Equal(t, string(one.body), string(d.Document), "the bytes of the record")
		}
		require.Len(t, rows, documents+1, name)

		file := n.get("/v1/views/" + name + "?format=parquet")
		require.Equal(t, http.StatusOK, file.StatusCode)
		p, err := parquet.OpenFile(bytes.NewReader(file.body), int64(len(file.body)))
		require.NoError(t, err)
		require.EqualValues(t, documents, p.NumRows(), name)
		require.Len(t, map[string]bool{csvAnswer.Header.Get("ETag"): true, lines.Header.Get("ETag"): true, file.Header.Get("ETag"): true}, 3)
	}
}

func TestFormsAreNegotiated(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for accept, kind := range map[string]string{
		"": "application/json", "*/*": "application/json", "text/html,application/xhtml+xml,*/*;q=0.8": "application/json", "text/csv": "text/csv; charset=utf-8; header=present",
		"application/x-ndjson": "application/x-ndjson", "application/vnd.apache.parquet": "application/vnd.apache.parquet", "text/csv;q=0.4, application/json;q=0.5": "application/json",
	} {
		for _, path := range []string{"/v1/views/country", "/v1/views/country/FR"} {
			a := n.get(path, "Accept", accept)
			require.Equal(t, http.StatusOK, a.StatusCode, "%s %s: %s", path, accept, a.body)
			require.Equal(t, kind, a.Header.Get("Content-Type"), "%s %s", path, accept)
			require.Contains(t, a.Header.Values("Vary"), "Accept")
			if tag := a.Header.Get("ETag"); tag != "" {
				again := n.get(path, "Accept", accept, "If-None-Match", tag)
				require.Equal(t, http.StatusNotModified, again.StatusCode)
				require.Equal(t, tag, again.Header.Get("ETag"))
			}
		}
	}
	for _, path := range []string{"/v1/views/country", "/v1/views/country/FR"} {
		requireProblem(t, n.get(path, "Accept", "application/xml"), 406, "not-acceptable")
		require.Equal(t, http.StatusOK, n.get(path+"?format=csv", "Accept", "application/xml").StatusCode)
		requireProblem(t, n.get(path+"?format=xml"), 400, "bad-request")
		requireProblem(t, n.get(path+"?format=csv&fields=nothing"), 400, "bad-request")
		requireProblem(t, n.get(path+"?format=csv&safe=yes"), 400, "bad-request")
		requireProblem(t, n.get(path+"?format=csv&table=nothing"), 400, "bad-request")
	}
	a := n.get("/v1/views/country/FR?format=csv&fields=document,place")
	require.Equal(t, "document,place\r\nFR,FR\r\n", string(a.body))
	early := n.get("/v1/views/country/FR?format=csv&at=100&fields=document,documentPosition")
	require.Equal(t, http.StatusOK, early.StatusCode, "%s", early.body)
	require.Equal(t, "100", early.Header.Get("Ledger-Position"))
	require.Contains(t, early.Header.Get("Cache-Control"), "immutable")
	requireProblem(t, n.get("/v1/views/country/XX?format=csv"), 404, "not-found")
	requireProblem(t, n.get("/v1/views/opinions?format=csv"), 404, "not-found")
}

// TestWhereEverythingIs asks as a program would that knows the host only.
func TestWhereEverythingIs(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	first := n.get("/")
	require.Len(t, first.Header.Values("Link"), 5)
	for path, kind := range map[string]string{
		"/.well-known/api-catalog": `application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"`, "/catalog.jsonld": "application/ld+json", "/robots.txt": "text/plain; charset=utf-8",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := n.do(method, path, "")
			require.Equal(t, http.StatusOK, a.StatusCode, path)
			require.Equal(t, kind, a.Header.Get("Content-Type"))
		}
	}
	requireProblem(t, n.get("/.well-known/security.txt"), 404, "not-found")
	named := newNode(t, func(n *node) { n.Site.Contacts = []string{"mailto:security@daybook.example"} })
	require.Contains(t, string(named.get("/.well-known/security.txt").body), "Contact: mailto:security@daybook.example\nExpires: ")

	var catalogue struct {
		Datasets []struct {
			Forms []struct {
				Access struct {
					ID string `json:"@id"`
				} `json:"dcat:accessURL"`
			} `json:"dcat:distribution"`
		} `json:"dcat:dataset"`
	}
	require.NoError(t, json.Unmarshal(n.get("/catalog.jsonld").body, &catalogue))
	require.GreaterOrEqual(t, len(catalogue.Datasets), len(projections.All()))
	for _, d := range catalogue.Datasets {
		for _, f := range d.Forms {
			path, ok := strings.CutPrefix(f.Access.ID, n.url)
			require.True(t, ok, f.Access.ID)
			require.Equal(t, http.StatusOK, n.get(path).StatusCode, path)
		}
	}
}
