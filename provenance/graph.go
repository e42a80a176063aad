package provenance

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"daybook.internal/domain"
)

// A Graph is what an Index says about one recommendation. Every list stands in one order, whatever order the graph was walked in.
type Graph struct {
	Query
	Edition   domain.EditionID
	Position  uint64 // how many records of the ledger there were with the last one that is named: up to Query.At, later ones have changed nothing
	Versions  int    // entities that are versions of streams
	Truncated bool   // there are more than Query.Limit: the ones that are farthest away are missing

	Entities     []Node
	Activities   []Activity
	Agents       []Node
	Derivations  []Derivation
	Generations  []Generation
	Usages       []Usage
	Associations []Association
	Attributions []Attribution
	Delegations  []Delegation
}

type (
	// ID is a name with a prefix, as in Graph.Prefixes.
	ID string
	// Node is an entity or an agent. Event is that which made it; of an agent, the first one in the graph that it had to do with.
	Node struct {
		ID    ID
		Types []ID
		Event EventRef
		Attrs []Attr
		At    domain.Time // of an entity: when it came to be; 0 where that is not known
	}
	// EventRef is where an event stands in the record.
	EventRef struct {
		Seq uint64
		ID  domain.EventID
	}
	// Attr is one attribute: a string, an int, a uint64, a bool, or some strings.
	Attr struct {
		Name  string
		Value any
	}
	// Activity is what made entities. Started and Ended are 0 where the record does not say.
	Activity struct {
		Node
		Started, Ended domain.Time
		EndEvent       *EventRef // where it is another one than Event
	}
	// Derivation says that Generated comes from Used.
	Derivation struct {
		Generated, Used ID
		Kinds           []ID // of prov:Revision, prov:Quotation and prov:PrimarySource
		Role            domain.SourceRole
		Activity        ID
	}
	// Generation says what made an entity, and when; 0 where that is not known.
	Generation struct {
		Entity, Activity ID
		At               domain.Time
	}
	// Usage says what an activity looked at.
	Usage struct{ Activity, Entity ID }
	// Association says who had a part in an activity, and by which plan; empty without one.
	Association struct {
		Activity, Agent ID
		Role            domain.Role
		Plan            ID
	}
	// Attribution says whose an entity is.
	Attribution struct{ Entity, Agent ID }
	// Delegation says for whom an agent acts.
	Delegation struct{ Delegate, Responsible ID }
)

// Graph walks from a recommendation. Its errors are ErrNotFound, ErrOrder and those of a query that asks for what there is not.
func (x *Index) Graph(q Query) (*Graph, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	q.Limit, q.At = cmp.Or(q.Limit, DefaultLimit), min(q.At, x.size)
	found, err := x.reach(q)
	if err != nil {
		return nil, err
	}
	b := &builder{x: x, in: found.in, at: q.At, activities: map[ID]*Activity{}, agents: map[ID]*Node{}, frame: map[ID]bool{}}
	slices.SortFunc(found.order, func(a, c domain.Ref) int { return cmp.Compare(x.fact(a, q.At).Seq, x.fact(c, q.At).Seq) })
	for _, v := range found.order {
		if err := b.version(v); err != nil {
			return nil, err
		}
	}
	own := x.streams[domain.RecommendationStream(q.Recommendation)]
	b.g.Query, b.g.Edition, b.g.Versions, b.g.Truncated = q, own[0].Meta.Source, len(found.order), found.cut
	return b.done(&own[0]), nil
}

// builder makes a graph from versions that come in ledger order.
type builder struct {
	x          *Index
	in         map[domain.Ref]bool
	at         uint64
	g          Graph
	activities map[ID]*Activity
	agents     map[ID]*Node
	frame      map[ID]bool // plans and the like that are there
}

// version adds the entity that an event made, and all that the event says of it.
func (b *builder) version(v domain.Ref) error {
	f := b.x.fact(v, b.at)
	n := Node{ID: versionID(v), Event: EventRef{f.Seq, f.ID}, At: happened(f)}
	typ, data, err := domain.Encode(f.Event)
	if err != nil {
		return fmt.Errorf("record %d: %w", f.Seq, err)
	}
	n.attr("eventType", typ)
	n.attr("stream", string(v.Stream))
	n.attr("version", v.Version)
	n.attr("dataDigest", domain.Digest(sha256.Sum256(data)).String())
	if d, ok := b.x.dialogues[f.Meta.Dialogue]; ok && f.Meta.Dialogue != "" {
		n.attr("dialogue", string(f.Meta.Dialogue))
		n.attr("place", string(d.place))
	}
	b.describe(&n, f, data)
	act := b.activity(f)
	b.g.Generations = append(b.g.Generations, Generation{n.ID, act.ID, n.At})
	b.attribute(&n, f)
	if v.Version > 1 {
		b.derive(f, n.ID, domain.Ref{Stream: v.Stream, Version: v.Version - 1}, "", act.ID, "prov:Revision")
	}
	for _, c := range b.x.cites(f) {
		if c.Stream == v.Stream {
			continue
		}
		if of := b.x.fact(c.Ref, b.at); of != nil && of.Seq >= f.Seq {
			return fmt.Errorf("%w: record %d rests on record %d, which is not before it", ErrOrder, f.Seq, of.Seq)
		}
		kinds := []ID{}
		if c.role == domain.QuoteRole {
			kinds = append(kinds, "prov:Quotation")
		}
		if b.primary(c.Ref) {
			kinds = append(kinds, "prov:PrimarySource")
		}
		b.derive(f, n.ID, c.Ref, c.role, act.ID, kinds...)
	}
	if r, ok := b.x.importOf(f); ok && v.Version == 1 {
		b.derive(f, n.ID, r, "", act.ID, "prov:PrimarySource")
	}
	b.g.Entities = append(b.g.Entities, n)
	return nil
}

