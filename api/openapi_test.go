package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay/verify/verifytest"
)

var update = flag.Bool("update", false, "write api/examples.json and api/openapi.json anew; run it twice, since the one is part of the other")

const (
	committedSpec     = "openapi.json"
	committedExamples = "examples.json"
)

// TestOpenAPIExamples asks the routes whose answers stand in the document as examples, on a server with the demo.
func TestOpenAPIExamples(t *testing.T) {
	n := measuring(t)
	all := map[string]json.RawMessage{}
	put := func(name, path string, status int) {
		a := n.get(path)
		require.Equal(t, status, a.StatusCode, "%s: %s", path, a.body)
		all[name] = json.RawMessage(bytes.TrimSpace(a.body))
	}
	for name, path := range map[string]string{
		"home": "/", "listViews": "/v1/views", "listCommands": "/v1/commands", "listSchemas": "/v1/schemas/", "listEvents": "/v1/events?after=100&limit=2", "getEvent": "/v1/events/0",
		"getProblem": "/problems/not-found",
	} {
		put(name, path, http.StatusOK)
	}
	var views []string
	for _, v := range projections.All() {
		views = append(views, v.Name)
	}
	for _, v := range measures.All() {
		views = append(views, v.Name)
	}
	for _, name := range views {
		list := decodeLoosely[page](t, n.get("/v1/views/"+name+"?limit=200"))
		if len(list.Documents) == 0 {
			continue // the demo has none, fromSimulation has
		}
		shortest := slices.MinFunc(list.Documents, func(a, b document) int { return len(a.Document) - len(b.Document) })
		key, err := json.Marshal(shortest.Key)
		require.NoError(t, err)
		all["key of "+name] = key
		put("get"+strings.ToUpper(name[:1])+name[1:], pathOf(name, shortest.Key), http.StatusOK)
	}
	fromSimulation(t, all)
	lines, err := os.ReadFile("../cmd/daybook/demo.ndjson") // what was sent to make the demo
	require.NoError(t, err)
	for text := range bytes.Lines(lines) {
		var line demoLine
		require.NoError(t, json.Unmarshal(text, &line))
		if name := "content of " + line.Name; all[name] == nil {
			all[name] = line.Content
		}
	}
	problem := requireProblem(t, n.get("/v1/views/country/XX"), http.StatusNotFound, "not-found")
	problem.Request = "6J2XQH4RWVN7KC5T"
	text, err := json.Marshal(problem)
	require.NoError(t, err)
	all["problem"] = text

	compact, err := json.Marshal(all)
	require.NoError(t, err)
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, compact, "", " "))
	indented.WriteByte('\n')
	committed(t, committedExamples, indented.Bytes())
}

// fromSimulation takes an example of each measure that the demo has no document of from a simulated edition: the shortest one, as a server with that edition answers.
func fromSimulation(t *testing.T, all map[string]json.RawMessage) {
	t.Helper()
	missing := slices.DeleteFunc(measures.All(), func(v measures.View) bool { return all["key of "+v.Name] != nil })
	state := measuresOf(t, verifytest.Edition(t, verifytest.Small).Records)
	require.NoError(t, live.Each(t.Context(), state, missing, func(v measures.View, key string, d projections.Document) error {
		get := "get" + strings.ToUpper(v.Name[:1]) + v.Name[1:]
		if have := all[get]; have != nil && len(have) <= len(d.Data) {
			return nil
		}
		name, err := json.Marshal(key)
		all["key of "+v.Name], all[get] = name, d.Data
		return err
	}))
	for _, v := range measures.All() {
		require.NotNil(t, all["key of "+v.Name], "%s has no example", v.Name)
	}
}

// committed holds bytes against a file of the repository, or writes it.
func committed(t *testing.T, file string, want []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, want, 0o644))
		return
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(have, want), "%s is not what the program says; write it anew with: go test ./api -run OpenAPI -update", file)
}

func decodeLoosely[T any](t *testing.T, a answer) (v T) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.body)
	require.NoError(t, json.Unmarshal(a.body, &v), "%s", a.body)
	return v
}

