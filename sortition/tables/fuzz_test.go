package tables

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRead: what can be read can be written and read again, and stands in the rows that it says.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"id,name\n1,Ada\n", "sep=;\r\nid;name\r\n1;\"A\r\nB\"\r\n", "\ufeffa\tb\n\n\"x\"\"y\"\t\n", "a\rb\r", "\"", ",;\t\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := Read("x", bytes.NewReader(b))
		if err != nil {
			require.NotEmpty(t, problems(t, err))
			return
		}
		require.NotEmpty(t, table.Header)
		last := table.HeaderRow
		require.Positive(t, last)
		for i, row := range table.Rows {
			require.Len(t, row, len(table.Header))
			require.Greater(t, table.Number[i], last)
			last = table.Number[i]
		}
		require.LessOrEqual(t, last, 1+bytes.Count(b, []byte("\n"))+bytes.Count(b, []byte("\r")), "a table has no more rows than lines")
		var out bytes.Buffer
		require.NoError(t, table.Write(&out, Form{Mark: true}))
		again, err := Read("x", &out)
		require.NoError(t, err)
		if again.Delimiter == table.Delimiter { // a header that a quotation mark makes odd may look as if it were parted otherwise
			require.Equal(t, plain(table.Header), plain(again.Header))
		}
	})
}

// plain is what CSV keeps: a carriage return before a line feed is lost.
func plain(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = strings.ReplaceAll(c, "\r", "")
	}
	return out
}

func problems(t *testing.T, err error) Problems {
	var p Problems
	require.True(t, errors.As(err, &p), err)
	for _, one := range p {
		require.NotEmpty(t, one.What)
	}
	return p
}

// FuzzInstance: two tables become an instance that is in order, or there are problems.
func FuzzInstance(f *testing.F) {
	people := "id,gender,age,street,status\na,female,16-29,1 Oak St,\nb,MALE, 30+ ,2 Oak St,CONFIRMED\n"
	f.Add([]byte(small), []byte(people))
	f.Add([]byte("category,name,min,max,min_flex,max_flex\ngender,female,1,2,0,\nGENDER,x,0,0,0,9\n"), []byte("Gender\nfemale\nX\n"))
	f.Add([]byte("category;feature;max;min\ngender;;2;3\n"), []byte("id;gender\n;x\n"))
	f.Fuzz(func(t *testing.T, quotas, people []byte) {
		table, err := Read("quotas.csv", bytes.NewReader(quotas))
		if err != nil {
			return
		}
		targets, err := ReadQuotas(table)
		if err != nil {
			problems(t, err)
			return
		}
		require.NotEmpty(t, targets.Quotas)
		for i, q := range targets.Quotas {
			w := targets.Widest[i]
			require.True(t, 0 <= w.Min && w.Min <= q.Min && q.Min <= q.Max && q.Max <= w.Max && w.Max <= NoLimit)
			require.Equal(t, []string{q.Category, q.Value}, []string{w.Category, w.Value})
		}
		table, err = Read("people.csv", bytes.NewReader(people))
		if err != nil {
			return
		}
		columns := Columns{}
		if strings.Contains(string(people), "street") {
			columns.Address = []string{"street"}
		}
		pool, err := ReadPeople(table, targets, columns)
		if err != nil {
			problems(t, err)
		}
		ids := map[string]bool{}
		for _, p := range pool.People {
			require.False(t, ids[p.ID] || p.ID == "")
			ids[p.ID] = true
			require.Len(t, p.Values, len(targets.Categories()))
		}
		if err == nil {
			require.Len(t, pool.People, len(table.Rows))
		}
		targets.Check(pool.People, 2)
	})
}
