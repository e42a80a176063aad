package commands_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// compiled is a schema as a validator takes it: checked against the 2020-12 metaschema, and with formats that count.
func compiled(t requirer, c commands.Command) *jsonschema.Schema {
	t.Helper()
	s, err := compile(c)
	require.NoError(t, err, "%s: %s", c.Name, c.Schema())
	return s
}

func compile(c commands.Command) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.Schema()))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("http://localhost/"+c.Name, doc); err != nil {
		return nil, err
	}
	return compiler.Compile("http://localhost/" + c.Name)
}

// admits tells what a schema says to a line.
func admits(t requirer, s *jsonschema.Schema, line string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
	require.NoError(t, err, line)
	return s.Validate(v)
}

// view is a schema for those who look into it.
type view struct {
	Schema               string `json:"$schema"`
	Title, Description   string
	Type, Const, Pattern string
	Ref                  string `json:"$ref"`
	Enum, Required       []string
	OneOf, AnyOf         []view
	Properties           map[string]view
	AdditionalProperties any
	Defs                 map[string]view `json:"$defs"`
}

func viewOf(t requirer, c commands.Command) (v view) {
	t.Helper()
	require.NoError(t, json.Unmarshal(c.Schema(), &v))
	return v
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	for _, c := range commands.All() {
		require.Equal(t, c.Schema(), c.Schema(), "the same every time")
		s := compiled(t, c)
		require.Equal(t, 2020, s.DraftVersion)
		v := viewOf(t, c)
		require.Equal(t, "https://json-schema.org/draft/2020-12/schema", v.Schema)
		require.Equal(t, c.Name, v.Title)
		require.Equal(t, c.About, v.Description)
		require.Equal(t, c.Name, v.Properties["name"].Const)
		require.ElementsMatch(t, []string{"command", "name", "actor", "content"}, v.Required)
		require.Len(t, v.Properties, 5)
		require.Equal(t, false, v.AdditionalProperties)
		for name, d := range v.Defs {
			if d.Type == "object" {
				require.Equal(t, false, d.AdditionalProperties, "%s of %s", name, c.Name)
				for _, r := range d.Required {
					require.Contains(t, d.Properties, r)
				}
			}
		}
		for _, text := range refs(c.Schema()) {
			require.Contains(t, v.Defs, strings.TrimPrefix(text, "#/$defs/"), c.Name)
		}
	}
}

// refs finds all references of a schema.
func refs(schema []byte) (all []string) {
	for _, part := range strings.Split(string(schema), `"$ref":"`)[1:] {
		all = append(all, part[:strings.IndexByte(part, '"')])
	}
	return all
}

func TestSchemaOfABallot(t *testing.T) {
	t.Parallel()
	c, _ := commands.ByName("cast-ballot")
	v := viewOf(t, c)
	content := v.Defs["content"]
	require.Equal(t, []string{"dialogue", "pseudonym", "session", "wave", "question", "lang", "channel"}, content.Required, "all but the table, the proof of the code and what a device adds")
	require.Equal(t, []view{{Required: []string{"answer"}}, {Required: []string{"text"}}}, content.OneOf, "and an answer or the words of one")
	require.Contains(t, content.Properties, "table")
	require.Len(t, content.Properties, 14)
	require.Equal(t, "#/$defs/Wave", content.Properties["wave"].Ref)
	require.Equal(t, []string{"endorsement", "evaluation", "post", "pre", "profile", "session"}, v.Defs["Wave"].Enum)
	require.Empty(t, v.Defs["Answer"].Required)
	require.Len(t, v.Defs["Answer"].OneOf, len(v.Defs["Answer"].Properties)-1, "a union has one of its members; words stand beside it")
	require.Contains(t, v.Properties["actor"].Pattern, "|tallyClerk|")
	begin := strings.Index(string(c.Schema()), `"properties":{"dialogue":`)
	require.Positive(t, begin)
	for _, m := range []string{"dialogue", "pseudonym", "session", "wave", "question", "lang", "answer", "text", "channel", "table", "issued", "salt", "device", "signature"} {
		next := strings.Index(string(c.Schema())[begin:], `"`+m+`":{`)
		require.Positive(t, next, "%s: members stand in the order in which people write them", m)
		begin += next
	}

	c, _ = commands.ByName("add-artefact-version")
	content = viewOf(t, c).Defs["content"]
	require.Contains(t, content.Properties, "edition", "of the command")
	require.Contains(t, content.Properties, "wordingLocked", "of the event in it")
	require.NotContains(t, content.Required, "question")
}

