package domain

import (
	"go/ast"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// A vocabulary says what its constants say: a word that has a name is known, and there is no other.
func TestWordsAreTheConstants(t *testing.T) {
	t.Parallel()
	said := map[string][]string{}
	for _, c := range constants(t) {
		if c.word != "" {
			said[c.typ] = append(said[c.typ], c.word)
		}
	}
	require.NotEmpty(t, words)
	for typ := range words {
		require.NotEmpty(t, said[typ.Name()], typ)
		slices.Sort(said[typ.Name()])
		require.Equal(t, said[typ.Name()], Words(typ), "%s: vocabulary_words.go and the constants differ", typ)
	}
}

// Every set by which decisions know a word is told to those who describe the commands.
func TestWordsHaveEverySet(t *testing.T) {
	t.Parallel()
	known, of := map[string]bool{}, constants(t)
	for typ := range words {
		known[typ.Name()] = true
	}
	sets := 0
	for file, f := range parseDir(t, ".") {
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				return true
			}
			call, ok := v.Values[0].(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			first, isName := call.Args[0].(*ast.Ident)
			if fn, ok := call.Fun.(*ast.Ident); ok && fn.Name == "setOf" && isName && of[first.Name].typ != "" {
				require.True(t, known[of[first.Name].typ], "%s: add the set %s to words in vocabulary_words.go", file, v.Names[0].Name)
				sets++
			}
			return true
		})
	}
	require.Greater(t, sets, 15)
}

type constant struct{ typ, word string }

// constants are the words with a name and a type in this package, by name.
func constants(t *testing.T) map[string]constant {
	t.Helper()
	all := map[string]constant{}
	for _, f := range parseDir(t, ".") {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				typ, typed := v.Type.(*ast.Ident)
				if len(v.Values) != 1 || !typed {
					continue
				}
				if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					word, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					all[v.Names[0].Name] = constant{typ.Name, word}
				}
			}
		}
	}
	return all
}

func TestWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"agree", "disagree", "pass"}, Words(reflect.TypeFor[ReactionValue]()))
	require.Equal(t, []string{"accept", "hide", "reject", "restore"}, Words(reflect.TypeFor[Moderation]()), "as they stand on the wire")
	for _, open := range []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[EditionID](), reflect.TypeFor[Lang](), reflect.TypeFor[Place](), reflect.TypeFor[int]()} {
		require.Nil(t, Words(open), open)
	}
	Words(reflect.TypeFor[Scope]())[0] = "elsewhere"
	require.Equal(t, []string{"global", "national"}, Words(reflect.TypeFor[Scope]()), "the caller's copy is the caller's")
}
