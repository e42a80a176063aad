package domain

import "slices"

// RecommendationStream is the stream of one recommendation.
func RecommendationStream(id RecommendationID) StreamID {
	return StreamName("recommendation", string(id))
}

// RecommendationState is the state of one recommendation's stream.
type RecommendationState struct {
	drafted    *RecommendationDrafted
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
		r.drafted = &ev
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

// Level is where the recommendation was made, empty before it is drafted.
func (r RecommendationState) Level() Level {
	if r.drafted == nil {
		return ""
	}
	return r.drafted.Level
}

// Sources are what the recommendation stands on as it is now.
func (r RecommendationState) Sources() []Source {
	if r.drafted == nil {
		return nil
	}
	return r.drafted.Sources
}

// Decided is the outcome, empty before there is one and while a deferred recommendation is put to the chambers again.
func (r RecommendationState) Decided() Outcome {
	if r.decided == nil || r.pending {
		return ""
	}
	return r.decided.Outcome
}

// SupersededBy are the recommendations that stand in place of this one.
func (r RecommendationState) SupersededBy() []RecommendationID {
	if r.superseded == nil {
		return nil
	}
	return r.superseded.By
}

// Superseded tells whether others stand in place of this one.
func (r RecommendationState) Superseded() bool { return r.superseded != nil }

// KnownSource is what the record holds of a source: how many events, of which dialogue and place, and the level where it is a recommendation.
type KnownSource struct {
	Version  uint64
	Dialogue DialogueID
	Place    Place
	Level    Level
}

// MinCountries is the threshold of the protocol that says from how many countries a global recommendation has sources.
const MinCountries = "globalMinCountries"

// Draft puts the recommendation on the table. known has an entry for each of its sources, in their order; dialogue is the one that it belongs to
// (none for a global one); in is the edition.
func (r RecommendationState) Draft(d RecommendationDrafted, known []KnownSource, dialogue DialogueID, in Edition) ([]Event, error) {
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
	places := map[Place]bool{}
	for i, s := range d.Sources {
		if err := d.checkSource(s, known[i], dialogue); err != nil {
			return nil, err
		}
		if slices.Contains(d.Sources[:i], s) {
			return nil, reject(ErrDuplicate, "source %s stands twice as %s", s.Ref, s.Role)
		}
		if p := known[i].Place; p != "" && p != UnknownPlace { // a global source has none
			places[p] = true
		}
	}
	if p := in.Protocol(); p != nil && d.Level == GlobalLevel {
		if least, ok := p.Thresholds[MinCountries]; ok && !least.AtMost(len(places), 1) {
			return nil, reject(ErrNoSource, "a global recommendation has sources from at least %s countries, not %d", least, len(places))
		}
	}
	return []Event{d}, nil
}

func (d RecommendationDrafted) checkSource(s Source, known KnownSource, dialogue DialogueID) error {
	order := []Level{"", TableLevel, NationalLevel, GlobalLevel}
	switch {
	case !sourceRoles[s.Role]:
		return reject(ErrInvalidField, "source role %q is not known", s.Role)
	case s.Ref.Stream == RecommendationStream(d.Recommendation):
		return reject(ErrCycle, "a recommendation is not its own source")
	case s.Ref.Version == 0 || s.Ref.Version > known.Version:
		return reject(ErrUnknownRef, "source %s: the stream has %d events", s.Ref, known.Version)
	case slices.Index(order, known.Level) > slices.Index(order, d.Level):
		return reject(ErrNoSource, "source %s is of level %s, above %s", s.Ref, known.Level, d.Level)
	case d.Level != GlobalLevel && known.Dialogue != dialogue:
		return reject(ErrNoSource, "source %s belongs to dialogue %q, not to %q", s.Ref, known.Dialogue, dialogue)
	}
	return nil
}

// OpenEndorsement calls the chambers to vote. After a decision to defer, they can be called again.
func (r RecommendationState) OpenEndorsement(o EndorsementOpened) ([]Event, error) {
	switch {
	case r.drafted == nil:
		return nil, reject(ErrUnknownRef, "recommendation %q is not drafted", o.Recommendation)
	case r.opened != nil && r.closed == nil && same(*r.opened, o):
		return nil, nil
	case r.opened != nil && r.closed == nil:
		return nil, reject(ErrPhaseClosed, "an endorsement of recommendation %s is open", o.Recommendation)
	case r.decided != nil && !r.pending && r.decided.Outcome != Deferred:
		return nil, reject(ErrFrozen, "recommendation %s is decided", o.Recommendation)
	case r.pending:
		return nil, reject(ErrPhaseClosed, "the endorsement of recommendation %s is closed and waits for its decision", o.Recommendation)
	case o.Version != 1:
		return nil, reject(ErrUnknownRef, "the current version of recommendation %s is 1, not %d", o.Recommendation, o.Version)
	case len(o.Chambers) == 0:
		return nil, reject(ErrChamber, "at least one chamber votes")
	case o.ClosesAt == 0:
		return nil, reject(ErrInvalidField, "an endorsement has an end")
	}
	seen := map[Chamber]bool{}
	one := RatioOf(1, 1)
	for _, c := range o.Chambers {
		switch {
		case !chambers[c.Chamber] || seen[c.Chamber]:
			return nil, reject(ErrChamber, "chamber %q is not known, or stands twice", c.Chamber)
		case c.Threshold.Num <= 0 || c.Quorum.Num < 0 || c.Threshold.above(one) || c.Quorum.above(one):
			return nil, reject(ErrInvalidField, "chamber %s: a threshold above 0 and a quorum from 0, both at most 1", c.Chamber)
		case c.Electorate == "":
			return nil, reject(ErrInvalidField, "chamber %s has an electorate", c.Chamber)
		}
		seen[c.Chamber] = true
	}
	if r.drafted.Body == Joint && !(seen[CitizenChamber] && seen[StakeholderChamber]) {
		return nil, reject(ErrChamber, "a joint recommendation is put to citizens and to stakeholders")
	}
	return []Event{o}, nil
}

// CloseEndorsement takes the counts of every chamber.
func (r RecommendationState) CloseEndorsement(c EndorsementClosed) ([]Event, error) {
	switch {
	case r.opened == nil:
		return nil, reject(ErrPhaseClosed, "no endorsement of recommendation %q is open", c.Recommendation)
	case r.closed != nil && same(*r.closed, c):
		return nil, nil
	case r.closed != nil:
		return nil, reject(ErrPhaseClosed, "the endorsement of recommendation %s is closed", c.Recommendation)
	case c.Version != r.opened.Version:
		return nil, reject(ErrUnknownRef, "the endorsement is of version %d, not %d", r.opened.Version, c.Version)
	case len(c.Chambers) != len(r.opened.Chambers):
		return nil, reject(ErrChamber, "%d chambers were called, %d have counts", len(r.opened.Chambers), len(c.Chambers))
	}
	for i, n := range c.Chambers {
		switch {
		case n.Chamber != r.opened.Chambers[i].Chamber:
			return nil, reject(ErrChamber, "counts stand in the order of the call: %s, not %s", r.opened.Chambers[i].Chamber, n.Chamber)
		case min(n.Eligible, n.Yes, n.No, n.Abstain) < 0 || n.Cast != n.Yes+n.No+n.Abstain || n.Cast > n.Eligible:
			return nil, reject(ErrTallyMismatch, "chamber %s: %d yes + %d no + %d abstain are not %d cast, or more than %d eligible", n.Chamber, n.Yes, n.No, n.Abstain, n.Cast, n.Eligible)
		}
	}
	return []Event{c}, nil
}

// Decide settles the outcome. ChambersPassed and Replaces of d are set here: a chamber passes when cast / eligible reaches its quorum and yes / (yes + no)
// its threshold. A recommendation is adopted only if every chamber passes, and rejected only if one does not.
func (r RecommendationState) Decide(d RecommendationDecided) ([]Event, error) {
	if r.closed == nil {
		return nil, reject(ErrPhaseClosed, "recommendation %q has no closed endorsement", d.Recommendation)
	}
	d.ChambersPassed, d.Replaces = []Chamber{}, ""
	switch {
	case r.pending && r.decided != nil:
		d.Replaces = r.decided.Outcome
	case r.decided != nil:
		d.Replaces = r.decided.Replaces
	}
	var failed error
	no := 0
	for i, n := range r.closed.Chambers {
		rule := r.opened.Chambers[i]
		no += n.No
		switch {
		case !rule.Quorum.AtMost(n.Cast, n.Eligible):
			failed = reject(ErrQuorum, "chamber %s: %d of %d voted, the quorum is %s", n.Chamber, n.Cast, n.Eligible, rule.Quorum)
		case !rule.Threshold.AtMost(n.Yes, n.Yes+n.No):
			failed = reject(ErrThreshold, "chamber %s: %d yes, %d no, the threshold is %s", n.Chamber, n.Yes, n.No, rule.Threshold)
		default:
			d.ChambersPassed = append(d.ChambersPassed, n.Chamber)
		}
	}
	switch {
	case !r.pending && same(*r.decided, d):
		return nil, nil
	case !r.pending:
		return nil, reject(ErrFrozen, "recommendation %s is decided", d.Recommendation)
	case !outcomes[d.Outcome]:
		return nil, reject(ErrInvalidField, "outcome %q is not known", d.Outcome)
	case d.Version != r.closed.Version:
		return nil, reject(ErrUnknownRef, "the endorsement was of version %d, not %d", r.closed.Version, d.Version)
	case d.DecidedBy == "":
		return nil, reject(ErrInvalidField, "somebody decides")
	case d.Outcome == Adopted && failed != nil:
		return nil, failed
	case d.Outcome == TurnedOut && failed == nil:
		return nil, reject(ErrThreshold, "every chamber passed")
	}
	for _, dissent := range d.Dissents {
		if err := dissent.Text.Check("dissent"); err != nil {
			return nil, err
		}
		if dissent.Supporters < 1 || dissent.Supporters > no {
			return nil, reject(ErrTallyMismatch, "%d people dissent, %d voted no", dissent.Supporters, no)
		}
	}
	return []Event{d}, nil
}

func (r Ratio) above(o Ratio) bool { return r.Num*max(o.Den, 1) > o.Num*max(r.Den, 1) }
