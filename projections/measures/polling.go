package measures

import (
	"maps"

	"daybook.internal/domain"
)

// While a session is open, every answer is a record of its own, and whoever reads a result before and after it knows the answer. So nothing of a place is published while people
// answer there, nor of the World; the operators' views of projections count all along.

// sitting is one session of one dialogue.
type sitting struct {
	dialogue domain.DialogueID
	session  domain.SessionID
}

// opens notes that people answer in a session.
func (s *State) opens(id domain.DialogueID, session domain.SessionID) {
	if at := (sitting{id, session}); !s.polling[at] {
		s.polling[at] = true
		s.eachPool(at, func(p *Pool, place domain.Place) { p.begin(place) })
	}
}

// closes notes that they do no longer.
func (s *State) closes(id domain.DialogueID, session domain.SessionID) {
	if at := (sitting{id, session}); s.polling[at] {
		delete(s.polling, at)
		s.eachPool(at, func(p *Pool, place domain.Place) {
			if p.open[place]--; p.open[place] == 0 {
				delete(p.open, place)
			}
		})
	}
}

// eachPool visits what was asked in a session of a dialogue; documents that rest on it are to be computed anew.
func (s *State) eachPool(at sitting, visit func(*Pool, domain.Place)) {
	room := s.rooms[at.dialogue]
	if room == nil {
		return
	}
	for _, a := range room.asked {
		if a.Session == at.session {
			visit(s.pools[a], room.Place)
			s.pools[a].at = s.position
		}
	}
}

// begin counts one more dialogue of a place in which people answer.
func (p *Pool) begin(place domain.Place) {
	if p.open == nil {
		p.open = map[domain.Place]int{}
	}
	p.open[place]++
}

// closed adds to hidden places those in which people still answer, and the World.
func (p *Pool) closed(hidden map[domain.Place]bool, h *Head) map[domain.Place]bool {
	if len(p.open) == 0 {
		return hidden
	}
	hidden = maps.Clone(hidden)
	hidden[World] = true
	for place := range p.open {
		hidden[place] = true
	}
	h.warn(WarnOpen, "people still answer in %d places: their numbers, and those of the world, are hidden until the session is closed", len(p.open))
	return hidden
}
