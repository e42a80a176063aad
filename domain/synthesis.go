package domain

import "slices"

// SynthesisStream is the stream of the synthesis of one edition.
func SynthesisStream(e EditionID) StreamID { return StreamName("synthesis", string(e)) }

// Synthesis is the state of one synthesis' stream.
type Synthesis struct{ completed *SynthesisCompleted }

// Evolve folds one event.
func (s Synthesis) Evolve(ev Event) Synthesis {
	if ev, ok := ev.(SynthesisCompleted); ok {
		s.completed = &ev
	}
	return s
}

// Completed is the synthesis, nil before it.
func (s Synthesis) Completed() *SynthesisCompleted { return s.completed }

// SynthesisGround is what the record holds of what a synthesis names, all of it as it stood at one position.
type SynthesisGround struct {
	Required []NationalInput     // what must be accounted for
	Versions map[StreamID]uint64 // how many events each input's stream has; none where the edition has no such input
	Outputs  []Level             // of each output, in their order; empty where the edition has no such recommendation
	Reached  map[StreamID]bool   // every stream that an output stands on, near or far
}

// NationalInput is an adopted national recommendation of a certified dialogue.
type NationalInput struct {
	Recommendation StreamID
	Dialogue       DialogueID
}

// Complete says that the synthesis is done, once. method is the state of its method's artefact.
func (s Synthesis) Complete(c SynthesisCompleted, in Edition, method Artefact, ground SynthesisGround) ([]Event, error) {
	switch err := first(CheckID("edition", c.Edition), in.mustBeOpen()); {
	case err != nil:
		return nil, err
	case s.completed != nil && same(*s.completed, c):
		return nil, nil
	case s.completed != nil:
		return nil, reject(ErrFrozen, "the synthesis of edition %s is completed", c.Edition)
	case in.opened.Edition != c.Edition:
		return nil, reject(ErrUnknownRef, "edition %s is not open", c.Edition)
	}
	if err := first(c.checkPeople(in), method.Approved(c.Method), c.checkOutputs(ground), c.checkInputs(ground), c.checkUnused(ground), c.accounts(ground)); err != nil {
		return nil, err
	}
	return []Event{c}, nil
}

func (c SynthesisCompleted) checkPeople(in Edition) error {
	for i, e := range c.Editors {
		if !isToken(e) || slices.Contains(c.Editors[:i], e) {
			return reject(ErrInvalidField, "editor %q is no principal, or stands twice", e)
		}
	}
	for i, r := range c.Reviewers {
		switch {
		case !isToken(r) || slices.Contains(c.Reviewers[:i], r):
			return reject(ErrInvalidField, "reviewer %q is no principal, or stands twice", r)
		case slices.Contains(c.Editors, r):
			return reject(ErrSelfReview, "%s is an editor and does not review", r)
		}
	}
	quorum := 1
	if p := in.Protocol(); p != nil {
		quorum = p.ReviewQuorum
	}
	switch {
	case len(c.Editors) < 2:
		return reject(ErrQuorum, "a synthesis has at least two editors, not %d", len(c.Editors))
	case len(c.Reviewers) < quorum:
		return reject(ErrQuorum, "%d of the committee have reviewed the synthesis, the quorum is %d", len(c.Reviewers), quorum)
	}
	return nil
}

func (c SynthesisCompleted) checkOutputs(ground SynthesisGround) error {
	if len(c.Outputs) == 0 {
		return reject(ErrInvalidField, "a synthesis has an output")
	}
	for i, o := range c.Outputs {
		switch {
		case ground.Outputs[i] != GlobalLevel:
			return reject(ErrUnknownRef, "output %s is no global recommendation of edition %s: draft it first", o, c.Edition)
		case slices.Contains(c.Outputs[:i], o):
			return reject(ErrDuplicate, "output %s stands twice", o)
		}
	}
	return nil
}

func (c SynthesisCompleted) checkInputs(ground SynthesisGround) error {
	outputs := map[StreamID]bool{}
	for _, o := range c.Outputs {
		outputs[RecommendationStream(o)] = true
	}
	seen := map[StreamID]bool{}
	for _, ref := range slices.Concat(c.Inputs.Recommendations, c.Inputs.Codings, c.Inputs.Results) {
		switch n := ground.Versions[ref.Stream]; {
		case ref.Version == 0 || ref.Version > n:
			return reject(ErrUnknownRef, "input %s: the stream has %d events, or is no such input of edition %s", ref, n, c.Edition)
		case seen[ref.Stream]:
			return reject(ErrDuplicate, "input %s stands twice", ref.Stream)
		case outputs[ref.Stream]:
			return reject(ErrCycle, "%s is an output, and so no input", ref.Stream)
		}
		seen[ref.Stream] = true
	}
	return nil
}

func (c SynthesisCompleted) checkUnused(ground SynthesisGround) error {
	inputs := c.inputs()
	reasons, seen := map[string]bool{}, map[RecommendationID]bool{}
	for _, u := range c.Unused {
		switch {
		case u.ReasonCode == "" || len(u.Recommendations) == 0:
			return reject(ErrInvalidField, "unused inputs have a reason, and a reason has unused inputs")
		case reasons[u.ReasonCode]:
			return reject(ErrDuplicate, "the reason %q stands twice", u.ReasonCode)
		}
		reasons[u.ReasonCode] = true
		for _, id := range u.Recommendations {
			switch stream := RecommendationStream(id); {
			case !inputs[stream]:
				return reject(ErrUnknownRef, "unused %s is not among the inputs", id)
			case ground.Reached[stream]:
				return reject(ErrDuplicate, "%s is listed as unused, and an output stands on it", id)
			case seen[id]:
				return reject(ErrDuplicate, "unused %s stands twice", id)
			}
			seen[id] = true
		}
	}
	return nil
}

// accounts rejects by ErrNoSource where something has fallen off the table.
func (c SynthesisCompleted) accounts(ground SynthesisGround) error {
	inputs := c.inputs()
	for _, n := range ground.Required {
		if !inputs[n.Recommendation] {
			return reject(ErrNoSource, "%s, adopted by dialogue %s, is not among the inputs", n.Recommendation, n.Dialogue)
		}
	}
	unused := map[StreamID]bool{}
	for _, u := range c.Unused {
		for _, id := range u.Recommendations {
			unused[RecommendationStream(id)] = true
		}
	}
	for _, ref := range c.Inputs.Recommendations {
		if !unused[ref.Stream] && !ground.Reached[ref.Stream] {
			return reject(ErrNoSource, "no output stands on %s: use it, or list it as unused with a reason", ref.Stream)
		}
	}
	return nil
}

// inputs are the streams of the recommendations that went in.
func (c SynthesisCompleted) inputs() map[StreamID]bool {
	streams := make(map[StreamID]bool, len(c.Inputs.Recommendations))
	for _, ref := range c.Inputs.Recommendations {
		streams[ref.Stream] = true
	}
	return streams
}
