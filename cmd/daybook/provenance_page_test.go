package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The commands of docs/provenance.md do what it says, in an edition with the recommendation that it names.
func TestProvenancePage(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	run := func(line string) string {
		var out, errs bytes.Buffer
		root := newRoot(&out, &errs)
		root.SetArgs(strings.Fields(line))
		require.NoError(t, root.ExecuteContext(t.Context()), "%s: %s", line, errs.String())
		return out.String()
	}
	run("simulate --countries 3 --citizens 12 --online 4 -q --data " + data)
	ran := 0
	for _, line := range shellLines(t, filepath.Join("..", "..", "docs", "provenance.md")) {
		line, ours := strings.CutPrefix(line, "bin/daybook ")
		if !ours {
			continue
		}
		line, into, _ := strings.Cut(line, " > ")
		doc := run(strings.Replace(line, "./data", data, 1))
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(doc), &members), line)
		require.Contains(t, members, map[string]string{".json": "wasDerivedFrom", ".jsonld": "@context"}[filepath.Ext(into)])
		ran++
	}
	require.Equal(t, 2, ran)
}
