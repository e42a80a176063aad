package simulate

import (
	"time"

	"daybook.internal/domain"
)

// onlineSessions are those that are held online, for everybody who comes along.
var onlineSessions = []domain.SessionID{sessionWelcome, sessionData, sessionAI, sessionOwn, sessionClosing}

// meetOnline is a dialogue that is open to everybody. Nobody checks in and no codes are issued; everybody answers
// on a device that signs. Its numbers are never added to those of the room.
func (s *script) meetOnline(i int, c country) {
	m := s.meet(i, c)
	m.id, m.channel, m.room = c.online(), domain.OnlineChannel, newRoom(s.o.Seed, string(c.place)+" online")
	m.at(day(i).Add(10 * time.Hour))
	people := make([]*person, s.o.Online)
	for n := range people {
		people[n] = s.person(c, "online", n+1, domain.CitizenChamber)
		s.goOnline(people[n])
	}
	for _, id := range onlineSessions {
		d := sessionOf(id)
		m.open(d)
		var present []*person
		for _, p := range people {
			if id == sessionWelcome || p.chance.perMille(600) {
				present = append(present, p)
			}
		}
		for _, w := range []domain.Wave{domain.ProfileWave, domain.PreWave, domain.SessionWave, domain.PostWave} {
			m.ask(id, w, present)
		}
		if d.topic != "" {
			m.talk(d, present)
		}
		m.wait(time.Minute)
		m.close(d, 0)
	}
	m.reconcile()
	m.certify(0)
}
