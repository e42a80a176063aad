package release_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"daybook.internal/release"
)

func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "schemas", name))
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseRegexpEngine(func(pattern string) (jsonschema.Regexp, error) {
		if strings.Contains(pattern, "(?=[^./~])") {
			return paths(pattern), nil
		}
		return regexp.Compile(pattern)
	})
	require.NoError(t, c.AddResource("https://schemas.test/"+name, doc))
	s, err := c.Compile("https://schemas.test/" + name)
	require.NoError(t, err)
	return s
}

// paths is the pattern of paths in the profile, which looks ahead, as Go's expressions cannot.
type paths string

func (p paths) String() string { return string(p) }

func (p paths) MatchString(s string) bool {
	if regexp.MustCompile(`^(http|ftp)s?://`).MatchString(s) {
		return true
	}
	return s != "" && !strings.ContainsAny(s[:1], "./~") && !strings.HasPrefix(s, "file:") && !strings.Contains(s, "/../") && !strings.Contains(s, `\`) && !strings.Contains(s, "://")
}

// TestDataPackage holds the descriptor against the profile of Data Package 2.0, and its resources against the files.
func TestDataPackage(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	content := w.read(t, release.PackageName)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	require.NoError(t, err)
	s := schema(t, "datapackage.json")
	require.NoError(t, s.Validate(doc))
	doc.(map[string]any)["resources"] = []any{map[string]any{"name": "nothing"}}
	require.Error(t, s.Validate(doc), "the profile tells what is not a resource")

	var p struct {
		Resources []struct {
			Name, Path, Hash, Type string
			Bytes                  int64
			Schema                 struct {
				Fields      []struct{ Name, Type string }
				PrimaryKey  []string
				ForeignKeys []struct {
					Fields    []string
					Reference struct {
						Resource string
						Fields   []string
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(content, &p))
	files, fields := tree(t, w.dir), map[string][]string{}
	for _, r := range p.Resources {
		require.NotContains(t, fields, r.Name)
		fields[r.Name] = []string{}
		require.Equal(t, "sha256:"+files[r.Path], r.Hash, r.Path)
		require.Len(t, w.read(t, r.Path), int(r.Bytes))
		for _, f := range r.Schema.Fields {
			fields[r.Name] = append(fields[r.Name], f.Name)
		}
		if r.Type == "table" && strings.HasPrefix(r.Path, "csv/") {
			header, _ := w.table(t, strings.TrimSuffix(path.Base(r.Path), ".csv"))
			require.Equal(t, header, fields[r.Name])
		}
	}
	for _, r := range p.Resources {
		for _, name := range r.Schema.PrimaryKey {
			require.Contains(t, fields[r.Name], name)
		}
		for _, k := range r.Schema.ForeignKeys {
			require.Len(t, k.Reference.Fields, len(k.Fields))
			for i := range k.Fields {
				require.Contains(t, fields[r.Name], k.Fields[i])
				require.Contains(t, fields[k.Reference.Resource], k.Reference.Fields[i])
			}
		}
	}
}

// TestCitation holds CITATION.cff against the schema of its version.
func TestCitation(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	require.NoError(t, yaml.Unmarshal(theRelease(t).read(t, release.CitationName), &doc))
	if day, ok := doc["date-released"].(time.Time); ok { // a date of YAML, which JSON does not have
		doc["date-released"] = day.Format(time.DateOnly)
	}
	b, err := json.Marshal(doc)
	require.NoError(t, err)
	is, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	require.NoError(t, err)
	s := schema(t, "cff-1.2.0.json")
	require.NoError(t, s.Validate(is))
	for _, l := range release.Licences() {
		is.(map[string]any)["license"] = l.ID
		require.NoError(t, s.Validate(is), l.ID)
	}
	is.(map[string]any)["license"] = "none"
	require.Error(t, s.Validate(is))
}

// TestCodebook holds the questionnaires against the XML Schema of DDI-Codebook 2.5.
func TestCodebook(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "xmllint is missing: install libxml2-utils")
		t.Skip("xmllint is missing: install libxml2-utils")
	}
	check := func(file string) (string, error) {
		said, err := exec.CommandContext(t.Context(), lint, "--nonet", "--noout", "--schema", filepath.Join("testdata", "schemas", "ddi-codebook-2.5", "codebook.xsd"), file).CombinedOutput()
		return string(said), err
	}
	said, err := check(filepath.Join(w.dir, release.CodebookName))
	require.NoError(t, err, said)
	wrong := filepath.Join(t.TempDir(), "wrong.xml")
	require.NoError(t, os.WriteFile(wrong, bytes.ReplaceAll(w.read(t, release.CodebookName), []byte("<stdyInfo>"), []byte("<stdyInfo><qstn/>")), 0o644))
	_, err = check(wrong)
	require.Error(t, err, "the schema tells what is wrong")
}

// TestCodebookHasEveryQuestion compares the codebook with the tables.
func TestCodebookHasEveryQuestion(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	var book struct {
		Files []struct {
			ID  string `xml:"ID,attr"`
			URI string `xml:"URI,attr"`
		} `xml:"fileDscr"`
		Vars []struct {
			ID       string   `xml:"ID,attr"`
			Name     string   `xml:"name,attr"`
			Files    string   `xml:"files,attr"`
			Literals []string `xml:"qstn>qstnLit"`
			Cats     []string `xml:"catgry>catValu"`
			Universe string   `xml:"universe"`
		} `xml:"dataDscr>var"`
	}
	require.NoError(t, xml.Unmarshal(w.read(t, release.CodebookName), &book))
	_, questions := w.table(t, "question")
	require.Len(t, book.Vars, len(questions))
	require.NotEmpty(t, questions)
	words := map[string]int{}
	_, rows := w.table(t, "question_text_translations")
	for _, row := range rows {
		words[row["document"]]++
	}
	options := map[string][]string{}
	_, rows = w.table(t, "question_options")
	for _, row := range rows {
		options[row["document"]] = append(options[row["document"]], row["option"])
	}
	ids, translated := []string{}, 0
	for _, f := range book.Files {
		ids = append(ids, f.ID)
		require.NotEmpty(t, w.read(t, f.URI))
	}
	for i, q := range questions {
		v := book.Vars[i]
		require.Equal(t, q["document"], v.Name)
		require.Len(t, v.Literals, 1+words[v.Name])
		require.Equal(t, options[v.Name], append([]string(nil), v.Cats[:len(options[v.Name])]...), v.Name)
		require.NotEmpty(t, v.Universe)
		translated += words[v.Name]
		for _, f := range strings.Fields(v.Files) {
			require.Contains(t, ids, f)
		}
		require.Equal(t, q["kind"] == "open", v.Files == "")
	}
	require.Positive(t, translated)
}

// TestTabularMetadata checks what "Metadata Vocabulary for Tabular Data" asks for (5.1 to 5.7, 6.4): there is no schema of it.
func TestTabularMetadata(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	variable := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.]*$`) // RFC 6570 varname, and no underscore in front
	cells := map[string]*regexp.Regexp{
		"integer": regexp.MustCompile(`^-?\d+$`), "number": regexp.MustCompile(`^-?\d+(\.\d+)?$`), "boolean": regexp.MustCompile(`^(true|false)$`), "date": regexp.MustCompile(`^\d{4}-\d\d-\d\d$`),
		"dateTime": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`), "string": regexp.MustCompile(`(?s)^.+$`),
	}
	for _, name := range w.names() {
		var doc struct {
			Context     []any             `json:"@context"`
			URL         string            `json:"url"`
			Licence     map[string]string `json:"dc:license"`
			TableSchema struct {
				Columns []struct {
					Name, Titles string
					Datatype     any
					Required     bool
				}
				PrimaryKey []string
			}
		}
		content := w.read(t, "csv/"+name+".csv-metadata.json")
		require.NoError(t, json.Unmarshal(content, &doc))
		require.Equal(t, []any{"http://www.w3.org/ns/csvw", map[string]any{"@language": "en"}}, doc.Context)
		require.Equal(t, name+".csv", doc.URL)
		_, err := url.ParseRequestURI(doc.Licence["@id"])
		require.NoError(t, err)
		header, rows := w.table(t, name)
		require.Len(t, doc.TableSchema.Columns, len(header))
		var names []string
		for i, c := range doc.TableSchema.Columns {
			require.Regexp(t, variable, c.Name)
			require.NotContains(t, names, c.Name)
			require.Equal(t, header[i], c.Titles)
			names = append(names, c.Name)
			base, _ := c.Datatype.(string)
			if of, ok := c.Datatype.(map[string]any); ok {
				base = of["base"].(string)
			}
			require.Contains(t, cells, base)
			for _, row := range rows {
				if row[c.Name] == "" {
					require.False(t, c.Required)
					continue
				}
				require.Regexp(t, cells[base], row[c.Name], "%s %s", name, c.Name)
			}
		}
		for _, key := range doc.TableSchema.PrimaryKey {
			require.Contains(t, names, key)
		}
		require.NotEmpty(t, doc.TableSchema.PrimaryKey)
	}
}

// TestCatalogue checks what DCAT 3 says of a dataset and its distributions, and that the document is JSON-LD that needs nothing from elsewhere.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(w.read(t, release.CatalogueName), &doc))
	context := doc["@context"].(map[string]any)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, member := range v {
				if prefix, _, ok := strings.Cut(key, ":"); ok {
					require.Contains(t, context, prefix)
				} else {
					require.True(t, strings.HasPrefix(key, "@"), key)
				}
				if key == "@type" {
					prefix, _, _ := strings.Cut(member.(string), ":")
					require.Contains(t, context, prefix)
				}
				if key != "@context" {
					walk(member)
				}
			}
		case []any:
			for _, member := range v {
				walk(member)
			}
		}
	}
	walk(doc)
	require.Equal(t, "dcat:Dataset", doc["@type"])
	for _, member := range []string{"dct:title", "dct:description", "dct:identifier", "dct:license", "dct:publisher", "dct:modified", "dct:language", "dct:temporal", "dct:spatial", "dct:provenance"} {
		require.NotEmpty(t, doc[member], member)
	}
	files, seen := tree(t, w.dir), []string{}
	for _, d := range doc["dcat:distribution"].([]any) {
		d := d.(map[string]any)
		require.Equal(t, "dcat:Distribution", d["@type"])
		file := d["dcat:downloadURL"].(map[string]any)["@id"].(string)
		require.NotContains(t, seen, file)
		seen = append(seen, file)
		bytes, err := strconv.Atoi(d["dcat:byteSize"].(map[string]any)["@value"].(string))
		require.NoError(t, err)
		require.Len(t, w.read(t, file), bytes)
		require.Equal(t, files[file], d["spdx:checksum"].(map[string]any)["spdx:checksumValue"].(map[string]any)["@value"])
		require.NotEqual(t, d["dcat:mediaType"] == nil, d["dct:format"] == nil, "a type of the register, or another one")
	}
	for file := range files {
		described := slices.Contains([]string{release.CatalogueName, release.CitationName, release.ReadmeName, release.SumsName}, file) || strings.HasSuffix(file, "-metadata.json")
		require.NotEqual(t, described, slices.Contains(seen, file), file)
	}
}
