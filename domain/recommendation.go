package domain

import "slices"

// RecommendationStream is the stream of one recommendation.
func RecommendationStream(id RecommendationID) StreamID {
	return StreamName("recommendation", string(id))
}

// RecommendationState is the state of one recommendation's stream.
type RecommendationState struct {
	drafted    *RecommendationDrafted
	revised    *RecommendationRevised // the last time
	sources    []Source               // of the current version
	opened     *EndorsementOpened
	closed     *EndorsementClosed
	pending    bool // closed, and not decided since
	decided    *RecommendationDecided
	superseded *RecommendationSuperseded
}

// Evolve folds one event.
func (r RecommendationState) Evolve(ev Event) RecommendationState {
	switch ev := ev.(type) {
	case RecommendationDrafted:
		r.drafted, r.sources = &ev, ev.Sources
	case RecommendationRevised:
		r.revised, r.sources = &ev, ev.After(r.sources)
	case EndorsementOpened:
		r.opened, r.closed = &ev, nil
	case EndorsementClosed:
		r.closed, r.pending = &ev, true
	case RecommendationDecided:
		r.decided, r.pending = &ev, false
	case RecommendationSuperseded:
		r.superseded = &ev
	}
	return r
}

// After is what sources become by the revision.
func (v RecommendationRevised) After(sources []Source) []Source {
	after := make([]Source, 0, len(sources)+len(v.SourcesAdded))
	for _, s := range sources {
		if !slices.Contains(v.SourcesRemoved, s) {
			after = append(after, s)
		}
	}
	return append(after, v.SourcesAdded...)
}

// Level is where the recommendation was made, empty before it is drafted.
func (r RecommendationState) Level() Level {
	if r.drafted == nil {
		return ""
	}
	return r.drafted.Level
}

// Version is the current version of the words and the sources; 0 before the draft, which is version 1.
func (r RecommendationState) Version() int {
	switch {
	case r.revised != nil:
		return r.revised.Version
	case r.drafted != nil:
		return 1
	}
	return 0
}

// Text are the words of the current version.
func (r RecommendationState) Text() LText {
	switch {
	case r.revised != nil:
		return r.revised.Text
	case r.drafted != nil:
		return r.drafted.Text
	}
	return LText{}
}

// Sources are those of the current version.
func (r RecommendationState) Sources() []Source { return slices.Clone(r.sources) }

// SourcesWithout are those of the current version but some.
func (r RecommendationState) SourcesWithout(removed []Source) []Source {
	return RecommendationRevised{SourcesRemoved: removed}.After(r.sources)
}

// Decided is the outcome, empty before the first decision.
func (r RecommendationState) Decided() Outcome {
	if r.decided == nil {
		return ""
	}
	return r.decided.Outcome
}

// SupersededBy are the recommendations that stand in place of this one.
func (r RecommendationState) SupersededBy() []RecommendationID {
	if r.superseded == nil {
		return nil
	}
	return slices.Clone(r.superseded.By)
}

// Superseded tells whether others stand in place of this one. Then nothing happens to it any more.
func (r RecommendationState) Superseded() bool { return r.superseded != nil }

func (r RecommendationState) isSuperseded() error {
	return reject(ErrSuperseded, "recommendation %s is superseded by %v", r.drafted.Recommendation, r.superseded.By)
}

// Draft puts the recommendation on the table. dialogue is the one that it belongs to (none for a global one); in is the edition.
func (r RecommendationState) Draft(d RecommendationDrafted, g Ground, dialogue DialogueID, in Edition) ([]Event, error) {
	err := first(CheckID("recommendation", d.Recommendation), oneOf("level", d.Level, levels), oneOf("body", d.Body, bodies), oneOf("kind", d.Kind, recommendationKinds), d.Text.Check("text"))
	switch {
	case err != nil:
		return nil, err
	case r.drafted != nil && same(*r.drafted, d):
		return nil, nil
	case r.drafted != nil:
		return nil, reject(ErrDuplicate, "recommendation %s is drafted already", d.Recommendation)
	case d.Editor == "":
		return nil, reject(ErrInvalidField, "a recommendation has an editor")
	case len(d.Sources) == 0:
		return nil, reject(ErrNoSource, "a recommendation stands on at least one source")
	case (d.Level == GlobalLevel) != (dialogue == ""):
		return nil, reject(ErrInvalidField, "a global recommendation belongs to no dialogue, any other to one")
	}
	if err := first(g.admits(d.Recommendation, d.Level, dialogue, d.Sources, nil), g.wideEnough(d.Level, in)); err != nil {
		return nil, err
	}
	return []Event{d}, nil
}

