package provenance

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MediaTypeProvJSON is what PROV-JSON goes by; it was never registered.
const MediaTypeProvJSON = "application/provenance+json"

// object is a JSON object; encoding/json writes its members by name, so that the same graph gives the same bytes.
type object = map[string]any

// ProvJSON writes a graph as PROV-JSON (W3C Member Submission of 24 April 2013), as one line. Relations have blank names, numbered in the order of what they relate.
func (g *Graph) ProvJSON() ([]byte, error) {
	prefixes := object{}
	for _, p := range g.Prefixes() {
		if p.Name != "prov" && p.Name != "xsd" { // which every PROV-JSON document has
			prefixes[p.Name] = p.Namespace
		}
	}
	doc := object{"prefix": prefixes}
	put := func(kind string, id ID, members object) {
		of, ok := doc[kind].(object)
		if !ok {
			of = object{}
			doc[kind] = of
		}
		of[string(id)] = members
	}
	numbers := map[string]int{}
	relate := func(kind, short string, members object) {
		numbers[kind]++
		put(kind, ID(fmt.Sprintf("_:%s%d", short, numbers[kind])), members)
	}
	for _, n := range g.Entities {
		put("entity", n.ID, n.provJSON())
	}
	for _, a := range g.Activities {
		put("activity", a.ID, a.provJSON())
	}
	for _, n := range g.Agents {
		put("agent", n.ID, n.provJSON())
	}
	for _, d := range g.Derivations {
		m := object{"prov:generatedEntity": d.Generated, "prov:usedEntity": d.Used, "prov:activity": d.Activity}
		if len(d.Kinds) > 0 {
			m["prov:type"] = qnames(d.Kinds)
		}
		if d.Role != "" {
			m["db:role"] = d.Role
		}
		relate("wasDerivedFrom", "d", m)
	}
	for _, r := range g.Generations {
		m := object{"prov:entity": r.Entity, "prov:activity": r.Activity}
		if r.At != 0 {
			m["prov:time"] = r.At
		}
		relate("wasGeneratedBy", "g", m)
	}
	for _, r := range g.Usages {
		relate("used", "u", object{"prov:activity": r.Activity, "prov:entity": r.Entity})
	}
	for _, r := range g.Associations {
		m := object{"prov:activity": r.Activity, "prov:agent": r.Agent, "prov:role": r.Role}
		if r.Plan != "" {
			m["prov:plan"] = r.Plan
		}
		relate("wasAssociatedWith", "a", m)
	}
	for _, r := range g.Attributions {
		relate("wasAttributedTo", "t", object{"prov:entity": r.Entity, "prov:agent": r.Agent})
	}
	for _, r := range g.Delegations {
		relate("actedOnBehalfOf", "b", object{"prov:delegate": r.Delegate, "prov:responsible": r.Responsible})
	}
	return encode(doc)
}

func (n *Node) provJSON() object {
	m := object{"prov:type": qnames(n.Types)}
	n.members(m)
	return m
}

// members are what every form says of a node: where its event stands, and its attributes.
func (n *Node) members(m object) {
	m["db:seq"], m["db:event"] = n.Event.Seq, n.Event.ID
	for _, a := range n.Attrs {
		m["db:"+a.Name] = a.Value
	}
}

func (a *Activity) provJSON() object {
	m := a.Node.provJSON()
	a.end(m)
	if a.Started != 0 {
		m["prov:startTime"] = a.Started
	}
	if a.Ended != 0 {
		m["prov:endTime"] = a.Ended
	}
	return m
}

// end says where the event stands with which an activity ended, if it is another one than that with which it began.
func (a *Activity) end(m object) {
	if a.EndEvent != nil {
		m["db:endSeq"], m["db:endEvent"] = a.EndEvent.Seq, a.EndEvent.ID
	}
}

// qnames are names as values: one, or some.
func qnames(ids []ID) any {
	out := make([]object, len(ids))
	for i, id := range ids {
		out[i] = object{"$": id, "type": "xsd:QName"}
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

func encode(doc object) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
