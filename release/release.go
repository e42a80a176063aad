package release

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections/measures"
	"daybook.internal/release/table"
)

// The files beside the tables.
const (
	ReadmeName      = "README.md"
	CitationName    = "CITATION.cff"
	PackageName     = "datapackage.json"
	CatalogueName   = "dcat.jsonld"
	CodebookName    = "questionnaires.xml"
	SumsName        = "SHA256SUMS"
	spreadsheetPart = "csv-spreadsheet"
)

// Options are what a release is besides its records.
type Options struct {
	Out         string  // a directory that is empty or not there
	Licence     Licence // of the data
	Root        string  // of the log over the records that were applied, base64; empty: not known
	Spreadsheet bool    // write a second CSV of each table, for spreadsheets
}

// Report is what was written.
type Report struct {
	Files      []File         // by path
	Views      map[string]int // the versions of those that the tables were made of
	Rule       string         // by which small cells are hidden
	Suppressed int            // rows whose numbers are hidden
	Ballots    int
}

// ErrNoEdition says that the records open no such edition.
var ErrNoEdition = errors.New("the record opens no such edition")

// Write writes the release of a Source into a directory, whole or not at all. progress is told how many documents of how many are done; it may be nil. An end of
// ctx ends it, and leaves nothing behind.
func Write(ctx context.Context, s *Source, o Options, progress func(done, total int64)) (_ Report, err error) {
	if s.opened == nil {
		return Report{}, fmt.Errorf("%w: %q, among %d records", ErrNoEdition, s.edition, s.Position())
	}
	f, err := newFolder(o.Out)
	if err != nil {
		return Report{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.discard())
		}
	}()
	if progress == nil {
		progress = func(int64, int64) {}
	}
	pools, answers := s.openPools()
	w := &writing{ctx: ctx, pools: pools, total: answers, Source: s, Options: o, folder: f, progress: progress, report: Report{Views: map[string]int{}, Rule: s.rule()}}
	for _, part := range []func() error{w.measures, w.projections, w.answers, w.questionnaire, w.describe} {
		if err := part(); err != nil {
			return Report{}, err
		}
	}
	if err := errors.Join(f.sums(), ctx.Err()); err != nil {
		return Report{}, err
	}
	w.report.Files = f.sorted()
	return w.report, f.finish()
}

// writing is one release in the making.
type writing struct {
	ctx context.Context
	*Source
	Options
	*folder
	progress    func(done, total int64)
	done, total int64
	report      Report
	open        map[*table.Table]*tableFiles
	order       []*table.Table // all tables, as they were begun
	questions   []*Question
	pools       []measures.OpenPool
}

// tableFiles are the forms of one table.
type tableFiles struct {
	outputs []*output
	writers []table.Writer
	hidden  int // the column that says whether numbers are hidden; -1: none
}

// begin opens the files of tables.
func (w *writing) begin(tables []*table.Table) error {
	if w.open == nil {
		w.open = map[*table.Table]*tableFiles{}
	}
	for _, t := range tables {
		files := &tableFiles{hidden: -1}
		w.open[t], w.order = files, append(w.order, t)
		for i, c := range t.Columns {
			if c.Name == "suppressed" {
				files.hidden = i
			}
		}
		forms := []struct {
			path, mediaType string
			writer          func(*output) (table.Writer, error)
		}{
			{"csv/" + t.Name + ".csv", "text/csv", func(o *output) (table.Writer, error) { return table.NewCSV(o, t, false) }},
			{"ndjson/" + t.Name + ".ndjson", "application/x-ndjson", func(o *output) (table.Writer, error) { return table.NewJSON(o, t), nil }},
			{"parquet/" + t.Name + ".parquet", "application/vnd.apache.parquet", func(o *output) (table.Writer, error) { return table.NewParquet(o, t), nil }},
			{spreadsheetPart + "/" + t.Name + ".spreadsheet.csv", "text/csv", func(o *output) (table.Writer, error) { return table.NewCSV(o, t, true) }},
		}
		if !w.Spreadsheet {
			forms = forms[:3]
		}
		for _, form := range forms {
			o, err := w.create(form.path, form.mediaType)
			if err != nil {
				return err
			}
			o.Table = t
			files.outputs = append(files.outputs, o)
			writer, err := form.writer(o)
			if err != nil {
				return err
			}
			files.writers = append(files.writers, writer)
		}
	}
	return nil
}

// emit writes a row in all forms.
func (w *writing) emit(t *table.Table, r table.Row) error {
	files := w.open[t]
	for i, writer := range files.writers {
		if err := writer.Write(r); err != nil {
			return fmt.Errorf("%s: %w", files.outputs[i].Path, err)
		}
		files.outputs[i].Rows++
	}
	if files.hidden >= 0 && r[files.hidden] == true {
		w.report.Suppressed++
	}
	return nil
}

// end closes the files of tables.
func (w *writing) end(tables []*table.Table) error {
	for _, t := range tables {
		files := w.open[t]
		for i, o := range files.outputs {
			if err := errors.Join(files.writers[i].Close(), o.Close()); err != nil {
				return fmt.Errorf("%s: %w", o.Path, err)
			}
		}
		delete(w.open, t)
	}
	return nil
}

// document writes the rows of one document.
func (w *writing) document(s *table.Shape, key string, at uint64, data []byte) error {
	if err := w.step(); err != nil {
		return err
	}
	return s.Rows(key, at, data, w.emit)
}

// step says that one more document comes.
func (w *writing) step() error {
	w.done++
	w.total = max(w.total, w.done)
	w.progress(w.done, w.total)
	return w.ctx.Err()
}