// What is accepted is admitted: every step of the story, and every line of the demo.
func TestSchemasAdmitWhatIsDone(t *testing.T) {
	t.Parallel()
	schemas := map[string]*jsonschema.Schema{}
	for _, c := range commands.All() {
		schemas[c.Name] = compiled(t, c)
	}
	for _, s := range story {
		content := newWorld(t).timely(s.name, s.content)
		require.NoError(t, admits(t, schemas[s.name], lineOf("c", s.name, content)), content)
	}
	f, err := os.Open("../cmd/daybook/demo.ndjson")
	require.NoError(t, err)
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var l line
		require.NoError(t, json.Unmarshal(lines.Bytes(), &l))
		require.NoError(t, admits(t, schemas[l.Name], lines.Text()), "line %d", n+1)
	}
	require.Greater(t, n, 200)
}

func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, was, is string }{
		{"react", `"agree"`, `"perhaps"`},
		{"react", `"agree"`, `1`},
		{"react", `"agree"`, `null`},
		{"react", `"value":"agree"`, `"Value":"agree"`},
		{"react", `,"value":"agree"`, ``},
		{"react", `"value":"agree"`, `"value":"agree","important":"yes"`},
		{"react", `"p2"`, `""`},
		{"react", `"p2"`, `"p/2"`},
		{"react", `"p2"`, `" p2"`},
		{"react", `"p2"`, `"p2\u0000"`},
		{"react", `"p2"`, `"` + strings.Repeat("p", 201) + `"`},
		{"react", `"actor":"coordinator:ada"`, `"actor":"king:ada"`},
		{"react", `"actor":"coordinator:ada"`, `"actor":"coordinator:Ada L"`},
		{"react", `"actor":"coordinator:ada"`, `"actor":"coordinator:ada@"`},
		{"react", `"actor":"coordinator:ada",`, ``},
		{"react", `"command":"c"`, `"command":""`},
		{"react", `"command":"c"`, `"command":"` + strings.Repeat("c", 201) + `"`},
		{"react", `"command":"c",`, ``},
		{"react", `"name":"react"`, `"name":"cast-ballot"`},
		{"react", `"name":"react"`, `"name":"react","when":"now"`},
		{"react", `"name":"react"`, `"name":"react","occurredAt":"now"`},
		{"react", `"name":"react"`, `"name":"react","occurredAt":"2025-10-10T08:00:00Z"`},
		{"react", `"name":"react"`, `"name":"react","occurredAt":"2025-02-30T08:00:00.000Z"`},
		{"cast-ballot", `{"option":"me"}`, `"me"`},
		{"cast-ballot", `{"option":"me"}`, `{"options":"me"}`},
		{"cast-ballot", `{"option":"me"}`, `{"nonresponse":"tired"}`},
		{"cast-ballot", `{"option":"me"}`, `{}`},
		{"cast-ballot", `{"option":"me"}`, `{"option":"me","point":1}`},
		{"cast-ballot", `{"option":"me"}`, `{"text":` + digest + `}`},
		{"cast-ballot", `"answer":{"option":"me"},`, ``},
		{"cast-ballot", `"answer":{"option":"me"},`, `"answer":{"option":"me"},"text":"Me.",`},
		{"cast-ballot", `"index":0`, `"index":0.5`},
		{"cast-ballot", `"wave":"session"`, `"wave":"Session"`},
		{"cast-ballot", `"version":1`, `"version":"1"`},
		{"cast-ballot", `"version":1`, `"version":1.5`},
		{"cast-ballot", `"version":1`, `"version":9007199254740992`},
		{"cast-ballot", `,"version":1`, ``},
		{"cast-ballot", `"lang":"fr"`, `"lang":"french language"`},
		{"open-edition", `["en","fr"]`, `"en"`},
		{"open-edition", `["en","fr"]`, `["en",7]`},
		{"open-edition", `["en","fr"]`, `null`},
		{"open-edition", `{"en":"One"}`, `{"en":1}`},
		{"open-edition", `{"en":"One"}`, `{"not a tag":"One"}`},
		{"register-dialogue", `"place":"FR"`, `"place":"France"`},
		{"register-dialogue", `"plannedSize":4`, `"date":"10.10.2025"`},
		{"register-dialogue", `"plannedSize":4`, `"date":"2025-02-30"`},
		{"submit-translation", `"question":{"text":"Qui ?","options":{"me":"Moi","law":"La loi"}},`, ``},
		{"submit-translation", `"question":{"text"`, `"content":"64","question":{"text"`},
		{"register-dialogue", `"sortition"`, `"lottery"`},
		{"freeze-protocol", `"globalMinCountries":"1"`, `"globalMinCountries":1`},
		{"freeze-protocol", `"globalMinCountries":"1"`, `"globalMinCountries":"0.5"`},
		{"freeze-protocol", `"globalMinCountries":"1"`, `"globalMinCountries":"1/1"`},
		{"freeze-protocol", `"globalMinCountries":"1"`, `"pays-minimum-é":"1"`},
		{"freeze-protocol", `"params":{}`, `"params":{"k":1}`},
		{"freeze-protocol", `"seed":7`, `"seed":7.5`},
		{"freeze-protocol", `"seed":7`, `"seed":-7`},
		{"freeze-protocol", `"seed":7`, `"seed":9007199254740992`},
		{"freeze-protocol", `"seed":7`, `"sown":7`},
		{"freeze-protocol", `"world":8200000000`, `"world":"8200000000"`},
		{"freeze-protocol", `{"FR":68000000}`, `{"France":68000000}`},
		{"freeze-protocol", `{"FR":68000000}`, `{"FR":"68000000"}`},
		{"freeze-protocol", `{"ar_q":"law"}`, `{"ar_q":["law"]}`},
		{"freeze-protocol", `{"ar_q":"law"}`, `{"ar/q":"law"}`},
		{"freeze-protocol", `"analysisPlan":{"digest":"64`, `"analysisPlan":{"digest":"6Z`},
		{"freeze-protocol", `"analysisPlan":{"digest":"64`, `"analysisPlan":{"digest":"4`},
		{"draft-recommendation", `"version":0`, `"version":-1`},
		{"draft-recommendation", `"statement-dl_1/1"`, `"statement dl_1"`},
		{"draft-recommendation", `"basis"`, `"reason"`},
	} {
		command, _ := commands.ByName(c.name)
		s, good := compiled(t, command), lineOf("c", c.name, contentOf(c.name))
		require.NoError(t, admits(t, s, good))
		require.Contains(t, good, c.was, c.name)
		require.Error(t, admits(t, s, strings.Replace(good, c.was, c.is, 1)), "%s for %s in %s", c.is, c.was, c.name)
	}
	command, _ := commands.ByName("cast-ballot")
	require.NoError(t, admits(t, compiled(t, command), lineOf("c", "cast-ballot", strings.Replace(contentOf("cast-ballot"), `"answer":{"option":"me"}`, `"text":"Me."`, 1))))
	command, _ = commands.ByName("register-dialogue")
	s := compiled(t, command)
	for _, date := range []string{"2025-10-10", ""} {
		require.NoError(t, admits(t, s, lineOf("c", "register-dialogue", strings.Replace(contentOf("register-dialogue"), `"plannedSize":4`, `"date":"`+date+`"`, 1))))
	}
}