// Revise brings the next version of the words, the sources, or both. g is the ground of the sources that are added; dialogue and in are as for Draft.
// The same words on the same sources change nothing.
func (r RecommendationState) Revise(v RecommendationRevised, g Ground, dialogue DialogueID, in Edition) ([]Event, error) {
	switch {
	case r.drafted == nil:
		return nil, reject(ErrUnknownRef, "recommendation %q is not drafted", v.Recommendation)
	case r.revised != nil && same(*r.revised, v):
		return nil, nil
	case r.superseded != nil:
		return nil, r.isSuperseded()
	case r.opened != nil && r.closed == nil:
		return nil, reject(ErrPhaseClosed, "an endorsement of version %d is open: it is closed first", r.opened.Version)
	case r.pending:
		return nil, reject(ErrPhaseClosed, "the endorsement of version %d is closed and waits for its decision", r.closed.Version)
	case r.decided != nil && r.decided.Outcome != Deferred:
		return nil, reject(ErrFrozen, "recommendation %s is decided", v.Recommendation)
	case v.Version != r.Version()+1:
		return nil, reject(ErrFrozen, "the current version of recommendation %s is %d: the next is %d, not %d", v.Recommendation, r.Version(), r.Version()+1, v.Version)
	case v.Rationale == "" || v.Editor == "":
		return nil, reject(ErrInvalidField, "a revision has a rationale and an editor")
	}
	if err := v.Text.Check("text"); err != nil {
		return nil, err
	}
	if v.Text.Equal(r.Text()) && len(v.SourcesAdded) == 0 && len(v.SourcesRemoved) == 0 {
		return nil, nil
	}
	for i, s := range v.SourcesRemoved {
		switch {
		case !slices.Contains(r.sources, s) || slices.Contains(v.SourcesRemoved[:i], s):
			return nil, reject(ErrNoSource, "the recommendation does not stand on %s as %s", s.Ref, s.Role)
		case slices.Contains(v.SourcesAdded, s):
			return nil, reject(ErrDuplicate, "source %s is removed and added as %s", s.Ref, s.Role)
		}
	}
	if len(v.After(r.sources)) == 0 {
		return nil, reject(ErrNoSource, "a recommendation stands on at least one source")
	}
	if err := first(g.admits(v.Recommendation, r.drafted.Level, dialogue, v.SourcesAdded, r.sources), g.wideEnough(r.drafted.Level, in)); err != nil {
		return nil, err
	}
	return []Event{v}, nil
}

// Supersede puts others in place of the recommendation. by has their states, in their order; beyond has those of the recommendations that stand in
// place of them, as far as that goes on.
func (r RecommendationState) Supersede(s RecommendationSuperseded, by, beyond []RecommendationState) ([]Event, error) {
	err := oneOf("relation", s.Relation, supersessions)
	switch {
	case err != nil:
		return nil, err
	case r.drafted == nil:
		return nil, reject(ErrUnknownRef, "recommendation %q is not drafted", s.Recommendation)
	case r.superseded != nil && same(*r.superseded, s):
		return nil, nil
	case r.superseded != nil:
		return nil, r.isSuperseded()
	case r.opened != nil && r.closed == nil:
		return nil, reject(ErrPhaseClosed, "an endorsement of version %d is open: it is closed first", r.opened.Version)
	case s.Reason == "":
		return nil, reject(ErrInvalidField, "there is a reason to supersede a recommendation")
	case len(s.By) == 0 || (s.Relation == Split) != (len(s.By) > 1):
		return nil, reject(ErrInvalidField, "a recommendation is split into several, merged into one or replaced by one, not by %d", len(s.By))
	}
	own := RecommendationStream(s.Recommendation)
	for i, id := range s.By {
		switch {
		case id == s.Recommendation:
			return nil, reject(ErrCycle, "a recommendation does not stand in place of itself")
		case slices.Contains(s.By[:i], id):
			return nil, reject(ErrDuplicate, "recommendation %s stands twice", id)
		case by[i].drafted == nil:
			return nil, reject(ErrUnknownRef, "recommendation %q is not drafted", id)
		case !slices.ContainsFunc(by[i].sources, func(s Source) bool { return s.Ref.Stream == own }):
			return nil, reject(ErrNoSource, "recommendation %s does not stand on %s", id, s.Recommendation)
		}
	}
	for _, other := range slices.Concat(by, beyond) {
		if slices.Contains(other.SupersededBy(), s.Recommendation) {
			return nil, reject(ErrCycle, "this recommendation stands in place of %s", other.drafted.Recommendation)
		}
	}
	return []Event{s}, nil
}
