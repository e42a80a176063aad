package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/commands"
)

// promised is what requests are made from: the committed OpenAPI document.
type promised struct {
	t          *testing.T
	operations []promisedOperation
	compiler   *jsonschema.Compiler
	compiled   map[string]*jsonschema.Schema
}

type promisedOperation struct {
	Method, Path string
	Parameters   []promisedParameter
	Security     []map[string][]string
	RequestBody  struct {
		Content map[string]struct{ Example json.RawMessage }
	}
	Responses map[string]struct {
		Content map[string]struct {
			Schema struct {
				Ref string `json:"$ref"`
			}
		}
	}
}

type promisedParameter struct {
	Name, In string
	Required bool
	Example  any
	Schema   struct {
		Type             any
		Enum             []string
		Minimum, Maximum *float64
		Examples         []any
	}
}

func readPromises(t *testing.T) *promised {
	text, err := os.ReadFile(committedSpec)
	require.NoError(t, err)
	var doc struct {
		Paths map[string]map[string]promisedOperation
	}
	require.NoError(t, json.Unmarshal(text, &doc))
	p := &promised{t: t, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			o := doc.Paths[path][method]
			o.Method, o.Path = strings.ToUpper(method), path
			p.operations = append(p.operations, o)
		}
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	require.NoError(t, p.compiler.AddResource("http://localhost/openapi.json", whole))
	return p
}

func (p *promised) schema(ref string) *jsonschema.Schema {
	if s, ok := p.compiled[ref]; ok {
		return s
	}
	s, err := p.compiler.Compile("http://localhost/openapi.json" + ref)
	require.NoError(p.t, err)
	p.compiled[ref] = s
	return s
}

// hostile are values that nobody should send. A bird is in those that might be taken for people: it is in no log.
var hostile = []string{
	"", " ", "nightingale", "-1", "0", "1e9", "NaN", "9223372036854775808", "99999999999999999999999", "true", "null", "[]", `{"a":1}`, "%", "%00", "\x00", "a\r\nSet-Cookie: b=c", "../../etc/passwd", "nightingale/../x",
	"';DROP TABLE events;--", "<script>alert(1)</script>", "=1+1", "🙂", "\u202enightingale", "é", "\xff\xfe", strings.Repeat("nightingale", 300), "*", `"`, `"1", W/"2"`, "json,csv", "FR", "world",
}

func (p promisedParameter) draw(t *rapid.T) string {
	if rapid.IntRange(0, 2).Draw(t, "hostile") == 0 {
		return rapid.SampledFrom(hostile).Draw(t, p.Name)
	}
	switch {
	case len(p.Schema.Enum) > 0:
		return rapid.SampledFrom(p.Schema.Enum).Draw(t, p.Name)
	case p.Schema.Type == "integer":
		return strconv.FormatInt(rapid.Int64Range(-1, 2000).Draw(t, p.Name), 10)
	case p.Example != nil:
		return fmt.Sprint(p.Example)
	}
	return rapid.SampledFrom([]string{"FR", "KE", "dl_FR", "ed_demo", "rc_world_1", "dl_FR/1", "country", "react", "0", "not-found"}).Draw(t, p.Name)
}

// request makes one from what the document says, with mistakes.
func (o promisedOperation) request(t *rapid.T, base string) *http.Request {
	path, query, headers := o.Path, url.Values{}, http.Header{}
	for _, p := range o.Parameters {
		if p.In != "path" && !p.Required && rapid.Bool().Draw(t, "leave out "+p.Name) {
			continue
		}
		switch v := p.draw(t); p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(v))
		case "query":
			query.Add(p.Name, v)
		case "header":
			headers.Set(p.Name, headerText(v))
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
		query.Add(rapid.SampledFrom(hostile).Draw(t, "parameter"), "nightingale")
	}
	for _, name := range []string{"Accept", "Accept-Encoding", "If-None-Match", "If-Match", "If-Modified-Since", "Range", "Content-Encoding", "Authorization", "Origin", "Cookie", "X-Forwarded-For"} {
		if rapid.IntRange(0, 7).Draw(t, "with "+name) == 0 {
			headers.Set(name, headerText(rapid.SampledFrom(append([]string{"gzip", "zstd", "identity;q=0", "text/csv", "application/x-ndjson", "application/vnd.apache.parquet", `"1-1"`, "bytes=0-1", "Bearer a.b.c"}, hostile...)).Draw(t, name)))
		}
	}
	body := ""
	for kind, one := range o.RequestBody.Content {
		headers.Set("Content-Type", kind)
		body = bodyOf(t, one.Example)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	r, err := http.NewRequest(o.Method, base+path, strings.NewReader(body))
	if err != nil {
		t.Skip("no client sends that")
	}
	r.Header = headers
	return r
}

// headerText is a value that net/http sends.
func headerText(v string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '.'
		}
		return r
	}, v)
}

