package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"daybook.internal/api/tabular"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// tablesOf are the tables of all views.
func tablesOf() (*tabular.Tables, error) {
	var views []tabular.View
	for _, v := range projections.All() {
		views = append(views, tabular.View{Name: v.Name, About: v.About, Version: v.Version, Doc: v.Doc()})
	}
	for _, v := range measures.All() {
		views = append(views, tabular.View{Name: v.Name, About: v.About, Version: v.Version, Doc: v.Doc()})
	}
	return tabular.New(views, tabular.Limits{})
}

// asTable answers with a view, or with one document of it, as CSV, NDJSON or Parquet where that is asked for. Where JSON is, it answers nothing, done is false, and as has what was asked besides.
func (s *server) asTable(w http.ResponseWriter, r *http.Request, view string, open func(context.Context) (tabular.Snapshot, error)) (as tabular.Asked, done bool) {
	w.Header().Add("Vary", "Accept")
	accept := r.Header["Accept"]
	if r.URL.RawQuery == "" && (len(accept) == 0 || len(accept) == 1 && (accept[0] == "*/*" || accept[0] == "application/json")) {
		return tabular.Asked{Format: tabular.JSON}, false
	}
	as, err := tabular.Parse(accept, r.URL.Query())
	if err == nil && as.Format == tabular.JSON {
		return as, false
	}
	if err == nil {
		err = s.tables.Serve(w, r, as, view, open)
	}
	if err != nil {
		s.problem(w, r, tableProblem(err))
	}
	return as, true
}

func tableProblem(err error) error {
	var query *tabular.QueryError
	switch {
	case errors.Is(err, tabular.ErrNotAcceptable):
		return &problemError{http.StatusNotAcceptable, "not-acceptable", err.Error()}
	case errors.As(err, &query):
		return &problemError{http.StatusBadRequest, "bad-request", query.Error()}
	case errors.Is(err, tabular.ErrTooLarge):
		return &problemError{http.StatusUnprocessableEntity, "answer-too-large", err.Error()}
	case errors.Is(err, tabular.ErrMoved):
		return errMoved
	case errors.Is(err, tabular.ErrOther):
		return &problemError{http.StatusPreconditionFailed, "precondition-failed", err.Error()}
	}
	return err
}

// wholeOf is what a list asks for without its pages.
func (s *server) wholeOf(v *aView, q asked) func(context.Context) (tabular.Snapshot, error) {
	return func(ctx context.Context) (shot tabular.Snapshot, err error) {
		shot = tabular.Snapshot{Version: v.version, AtOnce: v.stored != nil}
		var all iter.Seq2[keyed, error]
		page := viewAnswer{Version: v.version}
		switch {
		case q.at != nil:
			page.Position, shot.AtOnce = *q.at, true
			all, err = s.documentsAt(ctx, v, *q.at, "")
		case v.stored != nil:
			all, err = s.storedNow(ctx, v, &page, asked{limit: -1})
		default:
			all, err = s.measuredNow(ctx, v, &page, "")
		}
		if err != nil {
			return shot, err
		}
		shot.Version, shot.Position = page.Version, page.Position
		if q.country != "" {
			shot.Subset = "country " + q.country
		}
		shot.Documents = func(yield func(tabular.Document, error) bool) {
			for d, err := range all {
				if errors.Is(err, errMoved) {
					err = tabular.ErrMoved
				}
				if err == nil && !isOf(d.Data, q.country) {
					continue
				}
				if !yield(tabular.Document{Key: d.key, At: d.At, Data: d.Data}, err) || err != nil {
					return
				}
			}
		}
		return shot, nil
	}
}

// oneDocument is a document alone, as the headers of its JSON say which it is: "version-at" and the position.
func (s *server) oneDocument(h http.Header, key string, data []byte) func(context.Context) (tabular.Snapshot, error) {
	return func(context.Context) (tabular.Snapshot, error) {
		var version int
		var at, position uint64
		_, err := fmt.Sscanf(h.Get("ETag"), "\"%d-%d\"", &version, &at)
		if err == nil {
			_, err = fmt.Sscan(h.Get("Ledger-Position"), &position)
		}
		return tabular.Snapshot{Version: version, Position: position, AtOnce: true, Subset: "document " + key, Documents: func(yield func(tabular.Document, error) bool) {
			yield(tabular.Document{Key: key, At: at, Data: data}, nil)
		}}, err
	}
}
