package tabular

import (
	"bytes"
	"container/list"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"daybook.internal/release/table"
)

// A View is one whose documents can be had as tables.
type View struct {
	Name, About string
	Version     int
	Doc         reflect.Type // of its documents
}

// A Document of a view, as it is served.
type Document struct {
	Key  string
	At   uint64 // how many records it rests on
	Data []byte // JSON
}

// A Snapshot is a view at one position of the ledger.
type Snapshot struct {
	Version   int    // of the view, as its documents were folded
	Position  uint64 // of the ledger, that the documents reflect
	Documents iter.Seq2[Document, error]
	// AtOnce says that Documents are all of one position, which may lie behind Position: then it is that of the last of them. Else a later one is ErrMoved.
	AtOnce bool
	Subset string // names the documents where they are not all of the view, such as a filter; it is part of the ETag
}

// ErrMoved says that the documents are not all of one position; whoever asks again may have more luck.
var ErrMoved = errors.New("the view moves on too fast to be read at one place")

// ErrOther says that the answer is not the one that If-Match names.
var ErrOther = errors.New("what is here now is not the version that If-Match names")

// Limits of answers.
type Limits struct {
	Answer  int64 // bytes of one in CSV or NDJSON; default 2 GiB
	Parquet int64 // bytes of documents that go into one in Parquet, which is made in memory; default 64 MiB
	Kept    int64 // bytes of answers that are kept in memory for those who ask the same; default 64 MiB
}

const smallAnswer = 8 << 20 // bytes that an answer may have in memory

// Tables answers for views. Its methods may be called by many at a time.
type Tables struct {
	Limits
	shapes map[string]*table.Shape
	views  map[string]View
	slots  chan struct{} // one for each answer that is being made: it takes memory and a processor

	mu    sync.Mutex
	kept  map[string]*list.Element // of *answer, by ETag
	order *list.List               // the one that was asked for last stands first
	bytes int64
}

// New makes Tables of views. Its error is one of a Go type.
func New(views []View, l Limits) (*Tables, error) {
	for _, one := range []struct {
		limit    *int64
		fallback int64
	}{{&l.Answer, 2 << 30}, {&l.Parquet, 64 << 20}, {&l.Kept, 64 << 20}} {
		if *one.limit == 0 {
			*one.limit = one.fallback
		}
	}
	t := &Tables{Limits: l, shapes: map[string]*table.Shape{}, views: map[string]View{}, slots: make(chan struct{}, 2), kept: map[string]*list.Element{}, order: list.New()}
	for _, v := range views {
		shape, err := table.NewShape(v.Name, v.Version, v.About, v.Doc, true)
		if err != nil {
			return nil, err
		}
		t.shapes[v.Name], t.views[v.Name] = shape, v
	}
	return t, nil
}

// Of are the tables of a view, that of its documents first; nil where the view has none here.
func (t *Tables) Of(view string) []*table.Table {
	s := t.shapes[view]
	if s == nil {
		return nil
	}
	all := append([]*table.Table{}, s.Tables...)
	for _, shared := range table.Heads() {
		if s.Shares() {
			all = append(all, shared)
		}
	}
	return all
}

// answer is one that is made.
type answer struct {
	etag     string
	position uint64
	spool    *spool
}

// Serve answers a request for a view in one of the forms of tables. open gives the view as it is now; it is called again, a few times, where its documents are not of one position. What
// Serve gives back is an error of which nothing was sent; an answer that has begun and cannot be ended is broken off, so that nobody takes half of it for all of it.
func (t *Tables) Serve(w http.ResponseWriter, r *http.Request, a Asked, view string, open func(context.Context) (Snapshot, error)) error {
	ans, done, err := t.make(r.Context(), a, view, open)
	if err != nil {
		return err
	}
	defer done()
	if have := r.Header["If-Match"]; len(have) > 0 && !names(have, ans.etag, false) {
		return ErrOther
	}
	h := w.Header()
	h.Set("ETag", ans.etag)
	h.Set("Ledger-Position", strconv.FormatUint(ans.position, 10))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	if names(r.Header["If-None-Match"], ans.etag, true) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body, err := ans.spool.open()
	if err != nil {
		h.Del("ETag")
		return err
	}
	h.Set("Content-Type", a.Format.MediaType())
	h.Set("Content-Length", strconv.FormatInt(ans.spool.size, 10))
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"%s-%d.%s\"", strings.Trim(a.name(view), "/"), ans.position, a.Format))
	if _, err := io.Copy(w, body); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// name is that of the file into which somebody may save the answer. Names of views and tables are of letters, digits and _.
func (a Asked) name(view string) string {
	if a.Table != "" {
		return a.Table
	}
	return view
}

