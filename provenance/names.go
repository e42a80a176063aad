package provenance

import "daybook.internal/domain"

// The namespaces of PROV and of XML Schema, and the words of ours. Names that begin with urn:daybook: are names only: nothing is served there.
const (
	nsProv  = "http://www.w3.org/ns/prov#"
	nsXSD   = "http://www.w3.org/2001/XMLSchema#"
	nsTerms = "urn:daybook:terms:"
)

// Prefix is the namespace that a prefix of an ID stands for.
type Prefix struct{ Name, Namespace string }

// Prefixes are those of a graph, by name: prov and xsd; db for our words; st for versions of streams, act for activities, ag for agents, ballots for the answers behind a
// result and view for what the graph says of itself, all of them of the edition.
func (g *Graph) Prefixes() []Prefix {
	of := "urn:daybook:" + string(domain.StreamName("edition", string(g.Edition))) + ":"
	return []Prefix{
		{"act", of + "activity:"}, {"ag", of + "agent:"}, {"ballots", of + "ballots:"}, {"db", nsTerms}, {"prov", nsProv}, {"st", of + "version:"}, {"view", of + "view:"}, {"xsd", nsXSD},
	}
}
