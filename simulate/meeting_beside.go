package simulate

import (
	"slices"
	"time"

	"daybook.internal/domain"
)

func sessionOf(id domain.SessionID) session {
	return sessions[slices.IndexFunc(sessions, func(s session) bool { return s.id == id })]
}

// stakeholdersMeet: they assess models of cooperation at tables of their own.
func (m *meeting) stakeholdersMeet() {
	d := sessionOf(sessionStakeholder)
	for _, t := range m.experts {
		m.form(t, d.id, t.chamber, t.members)
	}
	m.open(d)
	m.ask(d.id, domain.SessionWave, m.stakeholders)
	for n, t := range m.experts {
		m.writeSheet(d, t, n+1)
	}
	m.wait(5 * time.Minute)
	m.close(d, len(m.stakeholders))
}

// jointMeet: a stakeholder sits down at each table of citizens, as long as there are any.
func (m *meeting) jointMeet() {
	d := sessionOf(sessionJoint)
	var joint []*table
	for i, p := range m.stakeholders {
		if i == len(m.tables) {
			break
		}
		t := m.tables[i]
		m.form(t, d.id, domain.JointChamber, append(slices.Clone(t.members), p))
		joint = append(joint, t)
	}
	m.open(d)
	for n, t := range joint {
		m.writeSheet(d, t, n+1)
	}
	m.wait(5 * time.Minute)
	m.close(d, len(m.citizens)+len(m.stakeholders))
}
