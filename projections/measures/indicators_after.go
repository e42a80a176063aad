package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// afterIndicators are those of what was made of the day, and of what came of it.
func afterIndicators() []indicator {
	type events = []domain.Event
	return []indicator{
		{key: "Q1", principle: "qualitative rigour", whole: agreedCoding, rests: events{domain.SegmentCoded{}, domain.CodingAdjudicated{}}},
		{key: "Q2", principle: "qualitative rigour", whole: leading, rests: events{domain.RecommendationDrafted{}, domain.RecommendationRevised{}}},
		{key: "Q3", principle: "fair uptake", whole: fairUptake, rests: events{domain.SynthesisCompleted{}}},
		{key: "I1", principle: "influence", whole: submitted, rests: events{domain.RecommendationDecided{}, domain.RecommendationSubmitted{}}},
		{key: "I2", principle: "response", whole: answered, rests: events{domain.RecommendationSubmitted{}, domain.ResponseReceived{}}},
		{key: "I3", principle: "follow-up", whole: followed, rests: events{domain.FollowUpReported{}}},
		{key: "I4", principle: "evaluation", whole: evaluated, rests: events{domain.PartnerAdmitted{}, domain.PublicationReleased{}}},
		{key: "I5", principle: "aftercare", whole: told, rests: events{domain.PublicationReleased{}, domain.ConsentGiven{}}},
	}
}

// agreedCoding is Q1: over the coding frames, each of its versions and sample types apart.
func agreedCoding(j *judge) reading {
	const why = "nothing was coded by two people"
	alpha, double := figure{how: ofLeast, why: why}, figure{how: ofLeast, why: why}
	r := reading{}
	tentative, good := 0, j.in.threshold(j.edition, "Q1.good", j.h)
	for _, f := range j.in.codebooks() {
		if f.Edition != j.edition {
			continue
		}
		key := f.String() + "/" + string(World)
		d := seen[CodesDoc](j, Codes, key)
		if d == nil || d.Coded == nil || d.Segments == 0 {
			continue
		}
		r.see(Codes, key)
		double = double.plus(extreme(ofLeast, float64(d.Overall.Units)/float64(d.Segments)))
		if !d.Overall.Alpha.known() {
			continue
		}
		one := extreme(ofLeast, float64(d.Overall.Alpha))
		if alpha = alpha.plus(one); !one.meets(d.Overall.Alpha, good, false) {
			tentative++
		}
	}
	r.main = part{key: "Q1", about: "least agreement of coders by a coding frame (Krippendorff's alpha)", unit: "points", of: "coding frames", figure: alpha, limit: "Q1"}
	r.parts = []part{{key: "Q1.double", about: "least share of the segments of a frame that two people coded", unit: "share", of: "coding frames", figure: double, limit: "Q1.double"}}
	if tentative > 0 {
		r.note("%d coding frames have an agreement below %s: what was found by them is tentative", tentative, good)
	}
	return r
}

// recommendations are those of the edition, by id.
func (j *judge) recommendations() (all []*projections.RecommendationDoc) {
	for _, key := range j.in.keysOf(projections.Recommendation) {
		if d := document[projections.RecommendationDoc](j.in, projections.Recommendation, key); d != nil && d.Edition == j.edition {
			all = append(all, d)
		}
	}
	return all
}

// leading is Q2.
func leading(j *judge) reading {
	count, base := 0, 0
	for _, d := range j.recommendations() {
		if base++; j.in.stands(domain.RecommendationStream(d.Recommendation)) {
			count++
		}
	}
	return reading{main: part{
		key: "Q2", about: "recommendations with a path of sources to a worksheet of a table or a reconciled result", unit: "share", of: "recommendations",
		figure: share(count, base, "there is no recommendation"), limit: "Q2",
	}}
}

// fairUptake is Q3.
func fairUptake(j *judge) reading {
	const why = "the synthesis is not completed, or no country adopted a recommendation"
	r := reading{main: part{key: "Q3", about: "least share of a country's adopted recommendations that the synthesis used, by the median one", unit: "ratio", of: "countries", figure: nothing(ofLeast, why), limit: "Q3"}}
	d := document[projections.SynthesisDoc](j.in, projections.Synthesis, string(j.edition))
	if d == nil || d.MinUptake == nil || d.MedianUptake == nil {
		return r
	}
	least, median := ratio(*d.MinUptake), ratio(*d.MedianUptake)
	if r.main.why = "the median country's uptake is nothing"; median > 0 {
		r.main.figure = figure{how: ofLeast, sum: least / median, base: len(d.Places)}
	}
	r.parts = []part{
		{key: "Q3.least", about: "least uptake of a country", unit: "share", of: "countries", figure: figure{how: ofLeast, sum: least, base: len(d.Places)}},
		{key: "Q3.median", about: "median uptake of a country", unit: "share", of: "countries", figure: figure{how: ofLeast, sum: median, base: len(d.Places)}},
	}
	return r
}

func ratio(r domain.Ratio) float64 { return float64(r.Num) / float64(max(r.Den, 1)) }

