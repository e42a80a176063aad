package polis

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// table is a CSV file with a header: rows whose fields are found by the name of their column.
type table struct {
	*splitter
	header []string
	column map[string]int
	rows   int // read so far
}

func newTable(s *splitter) (*table, error) {
	head, err := s.next()
	if err == io.EOF {
		return nil, damage(s.file, 1, "the file is empty; a header was expected")
	}
	if err != nil {
		return nil, err
	}
	t := &table{splitter: s, column: make(map[string]int, len(head))}
	for i, name := range head {
		if first, twice := t.column[string(name)]; twice {
			return nil, damage(s.file, s.start, "columns %d and %d have the same name, %s", first+1, i+1, excerpt(name))
		}
		t.column[string(name)] = i
		t.header = append(t.header, string(name))
	}
	return t, nil
}

// need finds columns that the file must have.
func (t *table) need(names ...string) ([]int, error) {
	at := make([]int, len(names))
	for i, name := range names {
		c, ok := t.column[name]
		if !ok {
			return nil, damage(t.file, 1, "there is no column %q; the columns are %s", name, t.columns())
		}
		at[i] = c
	}
	return at, nil
}

// may finds a column that the file can do without; -1 says that it does.
func (t *table) may(name string) int {
	if c, ok := t.column[name]; ok {
		return c
	}
	return -1
}

func (t *table) columns() string {
	const most = 20
	if len(t.header) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(t.header[:most], ", "), len(t.header)-most)
	}
	return strings.Join(t.header, ", ")
}

// next returns the next row, which has a field for each column, or io.EOF.
func (t *table) next() ([][]byte, error) {
	row, err := t.splitter.next()
	if err != nil {
		return nil, err
	}
	t.rows++
	if len(row) != len(t.header) {
		return nil, t.wrong("the row has %d fields, the header has %d%s", len(row), len(t.header), t.hint())
	}
	return row, nil
}

// hint tells a cut file from a mistyped one.
func (t *table) hint() string {
	if t.newline {
		return ""
	}
	return "; the file ends here and may be cut short"
}

// wrong is damage in the latest row; after the last row it stands for the end of the file.
func (t *table) wrong(format string, args ...any) error {
	return damage(t.file, t.start, format, args...)
}

// id takes a field as an identifier.
func (t *table) id(field []byte, name string) ([]byte, error) {
	if len(field) == 0 {
		return nil, t.wrong("%s is empty%s", name, t.hint())
	}
	return field, nil
}

// number takes a field as an integer of at least 0.
func (t *table) number(field []byte, name string) (int64, error) {
	n, err := strconv.ParseInt(string(field), 10, 64)
	if err != nil || n < 0 || field[0] == '+' {
		return 0, t.wrong("%s is %s, not a whole number%s", name, excerpt(field), t.hint())
	}
	return n, nil
}

// choice takes a field that is 1, 0 or -1.
func (t *table) choice(field []byte, name string) (int8, error) {
	switch string(field) {
	case "1":
		return 1, nil
	case "0":
		return 0, nil
	case "-1":
		return -1, nil
	}
	return 0, t.wrong("%s is %s, not 1, 0 or -1%s", name, excerpt(field), t.hint())
}

// truth takes a field of an optional column; at -1 there is none.
func (t *table) truth(row [][]byte, at int) (*bool, error) {
	if at < 0 {
		return nil, nil
	}
	v := strings.EqualFold(string(row[at]), "true")
	if len(row[at]) == 0 {
		return nil, nil // not known
	}
	if !v && !strings.EqualFold(string(row[at]), "false") {
		return nil, t.wrong("%s is %s, not true or false%s", t.header[at], excerpt(row[at]), t.hint())
	}
	return &v, nil
}

// count takes a field of an optional column; at -1 there is none.
func (t *table) count(row [][]byte, at int) (*int, error) {
	if at < 0 {
		return nil, nil
	}
	n, err := t.number(row[at], t.header[at])
	if err != nil {
		return nil, err
	}
	v := int(n)
	return &v, nil
}

// openEnded are the columns whose values can lose their end and still be values.
var openEnded = map[string]bool{
	"agrees": true, "author-id": true, "comment-body": true, "comment-id": true, "disagrees": true, "n-agree": true,
	"n-comments": true, "n-disagree": true, "n-votes": true, "participant": true, "timestamp": true, "voter-id": true,
}

// mayBeCut says that the file ends without a newline in a column where a cut would not show.
func (t *table) mayBeCut() bool {
	return !t.newline && openEnded[t.header[len(t.header)-1]]
}
