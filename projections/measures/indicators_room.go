package measures

import (
	"fmt"
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

// roomIndicators are those of the people in the rooms, and of the day.
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
		{key: "D13", principle: "transparency", whole: frozenFirst, rests: events{domain.ProtocolFrozen{}, domain.SessionOpened{}}},
		{key: "D14", principle: "transparency", whole: publishedMaterial, rests: events{domain.PublicationReleased{}}},
		{key: "D15", principle: "time", each: minutes, applies: meets, rests: events{domain.SessionOpened{}, domain.SessionClosed{}, domain.ParticipantCheckedIn{}}},
		{key: "D16", principle: "fidelity", each: asPlanned, rests: events{domain.SessionClosed{}, domain.DeviationReported{}}},
		{key: "D17", principle: "group", each: tableSizes, applies: meets, rests: events{domain.TableFormed{}}},
		{key: "D18", principle: "group", each: mixedTables, applies: meets, rests: events{domain.TableFormed{}, domain.BallotCast{}}},
		{key: "D19", principle: "integrity", each: reconciled, rests: events{domain.TallyReconciled{}}},
		{key: "D20", principle: "integrity", each: enteredTwice, rests: events{domain.TallySheetRecorded{}}},
		{key: "D21", principle: "privacy", each: consented, applies: meets, rests: events{domain.ConsentGiven{}, domain.ConsentWithdrawn{}, domain.PersonalDataErased{}, domain.WordsErased{}}},
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

// frozenFirst is D13.
func frozenFirst(j *judge) reading {
	frozen, opened := j.in.evidence(j.edition, nil, domain.ProtocolFrozen{})[0], j.in.evidence(j.edition, j.ids(""), domain.SessionOpened{})[0]
	f := nothing(ofShare, "no protocol is frozen, and no session was opened")
	switch {
	case frozen.Count > 0 && (opened.Count == 0 || frozen.First[0].Seq < opened.First[0].Seq):
		f = share(1, 1, "")
	case opened.Count > 0:
		f = share(0, 1, "")
	}
	r := reading{main: part{key: "D13", about: "the protocol was frozen before the first session was opened (1: yes)", unit: "yes or no", of: "protocols", figure: f, limit: all1}}
	if frozen.Count > 0 && opened.Count > 0 {
		r.note("frozen with record %d; the first session was opened with record %d", frozen.First[0].Seq, opened.First[0].Seq)
	}
	return r
}

// publishedMaterial is D14: a version of an instrument is published where a file of a publication has the digest of its content.
func publishedMaterial(j *judge) reading {
	files, archives := map[domain.Digest]bool{}, 0
	for _, key := range j.in.keysOf(projections.Publication) {
		d := document[projections.PublicationDoc](j.in, projections.Publication, key)
		if d == nil || d.Edition != j.edition {
			continue
		}
		if d.Kind == domain.MaterialPublication {
			archives++
		}
		for _, f := range d.Files {
			files[f.Digest] = true
		}
	}
	all := j.used()
	count := 0
	for _, u := range all {
		if u.Content != nil && files[*u.Content] {
			count++
		}
	}
	f := share(count, len(all), noInstruments)
	if count == 0 && archives > 0 && len(all) > 0 {
		f = nothing(ofShare, "material was published in files of which none is the content of one instrument: what an archive holds does not stand in the record")
	}
	r := reading{main: part{key: "D14", about: "instruments whose content is published as it was used", unit: "share", of: "instruments", figure: f, limit: "D14"}}
	r.note("%d publications of material stand in the record", archives)
	return r
}

// minutes is D15: the minutes of the sessions of the chamber, by those who were in the room for each of them.
func minutes(j *judge, s *scene) reading {
	s.look()
	chamber := chamberOf(s.d.SampleType)
	people, spent := s.room.People.Citizen, 0
	if chamber == domain.StakeholderChamber {
		people = s.room.People.Stakeholder
	}
	var days []domain.Date
	for i := range s.room.Sessions {
		session := &s.room.Sessions[i]
		if session.Minutes == 0 || session.Chamber != chamber && session.Chamber != domain.JointChamber {
			continue
		}
		there := 0
		if n := present(session, s.room.People); n != nil {
			there = min(*n, people)
		}
		spent += session.Minutes * there
		if session.OpenedAt != nil && !slices.Contains(days, session.OpenedAt.Date()) {
			days = append(days, session.OpenedAt.Date())
		}
	}
	why := nobodyThere
	if people > 0 && spent == 0 {
		people, why = 0, "no session was measured"
	}
	r := reading{
		main:  part{key: "D15", about: "minutes of deliberation of a person", unit: "minutes", of: "people who checked in", figure: mean(float64(spent), people, why), limit: "D15"},
		parts: []part{{key: "D15.days", about: "days on which sessions were held; the ideal of the OECD is four", unit: "days", of: "dialogues", figure: mean(float64(len(days)), min(1, len(days)), why)}},
	}
	if n := len(days); n > 0 && n < 4 {
		r.note("reported deviation: a dialogue of fewer than four days falls short of the ideal of the OECD by design")
	}
	return r
}

// asPlanned is D16.
func asPlanned(j *judge, s *scene) reading {
	s.look()
	off := j.in.threshold(j.edition, "D16.off", j.h)
	good, ordered, base, sessions := 0, 0, 0, len(s.d.Sessions)
	for n := range s.d.Sessions {
		at := &s.d.Sessions[n]
		inOrder := true
		for _, before := range s.d.Sessions[:n] {
			inOrder = inOrder && (before.Chamber != at.Chamber || j.ordinal(before.Session) <= j.ordinal(at.Session))
		}
		if inOrder {
			ordered++
		}
		i := slices.IndexFunc(s.room.Sessions, func(r projections.RoomSession) bool { return r.Session == at.Session })
		if i < 0 || s.room.Sessions[i].PlannedMinutes == 0 || s.room.Sessions[i].Minutes == 0 {
			continue
		}
		planned := s.room.Sessions[i].PlannedMinutes
		by := s.room.Sessions[i].Minutes - planned
		if base++; inOrder && int64(max(by, -by))*max(off.Den, 1) <= off.Num*int64(planned) {
			good++
		}
	}
	const why = "no session with a planned duration was closed"
	return reading{
		main: part{key: "D16", about: "sessions of about the planned duration, and in the order of the agenda", unit: "share", of: "sessions closed", figure: share(good, base, why), limit: "D16"},
		parts: []part{
			{key: "D16.order", about: "sessions in the order of the agenda", unit: "share", of: "sessions opened", figure: share(ordered, sessions, "no session was opened")},
			{key: "D16.minor", about: "minor deviations for one session", unit: "count", of: "sessions opened", figure: mean(float64(s.room.Deviations.Minor), sessions, "no session was opened")},
			{key: "D16.major", about: "major deviations for one session", unit: "count", of: "sessions opened", figure: mean(float64(s.room.Deviations.Major), sessions, "no session was opened")},
		},
	}
}

// ordinal is the place of a session in the agenda.
func (j *judge) ordinal(id domain.SessionID) int {
	for _, s := range j.board.Sessions {
		if s.Session == id {
			return s.Ordinal
		}
	}
	return 0
}

// tableSizes is D17.
func tableSizes(_ *judge, s *scene) reading {
	s.look()
	const why = "no table was formed"
	good, tables, few, people := 0, 0, 0, 0
	r := reading{}
	for _, d := range s.seatings {
		if d.GoodSize.Count == nil || d.Tables == 0 {
			continue
		}
		good, tables = good+*d.GoodSize.Count, tables+d.Tables
		few, people = few+d.FewFacilitators, people+d.Facilitators
		r.see(Seating, d.Key)
	}
	r.main = part{key: "D17", about: "tables of a good size", unit: "share", of: "tables, in each session", figure: share(good, tables, why), limit: "D17"}
	r.parts = []part{{key: "D17.facilitators", about: "facilitators who look after no more people than one may", unit: "share", of: "facilitators, in each session", figure: share(people-few, people, why), limit: "D17"}}
	return r
}

// mixedTables is D18.
func mixedTables(_ *judge, s *scene) reading {
	s.look()
	r := reading{}
	sum, sessions := 0.0, 0
	var parts []part
	for _, d := range s.seatings {
		if !d.MeanDiversity.known() {
			continue
		}
		sum, sessions = sum+float64(d.MeanDiversity), sessions+1
		for _, dim := range d.Diversity {
			if !dim.Ratio.known() {
				continue
			}
			key := "D18/" + dim.Dimension
			i := slices.IndexFunc(parts, func(p part) bool { return p.key == key })
			if i < 0 {
				i, parts = len(parts), append(parts, part{key: key, about: "diversity of tables by that of the room, by " + dim.Dimension, unit: "ratio", of: "sessions", figure: mean(0, 0, "")})
			}
			parts[i].figure = parts[i].plus(mean(float64(dim.Ratio), 1, ""))
		}
		r.see(Seating, d.Key)
	}
	r.main = part{
		key: "D18", about: "mean diversity of tables by that of the room", unit: "ratio", of: "sessions",
		figure: mean(sum, sessions, "nobody named a table and answered the profile"), limit: "D18",
	}
	r.parts = parts
	return r
}

// reconciled is D19.
func reconciled(_ *judge, s *scene) reading {
	s.look()
	same, base, open := 0, 0, 0
	r := reading{}
	for _, d := range s.settled {
		if !d.Reconciled {
			open++
			continue
		}
		if base++; *d.Difference == 0 {
			same++
		}
		r.see(Reconciliation, d.Key)
	}
	r.main = part{key: "D19", about: "reconciled tallies without a difference", unit: "share", of: "questions, in each session", figure: share(same, base, "nothing is reconciled"), limit: "D19"}
	r.parts = []part{{key: "D19.open", about: "questions that were counted and are not reconciled", unit: "count", figure: total(open)}}
	return r
}

// enteredTwice is D20.
func enteredTwice(_ *judge, s *scene) reading {
	s.look()
	equal, cells, sheets, unsolved := 0, 0, 0, 0
	r := reading{}
	for _, d := range s.settled {
		if d.Entry.Cells == 0 {
			continue
		}
		equal, cells = equal+d.Entry.equal, cells+d.Entry.Cells
		sheets, unsolved = sheets+d.Entry.Twice, unsolved+d.Entry.Unsolved
		r.see(Reconciliation, d.Key)
	}
	const why = "no sheet was entered twice"
	r.main = part{key: "D20", about: "cells in which two entries of a sheet agree", unit: "share", of: "cells", figure: share(equal, cells, why), limit: "D20"}
	r.parts = []part{{key: "D20.solved", about: "sheets on which two entries agree in every cell, or a third one decides", unit: "share", of: "sheets entered twice", figure: share(sheets-unsolved, sheets, why), limit: all1}}
	return r
}

// consented is D21. Answers are given under codes that nothing ties to people; only who checked in with consent can have got one.
func consented(j *judge, s *scene) reading {
	w := j.in.welcome(s.d.Dialogue)
	r := reading{main: part{
		key: "D21", about: "people whose consent to take part, and to the use of their data, stood when they checked in", unit: "share", of: "people who checked in",
		figure: share(w.consenting, w.present, nobodyThere), limit: "D21",
	}}
	r.note("answers are given under codes that nothing ties to people; who checked in can have got one")
	if d := seen[ConsentDoc](j, Consent, s.key()); d != nil {
		f := nothing(ofShare, "nothing was erased")
		if d.InTime.Count != nil && d.InTime.Base != nil {
			f = share(*d.InTime.Count, *d.InTime.Base, f.why)
		}
		r.parts = []part{
			{key: "D21.erased", about: fmt.Sprintf("erasures within %s days", j.in.threshold(j.edition, "D21.days", j.h)), unit: "share", of: "erasures", figure: f, limit: "D21"},
			{key: "D21.overdue", about: "people who took their consent back longer ago, and whose data are not erased", unit: "count", figure: total(d.Overdue)},
		}
		r.see(Consent, s.key())
	}
	return r
}
