package measures

import (
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

const (
	asTheyLike  = "everybody comes as they like: nobody in particular is to be there"
	underCodes  = "strata of check-ins are sealed: those of people who answered the profile under a code stand for them"
	nobodyThere = "nobody checked in"
)

func mirrors(t domain.SampleType) string {
	if t == domain.OpenOnline {
		return asTheyLike
	}
	return ""
}

func meets(t domain.SampleType) string {
	if t == domain.OpenOnline {
		return "there is no room: everybody answers on their own"
	}
	return ""
}

// roomIndicators are those of the people in the rooms.
func roomIndicators() []indicator {
	type events = []domain.Event
	return []indicator{
		{key: "D6", principle: "representativeness", each: mirrored, settle: leastOfParts, applies: mirrors, rests: events{domain.QuotaPlanSet{}, domain.ParticipantCheckedIn{}, domain.BallotCast{}}},
		{key: "D7", principle: "representativeness", each: missed, applies: mirrors, rests: events{domain.QuotaPlanSet{}, domain.ParticipantCheckedIn{}, domain.BallotCast{}}},
		{key: "D8", principle: "representativeness", each: responded, applies: mirrors, rests: events{domain.RecruitmentReported{}, domain.PoolSealed{}, domain.DrawCommitted{}, domain.DrawExecuted{}}},
		{key: "D9", principle: "inclusiveness", each: minorities, applies: mirrors, rests: events{domain.QuotaPlanSet{}, domain.ParticipantRegistered{}}},
		{key: "D10", principle: "inclusiveness", each: left, applies: meets, rests: events{domain.ParticipantCheckedIn{}, domain.BallotCast{}, domain.DialogueCertified{}}},
		{key: "D11", principle: "independence", whole: declared, rests: events{domain.InterestDeclared{}, domain.ArtefactApproved{}, domain.TableFormed{}}},
		{key: "D12", principle: "capacity", each: trained, applies: meets, rests: events{domain.TrainingCompleted{}, domain.TableFormed{}}},
	}
}

// mirrored is D6: the parts are the dimensions, and how far each is from the best room of its size.
func mirrored(j *judge, s *scene) reading {
	r := reading{main: part{key: "D6", about: "least representativeness index of a dimension", unit: "points", of: "dimensions", figure: nothing(ofLeast, "there is no quota plan"), limit: "D6"}}
	r.note(underCodes)
	j.represented(s, &r, func(dimension string, of *Represented) {
		r.parts = append(r.parts,
			part{key: "D6/" + dimension, about: "representativeness index by " + dimension, unit: "points", of: "rooms", figure: mean(float64(*of.GRI), 1, ""), limit: "D6"},
			part{key: "D6.gap/" + dimension, about: "what the best room of its size has more, by " + dimension, unit: "points", of: "rooms", figure: mean(float64(*of.Gap), 1, "")},
		)
	})
	return r
}

// leastOfParts is the least of the means of the dimensions.
func leastOfParts(r *reading) {
	for _, p := range r.parts {
		if strings.HasPrefix(p.key, "D6/") && p.base > 0 {
			r.main.figure = r.main.plus(extreme(ofLeast, p.sum/float64(p.base)))
		}
	}
}

// missed is D7.
func missed(j *judge, s *scene) reading {
	limit := j.in.threshold(j.edition, "D7.share", j.h)
	at := float64(limit.Num) / float64(max(limit.Den, 1))
	r := reading{main: part{key: "D7", about: "least share of a stratum in the room by its share of the population", unit: "ratio", of: "strata", figure: nothing(ofLeast, "there is no quota plan"), limit: "D7"}}
	r.note(underCodes)
	j.represented(s, &r, func(_ string, of *Represented) {
		for _, stratum := range of.Strata {
			if float64(stratum.Target) >= at && stratum.Disparity.known() {
				r.main.figure = r.main.plus(extreme(ofLeast, float64(stratum.Disparity)))
			}
		}
	})
	return r
}

// represented gives the respondents of each dimension of the quota plan whose numbers are known and shown.
func (j *judge) represented(s *scene, r *reading, take func(dimension string, of *Represented)) {
	plan := j.in.dialogue(s.d.Dialogue).plan
	if plan == nil {
		return
	}
	for _, dim := range plan.Dimensions {
		key := s.key() + "/" + dim.Name
		d, ok := s.mirrors[key]
		if !ok {
			if s.mirrors == nil {
				s.mirrors = map[string]*RepresentativenessDoc{}
			}
			d = seen[RepresentativenessDoc](j, Representativeness, key)
			s.mirrors[key] = d
		}
		if d == nil {
			continue
		}
		for i := range d.Of {
			of := &d.Of[i]
			switch {
			case of.Who != whoRespondents:
			case of.Unknown != "":
				r.main.why = of.Unknown
			case of.Suppressed || of.GRI == nil:
				r.main.why = "too few people answered the profile for their strata to be shown"
			default:
				r.see(Representativeness, key)
				take(dim.Name, of)
			}
		}
	}
}

// responded is D8.
func responded(j *judge, s *scene) reading {
	const why = "no report of recruitment stands in the record"
	r := reading{main: part{key: "D8", about: "people who accepted, of those invited", unit: "share", of: "people invited", figure: nothing(ofShare, why)}}
	if f := seen[FunnelDoc](j, Funnel, s.key()); f != nil {
		invited, accepted := f.Stages[0].People, f.Stages[2].People
		if invited != nil && accepted != nil {
			r.main.figure = share(*accepted, *invited, why)
			r.see(Funnel, s.key())
		}
	}
	rounds, made := 0, 0
	if doc := document[projections.RecruitmentDoc](j.in, projections.Recruitment, string(s.d.Dialogue)); doc != nil {
		for _, d := range doc.Draws {
			if rounds++; d.ExecutedAt != nil {
				made++
			}
		}
	}
	r.parts = append(r.parts, part{key: "D8.draws", about: "draws that were executed, of those committed to", unit: "share", of: "draws", figure: share(made, rounds, "nobody was drawn")})
	r.note("whether each draw follows from its seed is decided anew by 'auditor verify'; whom it selected from the sealed pool, by 'daybook sortition verify'")
	return r
}

// minorities is D9.
func minorities(j *judge, s *scene) reading {
	r := reading{main: part{key: "D9", about: "minority strata of the quota plan that somebody in the room is of", unit: "share", of: "minority strata", figure: nothing(ofShare, "there is no quota plan"), limit: "D9"}}
	r.note(underCodes)
	if plan := j.in.dialogue(s.d.Dialogue).plan; plan != nil {
		r.main.figure = j.minorities(s, plan)
	}
	w := j.in.welcome(s.d.Dialogue)
	registered := 0
	if doc := document[projections.RecruitmentDoc](j.in, projections.Recruitment, string(s.d.Dialogue)); doc != nil {
		for _, routes := range doc.Registered {
			for _, n := range routes {
				registered += n
			}
		}
	}
	r.parts = append(r.parts, part{
		key: "D9.support", about: "people to whom pay, travel, care, an interpreter or equipment was offered", unit: "share", of: "people registered",
		figure: share(w.supported, registered, "nobody is registered"),
	})
	return r
}

func (j *judge) minorities(s *scene, quota *domain.QuotaPlanSet) figure {
	plan, room := j.in.measurePlan(j.edition, j.h), j.in.room(s.d.Dialogue)
	switch {
	case len(quota.MinorityStrata) == 0:
		return nothing(ofShare, "the quota plan names no minority strata")
	case plan == nil || room == nil:
		return nothing(ofShare, "nobody was asked for their strata, and those of registrations are sealed")
	}
	dimensions, strata := j.in.strataOf(room, j.edition, plan)
	count, base := 0, 0
	for _, name := range quota.MinorityStrata {
		for i, dim := range dimensions {
			at := slices.IndexFunc(dim.Strata, func(s domain.Stratum) bool { return name == s.ID || name == dim.Name+":"+s.ID })
			if at < 0 {
				continue
			}
			if base++; slices.Contains(strata[i], at) {
				count++
			}
			break
		}
	}
	return share(count, base, "nobody was asked for the dimensions of the minority strata, and strata of registrations are sealed")
}

// left is D10: attrition as a whole of those who checked in, and its differences between strata of those who answered the profile.
func left(j *judge, s *scene) reading {
	r := reading{main: part{key: "D10", about: "largest difference in attrition between two strata", unit: "share", of: "people who answered the profile", figure: nothing(ofGap, "the dialogue is not certified"), limit: "D10"}}
	r.note("attrition is told by answers in the last wave, by stratum of those who answered the profile: strata of check-ins are sealed")
	f := seen[FunnelDoc](j, Funnel, s.key())
	if f == nil {
		return r
	}
	in, out := f.Stages[len(f.Stages)-2].People, f.Stages[len(f.Stages)-1].People
	gone := nothing(ofShare, "it is not known how many checked in or completed")
	if in != nil && out != nil {
		if gone = share(*in-*out, *in, nobodyThere); *in < *out {
			gone = nothing(ofShare, "more people answered in the end than checked in by name")
		}
		r.see(Funnel, s.key())
	}
	r.parts = append(r.parts, part{key: "D10.all", about: "people who checked in and did not answer in the last wave", unit: "share", of: "people who checked in", figure: gone})
	who, last := j.in.finishers(s.d, chamberOf(s.d.SampleType))
	plan, room := j.in.measurePlan(j.edition, j.h), j.in.room(s.d.Dialogue)
	if last == nil || room == nil {
		return r
	}
	if r.main.why = "nobody was asked for their strata, and those of registrations are sealed"; plan == nil {
		return r
	}
	gap := figure{how: ofGap, least: j.gapBase(), why: r.main.why}
	dimensions, strata := j.in.strataOf(room, j.edition, plan)
	placed := map[int]bool{}
	for i, dim := range dimensions {
		for person, stratum := range strata[i] {
			if stratum < 0 {
				continue
			}
			one := stratumShare{dim.Name, dim.Strata[stratum].ID, 1, 1}
			if who[person] {
				one.count = 0
			}
			gap.in(one)
			placed[person] = true
		}
	}
	gap.base = len(placed)
	r.main.figure = gap
	return r
}

// declared is D11: of everybody who sat at a table as a facilitator, or approved an instrument for the committee.
func declared(j *judge) reading {
	var people []string
	add := func(who string) {
		if who != "" && !slices.Contains(people, who) {
			people = append(people, who)
		}
	}
	for _, u := range j.used() {
		for _, who := range j.in.reviewed(u.ref).approvals {
			add(who)
		}
	}
	for _, s := range j.scenes {
		for _, who := range s.facilitators() {
			add(who)
		}
	}
	levels := map[string]domain.InterestLevel{}
	for _, key := range j.in.keysOf(projections.Partner) {
		if p := document[projections.PartnerDoc](j.in, projections.Partner, key); p != nil && p.Edition == j.edition {
			for who, level := range p.Interests {
				if have, said := levels[who]; !said || have == domain.NoInterest {
					levels[who] = level
				}
			}
		}
	}
	said, none := 0, 0
	for _, who := range people {
		if level, ok := levels[who]; ok {
			if said++; level == domain.NoInterest {
				none++
			}
		}
	}
	const why = "no facilitator sat at a table, and nobody approved an instrument"
	return reading{
		main:  part{key: "D11", about: "facilitators and members of the committee who declared their interests", unit: "share", of: "people", figure: share(said, len(people), why), limit: "D11"},
		parts: []part{{key: "D11.none", about: "facilitators and members of the committee who have no interest in the topic", unit: "share", of: "people who declared", figure: share(none, said, why)}},
	}
}

// facilitators are the people who sat at the tables of a dialogue.
func (s *scene) facilitators() []string {
	s.look()
	var people []string
	add := func(seats *projections.Seats) {
		for _, t := range seats.Tables {
			if t.Facilitator != "" && !slices.Contains(people, t.Facilitator) {
				people = append(people, t.Facilitator)
			}
		}
	}
	add(&s.room.Day)
	for i := range s.room.Sessions {
		add(&s.room.Sessions[i].Seats)
	}
	return people
}

// trained is D12.
func trained(j *judge, s *scene) reading {
	people := s.facilitators()
	count := 0
	partners := []domain.PartnerID{s.d.Partner, j.in.holder(s.d)}
	for _, who := range people {
		if slices.ContainsFunc(partners, func(id domain.PartnerID) bool {
			p := document[projections.PartnerDoc](j.in, projections.Partner, projections.PartnerKey(j.edition, id))
			return p != nil && (slices.Contains(p.Trained[domain.TableFacilitator], who) || slices.Contains(p.Trained[domain.HeadFacilitator], who))
		}) {
			count++
		}
	}
	return reading{main: part{
		key: "D12", about: "facilitators at tables who completed their training", unit: "share", of: "facilitators at tables", figure: share(count, len(people), "no table was formed"), limit: "D12",
	}}
}
