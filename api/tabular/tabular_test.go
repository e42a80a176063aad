package tabular_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/api/tabular"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

type talk struct {
	Name  string         `json:"name"`
	Votes int            `json:"votes"`
	Share float64        `json:"share"`
	Said  []string       `json:"said"`
	By    map[string]int `json:"by"`
}

func tables(t require.TestingT, l tabular.Limits) *tabular.Tables {
	made, err := tabular.New([]tabular.View{{Name: "talk", About: "talks", Version: 3, Doc: reflect.TypeFor[talk]()}}, l)
	require.NoError(t, err)
	return made
}

// world is a view that may change.
type world struct {
	documents []tabular.Document
	position  uint64
	opened    int
	fail      error
}

func (o *world) open(context.Context) (tabular.Snapshot, error) {
	o.opened++
	return tabular.Snapshot{Version: 3, Position: o.position, Documents: o.all()}, nil
}

func (o *world) all() iter.Seq2[tabular.Document, error] {
	return func(yield func(tabular.Document, error) bool) {
		for _, d := range o.documents {
			if !yield(d, nil) {
				return
			}
		}
		if o.fail != nil {
			yield(tabular.Document{}, o.fail)
		}
	}
}

func document(t require.TestingT, key string, at uint64, d talk) tabular.Document {
	data, err := json.Marshal(d)
	require.NoError(t, err)
	return tabular.Document{Key: key, At: at, Data: data}
}

func two(t require.TestingT) *world {
	return &world{position: 9, documents: []tabular.Document{
		document(t, "a", 4, talk{Name: "=SUM(A1)", Votes: 3, Share: 0.25, Said: []string{"one, two", "\"three\""}, By: map[string]int{"x": 1}}),
		document(t, "b", 7, talk{Name: "café", Said: []string{}}),
	}}
}

// ask sends one request.
func ask(t require.TestingT, s *tabular.Tables, o *world, query string, headers ...string) (*http.Response, string, error) {
	r := httptest.NewRequest(http.MethodGet, "/v1/views/talk?"+query, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	a, err := tabular.Parse(r.Header.Values("Accept"), r.URL.Query())
	require.NoError(t, err)
	w := httptest.NewRecorder()
	if err := s.Serve(w, r, a, "talk", o.open); err != nil {
		return nil, "", err
	}
	return w.Result(), w.Body.String(), nil
}

func TestForms(t *testing.T) {
	t.Parallel()
	s, o := tables(t, tabular.Limits{}), two(t)
	for query, want := range map[string]string{
		"format=csv":                                    "document,documentPosition,name,votes,share\r\na,4,=SUM(A1),3,0.25\r\nb,7,café,0,0\r\n",
		"format=csv&fields=votes,document":              "votes,document\r\n3,a\r\n0,b\r\n",
		"format=csv&table=talk_said":                    "document,said_no,value\r\na,1,\"one, two\"\r\na,2,\"\"\"three\"\"\"\r\n",
		"format=csv&safe=spreadsheet&fields=name":       "\ufeffname\r\n'=SUM(A1)\r\ncafé\r\n",
		"format=ndjson&table=talk_by":                   `{"document":"a","by_name":"x","value":1}` + "\n",
		"format=ndjson&fields=document,share":           `{"document":"a","share":0.25}` + "\n" + `{"document":"b","share":0}` + "\n",
		"format=ndjson&table=talk&fields=name":          `{"name":"=SUM(A1)"}` + "\n" + `{"name":"café"}` + "\n",
		"format=csv&table=talk_said&fields=value":       "value\r\n\"one, two\"\r\n\"\"\"three\"\"\"\r\n",
		"format=ndjson":                                 fmt.Sprintf("{\"key\":\"a\",\"at\":4,\"document\":%s}\n{\"key\":\"b\",\"at\":7,\"document\":%s}\n", o.documents[0].Data, o.documents[1].Data),
		"format=csv&table=talk_by&fields=value&safe=":   "value\r\n1\r\n",
		"format=csv&table=talk&fields=documentPosition": "documentPosition\r\n4\r\n7\r\n",
	} {
		resp, body, err := ask(t, s, o, query)
		require.NoError(t, err, query)
		require.Equal(t, want, body, query)
		require.Equal(t, fmt.Sprint(len(body)), resp.Header.Get("Content-Length"))
		require.Equal(t, "9", resp.Header.Get("Ledger-Position"))
		require.Equal(t, "no-cache", resp.Header.Get("Cache-Control"))
		format, _, _ := strings.Cut(strings.TrimPrefix(query, "format="), "&")
		require.Contains(t, resp.Header.Get("ETag"), `"3-7.2-`+format)
		require.Contains(t, resp.Header.Get("Content-Disposition"), "-9."+format+`"`)
		require.Equal(t, tabular.Format(format).MediaType(), resp.Header.Get("Content-Type"))

		again, none, err := ask(t, s, o, query, "If-None-Match", `W/"x", `+resp.Header.Get("ETag"))
		require.NoError(t, err)
		require.Equal(t, http.StatusNotModified, again.StatusCode)
		require.Empty(t, none)
		require.Equal(t, resp.Header.Get("ETag"), again.Header.Get("ETag"), "RFC 9110 15.4.5")
		require.Equal(t, "9", again.Header.Get("Ledger-Position"))
		_, same, err := ask(t, s, o, query, "If-Match", `"x", `+resp.Header.Get("ETag"))
		require.NoError(t, err)
		require.Equal(t, want, same)
		_, _, err = ask(t, s, o, query, "If-Match", `W/`+resp.Header.Get("ETag"))
		require.ErrorIs(t, err, tabular.ErrOther, "RFC 9110, 13.1.1: strongly")
	}
}

func TestParquetIsReadBack(t *testing.T) {
	t.Parallel()
	s, o := tables(t, tabular.Limits{}), two(t)
	_, body, err := ask(t, s, o, "format=parquet&fields=document,name,votes,share")
	require.NoError(t, err)
	type row struct {
		Document string   `parquet:"document"`
		Name     *string  `parquet:"name,optional"`
		Votes    *int64   `parquet:"votes,optional"`
		Share    *float64 `parquet:"share,optional"`
	}
	rows, err := parquet.Read[row](strings.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, "=SUM(A1)", *rows[0].Name)
	require.EqualValues(t, 3, *rows[0].Votes)
	require.InDelta(t, 0.25, *rows[0].Share, 0)
	require.Equal(t, "b", rows[1].Document)
}

// TestCSVComesBack draws texts of any kind and reads them back as they were, but that encoding/csv takes CRLF in a cell for LF.
func TestCSVComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOf(rapid.StringOf(rapid.SampledFrom([]rune("ab,\"\n'=+-@\t;é字 ")))).Draw(t, "names")
		s, o := tables(t, tabular.Limits{}), &world{position: uint64(len(names))}
		for i, n := range names {
			o.documents = append(o.documents, document(t, fmt.Sprintf("%04d", i), uint64(i+1), talk{Name: n}))
		}
		_, body, err := ask(t, s, o, "format=csv&fields=document,name")
		require.NoError(t, err)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, len(names)+1)
		for i, n := range names {
			require.Equal(t, []string{fmt.Sprintf("%04d", i), n}, rows[i+1])
		}
		_, body, err = ask(t, s, o, "format=csv&fields=name&safe=spreadsheet")
		require.NoError(t, err)
		rows, err = csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
		require.NoError(t, err)
		for _, row := range rows[1:] {
			require.NotContains(t, "=+-@\t\r", row[0][:min(1, len(row[0]))]+"\x00")
		}
	})
}

