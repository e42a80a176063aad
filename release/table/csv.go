package table

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// A Writer takes the rows of one table. Close ends its file's content, not the file.
type Writer interface {
	Write(Row) error
	Close() error
}

// csvWriter writes RFC 4180 in UTF-8: a header, lines that end in CRLF, quotes only where they are needed. Null is an empty cell. Cells keep their bytes: a line feed
// within one stays a line feed, which encoding/csv would change.
type csvWriter struct {
	b    *bufio.Writer
	safe bool // for spreadsheets, see spreadsheet
	line []byte
}

// NewCSV begins a file with its header. A file for spreadsheets begins with a byte order mark, without which some take UTF-8 for something else.
func NewCSV(w io.Writer, t *Table, safe bool) (*csvWriter, error) {
	c := &csvWriter{b: bufio.NewWriter(w), safe: safe}
	if safe {
		c.line = append(c.line, "\ufeff"...)
	}
	for i, column := range t.Columns {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		c.line = appendField(c.line, column.Name)
	}
	c.line = append(c.line, "\r\n"...)
	_, err := c.b.Write(c.line)
	return c, err
}

func (c *csvWriter) Write(r Row) error {
	c.line = c.line[:0]
	for i, cell := range r {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		switch v := cell.(type) {
		case string:
			if c.safe {
				v = spreadsheet(v)
			}
			c.line = appendField(c.line, v)
		case int64:
			c.line = strconv.AppendInt(c.line, v, 10)
		case json.Number:
			c.line = append(c.line, v...)
		case bool:
			c.line = strconv.AppendBool(c.line, v)
		}
	}
	c.line = append(c.line, "\r\n"...)
	_, err := c.b.Write(c.line)
	return err
}

func (c *csvWriter) Close() error { return c.b.Flush() }

func appendField(b []byte, s string) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}

// spreadsheet puts an apostrophe before a text that a spreadsheet would take for a formula, such as one that sends elsewhere what stands beside it: those that
// begin with =, +, -, @, a tab or a carriage return (OWASP, "CSV Injection"). Spreadsheets do not show the apostrophe; programs read it.
func spreadsheet(s string) string {
	if strings.HasPrefix(s, "'") || strings.ContainsAny(s[:min(1, len(s))], "=+-@\t\r") {
		return "'" + s
	}
	return s
}

// jsonWriter writes one JSON object on each line, with all columns in their order; null is null.
type jsonWriter struct {
	b     *bufio.Writer
	names [][]byte
	text  *TextEncoder
}

// NewJSON begins lines of JSON.
func NewJSON(w io.Writer, t *Table) *jsonWriter {
	j := &jsonWriter{b: bufio.NewWriter(w), text: NewTextEncoder()}
	for i, column := range t.Columns {
		name := []byte{"{,"[min(i, 1)]}
		j.names = append(j.names, append(append(name, j.text.Encode(column.Name)...), ':'))
	}
	return j
}

func (j *jsonWriter) Write(r Row) error {
	for i, cell := range r {
		_, _ = j.b.Write(j.names[i]) // an error stays in b
		switch v := cell.(type) {
		case nil:
			_, _ = j.b.WriteString("null")
		case string:
			_, _ = j.b.Write(j.text.Encode(v))
		case int64:
			_, _ = j.b.Write(strconv.AppendInt(nil, v, 10))
		case json.Number:
			_, _ = j.b.WriteString(v.String())
		case bool:
			_, _ = j.b.Write(strconv.AppendBool(nil, v))
		}
	}
	_, err := j.b.WriteString("}\n")
	return err
}

func (j *jsonWriter) Close() error { return j.b.Flush() }

// A TextEncoder writes texts as JSON, with < > & as they are.
type TextEncoder struct {
	b strings.Builder
	e *json.Encoder
}

// NewTextEncoder makes one, for one goroutine.
func NewTextEncoder() *TextEncoder {
	t := &TextEncoder{}
	t.e = json.NewEncoder(&t.b)
	t.e.SetEscapeHTML(false)
	return t
}

// Encode gives s as JSON.
func (t *TextEncoder) Encode(s string) []byte {
	t.b.Reset()
	_ = t.e.Encode(s) // a text is always JSON
	return []byte(strings.TrimSuffix(t.b.String(), "\n"))
}
