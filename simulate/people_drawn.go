package simulate

import (
	"strconv"

	"daybook.internal/domain"
)

// A person is somebody in a country: a candidate, then perhaps a participant.
type person struct {
	hash    domain.Digest
	id      domain.ParticipantID
	strata  strata
	lang    domain.Lang
	chamber domain.Chamber
	group   string // of a stakeholder
	quotes  bool   // consents to quotes
	named   bool   // left a name and an address
	here    bool   // checked in
	leaves  int    // how many sessions of the chamber the person stays for
	table   domain.TableID
	code    domain.Pseudonym // known to the person alone: nothing in the record leads from one to the other
	device  *device          // on which a person answers who takes part online
	gone    bool             // withdrew in the middle of the day, and every ballot is void
	given   []poll           // what the person answered
	chance  *chance
	before  map[domain.ArtefactID]domain.Answer // what the person said before the day
}

// person makes the n-th person of a kind in a country.
func (s *script) person(c country, kind string, n int, chamber domain.Chamber) *person {
	what := kind + "-" + strconv.Itoa(n)
	p := &person{
		chamber: chamber, hash: s.digest("person", string(c.place), what), chance: s.chance("person", string(c.place), what), before: map[domain.ArtefactID]domain.Answer{},
	}
	p.id = domain.NewParticipantID(edition, p.hash)
	p.strata = drawStrata(p.chance, c.region)
	p.lang = c.languages[p.chance.pick([]int{700, 200, 100}[:len(c.languages)])]
	p.quotes = p.chance.perMille(970)
	p.leaves = len(sessions)
	if p.chance.perMille(25) {
		p.leaves = p.chance.between(3, 7)
	}
	p.code = domain.Pseudonym(domain.Digest(digest(s.o.Seed, "code", string(c.place), what)).String()[:20])
	return p
}

// name is what command ids call a person.
func (p *person) name() string { return string(p.id) }

// unsaid are words whose erasure somebody asks for.
type unsaid struct {
	c     country
	in    domain.Ref
	field string
}

// forgotten is somebody who asks for erasure.
type forgotten struct {
	c  country
	id domain.ParticipantID
}
