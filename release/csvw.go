package release

import (
	"bytes"
	"encoding/json"

	"daybook.internal/domain"
	"daybook.internal/release/table"
)

// marshal writes JSON for people and programs: indented, with < > & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}

// csvwTable is the description of one CSV file by the Metadata Vocabulary for Tabular Data (https://www.w3.org/TR/tabular-metadata/).
type csvwTable struct {
	Context     []any       `json:"@context"`
	URL         string      `json:"url"`
	Title       string      `json:"dc:title"`
	Description string      `json:"dc:description"`
	Licence     csvwLink    `json:"dc:license"`
	Source      string      `json:"dc:source"`
	Dialect     csvwDialect `json:"dialect"`
	Schema      csvwSchema  `json:"tableSchema"`
}

type csvwLink struct {
	ID string `json:"@id"`
}

type csvwDialect struct {
	Encoding        string   `json:"encoding"`
	Header          bool     `json:"header"`
	HeaderRowCount  int      `json:"headerRowCount"`
	Delimiter       string   `json:"delimiter"`
	QuoteChar       string   `json:"quoteChar"`
	DoubleQuote     bool     `json:"doubleQuote"`
	LineTerminators []string `json:"lineTerminators"`
}

type csvwSchema struct {
	Columns    []csvwColumn `json:"columns"`
	PrimaryKey []string     `json:"primaryKey"`
}

type csvwColumn struct {
	Name        string `json:"name"`
	Titles      string `json:"titles"`
	Description string `json:"dc:description,omitempty"`
	Datatype    any    `json:"datatype"`
	Required    bool   `json:"required,omitempty"`
}

// csvw describes one table.
func (w *writing) csvw(t *table.Table) ([]byte, error) {
	d := csvwTable{
		Context: []any{"http://www.w3.org/ns/csvw", map[string]string{"@language": "en"}}, URL: t.Name + ".csv", Title: t.Name, Description: t.About, Licence: csvwLink{w.Licence.URL},
		Source:  w.provenance(),
		Dialect: csvwDialect{"utf-8", true, 1, ",", `"`, true, []string{"\r\n"}}, Schema: csvwSchema{PrimaryKey: keyOf(t)},
	}
	for _, c := range t.Columns {
		d.Schema.Columns = append(d.Schema.Columns, csvwColumn{c.Name, c.Name, about(c, t), csvwType(c.Type), c.Required})
	}
	return marshal(d)
}

// csvw is the datatype: one of XML Schema, as the vocabulary has it.
func csvwType(t table.Type) any {
	switch t {
	case table.Whole:
		return "integer"
	case table.Number:
		return "number"
	case table.Boolean:
		return "boolean"
	case table.Moment:
		return map[string]string{"base": "dateTime", "format": "yyyy-MM-dd'T'HH:mm:ss.SSSX"}
	case table.Day:
		return "date"
	}
	return "string"
}

// about is what a column holds, where it is one that the way of making tables adds, or that needs a word.
func about(c table.Column, t *table.Table) string {
	at := -1
	for i := range t.Columns[:t.Key] {
		if t.Columns[i].Name == c.Name {
			at = i
		}
	}
	switch {
	case c.Name == "document":
		return "key of the document of the view"
	case c.Name == "documentPosition":
		return "how many records of the ledger the document rests on: up to and with the last one that touched it"
	case c.Name == "suppressed":
		return "true: the numbers are hidden, because few people stand behind them or because they would tell those of others; hidden is not missing"
	case c.Name == "view" && at == 0:
		return "the view that the document belongs to"
	case at >= 0 && c.Type == table.Whole:
		return "number in the list, from 1"
	case at >= 0 && at == t.Key-1:
		return "name of the entry"
	}
	return ""
}

// key are the columns that name a row.
func keyOf(t *table.Table) []string {
	names := make([]string, t.Key)
	for i := range names {
		names[i] = t.Columns[i].Name
	}
	return names
}

// languages are those of an edition, the one of the title first.
func (s *Source) languages() []domain.Lang {
	_, first := s.title()
	langs := []domain.Lang{first}
	for _, l := range s.opened.Languages {
		if l != first {
			langs = append(langs, l)
		}
	}
	return langs
}