// TestATagNamesOneSequenceOfBytes draws histories of a view and what is asked of it: answers with one tag have the same bytes, and other bytes have another tag.
func TestATagNamesOneSequenceOfBytes(t *testing.T) {
	t.Parallel()
	queries := []string{
		"format=csv", "format=csv&safe=spreadsheet", "format=csv&fields=name", "format=csv&fields=name,votes", "format=csv&fields=votes,name", "format=csv&table=talk_said",
		"format=csv&table=talk_said&fields=value", "format=ndjson", "format=ndjson&table=talk", "format=ndjson&table=talk_by", "format=parquet", "format=parquet&fields=votes", "format=parquet&table=talk_said",
	}
	rapid.Check(t, func(t *rapid.T) {
		s, o, bytesOf := tables(t, tabular.Limits{}), &world{}, map[string]string{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			o.position++
			if n := len(o.documents); n > 0 && rapid.IntRange(0, 9).Draw(t, "leaves") == 0 { // as from a list of one country
				o.documents = o.documents[1:]
				continue
			}
			if rapid.Bool().Draw(t, "ours") { // else an event of another view
				d := document(t, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"), o.position, talk{Votes: int(o.position), Name: "n", Said: []string{"s"}})
				kept := []tabular.Document{}
				for _, have := range o.documents {
					if have.Key != d.Key {
						kept = append(kept, have)
					}
				}
				o.documents = append(kept, d)
			}
			query := rapid.SampledFrom(queries).Draw(t, "query")
			resp, body, err := ask(t, s, o, query)
			require.NoError(t, err)
			tag := resp.Header.Get("ETag")
			if have, ok := bytesOf[tag]; ok {
				require.Equal(t, have, body, "tag %s", tag)
			}
			bytesOf[tag] = body
			require.True(t, strings.HasPrefix(tag, `"`), "strong")
		}
	})
}

func TestNothingIsSentThatIsNotWhole(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, query := range []string{"format=csv", "format=ndjson", "format=parquet"} {
		s, o := tables(t, tabular.Limits{}), two(t)
		o.fail = broken
		_, _, err := ask(t, s, o, query)
		require.ErrorIs(t, err, broken, query)

		o = two(t)
		o.position = 6 // the second document is later
		_, _, err = ask(t, s, o, query)
		require.ErrorIs(t, err, tabular.ErrMoved, query)
		require.Equal(t, 10, o.opened, "it is tried again")

		o = two(t)
		o.documents[1].Data = []byte(`{"name":`)
		_, _, err = ask(t, s, o, query)
		require.Error(t, err, query)

		o = two(t)
		o.documents[1].Data = []byte(`{"name":"x","unknown":1}`)
		_, _, err = ask(t, s, o, query)
		require.Equal(t, query != "format=ndjson", err != nil, "a table that loses a member is no answer; a document as it is loses none")
	}
	s, o := tables(t, tabular.Limits{Answer: 20}), two(t)
	_, _, err := ask(t, s, o, "format=csv")
	require.ErrorIs(t, err, tabular.ErrTooLarge)
	s = tables(t, tabular.Limits{Parquet: 20})
	_, _, err = ask(t, s, o, "format=parquet")
	require.ErrorIs(t, err, tabular.ErrTooLarge)
	for _, query := range []string{"format=csv&fields=nothing", "format=csv&fields=name,name", "format=csv&table=nothing"} {
		_, _, err = ask(t, s, o, query)
		var wrong *tabular.QueryError
		require.ErrorAs(t, err, &wrong, query)
	}
}

// TestASnapshotHasThePositionOfItsLastDocument is for lists that are all of one place.
func TestASnapshotHasThePositionOfItsLastDocument(t *testing.T) {
	t.Parallel()
	s, o := tables(t, tabular.Limits{}), two(t)
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	require.NoError(t, s.Serve(w, r, tabular.Asked{Format: tabular.CSV}, "talk", func(context.Context) (tabular.Snapshot, error) {
		return tabular.Snapshot{Version: 3, Position: 5, AtOnce: true, Documents: o.all()}, nil
	}))
	require.Equal(t, "7", w.Header().Get("Ledger-Position"))
}

// TestAnswersAreKept asks again: what was made is not made again while the view stands where it stood.
func TestAnswersAreKept(t *testing.T) {
	t.Parallel()
	s, o := tables(t, tabular.Limits{}), two(t)
	read := 0
	open := func(context.Context) (tabular.Snapshot, error) {
		return tabular.Snapshot{Version: 3, Position: o.position, Documents: func(yield func(tabular.Document, error) bool) {
			read++
			o.all()(yield)
		}}, nil
	}
	serve := func(f tabular.Format) []byte {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		require.NoError(t, s.Serve(w, r, tabular.Asked{Format: f}, "talk", open))
		return w.Body.Bytes()
	}
	first := serve(tabular.Parquet)
	require.True(t, bytes.Equal(first, serve(tabular.Parquet)))
	require.Equal(t, 1, read)
	o.position++
	require.True(t, bytes.Equal(first, serve(tabular.Parquet)))
	require.Equal(t, 2, read)
}

// TestLargeAnswers are spooled to a file, and come whole.
func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	s, o := tables(t, tabular.Limits{}), &world{position: 1 << 20}
	for i := range 300 {
		o.documents = append(o.documents, document(t, fmt.Sprintf("%06d", i), uint64(i+1), talk{Name: strings.Repeat("x", 40_000)}))
	}
	for range 2 {
		_, body, err := ask(t, s, o, "format=csv")
		require.NoError(t, err)
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 301)
	}
}

