package simulate

import (
	"time"

	"daybook.internal/domain"
)

// onboarding: a national partner in every country, its people trained, its dialogue registered.
func (s *script) onboarding() {
	s.on(2024, time.April, 22, 9)
	for i, c := range s.where {
		s.partner(i, c)
	}
	s.on(2024, time.April, 29, 9)
	for _, person := range []string{coderA, coderB, coderC} {
		s.train(analysisPartner, person, domain.Coder, moduleCoding)
	}
	s.reach("materials-verified")
	s.on(2024, time.May, 6, 9)
	for i, c := range s.where {
		s.dialogues(i, c)
	}
}

func (s *script) partner(i int, c country) {
	kinds := []domain.PartnerKind{domain.CivilSociety, domain.Academia, domain.CivilSociety, domain.OtherPartner, domain.Government}
	s.admit(domain.PartnerAdmitted{
		Partner: c.partner(), Name: partnerNames[i%len(partnerNames)] + ", " + c.name + " (simulated)", Kind: kinds[i%len(kinds)], Place: c.place,
		Roles: roles(domain.NationalPartner, domain.HeadFacilitator, domain.TableFacilitator, domain.NoteTaker, domain.TallyClerk, domain.Recruiter),
	})
	s.declare(c.partner(), c.person("head"), domain.NoInterest, "I lead discussions for a living and have no stake in the topics.")
	s.train(c.partner(), c.person("head"), domain.HeadFacilitator, moduleHead)
	for n := range s.facilitators() {
		person := c.person(number("facilitator", n+1))
		level, statement := domain.NoInterest, "Nothing to declare."
		if n%9 == 4 {
			level, statement = domain.IndirectInterest, "A relative of mine works for a provider of internet access."
		}
		s.declare(c.partner(), person, level, statement)
		s.train(c.partner(), person, domain.TableFacilitator, moduleTable)
	}
}

// facilitators are one for every table that may be needed, of citizens or of stakeholders, and one more.
func (s *script) facilitators() int {
	return tablesFor(s.o.Citizens) + tablesFor(stakeholdersFor(s.o.Citizens)) + 1
}

// tablesFor is how many tables of five to eight people are formed.
func tablesFor(people int) int { return max(1, (people+6)/7) }

// stakeholdersFor is how many stakeholders are invited beside so many citizens.
func stakeholdersFor(citizens int) int { return min(max(citizens/10, 6), 35) }

func (s *script) train(p domain.PartnerID, person string, role domain.Role, module domain.ArtefactID) {
	score := domain.RatioOf(int64(s.chance("training", person, string(role)).between(7, 10)), 10)
	s.do(forPartner(domain.Coordinator, trainerPerson, coordinatorPartner), "complete-training", domain.TrainingCompleted{
		Edition: edition, Partner: p, Trainee: person, Role: role, Module: ref(module), Score: &score, Trainer: trainerPerson, ValidTo: "2026-12-31",
	}, person, string(role))
}

// byQuota tells whether the partner of the i-th country fills quotas instead of drawing lots. A draw stands in one record, which holds the ids of
// about 1,500 people.
func (s *script) byQuota(i int) bool { return i%6 == 4 || s.o.Citizens > mostDrawn }

const mostDrawn = 1500

// opensOnline tells whether the i-th country opens its dialogue to everybody online besides.
func opensOnline(i int) bool { return i%3 == 1 }

// onPaper tells whether the citizens of the i-th country answer on paper.
func onPaper(i int) bool { return i%4 == 0 }

// day is when the i-th country meets: one country a day.
func day(i int) time.Time {
	return time.Date(2024, time.September, 7, 8, 0, 0, 0, time.UTC).AddDate(0, 0, i)
}

func (s *script) dialogues(i int, c country) {
	date := domain.TimeOf(day(i)).Date()
	d := domain.DialogueRegistered{
		Dialogue: c.dialogue(), Edition: edition, Place: c.place, Partner: c.partner(), Mode: []domain.Mode{domain.RoomMode, domain.HybridMode, domain.RoomMode}[i%3],
		SampleType: domain.Sortition, Languages: c.languages, PlannedSize: s.o.Citizens, Date: date,
	}
	if s.byQuota(i) {
		d.SampleType = domain.Quota
	}
	s.do(c.acting(domain.NationalPartner, "head"), "register-dialogue", d, string(d.Dialogue))
	t := nationalTopics[i%len(nationalTopics)]
	s.do(c.acting(domain.NationalPartner, "head"), "add-topic", domain.TopicAdded{
		Edition: edition, Topic: c.topic(), Label: s.text(t.label), Scope: domain.NationalScope, PolicyLinks: []string{t.link}, Dialogue: d.Dialogue,
	}, string(c.topic()))
	s.nationalQuestion(c, t.question)
	s.do(c.acting(domain.NationalPartner, "head"), "set-quota-plan", s.quotaPlan(c), string(d.Dialogue))
	if s.o.Online > 0 && opensOnline(i) {
		d.Dialogue, d.Mode, d.SampleType, d.PlannedSize = c.online(), domain.OnlineMode, domain.OpenOnline, 0
		s.do(c.acting(domain.NationalPartner, "head"), "register-dialogue", d, string(d.Dialogue))
	}
}

func (c country) topic() domain.TopicID { return domain.TopicID("tp_national_" + string(c.place)) }

// nationalQuestion is what a country adds to the national session, in its own languages.
func (s *script) nationalQuestion(c country, text string) {
	q := ownQuestion(c, text)
	s.question(q)
	for _, l := range c.languages {
		if l != sourceLang {
			s.translateQuestion(q, l, 1)
		}
	}
}

func ownQuestion(c country, text string) *question {
	return &question{
		id: domain.ArtefactID("ar_sim_q_own_" + c.place), session: sessionNational, waves: []domain.Wave{domain.SessionWave}, kind: domain.SingleChoice, unit: domain.Individual, text: text,
		options: []option{{"money", "With more money", 340}, {"people", "With more trained people", 390}, {"rules", "With better rules", 270}},
	}
}

// quotaPlan mirrors the population within a few seats.
func (s *script) quotaPlan(c country) domain.QuotaPlanSet {
	plan := domain.QuotaPlanSet{Dialogue: c.dialogue(), Source: s.document("census-" + string(c.place)), NonExpertRule: nonExpertRule, MinorityStrata: minorityStrata}
	for _, d := range dimensions {
		q := domain.QuotaDimension{Name: d.name}
		for _, st := range d.strata {
			share := st.shares[c.region]
			seats := share * s.o.Citizens / 1000
			room := max(2, s.o.Citizens*6/100)
			q.Strata = append(q.Strata, domain.Stratum{
				ID: st.id, Label: st.label, PopulationShare: domain.RatioOf(int64(share), 1000), Min: max(0, seats-room), Max: min(s.o.Citizens, seats+room+1),
			})
		}
		plan.Dimensions = append(plan.Dimensions, q)
	}
	return plan
}
