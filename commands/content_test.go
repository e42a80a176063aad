package commands_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// Above is embedded: its members are those of whoever embeds it.
type Above struct {
	Top   string `json:"top"`
	Named string `json:"shadowed"`
}

// content has a member of every form.
type content struct {
	Above
	Text     string           `json:"text"`
	Shadowed string           `json:"shadowed"`
	Time     domain.Time      `json:"time"`
	Flag     bool             `json:"flag"`
	Inner    *content         `json:"inner"`
	List     []content        `json:"list"`
	Map      map[string]any   `json:"map"`
	Langs    map[string]Above `json:"langs"`
	Raw      json.RawMessage  `json:"raw"`
	Any      any              `json:"any"`
	Untagged int
	Hidden   string `json:"-"`
}

func TestReadContent(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		`{}`, `null`, ` {} `, `{"text":"a"}`, `{"top":"a","text":"b","shadowed":"c"}`, `{"Untagged":1}`,
		`{ "text" : "a" , "flag" : true , "list" : [ ] }`, "\t{\r\n\"text\":\n\"a\"}\n",
		`{"text":"{\"text\":1,\"text\":2}","shadowed":"\\"}`, `{"te\u0078t":"escaped"}`,
		`{"inner":{"text":"a","inner":{"text":"a"}},"text":"a"}`, `{"inner":null,"list":null,"map":null,"any":null}`,
		`{"list":[{"text":"a"},{"text":"a"},{}]}`, `{"map":{"a":1,"A":2,"":3},"langs":{"en":{"top":"a"},"EN":{"top":"a"}}}`,
		`{"raw":{"a":1,"b":[{"a":1},{"a":2}]},"any":[{"a":-1.5e3},{"a":"x"},true,false,null]}`,
		`{"time":"2025-10-10T08:00:00.000Z"}`, `{"text":"` + strings.Repeat("long ", 10_000) + `"}`,
		`{"any":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`,
	} {
		require.NoError(t, commands.ReadContent([]byte(good), new(content)), "%.200s", good)
	}
	for bad, says := range map[string]string{
		`{"text":"a","text":"a"}`:                            `member "text" stands twice`,
		`{"text":"a","flag":true,"text":"b"}`:                `member "text" stands twice`,
		`{"text":"a","te\u0078t":"b"}`:                       `member "text" stands twice`,
		`{"\u0074ext":"a","text":"b"}`:                       `member "text" stands twice`,
		`{"text":"a","Text":"b"}`:                            `member "Text" is not known; it is spelled text`,
		`{"TEXT":"a"}`:                                       `member "TEXT" is not known; it is spelled text`,
		`{"untagged":1}`:                                     `member "untagged" is not known; it is spelled Untagged`,
		"{\"\u017fhadowed\":\"a\"}":                          `is not known; it is spelled shadowed`, // a long s folds to s
		`{"inner":{"flag":true,"flag":false}}`:               `member "flag" stands twice`,
		`{"inner":{"inner":{"top":"a","top":"a"}}}`:          `member "top" stands twice`,
		`{"list":[{},{"text":"a"},{"text":"a","text":"a"}]}`: `member "text" stands twice`,
		`{"list":[],"list":[]}`:                              `member "list" stands twice`,
		`{"inner":null,"inner":{}}`:                          `member "inner" stands twice`,
		`{"map":{"a":1,"b":2,"a":1}}`:                        `member "a" stands twice`,
		`{"map":{"":1,"":1}}`:                                `member "" stands twice`,
		`{"map":{"x":{"deep":[{"a":1,"a":1}]}}}`:             `member "a" stands twice`,
		`{"langs":{"en":{"top":"a"},"en":{"top":"a"}}}`:      `member "en" stands twice`,
		`{"langs":{"en":{"Top":"a"}}}`:                       `member "Top" is not known; it is spelled top`,
		`{"raw":{"a":1,"a":1}}`:                              `member "a" stands twice`,
		`{"raw":[[{"\"":1,"\u0022":1}]]}`:                    `stands twice`,
		`{"any":{"a":{"b":1,"b":1}}}`:                        `member "b" stands twice`,
		`{"Hidden":"a"}`:                                     `unknown field "Hidden"`,
		`{"-":"a"}`:                                          `unknown field "-"`,
		`{"text":"a"}{}`:                                     `the content goes on behind its end`,
		`{"text":"a","text":"a"`:                             `does not have the form of this command`,
		`{"` + strings.Repeat("n", 100) + `":1}`:             `unknown field`,
		`{"map":{"` + strings.Repeat("n", 99) + `":1,"` + strings.Repeat("n", 99) + `":1}}`: `member "` + strings.Repeat("n", 40) + `" stands twice`,
	} {
		err := commands.ReadContent([]byte(bad), new(content))
		require.ErrorIs(t, err, domain.ErrInvalidField, bad)
		require.ErrorContains(t, err, says, bad)
	}
	require.ErrorIs(t, commands.ReadContent([]byte("{\"text\":\"\xff\"}"), new(content)), domain.ErrInvalidText)
}

