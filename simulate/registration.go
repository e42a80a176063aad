package simulate

import (
	"fmt"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// accessNeeds are what participants tell when they register. They go to the vault.
var accessNeeds = []string{"comes in a wheelchair", "needs large print", "brings a baby", "hears badly on the left", "needs everything read aloud"}

// namedPerMille of the participants leave a name and an address, which go to the vault, too. Both are those of nobody: a number, and a domain that nobody can have
// (RFC 2606).
const namedPerMille = 100

// leaveName makes a name and an address of a person, empty where the person leaves none.
func (s *script) leaveName(p *person) (name, contact string) {
	c := s.chance("name", p.name())
	if !c.perMille(namedPerMille) {
		return "", ""
	}
	n := c.between(10_000, 99_999)
	p.named = true
	return fmt.Sprintf("Synthetic Person %d", n), fmt.Sprintf("nobody-%d@synthetic.example", n)
}

// register lets a person in, with consent.
func (s *script) register(c country, p *person, route domain.Route) {
	who := c.acting(domain.Recruiter, "recruiter")
	r := commands.RegisterParticipant{
		Participant: p.id, Dialogue: c.dialogue(), Chamber: p.chamber, Route: route, StakeholderGroup: p.group, Language: p.lang, Support: []domain.Support{domain.Travel},
		Person: p.hash, OfAge: true,
	}
	if p.chamber == domain.CitizenChamber {
		r.Strata = p.strata.words()
		r.Support = append([]domain.Support{domain.Pay}, r.Support...)
	}
	r.Name, r.Contact = s.leaveName(p)
	if p.chance.perMille(50) {
		need := p.chance.below(len(accessNeeds))
		r.AccessNeeds = accessNeeds[need]
		r.Support = append(r.Support, []domain.Support{domain.Equipment, domain.Equipment, domain.Care, domain.Equipment, domain.Interpreter}[need])
	}
	s.do(who, "register-participant", r, p.name())
	consent := commands.GiveConsent{
		Participant: p.id, Dialogue: c.dialogue(), ConsentText: ref(artefactConsent), Lang: p.lang, Scopes: []domain.ConsentScope{domain.Participate, domain.DataUse},
		Method: []domain.ConsentMethod{domain.OnPaper, domain.OnScreen, domain.Spoken}[p.chance.pick([]int{550, 400, 50})],
	}
	for _, more := range []struct {
		scope domain.ConsentScope
		given bool
	}{{domain.Recording, p.chance.perMille(800)}, {domain.Quotes, p.quotes}, {domain.Contact, p.chance.perMille(750)}} {
		if more.given {
			consent.Scopes = append(consent.Scopes, more.scope)
		}
	}
	s.do(who, "give-consent", consent, p.name())
}

// authorise lets the dialogues of a country take place.
func (s *script) authorise(i int, c country) {
	a := domain.DialogueAuthorised{Dialogue: c.dialogue(), MethodVersion: methodVersion, Waivers: []domain.Waiver{}, ConsentText: ref(artefactConsent)}
	if s.o.Citizens < 50 || s.o.Citizens > 200 {
		a.Waivers = append(a.Waivers, domain.Waiver{Rule: domain.WaiveSize, Reason: "A simulation of another size.", ApprovedBy: committee[0].person})
	}
	s.do(coordinator, "authorise-dialogue", a, string(a.Dialogue))
	if s.o.Online > 0 && opensOnline(i) {
		s.do(coordinator, "authorise-dialogue", domain.DialogueAuthorised{Dialogue: c.online(), MethodVersion: methodVersion, Waivers: []domain.Waiver{}}, string(c.online()))
	}
}
