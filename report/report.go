// Package report writes the report on the method of an edition for its committee: what was planned, what happened, where the two differ, every parameter, every
// indicator with the events behind it, and how to get the same figures again. It is pure: its input are facts and documents of views, its output is one HTML page
// or one Markdown file that need nothing else. The same input gives the same bytes. It holds no words of participants, and no codes or pseudonyms.
package report

import (
	"strings"

	"daybook.internal/domain"
)

// Report is what both forms are written from.
type Report struct {
	Title    string
	Lang     string
	Notice   string // that nobody said or did any of it; empty: it is no simulation
	About    []Term
	Sections []Section
}

// Term is a name with what it stands for.
type Term struct{ Name, Text string }

// Section is a chapter. Sub-sections are sections of level 3.
type Section struct {
	ID, Title string
	Level     int // 2 or 3
	Blocks    []Block
}

// Block is one of its members.
type Block struct {
	Text   string
	Items  []string
	Code   []string // commands
	Table  *Table
	Figure *Figure
}

// Table is a table. Columns whose Head begins with "#" hold numbers.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]Cell
}

// Cell is one cell: words, and where it is a verdict, which.
type Cell struct{ Text, Verdict string }

// Figure is a plot with words that say the same.
type Figure struct {
	Caption string
	SVG     string
}

// Number tells whether a column holds numbers, and Heading is its name.
func number(head string) bool { return strings.HasPrefix(head, "#") }

func heading(head string) string { return strings.TrimPrefix(head, "#") }

func words(text ...string) []Cell {
	row := make([]Cell, len(text))
	for i, t := range text {
		row[i] = Cell{Text: t}
	}
	return row
}

// verdict is a cell that says it with a sign and a word, for those who see no colours.
func verdict(v string) Cell {
	sign := map[string]string{"pass": "✓ ", "fail": "✗ ", "reported": "• ", "unknown": "? "}[v]
	return Cell{sign + v, v}
}

// Document is what a report reads of a view: its JSON; nil where there is none.
type Document func(view, key string) ([]byte, error)

// Input is everything that a report is written from.
type Input struct {
	Edition  domain.EditionID
	Position uint64 // records of the ledger that it rests on
	Record   *Record
	Keys     func(view string) []string // of a measure, in order
	Document Document
	Program  string // version
}

// Build makes the report.
func Build(in Input) (Report, error) {
	b := &builder{Input: in, r: Report{Title: "Report on the method: " + in.Record.title(), Lang: "en"}}
	if in.Record.opened.Synthetic {
		b.r.Notice = "This edition is simulated: nobody said or did any of it."
	}
	b.r.About = []Term{
		{"Edition", string(in.Edition)}, {"Records", count(int(in.Position)) + " of the ledger, the last one of " + in.Record.last.String()},
		{"Program", "daybook " + in.Program},
	}
	for _, step := range []func() error{b.summary, b.planned, b.protocol, b.happened, b.deviations, b.indicators, b.mirrors, b.results, b.change, b.replay} {
		if err := step(); err != nil {
			return Report{}, err
		}
	}
	return b.r, nil
}

type builder struct {
	Input
	r    Report
	done *judged
}

func (b *builder) section(id, title string) {
	b.r.Sections = append(b.r.Sections, Section{ID: id, Title: title, Level: 2})
}

func (b *builder) sub(id, title string) {
	b.r.Sections = append(b.r.Sections, Section{ID: id, Title: title, Level: 3})
}

func (b *builder) add(blocks ...Block) {
	s := &b.r.Sections[len(b.r.Sections)-1]
	s.Blocks = append(s.Blocks, blocks...)
}

func (b *builder) say(text string) { b.add(Block{Text: text}) }

// table adds a table, or the words that stand in for an empty one.
func (b *builder) table(t Table, none string) {
	if len(t.Rows) == 0 {
		b.say(none)
		return
	}
	b.add(Block{Table: &t})
}
