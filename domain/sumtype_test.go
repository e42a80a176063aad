package domain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The sum of events is closed, and Go does not see to it. This file reads the source instead.

// unfolded are the events that no Evolve looks at, each with the reason.
var unfolded = map[string]string{}

// unseen are the events that no view looks at, each with the reason.
var unseen = map[string]string{
	"ImportRecorded": "it says where facts come from; the facts themselves are counted",
	"ViewsCommitted": "it says what documents come to; one that changed them would call for the next one, without end",
}

func TestEventsAreClosed(t *testing.T) {
	t.Parallel()
	events := eventTypes(t)
	require.NotEmpty(t, events)

	var named []string
	for _, f := range parseDir(t, ".") {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "TypeOf" {
				named = caseTypes(fn, "")
			}
		}
	}
	require.ElementsMatch(t, events, named, "TypeOf must name every event once")

	names := map[string]string{} // type to wire name
	for _, e := range examples() {
		typ := strings.TrimPrefix(typeName(e), "domain.")
		require.NotContains(t, names, typ, "two examples")
		names[typ] = TypeOf(e)
		require.Regexp(t, `^[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$`, TypeOf(e))
		require.Contains(t, wire, TypeOf(e))
		for _, suffix := range []string{".json", ".least.json"} {
			data, err := os.ReadFile(filepath.Join("testdata", "events", TypeOf(e)+suffix))
			require.NoError(t, err)
			got, err := Decode(TypeOf(e), data)
			require.NoError(t, err)
			require.IsType(t, e, got, "the wire name decodes as another event")
		}
	}
	require.ElementsMatch(t, events, slices.Collect(maps.Keys(names)), "every event has an example")
}

func TestEveryEventIsFolded(t *testing.T) {
	t.Parallel()
	folded := map[string]bool{}
	states := 0
	for _, f := range parseDir(t, ".") {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "Evolve" {
				states++
				for _, typ := range caseTypes(fn, "") {
					require.False(t, folded[typ], "%s is folded into two states: whose stream is it in?", typ)
					folded[typ] = true
				}
			}
		}
	}
	require.Positive(t, states)
	requireAllBut(t, eventTypes(t), folded, unfolded)
}

func TestEveryEventIsSeen(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range parseDir(t, "../projections") {
		for _, typ := range caseTypes(f, "domain") {
			seen[typ] = true
		}
	}
	requireAllBut(t, eventTypes(t), seen, unseen)
}

func requireAllBut(t *testing.T, events []string, handled map[string]bool, excused map[string]string) {
	t.Helper()
	for typ := range handled {
		require.Contains(t, events, typ, "a case for what is no event")
	}
	for _, typ := range events {
		if reason, ok := excused[typ]; ok {
			require.False(t, handled[typ], "%s is handled now; the excuse %q can go", typ, reason)
			require.NotEmpty(t, reason)
			continue
		}
		require.True(t, handled[typ], "%s is not handled anywhere", typ)
	}
	for typ := range excused {
		require.Contains(t, events, typ, "an excuse for what is no event")
	}
}

// eventTypes are the types in this package with a method isEvent.
func eventTypes(t *testing.T) []string {
	t.Helper()
	var types []string
	for name, f := range parseDir(t, ".") {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "isEvent" && fn.Recv != nil {
				require.True(t, strings.HasPrefix(name, "event"), "events stand together, not in %s", name)
				id, ok := fn.Recv.List[0].Type.(*ast.Ident)
				require.True(t, ok, "events are values, not pointers")
				types = append(types, id.Name)
			}
		}
	}
	return types
}

// caseTypes are the types of the given package in type switches and type assertions under n; the empty package is this one.
func caseTypes(n ast.Node, pkg string) []string {
	var types []string
	add := func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.Ident:
			if pkg == "" && ast.IsExported(e.Name) {
				types = append(types, e.Name)
			}
		case *ast.SelectorExpr:
			if x, ok := e.X.(*ast.Ident); ok && x.Name == pkg {
				types = append(types, e.Sel.Name)
			}
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				for _, e := range c.(*ast.CaseClause).List {
					add(e)
				}
			}
		case *ast.TypeAssertExpr:
			if n.Type != nil {
				add(n.Type)
			}
		}
		return true
	})
	return types
}

// parseDir gives the files of a package without its tests, by name.
func parseDir(t *testing.T, dir string) map[string]*ast.File {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]*ast.File{}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			files[name], err = parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
			require.NoError(t, err)
		}
	}
	require.NotEmpty(t, files)
	return files
}

func typeName(e Event) string { return reflect.TypeOf(e).String() }
