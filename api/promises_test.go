package api_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
)

// problemsInCode finds the names of problems in Go files: the second element of a problemError, the second argument of problem, and the Rule of a Rejection.
func problemsInCode(t *testing.T, files ...string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	add := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			name, err := strconv.Unquote(l.Value)
			require.NoError(t, err)
			names[name] = true
		}
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				switch is, _ := n.Type.(*ast.Ident); {
				case is != nil && (is.Name == "problemError" || is.Name == "Refusal") && len(n.Elts) == 3: // Refusal is of package follow
					add(n.Elts[1])
				case is != nil && is.Name == "Rejection" && len(n.Elts) > 0:
					if kv, ok := n.Elts[0].(*ast.KeyValueExpr); ok {
						add(kv.Value)
					}
				}
			case *ast.CallExpr:
				called := ""
				switch f := n.Fun.(type) {
				case *ast.Ident:
					called = f.Name
				case *ast.SelectorExpr:
					called = f.Sel.Name
				}
				if called == "problem" && len(n.Args) == 3 {
					add(n.Args[1])
				}
				if strings.EqualFold(called, "problem") && len(n.Args) == 5 { // of package edge
					add(n.Args[3])
				}
			}
			return true
		})
	}
	return names
}

// TestEveryProblemHasItsPage holds the table of problems against the rules of domain and against what the API answers with, and asks for each page as a program and as a browser.
func TestEveryProblemHasItsPage(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	edges, err := filepath.Glob("edge/*.go")
	require.NoError(t, err)
	followed, err := filepath.Glob("follow/*.go")
	require.NoError(t, err)
	inCode := problemsInCode(t, slices.Concat(files, edges, followed, []string{"../domain/rejection.go"})...)
	require.Contains(t, inCode, "quota-infeasible")
	require.Contains(t, inCode, "too-many-requests")
	delete(inCode, "")
	inTable := map[string]bool{}
	for _, p := range api.Problems() {
		require.False(t, inTable[p.Name], p.Name)
		inTable[p.Name] = true
		require.True(t, inCode[p.Name] || p.Name == "not-published-yet", "nothing answers with %s", p.Name)
		require.Greater(t, len(p.What), 20, p.Name)
		require.Greater(t, len(p.WayOut), 20, p.Name)
		require.True(t, p.Title != "" && len(p.Title) <= 100 && strings.HasPrefix(p.What, p.Title), p.Name)
		got := decodeLoosely[api.ProblemType](t, n.get(p.Type))
		require.Equal(t, p, got)
		page := n.get(p.Type, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		require.Equal(t, "text/html; charset=utf-8", page.Header.Get("Content-Type"))
		require.Contains(t, string(page.body), "<h1>"+p.Name+"</h1>")
		require.NotContains(t, string(page.body), "<script")
	}
	for name := range inCode {
		require.True(t, inTable[name], "%s has no page", name)
	}
	require.Len(t, decodeLoosely[struct{ Problems []api.ProblemType }](t, n.get("/problems")).Problems, len(inTable))
	require.Contains(t, string(n.get("/problems", "Accept", "text/html").body), `<a href="/problems/frozen">frozen</a>`)
	requireProblem(t, n.get("/problems/none"), 404, "not-found")
}

func TestFieldsAndCountries(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	whole := n.get("/v1/views/dialogue/dl_FR")
	some := n.get("/v1/views/dialogue/dl_FR?fields=place,dialogue")
	require.Equal(t, `{"dialogue":"dl_FR","place":"FR"}`, string(some.body), "in the order of the document, byte for byte")
	require.Equal(t, whole.Header.Get("ETag"), some.Header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, n.get("/v1/views/dialogue/dl_FR?fields=place", "If-None-Match", some.Header.Get("ETag")).StatusCode)
	list := decode[page](t, n.get("/v1/views/dialogue?country=FR&fields=place"))
	require.Len(t, list.Documents, 1)
	require.Equal(t, `{"place":"FR"}`, string(list.Documents[0].Document))
	require.Empty(t, decode[page](t, n.get("/v1/views/dialogue?country=ZZ")).Documents)
	require.Equal(t, "document,place\r\ndl_FR,FR\r\n", string(n.get("/v1/views/dialogue?country=FR&fields=document,place&format=csv").body))
	p := requireProblem(t, n.get("/v1/views/dialogue/dl_FR?fields=nightingale"), 400, "bad-request")
	require.NotContains(t, p.Detail, "nightingale", "what was sent is not sent back")
	require.Contains(t, p.Detail, "place")
}

// TestListsOfThePast folds views anew and pages through them: the same documents as each by itself, for ever.
func TestListsOfThePast(t *testing.T) {
	t.Parallel()
	n := measuring(t)
	for _, view := range []string{"statement", "result"} {
		at, seen := end()-40, 0
		for next := fmt.Sprintf("/v1/views/%s?at=%d&limit=2", view, at); next != ""; {
			a := n.get(next)
			p := decode[page](t, a)
			require.Equal(t, at, p.Position)
			require.Equal(t, fmt.Sprint(at), a.Header.Get("Ledger-Position"))
			require.Equal(t, "public, max-age=31536000, immutable", a.Header.Get("Cache-Control"))
			require.Equal(t, http.StatusNotModified, n.get(next, "If-None-Match", a.Header.Get("ETag")).StatusCode)
			for _, d := range p.Documents {
				if seen++; seen < 6 {
					require.Equal(t, string(n.get(fmt.Sprintf("%s?at=%d", pathOf(view, d.Key), at)).body), string(d.Document))
				}
			}
			if next = p.Next; next != "" {
				require.Equal(t, "<"+next+`>; rel="next"`, a.Header.Get("Link"))
				require.Contains(t, next, fmt.Sprintf("at=%d", at))
			}
		}
		require.NotZero(t, seen)
		requireProblem(t, n.get(at2(view)), 400, "beyond-the-ledger")
	}
	require.Empty(t, decode[page](t, n.get("/v1/views/country?at=0")).Documents)
	require.Contains(t, string(n.get("/v1/views/country?at=200&format=csv").body), "FR")
}

func at2(view string) string { return at("/v1/views/" + view + "?at=NEXT") }

// TestListTags: the tag of a list is that of what is on it. Events elsewhere leave it; one that touches a document on it changes it.
func TestListTags(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	const path = "/v1/views/country?limit=2"
	first := n.get(path)
	tag := first.Header.Get("ETag")
	require.Regexp(t, `^W/"\d+-\d+-[0-9a-f]+"$`, tag)
	require.Equal(t, 201, n.post("add-artefact-version", "k1", `{"edition":"ed_demo","artefact":"ar_new","version":1,"kind":"script","sourceLang":"en","content":"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525","wordingLocked":false,"author":"c"}`).StatusCode)
	n.catchUp()
	for _, have := range []string{tag, `"x", ` + tag, strings.TrimPrefix(tag, "W/"), "*"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := n.do(method, path, "", "If-None-Match", have)
			require.Equal(t, 304, a.StatusCode, have)
			require.Equal(t, tag, a.Header.Get("ETag"))
			require.Equal(t, at("NEXT"), a.Header.Get("Ledger-Position"), "the list is as of there")
			require.Empty(t, a.body)
		}
	}
	began := decode[page](t, first)
	second := decode[page](t, n.get(began.Next))
	require.Equal(t, began.Position, second.Began, "where the list was begun")
	require.Greater(t, second.Position, second.Began)
	require.Equal(t, 201, n.post("give-consent", "k2", `{"participant":"pa_FR_11","dialogue":"dl_FR","consentText":{"id":"ar_consent","version":1},"lang":"fr","scopes":["contact"],"method":"paper"}`).StatusCode)
	n.catchUp()
	require.Equal(t, 200, n.get(path, "If-None-Match", tag).StatusCode)
	requireProblem(t, n.get(path, "If-Match", `"x"`), 412, "precondition-failed")
	requireProblem(t, n.get(path, "If-Match", strings.TrimPrefix(tag, "W/")), 412, "precondition-failed")
	require.Equal(t, 200, n.get(path, "If-Match", "*").StatusCode)
	requireProblem(t, n.get(strings.Replace(began.Next, "country", "dialogue", 1)), 400, "bad-request")
	requireProblem(t, n.get(began.Next+"&after=BR"), 400, "bad-request")
}

