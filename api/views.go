package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"daybook.internal/domain"
	"daybook.internal/projections"
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
	writeJSON(w, http.StatusOK, map[string]any{"views": answer})
}

type documentAnswer struct {
	Key      string          `json:"key"`
	At       uint64          `json:"at"`
	Document json.RawMessage `json:"document"`
}

// listDocuments pages through a view by key: ?after=KEY&limit=N.
func (s *server) listDocuments(w http.ResponseWriter, r *http.Request) {
	view, ok := projections.ByName(chi.URLParam(r, "view"))
	if !ok {
		s.problem(w, r, noView(chi.URLParam(r, "view")))
		return
	}
	limit, err := limitOf(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	served, at, _, err := s.Store.Served(r.Context(), view.Name)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	answer := struct {
		viewAnswer
		Documents []documentAnswer `json:"documents"`
		Next      string           `json:"next,omitempty"`
	}{viewAnswer{view.Name, served.Version, at.Seq, view.About}, []documentAnswer{}, ""}
	for d, err := range s.Store.List(r.Context(), view.Name, r.URL.Query().Get("after"), limit+1) {
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if n := len(answer.Documents); n == limit {
			answer.Next = fmt.Sprintf("/v1/views/%s?after=%s&limit=%d", view.Name, url.QueryEscape(answer.Documents[n-1].Key), limit)
			break
		}
		answer.Documents = append(answer.Documents, documentAnswer{d.Key, d.At, d.Data})
	}
	position(w, at.Seq)
	writeJSON(w, http.StatusOK, answer)
}

// getDocument answers with the very bytes of a document: as it is served, or with ?at=N as it was after the first N records. ?words=true puts a
// statement's words beside it, with the opening that ties them to the record.
func (s *server) getDocument(w http.ResponseWriter, r *http.Request) {
	view, ok := projections.ByName(chi.URLParam(r, "view"))
	if !ok {
		s.problem(w, r, noView(chi.URLParam(r, "view")))
		return
	}
	key, err := keyOf(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	var data []byte
	if at := r.URL.Query().Get("at"); at != "" {
		data, err = s.documentAt(r.Context(), w, view, key, at)
	} else {
		data, err = s.documentNow(r.Context(), w, r, view, key)
	}
	switch {
	case err != nil:
		s.problem(w, r, err)
		return
	case data == nil: // not modified
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.URL.Query().Get("words") == "true" && view.Name == projections.Statement.Name {
		w.Header().Del("ETag")
		s.withWords(w, r, data)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

func (s *server) documentNow(ctx context.Context, w http.ResponseWriter, r *http.Request, view projections.View, key string) ([]byte, error) {
	_, at, _, err := s.Store.Served(ctx, view.Name)
	if err != nil {
		return nil, err
	}
	d, err := s.Store.Get(ctx, projections.Ref{View: view.Name, Key: key})
	if err != nil {
		return nil, err
	}
	position(w, max(at.Seq, d.At))
	tag := fmt.Sprintf("%q", fmt.Sprintf("%d-%d", d.Version, d.At))
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") == tag {
		return nil, nil
	}
	return d.Data, nil
}

func (s *server) documentAt(ctx context.Context, w http.ResponseWriter, view projections.View, key, at string) ([]byte, error) {
	n, err := strconv.ParseUint(at, 10, 63)
	if err != nil {
		return nil, &problemError{http.StatusBadRequest, "bad-request", "at is a number of records"}
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
	w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprintf("%d-%d", view.Version, doc.At)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return doc.Data, nil
}

// withWords joins the opening of a statement, while the vault has it.
func (s *server) withWords(w http.ResponseWriter, r *http.Request, data []byte) {
	var d projections.StatementDoc
	if err := json.Unmarshal(data, &d); err != nil {
		s.problem(w, r, err)
		return
	}
	answer := struct {
		Document json.RawMessage `json:"document"`
		Words    *string         `json:"words"` // null: there is no opening any more
		Salt     string          `json:"salt,omitempty"`
	}{Document: data}
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
	case !errors.Is(err, vault.ErrNotFound):
		s.problem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, answer)
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