// A member that the command does not know, the schema does not know, and a member that the schema needs cannot be left out unseen.
func TestSchemasKnowTheMembers(t *testing.T) {
	t.Parallel()
	schemas := map[string]*jsonschema.Schema{}
	refused := 0
	checkUntil(t, func() bool { return refused > 0 }, func(t *rapid.T) {
		s := story[rapid.IntRange(0, len(story)-1).Draw(t, "step")]
		s.content = newWorld(t).timely(s.name, s.content)
		command, _ := commands.ByName(s.name)
		if schemas[s.name] == nil {
			schemas[s.name] = compiled(t, command)
		}
		var objects []int // behind the opening of each object
		for i := range s.content {
			if s.content[i] == '{' && (i == 0 || strings.ContainsRune(":[,", rune(s.content[i-1]))) {
				objects = append(objects, i+1)
			}
		}
		at := rapid.SampledFrom(objects).Draw(t, "object")
		name := rapid.SampledFrom([]string{"surprise", "Edition", "", "content", "text", "fr", "en", "x-1", "kind", "id", "é"}).Draw(t, "name")
		comma := ","
		if s.content[at] == '}' {
			comma = ""
		}
		content := s.content[:at] + fmt.Sprintf("%q:%s", name, rapid.SampledFrom([]string{`1`, `"x"`, `{}`, `[]`, `null`}).Draw(t, "value")) + comma + s.content[at:]
		if repeats([]byte(content)) {
			return // the schema is asked about what a reader made of it, which has every member once
		}
		if err := commands.ReadContent([]byte(content), command.ContentOf()); err != nil {
			refused++
			require.Error(t, admits(t, schemas[s.name], lineOf("c", s.name, content)), "%s %s: %v", s.name, content, err)
		}
	})
	require.Positive(t, refused)
	for _, s := range story {
		command, _ := commands.ByName(s.name)
		var content map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(newWorld(t).timely(s.name, s.content)), &content))
		required, schema := viewOf(t, command).Defs["content"].Required, compiled(t, command)
		require.NotEmpty(t, required)
		for _, name := range required {
			left := map[string]json.RawMessage{}
			for k, v := range content {
				if k != name {
					left[k] = v
				}
			}
			text, err := json.Marshal(left)
			require.NoError(t, err)
			require.Error(t, admits(t, schema, lineOf("c", s.name, string(text))), "%s without %s", s.name, name)
		}
	}
}

