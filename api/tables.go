package api

import (
	"context"
	"errors"
	"fmt"
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

// asTable answers with a view, or with one document of it, as CSV, NDJSON or Parquet where that is asked for. It is false where JSON is.
func (s *server) asTable(w http.ResponseWriter, r *http.Request, view string, open func(context.Context) (tabular.Snapshot, error)) bool {
	w.Header().Add("Vary", "Accept")
	asked, err := tabular.Parse(r.Header.Values("Accept"), r.URL.Query())
	if err == nil && asked.Format == tabular.JSON {
		return false
	}
	if err == nil {
		err = s.tables.Serve(w, r, asked, view, open)
	}
	if err != nil {
		s.problem(w, r, tableProblem(err))
	}
	return true
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
	}
	return err
}

// wholeView is a view of projections as it is served now.
func (s *server) wholeView(view projections.View) func(context.Context) (tabular.Snapshot, error) {
	return func(ctx context.Context) (tabular.Snapshot, error) {
		served, at, _, err := s.Store.Served(ctx, view.Name)
		if err != nil {
			return tabular.Snapshot{}, err
		}
		return tabular.Snapshot{Version: served.Version, Position: at.Seq, AtOnce: true, Documents: func(yield func(tabular.Document, error) bool) {
			for d, err := range s.Store.List(ctx, view.Name, "", 0) {
				if err == nil && d.Version != served.Version {
					err = tabular.ErrMoved
				}
				if !yield(tabular.Document{Key: d.Key, At: d.At, Data: d.Data}, err) || err != nil {
					return
				}
			}
		}}, nil
	}
}

// wholeMeasure is a view of measures as it is now. Its documents are computed one by one, so there may be a later one among them.
func (s *server) wholeMeasure(v measures.View) func(context.Context) (tabular.Snapshot, error) {
	return func(ctx context.Context) (tabular.Snapshot, error) {
		if s.Measures == nil {
			return tabular.Snapshot{}, errNoMeasures
		}
		keys, at, err := s.Measures.Keys(v)
		if err != nil {
			return tabular.Snapshot{}, err
		}
		return tabular.Snapshot{Version: v.Version, Position: at, Documents: func(yield func(tabular.Document, error) bool) {
			for _, key := range keys {
				d, _, err := s.Measures.Get(ctx, v, key)
				if !yield(tabular.Document{Key: key, At: d.At, Data: d.Data}, err) || err != nil {
					return
				}
			}
		}}, nil
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
