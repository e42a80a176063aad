package domain

import (
	"math/big"
	"slices"
)

// DialogueStream is the stream of one dialogue.
func DialogueStream(id DialogueID) StreamID { return StreamName("dialogue", string(id)) }

// Dialogue is the state of one dialogue's stream.
type Dialogue struct {
	registered *DialogueRegistered
	quota      *QuotaPlanSet
	authorised *DialogueAuthorised
	sessions   map[SessionID]session
	majors     []string // the rules from which the day deviated by far, each once
	certified  *DialogueCertified
}

type session struct {
	SessionOpened
	closed *SessionClosed
}

// Evolve folds one event.
func (d Dialogue) Evolve(ev Event) Dialogue {
	switch ev := ev.(type) {
	case DialogueRegistered:
		d.registered = &ev
	case QuotaPlanSet:
		d.quota = &ev
	case DialogueAuthorised:
		d.authorised = &ev
	case SessionOpened:
		d.sessions = with(d.sessions, ev.Session, session{ev, nil})
	case SessionClosed:
		d.sessions = with(d.sessions, ev.Session, session{d.sessions[ev.Session].SessionOpened, &ev})
	case DeviationReported:
		if ev.Severity == Major && !slices.Contains(d.majors, ev.Rule) {
			d.majors = append(d.majors[:len(d.majors):len(d.majors)], ev.Rule)
		}
	case DialogueCertified:
		d.certified = &ev
	}
	return d
}

// Registered is the registration, nil before it.
func (d Dialogue) Registered() *DialogueRegistered { return d.registered }

// Authorised is the authorisation, nil before it.
func (d Dialogue) Authorised() *DialogueAuthorised { return d.authorised }

// Certified tells whether the dialogue is complete: nothing happens in it any more.
func (d Dialogue) Certified() bool { return d.certified != nil }

// QuotaPlan says whom the room shall mirror, nil before that is set.
func (d Dialogue) QuotaPlan() *QuotaPlanSet { return d.quota }

// Issued tells whether a pseudonym is one of those to which a session of the dialogue has committed.
func (d Dialogue) Issued(p Pseudonym, proof CodeProof) bool {
	for _, id := range sortedKeys(d.sessions) {
		if s := d.sessions[id]; s.IssuedCodes > 0 && proof.issued(s.Dialogue, p, s.CodesCommitment, s.IssuedCodes) {
			return true
		}
	}
	return false
}

// OpenSession finds the session if it is open; it rejects by ErrSessionNotOpen or ErrSessionClosed if it is not.
func (d Dialogue) OpenSession(id SessionID) (SessionOpened, error) {
	s, known := d.sessions[id]
	switch {
	case !known:
		return SessionOpened{}, reject(ErrSessionNotOpen, "session %q has not been opened", id)
	case s.closed != nil:
		return SessionOpened{}, reject(ErrSessionClosed, "session %s is closed", id)
	}
	return s.SessionOpened, nil
}

// InSession rejects by ErrSessionNotOpen or ErrSessionClosed unless some session is open: a conversation is open while one is.
func (d Dialogue) InSession() error {
	for _, s := range d.sessions { // in whatever order: one is enough
		if s.closed == nil {
			return nil
		}
	}
	if len(d.sessions) > 0 {
		return reject(ErrSessionClosed, "every session of the dialogue is closed")
	}
	return reject(ErrSessionNotOpen, "no session of the dialogue is open")
}

// holds tells whether c is the conversation of this dialogue.
func (d Dialogue) holds(c ConversationID) bool {
	return d.registered != nil && string(d.registered.Dialogue) == string(c)
}

// Register announces the dialogue in an edition. p is the partner that holds it: the national partner of the place, or for an open online dialogue the
// coordinator as well.
func (d Dialogue) Register(r DialogueRegistered, in Edition, p Partner) ([]Event, error) {
	if d.registered != nil && same(*d.registered, r) {
		return nil, nil
	}
	if err := d.mayRegister(r, in); err != nil {
		return nil, err
	}
	if a := p.Admitted(); a != nil && a.Partner != r.Partner {
		return nil, reject(ErrUnknownRef, "partner %q is not admitted", r.Partner)
	}
	if err := p.Holds(NationalPartner, r.Place, r.Date); err != nil && (r.SampleType != OpenOnline || p.Holds(Coordinator, "", r.Date) != nil) {
		return nil, err
	}
	return []Event{r}, nil
}