// Tree holds itself, in every way in which a type can.
type Tree struct {
	Up   *Tree           `json:"up,omitempty"`
	Name string          `json:"name"`
	Kids []Tree          `json:"kids"` // may be left out all the same
	By   map[string]Tree `json:"by,omitzero"`
}

// Answer has the name of a type of the domain.
type Answer struct {
	Of domain.Answer `json:"of"`
}

// Pair is a type with parameters.
type Pair[A, B any] struct {
	A A `json:"a"`
	B B `json:"b"`
}

// shapes has what commands of today do not have.
type shapes struct {
	Answer  Answer                 `json:"answer"`
	Pair    Pair[string, []Answer] `json:"pair"`
	Inline  struct{ X bool }       `json:"inline"`
	Raw     json.RawMessage        `json:"raw"`
	Any     any                    `json:"any"`
	Bytes   []byte                 `json:"bytes"`
	Share   float64                `json:"share"`
	Small   uint8                  `json:"small"`
	Event   *domain.EventID        `json:"event"`
	ByWave  map[domain.Wave]int    `json:"byWave"`
	Content struct{}               `json:"content"`
	Skipped string                 `json:"-"`
	hidden  string
}

func TestSchemaOfAnyType(t *testing.T) {
	t.Parallel()
	_ = shapes{}.hidden
	content := func(c string) string { return lineOf("c", "test", c) }
	tree := compiled(t, commands.CommandOf[Tree]())
	require.NoError(t, admits(t, tree, content(`{"name":"a","kids":[{"name":"b","kids":[]}],"up":{"name":"c"},"by":{"a":{"name":"d"}}}`)))
	for _, bad := range []string{`{}`, `{"name":"a","kids":[{}]}`, `{"name":"a","up":{}}`, `{"name":"a","by":{"a":{}}}`, `{"name":"a","kids":[{"name":"b","x":1}]}`} {
		require.Error(t, admits(t, tree, content(bad)), bad)
	}

	c := commands.CommandOf[shapes]()
	good := `{"answer":{"of":{"option":"a"}},"pair":{"a":"x","b":[{"of":{"point":1}}]},"inline":{"X":true},"raw":[1],"any":null,"bytes":"AAE=","share":0.5,"small":1,` +
		`"event":"c509b203-64d2-8a8f-b934-cec6bfde8a71","byWave":{"pre":1},"content":{}}`
	require.NoError(t, commands.ReadContent([]byte(good), c.ContentOf()))
	s := compiled(t, c)
	require.NoError(t, admits(t, s, content(good)))
	for was, is := range map[string]string{
		`{"option":"a"}`: `{"choice":"a"}`, `"b":[{"of":{"point":1}}]`: `"b":[{}]`, `"X":true`: `"x":true`, `"small":1`: `"small":-1`, `"share":0.5`: `"share":"half"`,
		`"event":"c5`: `"event":"C5`, `{"pre":1}`: `{"before":1}`, `"content":{}`: `"content":{"a":1}`, `"bytes":"AAE="`: `"bytes":[0,1]`,
	} {
		require.Contains(t, good, was)
		require.Error(t, admits(t, s, content(strings.Replace(good, was, is, 1))), is)
	}
	names := []string{}
	for name := range viewOf(t, c).Defs {
		names = append(names, name)
	}
	slices.Sort(names)
	require.Subset(t, names, []string{"Answer", "domain.Answer", "content", "EventID", "Wave"})
}
