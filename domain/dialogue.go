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
	case DialogueCertified:
		d.certified = &ev
	}
	return d
}

// Registered is the registration, nil before it.
func (d Dialogue) Registered() *DialogueRegistered { return d.registered }

// Authorised is the authorisation, nil before it.
func (d Dialogue) Authorised() *DialogueAuthorised { return d.authorised }

// Certified tells whether the dialogue is certified.
func (d Dialogue) Certified() bool { return d.certified != nil }

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
	for _, id := range sortedKeys(d.sessions) {
		if d.sessions[id].closed == nil {
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

// Register announces the dialogue in an edition.
func (d Dialogue) Register(r DialogueRegistered, in Edition) ([]Event, error) {
	err := first(CheckID("dialogue", r.Dialogue), CheckID("partner", r.Partner), r.Place.Check(), r.Date.Check(), checkLangs(r.Languages),
		oneOf("mode", r.Mode, modes), oneOf("sample type", r.SampleType, sampleTypes), in.mustBeOpen())
	switch {
	case err != nil:
		return nil, err
	case d.registered != nil && same(*d.registered, r):
		return nil, nil
	case d.registered != nil:
		return nil, reject(ErrDuplicate, "dialogue %s is registered already", r.Dialogue)
	case len(r.Languages) == 0 || r.PlannedSize < 0:
		return nil, reject(ErrInvalidField, "a dialogue has at least one language and no negative size")
	case in.opened.Edition != r.Edition:
		return nil, reject(ErrUnknownRef, "dialogue %s is of edition %s, not %s", r.Dialogue, r.Edition, in.opened.Edition)
	}
	return []Event{r}, nil
}

// SetQuotaPlan says whom the room shall mirror; a later plan replaces an earlier one until a session has opened.
func (d Dialogue) SetQuotaPlan(q QuotaPlanSet) ([]Event, error) {
	switch {
	case d.registered == nil:
		return nil, d.unknown()
	case d.quota != nil && same(*d.quota, q):
		return nil, nil
	case len(d.sessions) > 0:
		return nil, reject(ErrFrozen, "a session has been opened")
	case len(q.Dimensions) == 0 || q.Source.Digest == Digest{}:
		return nil, reject(ErrInvalidField, "a quota plan has dimensions and the digest of its source")
	}
	for _, dim := range q.Dimensions {
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

// The rules that a waiver can lift.
const (
	WaiveProtocol = "protocol"    // the dialogue takes place without a frozen protocol
	WaiveSize     = "plannedSize" // fewer than 50 or more than 200 people
)

// Authorise lets the dialogue take place.
func (d Dialogue) Authorise(a DialogueAuthorised, in Edition) ([]Event, error) {
	if d.registered == nil {
		return nil, d.unknown()
	}
	if d.authorised != nil && same(*d.authorised, a) {
		return nil, nil
	}
	for _, w := range a.Waivers {
		if w.Rule == "" || w.Reason == "" || w.ApprovedBy == "" {
			return nil, reject(ErrInvalidField, "a waiver has a rule, a reason and somebody who approved it")
		}
	}
	waived := func(rule string) bool {
		return slices.ContainsFunc(a.Waivers, func(w Waiver) bool { return w.Rule == rule })
	}
	size := d.registered.PlannedSize
	drawn := d.registered.SampleType == Sortition || d.registered.SampleType == Quota
	switch p := in.Protocol(); {
	case d.authorised != nil:
		return nil, reject(ErrDuplicate, "the dialogue is authorised already")
	case p == nil && !waived(WaiveProtocol):
		return nil, reject(ErrNotApproved, "the protocol of the edition is not frozen")
	case p != nil && a.MethodVersion != p.MethodVersion:
		return nil, reject(ErrNotApproved, "the frozen method version is %d, not %d", p.MethodVersion, a.MethodVersion)
	case drawn && (size < 50 || size > 200) && !waived(WaiveSize):
		return nil, reject(ErrNotApproved, "a %s dialogue is planned for 50 to 200 people, not %d", d.registered.SampleType, size)
	}
	return []Event{a}, nil
}

// Open begins a session. Sessions of one chamber follow one another.
func (d Dialogue) Open(s SessionOpened) ([]Event, error) {
	if err := first(CheckID("session", s.Session), oneOf("chamber", s.Chamber, chambers)); err != nil {
		return nil, err
	}
	have, known := d.sessions[s.Session]
	switch {
	case d.registered == nil:
		return nil, d.unknown()
	case known && same(have.SessionOpened, s):
		return nil, nil
	case known:
		return nil, reject(ErrPhaseClosed, "session %s has been opened before", s.Session)
	case d.authorised == nil:
		return nil, reject(ErrNotApproved, "dialogue %s is not authorised", d.registered.Dialogue)
	case s.IssuedCodes < 0 || (s.IssuedCodes > 0) != (s.CodesCommitment != Digest{}):
		return nil, reject(ErrInvalidField, "codes are issued together with a commitment to them")
	}
	for _, id := range sortedKeys(d.sessions) {
		if other := d.sessions[id]; other.Chamber == s.Chamber && other.closed == nil {
			return nil, reject(ErrPhaseClosed, "session %s of the %s chamber is still open", id, s.Chamber)
		}
	}
	for _, i := range s.Instruments {
		if err := i.Check(); err != nil {
			return nil, err
		}
	}
	return []Event{s}, nil
}

// Close ends a session.
func (d Dialogue) Close(c SessionClosed) ([]Event, error) {
	have, known := d.sessions[c.Session]
	switch {
	case !known:
		return nil, reject(ErrSessionNotOpen, "session %q has not been opened", c.Session)
	case have.closed != nil && same(*have.closed, c):
		return nil, nil
	case have.closed != nil:
		return nil, reject(ErrSessionClosed, "session %s is closed", c.Session)
	case c.Minutes < 0 || c.CheckedIn < 0:
		return nil, reject(ErrInvalidField, "minutes and people checked in are not negative")
	}
	return []Event{c}, nil
}

// ReportDeviation says where the day left the protocol. Anybody with a role may, as often as it happens.
func (d Dialogue) ReportDeviation(r DeviationReported) ([]Event, error) {
	if err := r.Description.Check("description"); err != nil {
		return nil, err
	}
	_, known := d.sessions[r.Session]
	switch {
	case d.registered == nil:
		return nil, d.unknown()
	case r.Rule == "":
		return nil, reject(ErrInvalidField, "a deviation names the rule")
	case r.Severity != Minor && r.Severity != Major:
		return nil, reject(ErrInvalidField, "severity %q is not known", r.Severity)
	case r.Session != "" && !known:
		return nil, reject(ErrUnknownRef, "session %s has not been opened", r.Session)
	}
	return []Event{r}, nil
}

func (d Dialogue) unknown() error { return reject(ErrUnknownRef, "the dialogue is not registered") }
