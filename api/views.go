package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"daybook.internal/api/tabular"
	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/replay"
	"daybook.internal/vault"
)

type viewAnswer struct {
	View     string `json:"view"`
	Version  int    `json:"version"`
	Position uint64 `json:"position"`
	About    string `json:"about"`
}

func (s *server) listViews(w http.ResponseWriter, r *http.Request) {
	answer := []viewAnswer{}
	for _, v := range projections.All() {
		served, at, ok, err := s.Store.Served(r.Context(), v.Name)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if ok {
			answer = append(answer, viewAnswer{v.Name, served.Version, at.Seq, v.About})
		}
	}
	computed := []viewAnswer{} // apart: their documents follow from those of the views and are not compared one by one
	if s.Measures != nil {
		at := s.Measures.Position()
		for _, v := range measures.All() {
			computed = append(computed, viewAnswer{v.Name, v.Version, at, v.About})
		}
	}
	s.writeJSON(w, r, http.StatusOK, map[string]any{"views": answer, "measures": computed})
}

type documentAnswer struct {
	Key      string          `json:"key"`
	At       uint64          `json:"at"`
	Document json.RawMessage `json:"document"`
}

// listDocuments pages through a view by key: ?after=KEY&limit=N.
func (s *server) listDocuments(w http.ResponseWriter, r *http.Request) {
	view, measure := viewNamed(chi.URLParam(r, "view"))
	if view == nil && measure == nil {
		s.problem(w, r, noView(chi.URLParam(r, "view")))
		return
	}
	var whole func(context.Context) (tabular.Snapshot, error)
	if measure != nil {
		whole = s.wholeMeasure(*measure)
	} else {
		whole = s.wholeView(*view)
	}
	if s.asTable(w, r, chi.URLParam(r, "view"), whole) {
		return
	}
	limit, err := limitOf(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	read := func() (pageAnswer, error) {
		if measure != nil {
			return s.measurePage(r.Context(), *measure, r.URL.Query().Get("after"), limit)
		}
		return s.page(r.Context(), *view, r.URL.Query().Get("after"), limit)
	}
	page, err := read()
	for again := 0; errors.Is(err, errMoved) && again < 10; again++ {
		page, err = read()
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	position(w, page.Position)
	s.writeJSON(w, r, http.StatusOK, page)
}

type pageAnswer struct {
	viewAnswer
	Documents []documentAnswer `json:"documents"`
	Next      string           `json:"next,omitempty"`
}

var errMoved = &problemError{http.StatusServiceUnavailable, "moving", "the view moves on too fast to be listed at one place; try again"}

// page lists documents as of one place in the ledger, which it names: whoever replays up to there gets these bytes. Store promises that of single
// documents only, so a page in which there is a later one is errMoved.
func (s *server) page(ctx context.Context, view projections.View, after string, limit int) (pageAnswer, error) {
	served, at, _, err := s.Store.Served(ctx, view.Name)
	if err != nil {
		return pageAnswer{}, err
	}
	page := pageAnswer{viewAnswer{view.Name, served.Version, at.Seq, view.About}, []documentAnswer{}, ""}
	for d, err := range s.Store.List(ctx, view.Name, after, limit+1) {
		switch n := len(page.Documents); {
		case err != nil:
			return pageAnswer{}, err
		case d.At > at.Seq || d.Version != served.Version:
			return pageAnswer{}, errMoved
		case n == limit:
			page.Next = fmt.Sprintf("/v1/views/%s?after=%s&limit=%d", view.Name, url.QueryEscape(page.Documents[n-1].Key), limit)
			return page, nil
		}
		page.Documents = append(page.Documents, documentAnswer{d.Key, d.At, d.Data})
	}
	return page, nil
}

// getDocument answers with the very bytes of a document: as it is served, or with ?at=N as it was after the first N records. ?words=true puts a
// statement's words beside it, with the opening that ties them to the record.
func (s *server) getDocument(w http.ResponseWriter, r *http.Request) {
	view, measure := viewNamed(chi.URLParam(r, "view"))
	if view == nil && measure == nil {
		s.problem(w, r, noView(chi.URLParam(r, "view")))
		return
	}
	key, err := keyOf(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	var data []byte
	switch at := r.URL.Query().Get("at"); {
	case measure != nil:
		data, err = s.measure(r.Context(), w, *measure, key, at)
	case at != "":
		data, err = s.documentAt(r.Context(), w, *view, key, at)
	default:
		data, err = s.documentNow(r.Context(), w, *view, key)
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	if r.URL.Query().Get("words") == "true" && view != nil && view.Name == projections.Statement.Name {
		w.Header().Del("ETag")
		s.withWords(w, r, data)
		return
	}
	if s.asTable(w, r, chi.URLParam(r, "view"), s.oneDocument(w.Header(), key, data)) {
		return
	}
	if isFresh(r.Header.Values("If-None-Match"), w.Header().Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

func (s *server) documentNow(ctx context.Context, w http.ResponseWriter, view projections.View, key string) ([]byte, error) {
	_, at, _, err := s.Store.Served(ctx, view.Name)
	if err != nil {
		return nil, err
	}
	d, err := s.Store.Get(ctx, projections.Ref{View: view.Name, Key: key})
	if err != nil {
		return nil, err
	}
	position(w, max(at.Seq, d.At))
	w.Header().Set("ETag", etag(d.Version, d.At))
	w.Header().Set("Cache-Control", "no-cache")
	return d.Data, nil
}

func (s *server) documentAt(ctx context.Context, w http.ResponseWriter, view projections.View, key, at string) ([]byte, error) {
	n, err := atOf(at)
	if err == nil {
		err = s.pointAtProof(ctx, w, view, key, n)
	}
	if err != nil {
		return nil, err
	}
	select {
	case s.rebuilds <- struct{}{}:
		defer func() { <-s.rebuilds }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	doc, err := replay.Document(ctx, replay.Records(ctx, s.Service.Ledger), view, key, n)
	if err != nil {
		return nil, err
	}
	position(w, n)
	w.Header().Set("ETag", etag(view.Version, doc.At))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return doc.Data, nil
}

func etag(version int, at uint64) string { return fmt.Sprintf(`"%d-%d"`, version, at) }

// isFresh compares as RFC 9110 13.1.2 says: any of a list, weak or strong, or "*".
func isFresh(have []string, tag string) bool {
	for _, list := range have {
		for one := range strings.SplitSeq(list, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// withWords joins the opening of a statement while the vault has it, unless moderation keeps the words back today.
func (s *server) withWords(w http.ResponseWriter, r *http.Request, data []byte) {
	var d projections.StatementDoc
	if err := json.Unmarshal(data, &d); err != nil {
		s.problem(w, r, err)
		return
	}
	answer := struct {
		Document json.RawMessage        `json:"document"`
		Words    *string                `json:"words"` // null: kept back, erased, or lost
		Salt     string                 `json:"salt,omitempty"`
		Withheld domain.StatementStatus `json:"withheld,omitempty"` // why they are kept back
		Erased   bool                   `json:"erased,omitempty"`   // the record declares it
	}{Document: data}
	w.Header().Set("Cache-Control", "no-store")
	withheld, err := s.withheld(r.Context(), d)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	if answer.Withheld = withheld; withheld != "" {
		s.writeJSON(w, r, http.StatusOK, answer)
		return
	}
	var event domain.EventID
	if err := event.UnmarshalText([]byte(d.Text.Event)); err != nil {
		s.problem(w, r, err)
		return
	}
	o, err := s.Service.Vault.Open(r.Context(), vault.Place{Event: event, Field: d.Text.Field})
	if err == nil && o.Commitment() != d.Text.Commitment {
		err = vault.ErrDamaged
	}
	switch {
	case err == nil:
		words := string(o.Words)
		answer.Words, answer.Salt = &words, domain.Digest(o.Salt).String()
	case errors.Is(err, vault.ErrNotFound):
		x, _, err := commands.Load[domain.Erasure](r.Context(), s.Service.Ledger, domain.ErasureStream(event, d.Text.Field))
		if err != nil {
			s.problem(w, r, err)
			return
		}
		answer.Erased = x.Erased() != nil
	default:
		s.problem(w, r, err)
		return
	}
	s.writeJSON(w, r, http.StatusOK, answer)
}

// withheld tells whether moderation keeps a statement's words back, whatever it was at the place that the reader asks about.
func (s *server) withheld(ctx context.Context, d projections.StatementDoc) (domain.StatementStatus, error) {
	now, err := s.Store.Get(ctx, projections.Ref{View: projections.Statement.Name, Key: projections.StatementKey(d.Conversation, d.Statement)})
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(now.Data, &d); err != nil {
		return "", err
	}
	switch {
	case d.Hidden > 0:
		return domain.Hidden, nil
	case d.Rejected > 0:
		return domain.Rejected, nil
	}
	return "", nil
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
