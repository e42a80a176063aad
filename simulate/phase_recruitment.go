package simulate

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/sortition"
)

// recruitment: in every country people are asked, and either drawn by lot from those who accept, or taken by quota.
func (s *script) recruitment() {
	s.on(2024, time.June, 3, 9)
	var open []*selection
	for i, c := range s.where {
		if s.stopped {
			return
		}
		if x := s.recruit(i, c); x != nil {
			open = append(open, x)
		}
	}
	for len(open) > 0 && !s.stopped {
		var next []*selection
		for _, x := range open {
			again := false
			seats := s.finish(x, func(r *selection) { next, again = append(next, r), true })
			if !again {
				s.seat(x.c, seats, domain.Drawn)
			}
		}
		for _, x := range next {
			s.prepare(x, false)
		}
		open = next
	}
	s.on(2024, time.August, 19, 9)
	for i, c := range s.where {
		s.authorise(i, c)
	}
	s.reach("rooms-authorised")
}

// poolFactor is how many people accept for each seat.
const poolFactor = 3

// recruit asks people, and seats them, unless the selection that it gives does so later.
func (s *script) recruit(i int, c country) *selection {
	pool := make([]*person, poolFactor*s.o.Citizens)
	for n := range pool {
		pool[n] = s.person(c, "citizen", n+1, domain.CitizenChamber)
	}
	s.reports(i, c, len(pool))
	switch {
	case s.byQuota(i):
		s.seat(c, s.panel(c, pool, 1, nil), domain.QuotaRoute)
	case s.selects(i):
		return s.first(i, c, pool)
	default:
		s.seat(c, s.draw(i, c, pool), domain.Drawn)
	}
	return nil
}

// seat registers people, and stakeholders beside them.
func (s *script) seat(c country, seats []*person, route domain.Route) {
	seats = slices.Clip(seats)
	for _, p := range seats {
		s.register(c, p, route)
	}
	for n := range stakeholdersFor(s.o.Citizens) {
		p := s.person(c, "stakeholder", n+1, domain.StakeholderChamber)
		p.group = stakeholderGroups[n%len(stakeholderGroups)]
		s.register(c, p, domain.StakeholderInvite)
		seats = append(seats, p)
	}
	s.registered[c.place] = seats
}

// reports count those who were asked. In some countries one of them is corrected.
func (s *script) reports(i int, c country, accepted int) {
	who := c.acting(domain.Recruiter, "recruiter")
	chance := s.chance("recruitment", string(c.place))
	report := func(id, channel string, accepted int, supersedes string) {
		reached := accepted * chance.between(4, 7)
		n := domain.Recruitment{Invited: reached * chance.between(12, 25) / 10, Reached: reached, Accepted: accepted, Ineligible: accepted / 10}
		n.Refused = (reached - n.Accepted - n.Ineligible) * chance.between(6, 9) / 10
		s.do(who, "report-recruitment", commands.ReportRecruitment{
			Dialogue: c.dialogue(), Report: id, Channel: channel, Counts: n, From: "2024-05-13", To: "2024-05-31", Supersedes: supersedes,
		}, string(c.dialogue()), id)
	}
	phone, street := accepted*6/10, accepted*3/10
	report("phone", "random telephone numbers", phone, "")
	report("street", "streets and markets", street, "")
	report("partners", "local organisations", accepted-phone-street, "")
	if i%5 == 1 {
		report("street-corrected", "streets and markets", street, "street")
	}
}

// candidate is what a person is to a draw.
func (s *script) candidate(c country, p *person) sortition.Candidate {
	return sortition.Candidate{ID: string(p.id), Strata: p.strata.byName(), Salt: digest(s.o.Seed, "salt", string(c.place), string(p.id))}
}

// seedOf is the seed of a draw, which is secret until the draw; beacon is what a public beacon would say.
func (s *script) seedOf(c country, round int) domain.Digest {
	return s.digest("draw-seed", string(c.place), strconv.Itoa(round))
}

