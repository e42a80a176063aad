package projections

import (
	"slices"

	"daybook.internal/domain"
)

// LineageDoc is one node of the graph of sources: what it stands on now, and what stands on it. A node is a recommendation, a statement, the worksheets
// of a table, the tallies of a session or a coding. Whoever walks it in both directions sees how a recommendation emerged and what became of what
// somebody said.
type LineageDoc struct {
	Stream       domain.StreamID `json:"stream"`
	Sources      []domain.Source `json:"sources"`
	UsedBy       []Use           `json:"usedBy"`
	Links        []Link          `json:"links"`
	SupersededBy []Successor     `json:"supersededBy"` // what stands in its place
	Supersedes   []Predecessor   `json:"supersedes"`   // in whose place it stands
}

// Use says that a recommendation stands on the node as it was at a version, in a role.
type Use struct {
	By      domain.StreamID   `json:"by"`
	Version uint64            `json:"version"`
	Role    domain.SourceRole `json:"role"`
}

// Link is a statement's relation to another one, seen from either of them.
type Link struct {
	From     domain.StreamID          `json:"from"`
	Relation domain.StatementRelation `json:"relation"`
	To       domain.StreamID          `json:"to"`
}

// Successor stands in place of a recommendation.
type Successor struct {
	By       domain.StreamID     `json:"by"`
	Relation domain.Supersession `json:"relation"`
}

// Predecessor is a recommendation in whose place another one stands.
type Predecessor struct {
	Of       domain.StreamID     `json:"of"`
	Relation domain.Supersession `json:"relation"`
}

// Lineage has a document for every stream that stands on another or under one, by its name.
var Lineage = public(Of("lineage", 2, "what one stream stands on and what stands on it; key: the stream's name",
	on(domain.RecommendationDrafted{}, domain.RecommendationRevised{}, domain.RecommendationSuperseded{}, domain.StatementLinked{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			to = append(to, string(f.Stream))
			to = appendSources(to, e.Sources)
		case domain.RecommendationRevised:
			to = append(to, string(f.Stream))
			to = appendSources(appendSources(to, e.SourcesAdded), e.SourcesRemoved)
		case domain.RecommendationSuperseded:
			to = append(to, string(f.Stream))
			for _, id := range e.By {
				to = appendNew(to, string(domain.RecommendationStream(id)))
			}
		case domain.StatementLinked:
			to = appendNew(append(to, string(f.Stream)), string(e.Target.Stream))
		}
		return to
	},
	func(d *LineageDoc, key string, f *Fact) {
		if d.Stream == "" {
			*d = LineageDoc{
				Stream: domain.StreamID(key), Sources: []domain.Source{}, UsedBy: []Use{}, Links: []Link{}, SupersededBy: []Successor{}, Supersedes: []Predecessor{},
			}
		}
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			if d.Stream == f.Stream {
				d.Sources = e.Sources
			}
			d.use(f.Stream, e.Sources)
		case domain.RecommendationRevised:
			if d.Stream == f.Stream {
				d.Sources = e.After(d.Sources)
			}
			for _, s := range e.SourcesRemoved {
				if s.Ref.Stream == d.Stream {
					gone := Use{f.Stream, s.Ref.Version, s.Role}
					d.UsedBy = slices.DeleteFunc(d.UsedBy, func(u Use) bool { return u == gone })
				}
			}
			d.use(f.Stream, e.SourcesAdded)
		case domain.RecommendationSuperseded:
			for _, id := range e.By {
				by := domain.RecommendationStream(id)
				if d.Stream == f.Stream {
					d.SupersededBy = append(d.SupersededBy, Successor{by, e.Relation})
				}
				if d.Stream == by {
					d.Supersedes = append(d.Supersedes, Predecessor{f.Stream, e.Relation})
				}
			}
		case domain.StatementLinked:
			d.Links = append(d.Links, Link{f.Stream, e.Relation, e.Target.Stream})
		}
	}))

// use notes the sources of by that are this node.
func (d *LineageDoc) use(by domain.StreamID, sources []domain.Source) {
	for _, s := range sources {
		if s.Ref.Stream == d.Stream {
			d.UsedBy = append(d.UsedBy, Use{by, s.Ref.Version, s.Role})
		}
	}
}

func appendSources(to []string, sources []domain.Source) []string {
	for _, s := range sources {
		to = appendNew(to, string(s.Ref.Stream))
	}
	return to
}

func appendNew(to []string, s string) []string {
	for _, have := range to {
		if have == s {
			return to
		}
	}
	return append(to, s)
}
