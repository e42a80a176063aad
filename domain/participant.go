package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// ParticipantStream is the stream of one participant.
func ParticipantStream(id ParticipantID) StreamID { return StreamName("participant", string(id)) }

// NewParticipantID derives the id of a person in an edition: "pa_" and the first 32 hexadecimal digits of
// SHA-256("daybook-person/v1" ‖ 0 ‖ edition ‖ 0 ‖ person). person is a keyed hash of who it is, made outside with a key that stays there, so the id
// tells nothing about the person. As the id names the stream, the same person comes to the same stream in every dialogue of an edition, and a stream has
// one registration: nobody takes part twice, and no list of people is needed to see to it.
func NewParticipantID(edition EditionID, person Digest) ParticipantID {
	b := make([]byte, 0, 128)
	b = append(b, "daybook-person/v1\x00"...)
	b = append(b, edition...)
	b = append(b, 0)
	b = append(b, person[:]...)
	sum := sha256.Sum256(b)
	return ParticipantID("pa_" + hex.EncodeToString(sum[:16]))
}

// MinimumAge is the threshold of the protocol that says how old participants are. Where it is set, whoever registers them says that they are.
const MinimumAge = "minimumAge"

// ParticipantState is the state of one participant's stream.
type ParticipantState struct {
	registered *ParticipantRegistered
	consent    []ConsentScope         // those that stand, in order
	last       Event                  // the last declaration, without what it replaces
	checkedIn  []ParticipantCheckedIn // each for another session; few, so that a list is smaller than a map and as quick
	erased     *PersonalDataErased
}

// Evolve folds one event.
func (p ParticipantState) Evolve(ev Event) ParticipantState {
	switch ev := ev.(type) {
	case ParticipantRegistered:
		p.registered = &ev
	case ConsentGiven:
		p.consent = slices.Concat(p.consent, ev.Scopes)
		slices.Sort(p.consent)
		p.consent = slices.Compact(p.consent)
		ev.Replaces = nil
		p.last = ev
	case ConsentWithdrawn:
		p.consent = slices.DeleteFunc(slices.Clone(p.consent), func(s ConsentScope) bool { return slices.Contains(ev.Scopes, s) })
		ev.Replaces = nil
		p.last = ev
	case ParticipantCheckedIn:
		p.checkedIn = append(slices.DeleteFunc(slices.Clone(p.checkedIn), func(c ParticipantCheckedIn) bool { return c.Session == ev.Session }), ev)
	case PersonalDataErased:
		p.erased = &ev
	}
	return p
}

// Registered is the registration, nil before it.
func (p ParticipantState) Registered() *ParticipantRegistered { return p.registered }

// Chamber is where the participant sits, empty before the registration.
func (p ParticipantState) Chamber() Chamber {
	if p.registered == nil {
		return ""
	}
	return p.registered.Chamber
}

// StakeholderGroup is whom a stakeholder speaks for, empty for citizens.
func (p ParticipantState) StakeholderGroup() string {
	if p.registered == nil {
		return ""
	}
	return p.registered.StakeholderGroup
}

// Consents tells whether consent to a scope stands.
func (p ParticipantState) Consents(to ConsentScope) bool { return slices.Contains(p.consent, to) }

// CheckedIn tells whether the participant is in the room of a session: checked in for it, or for the day.
func (p ParticipantState) CheckedIn(session SessionID) bool {
	return slices.ContainsFunc(p.checkedIn, func(c ParticipantCheckedIn) bool { return c.Session == "" || c.Session == session })
}

// checkIn is that for a session itself, if there is one.
func (p ParticipantState) checkIn(session SessionID) (ParticipantCheckedIn, bool) {
	for _, c := range p.checkedIn {
		if c.Session == session {
			return c, true
		}
	}
	return ParticipantCheckedIn{}, false
}

// Erased is the erasure of the participant's data, nil before it.
func (p ParticipantState) Erased() *PersonalDataErased { return p.erased }

// MustKnow rejects by ErrErased where the participant's data are gone: whatever needs strata, or a person behind the id, ends here.
func (p ParticipantState) MustKnow() error {
	if p.erased != nil {
		return reject(ErrErased, "the data of participant %s are erased", p.erased.Participant)
	}
	return nil
}

// Drawn tells whether the participant was registered as somebody who was drawn by lot, and therefore needs a seat.
func (p ParticipantState) Drawn() bool { return p.registered != nil && p.registered.Route == Drawn }

// Register lets a person into dialogue in of edition of. draw is the sortition of the dialogue: who comes by the draw was drawn.
func (p ParticipantState) Register(r ParticipantRegistered, in Dialogue, of Edition, draw SortitionState) ([]Event, error) {
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
	case p.erased != nil:
		return nil, p.MustKnow()
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
	case (r.Route == Drawn || r.Route == QuotaRoute) && r.Person == Digest{}:
		return nil, reject(ErrInvalidField, "who comes by route %s has the hash of a person, so that nobody comes twice", r.Route)
	case r.Person != Digest{} && r.Participant != NewParticipantID(to.Edition, r.Person):
		return nil, reject(ErrInvalidID, "the participant of this person is %s, not %s", NewParticipantID(to.Edition, r.Person), r.Participant)
	case r.Route == Drawn && !draw.In(r.Participant):
		return nil, reject(ErrForbidden, "%s was not drawn, or has left", r.Participant)
	}
	if protocol := of.Protocol(); protocol != nil && !r.OfAge {
		if age, ruled := protocol.Thresholds[MinimumAge]; ruled {
			return nil, reject(ErrForbidden, "participants are at least %s years old, and nobody says that %s is", age, r.Participant)
		}
	}
	return []Event{r}, nil
}