// TestExpectedRevision: If-Match is the revision of the stream that a command writes to.
func TestExpectedRevision(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	topic := func(id string) string {
		return fmt.Sprintf(`{"edition":"ed_1","topic":%q,"label":{"source":"en","text":{"en":"T"}},"scope":"global","policyLinks":[]}`, id)
	}
	require.Equal(t, 201, n.post("open-edition", "k1", edition, "If-Match", `"0"`).StatusCode)
	a := n.post("add-topic", "k2", topic("t1"), "If-Match", `"1"`)
	require.Equal(t, 201, a.StatusCode, "%s", a.body)
	before := n.get("/v1/events?after=" + fmt.Sprint(end())).body
	p := requireProblem(t, n.post("add-topic", "k3", topic("t2"), "If-Match", `"1"`), 412, "precondition-failed")
	require.Contains(t, p.Detail, "version 2")
	require.Equal(t, string(before), string(n.get("/v1/events?after="+fmt.Sprint(end())).body), "nothing was written")
	again := n.post("add-topic", "k2", topic("t1"), "If-Match", `"1"`)
	require.Equal(t, string(a.body), string(again.body), "what was done is done, whatever came since")
	require.Equal(t, 201, n.post("add-topic", "k3", topic("t2"), "If-Match", `"2"`).StatusCode)
	require.Equal(t, 201, n.post("add-topic", "k4", topic("t3"), "If-Match", `*`).StatusCode)
	for _, wrong := range []string{"2", `W/"2"`, `"2", "3"`, `"two"`, `"02"`, `"-1"`} {
		requireProblem(t, n.post("add-topic", "k5", topic("t4"), "If-Match", wrong), 400, "bad-request")
	}
}

