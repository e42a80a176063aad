package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
)

type viewAnswer struct {
	View     string `json:"view"`
	Version  int    `json:"version"`
	Position uint64 `json:"position"`
	About    string `json:"about"`
}

type viewsAnswer struct {
	Views    []viewAnswer `json:"views"`
	Measures []viewAnswer `json:"measures"`
}

func (s *server) listViews(w http.ResponseWriter, r *http.Request) {
	answer := viewsAnswer{Views: []viewAnswer{}, Measures: []viewAnswer{}} // apart: measures follow from the documents of views and are not compared one by one
	for _, v := range projections.All() {
		served, at, ok, err := s.Store.Served(r.Context(), v.Name)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if ok {
			answer.Views = append(answer.Views, viewAnswer{v.Name, served.Version, at.Seq, v.About})
		}
	}
	if s.Measures != nil {
		at := s.Measures.Position()
		for _, v := range measures.All() {
			answer.Measures = append(answer.Measures, viewAnswer{v.Name, v.Version, at, v.About})
		}
	}
	w.Header().Set("Cache-Control", cacheNow)
	s.writeJSON(w, r, http.StatusOK, answer)
}

// noSuchView answers for addresses of views that there are not.
func (s *server) noSuchView(w http.ResponseWriter, r *http.Request) {
	s.problem(w, r, noView(chi.URLParam(r, "view")))
}

// getDocument answers with the very bytes of a document: as it is served, or with ?at=N as it was after the first N records. ?words=true puts a
// statement's words beside it, with the opening that ties them to the record.
func (s *server) getDocument(v *aView) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key, err := keyOf(r)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		query := r.URL.Query()
		data, tag, err := s.document(r.Context(), w, v, key, query.Get("at"))
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if query.Get("words") == "true" {
			s.withWords(w, r, data)
			return
		}
		w.Header().Set("ETag", tag) // tables have their own
		asked, done := s.asTable(w, r, v.name, s.oneDocument(w.Header(), key, data))
		if done || s.settled(w, r, tag) {
			return
		}
		if asked.Fields != nil {
			fields, err := v.fieldsAsked(query.Get("fields"))
			if err == nil {
				data, err = pick(data, fields)
			}
			if err != nil {
				s.problem(w, r, err)
				return
			}
		}
		w.Header()["Content-Type"] = jsonType
		_, _ = w.Write(data)
	}
}

// jsonType is a value of Content-Type, which nobody changes.
var jsonType = []string{"application/json"}

// document gives one document and its tag, and puts into the headers which place in the ledger it is of and how long it may be kept.
func (s *server) document(ctx context.Context, w http.ResponseWriter, v *aView, key, at string) ([]byte, string, error) {
	switch {
	case at != "" && v.stored != nil:
		return s.documentAt(ctx, w, *v.stored, key, at)
	case v.stored != nil:
		return s.documentNow(ctx, w, *v.stored, key)
	case at != "":
		return s.measureAt(ctx, w, *v.measured, key, at)
	}
	return s.measureNow(ctx, w, *v.measured, key)
}

func (s *server) documentNow(ctx context.Context, w http.ResponseWriter, view projections.View, key string) ([]byte, string, error) {
	_, at, _, err := s.Store.Served(ctx, view.Name)
	if err != nil {
		return nil, "", err
	}
	d, err := s.Store.Get(ctx, projections.Ref{View: view.Name, Key: key})
	if err != nil {
		return nil, "", err
	}
	position(w, max(at.Seq, d.At))
	w.Header().Set("Cache-Control", cacheNow)
	return d.Data, etag(d.Version, d.At), nil
}

func (s *server) documentAt(ctx context.Context, w http.ResponseWriter, view projections.View, key, at string) ([]byte, string, error) {
	n, err := atOf(at)
	if err == nil {
		err = s.pointAtProof(ctx, w, view, key, n)
	}
	if err != nil {
		return nil, "", err
	}
	done, err := s.rebuilding(ctx)
	if err != nil {
		return nil, "", err
	}
	defer done()
	doc, err := replay.Document(ctx, replay.Records(ctx, s.Service.Ledger), view, key, n)
	if err != nil {
		return nil, "", err
	}
	position(w, n)
	w.Header().Set("Cache-Control", cacheForEver)
	return doc.Data, etag(view.Version, doc.At), nil
}

func (s *server) measureNow(ctx context.Context, w http.ResponseWriter, v measures.View, key string) ([]byte, string, error) {
	if s.Measures == nil {
		return nil, "", errNoMeasures
	}
	d, head, err := s.Measures.Get(ctx, v, key)
	if err != nil {
		return nil, "", noMeasure(err, v, key)
	}
	position(w, head)
	w.Header().Set("Cache-Control", cacheNow)
	return d.Data, etag(v.Version, d.At), nil
}

func (s *server) measureAt(ctx context.Context, w http.ResponseWriter, v measures.View, key, at string) ([]byte, string, error) {
	n, err := atOf(at)
	if err != nil {
		return nil, "", err
	}
	done, err := s.rebuilding(ctx)
	if err != nil {
		return nil, "", err
	}
	defer done()
	state, err := live.At(ctx, s.Service.Ledger, n, nil)
	if err != nil {
		return nil, "", err
	}
	d, err := v.Compute(state, key, func(int, int) error { return ctx.Err() })
	if err != nil {
		return nil, "", noMeasure(err, v, key)
	}
	position(w, n)
	w.Header().Set("Cache-Control", cacheForEver)
	return d.Data, etag(v.Version, d.At), nil
}

var errNoMeasures = &problemError{http.StatusNotFound, "not-found", "this server computes no measures; daybook view get does"}

func noMeasure(err error, v measures.View, key string) error {
	if errors.Is(err, measures.ErrNoDocument) {
		return fmt.Errorf("%w: view %s has no document %q", replay.ErrNotFound, v.Name, key)
	}
	return err
}

// keyOf is the rest of the path, decoded once: chi hands it out as it was sent where net/http has kept that.
func keyOf(r *http.Request) (string, error) {
	key := chi.URLParam(r, "*")
	if r.URL.RawPath == "" {
		return key, nil
	}
	key, err := url.PathUnescape(key)
	if err != nil {
		return "", &problemError{http.StatusBadRequest, "bad-request", "the key is not percent-encoded as it should be"}
	}
	return key, nil
}

func noView(name string) error {
	return &problemError{http.StatusNotFound, "not-found", fmt.Sprintf("there is no view %q; GET /v1/views lists them", name)}
}

func limitOf(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return 50, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxLimit {
		return 0, &problemError{http.StatusBadRequest, "bad-request", fmt.Sprintf("limit is a number from 1 to %d", MaxLimit)}
	}
	return n, nil
}
