package daybook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rule is what a package may import: of ours, and of others beyond the standard library.
type rule struct {
	ours   []string
	others []string
}

// arrows point down only. A package that is not here may not exist.
var arrows = map[string]rule{
	"access":                       {ours: []string{"domain"}},
	"access/bearer":                {ours: []string{"access", "domain"}, others: []string{"github.com/coreos/go-oidc/v3", "github.com/go-jose/go-jose/v4"}},
	"domain":                       {},
	"sortition":                    {},
	"sortition/advice":             {ours: []string{"sortition/lottery", "sortition/lp"}},
	"sortition/beacon":             {others: []string{"github.com/cloudflare/circl/ecc/bls12381"}}, // the standard library has no pairing
	"sortition/lottery":            {ours: []string{"sortition/lp"}},
	"sortition/lp":                 {},
	"sortition/report":             {ours: []string{"sortition/advice", "sortition/lottery", "sortition/tables"}},
	"sortition/seal":               {ours: []string{"sortition/lottery"}},
	"sortition/synthetic":          {ours: []string{"sortition/lottery"}},
	"sortition/tables":             {ours: []string{"sortition/advice", "sortition/lottery"}},
	"lots":                         {ours: []string{"domain", "sortition/beacon", "sortition/lottery", "sortition/seal"}},
	"ledger":                       {ours: []string{"domain"}},
	"projections":                  {ours: []string{"domain"}},
	"projections/stats":            {},
	"projections/measures":         {ours: []string{"domain", "process", "projections", "projections/stats", "projections/stats/disclosure", "projections/stats/groups"}},
	"report":                       {ours: []string{"domain"}},
	"provenance":                   {ours: []string{"domain"}},
	"process":                      {ours: []string{"domain", "projections"}},
	"vault":                        {ours: []string{"domain"}},
	"ledger/sqlite":                {ours: []string{"domain", "internal/sqlitefile", "ledger"}},
	"ledger/ledgertest":            {ours: []string{"domain", "ledger"}, others: []string{"github.com/stretchr/testify", "pgregory.net/rapid"}},
	"projections/stats/disclosure": {},
	"projections/stats/groups":     {},
	"ledger/esdbserver": { // the protocol is that of the client module, which holds its messages and services
		ours:   []string{"domain", "ledger"},
		others: []string{"github.com/EventStore/EventStore-Client-Go/v4/protos", "google.golang.org/grpc", "google.golang.org/protobuf"},
	},
	"ledger/kurrent": { // uuid: an event's id in the client's form; x/sync: appends and bulk appends share a gate; protos and protobuf: BatchAppend, which the client does not call
		ours:   []string{"domain", "ledger"},
		others: []string{"github.com/EventStore/EventStore-Client-Go/v4", "github.com/google/uuid", "golang.org/x/sync", "google.golang.org/grpc", "google.golang.org/protobuf"},
	},
	"internal/realdata":   {},
	"internal/sqlitefile": {others: []string{"modernc.org/sqlite"}},
	"internal/pgtest":     {ours: []string{"migrations"}, others: []string{"github.com/jackc/pgx/v5", "github.com/stretchr/testify"}},
	"internal/postgres":   {ours: []string{"migrations"}, others: []string{"github.com/jackc/pgx/v5"}},
	"migrations":          {others: []string{"github.com/jackc/pgx/v5", "github.com/pressly/goose/v3"}},
	"readstore":           {ours: []string{"domain", "ledger", "projections"}},
	"readstore/live":      {ours: []string{"domain", "ledger", "projections", "projections/measures", "replay"}, others: []string{"golang.org/x/sync"}},
	"readstore/sqlite":    {ours: []string{"domain", "internal/sqlitefile", "ledger", "projections", "readstore"}},
	"readstore/postgres":  {ours: []string{"internal/postgres", "ledger", "projections", "readstore"}, others: []string{"github.com/jackc/pgx/v5"}},
	"readstore/storetest": {ours: []string{"domain", "ledger", "projections", "readstore"}, others: []string{"github.com/stretchr/testify", "pgregory.net/rapid"}},
	"vault/sqlite":        {ours: []string{"domain", "internal/sqlitefile", "vault"}},
	"vault/postgres":      {ours: []string{"domain", "internal/postgres", "vault"}, others: []string{"github.com/jackc/pgx/v5"}},
	"vault/vaulttest":     {ours: []string{"domain", "vault"}, others: []string{"github.com/stretchr/testify", "pgregory.net/rapid"}},
	"commands":            {ours: []string{"domain", "ledger", "lots", "sortition", "sortition/seal", "vault"}},
	"importers/polis":     {ours: []string{"commands", "domain", "ledger", "vault"}},
	"simulate":            {ours: []string{"commands", "domain", "ledger", "lots", "notary/viewroots", "projections", "sortition", "sortition/beacon", "sortition/lottery", "sortition/seal", "vault"}},
	"notary":              {ours: []string{"domain"}, others: []string{"golang.org/x/mod/sumdb"}},
	"notary/publish":      {ours: []string{"domain", "ledger", "notary"}, others: []string{"golang.org/x/mod/sumdb"}},
	"notary/witness":      {ours: []string{"notary"}, others: []string{"golang.org/x/mod/sumdb"}},
	"notary/viewroots":    {ours: []string{"commands", "domain", "ledger", "notary", "projections", "readstore", "replay"}, others: []string{"golang.org/x/mod/sumdb"}},
	"ledger/tiles":        {ours: []string{"domain", "ledger", "notary"}, others: []string{"golang.org/x/mod/sumdb"}},
	"ledger/transfer":     {ours: []string{"domain", "ledger", "ledger/tiles", "notary"}, others: []string{"golang.org/x/mod/sumdb"}},
	"bundle":              {ours: []string{"commands", "domain", "ledger", "ledger/tiles", "notary", "projections", "readstore", "vault"}, others: []string{"golang.org/x/mod/sumdb"}},
	"release":             {ours: []string{"domain", "projections", "projections/measures", "release/dcat", "release/table"}},
	"release/dcat":        {ours: []string{"domain"}},
	"release/table":       {ours: []string{"domain", "projections/measures"}, others: []string{"github.com/parquet-go/parquet-go"}},
	"replay":              {ours: []string{"domain", "ledger", "notary", "projections"}},
	"replay/adjudicate":   {ours: []string{"domain", "lots", "replay", "sortition"}},
	"replay/verify": {
		ours:   []string{"domain", "ledger", "ledger/tiles", "lots", "notary", "projections", "replay", "replay/adjudicate", "sortition/seal"},
		others: []string{"golang.org/x/mod/sumdb"},
	},
	"replay/verify/verifytest": {
		ours:   []string{"commands", "domain", "ledger", "ledger/ledgertest", "notary", "projections", "simulate", "sortition/seal", "vault"},
		others: []string{"github.com/stretchr/testify", "golang.org/x/mod/sumdb"},
	},
	"ledger/feed": {
		ours:   []string{"domain", "ledger"},
		others: []string{"github.com/ThreeDotsLabs/watermill"},
	},
	"ledger/feed/feedtest": {
		ours:   []string{"ledger", "ledger/feed"},
		others: []string{"github.com/stretchr/testify"},
	},
	"reactors": {
		ours:   []string{"domain", "internal/sqlitefile", "ledger", "ledger/feed", "notary"},
		others: []string{"github.com/ThreeDotsLabs/watermill", "github.com/ThreeDotsLabs/watermill-nats/v2", "github.com/nats-io/nats.go"},
	},
	"reactors/hints": {
		ours: []string{"projections", "readstore"},
	},
	"api":           {ours: []string{"access", "access/bearer", "api/discovery", "api/edge", "api/follow", "api/tabular", "api/wire", "commands", "domain", "ledger", "notary", "notary/publish", "notary/viewroots", "projections", "projections/measures", "provenance", "readstore", "readstore/live", "replay", "vault"}, others: []string{"github.com/danielgtaylor/huma/v2", "github.com/go-chi/chi/v5", "go.yaml.in/yaml/v3"}},
	"api/discovery": {ours: []string{"release/dcat"}},
	"api/edge":      {others: []string{"github.com/go-chi/chi/v5/middleware", "github.com/go-chi/cors", "github.com/klauspost/compress"}},
	"api/follow":    {ours: []string{"domain", "ledger", "notary", "projections", "projections/measures", "reactors", "reactors/hints", "readstore", "readstore/live"}},
	"api/wire":      {},
	"api/tabular":   {ours: []string{"release/table"}},
	"admin":         {ours: []string{"domain", "ledger", "notary/publish", "projections", "readstore", "vault"}, others: []string{"github.com/prometheus/client_golang"}},
	"cmd/auditor":   {ours: []string{"domain", "ledger/tiles", "notary", "projections", "replay", "replay/verify"}, others: []string{"golang.org/x/mod/sumdb"}},
	"cmd/daybook": {
		ours: []string{
			"access",
			"access/bearer",
			"admin",
			"api",
			"api/discovery",
			"api/edge",
			"api/follow",
			"bundle",
			"commands",
			"domain",
			"importers/polis",
			"ledger",
			"ledger/esdbserver",
			"ledger/kurrent",
			"ledger/sqlite",
			"ledger/tiles",
			"ledger/transfer",
			"lots", // counts the tickets of a receipt
			"migrations",
			"notary",
			"notary/publish",
			"notary/viewroots",
			"notary/witness",
			"process",
			"projections",
			"projections/measures",
			"provenance",
			"reactors",
			"reactors/hints",
			"readstore",
			"readstore/live",
			"readstore/postgres",
			"readstore/sqlite",
			"release",
			"replay",
			"report",
			"simulate",
			"sortition/advice",
			"sortition/beacon",
			"sortition/lottery",
			"sortition/report",
			"sortition/seal",
			"sortition/tables",
			"vault",
			"vault/postgres",
			"vault/sqlite",
		},
		others: []string{
			"github.com/jedib0t/go-pretty/v6", "github.com/prometheus/client_golang/prometheus", "github.com/spf13/cobra", "golang.org/x/mod/sumdb", "golang.org/x/sync",
		},
	},
}

