package domain

import "slices"

// ParticipantStream is the stream of one participant.
func ParticipantStream(id ParticipantID) StreamID { return StreamName("participant", string(id)) }

// ParticipantState is the state of one participant's stream.
type ParticipantState struct {
	registered *ParticipantRegistered
	consent    map[ConsentScope]bool // as it stands
	last       Event                 // the last declaration
	checkedIn  map[SessionID]bool    // the empty session is the day
}

// Evolve folds one event.
func (p ParticipantState) Evolve(ev Event) ParticipantState {
	switch ev := ev.(type) {
	case ParticipantRegistered:
		p.registered = &ev
	case ConsentGiven:
		for _, s := range ev.Scopes {
			p.consent = with(p.consent, s, true)
		}
		p.last = ev
	case ConsentWithdrawn:
		for _, s := range ev.Scopes {
			p.consent = with(p.consent, s, false)
		}
		p.last = ev
	case ParticipantCheckedIn:
		p.checkedIn = with(p.checkedIn, ev.Session, true)
	}
	return p
}

// CheckedIn tells whether the participant is in the room for a session, or for the day.
func (p ParticipantState) CheckedIn(session SessionID) bool {
	return p.checkedIn[""] || p.checkedIn[session]
}

// Chamber is where the participant sits, empty before the registration.
func (p ParticipantState) Chamber() Chamber {
	if p.registered == nil {
		return ""
	}
	return p.registered.Chamber
}

// Consents tells whether consent to a scope stands.
func (p ParticipantState) Consents(to ConsentScope) bool { return p.consent[to] }

// Register lets a person into a dialogue.
func (p ParticipantState) Register(r ParticipantRegistered, in Dialogue) ([]Event, error) {
	if err := first(CheckID("participant", r.Participant), r.Language.Check(), oneOf("route", r.Route, routes)); err != nil {
		return nil, err
	}
	for _, s := range r.Support {
		if err := oneOf("support", s, supports); err != nil {
			return nil, err
		}
	}
	switch to := in.Registered(); {
	case p.registered != nil && same(*p.registered, r):
		return nil, nil
	case p.registered != nil:
		return nil, reject(ErrDuplicate, "participant %s is registered already", r.Participant)
	case to == nil || to.Dialogue != r.Dialogue:
		return nil, reject(ErrUnknownRef, "dialogue %q is not registered", r.Dialogue)
	case r.Chamber != CitizenChamber && r.Chamber != StakeholderChamber:
		return nil, reject(ErrInvalidField, "a participant sits in the citizen or the stakeholder chamber, not in %q", r.Chamber)
	case (r.Chamber == StakeholderChamber) != (r.StakeholderGroup != ""):
		return nil, reject(ErrInvalidField, "stakeholders have a stakeholder group, and citizens have none")
	case (r.Chamber == StakeholderChamber) != (r.Route == StakeholderInvite):
		return nil, reject(ErrForbidden, "stakeholders come by invitation, and citizens do not")
	case r.Route == Drawn && to.SampleType != Sortition, r.Route == QuotaRoute && to.SampleType != Quota, r.Route == OpenOnlineRoute && to.SampleType != OpenOnline:
		return nil, reject(ErrForbidden, "nobody comes by route %s into a dialogue of sample type %s", r.Route, to.SampleType)
	}
	return []Event{r}, nil
}

// GiveConsent records what a participant consents to.
func (p ParticipantState) GiveConsent(c ConsentGiven) ([]Event, error) {
	if err := first(c.ConsentText.Check(), c.Lang.Check(), oneOf("method", c.Method, consentMethods), checkScopes(c.Scopes)); err != nil {
		return nil, err
	}
	switch {
	case p.registered == nil || p.registered.Dialogue != c.Dialogue:
		return nil, reject(ErrUnknownRef, "participant %q is not registered in dialogue %q", c.Participant, c.Dialogue)
	case p.last != nil && same(p.last, c):
		return nil, nil
	}
	return []Event{c}, nil
}

// WithdrawConsent takes back consent that stands.
func (p ParticipantState) WithdrawConsent(w ConsentWithdrawn) ([]Event, error) {
	if err := checkScopes(w.Scopes); err != nil {
		return nil, err
	}
	switch {
	case w.Effect != StopFuture && w.Effect != VoidOpenBallots:
		return nil, reject(ErrInvalidField, "effect %q is not known", w.Effect)
	case p.registered == nil || p.registered.Dialogue != w.Dialogue:
		return nil, reject(ErrUnknownRef, "participant %q is not registered in dialogue %q", w.Participant, w.Dialogue)
	case p.last != nil && same(p.last, w):
		return nil, nil
	case !slices.ContainsFunc(w.Scopes, p.Consents):
		return nil, reject(ErrConsentMissing, "no consent to any of these scopes stands")
	}
	return []Event{w}, nil
}

func checkScopes(scopes []ConsentScope) error {
	if len(scopes) == 0 {
		return reject(ErrInvalidField, "consent has at least one scope")
	}
	for i, s := range scopes {
		if err := oneOf("consent scope", s, consentScopes); err != nil {
			return err
		}
		if slices.Contains(scopes[:i], s) {
			return reject(ErrInvalidField, "scope %s stands twice", s)
		}
	}
	return nil
}