// submitted is I1. What went into the synthesis is carried by what came out of it.
func submitted(j *judge) reading {
	var carried []domain.RecommendationID
	if d := document[projections.SynthesisDoc](j.in, projections.Synthesis, string(j.edition)); d != nil {
		for _, n := range d.Nodes {
			if n.Use != "" {
				carried = append(carried, n.Recommendation)
			}
		}
	}
	count, base, all := 0, 0, 0
	for _, d := range j.recommendations() {
		if d.Outcome != domain.Adopted || d.Superseded != nil {
			continue
		}
		if all++; slices.Contains(carried, d.Recommendation) {
			continue
		}
		if base++; slices.ContainsFunc(d.Submissions, func(to projections.HandedTo) bool { return to.Addressee.Name != "" }) {
			count++
		}
	}
	r := reading{main: part{
		key: "I1", about: "adopted recommendations that were submitted to a named addressee", unit: "share", of: "adopted recommendations that no synthesis accounts for",
		figure: share(count, base, "no recommendation is adopted"), limit: "I1",
	}}
	r.note("%d of %d adopted recommendations went into the synthesis: those that came out of it stand for them", all-base, all)
	return r
}

// answered is I2.
func answered(j *judge) reading {
	r := reading{main: part{key: "I2", about: "median days until a substantive response", unit: "days", of: "submissions with a response", figure: nothing(ofLeast, "nobody answered"), limit: "I2"}}
	d := seen[ResponseDoc](j, Responses, string(j.edition))
	if d == nil {
		r.main.why = "nothing was submitted"
		return r
	}
	r.see(Responses, string(j.edition))
	if a := d.All.Answered; d.All.MedianDays.known() {
		r.main.figure = figure{how: ofLeast, sum: float64(d.All.MedianDays), base: *a.Count}
	}
	r.parts = []part{
		ratePart("I2.answered", "submissions with a substantive response", "submissions", d.All.Answered),
		{key: "I2.overdue", about: "submissions whose response is overdue", unit: "count", figure: total(d.All.Overdue)},
	}
	return r
}

// ratePart is a part that another view has as a rate.
func ratePart(key, about, of string, r Rate) part {
	p := part{key: key, about: about, unit: "share", of: of, figure: nothing(ofShare, "there are none")}
	if r.Count != nil && r.Base != nil {
		p.figure = share(*r.Count, *r.Base, p.why)
	}
	return p
}

// followed is I3.
func followed(j *judge) reading {
	p := part{key: "I3", about: "responses of which something was said in the last twelve months that the record knows", unit: "share", of: "submissions with a response", figure: nothing(ofShare, "nobody answered"), limit: "I3"}
	r := reading{main: p}
	if d := seen[ResponseDoc](j, Responses, string(j.edition)); d != nil {
		r.main = ratePart("I3", p.about, p.of, d.All.UpdatedInYear)
		r.main.limit, r.main.why = "I3", p.why
		r.see(Responses, string(j.edition))
	}
	return r
}

// evaluated is I4.
func evaluated(j *judge) reading {
	evaluators, alone := 0, 0
	for _, key := range j.in.keysOf(projections.Partner) {
		p := document[projections.PartnerDoc](j.in, projections.Partner, key)
		if p != nil && p.Edition == j.edition && slices.Contains(p.Roles, domain.Evaluator) {
			if evaluators++; len(p.Roles) == 1 {
				alone++
			}
		}
	}
	reports := 0
	for _, key := range j.in.keysOf(projections.Publication) {
		if d := document[projections.PublicationDoc](j.in, projections.Publication, key); d != nil && d.Edition == j.edition && d.Kind == domain.EvaluationPublication {
			reports++
		}
	}
	public := share(min(1, reports), 1, "")
	if evaluators == 0 {
		public = nothing(ofShare, "nobody evaluates the edition")
	}
	return reading{
		main:  part{key: "I4", about: "evaluators that have no other role", unit: "share", of: "evaluators", figure: share(alone, evaluators, "nobody evaluates the edition"), limit: all1},
		parts: []part{{key: "I4.public", about: "the evaluation is published (1: yes)", unit: "yes or no", of: "evaluations", figure: public, limit: all1}},
	}
}

// told is I5: by the publication of the edition of which most people were told, or by those of the dialogues.
func told(j *judge) reading {
	most, national := 0, map[domain.DialogueID]int{}
	for _, key := range j.in.keysOf(projections.Publication) {
		d := document[projections.PublicationDoc](j.in, projections.Publication, key)
		switch {
		case d == nil || d.Edition != j.edition:
		case d.Dialogue == "":
			most = max(most, d.Notified)
		default:
			national[d.Dialogue] = max(national[d.Dialogue], d.Notified)
		}
	}
	sum, contact := 0, 0
	for _, n := range national {
		sum += n
	}
	for _, s := range j.scenes {
		if d := seen[ConsentDoc](j, Consent, s.key()); d != nil {
			contact += d.Scopes[domain.Contact]
		}
	}
	r := reading{main: part{key: "I5", about: "participants who were told of the results, of those who consented to contact", unit: "share", of: "people who consented to contact", figure: share(max(most, sum), contact, "nobody consented to contact"), limit: "I5"}}
	if n := max(most, sum); n > contact && contact > 0 {
		r.note("%d people were told, %d consent to contact: others were told, too, or consent was taken back later", n, contact)
		r.main.figure = share(contact, contact, "")
	}
	return r
}
