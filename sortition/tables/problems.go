package tables

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one thing that is wrong with a table, and where: "people.csv B17: …", "people.csv row 17: …" or "people.csv: …".
type Problem struct {
	File   string
	Row    int // as a spreadsheet numbers it; 0: the table as a whole
	Column int // from 1; 0: the row as a whole
	What   string
}

func (p Problem) String() string { return p.place() + ": " + p.What }

func (p Problem) place() string {
	switch {
	case p.Row == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s row %d", p.File, p.Row)
	}
	return fmt.Sprintf("%s %s%d", p.File, Letters(p.Column), p.Row)
}

// Problems are all that is wrong, in the order of the table. As an error they are a line each.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// err is nil without problems: a Problems of length 0 in an error would not be.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	p.sort()
	return p
}

// sort brings them into the order of the table: what concerns all of it, then row by row.
func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Or(a.Row-b.Row, a.Column-b.Column) })
}

func (p *Problems) add(t *Table, row, column int, format string, args ...any) {
	*p = append(*p, Problem{t.Name, row, column, fmt.Sprintf(format, args...)})
}

// Letters is the name of a column, from 1, as spreadsheets write it: A, B, … Z, AA, AB, …
func Letters(column int) string {
	s := ""
	for ; column > 0; column = (column - 1) / 26 {
		s = string(rune('A'+(column-1)%26)) + s
	}
	return s
}

// quote shows a cell in a message, and not all of a long one.
func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:59]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

// some lists names, and does not go on for ever.
func some(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
