// Package tables reads the two tables that an organiser brings (quotas and people), says everything that is wrong with them at once and where, and writes the
// two that come out (selected and remaining). It is pure: bytes come from a reader, and go to a writer.
//
// It takes what the field's programs write: sortition-algorithms and OpenDLP of the Sortition Foundation, its older stratification-app, and Panelot; and what
// spreadsheets make of it: a byte order mark, semicolons or tabs, CRLF, blank rows, blanks around cells, other cases, columns that are nobody's business here.
package tables

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// MostBytes is how long a table may be.
const MostBytes = 256 << 20

// A Table is a sheet as it was written: all columns, in their order. Rows are as wide as the header, and blank rows are left out.
type Table struct {
	Name      string // of the file; messages begin with it
	Header    []string
	Rows      [][]string
	Number    []int // by row: its number in a spreadsheet, where the header mostly has 1
	HeaderRow int
	Delimiter rune
}

// Read reads a table in CSV (RFC 4180). The delimiter is the one of comma, semicolon and tab that parts the header into the most cells; a first line
// "sep=;", which some spreadsheets write, names it. The first row that is not blank is the header. The error is Problems.
func Read(name string, r io.Reader) (Table, error) {
	t := Table{Name: name}
	fail := func(row, column int, format string, args ...any) (Table, error) {
		return Table{Name: name}, Problems{{name, row, column, fmt.Sprintf(format, args...)}}
	}
	b, err := io.ReadAll(io.LimitReader(r, MostBytes+1))
	if err != nil {
		return Table{Name: name}, fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case len(b) > MostBytes:
		return fail(0, 0, "it is longer than %d MiB", MostBytes>>20)
	case bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")):
		return fail(0, 0, "it is written in UTF-16; save it as CSV UTF-8")
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return fail(0, 0, "it is a workbook; save its sheet as CSV UTF-8")
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	if !bytes.ContainsRune(b, '\n') {
		b = bytes.ReplaceAll(b, []byte{'\r'}, []byte{'\n'})
	}
	skipped := 0
	t.Delimiter, skipped, b = delimiter(b)
	var problems Problems
	err = records(b, t.Delimiter, func(number int, cells []string) {
		number += skipped
		if !blank(cells) && problems.utf8(name, number, cells) {
			t.add(number, cells, &problems)
		}
	})
	if at := new(csv.ParseError); errors.As(err, &at) {
		problems = append(problems, Problem{name, 0, 0, fmt.Sprintf("line %d: %v; a cell that holds quotation marks, delimiters or line breaks stands in quotation marks, and its own are doubled", at.StartLine+skipped, at.Err)})
	}
	switch {
	case len(problems) > 0:
		return Table{Name: name}, problems
	case t.Header == nil:
		return fail(0, 0, "it is empty; the first row names the columns")
	}
	return t, nil
}

// add takes a row that is not blank.
func (t *Table) add(number int, cells []string, problems *Problems) {
	if t.Header == nil {
		t.Header, t.HeaderRow = cells, number
		return
	}
	for i := len(t.Header); i < len(cells); i++ {
		if strings.TrimSpace(cells[i]) != "" {
			*problems = append(*problems, Problem{t.Name, number, i + 1, fmt.Sprintf("%s stands beyond the last column of the header", quote(cells[i]))})
		}
	}
	row := make([]string, len(t.Header))
	copy(row, cells)
	t.Rows, t.Number = append(t.Rows, row), append(t.Number, number)
}

// delimiter finds what parts the cells, and takes a line that names it away.
func delimiter(b []byte) (found rune, lines int, rest []byte) {
	if len(b) >= 5 && strings.EqualFold(string(b[:4]), "sep=") {
		line, after, _ := bytes.Cut(b, []byte{'\n'})
		if d := bytes.TrimRight(line[4:], "\r"); len(d) == 1 && strings.ContainsRune(",;\t|", rune(d[0])) {
			return rune(d[0]), 1, after
		}
	}
	line := b
	for len(line) > 0 { // the first line that is not blank
		var after []byte
		line, after, _ = bytes.Cut(line, []byte{'\n'})
		if len(bytes.Trim(line, " \r,;\t")) > 0 {
			break
		}
		line = after
	}
	found, most := ',', 0
	for _, d := range ",;\t" {
		quoted, n := false, 0
		for _, c := range string(line) {
			switch c {
			case '"':
				quoted = !quoted
			case d:
				if !quoted {
					n++
				}
			}
		}
		if n > most {
			found, most = d, n
		}
	}
	return found, 0, b
}

// records gives each record with the number that a spreadsheet gives its row. encoding/csv passes over blank lines, and a cell may hold several lines; a
// spreadsheet counts the first as rows and not the second.
func records(b []byte, delimiter rune, give func(number int, cells []string)) error {
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma, r.FieldsPerRecord = delimiter, -1
	number, end := 0, 0 // of the last record: its row, its last line
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		begin, _ := r.FieldPos(0)
		number += begin - end
		last, _ := r.FieldPos(len(cells) - 1)
		end = last + strings.Count(cells[len(cells)-1], "\n")
		give(number, cells)
	}
}

// blank tells whether nothing stands in a row but what parts cells, in this program or another.
func blank(cells []string) bool {
	for _, c := range cells {
		if strings.Trim(c, " \t\r\n,;") != "" {
			return false
		}
	}
	return true
}

// utf8 says which cells are not text.
func (p *Problems) utf8(name string, number int, cells []string) bool {
	good := true
	for i, c := range cells {
		if !utf8.ValidString(c) {
			*p = append(*p, Problem{name, number, i + 1, fmt.Sprintf("%q is not UTF-8; save the table as CSV UTF-8", c)})
			good = false
		}
	}
	return good
}