// bodyOf is an example with something in it changed, or no JSON at all.
func bodyOf(t *rapid.T, example json.RawMessage) string {
	var v any
	if json.Unmarshal(example, &v) != nil || rapid.IntRange(0, 5).Draw(t, "no example") == 0 {
		return rapid.SampledFrom(append([]string{"{}", "[]", `{"dialogue":"dl_FR"}`, strings.Repeat("[", 20000), `{"a":1,"a":2}`, "\ufeff{}"}, hostile...)).Draw(t, "body")
	}
	for range rapid.IntRange(0, 2).Draw(t, "changes") {
		v = changed(t, v)
	}
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func changed(t *rapid.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if names := slices.Sorted(maps.Keys(v)); len(names) > 0 && rapid.IntRange(0, 4).Draw(t, "here") > 0 {
			name := rapid.SampledFrom(names).Draw(t, "member")
			if rapid.IntRange(0, 4).Draw(t, "remove") == 0 {
				delete(v, name)
			} else {
				v[name] = changed(t, v[name])
			}
			return v
		}
	case []any:
		if len(v) > 0 && rapid.Bool().Draw(t, "within") {
			i := rapid.IntRange(0, len(v)-1).Draw(t, "item")
			v[i] = changed(t, v[i])
			return v
		}
	}
	return rapid.SampledFrom([]any{nil, true, -1.0, 1.5, 1e300, "", "nightingale", strings.Repeat("x", 70000), []any{}, map[string]any{}, []any{nil}, map[string]any{"nightingale": 1.0}, "\x00", "🙂"}).Draw(t, "value")
}

// inside is what only this program's makers should see.
var inside = regexp.MustCompile(`goroutine |\.go:[0-9]|panic|runtime error|/tmp/|(?i)sqlite|pgx|reflect\.|strconv\.|json: |daybook\.internal|0x[0-9a-f]{6}`)

// TestRandomRequests sends requests that are made from the OpenAPI document, right ones and wrong ones. None of them is a fault of the server; errors are the documents that were promised and show nothing of
// the inside; answers are as the document says; and nothing that was sent stands in the log.
func TestRandomRequests(t *testing.T) {
	t.Parallel()
	n, p := measuring(t), readPromises(t)
	statuses := map[int]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 40 {
			o := rapid.SampledFrom(p.operations).Draw(t, "operation")
			if rapid.IntRange(0, 3).Draw(t, "a command") == 0 {
				o = p.operations[slices.IndexFunc(p.operations, func(o promisedOperation) bool {
					return o.Path == "/v1/commands/"+commands.All()[0].Name
				})+rapid.IntRange(0, 40).Draw(t, "which")]
			}
			r := o.request(t, n.url)
			a := n.send(r)
			statuses[a.StatusCode]++
			if a.StatusCode == http.StatusCreated { // so that no measure moves between two requests
				position, err := strconv.ParseUint(a.Header.Get("Ledger-Position"), 10, 64)
				require.NoError(t, err)
				n.reach(position)
			}
			what := fmt.Sprintf("%s %s %v: %d %s", r.Method, r.URL, r.Header, a.StatusCode, a.body)
			require.Less(t, a.StatusCode, 500, what)
			if a.StatusCode == http.StatusUnprocessableEntity && a.Header.Get("Content-Type") == "application/x-ndjson" { // a file that is done as a whole, or not at all
				require.Contains(t, o.Responses["422"].Content, "application/x-ndjson", what)
				require.NotRegexp(t, inside, string(a.body), what)
				continue
			}
			if a.StatusCode >= 400 && a.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
				require.Equal(t, "application/problem+json", a.Header.Get("Content-Type"), what)
				var problem struct {
					Type, Title, Detail, Request string
					Status                       int
				}
				if a.Header.Get("Content-Encoding") == "" && r.Method != http.MethodHead {
					require.NoError(t, json.Unmarshal(a.body, &problem), what)
					require.Equal(t, a.StatusCode, problem.Status, what)
					require.True(t, problem.Title != "" && problem.Detail != "" && problem.Request != "" && strings.HasPrefix(problem.Type, "/problems/"), what)
					require.NotRegexp(t, inside, problem.Detail, what)
				}
				require.Empty(t, a.Header.Values("Set-Cookie"), what)
				continue
			}
			if tag := a.Header.Get("ETag"); a.StatusCode == http.StatusOK && tag != "" && r.Header.Get("If-None-Match") == "" {
				again := r.Clone(r.Context())
				again.Body = http.NoBody
				again.Header.Set("If-None-Match", tag)
				b := n.send(again)
				statuses[b.StatusCode]++
				require.Equal(t, http.StatusNotModified, b.StatusCode, what) // nothing but commands that were done moves a document, and none is done meanwhile
				require.Equal(t, tag, b.Header.Get("ETag"), what)
			}
			said, ok := o.Responses[strconv.Itoa(a.StatusCode)]
			if a.StatusCode == http.StatusRequestHeaderFieldsTooLarge || a.StatusCode == http.StatusMethodNotAllowed {
				ok = true // before anything was looked at
			}
			require.True(t, ok, "the document does not say so: %s", what)
			kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
			if ref := said.Content[kind].Schema.Ref; a.StatusCode < 300 && kind == "application/json" && ref != "" && a.Header.Get("Content-Encoding") == "" && !r.URL.Query().Has("fields") && !r.URL.Query().Has("words") {
				require.NoError(t, valid(p.schema(ref), a.body), what)
			}
		}
	})
	for _, status := range []int{200, 304, 400, 404, 406, 415, 422} {
		require.NotZero(t, statuses[status], "of all requests, none came to %d: %v", status, statuses)
	}
	require.NotContains(t, n.log.String(), "nightingale")
}
