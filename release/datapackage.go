package release

import (
	"fmt"
	"strings"

	"daybook.internal/release/table"
)

// dataPackage is the descriptor of Data Package v2 (https://datapackage.org/standard/data-package/).
type dataPackage struct {
	Schema       string           `json:"$schema"`
	Name         string           `json:"name"`
	Title        string           `json:"title"`
	Description  string           `json:"description"`
	Version      string           `json:"version"`
	Created      string           `json:"created"`
	Licences     []packageLicence `json:"licenses"`
	Contributors []packagePerson  `json:"contributors"`
	Sources      []packageSource  `json:"sources"`
	Resources    []resource       `json:"resources"`
}

type packageLicence struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Path  string `json:"path"`
}

type packagePerson struct {
	Title string   `json:"title"`
	Roles []string `json:"roles"`
}

type packageSource struct {
	Title string `json:"title"`
}

type resource struct {
	Name        string       `json:"name"`
	Type        string       `json:"type,omitempty"`
	Path        string       `json:"path"`
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	Format      string       `json:"format"`
	MediaType   string       `json:"mediatype"`
	Encoding    string       `json:"encoding,omitempty"`
	Bytes       int64        `json:"bytes"`
	Hash        string       `json:"hash"`
	Dialect     *dialect     `json:"dialect,omitempty"`
	Schema      *tableSchema `json:"schema,omitempty"`
}

type dialect struct {
	Schema         string `json:"$schema"`
	Header         bool   `json:"header"`
	Delimiter      string `json:"delimiter"`
	LineTerminator string `json:"lineTerminator"`
	QuoteChar      string `json:"quoteChar"`
	DoubleQuote    bool   `json:"doubleQuote"`
}

type tableSchema struct {
	Schema        string       `json:"$schema"`
	Fields        []field      `json:"fields"`
	MissingValues []string     `json:"missingValues"`
	PrimaryKey    []string     `json:"primaryKey"`
	ForeignKeys   []foreignKey `json:"foreignKeys,omitempty"`
}

type field struct {
	Name        string       `json:"name"`
	Type        string       `json:"type"`
	Format      string       `json:"format,omitempty"`
	Description string       `json:"description,omitempty"`
	TrueValues  []string     `json:"trueValues,omitempty"`
	FalseValues []string     `json:"falseValues,omitempty"`
	Constraints *constraints `json:"constraints,omitempty"`
}

type constraints struct {
	Required bool `json:"required"`
}

type foreignKey struct {
	Fields    []string  `json:"fields"`
	Reference reference `json:"reference"`
}

type reference struct {
	Resource string   `json:"resource"`
	Fields   []string `json:"fields"`
}

// dataPackage describes all tables, and the codebook.
func (w *writing) dataPackage() ([]byte, error) {
	title, _ := w.title()
	p := dataPackage{
		Schema: "https://datapackage.org/profiles/2.0/datapackage.json", Name: w.name(), Title: title, Description: w.about(), Version: fmt.Sprintf("0.0.%d", w.Position()),
		Created: w.last.String(), Licences: []packageLicence{{w.Licence.ID, w.Licence.Title, w.Licence.URL}},
		Contributors: []packagePerson{{w.coordinator(), []string{"publisher"}}}, Sources: []packageSource{{w.provenance()}},
	}
	for _, f := range w.sorted() {
		if strings.HasSuffix(f.Path, "-metadata.json") {
			continue
		}
		r := resource{
			Name: resourceName(f), Path: f.Path, Title: f.Base(), Format: f.Path[strings.LastIndexByte(f.Path, '.')+1:], MediaType: f.MediaType, Bytes: f.Bytes, Hash: "sha256:" + f.Digest.String(),
		}
		if f.MediaType != "application/vnd.apache.parquet" {
			r.Encoding = "utf-8"
		}
		if f.Table != nil {
			r.Description = f.Table.About
		}
		if f.Table != nil && f.MediaType == "text/csv" {
			r.Type = "table"
			r.Dialect = &dialect{"https://datapackage.org/profiles/2.0/tabledialect.json", true, ",", "\r\n", `"`, true}
			r.Schema = w.tableSchema(f)
		}
		p.Resources = append(p.Resources, r)
	}
	return marshal(p)
}

func (w *writing) tableSchema(f File) *tableSchema {
	t := f.Table
	s := &tableSchema{Schema: "https://datapackage.org/profiles/2.0/tableschema.json", MissingValues: []string{""}, PrimaryKey: keyOf(t)}
	for _, c := range t.Columns {
		one := field{Name: c.Name, Type: frictionless(c.Type), Description: about(c, t)}
		if c.Type == table.Boolean {
			one.TrueValues, one.FalseValues = []string{"true"}, []string{"false"}
		}
		if c.Required {
			one.Constraints = &constraints{true}
		}
		s.Fields = append(s.Fields, one)
	}
	if t.Parent != "" {
		for _, parent := range w.order {
			if parent.Name == t.Parent {
				of := resourceName(File{Path: f.Path, Table: parent, MediaType: f.MediaType})
				s.ForeignKeys = []foreignKey{{keyOf(parent), reference{of, keyOf(parent)}}}
			}
		}
	}
	return s
}

// resourceName is lower case and unique: the form, and the table.
func resourceName(f File) string {
	if f.Table == nil {
		return strings.ToLower(f.Base())
	}
	form, _, _ := strings.Cut(f.Path, "/")
	return strings.ToLower(form + "." + f.Table.Name)
}

// frictionless is the type of a field.
func frictionless(t table.Type) string {
	switch t {
	case table.Whole:
		return "integer"
	case table.Number:
		return "number"
	case table.Boolean:
		return "boolean"
	case table.Moment:
		return "datetime"
	case table.Day:
		return "date"
	}
	return "string"
}
