package tabular_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api/tabular"
)

// TestNegotiate is a table of RFC 9110, 12.5.1.
func TestNegotiate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept []string
		want   tabular.Format // empty: not acceptable
	}{
		{nil, "json"},
		{[]string{""}, "json"},
		{[]string{"*/*"}, "json"},
		{[]string{"application/json"}, "json"},
		{[]string{"Application/JSON; charset=UTF-8"}, "json"},
		{[]string{"text/csv"}, "csv"},
		{[]string{"TEXT/CSV"}, "csv"},
		{[]string{"text/*"}, "csv"},
		{[]string{"application/*"}, "json"},
		{[]string{"text/csv;header=present"}, "csv"},
		{[]string{"text/csv;header=absent"}, ""},
		{[]string{`text/csv;charset="utf-8"`}, "csv"},
		{[]string{"text/csv;charset=iso-8859-1"}, ""},
		{[]string{"application/x-ndjson"}, "ndjson"},
		{[]string{"application/jsonl"}, "ndjson"},
		{[]string{"application/vnd.apache.parquet"}, "parquet"},
		{[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, "json"}, // a browser
		{[]string{"text/csv, application/json;q=0.9"}, "csv"},
		{[]string{"application/json;q=0.9, text/csv"}, "csv"},
		{[]string{"application/json;q=0.9", "text/csv"}, "csv"},
		{[]string{"text/csv;q=0.5, application/json;q=0.5"}, "json"},
		{[]string{"text/csv, application/json"}, "json"},
		{[]string{"*/*, application/json;q=0"}, "csv"},
		{[]string{"*/*;q=0.1, text/csv;q=0"}, "json"},
		{[]string{"*/*;q=0"}, ""},
		{[]string{"text/csv;q=0"}, ""},
		{[]string{"text/csv;q=0.000"}, ""},
		{[]string{"text/*;q=0.9, text/csv;q=0.1, application/x-ndjson;q=0.5"}, "ndjson"}, // the specific range says less
		{[]string{"text/csv;header=present;q=0.2, text/csv;q=0.9, application/json;q=0.5"}, "json"},
		{[]string{"application/xml"}, ""},
		{[]string{"application/json;profile=x"}, ""},
		{[]string{"text/csv;q=2"}, "json"},               // cannot be read: as if it had not been sent
		{[]string{"text/csv;q=0.1234, text/csv"}, "csv"}, // the part that can be read
		{[]string{"text, text/csv"}, "csv"},
		{[]string{"*/csv, text/csv;q=0.3"}, "csv"},
		{[]string{`application/xml;x="a, text/csv", application/x-ndjson`}, "ndjson"},
		{[]string{",,, text/csv ,,"}, "csv"},
	} {
		got, err := tabular.Negotiate(c.accept, tabular.Formats()...)
		if c.want == "" {
			require.ErrorIs(t, err, tabular.ErrNotAcceptable, c.accept)
			continue
		}
		require.NoError(t, err, c.accept)
		require.Equal(t, c.want, got, c.accept)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]tabular.Asked{
		"":                                 {Format: "json"},
		"format=csv":                       {Format: "csv"},
		"format=csv&safe=spreadsheet":      {Format: "csv", Safe: true},
		"format=parquet&table=x&fields=a":  {Format: "parquet", Table: "x", Fields: []string{"a"}},
		"fields=a":                         {Format: "json", Fields: []string{"a"}},
		"format=ndjson&fields=a,b,a":       {Format: "ndjson", Fields: []string{"a", "b", "a"}},
		"limit=1&after=x&format=json&at=3": {Format: "json"},
	} {
		q, err := url.ParseQuery(query)
		require.NoError(t, err)
		got, err := tabular.Parse(nil, q)
		require.NoError(t, err, query)
		require.Equal(t, want, got, query)
	}
	for query, parameter := range map[string]string{
		"format=xml": "format", "format=csv&format=json": "format", "format=CSV": "format", "safe=yes": "safe", "format=json&safe=spreadsheet": "safe",
		"format=ndjson&safe=spreadsheet": "safe", "table=x&table=y": "table", "format=json&table=x": "format",
	} {
		q, err := url.ParseQuery(query)
		require.NoError(t, err)
		_, err = tabular.Parse(nil, q)
		var wrong *tabular.QueryError
		require.ErrorAs(t, err, &wrong, query)
		require.Equal(t, parameter, wrong.Parameter, query)
	}
	got, err := tabular.Parse([]string{"application/xml"}, url.Values{"format": {"csv"}})
	require.NoError(t, err, "?format= is for links that people click, whatever their browser accepts")
	require.Equal(t, tabular.CSV, got.Format)
	_, err = tabular.Parse([]string{"application/xml"}, nil)
	require.ErrorIs(t, err, tabular.ErrNotAcceptable)
}

// FuzzNegotiate sees that any header has an answer: a format that is offered, or none; and that a header that names nothing else gets what it names.
func FuzzNegotiate(f *testing.F) {
	for _, seed := range []string{"*/*", "text/csv;q=0.5, application/json", `a/b;x="\",", text/*`, "text/csv;q=", ";;;,,,\"", "text/csv;q=1.000;header=present"} {
		f.Add(seed, "format=csv&fields=a,b")
	}
	f.Fuzz(func(t *testing.T, accept, query string) {
		got, err := tabular.Negotiate([]string{accept}, tabular.Formats()...)
		require.Equal(t, err != nil, got == "")
		again, _ := tabular.Negotiate([]string{accept}, tabular.Formats()...)
		require.Equal(t, got, again)
		if !strings.ContainsAny(accept, "\"\\") { // lines of one header are one list
			joined, _ := tabular.Negotiate([]string{accept + ", text/csv;q=0.001"}, tabular.Formats()...)
			lines, _ := tabular.Negotiate([]string{accept, "text/csv;q=0.001"}, tabular.Formats()...)
			require.Equal(t, lines, joined)
		}
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		if a, err := tabular.Parse([]string{accept}, q); err == nil {
			require.Contains(t, tabular.Formats(), a.Format)
		}
	})
}
