package api

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"daybook.internal/api/wire"
)

// keptPages are the tags of pages that were read lately. A page follows from the question and the place that its view reflects, so while the view has not moved on, a client that has the page
// is told so without a look at its documents. The tag itself says nothing of the place: behind events that change none of its documents, the page is read once and has its tag again.
type keptPages struct {
	mu   sync.Mutex
	tags map[string]keptPage
}

type keptPage struct {
	version  int
	position uint64
	tag      string
	next     string // the address of the next page; empty on the last one
}

// mostPages bounds what questions of strangers can make the server keep: some hundred bytes each.
const mostPages = 4096

func (k *keptPages) keep(question string, p keptPage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, has := k.tags[question]; !has && len(k.tags) >= mostPages || k.tags == nil {
		k.tags = map[string]keptPage{}
	}
	k.tags[question] = p
}

func (k *keptPages) of(question string) (keptPage, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.tags[question]
	return p, ok
}

// question is what a page follows from, besides the place of the view.
func (q asked) question(v *aView) string {
	at := "now"
	if q.at != nil {
		at = fmt.Sprint(*q.at)
	}
	return fmt.Sprintf("%s %q %d %s %d %q %q", v.name, q.after, q.began, at, q.limit, q.country, q.fields)
}

// knownPage answers a request with conditions from what is kept, and tells whether it did: where the view is still where it was when the page was read.
func (s *server) knownPage(w http.ResponseWriter, r *http.Request, v *aView, q asked) bool {
	if len(r.Header["If-None-Match"]) == 0 {
		return false
	}
	p, ok := s.kept.of(q.question(v))
	if !ok {
		return false
	}
	version, at, err := s.placeOf(r.Context(), v, q)
	if err != nil || version != p.version || at != p.position || !wire.NamesTag(r.Header["If-None-Match"], p.tag, true) {
		return false // it is read, and what is wrong is told then
	}
	position(w, p.position)
	if p.next != "" {
		linkNext(w, p.next)
	}
	return s.settled(w, r, p.tag)
}

// placeOf is the version of a view and the place in the ledger that a list of it reflects, were it read now.
func (s *server) placeOf(ctx context.Context, v *aView, q asked) (version int, at uint64, err error) {
	switch {
	case q.at != nil:
		return v.version, *q.at, nil
	case v.stored != nil:
		served, place, _, err := s.Store.Served(ctx, v.name)
		return served.Version, place.Seq, err
	case s.Measures == nil:
		return 0, 0, errNoMeasures
	}
	return v.version, s.Measures.Position(), nil
}