// measures writes the public views of measures.
func (w *writing) measures() error {
	views := measured()
	keys := make([][]string, len(views))
	for i, v := range views {
		keys[i] = v.Keys(w.state)
		w.total += int64(len(keys[i]))
	}
	heads := table.Heads()
	if err := w.begin(heads); err != nil {
		return err
	}
	for i, v := range views {
		s, err := table.NewShape(v.Name, v.Version, v.About, v.Doc(), false)
		if err != nil {
			return err
		}
		s.Share(heads)
		if err := w.view(s, func() error { return w.measure(s, v, keys[i]) }); err != nil {
			return err
		}
	}
	return w.end(heads)
}

// measure writes the documents of one measure.
func (w *writing) measure(s *table.Shape, v measures.View, keys []string) error {
	for _, key := range keys {
		d, err := v.Compute(w.state, key, func(int, int) error { return w.ctx.Err() })
		if errors.Is(err, measures.ErrNoDocument) {
			continue
		}
		if err != nil {
			return err
		}
		if ours, err := w.ofMeasure(key, d.Data); err != nil || !ours {
			w.done++
			if err != nil {
				return err
			}
			continue
		}
		if err := w.document(s, key, d.At, d.Data); err != nil {
			return err
		}
	}
	return nil
}

// view writes the tables of one view, as fill gives its documents.
func (w *writing) view(s *table.Shape, fill func() error) error {
	w.report.Views[s.Tables[0].Name] = s.Tables[0].Version
	return w.tables(s, fill)
}

func (w *writing) tables(s *table.Shape, fill func() error) error {
	if err := w.begin(s.Tables); err != nil {
		return err
	}
	if err := fill(); err != nil {
		return err
	}
	return w.end(s.Tables)
}

// projections writes the views of projections that are public.
func (w *writing) projections() error {
	for _, v := range public() {
		s, err := table.NewShape(v.Name, v.Version, v.About, v.Doc(), true, v.drop...)
		if err != nil {
			return err
		}
		err = w.view(s, func() error {
			for ref, d := range w.fold.DocumentsOf(v.Name) {
				h, err := headOf(d.Data)
				if err != nil {
					return fmt.Errorf("release: %s: %w", ref, err)
				}
				if !v.of(w.Source, ref.Key, h) {
					continue
				}
				if err := w.document(s, ref.Key, d.At, d.Data); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// answers writes the ballots.
func (w *writing) answers() error {
	s, err := table.NewShape("ballot", 1, ballotAbout, reflect.TypeFor[Ballot](), false)
	if err != nil {
		return err
	}
	return w.tables(s, func() error {
		return ballots(w.pools, func(key string, b *Ballot) error {
			w.report.Ballots++
			if err := w.step(); err != nil {
				return err
			}
			return s.Object(key, w.Position(), b.members(), w.emit)
		})
	})
}

// questionnaire writes the questions.
func (w *writing) questionnaire() error {
	s, err := table.NewShape("question", 1, questionAbout, reflect.TypeFor[Question](), true)
	if err != nil {
		return err
	}
	w.questions = w.instruments()
	return w.tables(s, func() error {
		for _, q := range w.questions {
			data, err := marshal(q)
			if err != nil {
				return err
			}
			if err := w.document(s, q.Key(), q.at, data); err != nil {
				return err
			}
		}
		return nil
	})
}

// describe writes what is said about the tables.
func (w *writing) describe() error {
	for _, t := range w.order {
		content, err := w.csvw(t)
		if err == nil {
			err = w.put("csv/"+t.Name+".csv-metadata.json", "application/csvm+json", content)
		}
		if err != nil {
			return err
		}
	}
	for _, one := range []struct {
		name, mediaType string
		content         func() ([]byte, error)
	}{
		{CodebookName, "application/xml", w.codebook},
		{PackageName, "application/json", w.dataPackage},
		{CatalogueName, "application/ld+json", w.catalogue},
		{CitationName, "application/yaml", w.citation},
		{ReadmeName, "text/markdown", w.readme},
	} {
		content, err := one.content()
		if err == nil {
			err = w.put(one.name, one.mediaType, content)
		}
		if err != nil {
			return fmt.Errorf("release: %s: %w", one.name, err)
		}
	}
	return nil
}

// ReleasedFiles are those that the record names, as far as a publication has room for them: what describes the release, SHA256SUMS among it, which holds fast every
// file; the tables of views in CSV; and the tables below them, where there is room for all of these. No two of them have the same content.
func (r Report) ReleasedFiles() []domain.ReleasedFile {
	var files []domain.ReleasedFile
	seen := map[domain.Digest]bool{}
	add := func(which func(f File) bool) {
		var more []domain.ReleasedFile
		for _, f := range r.Files {
			if seen[f.Digest] || !which(f) {
				continue
			}
			seen[f.Digest] = true
			file := domain.ReleasedFile{Name: f.Base(), Digest: f.Digest, MediaType: f.MediaType}
			if f.Table != nil {
				file.Schema = f.Table.Name + ".csv-metadata.json"
			}
			more = append(more, file)
		}
		if len(files)+len(more) <= domain.MaxFiles {
			files = append(files, more...)
		}
	}
	table := func(f File) bool { return f.Table != nil && strings.HasPrefix(f.Path, "csv/") }
	add(func(f File) bool { return !strings.Contains(f.Path, "/") })
	add(func(f File) bool { return table(f) && f.Table.Parent == "" })
	add(func(f File) bool { return table(f) && f.Table.Parent != "" })
	return files
}