// mayRegister checks what is asked of every registration, of an imported dialogue as well.
func (d Dialogue) mayRegister(r DialogueRegistered, in Edition) error {
	err := first(CheckID("dialogue", r.Dialogue), CheckID("partner", r.Partner), r.Place.Check(), r.Date.Check(), checkLangs(r.Languages),
		oneOf("mode", r.Mode, modes), oneOf("sample type", r.SampleType, sampleTypes), in.mustBeOpen())
	switch {
	case err != nil:
		return err
	case d.registered != nil:
		return reject(ErrDuplicate, "dialogue %s is registered already", r.Dialogue)
	case len(r.Languages) == 0 || r.PlannedSize < 0:
		return reject(ErrInvalidField, "a dialogue has at least one language and no negative size")
	case in.opened.Edition != r.Edition:
		return reject(ErrUnknownRef, "dialogue %s is of edition %s, not %s", r.Dialogue, r.Edition, in.opened.Edition)
	}
	return nil
}

// Imported takes over a dialogue that took place elsewhere, up to its only session. No partner of the edition stands for it, nothing was approved
// here, and it is always open online; ballots need more than that, so an imported dialogue has none.
func (d Dialogue) Imported(r DialogueRegistered, a DialogueAuthorised, s SessionOpened, in Edition) ([]Event, error) {
	if err := first(d.mayRegister(r, in), checkWaivers(a.Waivers), CheckID("session", s.Session), oneOf("chamber", s.Chamber, chambers)); err != nil {
		return nil, err
	}
	switch {
	case r.SampleType != OpenOnline:
		return nil, reject(ErrForbidden, "a dialogue of sample type %s takes place here or not at all", r.SampleType)
	case s.IssuedCodes != 0 || s.CodesCommitment != Digest{} || len(s.Instruments) > 0:
		return nil, reject(ErrForbidden, "an imported session has no codes and no instruments")
	}
	return []Event{r, a, s}, nil
}

// SetQuotaPlan says whom the room shall mirror; a later plan replaces an earlier one until the pool, of which draw is the state, is sealed, or a session
// has opened.
func (d Dialogue) SetQuotaPlan(q QuotaPlanSet, draw SortitionState) ([]Event, error) {
	switch {
	case d.registered == nil:
		return nil, d.unknown()
	case d.quota != nil && same(*d.quota, q):
		return nil, nil
	case draw.Fixed():
		return nil, reject(ErrPoolSealed, "the pool is sealed or a selection announced, and its draw rests on the plan")
	case len(d.sessions) > 0:
		return nil, reject(ErrFrozen, "a session has been opened")
	case len(q.Dimensions) == 0 || q.Source.Digest == Digest{}:
		return nil, reject(ErrInvalidField, "a quota plan has dimensions and the digest of its source")
	}
	for i, dim := range q.Dimensions {
		if dim.Name == "" || slices.ContainsFunc(q.Dimensions[:i], func(o QuotaDimension) bool { return o.Name == dim.Name }) {
			return nil, reject(ErrInvalidField, "dimension %q has no name, or stands twice", dim.Name)
		}
		if err := dim.check(d.registered.PlannedSize); err != nil {
			return nil, err
		}
	}
	return []Event{q}, nil
}

func (q QuotaDimension) check(size int) error {
	sum, low, high := new(big.Rat), 0, 0
	seen := map[string]bool{}
	for _, s := range q.Strata {
		if s.ID == "" || seen[s.ID] {
			return reject(ErrInvalidField, "dimension %s: stratum %q is empty or repeated", q.Name, s.ID)
		}
		seen[s.ID] = true
		if s.Min < 0 || s.Max < s.Min || s.PopulationShare.Num < 0 {
			return reject(ErrQuotaInfeasible, "dimension %s, stratum %s: 0 <= min <= max, and a share that is not negative", q.Name, s.ID)
		}
		low, high = low+s.Min, high+s.Max
		sum.Add(sum, big.NewRat(s.PopulationShare.Num, max(s.PopulationShare.Den, 1)))
	}
	if off := sum.Sub(sum, big.NewRat(1, 1)); off.Abs(off).Cmp(big.NewRat(1, 1000)) > 0 {
		return reject(ErrQuotaInfeasible, "dimension %s: the population shares are %s away from 1", q.Name, off.FloatString(4))
	}
	if size < low || size > high {
		return reject(ErrQuotaInfeasible, "dimension %s: %d seats do not fit between %d and %d", q.Name, size, low, high)
	}
	return nil
}

func (d Dialogue) unknown() error { return reject(ErrUnknownRef, "the dialogue is not registered") }
