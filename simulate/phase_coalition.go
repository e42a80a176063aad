package simulate

import (
	"fmt"
	"time"

	"daybook.internal/domain"
)

// opening is the first event of the edition. It tells the options, so that one sees what was made, and editions of other options are other editions.
func opening(o Options) domain.EditionOpened {
	return domain.EditionOpened{
		Edition: edition,
		Title:   domain.In(sourceLang, "Our internet, simulated"),
		Mandate: domain.In(sourceLang, fmt.Sprintf("A synthetic edition: seed %d, %d countries, %d citizens in each, %d people online. Nobody said or did any of this.",
			o.Seed, o.Countries, o.Citizens, o.Online)),
		Languages:      spoken(countries[:o.Countries]),
		Coordinator:    coordinatorPartner,
		DecisionOwners: []string{addressees[0].Name, addressees[1].Name},
		Synthetic:      true,
	}
}

// milestones of the edition, with the gates that must be passed.
var milestones = []struct {
	key   string
	phase domain.Phase
	year  int
	month time.Month
	gates []string
}{
	{"coalition-formed", domain.CoalitionPhase, 2024, time.February, []string{}},
	{"protocol-frozen", domain.DesignPhase, 2024, time.April, []string{"instruments.approved", "protocol.frozen"}},
	{"materials-verified", domain.OnboardingPhase, 2024, time.May, []string{"materials.verified"}},
	{"rooms-authorised", domain.RecruitmentPhase, 2024, time.August, []string{"dialogues.authorised"}},
	{"rooms-certified", domain.DeliberationPhase, 2024, time.December, []string{"dialogues.certified"}},
	{"synthesis-completed", domain.AnalysisPhase, 2025, time.March, []string{"synthesis.completed"}},
	{"handed-over", domain.SubmissionPhase, 2025, time.April, []string{}},
	{"answered", domain.FollowUpPhase, 2026, time.April, []string{}},
	{"evaluated", domain.EvaluationPhase, 2026, time.May, []string{}},
}

// coalition: the edition is opened, planned and carried by partners.
func (s *script) coalition() {
	s.on(2024, time.January, 15, 9)
	s.do(coordinator, "open-edition", opening(s.o), string(edition))
	for _, m := range milestones {
		due := domain.TimeOf(time.Date(m.year, m.month, 1, 12, 0, 0, 0, time.UTC))
		s.do(coordinator, "schedule-milestone", domain.MilestoneScheduled{Edition: edition, Key: m.key, Phase: m.phase, DueAt: due, Gates: m.gates}, m.key)
	}
	for _, t := range topics {
		s.do(coordinator, "add-topic", domain.TopicAdded{Edition: edition, Topic: t.id, Label: s.text(t.label), Scope: domain.GlobalScope, PolicyLinks: t.policyLinks}, string(t.id))
	}
	for _, p := range organisations {
		s.admit(domain.PartnerAdmitted{Partner: p.id, Name: p.name, Kind: p.kind, Roles: p.roles})
	}
	for _, m := range committee {
		s.declare(m.partner, m.person, m.level, m.statement)
	}
	s.on(2024, time.January, 31, 9)
	s.reach("coalition-formed")
}

func (s *script) admit(a domain.PartnerAdmitted) {
	a.Edition, a.Agreement, a.ValidFrom = edition, s.digest("agreement", string(a.Partner)), "2024-01-01"
	s.do(coordinator, "admit-partner", a, string(a.Partner))
}

func (s *script) declare(p domain.PartnerID, person string, level domain.InterestLevel, statement string) {
	s.do(forPartner(domain.Coordinator, person, p), "declare-interest",
		domain.InterestDeclared{Edition: edition, Partner: p, Person: person, Statement: domain.In(sourceLang, statement), Topics: []domain.TopicID{}, Level: level}, person)
}

// reach says that a milestone is passed, on the evidence of the edition as it stands.
func (s *script) reach(key string, evidence ...domain.Ref) {
	stream := domain.EditionStream(edition)
	evidence = append(evidence, domain.Ref{Stream: stream, Version: s.stands(stream)})
	s.do(coordinator, "reach-milestone", domain.MilestoneReached{Edition: edition, Key: key, Evidence: evidence}, key)
}

// move gives a milestone another time.
func (s *script) move(key string, year int, month time.Month, day int, reason string) {
	for _, m := range milestones {
		if m.key == key {
			due := domain.TimeOf(time.Date(year, month, day, 12, 0, 0, 0, time.UTC))
			s.do(coordinator, "schedule-milestone", domain.MilestoneScheduled{Edition: edition, Key: key, Phase: m.phase, DueAt: due, Gates: m.gates, Reason: reason}, key, "moved")
		}
	}
}
