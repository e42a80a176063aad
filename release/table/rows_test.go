package table

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/projections/measures"
)

// thing has a member of every sort.
type thing struct {
	inner
	*outer
	Name    string                    `json:"name"`
	Count   *int                      `json:"count"`
	Share   measures.Number           `json:"share"`
	Yes     bool                      `json:"yes"`
	At      domain.Time               `json:"at"`
	Day     domain.Date               `json:"day"`
	Digest  domain.Digest             `json:"digest"`
	Ref     domain.ArtefactRef        `json:"ref"`
	Label   domain.LText              `json:"label"`
	Words   []string                  `json:"words"`
	Matrix  [][]measures.Number       `json:"matrix"`
	Parts   []part                    `json:"parts"`
	By      map[string]int            `json:"by"`
	Twice   map[string]map[string]int `json:"twice"`
	Secret  string                    `json:"-"`
	Dropped int                       `json:"dropped"`
}

type inner struct {
	Inlined string `json:"inlined"`
}

type outer struct {
	Outlined string `json:"outlined"`
}

type part struct {
	Part  string         `json:"part"`
	Label domain.LText   `json:"label"`
	Sub   []inner        `json:"sub"`
	Each  map[string]int `json:"each"`
}

// TestRule shows the way from a document to its tables.
func TestRule(t *testing.T) {
	t.Parallel()
	s, err := NewShape("thing", 1, "", reflect.TypeFor[thing](), true, "dropped")
	require.NoError(t, err)
	var b strings.Builder
	for _, table := range s.Tables {
		fmt.Fprintf(&b, "%s(%d)", table.Name, table.Key)
		for _, c := range table.Columns {
			b.WriteString(" " + c.Name)
		}
		b.WriteByte('\n')
	}
	require.Equal(t, `thing(1) document documentPosition inlined outlined name count share yes at day digest ref_id ref_version label label_lang
thing_label_translations(2) document label_lang value
thing_words(2) document words_no value
thing_matrix(3) document matrix_no matrix_no2 value
thing_parts(2) document parts_no part label label_lang
thing_parts_label_translations(3) document parts_no label_lang value
thing_parts_sub(3) document parts_no sub_no inlined
thing_parts_each(3) document parts_no each_name value
thing_by(2) document by_name value
thing_twice(3) document twice_name twice_name2 value
`, b.String())

	doc := `{"inlined":"in","outlined":"out","name":"a,\"b\"","count":null,"share":0.25,"yes":true,"at":"2026-01-02T03:04:05.006Z","day":"","digest":"` + strings.Repeat("ab", 32) + `",
		"ref":{"id":"ar","version":2},"label":{"source":"fr","text":{"de":"drei","fr":"trois","en":"three"}},"words":["x",""],"matrix":[[1,null],[0.5]],
		"parts":[{"part":"p","label":{"source":"","text":null},"sub":[{"inlined":"deep"}],"each":{"b":2,"a":1}}],"by":{"k":7},"twice":{"o":{"i":3}},"dropped":4}`
	b.Reset()
	require.NoError(t, s.Rows("key", 9, []byte(doc), func(table *Table, r Row) error {
		require.Len(t, r, len(table.Columns))
		j, err := json.Marshal(r)
		fmt.Fprintf(&b, "%s %s\n", table.Name, j)
		return err
	}))
	require.Equal(t, `thing ["key",9,"in","out","a,\"b\"",null,0.25,true,"2026-01-02T03:04:05.006Z",null,"`+strings.Repeat("ab", 32)+`","ar",2,"trois","fr"]
thing_label_translations ["key","de","drei"]
thing_label_translations ["key","en","three"]
thing_words ["key",1,"x"]
thing_words ["key",2,null]
thing_matrix ["key",1,1,1]
thing_matrix ["key",1,2,null]
thing_matrix ["key",2,1,0.5]
thing_parts ["key",1,"p",null,null]
thing_parts_sub ["key",1,1,"deep"]
thing_parts_each ["key",1,"a",1]
thing_parts_each ["key",1,"b",2]
thing_by ["key","k",7]
thing_twice ["key","o","i",3]
`, b.String())
}

// TestNothingIsLost refuses a document with more than its type says.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	s, err := NewShape("thing", 1, "", reflect.TypeFor[inner](), true)
	require.NoError(t, err)
	keep := func(*Table, Row) error { return nil }
	require.NoError(t, s.Rows("key", 9, []byte(`{"inlined":"x"}`), keep))
	require.ErrorContains(t, s.Rows("key", 9, []byte(`{"inlined":"x","more":1}`), keep), "no table has a place for")
}

// TestNoPlace names what cannot become a table.
func TestNoPlace(t *testing.T) {
	t.Parallel()
	type loop struct {
		Again []*struct{ Any any } `json:"again"`
	}
	type tree struct {
		Name string `json:"name"`
		X    int    `json:"Name"`
	}
	for _, of := range []reflect.Type{reflect.TypeFor[loop](), reflect.TypeFor[tree](), reflect.TypeFor[rose]()} {
		_, err := NewShape("bad", 1, "", of, false)
		require.Error(t, err, of)
	}
}

type rose struct {
	Leaves []rose `json:"leaves"`
}

// TestCSV reads cells back as they were: any bytes, but that encoding/csv takes CRLF in a cell for LF.
func TestCSV(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table := &Table{Name: "t", Columns: []Column{{"a", Text, true}, {"b", Text, false}}, Key: 1}
		text := rapid.StringOf(rapid.SampledFrom([]rune("ab,\"\n'=+-@\t;é字 ")))
		rows := rapid.SliceOf(rapid.Map(rapid.SliceOfN(text, 2, 2), func(s []string) Row {
			return Row{"x" + s[0], s[1]}
		})).Draw(t, "rows")
		for _, safe := range []bool{false, true} {
			var b bytes.Buffer
			w, err := NewCSV(&b, table, safe)
			require.NoError(t, err)
			for _, r := range rows {
				require.NoError(t, w.Write(r))
			}
			require.NoError(t, w.Close())
			got, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
			require.NoError(t, err)
			require.Len(t, got, len(rows)+1)
			for i, r := range rows {
				cell := got[i+1][1]
				if safe {
					require.NotContains(t, "=+-@\t\r", cell[:min(1, len(cell))]+"\x00")
					cell = strings.TrimPrefix(cell, "'")
				}
				require.Equal(t, r[1], cell)
			}
		}
	})
	require.Equal(t, `'=HYPERLINK("http://a")`, spreadsheet(`=HYPERLINK("http://a")`))
	require.Equal(t, "''tis", spreadsheet("'tis"))
	require.Equal(t, "", spreadsheet(""))
}
