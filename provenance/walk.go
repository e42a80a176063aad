package provenance

import (
	"fmt"

	"daybook.internal/domain"
)

// reached are the versions in a graph, each once, nearest to the recommendation first. cut says that there are more.
type reached struct {
	order []domain.Ref
	in    map[domain.Ref]bool
	limit int
	cut   bool
}

// add takes in a version, unless it is there or there is no more room. A record with a circle, which no ledger of ours holds, ends here too.
func (r *reached) add(v domain.Ref) {
	switch {
	case r.in[v]:
	case len(r.order) == r.limit:
		r.cut = true
	default:
		r.in[v] = true
		r.order = append(r.order, v)
	}
}

// reach walks from all versions of a recommendation.
func (x *Index) reach(q Query) (*reached, error) {
	own := x.before(domain.RecommendationStream(q.Recommendation), q.At)
	if own.Version == 0 {
		return nil, fmt.Errorf("%w: %s was not drafted within the first %d records", ErrNotFound, q.Recommendation, min(q.At, x.size))
	}
	walks := map[Direction][]func(domain.Ref, *reached, uint64){Back: {x.back}, Forward: {x.forward}, Both: {x.back, x.forward}}[q.Direction]
	all := &reached{in: map[domain.Ref]bool{}, limit: q.Limit}
	orders, longest := make([][]domain.Ref, len(walks)), 0
	for n, step := range walks {
		r := &reached{in: map[domain.Ref]bool{}, limit: q.Limit}
		for v := own.Version; v > 0; v-- {
			r.add(domain.Ref{Stream: own.Stream, Version: v})
		}
		for i := 0; i < len(r.order); i++ {
			step(r.order[i], r, q.At)
		}
		orders[n], longest, all.cut = r.order, max(longest, len(r.order)), all.cut || r.cut
	}
	for i := range longest { // near ones first, of either direction
		for _, order := range orders {
			if i < len(order) {
				all.add(order[i])
			}
		}
	}
	return all, nil
}

// back adds what a version comes from: the version before it, and what its event cites.
func (x *Index) back(v domain.Ref, to *reached, at uint64) {
	f := x.fact(v, at)
	if f == nil {
		return
	}
	if v.Version > 1 {
		to.add(domain.Ref{Stream: v.Stream, Version: v.Version - 1})
	}
	for _, c := range x.cites(f) {
		if c.back && x.fact(c.Ref, f.Seq) != nil {
			to.add(c.Ref)
		}
	}
	if r, ok := x.importOf(f); ok {
		to.add(r)
	}
}

// forward adds what came of a version: the next one, and what cites it.
func (x *Index) forward(v domain.Ref, to *reached, at uint64) {
	if next := (domain.Ref{Stream: v.Stream, Version: v.Version + 1}); x.fact(next, at) != nil {
		to.add(next)
	}
	for _, by := range x.citing[v] {
		if x.fact(by, at) != nil && !x.embargoed(by.Stream, at) {
			to.add(by)
		}
	}
}
