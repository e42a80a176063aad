package release

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed readme.tmpl
var readmeText string

var readmeTemplate = template.Must(template.New("readme").Parse(readmeText))

// name is an identifier of the release, in lower case.
func (w *writing) name() string {
	clean := strings.Map(func(r rune) rune {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, strings.ToLower(string(w.edition)))
	return fmt.Sprintf("%s-%d", clean, w.Position())
}

// about says in two sentences what there is.
func (w *writing) about() string {
	text := fmt.Sprintf("Results, measures and ballots of the edition %s of a citizens' dialogue, in %d places, made of the first %d records of its ledger.", w.edition, len(w.places), w.Position())
	if w.opened.Synthetic {
		text += " The edition is simulated: nobody said or did any of it."
	}
	return text
}

// provenance says what the data are made of.
func (w *writing) provenance() string {
	text := fmt.Sprintf("the first %d records of the ledger of edition %s", w.Position(), w.edition)
	if w.Root != "" {
		text += ", whose log has the root " + w.Root
	}
	return text
}

// readme tells people what there is, how to read it and how to make it again.
func (w *writing) readme() ([]byte, error) {
	title, _ := w.title()
	type line struct {
		Name, About string
		Rows        int
	}
	type view struct {
		Name    string
		Version int
	}
	data := struct {
		Title, About, Edition, Coordinator, Root, Rule, First, Last string
		Licence                                                     Licence
		Position                                                    uint64
		Spreadsheet, Synthetic                                      bool
		Committed                                                   any
		Tables                                                      []line
		Views                                                       []view
		Suppressed, Ballots                                         int
	}{
		Title: title, About: w.about(), Edition: string(w.edition), Coordinator: w.coordinator(), Root: w.Root, Rule: w.report.Rule, First: string(w.first.Date()), Last: w.last.String(),
		Licence: w.Licence, Position: w.Position(), Spreadsheet: w.Spreadsheet, Synthetic: w.opened.Synthetic, Suppressed: w.report.Suppressed, Ballots: w.report.Ballots,
	}
	if w.committed != nil {
		data.Committed = w.committed
	}
	for _, f := range w.sorted() {
		if f.Table != nil && strings.HasPrefix(f.Path, "csv/") {
			data.Tables = append(data.Tables, line{f.Table.Name, f.Table.About, f.Rows})
		}
	}
	for _, name := range sortedKeys(w.report.Views) {
		data.Views = append(data.Views, view{name, w.report.Views[name]})
	}
	var b strings.Builder
	err := readmeTemplate.Execute(&b, data)
	return []byte(b.String()), err
}