// TestOpenAPI holds the document against the committed one, asks kin-openapi whether it is one, and sees to it that nothing is taken from those who built on the committed one.
func TestOpenAPI(t *testing.T) {
	n := newNode(t, nil)
	a := n.get("/openapi.json")
	require.Equal(t, http.StatusOK, a.StatusCode, "%s", n.log)
	require.Equal(t, "application/openapi+json", a.Header.Get("Content-Type"))
	require.Equal(t, string(a.body), string(newNode(t, nil).get("/openapi.json").body), "the same on every server")
	if before, err := os.ReadFile(committedSpec); err == nil {
		require.Empty(t, taken(t, before, a.body), "what was promised to others goes away; where that is meant, begin a /v2, or remove openapi.json and write it anew")
	}
	committed(t, committedSpec, a.body)

	doc, err := openapi3.NewLoader().LoadFromData(a.body)
	require.NoError(t, err)
	require.Equal(t, "3.1.0", doc.OpenAPI)
	require.NoError(t, doc.Validate(t.Context(), openapi3.EnableExamplesValidation()))

	yaml := n.get("/openapi.yaml")
	require.Equal(t, http.StatusOK, yaml.StatusCode)
	fromYAML, err := openapi3.NewLoader().LoadFromData(yaml.body)
	require.NoError(t, err)
	want, err := doc.MarshalJSON()
	require.NoError(t, err)
	have, err := fromYAML.MarshalJSON()
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(have))

	for _, c := range commands.All() {
		require.NotNil(t, doc.Paths.Find("/v1/commands/"+c.Name), c.Name)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			where := method + " " + path
			require.NotEmpty(t, op.Tags, where)
			require.NotEmpty(t, op.Summary, where)
			require.Greater(t, len(op.Description), 20, where)
			for _, p := range op.Parameters {
				require.NotEmpty(t, p.Value.Description, "%s %s", where, p.Value.Name)
			}
			require.NotNil(t, op.Responses.Default(), where)
			for status, r := range op.Responses.Map() {
				require.NotEmpty(t, r.Value.Description, "%s %s", where, status)
				for name, h := range r.Value.Headers {
					require.NotEmpty(t, h.Value.Description, "%s %s %s", where, status, name)
				}
			}
		}
	}
}

// TestWhatIsDescribedAnswers asks every address of the document that can be asked without knowing more.
func TestWhatIsDescribedAnswers(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(n.get("/openapi.json").body, &doc))
	asked := 0
	// Each described GET without a parameter in its path answers, in the form that it is described in.
	for path, methods := range doc.Paths {
		if methods["get"] == nil || strings.Contains(path, "{") || strings.HasPrefix(path, "/log/") || path == "/.well-known/security.txt" || path == "/v1/proofs/consistency" {
			continue
		}
		var op struct {
			Responses map[string]struct {
				Content map[string]json.RawMessage `json:"content"`
			} `json:"responses"`
		}
		require.NoError(t, json.Unmarshal(methods["get"], &op))
		a := n.get(path)
		if a.StatusCode == http.StatusNotFound && strings.Contains(string(a.body), `"detail":"this server `) {
			continue // this node computes no measures, delivers to nobody, and tells nobody what changes
		}
		require.Equal(t, http.StatusOK, a.StatusCode, "%s: %s", path, a.body)
		kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
		require.Contains(t, op.Responses["200"].Content, kind, path)
		asked++
	}
	require.Greater(t, asked, 30)
}

// taken lists what an earlier document has and a later one has not: paths, methods, parameters, answers, and members of schemas; and what it asks for that the earlier one did not: required
// parameters, and required members of what is sent. It is no full comparison of two documents: forms of values are not compared.
func taken(t *testing.T, before, after []byte) (gone []string) {
	t.Helper()
	type schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	type spec struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name, In string
				Required bool
			}
			Responses map[string]json.RawMessage
		}
		Components struct{ Schemas map[string]schema }
	}
	var was, is spec
	require.NoError(t, json.Unmarshal(before, &was))
	require.NoError(t, json.Unmarshal(after, &is))
	for path, methods := range was.Paths {
		for method, op := range methods {
			now, ok := is.Paths[path][method]
			if !ok {
				gone = append(gone, method+" "+path)
				continue
			}
			had := map[string]bool{}
			for _, p := range op.Parameters {
				had[p.In+p.Name] = p.Required
			}
			have := map[string]bool{}
			for _, p := range now.Parameters {
				have[p.In+p.Name] = true
				if p.Required && !had[p.In+p.Name] {
					gone = append(gone, method+" "+path+" asks for "+p.Name)
				}
			}
			for name := range had {
				if !have[name] {
					gone = append(gone, method+" "+path+" without "+name)
				}
			}
			for status := range op.Responses {
				if now.Responses[status] == nil {
					gone = append(gone, method+" "+path+" without "+status)
				}
			}
		}
	}
	for name, s := range was.Components.Schemas {
		now, ok := is.Components.Schemas[name]
		if !ok {
			gone = append(gone, "schema "+name)
		}
		for member := range s.Properties {
			if ok && now.Properties[member] == nil {
				gone = append(gone, "schema "+name+" without "+member)
			}
		}
	}
	return gone
}

func TestWhatIsTakenIsFound(t *testing.T) {
	t.Parallel()
	before, err := os.ReadFile(committedSpec)
	require.NoError(t, err)
	require.Empty(t, taken(t, before, before))
	for old, now := range map[string]string{
		`"/v1/views/country": {`: `"/v1/views/land": {`, `"name": "limit"`: `"name": "most"`, `"CountryDocument": {`: `"LandDocument": {`, `"wayOut": {`: `"exit": {`,
	} {
		after := bytes.Replace(before, []byte(old), []byte(now), 1)
		require.NotEqual(t, string(before), string(after), old)
		require.NotEmpty(t, taken(t, before, after), old)
	}
}