// TestAConnectionThatBreaksIsNoWholeAnswer has the client's side fail in the middle.
func TestAConnectionThatBreaksIsNoWholeAnswer(t *testing.T) {
	t.Parallel()
	s, o := tables(t, tabular.Limits{}), two(t)
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	require.PanicsWithError(t, http.ErrAbortHandler.Error(), func() { _ = s.Serve(gone{http.Header{}}, r, tabular.Asked{Format: tabular.CSV}, "talk", o.open) })
}

type gone struct{ h http.Header }

func (g gone) Header() http.Header     { return g.h }
func (gone) WriteHeader(int)           {}
func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestEveryViewHasTables makes tables of all views of the product.
func TestEveryViewHasTables(t *testing.T) {
	t.Parallel()
	var views []tabular.View
	for _, v := range projections.All() {
		views = append(views, tabular.View{Name: v.Name, About: v.About, Version: v.Version, Doc: v.Doc()})
	}
	for _, v := range measures.All() {
		views = append(views, tabular.View{Name: v.Name, About: v.About, Version: v.Version, Doc: v.Doc()})
	}
	s, err := tabular.New(views, tabular.Limits{})
	require.NoError(t, err)
	for _, v := range views {
		require.NotEmpty(t, s.Of(v.Name))
		require.Equal(t, v.Name, s.Of(v.Name)[0].Name)
		require.Equal(t, url.PathEscape(v.Name), v.Name, "names of files and addresses")
	}
	require.Nil(t, s.Of("nothing"))
}
