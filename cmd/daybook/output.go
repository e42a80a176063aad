package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
)

var outputs = []string{"table", "json", "ndjson", "csv"}

func (p *program) checkOutput() error {
	if !slices.Contains(outputs, p.output) {
		return usageError{fmt.Errorf("-o %s: choose one of %s", p.output, strings.Join(outputs, ", "))}
	}
	return nil
}

func hint(err error, c *cobra.Command) error {
	return fmt.Errorf("%w; see '%s --help'", err, c.CommandPath())
}

// say writes words to stderr.
func (p *program) say(format string, args ...any) {
	if !p.quiet {
		fmt.Fprintf(p.err, format+"\n", args...)
	}
}

// printRows writes rows in the form that was asked for. value is what -o json prints; each element of rows is a line of ndjson and, by columns,
// a row of the table and of CSV.
func printRows[R any](p *program, value any, rows []R, header table.Row, columns func(R) table.Row) error {
	switch p.output {
	case "json":
		return writeJSON(p.out, value, "  ")
	case "ndjson":
		for _, r := range rows {
			if err := writeJSON(p.out, r, ""); err != nil {
				return err
			}
		}
		return nil
	}
	t := newTable(header)
	for _, r := range rows {
		t.AppendRow(columns(r))
	}
	render := t.Render
	if p.output == "csv" {
		render = t.RenderCSV
	}
	_, err := fmt.Fprintln(p.out, render())
	return err
}

func newTable(header table.Row) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(header)
	wide := make([]table.ColumnConfig, len(header))
	for i := range wide {
		wide[i] = table.ColumnConfig{Number: i + 1, WidthMax: 100, WidthMaxEnforcer: text.WrapSoft}
	}
	t.SetColumnConfigs(wide)
	return t
}

func writeJSON(w io.Writer, v any, indent string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(v)
}

// bar shows progress on a terminal, once the wait has lasted a second; elsewhere it shows nothing.
type bar struct {
	writer  progress.Writer
	tracker *progress.Tracker
	began   time.Time
	shown   bool
}

func (p *program) bar(message string) *bar {
	b := &bar{began: time.Now(), tracker: &progress.Tracker{Message: message, Units: progress.UnitsDefault}}
	if !p.quiet && isTerminal(p.err) {
		b.writer = progress.NewWriter()
		b.writer.SetOutputWriter(p.err)
		b.writer.SetAutoStop(false)
		b.writer.SetUpdateFrequency(100 * time.Millisecond)
		b.writer.Style().Visibility.ETA = true
	}
	return b
}

func (b *bar) set(done, total int64) {
	if b.writer == nil {
		return
	}
	if !b.shown && time.Since(b.began) > time.Second {
		b.shown = true
		b.writer.AppendTracker(b.tracker)
		go b.writer.Render()
	}
	b.tracker.UpdateTotal(total)
	b.tracker.SetValue(done)
}

// end takes the bar away.
func (b *bar) end() {
	if b.shown {
		b.tracker.MarkAsDone()
		time.Sleep(150 * time.Millisecond) // the writer draws its last state on its own clock
		b.writer.Stop()
		b.shown = false
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
