package api_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestListsOfWordsAreInTheDocument finds the types of strings in the source whose constants are a list, and wants that list of each which stands in the document.
func TestListsOfWordsAreInTheDocument(t *testing.T) {
	t.Parallel()
	lists := map[string][]map[string]bool{} // by the name of the type; two packages may have one of a name
	for _, dir := range []string{"domain", "projections", "projections/measures", "projections/stats", "commands", "vault"} {
		for name, words := range constantsOf(t, filepath.Join("..", dir)) {
			lists[name] = append(lists[name], words)
		}
	}
	text, err := os.ReadFile(committedSpec)
	require.NoError(t, err)
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Type, Pattern string
				Enum          []string
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &doc))
	found := 0
	for name, s := range doc.Components.Schemas {
		if s.Type != "string" || s.Pattern != "" || strings.HasSuffix(name, "Algorithm") { // of which there is a new one with each version of a method
			continue
		}
		of := name[strings.LastIndexByte(name, '.')+1:] // the package stands before the name where two types share it
		if lists[of] == nil {
			continue
		}
		found++
		require.True(t, slices.ContainsFunc(lists[of], func(words map[string]bool) bool { return maps.Equal(words, set(s.Enum)) }), "%s is one of %v in the source, and %v in the document", name, lists[of], s.Enum)
	}
	require.Greater(t, found, 50)
}

func set(words []string) map[string]bool {
	s := map[string]bool{}
	for _, w := range words {
		s[w] = true
	}
	return s
}

// constantsOf are the typed constants of a package that are strings, by type, of types with more than one.
func constantsOf(t *testing.T, dir string) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) == 0 {
				return true
			}
			typ, named := v.Type.(*ast.Ident)
			word, isText := v.Values[0].(*ast.BasicLit)
			if named && ast.IsExported(typ.Name) && isText && word.Kind == token.STRING {
				if all[typ.Name] == nil {
					all[typ.Name] = map[string]bool{}
				}
				text, err := strconv.Unquote(word.Value)
				require.NoError(t, err)
				all[typ.Name][text] = true
			}
			return true
		})
	}
	maps.DeleteFunc(all, func(_ string, words map[string]bool) bool { return len(words) < 2 })
	return all
}

// address is the address of an operation with the examples of what stands in its path.
func (o promisedOperation) address() string {
	path := o.Path
	for _, p := range o.Parameters {
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", strings.ReplaceAll(url.PathEscape(fmt.Sprint(p.Example)), "%2F", "/"))
		}
	}
	return path
}

// TestExamplesOfParametersAreGood sends the example of each parameter of a query by itself: every parameter has one, and none is refused.
func TestExamplesOfParametersAreGood(t *testing.T) {
	t.Parallel()
	n, p := measuring(t), readPromises(t)
	asked := 0
	for _, o := range p.operations {
		needed := url.Values{}
		for _, a := range o.Parameters {
			require.NotNil(t, a.example(), "%s %s: %s", o.Method, o.Path, a.Name)
			if a.In == "query" && a.Required {
				needed.Set(a.Name, textOf(a.example()))
			}
		}
		for _, a := range o.Parameters {
			if a.In != "query" || o.Method != http.MethodGet || o.Path == "/v1/live" { // which is a stream
				continue
			}
			query := maps.Clone(needed)
			if query.Set(a.Name, textOf(a.example())); a.Name == "table" || a.Name == "safe" {
				query.Set("format", "csv")
			}
			if o.Path == "/v1/events" && slices.Contains([]string{"wait", "types", "editions"}, a.Name) {
				continue // of CloudEvents, which this node has not
			}
			got := n.get(o.address() + "?" + query.Encode())
			require.NotEqual(t, http.StatusBadRequest, got.StatusCode, "%s?%s: %s", o.Path, query.Encode(), got.body)
			asked++
		}
	}
	require.Greater(t, asked, 500)
}

// example is that of the parameter, or the first of its schema.
func (p promisedParameter) example() any {
	if p.Example == nil && len(p.Schema.Examples) > 0 {
		return p.Schema.Examples[0]
	}
	return p.Example
}

// textOf is an example as it stands in an address.
func textOf(example any) string {
	if list, ok := example.([]any); ok {
		return fmt.Sprint(list[0])
	}
	return fmt.Sprint(example)
}

// TestSecurityIsWhatIsAskedFor asks all that can be read without a token: what is refused says so in the document, and nothing else does.
func TestSecurityIsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	g, p := newGate(t, nil), readPromises(t)
	refused := 0
	for _, o := range p.operations {
		if o.Path == "/v1/live" || o.Method != http.MethodGet && strings.HasPrefix(o.Path, "/v1/commands") || o.Path == "/v1/proofs/views/{view}/{key}" || len(o.RequestBody.Content) > 0 && strings.HasPrefix(o.Path, "/v1/webhooks") {
			continue // of views that are not made for everybody alone; TestMatrix has all commands; and what this server has no part for
		}
		a := g.do(o.Method, o.address(), "{}", "Content-Type", "application/json", "Idempotency-Key", "none")
		if strings.HasPrefix(o.Path, "/v1/webhooks") && a.StatusCode == http.StatusNotFound {
			continue
		}
		what := fmt.Sprintf("%s %s: %d %s", o.Method, o.Path, a.StatusCode, a.body)
		require.Equal(t, len(o.Security) > 0, a.StatusCode == http.StatusUnauthorized, what)
		if len(o.Security) > 0 {
			refused++
		}
	}
	require.Greater(t, refused, 20)
}

// The page for people at / has the addresses that the answer for programs has, and nothing that a policy for pages would block.
func TestHomeInABrowser(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	page := n.get("/", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
	require.Contains(t, page.Header.Values("Vary"), "Accept")
	for _, part := range []string{"views", "proofs", "events", "commands", "schemas", "log", "problems", "openapi", "docs"} {
		address := decodeLoosely[map[string]any](t, n.get("/"))[part]
		require.Contains(t, string(page.body), fmt.Sprintf(`href="%s"`, address))
	}
	require.NotRegexp(t, `<script|<style|style=|src=`, string(page.body))
}