// GiveConsent records what a participant consents to, on a text that was approved in the language. text is the state of its artefact. Replaces of c is
// set here.
func (p ParticipantState) GiveConsent(c ConsentGiven, text Artefact) ([]Event, error) {
	c.Replaces = nil
	if err := first(c.ConsentText.Check(), c.Lang.Check(), oneOf("method", c.Method, consentMethods), checkScopes(c.Scopes)); err != nil {
		return nil, err
	}
	switch {
	case p.registered == nil || p.registered.Dialogue != c.Dialogue:
		return nil, reject(ErrUnknownRef, "participant %q is not registered in dialogue %q", c.Participant, c.Dialogue)
	case p.last != nil && same(p.last, c):
		return nil, nil
	}
	if err := first(p.MustKnow(), text.Usable(c.ConsentText, c.Lang)); err != nil {
		return nil, err
	}
	if kind := text.Kind(c.ConsentText); kind != ConsentTextArtefact {
		return nil, reject(ErrUnknownRef, "artefact %s is a %s, not a %s", c.ConsentText.ID, kind, ConsentTextArtefact)
	}
	c.Replaces = slices.Clone(p.consent)
	return []Event{c}, nil
}

// WithdrawConsent takes back consent that stands. Nobody but the person knows which ballots are the person's own, so these are voided only for who
// presented a code that was issued in the dialogue; which code that is, is written nowhere. Replaces of w is set here.
func (p ParticipantState) WithdrawConsent(w ConsentWithdrawn, presented bool) ([]Event, error) {
	w.Replaces = nil
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
	case w.Effect == VoidOpenBallots && !presented:
		return nil, reject(ErrCodeNotIssued, "ballots are voided for who presents a code that was issued in the dialogue")
	}
	w.Replaces = slices.Clone(p.consent)
	return []Event{w}, nil
}

// CheckIn says that a participant is in the room of dialogue in of edition of: for one session, or for the day, which is all of them. draw is the
// sortition of the dialogue: who was registered as drawn needs the seat still. Chamber and Again of c are set here.
func (p ParticipantState) CheckIn(c ParticipantCheckedIn, in Dialogue, of Edition, draw SortitionState) ([]Event, error) {
	if p.registered == nil || p.registered.Dialogue != c.Dialogue {
		return nil, reject(ErrUnknownRef, "participant %q is not registered in dialogue %q", c.Participant, c.Dialogue)
	}
	c.Chamber = p.registered.Chamber
	have, known := p.checkIn(c.Session)
	c.Again = have.Again
	if known && same(have, c) {
		return nil, nil
	}
	if err := p.MustKnow(); err != nil {
		return nil, err
	}
	session, opened := in.sessions[c.Session]
	_, planned := of.Session(c.Session)
	switch {
	case known || p.CheckedIn(c.Session) || (c.Session == "" && len(p.checkedIn) > 0):
		return nil, reject(ErrDuplicate, "participant %s is checked in: once for a session, or once for the day", c.Participant)
	case c.By == "":
		return nil, reject(ErrInvalidField, "somebody checks people in")
	case in.authorised == nil:
		return nil, reject(ErrNotApproved, "dialogue %s is not authorised", c.Dialogue)
	case p.Drawn() && !draw.In(c.Participant):
		return nil, reject(ErrForbidden, "%s has no seat any more: it was given back, or its selection is void", c.Participant)
	case !p.Consents(Participate) || !p.Consents(DataUse):
		return nil, reject(ErrConsentMissing, "who is in the room consents to %s and %s", Participate, DataUse)
	case c.Session != "" && !opened && !planned:
		return nil, reject(ErrUnknownRef, "session %q is not planned", c.Session)
	case session.closed != nil:
		return nil, reject(ErrSessionClosed, "session %s is closed", c.Session)
	}
	c.Again = len(p.checkedIn) > 0
	return []Event{c}, nil
}

// Erasable are the fields of a registration whose words lie in the vault, in ascending order.
func (p ParticipantState) Erasable() []string {
	var fields []string
	if p.registered != nil {
		for field := range Commitments(*p.registered) {
			fields = append(fields, field)
		}
	}
	return fields
}

// Erase says that the openings of a participant's fields are gone. Fields are in ascending order, those alone of which there was an opening.
func (p ParticipantState) Erase(e PersonalDataErased) ([]Event, error) {
	switch {
	case p.registered == nil || p.registered.Dialogue != e.Dialogue:
		return nil, reject(ErrUnknownRef, "participant %q is not registered in dialogue %q", e.Participant, e.Dialogue)
	case p.erased != nil && same(*p.erased, e):
		return nil, nil
	case p.erased != nil:
		return nil, p.MustKnow()
	case e.RequestedAt == 0 || e.LegalBasis == "":
		return nil, reject(ErrInvalidField, "an erasure was requested at some time, on some legal basis")
	case len(e.Fields) == 0:
		return nil, reject(ErrErased, "nothing that participant %s told is kept", e.Participant)
	}
	if err := e.RequestedAt.Check(); err != nil {
		return nil, err
	}
	for i, field := range e.Fields {
		if !slices.Contains(p.Erasable(), field) || (i > 0 && field <= e.Fields[i-1]) {
			return nil, reject(ErrInvalidField, "field %q is not one that the participant told, or not in order", field)
		}
	}
	return []Event{e}, nil
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
