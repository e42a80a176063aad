package polis

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// rowsOf splits text, which comes in pieces of one byte when slow.
func rowsOf(text string, slow bool) (rows [][]string, starts []int, err error) {
	var in io.Reader = strings.NewReader(text)
	if slow {
		in = iotest.OneByteReader(in)
	}
	s := newSplitter("f", in, 0)
	for {
		fields, err := s.next()
		if err == io.EOF {
			return rows, starts, nil
		}
		if err != nil {
			return rows, starts, err
		}
		row := []string{}
		for _, f := range fields {
			row = append(row, string(f))
		}
		rows, starts = append(rows, row), append(starts, s.start)
	}
}

func TestSplitter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][][]string{
		"":                            nil,
		"\n\r\n\n":                    nil,
		"a":                           {{"a"}},
		"a,b\nc,d":                    {{"a", "b"}, {"c", "d"}},
		"a,b\r\nc,d\r\n":              {{"a", "b"}, {"c", "d"}},
		"a,b\n\n\nc,d\r":              {{"a", "b"}, {"c", "d"}},
		",\n,,":                       {{"", ""}, {"", "", ""}},
		`""`:                          {{""}},
		"\"\"\n\n\"\"\n":              {{""}, {""}},
		`"",""` + "\r":                {{"", ""}},
		`"a""b","""",""""""`:          {{`a"b`, `"`, `""`}},
		"\"a\nb\",c\n\"\r\n\",\"\r\"": {{"a\nb", "c"}, {"\r\n", "\r"}},
		"a\rb,c\r\r\n":                {{"a\rb", "c\r"}},
		"\ufeffa,b\n":                 {{"a", "b"}},
		"\ufeff\"a,b\"\n":             {{"a,b"}},
		"a\n\ufeffb\n":                {{"a"}, {"\ufeffb"}},
		" a , \"\n":                   nil,
	} {
		for _, slow := range []bool{false, true} {
			rows, _, err := rowsOf(text, slow)
			if want == nil && strings.Contains(text, `"`) {
				require.EqualError(t, err, "f:1: a quote stands inside a field that does not begin with one", "%q", text)
				continue
			}
			require.NoError(t, err, "%q", text)
			require.Equal(t, want, rows, "%q", text)
		}
	}
}

func TestSplitterLines(t *testing.T) {
	t.Parallel()
	_, starts, err := rowsOf("a\n\n\"b\r\n\n\"\r\nc\n\"d\n", false)
	require.Equal(t, []int{1, 3, 6}, starts)
	require.EqualError(t, err, "f:7: a quote is opened and never closed; the file may be cut short")
}

// TestSplitterLongRows has rows far beyond the buffer, which must grow and not lose what doubled quotes were made of.
func TestSplitterLongRows(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é\n\"x\"", chunkSize)
	var text strings.Builder
	w := csv.NewWriter(&text)
	want := [][]string{{long, "b", long}, {"c"}, {long}}
	require.NoError(t, w.WriteAll(want))
	rows, starts, err := rowsOf(text.String(), false)
	require.NoError(t, err)
	require.Equal(t, want, rows)
	require.Equal(t, []int{1, 2 + 2*chunkSize, 3 + 2*chunkSize}, starts)

	_, _, err = rowsOf("a\n\""+strings.Repeat("x\n", maxRow/2), false)
	require.EqualError(t, err, "f:2: a row is longer than 16 MiB; a quote may be left open")
}

// FuzzSplitter holds the splitter against encoding/csv.
func FuzzSplitter(f *testing.F) {
	for _, text := range []string{
		"a,b\nc,d\n", "\"a\"\"b\",c\r\n\"d\r\ne\",f\r", "\"\r\r\n\"\r\r\n", "\n\r\n\r", "a\"b", "\"a\"b", "\"a", ",,\n\"\"", "\"a\"\r", "\"a\"\rb",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, starts, err := rowsOf(text, false)
		slowRows, slowStarts, slowErr := rowsOf(text, true)
		require.Equal(t, rows, slowRows)
		require.Equal(t, starts, slowStarts)
		require.Equal(t, err, slowErr)

		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
		r.FieldsPerRecord = -1
		for i := 0; ; i++ {
			want, wantErr := r.Read()
			if i == len(rows) {
				switch {
				case err == nil:
					require.Equal(t, io.EOF, wantErr)
				case utf8.ValidString(text) && !strings.Contains(text, "\x00"):
					require.ErrorAs(t, wantErr, new(*csv.ParseError), "only here: %v", err)
				}
				return
			}
			require.NoError(t, wantErr)
			require.Equal(t, want, lineFeeds(rows[i]))
			line, _ := r.FieldPos(0)
			require.Equal(t, line, starts[i])
		}
	})
}

// lineFeeds does to fields what encoding/csv does.
func lineFeeds(fields []string) []string {
	for i, f := range fields {
		fields[i] = strings.ReplaceAll(f, "\r\n", "\n")
	}
	return fields
}

// FuzzRead gives Read a comments.csv of any content. Whatever it takes must be what encoding/csv sees there.
func FuzzRead(f *testing.F) {
	whole := talk().files(form{noMatrix: true, noHistory: true}).with(summaryFile, "topic,\nconversation-description,\n").
		with(votesFile, "timestamp,comment-id,voter-id,vote\n")
	f.Add([]byte("timestamp,comment-id,author-id,moderated,comment-body\n1,2,3,1,hello\n4,5,6,-1,\"a\r\n\"\"b\"\r\n"))
	f.Fuzz(func(t *testing.T, comments []byte) {
		got, err := read(whole.with(commentsFile, string(comments)).fs(), "x", "talk", nil)
		if err != nil {
			require.Nil(t, got)
			return
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(comments, byteOrderMark))).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, got.Read.Comments+1)
		skipped := 0
		for _, n := range got.Skipped {
			skipped += n
		}
		require.Len(t, got.Comments, got.Read.Comments-skipped)
		for _, c := range got.Comments {
			require.Contains(t, rows[c.Row], strings.ReplaceAll(c.Text, "\r\n", "\n"))
			require.Contains(t, rows[c.Row], c.ID)
		}
	})
}