// derive says that an entity comes from a version, where that is in the graph, and that the activity looked at it.
func (b *builder) derive(f *domain.Fact, entity ID, from domain.Ref, role domain.SourceRole, act ID, kinds ...ID) {
	if !b.in[from] {
		return
	}
	b.g.Derivations = append(b.g.Derivations, Derivation{entity, versionID(from), kinds, role, act})
	if of := b.x.fact(from, b.at); of != nil && activityID(b.began(of)) != act { // what it made itself, it need not look up
		b.g.Usages = append(b.g.Usages, Usage{act, versionID(from)})
	}
}

// primary tells what somebody in a room said, wrote or answered: it does not come from other texts.
func (b *builder) primary(r domain.Ref) bool {
	f := b.x.fact(r, b.at)
	if f == nil {
		return false
	}
	switch f.Event.(type) {
	case domain.StatementPosted, domain.StatementModerated, domain.StatementLinked, domain.TableFormed, domain.TableOutputRecorded, domain.TallySheetRecorded, domain.TallyReconciled:
		return true
	}
	return false
}

// done puts everything in its order, and adds what the graph says of itself.
func (b *builder) done(own *domain.Fact) *Graph {
	g := &b.g
	for _, n := range g.Entities {
		g.Position = max(g.Position, n.Event.Seq+1)
	}
	for _, a := range b.activities {
		if a.EndEvent != nil {
			g.Position = max(g.Position, a.EndEvent.Seq+1)
		}
	}
	self := Node{ID: ID("view:" + domain.StreamName("provenance", string(g.Recommendation), string(g.Direction))), Types: []ID{"prov:Bundle", "db:Lineage"}, Event: EventRef{own.Seq, own.ID}}
	self.ID += ID(fmt.Sprintf("@%d", g.Position))
	self.attr("recommendation", string(g.Recommendation))
	self.attr("edition", string(g.Edition))
	self.attr("direction", string(g.Direction))
	self.attr("ledgerPosition", g.Position)
	self.attr("versions", g.Versions)
	self.attr("limit", g.Limit)
	self.attr("truncated", g.Truncated)
	g.Entities = append(g.Entities, self)
	for _, a := range b.activities {
		g.Activities = append(g.Activities, *a)
	}
	for _, a := range b.agents {
		g.Agents = append(g.Agents, *a)
	}
	slices.SortFunc(g.Entities, func(a, c Node) int { return cmp.Compare(a.ID, c.ID) })
	slices.SortFunc(g.Agents, func(a, c Node) int { return cmp.Compare(a.ID, c.ID) })
	slices.SortFunc(g.Activities, func(a, c Activity) int { return cmp.Compare(a.ID, c.ID) })
	slices.SortFunc(g.Derivations, func(a, c Derivation) int {
		return cmp.Or(cmp.Compare(a.Generated, c.Generated), cmp.Compare(a.Used, c.Used), cmp.Compare(a.Role, c.Role))
	})
	g.Generations = sorted(g.Generations, func(a, c Generation) int {
		return cmp.Or(cmp.Compare(a.Entity, c.Entity), cmp.Compare(a.Activity, c.Activity))
	})
	g.Usages = sorted(g.Usages, func(a, c Usage) int {
		return cmp.Or(cmp.Compare(a.Activity, c.Activity), cmp.Compare(a.Entity, c.Entity))
	})
	g.Associations = sorted(g.Associations, func(a, c Association) int {
		return cmp.Or(cmp.Compare(a.Activity, c.Activity), cmp.Compare(a.Agent, c.Agent), cmp.Compare(a.Role, c.Role))
	})
	g.Attributions = sorted(g.Attributions, func(a, c Attribution) int {
		return cmp.Or(cmp.Compare(a.Entity, c.Entity), cmp.Compare(a.Agent, c.Agent))
	})
	g.Delegations = sorted(g.Delegations, func(a, c Delegation) int {
		return cmp.Or(cmp.Compare(a.Delegate, c.Delegate), cmp.Compare(a.Responsible, c.Responsible))
	})
	return g
}

// sorted sorts, and keeps one of equals.
func sorted[T comparable](list []T, by func(a, b T) int) []T {
	slices.SortFunc(list, by)
	return slices.Compact(list)
}

func (n *Node) attr(name string, value any) { n.Attrs = append(n.Attrs, Attr{name, value}) }

func versionID(r domain.Ref) ID { return ID("st:" + r.String()) }

// happened is when something happened, as far as the record knows.
func happened(f *domain.Fact) domain.Time {
	if f.Meta.OccurredAt != 0 {
		return f.Meta.OccurredAt
	}
	return f.Meta.Time
}
