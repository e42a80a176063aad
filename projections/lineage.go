package projections

import "daybook.internal/domain"

// LineageDoc is one node of the graph of sources: what it stands on, and what stands on it. Whoever walks it in both directions sees how a
// recommendation emerged and what became of a statement.
type LineageDoc struct {
	Stream  domain.StreamID `json:"stream"`
	Sources []domain.Source `json:"sources"`
	UsedBy  []Use           `json:"usedBy"`
	Links   []Link          `json:"links"`
}

// Use says that a recommendation stands on the node, in a role.
type Use struct {
	By   domain.StreamID   `json:"by"`
	Role domain.SourceRole `json:"role"`
}

// Link is a statement's relation to another one, seen from either of them.
type Link struct {
	From     domain.StreamID          `json:"from"`
	Relation domain.StatementRelation `json:"relation"`
	To       domain.StreamID          `json:"to"`
}

// Lineage has a document for every stream that stands on another or under one, by its name.
var Lineage = Of("lineage", 1, "what one stream stands on and what stands on it; key: the stream's name",
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			to = append(to, string(f.Stream))
			for _, s := range e.Sources {
				to = appendNew(to, string(s.Ref.Stream))
			}
		case domain.StatementLinked:
			to = appendNew(append(to, string(f.Stream)), string(e.Target.Stream))
		}
		return to
	},
	func(d *LineageDoc, key string, f *Fact) {
		if d.Stream == "" {
			*d = LineageDoc{Stream: domain.StreamID(key), Sources: []domain.Source{}, UsedBy: []Use{}, Links: []Link{}}
		}
		switch e := f.Event.(type) {
		case domain.RecommendationDrafted:
			if d.Stream == f.Stream {
				d.Sources = e.Sources
			}
			for _, s := range e.Sources {
				if s.Ref.Stream == d.Stream {
					d.UsedBy = append(d.UsedBy, Use{f.Stream, s.Role})
				}
			}
		case domain.StatementLinked:
			d.Links = append(d.Links, Link{f.Stream, e.Relation, e.Target.Stream})
		}
	})

func appendNew(to []string, s string) []string {
	for _, have := range to {
		if have == s {
			return to
		}
	}
	return append(to, s)
}
