package commands

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var updateMembers = flag.Bool("update", false, "write members.json anew")

// described in these packages are bodies of requests and answers, events and documents.
var packages = []string{"api", "api/follow", "commands", "domain", "projections", "projections/measures", "projections/stats", "vault"}

// What schemas say of members is what stands beside them in the source.
func TestMembers(t *testing.T) {
	t.Parallel()
	all := map[string]string{}
	for _, dir := range packages {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				membersOf(t, dir, file, all)
			}
		}
	}
	require.Greater(t, len(all), 500)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	require.NoError(t, e.Encode(all))
	if *updateMembers {
		require.NoError(t, os.WriteFile("members.json", b.Bytes(), fs.FileMode(0o644)))
		return
	}
	now, err := os.ReadFile("members.json")
	require.NoError(t, err)
	require.True(t, bytes.Equal(b.Bytes(), now), "members.json is not what the source says; write it anew with: go test ./commands -run Members -update")
}

func said(words *ast.CommentGroup) string { return strings.Join(strings.Fields(words.Text()), " ") }

// membersOf finds what is said of the structs of a file and their members: beside them, or above them.
func membersOf(t *testing.T, dir, file string, all map[string]string) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	require.NoError(t, err)
	docs := map[*ast.TypeSpec]*ast.CommentGroup{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if d, ok := n.(*ast.GenDecl); ok {
			for _, s := range d.Specs {
				if typ, ok := s.(*ast.TypeSpec); ok {
					if docs[typ] = typ.Doc; typ.Doc == nil && !d.Lparen.IsValid() {
						docs[typ] = d.Doc
					}
				}
			}
		}
		typ, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		s, ok := typ.Type.(*ast.StructType)
		if !ok {
			return true
		}
		if words := said(docs[typ]); words != "" && typ.Name.IsExported() {
			all[dir+"."+typ.Name.Name] = words
		}
		for _, f := range s.Fields.List {
			about := f.Comment
			if about == nil {
				about = f.Doc
			}
			if f.Tag == nil || about == nil {
				continue
			}
			words := said(about)
			for _, name := range f.Names {
				if name.IsExported() && words != "" {
					all[dir+"."+typ.Name.Name+"."+name.Name] = words
				}
			}
		}
		return true
	})
}
