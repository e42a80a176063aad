package commands

import "daybook.internal/domain"

// artefacts shows the states of artefacts, each once.
func (v *sight) artefacts(refs []domain.ArtefactRef) map[domain.ArtefactID]domain.Artefact {
	found := map[domain.ArtefactID]domain.Artefact{}
	for _, r := range refs {
		if _, have := found[r.ID]; !have {
			found[r.ID] = v.artefact(r.ID)
		}
	}
	return found
}

// home is where a stream belongs, by its first record.
func (v *sight) home(stream domain.StreamID) (h domain.Home) {
	if v.err != nil {
		return h
	}
	for r, err := range v.s.Ledger.Stream(v.ctx, stream, 0) {
		if err == nil {
			var m domain.Meta
			if m, err = domain.DecodeMeta(r.Meta); err == nil {
				return domain.Home{Edition: m.Source, Dialogue: m.Dialogue}
			}
		}
		v.err = err
		break
	}
	return h
}

// closedAt is when a session was closed, 0 where it is open or was never opened.
func (v *sight) closedAt(d domain.DialogueID, session domain.SessionID) (at domain.Time) {
	if v.err != nil {
		return 0
	}
	for r, err := range v.s.Ledger.Stream(v.ctx, domain.DialogueStream(d), 0) {
		if err == nil && r.Type != domain.TypeOf(domain.SessionClosed{}) {
			continue
		}
		var f domain.Fact
		if err == nil {
			f, err = r.Decode()
		}
		if err != nil {
			v.err = err
			return 0
		}
		if c, ok := f.Event.(domain.SessionClosed); ok && c.Session == session {
			return f.Meta.Time
		}
	}
	return 0
}

// sentAt is when a command was recorded that wrote to a stream before; now where it was not.
func (v *sight) sentAt(by By, stream domain.StreamID, now domain.Time) domain.Time {
	if v.err != nil {
		return now
	}
	id := domain.NewEventID(by.Command, stream, 0)
	for r, err := range v.s.Ledger.Stream(v.ctx, stream, 0) {
		if err == nil && r.ID != id {
			continue
		}
		var m domain.Meta
		if err == nil {
			m, err = domain.DecodeMeta(r.Meta)
		}
		if v.err = err; err == nil {
			return m.Time
		}
		break
	}
	return now
}

// people counts the participants of a dialogue who checked in, in whatever sessions.
func (v *sight) people(d domain.DialogueID) (n int) {
	v.looked(func(x *index) { n = x.room(d).people })
	return n
}
