package discovery_test

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/api/discovery"
)

func site() discovery.Site {
	return discovery.Site{
		Title: "A dialogue", Docs: "/docs", Spec: "/openapi.json", Status: "/readyz", Robots: []string{"/v1/commands"}, Licence: "https://creativecommons.org/licenses/by/4.0/",
		Datasets: []discovery.Dataset{{Name: "country", About: "countries", Path: "/v1/views/country", Version: 3, Forms: []discovery.Form{
			{Name: "JSON", MediaType: "application/json"}, {Name: "CSV", MediaType: "text/csv", Query: "format=csv"}, {Name: "NDJSON", MediaType: "application/x-ndjson", Query: "format=ndjson"},
		}}},
	}
}

func get(t *testing.T, h http.HandlerFunc, host string, v any) http.Header {
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	r.Host = host
	h(w, r)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), v))
	return w.Header()
}

func TestAPICatalog(t *testing.T) {
	t.Parallel()
	var doc struct {
		Linkset []map[string]json.RawMessage `json:"linkset"`
	}
	h := get(t, site().APICatalog, "api.example:8080", &doc)
	require.Equal(t, `application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"`, h.Get("Content-Type"))
	require.Contains(t, h.Get("Link"), `rel="api-catalog"`)
	for _, context := range doc.Linkset {
		for relation, value := range context {
			if relation == "anchor" {
				requireAbsolute(t, strings.Trim(string(value), `"`))
				continue
			}
			var targets []struct{ Href, Type, Title string }
			require.NoError(t, json.Unmarshal(value, &targets), "RFC 9264, 4.2.2: an array of objects")
			require.NotEmpty(t, targets)
			for _, to := range targets {
				requireAbsolute(t, to.Href)
			}
		}
	}
	require.Contains(t, string(doc.Linkset[0]["item"]), "http://api.example:8080/v1/")
	for _, relation := range []string{"service-desc", "service-doc", "service-meta", "status"} {
		require.Contains(t, doc.Linkset[1], relation)
	}
}

func requireAbsolute(t *testing.T, s string) {
	u, err := url.Parse(s)
	require.NoError(t, err)
	require.True(t, u.IsAbs(), s)
}

// TestHostsThatAreNone puts nothing into an address that is no name of a host.
func TestHostsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"", "a b", `x"><script>`, "x/y", "user@host", "x\r\ny", strings.Repeat("a", 300)} {
		var doc any
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Host = host
		site().Catalogue(w, r)
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
		require.Contains(t, w.Body.String(), `"@id": "/catalog.jsonld"`, host)
	}
	s := site()
	s.Public = "https://daybook.example/"
	var doc map[string]any
	get(t, s.Catalogue, "whatever", &doc)
	require.Equal(t, "https://daybook.example/catalog.jsonld", doc["@id"])
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	var doc struct {
		Type     string `json:"@type"`
		Datasets []struct {
			ID      string         `json:"@id"`
			Version string         `json:"dcat:version"`
			Licence map[string]any `json:"dct:license"`
			Forms   []struct {
				Access struct {
					ID string `json:"@id"`
				} `json:"dcat:accessURL"`
				MediaType *struct {
					ID string `json:"@id"`
				} `json:"dcat:mediaType"`
				Format any `json:"dct:format"`
			} `json:"dcat:distribution"`
		} `json:"dcat:dataset"`
	}
	h := get(t, site().Catalogue, "[::1]:8080", &doc)
	require.Equal(t, "application/ld+json", h.Get("Content-Type"))
	require.Equal(t, "dcat:Catalog", doc.Type)
	require.Len(t, doc.Datasets, 1)
	d := doc.Datasets[0]
	require.Equal(t, "http://[::1]:8080/v1/views/country", d.ID)
	require.Equal(t, "3", d.Version)
	require.NotEmpty(t, d.Licence)
	require.Len(t, d.Forms, 3)
	require.Equal(t, "http://[::1]:8080/v1/views/country?format=csv", d.Forms[1].Access.ID)
	require.Equal(t, "https://www.iana.org/assignments/media-types/text/csv", d.Forms[1].MediaType.ID)
	require.NotNil(t, d.Forms[2].Format, "a type that stands in no register")
}

func TestSecurityTXT(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host, r.TLS = "daybook.example", &tls.ConnectionState{}
	s := site()
	_, ok := s.SecurityTXT(r, now)
	require.False(t, ok)
	s.Contacts = []string{"mailto:security@daybook.example", "https://daybook.example/security"}
	text, ok := s.SecurityTXT(r, now)
	require.True(t, ok)
	require.Equal(t, "Contact: mailto:security@daybook.example\nContact: https://daybook.example/security\nExpires: 2026-09-04T00:00:00Z\nPreferred-Languages: en\nCanonical: https://daybook.example/.well-known/security.txt\n", text)
	for _, c := range s.Contacts {
		require.NoError(t, discovery.CheckContact(c))
	}
	for _, c := range []string{"", "security@daybook.example", "http://daybook.example", "mailto:", "https://x\nExpires: never", "javascript:alert(1)"} {
		require.Error(t, discovery.CheckContact(c), c)
	}
}

func TestLinksAndRobots(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^</[^>]*>; rel="[a-z-]+"(; type="[^"]+")?$`)
	for _, l := range site().Links() {
		require.Regexp(t, form, l)
	}
	require.Equal(t, "User-agent: *\nDisallow: /v1/commands\nAllow: /\n", site().RobotsTXT())
}