// make makes an answer or finds one. done is to be called when it was sent.
func (t *Tables) make(ctx context.Context, a Asked, view string, open func(context.Context) (Snapshot, error)) (*answer, func(), error) {
	shape := t.shapes[view]
	if shape == nil {
		return nil, nil, fmt.Errorf("tabular: no view %q", view)
	}
	chosen, err := a.choose(t.Of(view))
	if err != nil {
		return nil, nil, err
	}
	working := false
	defer func() {
		if working {
			<-t.slots
		}
	}()
	for range 10 {
		var s Snapshot
		if s, err = open(ctx); err != nil {
			return nil, nil, err
		}
		memo := fmt.Sprintf("%s/%d-%d/%s/%s", view, s.Version, s.Position, s.Subset, a.tag())
		ans := t.recall(memo)
		if ans == nil && !working { // what is kept is sent without a slot; for anything else the view may have moved on while others worked
			select {
			case t.slots <- struct{}{}:
				working = true
				continue
			case <-ctx.Done():
				return nil, nil, ctx.Err()
			}
		}
		if ans == nil {
			ans, err = t.encode(ctx, a, shape, chosen, s)
			if err == nil {
				t.keep(memo, ans)
			}
		}
		if err == nil {
			return ans, ans.spool.close, nil
		}
		if !errors.Is(err, ErrMoved) {
			return nil, nil, err
		}
	}
	return nil, nil, err
}

// encode writes a snapshot into a spool.
func (t *Tables) encode(ctx context.Context, a Asked, shape *table.Shape, chosen choice, s Snapshot) (_ *answer, err error) {
	out := &spool{small: smallAnswer, most: t.Answer}
	defer func() {
		if err != nil {
			out.close()
		}
	}()
	to, err := newWriter(out, a, shape, chosen)
	if err != nil {
		return nil, err
	}
	last, read, count := uint64(0), int64(0), 0
	for d, err := range s.Documents {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if d.At > s.Position && !s.AtOnce {
			return nil, ErrMoved
		}
		if read += int64(len(d.Data)); a.Format == Parquet && read > t.Parquet {
			return nil, ErrTooLarge
		}
		last, count = max(last, d.At), count+1
		if err := to.document(d); err != nil {
			return nil, err
		}
	}
	if err := to.close(); err != nil {
		return nil, err
	}
	ans := &answer{etag: etag(s, last, count, a), position: max(s.Position, last), spool: out}
	return ans, nil
}

// etag names the bytes of an answer: the version of the view, the last event that changed what is in it, how many documents there are, as some may have left, and the form. The position
// does not belong to it, as most events change other views.
func etag(s Snapshot, last uint64, count int, a Asked) string {
	subset := ""
	if s.Subset != "" {
		subset = "-" + Asked{Table: s.Subset}.tag()
	}
	return fmt.Sprintf(`"%d-%d.%d-%s%s"`, s.Version, last, count, a.tag(), subset)
}

// writer writes documents in a form.
type writer struct {
	shape  *table.Shape
	chosen choice
	rows   table.Writer // nil: documents as they are
	out    io.Writer
	text   *table.TextEncoder
	line   bytes.Buffer
}

func newWriter(out io.Writer, a Asked, shape *table.Shape, chosen choice) (w *writer, err error) {
	w = &writer{shape: shape, chosen: chosen, out: out, text: table.NewTextEncoder()}
	switch {
	case !a.rows():
	case a.Format == CSV:
		w.rows, err = table.NewCSV(out, chosen.as, a.Safe)
	case a.Format == NDJSON:
		w.rows = table.NewJSON(out, chosen.as)
	case a.Format == Parquet:
		w.rows = table.NewParquet(out, chosen.as)
	default:
		err = fmt.Errorf("tabular: %s is no form of tables", a.Format)
	}
	return w, err
}

func (w *writer) document(d Document) error {
	if w.rows == nil {
		w.line.Reset()
		fmt.Fprintf(&w.line, "{\"key\":%s,\"at\":%d,\"document\":", w.text.Encode(d.Key), d.At)
		if err := json.Compact(&w.line, d.Data); err != nil { // stored bytes that are no JSON would be lines that are none
			return fmt.Errorf("tabular: document %q is no JSON: %w", d.Key, err)
		}
		w.line.WriteString("}\n")
		_, err := w.out.Write(w.line.Bytes())
		return err
	}
	return w.shape.Rows(d.Key, d.At, d.Data, func(t *table.Table, r table.Row) error {
		if t.Name != w.chosen.of.Name {
			return nil
		}
		return w.rows.Write(w.chosen.row(r))
	})
}

func (w *writer) close() error {
	if w.rows == nil {
		return nil
	}
	return w.rows.Close()
}

// names tells whether a list of tags has this one, or "*" (RFC 9110, 13.1): strongly, where nothing weak is equal to anything, or weakly.
func names(have []string, tag string, weakly bool) bool {
	for _, line := range have {
		for _, one := range splitList(line) {
			if one = strings.TrimSpace(one); weakly {
				one = strings.TrimPrefix(one, "W/")
			}
			if one == "*" || one == tag {
				return true
			}
		}
	}
	return false
}
