package provenance

import (
	"encoding/json"
	"slices"
)

// MediaTypeJSONLD is that of JSON-LD 1.1.
const MediaTypeJSONLD = "application/ld+json"

// JSONLD writes a graph as JSON-LD 1.1 in the terms of PROV-O (W3C Recommendation of 30 April 2013), as one line. The context stands in it: nothing is to be fetched.
func (g *Graph) JSONLD() ([]byte, error) {
	context := object{"@version": json.Number("1.1")}
	for _, p := range g.Prefixes() {
		context[p.Name] = p.Namespace
	}
	for _, name := range []string{
		"wasDerivedFrom", "wasRevisionOf", "wasQuotedFrom", "hadPrimarySource", "wasGeneratedBy", "used", "wasAssociatedWith", "wasAttributedTo", "actedOnBehalfOf",
		"entity", "agent", "hadActivity", "hadPlan", "hadRole",
	} {
		context[name] = object{"@id": "prov:" + name, "@type": "@id"}
	}
	for _, name := range []string{"qualifiedDerivation", "qualifiedAssociation"} {
		context[name] = "prov:" + name
	}
	for _, name := range []string{"startedAtTime", "endedAtTime", "generatedAtTime"} {
		context[name] = object{"@id": "prov:" + name, "@type": "xsd:dateTime"}
	}
	nodes, order := map[ID]object{}, []ID{}
	add := func(n *Node, class ID) {
		m := object{"@id": n.ID, "@type": append([]ID{class}, n.Types...)}
		if slices.Contains(n.Types, class) {
			m["@type"] = n.Types
		}
		n.members(m)
		nodes[n.ID], order = m, append(order, n.ID)
	}
	for i := range g.Entities {
		n := &g.Entities[i]
		add(n, "prov:Entity")
		if n.At != 0 {
			nodes[n.ID]["generatedAtTime"] = n.At
		}
	}
	for i := range g.Activities {
		a := &g.Activities[i]
		add(&a.Node, "prov:Activity")
		m := nodes[a.ID]
		a.end(m)
		if a.Started != 0 {
			m["startedAtTime"] = a.Started
		}
		if a.Ended != 0 {
			m["endedAtTime"] = a.Ended
		}
	}
	for i := range g.Agents {
		add(&g.Agents[i], "prov:Agent")
	}
	to := func(from ID, name string, id ID) {
		list, _ := nodes[from][name].([]ID)
		if !slices.Contains(list, id) {
			nodes[from][name] = append(list, id)
		}
	}
	qualify := func(from ID, name string, m object) {
		list, _ := nodes[from][name].([]object)
		nodes[from][name] = append(list, m)
	}
	for _, d := range g.Derivations {
		to(d.Generated, "wasDerivedFrom", d.Used)
		class := []ID{"prov:Derivation"}
		for _, kind := range d.Kinds {
			to(d.Generated, derivedBy[kind], d.Used)
			class = append(class, kind)
		}
		m := object{"@type": class, "entity": d.Used, "hadActivity": d.Activity}
		if d.Role != "" {
			m["db:role"] = d.Role
		}
		qualify(d.Generated, "qualifiedDerivation", m)
	}
	for _, r := range g.Generations {
		to(r.Entity, "wasGeneratedBy", r.Activity)
	}
	for _, r := range g.Usages {
		to(r.Activity, "used", r.Entity)
	}
	for _, r := range g.Associations {
		to(r.Activity, "wasAssociatedWith", r.Agent)
		m := object{"@type": "prov:Association", "agent": r.Agent, "hadRole": "db:" + r.Role}
		if r.Plan != "" {
			m["hadPlan"] = r.Plan
		}
		qualify(r.Activity, "qualifiedAssociation", m)
	}
	for _, r := range g.Attributions {
		to(r.Entity, "wasAttributedTo", r.Agent)
	}
	for _, r := range g.Delegations {
		to(r.Delegate, "actedOnBehalfOf", r.Responsible)
	}
	graph := make([]object, len(order))
	for i, id := range order {
		graph[i] = nodes[id]
	}
	return encode(object{"@context": context, "@graph": graph})
}

// derivedBy are the properties of PROV-O for kinds of derivations.
var derivedBy = map[ID]string{"prov:Revision": "wasRevisionOf", "prov:Quotation": "wasQuotedFrom", "prov:PrimarySource": "hadPrimarySource"}
