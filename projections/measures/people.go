package measures

import (
	"slices"

	"daybook.internal/domain"
)

// A crowd is the participants of one dialogue, as far as consent and erasure go. It is told apart from those who answer: no code stands here.
type crowd struct {
	people map[domain.ParticipantID]*participant
	words  []erasure // openings that were erased one by one
	at     uint64
}

type participant struct {
	asked     bool                  // for consent, and gave it
	scopes    []domain.ConsentScope // to which consent stands
	withdrawn domain.Time           // when consent to take part, or to the use of data, was last taken back; 0: it stands, or was never given
	erased    *erasure
}

// erasure is one that was done.
type erasure struct{ requested, done domain.Time }

const wholeDay = 24 * 60 * 60 * 1000

// days are the whole days that it took.
func (e erasure) days() int { return int(e.done-e.requested) / wholeDay }

// admissible tells whether a person takes part: consent to that and to the use of the data stands.
func (p *participant) admissible() bool {
	return slices.Contains(p.scopes, domain.Participate) && slices.Contains(p.scopes, domain.DataUse)
}

// crowdOf is the participants of a dialogue, from the first thing that happens to one of them.
func (s *State) crowdOf(id domain.DialogueID) *crowd {
	c := s.crowds[id]
	if c == nil {
		c = &crowd{people: map[domain.ParticipantID]*participant{}}
		s.crowds[id], s.gathered = c, s.position
	}
	c.at = s.position
	return c
}

func (c *crowd) of(id domain.ParticipantID) *participant {
	p := c.people[id]
	if p == nil {
		p = &participant{}
		c.people[id] = p
	}
	return p
}

// consent folds what happens to participants.
func (s *State) consent(f *domain.Fact) {
	when := f.Meta.OccurredAt
	if when == 0 {
		when = f.Meta.Time
	}
	switch e := f.Event.(type) {
	case domain.ParticipantRegistered:
		s.crowdOf(e.Dialogue).of(e.Participant)
	case domain.ConsentGiven:
		p := s.crowdOf(e.Dialogue).of(e.Participant)
		p.asked = true
		for _, scope := range e.Scopes {
			if !slices.Contains(p.scopes, scope) {
				p.scopes = append(p.scopes, scope)
			}
		}
		if p.admissible() {
			p.withdrawn = 0
		}
	case domain.ConsentWithdrawn:
		p := s.crowdOf(e.Dialogue).of(e.Participant)
		took := p.admissible()
		p.scopes = slices.DeleteFunc(p.scopes, func(scope domain.ConsentScope) bool { return slices.Contains(e.Scopes, scope) })
		if took && !p.admissible() {
			p.withdrawn = when
		}
	case domain.PersonalDataErased:
		s.crowdOf(e.Dialogue).of(e.Participant).erased = &erasure{e.RequestedAt, when}
	case domain.WordsErased:
		c := s.crowdOf(f.Meta.Dialogue)
		c.words = append(c.words, erasure{e.RequestedAt, when})
	}
}

// crowd is the participants of a dialogue; nil where there are none.
func (in *Inputs) crowd(id domain.DialogueID) *crowd {
	c := in.s.crowds[id]
	if c == nil {
		in.read(&in.s.gathered)
		return nil
	}
	in.read(&c.at)
	return c
}
