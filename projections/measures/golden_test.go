package measures

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden documents anew")

// One document of every view of the synthetic edition stands in testdata, for people to read and for a change of form or of a digit to be seen.
func TestGolden(t *testing.T) {
	t.Parallel()
	s := stateOf(t, simulated(t))
	for _, v := range All() {
		keys := v.Keys(s)
		d, err := v.Compute(s, keys[len(keys)/2], nil)
		require.NoError(t, err)
		var got bytes.Buffer
		require.NoError(t, json.Indent(&got, d.Data, "", "\t"))
		got.WriteByte('\n')
		file := filepath.Join("testdata", v.Name+".json")
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(file, got.Bytes(), 0o644))
			continue
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err, "go test ./projections/measures -run Golden -update writes it")
		require.Equal(t, string(want), got.String(), "%s: a document has another form; 'go test ./projections/measures -run Golden -update' writes them anew", v.Name)
	}
}
