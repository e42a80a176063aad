package provenance_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/provenance"
)

// valid checks both documents of a graph.
func valid(t *testing.T, g *provenance.Graph) {
	t.Helper()
	for _, write := range []func() ([]byte, error){g.ProvJSON, g.JSONLD} {
		doc, err := write()
		require.NoError(t, err)
		again, err := write()
		require.NoError(t, err)
		require.True(t, bytes.Equal(doc, again))
		require.True(t, json.Valid(doc))
	}
}
