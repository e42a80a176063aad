package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/provenance"
	"daybook.internal/replay"
)

// MaxLineage is the most versions in a graph that is asked for over HTTP: some 10 MB.
const MaxLineage = provenance.DefaultLimit

// lineages keeps the index of graphs up with the ledger, as far as anybody asks for one. The first who asks waits until the ledger was read once.
type lineages struct {
	turn chan struct{} // of whoever reads the ledger
	last ledger.Cursor // of what was read; only who has the turn touches it

	mu    sync.RWMutex // guards index
	index *provenance.Index
}

func newLineages() *lineages {
	return &lineages{turn: make(chan struct{}, 1), index: provenance.NewIndex()}
}

// catchUp takes in what has come since. Whoever gives up leaves what was read to the next one.
func (l *lineages) catchUp(ctx context.Context, from ledger.Reader) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for e, err := range from.All(ctx, l.last) {
		if err != nil {
			return err
		}
		l.mu.Lock()
		err = l.index.Take(e.Record)
		l.mu.Unlock()
		if err != nil {
			return fmt.Errorf("lineage: %w", err)
		}
		l.last = e.Cursor
	}
	return nil
}

// graph answers a query, and says how many records of the ledger there are.
func (l *lineages) graph(q provenance.Query) (*provenance.Graph, uint64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	g, err := l.index.Graph(q)
	return g, l.index.Size(), err
}

// getProvenance answers with the lineage of a recommendation as PROV-JSON or as JSON-LD (docs/provenance.md).
func (s *server) getProvenance(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	kind, err := provenanceKind(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	q, err := provenanceQuery(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	if err := s.lineages.catchUp(r.Context(), s.Service.Ledger); err != nil {
		s.problem(w, r, err)
		return
	}
	g, size, err := s.lineages.graph(q)
	if timeless := q.At != replay.Head; timeless && q.At > size {
		err = replay.ErrBeyond
	} else if timeless {
		size = q.At
	}
	if err != nil {
		s.problem(w, r, provenanceProblem(err))
		return
	}
	write := g.ProvJSON
	if kind == provenance.MediaTypeJSONLD {
		write = g.JSONLD
	}
	doc, err := write()
	if err != nil {
		s.problem(w, r, err)
		return
	}
	position(w, size)
	w.Header().Set("Cache-Control", cacheNow)
	if q.At != replay.Head {
		w.Header().Set("Cache-Control", cacheForEver)
	}
	digest := sha256.Sum256(append([]byte(kind), doc...))
	if s.settled(w, r, fmt.Sprintf(`"%x"`, digest[:12])) {
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(doc)
}

func provenanceQuery(r *http.Request) (provenance.Query, error) {
	bad := func(detail string) error { return &problemError{http.StatusBadRequest, "bad-request", detail} }
	id, err := chi.URLParam(r, "id"), error(nil)
	if r.URL.RawPath != "" {
		if id, err = url.PathUnescape(id); err != nil {
			return provenance.Query{}, bad("the recommendation's id is not percent-encoded as it should be")
		}
	}
	q := provenance.Query{Recommendation: domain.RecommendationID(id), Direction: provenance.Both, At: replay.Head, Limit: MaxLineage}
	asked := r.URL.Query()
	if d := asked.Get("direction"); d != "" {
		q.Direction = provenance.Direction(d)
	}
	if text := asked.Get("limit"); text != "" {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > MaxLineage {
			return q, bad(fmt.Sprintf("limit is a number of versions from 1 to %d", MaxLineage))
		}
	}
	if err := q.Check(); err != nil {
		return q, bad(err.Error())
	}
	if at := asked.Get("at"); at != "" {
		q.At, err = atOf(at)
	}
	return q, err
}

func provenanceProblem(err error) error {
	if errors.Is(err, provenance.ErrNotFound) {
		return &problemError{http.StatusNotFound, "not-found", err.Error()}
	}
	return err
}

// provenanceKinds are the media types of lineages, the one that is given to who does not mind first.
var provenanceKinds = []string{jsonKind, provenance.MediaTypeProvJSON, provenance.MediaTypeJSONLD}

// provenanceKind is the media type that is asked for, by format=, or else by Accept (RFC 9110 12.5.1).
func provenanceKind(r *http.Request) (string, error) {
	switch format := r.URL.Query().Get("format"); format {
	case "":
	case "prov-json":
		return provenance.MediaTypeProvJSON, nil
	case "jsonld":
		return provenance.MediaTypeJSONLD, nil
	default:
		return "", &problemError{http.StatusBadRequest, "bad-request", "format is prov-json or jsonld"}
	}
	ranges := strings.FieldsFunc(strings.Join(r.Header.Values("Accept"), ","), func(c rune) bool { return c == ',' })
	if len(ranges) == 0 {
		return provenanceKinds[0], nil
	}
	best, most := "", 0.0
	for _, kind := range provenanceKinds {
		if q := qualityOf(kind, ranges); q > most {
			best, most = kind, q
		}
	}
	if best == "" {
		return "", &problemError{http.StatusNotAcceptable, "not-acceptable", "a lineage is there as " + strings.Join(provenanceKinds, ", ")}
	}
	return best, nil
}

// qualityOf is how welcome a media type is: what the most specific range says that has it.
func qualityOf(kind string, ranges []string) (quality float64) {
	from := 0
	for _, text := range ranges {
		name, params, err := mime.ParseMediaType(text)
		specific := means(name, kind)
		if err != nil || specific == 0 || specific < from {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil || !(q >= 0 && q <= 1) {
				continue
			}
		}
		if specific > from || q > quality {
			from, quality = specific, q
		}
	}
	return quality
}
