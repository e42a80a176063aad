package process

import "daybook.internal/domain"

// Graph is the recommendations of an edition and what they stand on.
type Graph struct {
	Nodes  []Node
	Unused []domain.RecommendationID // that a synthesis lists as unused, with a reason
}

// Node is one recommendation.
type Node struct {
	Recommendation domain.RecommendationID
	Level          domain.Level
	Outcome        domain.Outcome
	Below          []domain.RecommendationID // that it stands on
	Grounded       bool                      // it stands on something that is no recommendation: an output of a table, a result, a statement
}

// Lineage finds recommendations that lead to nothing that anybody in a room has said or answered, and adopted national ones that no global one stands on
// and no synthesis has accounted for.
func Lineage(g Graph) []Gap {
	nodes := map[domain.RecommendationID]Node{}
	for _, n := range g.Nodes {
		nodes[n.Recommendation] = n
	}
	settled := map[domain.RecommendationID]bool{}
	for _, id := range g.Unused {
		settled[id] = true
	}
	for _, n := range g.Nodes {
		if n.Level == domain.GlobalLevel {
			for _, below := range walk(nodes, n.Recommendation) {
				settled[below] = true
			}
		}
	}
	gaps := []Gap{}
	for _, n := range g.Nodes {
		grounded := false
		for _, id := range walk(nodes, n.Recommendation) {
			grounded = grounded || nodes[id].Grounded
		}
		if !grounded {
			gaps = append(gaps, gap(Orphan, string(n.Recommendation), "no source of %s leads to a table, a result or a statement", n.Recommendation))
		}
		if n.Level == domain.NationalLevel && n.Outcome == domain.Adopted && !settled[n.Recommendation] {
			gaps = append(gaps, gap(Unaccounted, string(n.Recommendation), "use %s in a global recommendation, or list it as unused with a reason", n.Recommendation))
		}
	}
	return gaps
}

// walk gives a recommendation and everything below it, each once, nearest first.
func walk(nodes map[domain.RecommendationID]Node, from domain.RecommendationID) []domain.RecommendationID {
	found := []domain.RecommendationID{from}
	seen := map[domain.RecommendationID]bool{from: true}
	for i := 0; i < len(found); i++ {
		for _, below := range nodes[found[i]].Below {
			if !seen[below] {
				seen[below] = true
				found = append(found, below)
			}
		}
	}
	return found
}
