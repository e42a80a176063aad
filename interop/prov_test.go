package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/provenance"
)

// pythonWithProv is a Python that has the package prov (https://pypi.org/project/prov), of Debian's python3-prov: that of the system, if the first one on the path has it not.
func pythonWithProv(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import prov.model").Run() == nil {
			return python
		}
	}
	require.Empty(t, os.Getenv("CI"), "no python3 has the package prov, which must be there in CI: apt-get install -y python3-prov")
	t.Skip("no python3 has the package prov: apt-get install -y python3-prov")
	return ""
}

// TestProvJSON lets the reader of the Python package prov read the lineage of every recommendation of an edition: it finds the entities, activities and agents of the graph and no
// others, the same relations between the same ones, and writes what it has read so that nothing is lost.
func TestProvJSON(t *testing.T) {
	t.Parallel()
	python := pythonWithProv(t)
	graphs := lineages(t)
	var lines bytes.Buffer
	for _, g := range graphs {
		doc, err := g.ProvJSON()
		require.NoError(t, err)
		require.NoError(t, json.Compact(&lines, doc))
		lines.WriteByte('\n')
	}
	read := exec.Command(python, filepath.Join("testdata", "read_prov.py"))
	read.Stdin = &lines
	var words bytes.Buffer
	read.Stderr = &words
	out, err := read.Output()
	require.NoError(t, err, "%s", words.String())

	answers := json.NewDecoder(bytes.NewReader(out))
	seen := map[string]int{}
	for _, g := range graphs {
		var found struct {
			Nodes, Relations [][]string
			Same             bool
		}
		require.NoError(t, answers.Decode(&found))
		require.True(t, found.Same, "what prov writes is not what it has read: %s", g.Recommendation)
		nodes, relations := told(g)
		require.ElementsMatch(t, nodes, found.Nodes, g.Recommendation)
		require.ElementsMatch(t, relations, found.Relations, g.Recommendation)
		for _, r := range relations {
			seen[r[0]]++
		}
	}
	require.Len(t, seen, 6, "each kind of relation is somewhere: %v", seen)
}

// told are the nodes and the relations of a graph under the names that the package prov has for their kinds.
func told(g *provenance.Graph) (nodes, relations [][]string) {
	iri := iris(g)
	node := func(kind string, id provenance.ID) { nodes = append(nodes, []string{kind, iri(id)}) }
	relation := func(kind string, from, to provenance.ID) {
		relations = append(relations, []string{kind, iri(from), iri(to)})
	}
	for _, n := range g.Entities {
		node("ProvEntity", n.ID)
	}
	for _, a := range g.Activities {
		node("ProvActivity", a.ID)
	}
	for _, n := range g.Agents {
		node("ProvAgent", n.ID)
	}
	for _, d := range g.Derivations {
		relation("ProvDerivation", d.Generated, d.Used)
	}
	for _, d := range g.Generations {
		relation("ProvGeneration", d.Entity, d.Activity)
	}
	for _, u := range g.Usages {
		relation("ProvUsage", u.Activity, u.Entity)
	}
	for _, a := range g.Associations {
		relation("ProvAssociation", a.Activity, a.Agent)
	}
	for _, a := range g.Attributions {
		relation("ProvAttribution", a.Entity, a.Agent)
	}
	for _, d := range g.Delegations {
		relation("ProvDelegation", d.Delegate, d.Responsible)
	}
	return nodes, relations
}
