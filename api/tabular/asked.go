package tabular

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"daybook.internal/release/table"
)

// Asked is what a request asks of a view.
type Asked struct {
	Format Format
	Table  string   // one of the tables of the view; empty: that of its documents
	Fields []string // columns, in the order in which they are to stand, or members of a JSON document; none: all
	Safe   bool     // for spreadsheets
}

// A QueryError says what is wrong with a query parameter.
type QueryError struct{ Parameter, Detail string }

func (e *QueryError) Error() string { return e.Parameter + ": " + e.Detail }

// Parse reads what is asked: ?format= before Accept, ?table=, ?fields= with commas, ?safe=spreadsheet. Its errors are ErrNotAcceptable and *QueryError.
func Parse(accept []string, query url.Values) (a Asked, err error) {
	for _, name := range []string{"format", "table", "fields", "safe"} {
		if len(query[name]) > 1 {
			return Asked{}, &QueryError{name, "it stands there more than once"}
		}
	}
	if f := Format(query.Get("format")); f != "" {
		if !slices.Contains(Formats(), f) {
			return Asked{}, &QueryError{"format", "it is one of json, csv, ndjson, parquet"}
		}
		a.Format = f
	} else if a.Format, err = Negotiate(accept, Formats()...); err != nil {
		return Asked{}, err
	}
	switch query.Get("safe") {
	case "":
	case "spreadsheet":
		a.Safe = true
	default:
		return Asked{}, &QueryError{"safe", "it is spreadsheet, or it is not there"}
	}
	if a.Safe && a.Format != CSV {
		return Asked{}, &QueryError{"safe", "it is for CSV: other forms are not read by spreadsheets as formulas"}
	}
	a.Table = query.Get("table")
	if fields := query.Get("fields"); fields != "" {
		a.Fields = strings.Split(fields, ",")
	}
	if a.Format == JSON && a.Table != "" {
		return Asked{}, &QueryError{"format", "tables are there as csv, ndjson and parquet"}
	}
	return a, nil
}

// rows tells whether rows of a table are asked for, and not documents as they are.
func (a Asked) rows() bool { return a.Format != NDJSON || a.Table != "" || a.Fields != nil }

// tag is what an ETag says of what was asked: the form, and a digest of everything else that changes its bytes.
func (a Asked) tag() string {
	if a.Table == "" && a.Fields == nil && !a.Safe {
		return string(a.Format)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %v", a.Table, a.Fields, a.Safe))
	return fmt.Sprintf("%s-%x", a.Format, sum[:6])
}

// choice is a table as it was asked for.
type choice struct {
	of      *table.Table // as the shape emits it
	as      *table.Table // with the chosen columns
	columns []int        // of of; nil: all
}

// choose finds the table and its columns.
func (a Asked) choose(tables []*table.Table) (choice, error) {
	name := a.Table
	if name == "" {
		name = tables[0].Name
	}
	i := slices.IndexFunc(tables, func(t *table.Table) bool { return t.Name == name })
	if i < 0 {
		names := make([]string, len(tables))
		for i, t := range tables {
			names[i] = t.Name
		}
		return choice{}, &QueryError{"table", fmt.Sprintf("the view has no table %q; it has %s", name, strings.Join(names, ", "))}
	}
	c := choice{of: tables[i], as: tables[i]}
	if a.Fields == nil {
		return c, nil
	}
	as := *c.of
	as.Columns, c.as = nil, &as
	for _, field := range a.Fields {
		n := slices.IndexFunc(c.of.Columns, func(c table.Column) bool { return c.Name == field })
		switch {
		case n < 0:
			names := make([]string, len(c.of.Columns))
			for i, column := range c.of.Columns {
				names[i] = column.Name
			}
			return choice{}, &QueryError{"fields", fmt.Sprintf("table %s has no column %q; it has %s", name, field, strings.Join(names, ", "))}
		case slices.Contains(c.columns, n):
			return choice{}, &QueryError{"fields", fmt.Sprintf("column %s stands there more than once", field)}
		}
		c.columns, as.Columns = append(c.columns, n), append(as.Columns, c.of.Columns[n])
	}
	return c, nil
}

// row is what of a row was asked for.
func (c choice) row(r table.Row) table.Row {
	if c.columns == nil {
		return r
	}
	chosen := make(table.Row, len(c.columns))
	for i, n := range c.columns {
		chosen[i] = r[n]
	}
	return chosen
}
