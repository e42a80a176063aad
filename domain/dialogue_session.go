package domain

import "slices"

// Open begins a session of the edition in. Sessions of one chamber follow one another. further has the states of the instruments that the edition does not
// name: only a national session has such ones. PlannedMinutes of s is set here.
func (d Dialogue) Open(s SessionOpened, in Edition, further map[ArtefactID]Artefact) ([]Event, error) {
	if err := first(CheckID("session", s.Session), oneOf("chamber", s.Chamber, chambers)); err != nil {
		return nil, err
	}
	have, known := d.sessions[s.Session]
	defined, planned := in.Session(s.Session)
	s.PlannedMinutes = defined.PlannedMinutes
	switch {
	case d.registered == nil:
		return nil, d.unknown()
	case known && same(have.SessionOpened, s):
		return nil, nil
	case known:
		return nil, reject(ErrPhaseClosed, "session %s has been opened before", s.Session)
	case d.certified != nil:
		return nil, d.isCertified()
	case d.authorised == nil:
		return nil, reject(ErrNotApproved, "dialogue %s is not authorised", d.registered.Dialogue)
	case !planned || !in.concerns(defined, d.registered.Dialogue):
		return nil, reject(ErrUnknownRef, "session %s is not planned for dialogue %s", s.Session, d.registered.Dialogue)
	case defined.Chamber != s.Chamber:
		return nil, reject(ErrChamber, "session %s is one of the %s chamber", s.Session, defined.Chamber)
	case s.IssuedCodes < 0 || s.IssuedCodes > MaxCodes || (s.IssuedCodes > 0) != (s.CodesCommitment != Digest{}):
		return nil, reject(ErrInvalidField, "codes, %d at most, are issued together with a commitment to them", MaxCodes)
	}
	for _, id := range sortedKeys(d.sessions) {
		if other := d.sessions[id]; other.Chamber == s.Chamber && other.closed == nil {
			return nil, reject(ErrPhaseClosed, "session %s of the %s chamber is still open", id, s.Chamber)
		}
	}
	if err := d.checkInstruments(s, defined, further); err != nil {
		return nil, err
	}
	return []Event{s}, nil
}

func (d Dialogue) checkInstruments(s SessionOpened, defined SessionDefined, further map[ArtefactID]Artefact) error {
	for i, ref := range s.Instruments {
		switch err := ref.Check(); {
		case err != nil:
			return err
		case slices.Contains(s.Instruments[:i], ref):
			return reject(ErrInvalidField, "instrument %s version %d stands twice", ref.ID, ref.Version)
		case defined.uses(ref):
		case defined.Kind != NationalSession:
			return reject(ErrUnknownRef, "instrument %s version %d is not one of session %s, which is the same in all countries", ref.ID, ref.Version, s.Session)
		default:
			if err := d.usable(ref, further); err != nil {
				return err
			}
		}
	}
	for _, i := range defined.Instruments {
		if !slices.Contains(s.Instruments, i.Artefact) {
			return reject(ErrUnknownRef, "instrument %s version %d of session %s is missing", i.Artefact.ID, i.Artefact.Version, s.Session)
		}
	}
	return nil
}

// uses tells whether the edition names an instrument for the session.
func (s SessionDefined) uses(ref ArtefactRef) bool {
	return slices.ContainsFunc(s.Instruments, func(i Instrument) bool { return i.Artefact == ref })
}

// asks tells whether an instrument is used in a wave of the session. What a country has added is asked in the session itself.
func (s SessionDefined) asks(ref ArtefactRef, in Wave) bool {
	return slices.Contains(s.Instruments, Instrument{ref, in}) || (in == SessionWave && !s.uses(ref))
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

// ReportDeviation says where the day left the protocol. Anybody with a role may, as often as it happens, and after the certification as well.
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

func (d Dialogue) isCertified() error {
	return reject(ErrPhaseClosed, "dialogue %s is certified: nothing happens in it any more", d.registered.Dialogue)
}
