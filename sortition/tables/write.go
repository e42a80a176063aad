package tables

import (
	"bufio"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// Split parts the table of a pool into those who are selected, by their indices in Pool.People, and all others. Both keep every column and the order of rows.
// Rows that could not be read as people remain; those who may not be drawn (Without) are in neither. Where people have no ids but numbers, both have a column of them in front, named id: somebody's place in a shorter
// table is another number.
func (p Pool) Split(selected []int) (drawn, remaining Table) {
	if p.ID < 0 {
		p.Table = p.Table.With("id", "")
		for row := range p.Table.Rows {
			p.Table.Rows[row][0] = strconv.Itoa(row + 1)
		}
	}
	drawn, remaining = p.Table.empty(), p.Table.empty()
	is := make(map[int]bool, len(selected))
	for _, i := range selected {
		is[p.Row[i]] = true
	}
	for row := range p.Table.Rows {
		to := &remaining
		if p.out[row] {
			continue
		}
		if is[row] {
			to = &drawn
		}
		to.Rows, to.Number = append(to.Rows, p.Table.Rows[row]), append(to.Number, p.Table.Number[row])
	}
	return drawn, remaining
}

func (t Table) empty() Table {
	t.Rows, t.Number = nil, nil
	return t
}

// With puts a column in front that says the same in every row, as "test run, drawn without public randomness".
func (t Table) With(header, value string) Table {
	t.Header = append([]string{header}, t.Header...)
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = append([]string{value}, row...)
	}
	t.Rows = rows
	return t
}

// A Form is how a table is written.
type Form struct {
	Mark bool // a byte order mark in front, without which Excel takes UTF-8 for something else
	Safe bool // see Write
}

// Write writes a table in CSV (RFC 4180) with its delimiter, or commas, and lines that end in CRLF.
//
// A spreadsheet takes cells for formulas that begin with =, +, -, @, a tab or a carriage return. Where strangers filled in a form, such a cell may send what
// stands beside it elsewhere. A Safe table has an apostrophe in front of them, which spreadsheets do not show (OWASP, "CSV Injection"); numbers with a sign
// are among them. It is for people to look at: programs read the apostrophe.
func (t Table) Write(w io.Writer, form Form) error {
	b := bufio.NewWriter(w)
	if form.Mark {
		_, _ = b.WriteString("\ufeff") // an error stays in b
	}
	c := csv.NewWriter(b)
	c.UseCRLF = true
	if t.Delimiter != 0 {
		c.Comma = t.Delimiter
	}
	for i := -1; i < len(t.Rows); i++ {
		row := t.Header
		if i >= 0 {
			row = t.Rows[i]
		}
		if form.Safe {
			row = safe(row)
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	if c.Flush(); c.Error() != nil {
		return c.Error()
	}
	return b.Flush()
}

func safe(row []string) []string {
	out := make([]string, len(row))
	for i, cell := range row {
		if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
			cell = "'" + cell
		}
		out[i] = cell
	}
	return out
}
