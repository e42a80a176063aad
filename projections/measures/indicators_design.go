package measures

import (
	"cmp"
	"fmt"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// used is a version of an artefact that the agenda of an edition puts before people, with the sessions and waves in which it does.
type used struct {
	ref  domain.ArtefactRef
	kind domain.ArtefactKind
	uses []projections.ArtefactUse
	*projections.ArtefactVersion
}

// used are the instruments of the edition's sessions, in the order of the agenda.
func (j *judge) used() []used {
	var all []used
	for _, ref := range instrumentsOf(j.board, "") {
		u := used{ref: ref, ArtefactVersion: &projections.ArtefactVersion{}}
		if d := document[projections.ArtefactDoc](j.in, projections.Artefact, string(ref.ID)); d != nil {
			if i := slices.IndexFunc(d.Versions, func(v projections.ArtefactVersion) bool { return v.Version == ref.Version }); i >= 0 {
				u.ArtefactVersion, u.kind = &d.Versions[i], d.Versions[i].Kind
				for _, use := range u.Sessions {
					if use.Edition == j.edition {
						u.uses = append(u.uses, use)
					}
				}
			}
		}
		all = append(all, u)
	}
	return all
}

const noInstruments = "no session of the agenda has an instrument"

// designIndicators are those of what was planned.
func designIndicators() []indicator {
	return []indicator{
		{key: "D1", principle: "purpose", whole: purpose, rests: []domain.Event{domain.EditionOpened{}, domain.TopicAdded{}, domain.ArtefactVersionAdded{}}},
		{key: "D2", principle: "framing", whole: approved, rests: []domain.Event{domain.ReviewRecorded{}, domain.ArtefactApproved{}}},
		{key: "D3", principle: "framing", whole: tried, rests: []domain.Event{domain.ReviewRecorded{}}},
		{key: "D4", principle: "information", whole: balanced, rests: []domain.Event{domain.ReviewRecorded{}, domain.SegmentCoded{}}},
		{key: "D5", principle: "information", each: translated, rests: []domain.Event{domain.TranslationVerified{}, domain.SessionOpened{}}},
	}
}

// purpose is D1. What people are asked about themselves and about the day serves no policy, and is left out.
func purpose(j *judge) reading {
	m := j.in.mandate(j.edition)
	count, base, owners := 0, 0, 0
	for _, u := range j.used() {
		if u.kind != domain.QuestionArtefact {
			continue
		}
		about, linked := false, false
		for _, use := range u.uses {
			if use.Wave == domain.ProfileWave || use.Wave == domain.EvaluationWave {
				continue
			}
			about = true
			if i := slices.IndexFunc(j.board.Sessions, func(s projections.PlannedSession) bool { return s.Session == use.Session }); i >= 0 {
				linked = linked || m.links[j.board.Sessions[i].Topic] > 0
			}
		}
		if !about {
			continue
		}
		if base++; linked && m.owners > 0 {
			count++
		}
		if m.owners > 0 {
			owners++
		}
	}
	const why = "no session of the agenda asks a question about its topic"
	r := reading{main: part{
		key: "D1", about: "versions of questions whose session's topic names a policy, in an edition that names who decides", unit: "share", of: "versions of questions",
		figure: share(count, base, why), limit: "D1",
	}}
	r.note("questions of the profile and of the evaluation are about people and the day, and are left out")
	if m.owners == 0 {
		r.note("the edition names nobody who decides")
	}
	return r
}

// approved is D2.
func approved(j *judge) reading {
	const why = noInstruments
	least, blocked, own := figure{how: ofLeast, why: why}, 0, 0
	all := j.used()
	for _, u := range all {
		v := j.in.reviewed(u.ref)
		least = least.plus(extreme(ofLeast, float64(len(v.approvals))))
		if slices.Contains(v.approvals, v.author) {
			own++
		}
		for _, r := range v.reviews {
			if r.Verdict == domain.Block {
				blocked++
				break
			}
		}
	}
	return reading{
		main: part{key: "D2", about: "fewest members of the committee who approve an instrument", unit: "people", of: "instruments", figure: least, limit: "D2"},
		parts: []part{
			{key: "D2.author", about: "instruments that nobody approves who wrote them", unit: "share", of: "instruments", figure: share(len(all)-own, len(all), why), limit: all1},
			{key: "D2.block", about: "instruments without a review that blocks them", unit: "share", of: "instruments", figure: share(len(all)-blocked, len(all), why), limit: all1},
		},
	}
}

// all1 stands for the threshold of what is to be so without exception, whatever the protocol says.
const all1 = "all"

// tried is D3. The record says at which place a group of citizens met, so that a region is a place here.
func tried(j *judge) reading {
	limit := j.in.threshold(j.edition, "D3.regions", j.h)
	count, base, groups := 0, 0, 0
	most := figure{how: ofMost, why: "no question was tried"}
	for _, u := range j.used() {
		q := j.in.question(u.ref)
		if u.kind != domain.QuestionArtefact || q == nil || q.Kind == domain.Open {
			continue
		}
		base++
		var places []domain.Place
		for _, r := range j.in.reviewed(u.ref).reviews {
			if r.Kind == domain.FocusGroupReview {
				if groups++; !slices.Contains(places, r.Place) {
					places = append(places, r.Place)
				}
			}
		}
		if !below(len(places), limit) {
			count++
		}
		most = most.plus(extreme(ofMost, float64(len(places))))
	}
	r := reading{
		main: part{
			key: "D3", about: "closed questions that groups of citizens tried in enough regions", unit: "share", of: "versions of closed questions",
			figure: share(count, base, "no session of the agenda asks a closed question"), limit: "D3",
		},
		parts: []part{{key: "D3.most", about: "most regions in which one question was tried", unit: "count", of: "versions of closed questions", figure: most}},
	}
	r.note("regions are counted as the places at which groups met; %d groups stand in the record", groups)
	return r
}

// balanced is D4. Arguments of the material are counted where it was coded, by the codes pro and con.
func balanced(j *judge) reading {
	sum, ratings := 0, 0
	for _, u := range j.used() {
		if u.kind != domain.MaterialArtefact && u.kind != domain.ScriptArtefact && u.kind != domain.QuestionArtefact {
			continue
		}
		if s, ok := u.Scores["balance"]; ok {
			sum, ratings = sum+s.Sum, ratings+s.Count
		}
	}
	return reading{
		main: part{
			key: "D4", about: "mean rating of balance by reviewers, 1 to 5", unit: "points", of: "ratings",
			figure: mean(float64(sum), ratings, "no reviewer rated the balance of any material or question"), limit: "D4",
		},
		parts: []part{{
			key: "D4.ratio", about: "arguments of the more frequent side for one of the other, in the material", unit: "ratio", of: "arguments",
			figure: nothing(ofMean, "the record codes what people wrote, not the material: no arguments of it are counted"), limit: "D4.ratio",
		}},
	}
}

// translated is D5.
func translated(j *judge, s *scene) reading {
	w := j.in.welcome(s.d.Dialogue)
	why := "no session was opened"
	if len(s.d.Sessions) > 0 {
		why = "everything was written in the language of the dialogue"
	}
	return reading{main: part{
		key: "D5", about: "languages in which the instruments of a session were verified when it was opened", unit: "share", of: "languages of instruments",
		figure: share(w.verified, w.needed, why), limit: "D5",
	}}
}

// scene is what one dialogue gives, read when it is first needed.
type scene struct {
	*judge
	d *projections.DialogueDoc

	room     *projections.RoomDoc
	looked   bool
	seatings []*SeatingDoc
	settled  []*ReconciliationDoc
	mirrors  map[string]*RepresentativenessDoc // by key
	before   []matchedPair                     // nil: not looked at yet
}

// matchedPair is a question that people of the dialogue answered before and after.
type matchedPair struct {
	pair
	question *domain.Question
	people   *matched
}

func (s *scene) key() string { return string(s.d.Edition) + "/" + string(s.d.Dialogue) }

// look reads what several indicators rest on.
func (s *scene) look() *scene {
	if s.looked {
		return s
	}
	s.looked = true
	if s.room = document[projections.RoomDoc](s.in, projections.Room, string(s.d.Dialogue)); s.room == nil {
		s.room = &projections.RoomDoc{}
	}
	for i := range s.room.Sessions {
		if d := seen[SeatingDoc](s.judge, Seating, s.key()+"/"+string(s.room.Sessions[i].Session)); d != nil {
			s.seatings = append(s.seatings, d)
		}
	}
	sessions := make([]domain.SessionID, 0, len(s.d.Sessions))
	for i := range s.d.Sessions {
		sessions = append(sessions, s.d.Sessions[i].Session)
	}
	slices.SortFunc(sessions, cmp.Compare[domain.SessionID])
	for _, session := range sessions {
		t := document[projections.TallyDoc](s.in, projections.Tally, projections.TallyKey(s.d.Dialogue, session))
		if t == nil {
			continue
		}
		for i := range t.Questions {
			q := &t.Questions[i]
			if d := seen[ReconciliationDoc](s.judge, Reconciliation, fmt.Sprintf("%s/%s/%s/%s", s.key(), session, refString(q.Question), q.Wave)); d != nil {
				s.settled = append(s.settled, d)
			}
		}
	}
	return s
}
