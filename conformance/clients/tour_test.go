package clients

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGo makes a client with oapi-codegen, builds the tour on it, and takes it.
func TestGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	generated := filepath.Join(dir, "client.gen.go")
	said, err := exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-generate", "types,client,skip-prune", "-package", "daybook", "-o", generated, spec).CombinedOutput()
	require.NoError(t, err, "%s", said)
	here, err := filepath.Abs(".")
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "daybook", "client.gen.go"): generated}})
	require.NoError(t, err)
	file, program := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "tour")
	require.NoError(t, os.WriteFile(file, overlay, 0o600))
	said, err = exec.CommandContext(t.Context(), "go", "build", "-tags", "generated", "-overlay", file, "-o", program, "./tour").CombinedOutput()
	require.NoError(t, err, "%s", said)
	take(t, program)
}

// TestTypeScript makes types with openapi-typescript, has the tour checked against them, and takes it with openapi-fetch.
func TestTypeScript(t *testing.T) {
	t.Parallel()
	version, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	major, _ := strconv.Atoi(strings.Split(strings.TrimPrefix(string(version), "v"), ".")[0])
	if _, missing := exec.LookPath("npm"); err != nil || missing != nil || major < 20 {
		why := "a client in TypeScript needs node 20 or later and npm; there is node " + cmp.Or(strings.TrimSpace(string(version)), "of no version")
		if os.Getenv("CI") != "" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "tsconfig.json", "tour.ts"} {
		b, err := os.ReadFile(filepath.Join("node", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	from, err := filepath.Abs(spec)
	require.NoError(t, err)
	for _, step := range [][]string{
		{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"},
		{filepath.Join(dir, "node_modules", ".bin", "openapi-typescript"), from, "-o", "daybook.d.ts"},
		{filepath.Join(dir, "node_modules", ".bin", "tsc")},
	} {
		c := exec.CommandContext(t.Context(), step[0], step[1:]...)
		c.Dir = dir
		said, err := c.CombinedOutput()
		require.NoError(t, err, "%v: %s", step, said)
	}
	take(t, "node", filepath.Join(dir, "out", "tour.js"))
}

// take runs a tour against an edition of its own, and holds what it saw against what the command line says.
func take(t *testing.T, command ...string) {
	t.Helper()
	e := serve(t)
	c := exec.CommandContext(t.Context(), command[0], append(command[1:], e.url)...)
	var words strings.Builder
	c.Stderr = &words
	out, err := c.Output()
	require.NoError(t, err, "%s%s", out, words.String())
	saw := map[string]any{}
	for line := range strings.Lines(string(out)) {
		var one struct {
			Step  string
			Value any
		}
		require.NoError(t, json.Unmarshal([]byte(line), &one), line)
		saw[one.Step] = one.Value
	}

	document := func(view, key string) (d struct {
		Respondents, Statements int
		Reactions               struct{ Agree int }
		Title                   struct{ Text map[string]string }
		Synthetic               bool
	}) {
		require.NoError(t, json.Unmarshal([]byte(e.run("view", "get", view, key, "-o", "ndjson")), &d))
		return d
	}
	var views []struct{ View string }
	require.NoError(t, json.Unmarshal([]byte(e.run("view", "list", "-o", "json")), &views))
	names := []any{}
	for _, v := range views {
		names = append(names, v.View)
	}
	for _, name := range saw["views"].([]any) {
		require.Contains(t, names, name)
	}
	require.Contains(t, saw["views"], "lineage")
	conversation, statement, edition := document("conversation", "brexit-consensus"), document("statement", "brexit-consensus/36"), document("edition", "ed_synthetic")
	number := func(n int) any { return float64(n) }
	var lineage struct {
		Entity map[string]struct {
			Seq int `json:"db:seq"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(e.run("provenance", "rc_sim_vision_access", "--direction", "back")), &lineage))
	seq := lineage.Entity["st:recommendation-rc_sim_vision_access@1"].Seq
	require.Positive(t, conversation.Reactions.Agree*statement.Reactions.Agree*seq)
	delete(saw, "views")
	require.Equal(t, map[string]any{
		"conversation": []any{number(conversation.Respondents), number(conversation.Statements), number(conversation.Reactions.Agree)},
		"statement":    []any{"36", number(statement.Reactions.Agree)},
		"edition":      []any{edition.Title.Text["en"], true},
		"unchanged":    number(304),
		"lineage":      []any{number(len(lineage.Entity)), number(seq)},
		"event":        []any{"recommendation-drafted.v1", true},
		"receipt":      "c2sp.org/tlog-proof@v1",
		"proof":        []any{number(seq), true},
		"command":      []any{number(201), "edition-ed_tour", number(1), "edition-opened.v1"},
		"repeat":       []any{number(201), "edition-ed_tour", number(1), "edition-opened.v1"},
		"rejected":     []any{number(422), "/problems/invalid-field", number(422)},
	}, saw)
}