// pure packages know no clock, no chance, no input and no output.
var (
	pure          = []string{"access", "domain", "lots", "process", "projections", "provenance", "report", "sortition"} // with what is below them
	besides       = []string{"access/bearer"}                                                                           // but these: tokens have times, files and keys elsewhere
	impure        = []string{"context", "io/fs", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "net", "net/http", "os", "os/exec", "path/filepath", "runtime", "syscall", "unsafe"}
	impureCalls   = []string{"time.Now", "time.Since", "time.Until", "time.After", "time.Sleep", "time.NewTimer", "time.NewTicker", "time.Local", "time.LoadLocation"}
	floats        = []string{"projections/measures", "projections/stats", "report", "sortition"} // the same; 'make fuseless' holds them to one rounding on every machine
	unorderedMaps = []string{"maps.Keys", "maps.Values", "maps.All"}                             // only within slices.Sorted and its kind
)

type source struct {
	pkg, file string
	tree      *ast.File
}

func sources(t *testing.T, set *token.FileSet) []source {
	t.Helper()
	var found []source
	require.NoError(t, filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "tools" || d.Name() == "interop" || d.Name() == "conformance"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go"):
			return nil
		}
		tree, err := parser.ParseFile(set, p, nil, parser.SkipObjectResolution)
		found = append(found, source{path.Dir(filepath.ToSlash(p)), p, tree})
		return err
	}))
	require.NotEmpty(t, found)
	return found
}

