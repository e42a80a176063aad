package commands

import "daybook.internal/domain"

// home is where a stream belongs, by its first event.
func (v *sight) home(stream domain.StreamID) domain.Home {
	m, _ := v.opening(stream)
	return domain.Home{Edition: m.Source, Dialogue: m.Dialogue}
}

// closedAt is when a session was closed, 0 where it is open or was never opened.
func (v *sight) closedAt(d domain.DialogueID, session domain.SessionID) (at domain.Time) {
	v.each(domain.DialogueStream(d), 0, func(f domain.Fact) bool {
		if c, ok := f.Event.(domain.SessionClosed); ok && c.Session == session {
			at = f.Meta.Time
		}
		return at == 0
	})
	return at
}

// sentAt is when a command was recorded that wrote to a stream before; now where it was not. So it is decided again as it was decided then.
func (v *sight) sentAt(by By, stream domain.StreamID, now domain.Time) domain.Time {
	id := domain.NewEventID(by.Command, stream, 0)
	v.each(stream, 0, func(f domain.Fact) bool {
		if f.ID == id {
			now = f.Meta.Time
		}
		return f.ID != id
	})
	return now
}
