package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"daybook.internal/projections"
	"daybook.internal/projections/measures"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
)

var errNoMeasures = &problemError{http.StatusNotFound, "not-found", "this server computes no measures; daybook view get does"}

// measurePage lists documents of a measure as of one place in the ledger. They are computed one by one, so a page in which there is a later one is errMoved.
func (s *server) measurePage(ctx context.Context, v measures.View, after string, limit int) (pageAnswer, error) {
	if s.Measures == nil {
		return pageAnswer{}, errNoMeasures
	}
	keys, at, err := s.Measures.Keys(v)
	if err != nil {
		return pageAnswer{}, err
	}
	page := pageAnswer{viewAnswer{v.Name, v.Version, at, v.About}, []documentAnswer{}, ""}
	from := 0
	if after != "" {
		if from = slices.Index(keys, after) + 1; from == 0 {
			return pageAnswer{}, fmt.Errorf("%w: view %s has no document %q to go on after", replay.ErrNotFound, v.Name, after)
		}
	}
	for n, key := range keys[from:] {
		if n == limit {
			page.Next = fmt.Sprintf("/v1/views/%s?after=%s&limit=%d", v.Name, url.QueryEscape(keys[from+n-1]), limit)
			break
		}
		d, _, err := s.Measures.Get(ctx, v, key)
		if err != nil {
			return pageAnswer{}, err
		}
		if d.At > at {
			return pageAnswer{}, errMoved
		}
		page.Documents = append(page.Documents, documentAnswer{key, d.At, d.Data})
	}
	return page, nil
}

// measure gives one document of a measure: of now, or as it was after the first records.
func (s *server) measure(ctx context.Context, w http.ResponseWriter, v measures.View, key, at string) ([]byte, error) {
	if at == "" {
		if s.Measures == nil {
			return nil, errNoMeasures
		}
		d, head, err := s.Measures.Get(ctx, v, key)
		if err != nil {
			return nil, noMeasure(err, v, key)
		}
		position(w, head)
		w.Header().Set("ETag", etag(v.Version, d.At))
		w.Header().Set("Cache-Control", "no-cache")
		return d.Data, nil
	}
	n, err := atOf(at)
	if err != nil {
		return nil, err
	}
	select {
	case s.rebuilds <- struct{}{}:
		defer func() { <-s.rebuilds }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	state, err := live.At(ctx, s.Service.Ledger, n, nil)
	if err != nil {
		return nil, err
	}
	d, err := v.Compute(state, key, func(int, int) error { return ctx.Err() })
	if err != nil {
		return nil, noMeasure(err, v, key)
	}
	position(w, n)
	w.Header().Set("ETag", etag(v.Version, d.At))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return d.Data, nil
}

func noMeasure(err error, v measures.View, key string) error {
	if errors.Is(err, measures.ErrNoDocument) {
		return fmt.Errorf("%w: view %s has no document %q", replay.ErrNotFound, v.Name, key)
	}
	return err
}

// viewNamed finds a view of projections or of measures; both are nil where there is none.
func viewNamed(name string) (*projections.View, *measures.View) {
	if v, ok := projections.ByName(name); ok {
		return &v, nil
	}
	if v, ok := measures.ByName(name); ok {
		return nil, &v
	}
	return nil, nil
}