func TestArrows(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t, token.NewFileSet()) {
		allowed, known := arrows[s.pkg]
		if !known {
			t.Errorf("%s: package %s is not on the map; ARCHITECTURE.md says what belongs where", s.file, s.pkg)
			continue
		}
		for _, spec := range s.tree.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			ours, isOurs := strings.CutPrefix(name, "daybook.internal/")
			switch {
			case isOurs && !slices.Contains(allowed.ours, ours):
				t.Errorf("%s may not import %s", s.file, ours)
			case !isOurs && strings.Contains(name, ".") && !slices.ContainsFunc(allowed.others, func(o string) bool { return name == o || strings.HasPrefix(name, o+"/") }):
				t.Errorf("%s may not import %s", s.file, name)
			}
		}
	}
}

func TestPurity(t *testing.T) {
	t.Parallel()
	set := token.NewFileSet()
	for _, s := range sources(t, set) {
		if !within(s.pkg, pure) || slices.Contains(besides, s.pkg) {
			continue
		}
		for _, spec := range s.tree.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if slices.Contains(impure, name) {
				t.Errorf("%s: a pure package may not import %s", s.file, name)
			}
		}
		ast.Inspect(s.tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a pure package starts no goroutine", set.Position(n.Pos()))
			case *ast.CallExpr:
				for _, arg := range n.Args {
					if inner, ok := arg.(*ast.CallExpr); ok && slices.Contains(unorderedMaps, selector(inner.Fun)) && !strings.HasPrefix(selector(n.Fun), "slices.Sorted") {
						t.Errorf("%s: %s outside slices.Sorted", set.Position(n.Pos()), selector(inner.Fun))
					}
				}
			case *ast.SelectorExpr:
				if slices.Contains(impureCalls, selector(n)) {
					t.Errorf("%s: a pure package may not use %s", set.Position(n.Pos()), selector(n))
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT && !within(s.pkg, floats) {
					t.Errorf("%s: no floats: state is exact", set.Position(n.Pos()))
				}
			}
			return true
		})
	}
}

// within tells whether a package is one of some or below one.
func within(pkg string, some []string) bool {
	return slices.ContainsFunc(some, func(p string) bool { return pkg == p || strings.HasPrefix(pkg, p+"/") })
}

// selector gives pkg.Name of a qualified name.
func selector(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return x.Name + "." + s.Sel.Name
}

// TestRaceLeavesOutTheSingleThreaded: 'make race' passes over packages that start no goroutine, their tests neither, and over no others.
func TestRaceLeavesOutTheSingleThreaded(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("Makefile")
	require.NoError(t, err)
	line := regexp.MustCompile(`(?m)^SINGLE +:= (.*)$`).FindSubmatch(text)
	require.NotNil(t, line)
	set := token.NewFileSet()
	for dir := range strings.SplitSeq(string(line[1]), "|") {
		files := 0
		require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(p, ".go") {
				return err
			}
			files++
			tree, err := parser.ParseFile(set, p, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			ast.Inspect(tree, func(n ast.Node) bool {
				_, starts := n.(*ast.GoStmt)
				if x, ok := n.(*ast.SelectorExpr); ok && x.Sel.Name == "Go" { // of a sync.WaitGroup, or an errgroup
					starts = true
				}
				if starts {
					t.Errorf("%s: a goroutine starts here, and SINGLE in the Makefile has %s, which the race detector passes over", set.Position(n.Pos()), dir)
				}
				return true
			})
			return nil
		}))
		require.NotZero(t, files, dir)
	}
}
