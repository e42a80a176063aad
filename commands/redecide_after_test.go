package commands_test

import (
	"fmt"
	"slices"

	"daybook.internal/domain"
)

// position is how much of the ledger a decision says that it has looked at.
func position(f domain.Fact) (uint64, error) {
	for _, o := range f.Meta.Observed {
		if o.Stream == domain.LedgerStream {
			return o.Version, nil
		}
	}
	return 0, fmt.Errorf("%s@%d does not say at which position it looked", f.Stream, f.Revision)
}

// foldBefore folds a stream as it stood at a position, and gives its version then.
func foldBefore[S domain.State[S]](p past, stream domain.StreamID, at uint64) (s S, version uint64) {
	for _, f := range p.streams[stream] {
		if f.Seq < at {
			s, version = s.Evolve(f.Event), f.Revision+1
		}
	}
	return s, version
}

// synthesise decides a synthesis again. It finds what had to be accounted for in the whole of the past, without any index.
func (p past) synthesise(f domain.Fact, e domain.SynthesisCompleted, in domain.Edition) ([]domain.Event, error) {
	at, err := position(f)
	if err != nil {
		return nil, err
	}
	method, err := observed[domain.Artefact](p, f, domain.ArtefactStream(e.Method.ID))
	if err != nil {
		return nil, err
	}
	g := domain.SynthesisGround{Versions: map[domain.StreamID]uint64{}, Reached: map[domain.StreamID]bool{}, Outputs: make([]domain.Level, len(e.Outputs))}
	recommendations := map[domain.StreamID]domain.RecommendationState{}
	for stream, facts := range p.streams {
		r, version := foldBefore[domain.RecommendationState](p, stream, at)
		if version == 0 || facts[0].Meta.Source != e.Edition {
			continue
		}
		if d, ok := facts[0].Event.(domain.RecommendationDrafted); ok {
			recommendations[stream], g.Versions[stream] = r, version
			if i := slices.Index(e.Outputs, d.Recommendation); i >= 0 {
				g.Outputs[i], g.Reached[stream] = r.Level(), true
			}
		}
		if r.Level() != domain.NationalLevel || r.Decided() != domain.Adopted {
			continue
		}
		of, err := observed[domain.Dialogue](p, f, domain.DialogueStream(facts[0].Meta.Dialogue))
		if err != nil {
			return nil, err
		}
		if of.Certified() {
			g.Required = append(g.Required, domain.NationalInput{Recommendation: stream, Dialogue: facts[0].Meta.Dialogue})
		}
	}
	for _, ref := range slices.Concat(e.Inputs.Codings, e.Inputs.Results) {
		_, g.Versions[ref.Stream] = foldBefore[domain.Import](p, ref.Stream, at)
	}
	for range recommendations { // until nothing more is reached, at the latest after as many rounds as there are recommendations
		for stream := range g.Reached {
			for _, s := range recommendations[stream].Sources() {
				g.Reached[s.Ref.Stream] = true
			}
		}
	}
	for _, id := range e.Outputs { // they stand on nothing but themselves here
		delete(g.Reached, domain.RecommendationStream(id))
	}
	return own[domain.Synthesis](p, f).Complete(e, in, method, g)
}