// Wherever in the content of a command a member is repeated, in whatever letters, it is rejected; so is a member in other letters alone.
func TestRepeatedMembersOfCommands(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := story[rapid.IntRange(0, len(story)-1).Draw(t, "step")]
		var names [][2]int // where the name of a member begins and where its value ends
		ends(json.NewDecoder(strings.NewReader(s.content)), s.content, &names)
		at := rapid.SampledFrom(names).Draw(t, "member")
		member := s.content[at[0]:at[1]]
		name, value, _ := strings.Cut(member, ":")
		bad := s.content[:at[1]]
		switch how := rapid.IntRange(0, 2).Draw(t, "how"); {
		case how == 0:
			bad += "," + `"\u00` + hex(name[1]) + name[2:] + ":" + value
		case how == 1 && !inMap(name):
			bad = s.content[:at[0]] + strings.ToUpper(name) + ":" + value
		default:
			bad += "," + member
		}
		bad += s.content[at[1]:]
		require.True(t, json.Valid([]byte(bad)), bad)
		w := newWorld(t)
		_, err := w.run(s.name, "bad", bad)
		require.ErrorIs(t, err, domain.ErrInvalidField, bad)
		require.Regexp(t, "stands twice|is spelled", err.Error())
	})
}

// inMap tells whether a name is one of a map's keys in the story: languages, parameters, options, dimensions, views, places, and questions.
func inMap(name string) bool {
	return slices.Contains([]string{"en", "fr", "globalMinCountries", "outputGraceMinutes", "maxAttempts", "me", "law", "age", "country", "FR", "ar_q"}, strings.Trim(name, `"`))
}

func hex(c byte) string { return string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]) }

// ends finds the members of a JSON object and of those within.
func ends(d *json.Decoder, text string, found *[][2]int) {
	open, _ := d.Token()
	for d.More() {
		begin := 0
		if open == json.Delim('{') {
			before := int(d.InputOffset())
			begin = before + strings.IndexByte(text[before:], '"')
			_, _ = d.Token()
		}
		rest := strings.TrimLeft(text[d.InputOffset():], ": ,")
		if rest[0] == '{' || rest[0] == '[' {
			ends(d, text, found)
		} else {
			_, _ = d.Token()
		}
		if open == json.Delim('{') {
			*found = append(*found, [2]int{begin, int(d.InputOffset())})
		}
	}
	_, _ = d.Token()
}

// FuzzContent reads anything: what is taken has no member twice, and what is refused for one has one, as another reader sees it.
func FuzzContent(f *testing.F) {
	for _, s := range story {
		f.Add([]byte(s.content))
		f.Add([]byte(strings.Replace(s.content, ",", `,"edition":"x",`, 1)))
	}
	f.Add([]byte(`{"text":"a","te\u0078t":"b","map":{"\ud800":1,"\ud801":2},"raw":{"a":[{"":1}]},"any":"\\\"","Untagged":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, into := range []any{new(content), new(commands.CastBallot), new(commands.AddArtefactVersion), new(map[string]any), new(any)} {
			err := commands.ReadContent(text, into)
			if err == nil {
				require.False(t, repeats(text), "%s", text)
			} else if strings.Contains(err.Error(), "stands twice") {
				require.True(t, repeats(text), "%s", text)
			}
		}
	})
}

// repeats tells whether any object has a member twice.
func repeats(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var within func() bool
	within = func() bool {
		open, err := d.Token()
		if err != nil || (open != json.Delim('{') && open != json.Delim('[')) {
			return false
		}
		seen := map[any]bool{}
		for d.More() {
			if open == json.Delim('{') {
				name, err := d.Token()
				if err != nil || seen[name] {
					return err == nil
				}
				seen[name] = true
			}
			if within() {
				return true
			}
		}
		_, _ = d.Token()
		return false
	}
	return within()
}
