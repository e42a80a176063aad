package main

import (
	"bytes"
	"encoding/csv"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
)

// tablePart is how many rows are drawn as one table: the widths of its columns follow from all of them, and nobody looks at more at a time.
const tablePart = 500

// rows writes rows as they come, however many there are, in the form that was asked for. It holds those of one part of a table and no others.
type rows[R any] struct {
	p       *program
	header  table.Row
	columns func(R) table.Row
	before  func() // is called before anything is written, where that is on a terminal

	written int
	part    table.Writer
}

func newRows[R any](p *program, header table.Row, columns func(R) table.Row, before func()) *rows[R] {
	if !isTerminal(p.out) {
		before = func() {}
	}
	return &rows[R]{p: p, header: header, columns: columns, before: before, part: newTable(header)}
}

func (w *rows[R]) add(r R) (err error) {
	switch w.p.output {
	case "ndjson":
		w.before()
		err = writeJSON(w.p.out, r, "")
	case "json":
		var b bytes.Buffer
		if err = writeJSON(&b, r, "  "); err == nil {
			indented := bytes.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte("\n"), []byte("\n  ")) // no string of JSON holds a line end
			_, err = fmt.Fprintf(w.p.out, "%c\n  %s", "[,"[min(w.written, 1)], indented)
		}
	case "csv":
		err = w.csv(r)
	default:
		w.part.AppendRow(w.columns(r))
		if w.part.Length() == tablePart {
			err = w.draw()
		}
	}
	w.written++
	return err
}

// end writes what is left. It is called once, after the last row.
func (w *rows[R]) end() (err error) {
	switch {
	case w.p.output == "json" && w.written == 0:
		_, err = fmt.Fprintln(w.p.out, "[]")
	case w.p.output == "json":
		_, err = fmt.Fprintln(w.p.out, "\n]")
	case w.p.output == "csv" && w.written == 0:
		err = w.record(w.header)
	case w.p.output == "table" && (w.part.Length() > 0 || w.written == 0):
		err = w.draw()
	}
	return err
}

func (w *rows[R]) draw() error {
	w.before()
	_, err := fmt.Fprintln(w.p.out, w.part.Render())
	w.part = newTable(w.header)
	return err
}

func (w *rows[R]) csv(r R) error {
	if w.written == 0 {
		if err := w.record(w.header); err != nil {
			return err
		}
	}
	return w.record(w.columns(r))
}

func (w *rows[R]) record(row table.Row) error {
	w.before()
	cells := make([]string, len(row))
	for i, c := range row {
		cells[i] = fmt.Sprint(c)
	}
	out := csv.NewWriter(w.p.out)
	if err := out.Write(cells); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}
