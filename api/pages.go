package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"daybook.internal/api/wire"
	"daybook.internal/replay"
)

type documentAnswer struct {
	Key      string          `json:"key"`
	At       uint64          `json:"at"`
	Document json.RawMessage `json:"document"`
}

type pageAnswer struct {
	viewAnswer
	Began     uint64           `json:"began,omitempty"`
	Documents []documentAnswer `json:"documents"`
	Next      string           `json:"next,omitempty"`
}

// asked is what a request asks of a list.
type asked struct {
	after   string // a key
	began   uint64 // where a list that goes on was begun; 0 for one that begins
	at      *uint64
	limit   int
	country string
	fields  []string
}

var errMoved = &problemError{http.StatusServiceUnavailable, "moving", "the view moves on too fast to be listed at one place; try again"}

// listDocuments pages through a view by key.
func (s *server) listDocuments(v *aView) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := askedOf(r, v)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if q.at != nil {
			w.Header().Set("Cache-Control", cacheForEver)
		} else {
			w.Header().Set("Cache-Control", cacheNow)
		}
		as, done := s.asTable(w, r, v.name, s.wholeOf(v, q))
		if done {
			return
		}
		if as.Fields != nil {
			if q.fields, err = v.fieldsAsked(r.URL.Query().Get("fields")); err != nil {
				s.problem(w, r, err)
				return
			}
		}
		question := q.question(v)
		if s.knownPage(w, r, v, q) {
			return
		}
		page, last, err := s.page(r.Context(), v, q)
		for again := 0; errors.Is(err, errMoved) && again < 10; again++ {
			page, last, err = s.page(r.Context(), v, q)
		}
		if err != nil {
			s.problem(w, r, err)
			return
		}
		position(w, page.Position)
		if last != "" {
			if q.began == 0 {
				q.began = page.Position
			}
			page.Next = nextPage(r, v.path(), q.limit, wire.Cursor{View: v.name, Began: q.began, Key: last})
			linkNext(w, page.Next)
		}
		tag := page.tag()
		s.kept.keep(question, keptPage{page.Version, page.Position, tag, page.Next})
		if s.settled(w, r, tag) {
			return
		}
		s.writeJSON(w, r, http.StatusOK, page)
	}
}

func askedOf(r *http.Request, v *aView) (q asked, err error) {
	query := r.URL.Query()
	if q.limit, err = limitOf(r); err != nil {
		return q, err
	}
	if text := query.Get("at"); text != "" {
		n, err := atOf(text)
		if err != nil {
			return q, err
		}
		q.at = &n
	}
	q.after, q.country = query.Get("after"), query.Get("country")
	if text := query.Get("cursor"); text != "" {
		c, err := wire.ParseCursor(text, v.name)
		if err != nil {
			return q, &problemError{http.StatusBadRequest, "bad-request", err.Error()}
		}
		if q.after != "" {
			return q, &problemError{http.StatusBadRequest, "bad-request", "a list goes on after a key or at a cursor, not both"}
		}
		q.after, q.began = c.Key, c.Began
	}
	return q, nil
}

// page lists documents as of one place in the ledger, which it names: whoever replays up to there gets these bytes. last is the key behind which there are more, empty where there are none.
func (s *server) page(ctx context.Context, v *aView, q asked) (page pageAnswer, last string, err error) {
	page = pageAnswer{viewAnswer{v.name, v.version, 0, v.about}, q.began, []documentAnswer{}, ""}
	var all iter.Seq2[keyed, error]
	switch {
	case q.at != nil:
		page.Position = *q.at
		all, err = s.documentsAt(ctx, v, *q.at, q.after)
	case v.stored != nil:
		all, err = s.storedNow(ctx, v, &page.viewAnswer, q)
	default:
		all, err = s.measuredNow(ctx, v, &page.viewAnswer, q.after)
	}
	if err != nil {
		return pageAnswer{}, "", err
	}
	for d, err := range all {
		switch n := len(page.Documents); {
		case err != nil:
			return pageAnswer{}, "", err
		case d.At > page.Position:
			return pageAnswer{}, "", errMoved
		case !isOf(d.Data, q.country):
			continue
		case n == q.limit:
			return page, page.Documents[n-1].Key, nil
		}
		data, err := pick(d.Data, q.fields)
		if err != nil {
			return pageAnswer{}, "", err
		}
		page.Documents = append(page.Documents, documentAnswer{d.key, d.At, data})
	}
	return page, "", nil
}

// storedNow yields the documents of a stored view after a key. Store promises one place of each list, but not that it is the one that is served, so a page in which there is a later
// document is errMoved.
func (s *server) storedNow(ctx context.Context, v *aView, page *viewAnswer, q asked) (iter.Seq2[keyed, error], error) {
	served, at, _, err := s.Store.Served(ctx, v.name)
	if err != nil {
		return nil, err
	}
	page.Version, page.Position = served.Version, at.Seq
	most := q.limit + 1
	if q.country != "" {
		most = 0
	}
	return func(yield func(keyed, error) bool) {
		for d, err := range s.Store.List(ctx, v.name, q.after, most) {
			if err == nil && d.Version != served.Version {
				err = errMoved
			}
			if !yield(keyed{d.Key, d.Document}, err) || err != nil {
				return
			}
		}
	}, nil
}

// measuredNow yields the documents of a measure after a key. They are computed one by one, so a later one may be among them.
func (s *server) measuredNow(ctx context.Context, v *aView, page *viewAnswer, after string) (iter.Seq2[keyed, error], error) {
	if s.Measures == nil {
		return nil, errNoMeasures
	}
	keys, at, err := s.Measures.Keys(*v.measured)
	if err != nil {
		return nil, err
	}
	page.Position = at
	if keys, err = keysAfter(v, keys, after); err != nil {
		return nil, err
	}
	return func(yield func(keyed, error) bool) {
		for _, key := range keys {
			d, _, err := s.Measures.Get(ctx, *v.measured, key)
			if !yield(keyed{key, d}, err) || err != nil {
				return
			}
		}
	}, nil
}

func keysAfter(v *aView, keys []string, after string) ([]string, error) {
	if after == "" {
		return keys, nil
	}
	i := slices.Index(keys, after)
	if i < 0 {
		return nil, fmt.Errorf("%w: view %s has no document %q to go on after", replay.ErrNotFound, v.name, after)
	}
	return keys[i+1:], nil
}

// tag tells pages apart by the documents on them and the events that changed these last. It is weak: the place in the ledger that the page names besides moves on with every event.
func (p pageAnswer) tag() string {
	h, last := sha256.New(), uint64(0)
	for _, d := range p.Documents {
		last = max(last, d.At)
		_, _ = fmt.Fprintf(h, "%d %q ", d.At, d.Key)
	}
	_, _ = fmt.Fprint(h, p.Next != "")
	return fmt.Sprintf(`W/"%d-%d-%x"`, p.Version, last, h.Sum(nil)[:8])
}