func (s *script) beacon(c country, round int) domain.Digest {
	return s.digest("beacon", string(c.place), strconv.Itoa(round))
}

// panel fills the seats of a country from a pool, in a round, beside those who have a seat already.
func (s *script) panel(c country, pool []*person, round int, taken []*person) []*person {
	var quotas []sortition.Quota
	for _, d := range s.quotaPlan(c).Dimensions {
		for _, st := range d.Strata {
			quotas = append(quotas, sortition.Quota{Dimension: d.Name, Stratum: st.ID, Min: st.Min, Max: st.Max})
		}
	}
	key := sortition.Key(s.seedOf(c, round), s.beacon(c, round), string(c.dialogue()), round)
	selected, _, err := sortition.Draw(s.candidates(c, pool), quotas, s.o.Citizens, key, s.candidates(c, taken), sortition.DefaultAttempts)
	if err != nil {
		s.fail(fmt.Errorf("the draw of %s: %w; take another seed", c.name, err))
		return nil
	}
	byID := make(map[string]*person, len(pool))
	for _, p := range pool {
		byID[string(p.id)] = p
	}
	drawn := make([]*person, len(selected))
	for i, id := range selected {
		drawn[i] = byID[id]
	}
	return drawn
}

func (s *script) candidates(c country, people []*person) []sortition.Candidate {
	all := make([]sortition.Candidate, len(people))
	for i, p := range people {
		all[i] = s.candidate(c, p)
	}
	return all
}

// draw seals the pool and draws from it. In some countries people fall ill before the day, and others are drawn in their place.
func (s *script) draw(i int, c country, pool []*person) []*person {
	who := c.acting(domain.Recruiter, "recruiter")
	candidates := make([]commands.Candidate, len(pool))
	for n, p := range s.candidates(c, pool) {
		candidates[n] = commands.Candidate{ID: domain.ParticipantID(p.ID), Strata: p.Strata, Salt: p.Salt}
	}
	s.do(who, "seal-pool", commands.SealPool{Dialogue: c.dialogue(), Candidates: candidates}, string(c.dialogue()))
	seats := s.panel(c, pool, 1, nil)
	s.round(c, who, 1, candidates, seats, nil)
	if i%4 != 1 || s.stopped {
		return seats
	}
	left := seats[:2:2]
	stay := seats[2:]
	seated := map[*person]bool{}
	for _, p := range seats {
		seated[p] = true
	}
	rest := slices.DeleteFunc(slices.Clone(pool), func(p *person) bool { return seated[p] })
	others := s.panel(c, rest, 2, stay)
	s.round(c, who, 2, candidates, others, left)
	return slices.Concat(stay, others)
}

// round commits to a draw, waits for the public randomness, and executes the draw.
func (s *script) round(c country, who domain.Actor, round int, pool []commands.Candidate, drawn, left []*person) {
	seed := s.seedOf(c, round)
	about := []string{string(c.dialogue()), strconv.Itoa(round)}
	s.do(who, "commit-draw", domain.DrawCommitted{
		Dialogue: c.dialogue(), Seed: sha256.Sum256(seed[:]),
		Algorithm:  domain.Algorithm{Name: sortition.Algorithm, Version: sortition.Version, Params: map[string]string{"maxAttempts": strconv.Itoa(sortition.DefaultAttempts)}},
		Randomness: domain.PublicRandomness{Source: "simulated-beacon", Round: int(s.now / 30_000), At: s.now + 600_000},
	}, about...)
	s.wait(15 * time.Minute)
	s.do(who, "execute-draw", commands.ExecuteDraw{
		Dialogue: c.dialogue(), Candidates: pool, Seed: seed, Randomness: s.beacon(c, round), Leavers: idsOf(left), Selected: idsOf(drawn),
	}, about...)
}

// idsOf are the ids of people, in order.
func idsOf(people []*person) []domain.ParticipantID {
	ids := make([]domain.ParticipantID, len(people))
	for i, p := range people {
		ids[i] = p.id
	}
	slices.Sort(ids)
	return ids
}
