package tables

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func read(t require.TestingT, name, text string) Table {
	table, err := Read(name, strings.NewReader(text))
	require.NoError(t, err)
	return table
}

func TestRead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"plain":                   "id,name\n1,Ada\n2,Bo\n",
		"mark and CRLF":           "\ufeffid,name\r\n1,Ada\r\n2,Bo\r\n",
		"no end of the last line": "id,name\n1,Ada\n2,Bo",
		"carriage returns":        "id,name\r1,Ada\r2,Bo\r",
		"semicolons":              "id;name\n1;Ada\n2;Bo\n",
		"tabs":                    "id\tname\n1\tAda\n2\tBo\n",
		"a named delimiter":       "sep=;\r\nid;name\n1;Ada\n2;Bo\n",
		"a bar":                   "sep=|\nid|name\n1|Ada\n2|Bo\n",
		"quotation marks":         "\"id\",\"name\"\n\"1\",\"Ada\"\n\"2\",\"Bo\"\n",
		"short rows":              "id,name\n1,Ada\n2,Bo\n,\n\n",
		"empty cells behind":      "id,name\n1,Ada,,\n2,Bo, \n",
	} {
		table := read(t, "people.csv", text)
		require.Equal(t, []string{"id", "name"}, table.Header, name)
		require.Equal(t, [][]string{{"1", "Ada"}, {"2", "Bo"}}, table.Rows, name)
	}
	table := read(t, "x", "a,b\n1\n")
	require.Equal(t, [][]string{{"1", ""}}, table.Rows, "a short row is filled up")
	require.Equal(t, ';', read(t, "x", "\"a,b,c\";d;e\n").Delimiter, "what stands in quotation marks parts nothing")
	require.Equal(t, ';', read(t, "x", "\n,,\na;b,c;d\n").Delimiter, "blank lines tell nothing")
}

// TestNumbers: rows have the numbers that a spreadsheet shows, past blank rows and cells of several lines.
func TestNumbers(t *testing.T) {
	t.Parallel()
	table := read(t, "people.csv", "\n\nid,note\n1,\"two\nlines\"\n\n,\n2,\"and\r\nthree\nmore\"\n3,x\n\"4\n\",y\n5,z\n")
	require.Equal(t, 3, table.HeaderRow)
	require.Equal(t, []int{4, 7, 8, 9, 10}, table.Number)
	require.Equal(t, []int{3, 4}, read(t, "x", "sep=;\nid;note\n1;a\n2;b\n").Number)
	for column, letters := range map[int]string{1: "A", 26: "Z", 27: "AA", 52: "AZ", 53: "BA", 702: "ZZ", 703: "AAA"} {
		require.Equal(t, letters, Letters(column))
	}
}

func TestReadProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      "people.csv: it is empty; the first row names the columns",
		"\n,,\n  \n":            "people.csv: it is empty; the first row names the columns",
		"\xff\xfei\x00d\x00":    "people.csv: it is written in UTF-16; save it as CSV UTF-8",
		"PK\x03\x04rest":        "people.csv: it is a workbook; save its sheet as CSV UTF-8",
		"id,name\n1,J\xf6rg\n":  "people.csv B2: \"J\\xf6rg\" is not UTF-8; save the table as CSV UTF-8",
		"id,name\n1,Ada,x,y\n":  "people.csv C2: \"x\" stands beyond the last column of the header\npeople.csv D2: \"y\" stands beyond the last column of the header",
		"id,name\n1,\"Ada\n2,B": "people.csv: line 2: extraneous or missing \" in quoted-field; a cell that holds quotation marks, delimiters or line breaks stands in quotation marks, and its own are doubled",
	} {
		_, err := Read("people.csv", strings.NewReader(text))
		require.EqualError(t, err, want)
	}
	_, err := Read("people.csv", &endless{})
	require.EqualError(t, err, "people.csv: it is longer than 256 MiB")
}

// endless is a file without an end.
type endless struct{}

func (*endless) Read(b []byte) (int, error) { return len(b), nil }

func TestWrite(t *testing.T) {
	t.Parallel()
	table := read(t, "x", "name;note;phone\nAda;\"a;b\";+49 30\n=HYPERLINK(1);-5;@x\n")
	var b bytes.Buffer
	require.NoError(t, table.Write(&b, Form{}))
	require.Equal(t, "name;note;phone\r\nAda;\"a;b\";+49 30\r\n=HYPERLINK(1);-5;@x\r\n", b.String())
	b.Reset()
	require.NoError(t, table.With("test run", "yes").Write(&b, Form{Mark: true, Safe: true}))
	require.Equal(t, "\ufefftest run;name;note;phone\r\nyes;Ada;\"a;b\";'+49 30\r\nyes;'=HYPERLINK(1);'-5;'@x\r\n", b.String())
	require.Equal(t, []string{"name", "note", "phone"}, table.Header, "the table itself stays as it was")
}

// TestRoundTrip: what is written is read again as it was, whatever stands in the cells.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	cell := rapid.StringOf(rapid.SampledFrom([]rune("aé,;\t\"\n =+-@'|")))
	rapid.Check(t, func(t *rapid.T) {
		table := Table{Name: "x", Delimiter: rapid.SampledFrom([]rune{',', ';', '\t'}).Draw(t, "delimiter"), Header: []string{"id", "a", "b"}}
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			table.Rows = append(table.Rows, []string{"1" + cell.Draw(t, "a"), cell.Draw(t, "b"), cell.Draw(t, "c")})
		}
		var b bytes.Buffer
		require.NoError(t, table.Write(&b, Form{Mark: rapid.Bool().Draw(t, "mark")}))
		again := read(t, "x", b.String())
		require.Equal(t, table.Header, again.Header)
		require.Equal(t, table.Rows, again.Rows)
		require.Equal(t, table.Delimiter, again.Delimiter)
	})
}
