package commands

import (
	"fmt"

	"daybook.internal/domain"
)

// maxAncestors is the most streams that are walked to find out what a recommendation comes to stand on.
const maxAncestors = 1000

// ground is what a recommendation of a level comes to stand on with sources besides those that it has. What is of a lower level belongs to one country
// and never leads back, so the walk goes on only through recommendations of its own level.
func (v *sight) ground(added, have []domain.Source, level domain.Level) (g domain.Ground) {
	walked := map[domain.StreamID]node{}
	visit := func(stream domain.StreamID) (n node, first bool) {
		n, known := walked[stream]
		if known {
			return n, false
		}
		if len(walked) == maxAncestors {
			v.refuse(domain.Reject(domain.ErrCycle, "the sources lead to more than %d streams", maxAncestors))
			return n, false
		}
		n = v.node(stream)
		if walked[stream] = n; n.known.Dialogue != "" {
			if d := v.dialogue(n.known.Dialogue); v.err == nil {
				g.Places = append(g.Places, d.Registered().Place)
			}
		}
		return n, true
	}
	var todo []domain.Source
	for _, s := range added {
		n, first := visit(s.Ref.Stream)
		if g.Sources = append(g.Sources, n.known); first {
			todo = append(todo, n.onward(&g, level)...)
		}
	}
	for todo = append(todo, have...); len(todo) > 0 && v.err == nil; todo = todo[1:] {
		if n, first := visit(todo[0].Ref.Stream); first {
			todo = append(todo, n.onward(&g, level)...)
		}
	}
	return g
}

// node is a source: what is known of it, and its state where it is a recommendation.
type node struct {
	known domain.KnownSource
	state domain.RecommendationState
}

// onward puts a recommendation of the level into g, and gives the sources to which it leads.
func (n node) onward(g *domain.Ground, level domain.Level) []domain.Source {
	if level == "" || n.state.Level() != level {
		return nil
	}
	g.Beyond = append(g.Beyond, n.state)
	return n.state.Sources()
}

// node shows a source. What has no events is not noted.
func (v *sight) node(stream domain.StreamID) (n node) {
	if v.err != nil {
		return n
	}
	for r, err := range v.s.Ledger.Stream(v.ctx, stream, 0) {
		if err != nil {
			v.err = fmt.Errorf("source %s: %w", stream, err)
			return node{}
		}
		f, err := r.Decode()
		if err != nil {
			v.err = fmt.Errorf("source %s: %w", stream, err)
			return node{}
		}
		n.known, n.state = n.known.See(f), n.state.Evolve(f.Event)
	}
	if n.known.Version > 0 {
		v.note(domain.Ref{Stream: stream, Version: n.known.Version})
	}
	return n
}

// asTheyStand gives the sources of version 0 the version that they have now; or the one in was, where the command was sent before.
func asTheyStand(sources []domain.Source, known []domain.KnownSource, was []domain.Source) []domain.Source {
	out := make([]domain.Source, len(sources))
	for i, s := range sources {
		if s.Ref.Version == 0 && i < len(known) {
			s.Ref.Version = known[i].Version
			if len(was) == len(sources) && was[i].Ref.Stream == s.Ref.Stream {
				s.Ref.Version = was[i].Ref.Version
			}
		}
		out[i] = s
	}
	return out
}
