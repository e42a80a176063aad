package api_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/provenance"
)

const lineage = "/v1/recommendations/rc_world_1/provenance"

// demoLineage is what the API must answer: the graph of an index of its own.
func demoLineage(t *testing.T, q provenance.Query, write func(*provenance.Graph) ([]byte, error)) string {
	t.Helper()
	x := provenance.NewIndex()
	for _, r := range demo().records {
		require.NoError(t, x.Take(r))
	}
	g, err := x.Graph(q)
	require.NoError(t, err)
	doc, err := write(g)
	require.NoError(t, err)
	return string(doc)
}

func TestProvenance(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	both := provenance.Query{Recommendation: "rc_world_1", Direction: provenance.Both, At: end()}
	provJSON, jsonld := demoLineage(t, both, (*provenance.Graph).ProvJSON), demoLineage(t, both, (*provenance.Graph).JSONLD)
	require.NotEqual(t, provJSON, jsonld)
	for _, c := range []struct{ path, accept, kind, doc string }{
		{lineage, "", "application/json", provJSON},
		{lineage, "text/html,application/xhtml+xml,*/*;q=0.8", "application/json", provJSON},
		{lineage, "application/provenance+json", "application/provenance+json", provJSON},
		{lineage, "application/ld+json", "application/ld+json", jsonld},
		{lineage, "application/json;q=0.5, application/ld+json", "application/ld+json", jsonld},
		{lineage, "application/*, application/json;q=0, application/provenance+json;q=0.1", "application/ld+json", jsonld},
		{lineage, "application/ld+json;q=nonsense, application/json;q=0.1", "application/json", provJSON},
		{lineage + "?format=jsonld", "application/json", "application/ld+json", jsonld},
		{lineage + "?format=prov-json", "text/html", "application/provenance+json", provJSON},
		{lineage + "?direction=both&at=&limit=10000", "", "application/json", provJSON},
		{"/v1/recommendations/rc%5Fworld_1/provenance", "", "application/json", provJSON},
	} {
		a := n.get(c.path, "Accept", c.accept)
		require.Equal(t, http.StatusOK, a.StatusCode, "%s: %s", c.path, a.body)
		require.Equal(t, c.kind, a.Header.Get("Content-Type"), "%s %s", c.path, c.accept)
		require.Equal(t, c.doc, string(a.body), "%s %s", c.path, c.accept)
		require.Contains(t, a.Header.Values("Vary"), "Accept")
		require.Equal(t, fmt.Sprint(end()), a.Header.Get("Ledger-Position"))

		again := n.get(c.path, "Accept", c.accept, "If-None-Match", `"other", `+a.Header.Get("ETag"))
		require.Equal(t, http.StatusNotModified, again.StatusCode)
		require.Equal(t, a.Header.Get("ETag"), again.Header.Get("ETag"))
		require.Empty(t, again.body)
		require.Equal(t, http.StatusOK, n.do(http.MethodHead, c.path, "", "Accept", c.accept).StatusCode)
	}
	require.NotEqual(t, n.get(lineage).Header.Get("ETag"), n.get(lineage+"?format=jsonld").Header.Get("ETag"))

	for _, d := range provenance.Directions() {
		a := n.get(lineage + "?direction=" + string(d) + at("&at=NEAR&limit=5"))
		require.Equal(t, demoLineage(t, provenance.Query{Recommendation: "rc_world_1", Direction: d, At: end() - 3, Limit: 5}, (*provenance.Graph).ProvJSON), string(a.body))
		require.Contains(t, a.Header.Get("Cache-Control"), "immutable")
		require.Equal(t, at("NEAR"), a.Header.Get("Ledger-Position"))
	}
}

func TestProvenanceRefused(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for path, want := range map[string]string{
		"/v1/recommendations/rc_none/provenance":       "not-found",
		lineage + "?at=10":                             "not-found",
		lineage + at("?at=NEXT"):                       "beyond-the-ledger",
		lineage + "?at=minus":                          "bad-request",
		lineage + "?direction=up":                      "bad-request",
		lineage + "?format=csv":                        "bad-request",
		lineage + "?limit=0":                           "bad-request",
		lineage + "?limit=10001":                       "bad-request",
		lineage + "?limit=many":                        "bad-request",
		"/v1/recommendations/rc_world_1%00/provenance": "not-found",
	} {
		status := map[string]int{"not-found": http.StatusNotFound, "bad-request": http.StatusBadRequest, "beyond-the-ledger": http.StatusBadRequest}[want]
		requireProblem(t, n.get(path), status, want)
	}
	requireProblem(t, n.get(lineage, "Accept", "text/csv"), http.StatusNotAcceptable, "not-acceptable")
	requireProblem(t, n.get(lineage, "Accept", "*/*;q=0"), http.StatusNotAcceptable, "not-acceptable")
}

// Lineages follow the ledger, whoever asks, and many may ask while it grows.
func TestProvenanceFollows(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	before := n.get(lineage)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				n.get(lineage)
			}
		})
	}
	stream := domain.RecommendationStream("rc_world_1")
	var version uint64
	for _, r := range demo().records {
		if r.Stream == stream {
			version = r.Revision + 1
		}
	}
	meta, err := domain.EncodeMeta(domain.Meta{Source: "ed_demo", Time: domain.TimeOf(time.Now()), Actor: domain.Actor{Role: domain.Coordinator, Principal: "p"}, Command: "superseded"})
	require.NoError(t, err)
	typ, data, err := domain.Encode(domain.RecommendationSuperseded{Recommendation: "rc_world_1", By: []domain.RecommendationID{"rc_2"}, Relation: domain.Replaced, Reason: "words"})
	require.NoError(t, err)
	_, err = n.memory.Append(context.Background(), stream, version, ledger.Draft{ID: domain.NewEventID("superseded", stream, 0), Type: typ, Meta: meta, Data: data})
	require.NoError(t, err)
	all.Wait()
	after := n.get(lineage)
	require.Contains(t, string(after.body), fmt.Sprintf(`"st:%s@%d"`, stream, version+1))
	require.NotEqual(t, before.Header.Get("ETag"), after.Header.Get("ETag"))
	require.Equal(t, string(before.body), string(n.get(lineage+at("?at=END")).body), "what was stays what it was")
}
