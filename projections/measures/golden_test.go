package measures

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// Every document of the synthetic edition has the same bytes on every machine, however many cores it has, and whatever instructions its compiler was allowed:
// .ci/run computes them with GOAMD64=v3 and on one core as well.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	s := stateOf(t, simulated(t))
	var lines strings.Builder
	for _, v := range All() {
		sum, keys := sha256.New(), v.Keys(s)
		for _, key := range keys {
			d, err := v.Compute(s, key, nil)
			require.NoError(t, err)
			fmt.Fprintf(sum, "%s %d %s\n", key, d.At, d.Data)
		}
		fmt.Fprintf(&lines, "%x  %s, %d documents\n", sum.Sum(nil), v.Name, len(keys))
	}
	file := filepath.Join("testdata", "all.sha256")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(lines.String()), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), lines.String(), "'go test ./projections/measures -update' writes them anew, where a formula or the synthetic edition has changed")
}
