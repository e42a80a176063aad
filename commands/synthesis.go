package commands

import (
	"context"
	"slices"

	"daybook.internal/domain"
)

func synthesisCommands() []Command {
	return []Command{
		define("complete-synthesis", "account for every recommendation that went into those of the world", (*Service).CompleteSynthesis),
	}
}

// CompleteSynthesis accounts for every adopted national recommendation of an edition. An input of version 0 is taken as it stands now.
func (s *Service) CompleteSynthesis(ctx context.Context, by By, c domain.SynthesisCompleted) (Receipt, error) {
	v := s.look(ctx)
	stream := domain.SynthesisStream(c.Edition)
	e := v.edition(c.Edition)
	method := v.artefact(c.Method.ID)
	ground := v.synthesisGround(&c, v.position(v.sentAs(by, stream)))
	return execute(v, by, stream, c.Edition, "", func(y domain.Synthesis) ([]domain.Event, error) { return y.Complete(c, e, method, ground) })
}

// synthesisGround finds what a synthesis stands on at a position, and puts versions in the place of zeros. It notes the dialogues, and no recommendation: there are
// too many, and the event has the versions of those that went in.
func (v *sight) synthesisGround(c *domain.SynthesisCompleted, at uint64) domain.SynthesisGround {
	g := domain.SynthesisGround{Versions: map[domain.StreamID]uint64{}, Reached: map[domain.StreamID]bool{}}
	certified := map[domain.DialogueID]bool{}
	for _, id := range v.dialogues(c.Edition) {
		stream := domain.DialogueStream(id)
		d, version := asOf[domain.Dialogue](v, stream, at)
		if version > 0 {
			v.note(domain.Ref{Stream: stream, Version: version})
			certified[id] = d.Certified()
		}
	}
	known := map[domain.StreamID]domain.RecommendationState{}
	for _, id := range v.recommendations(c.Edition) {
		stream := domain.RecommendationStream(id)
		r, version := asOf[domain.RecommendationState](v, stream, at)
		if version == 0 {
			continue
		}
		known[stream], g.Versions[stream] = r, version
		if r.Level() != domain.NationalLevel || r.Decided() != domain.Adopted {
			continue
		}
		if _, of := v.begun(stream); certified[of] {
			g.Required = append(g.Required, domain.NationalInput{Recommendation: stream, Dialogue: of})
		}
	}
	for _, ref := range slices.Concat(c.Inputs.Codings, c.Inputs.Results) {
		g.Versions[ref.Stream] = v.versionAt(ref.Stream, at)
	}
	for _, id := range c.Outputs {
		stream := domain.RecommendationStream(id)
		g.Outputs = append(g.Outputs, known[stream].Level())
		reach(known, g.Reached, stream)
	}
	c.Inputs.Recommendations, c.Inputs.Codings = current(c.Inputs.Recommendations, g.Versions), current(c.Inputs.Codings, g.Versions)
	c.Inputs.Results = current(c.Inputs.Results, g.Versions)
	return g
}

// reach marks everything that a recommendation stands on, near and far. Each recommendation is walked once.
func reach(known map[domain.StreamID]domain.RecommendationState, reached map[domain.StreamID]bool, from domain.StreamID) {
	walked := map[domain.StreamID]bool{}
	for todo := []domain.StreamID{from}; len(todo) > 0; todo = todo[1:] {
		if walked[todo[0]] {
			continue
		}
		walked[todo[0]] = true
		for _, s := range known[todo[0]].Sources() {
			reached[s.Ref.Stream] = true
			todo = append(todo, s.Ref.Stream)
		}
	}
}

// current gives references with the versions that streams have in place of 0.
func current(refs []domain.Ref, versions map[domain.StreamID]uint64) []domain.Ref {
	out := slices.Clone(refs)
	for i := range out {
		if out[i].Version == 0 {
			out[i].Version = versions[out[i].Stream]
		}
	}
	return out
}
