package provenance_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"daybook.internal/provenance"
)

// w3cSchema names a file with the schema of the Submission itself (draft-04), which is not part of the project: documents are held against it, too, where it is set.
const w3cSchema = "DAYBOOK_PROV_JSON_SCHEMA"

// schemas are those that PROV-JSON is held against, by file.
var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	all := map[string]*jsonschema.Schema{}
	for _, file := range []string{filepath.Join("testdata", "prov-json.schema.json"), os.Getenv(w3cSchema)} {
		if file == "" {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("https://schemas.test/prov-json", doc); err != nil {
			return nil, err
		}
		if all[file], err = c.Compile("https://schemas.test/prov-json"); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// valid checks both documents of a graph.
func valid(t *testing.T, g *provenance.Graph) {
	t.Helper()
	for _, write := range []func() ([]byte, error){g.ProvJSON, g.JSONLD} {
		doc, err := write()
		require.NoError(t, err)
		again, err := write()
		require.NoError(t, err)
		require.True(t, bytes.Equal(doc, again), "the same graph gives the same bytes")
	}
	doc, err := g.ProvJSON()
	require.NoError(t, err)
	against(t, doc)
	var named struct {
		Entity, Activity, Agent map[string]any
	}
	require.NoError(t, json.Unmarshal(doc, &named))
	require.Len(t, named.Entity, len(g.Entities))
	require.Len(t, named.Activity, len(g.Activities))
	require.Len(t, named.Agent, len(g.Agents))
}

func against(t *testing.T, doc []byte) {
	t.Helper()
	all, err := schemas()
	require.NoError(t, err)
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	require.NoError(t, err)
	for file, s := range all {
		require.NoError(t, s.Validate(v), file)
	}
}

// The schemas tell what is not PROV-JSON.
func TestSchemas(t *testing.T) {
	t.Parallel()
	all, err := schemas()
	require.NoError(t, err)
	for _, bad := range []string{
		`{"prefix":{},"entity":{},"activity":{"act:a":{"prov:startTime":"yesterday"}},"agent":{}}`,
		`{"prefix":{},"entity":{},"activity":{},"agent":{},"wasDerivedFrom":{"_:d1":{"prov:generatedEntity":"st:a"}}}`,
		`{"prefix":{},"entity":{"st:a":{"prov:type":{"$":"prov:Plan"}}},"activity":{},"agent":{}}`,
	} {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(bad)))
		require.NoError(t, err)
		for file, s := range all {
			require.Error(t, s.Validate(v), "%s takes %s", file, bad)
		}
	}
}