// TestAccept: what is there in no form that a client admits is 406, and problems come as problems whatever was asked for.
func TestAccept(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	for _, path := range []string{"/", "/v1/views", "/v1/events", "/v1/events/0", "/v1/commands", "/v1/schemas/", "/v1/schemas/views/country", "/problems"} {
		for accept, status := range map[string]int{
			"application/json": 200, "*/*": 200, "application/*": 200, "text/html, */*;q=0.1": 200, "": 200, "nonsense": 200,
			"image/png": 406, "application/json;q=0, image/png": 406, "*/*;q=0": 406,
		} {
			a := n.get(path, "Accept", accept)
			require.Equal(t, status, a.StatusCode, "%s %s: %s", path, accept, a.body)
			if status == 406 {
				requireProblem(t, a, 406, "not-acceptable")
			}
		}
	}
	requireProblem(t, n.get("/v1/views/country/XX", "Accept", "text/csv"), 404, "not-found")
	requireProblem(t, n.get("/v1/events?limit=0", "Accept", "text/csv, */*"), 400, "bad-request")
	a := n.post("open-edition", "k", edition, "Accept", "image/png")
	requireProblem(t, a, 406, "not-acceptable")
	requireProblem(t, n.get(at("/v1/events/END")), 404, "not-found")
}

// TestDocsPage: the page loads nothing from elsewhere, and the script is the one whose digest stands beside it.
func TestDocsPage(t *testing.T) {
	t.Parallel()
	n := newNode(t, nil)
	a := n.get("/docs")
	require.Equal(t, "text/html; charset=utf-8", a.Header.Get("Content-Type"))
	require.Contains(t, a.Header.Get("Content-Security-Policy"), "script-src 'self';")
	require.NotContains(t, string(a.body), "://")
	script := n.get("/docs/redoc.js")
	want, err := os.ReadFile("redoc/redoc.standalone.js")
	require.NoError(t, err)
	require.Equal(t, len(want), len(script.body))
	sums, err := os.ReadFile("redoc/SHA256SUMS")
	require.NoError(t, err)
	require.Equal(t, strings.Fields(string(sums))[0], strings.Trim(script.Header.Get("ETag"), `"`))
	require.Equal(t, http.StatusNotModified, n.get("/docs/redoc.js", "If-None-Match", script.Header.Get("ETag")).StatusCode)
	var doc map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(n.get("/openapi.json").body, &doc))
}
