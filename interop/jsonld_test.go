package interop

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/provenance"
	"daybook.internal/replay/verify/verifytest"
)

// nothing is fetched: the context stands in the document.
type nothing struct{ t *testing.T }

func (n nothing) LoadDocument(url string) (*ld.RemoteDocument, error) {
	n.t.Errorf("the reader wants to fetch %s", url)
	return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, url)
}

func options(t *testing.T) *ld.JsonLdOptions {
	o := ld.NewJsonLdOptions("")
	o.DocumentLoader, o.SafeMode, o.Format = nothing{t}, true, "application/n-quads"
	return o
}

// TestJSONLD reads lineages with json-gold: every member of every node comes out under an absolute IRI, and the triples are those of the graph.
func TestJSONLD(t *testing.T) {
	t.Parallel()
	village, err := os.ReadFile(filepath.Join("..", "provenance", "testdata", "village.jsonld"))
	require.NoError(t, err)
	expanded(t, village)

	for _, g := range lineages(t) {
		doc, err := g.JSONLD()
		require.NoError(t, err)
		triples := expanded(t, doc)
		full := iris(g)
		iri := func(id provenance.ID) string { return "<" + full(id) + ">" }
		for _, d := range g.Derivations {
			require.Contains(t, triples, iri(d.Generated)+" <http://www.w3.org/ns/prov#wasDerivedFrom> "+iri(d.Used)+" .")
			if slices.Contains(d.Kinds, "prov:Revision") {
				require.Contains(t, triples, iri(d.Generated)+" <http://www.w3.org/ns/prov#wasRevisionOf> "+iri(d.Used)+" .")
			}
		}
		for _, a := range g.Activities {
			if a.Ended != 0 {
				require.Contains(t, triples, iri(a.ID)+" <http://www.w3.org/ns/prov#endedAtTime> \""+a.Ended.String()+"\"^^<http://www.w3.org/2001/XMLSchema#dateTime> .")
			}
		}
		for _, a := range g.Associations {
			require.Contains(t, triples, iri(a.Activity)+" <http://www.w3.org/ns/prov#wasAssociatedWith> "+iri(a.Agent)+" .")
		}
	}
}

// lineages are those of every recommendation of an edition, in each direction by turns.
func lineages(t *testing.T) (all []*provenance.Graph) {
	t.Helper()
	x := provenance.NewIndex()
	var ids []domain.RecommendationID
	for _, r := range verifytest.Edition(t, verifytest.Small).Records {
		require.NoError(t, x.Take(r))
		if r.Type == "recommendation-drafted.v1" {
			f, err := r.Decode()
			require.NoError(t, err)
			ids = append(ids, f.Event.(domain.RecommendationDrafted).Recommendation)
		}
	}
	require.NotEmpty(t, ids)
	for i, id := range ids {
		g, err := x.Graph(provenance.Query{Recommendation: id, Direction: provenance.Directions()[i%3], At: x.Size()})
		require.NoError(t, err)
		all = append(all, g)
	}
	return all
}

// iris gives the names of a graph in full.
func iris(g *provenance.Graph) func(provenance.ID) string {
	names := map[string]string{}
	for _, p := range g.Prefixes() {
		names[p.Name] = p.Namespace
	}
	return func(id provenance.ID) string {
		prefix, rest, _ := strings.Cut(string(id), ":")
		return names[prefix] + rest
	}
}

// expanded reads a document, and gives its triples. Safe mode refuses what it would have to drop; the members are counted, too.
func expanded(t *testing.T, doc []byte) map[string]bool {
	t.Helper()
	var read any
	require.NoError(t, json.Unmarshal(doc, &read))
	nodes, err := ld.NewJsonLdProcessor().Expand(read, options(t))
	require.NoError(t, err)
	graph := read.(map[string]any)["@graph"].([]any)
	require.Len(t, nodes, len(graph))
	for i, n := range nodes {
		node := n.(map[string]any)
		require.Len(t, node, len(graph[i].(map[string]any)), "members are lost of %v", node["@id"])
		for name := range node {
			require.True(t, strings.HasPrefix(name, "@") || strings.HasPrefix(name, "http://www.w3.org/ns/prov#") || strings.HasPrefix(name, "urn:daybook:terms:"), name)
		}
		require.True(t, strings.HasPrefix(node["@id"].(string), "urn:daybook:edition-"), node["@id"])
	}
	quads, err := ld.NewJsonLdProcessor().ToRDF(read, options(t))
	require.NoError(t, err)
	triples := map[string]bool{}
	for line := range strings.Lines(quads.(string)) {
		triples[strings.TrimSuffix(line, "\n")] = true
	}
	return triples
}
