package measures

import (
	"fmt"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// dayIndicators are those of the day: what was frozen and published before it, its sessions, tables and tallies.
func dayIndicators() []indicator {
	type events = []domain.Event
	return []indicator{
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
