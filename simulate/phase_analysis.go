package simulate

import (
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// segmentsEach is how many segments of each country are coded.
const segmentsEach = 4

// analysis: worksheets are coded by two people who do not know of each other; then the recommendations of all countries become those of the world.
func (s *script) analysis() {
	s.on(2024, time.December, 9, 9)
	for _, w := range s.toCode {
		s.code(w)
	}
	s.on(2025, time.January, 13, 9)
	for i, v := range visions {
		s.worldwide(v, i, domain.Citizens)
	}
	s.on(2025, time.January, 27, 9)
	for i, v := range cores {
		s.worldwide(v, i, domain.Joint)
	}
	s.on(2025, time.February, 17, 9)
	s.synthesise()
	s.reach("synthesis-completed")
}

// code is what two coders find in a recommendation of a table; where they differ, a third one settles it. A machine suggests something now and then.
func (s *script) code(w worksheet) {
	segment := domain.Segment{Source: w.ref, Item: w.item, End: utf8.RuneCountInString(w.sentence)}
	id := domain.NewCodingID(segment)
	c := s.chance("coding", string(id))
	by := func(coder string, codes []string, method domain.CodingMethod) {
		coded := commands.CodeSegment{
			Edition: edition, Segment: segment, Frame: ref(artefactFrame), Codes: codes, Coder: coder, Partner: analysisPartner, Method: method, Round: 1,
		}
		s.do(forPartner(domain.Coder, coder, analysisPartner), "code-segment", coded, string(id), coder, string(method))
	}
	if c.perMille(200) {
		by(coderC, []string{themes[c.below(len(themes))].code}, domain.MachineSuggested)
		by(coderA, []string{w.theme.code}, domain.HumanCoding)
		by(coderB, []string{w.theme.code}, domain.HumanCoding)
	} else {
		by(coderA, []string{w.theme.code}, domain.HumanCoding)
		if other := themes[c.below(len(themes))].code; c.perMille(180) && other != w.theme.code {
			by(coderB, []string{other}, domain.HumanCoding)
			s.do(forPartner(domain.Coder, coderC, analysisPartner), "adjudicate-coding", commands.AdjudicateCoding{
				Coding: id, Frame: ref(artefactFrame), Round: 1, Codes: []string{w.theme.code}, Adjudicator: coderC,
			}, string(id))
		} else {
			by(coderB, []string{w.theme.code}, domain.HumanCoding)
		}
	}
	if stream := domain.CodingStream(id); len(s.codings) < 100 && !slices.ContainsFunc(s.codings, func(r domain.Ref) bool { return r.Stream == stream }) {
		s.codings = append(s.codings, domain.Ref{Stream: stream, Version: s.stands(stream)})
	}
}

// leftOut tells whether the synthesis leaves an adopted recommendation of a country out: one in twelve, for a reason.
func leftOut(i int) bool { return i%12 == 7 }

// worldwide drafts a recommendation of the world and has it decided by the coalition.
func (s *script) worldwide(w worldwide, nth int, body domain.Body) {
	var sources []domain.Source
	for i, n := range s.nationals {
		if n.adopted && !leftOut(i) && w.stands(n) {
			stream := domain.RecommendationStream(n.id)
			sources = append(sources, domain.Source{Ref: domain.Ref{Stream: stream, Version: s.stands(stream)}, Role: domain.Basis})
		}
	}
	if w.kind == domain.CoreRecommendation {
		stream := domain.RecommendationStream(visions[nth%len(visions)].id)
		sources = append(sources, domain.Source{Ref: domain.Ref{Stream: stream, Version: s.stands(stream)}, Role: domain.SupportRole})
	}
	for _, sheet := range s.sphere {
		if len(sources) < 3 || slices.Contains(w.topics, topicSphere) {
			sources = append(sources, domain.Source{Ref: sheet.ref, Role: domain.SupportRole})
		}
	}
	editor := forPartner(domain.SynthesisEditor, editorPerson, coordinatorPartner)
	s.do(editor, "draft-recommendation", commands.DraftRecommendation{
		Edition: edition, Recommendation: w.id, Level: domain.GlobalLevel, Body: body, Kind: w.kind, Topics: w.topics, Text: s.text(w.text), Sources: sources, Editor: editorPerson,
	}, string(w.id))
	s.delegates(w, body)
}

// stands tells whether a recommendation of the world stands on one of a country.
func (w worldwide) stands(n national) bool {
	if w.kind == domain.CoreRecommendation {
		return n.body == domain.Joint && slices.Contains(w.topics, n.topic)
	}
	return slices.Contains(w.topics, n.topic)
}

// delegates decide: one of each country's citizens, and of stakeholders of joint recommendations.
func (s *script) delegates(w worldwide, body domain.Body) {
	rule := domain.ChamberRule{Chamber: domain.CitizenChamber, Electorate: "one citizen of each country, drawn by lot", Threshold: domain.RatioOf(2, 3), Quorum: domain.RatioOf(1, 2)}
	rules := []domain.ChamberRule{rule}
	if body == domain.Joint {
		rule.Chamber, rule.Electorate = domain.StakeholderChamber, "one stakeholder of each country"
		rules = append(rules, rule)
	}
	editor := forPartner(domain.Coordinator, coordinatorPerson, coordinatorPartner)
	s.do(editor, "open-endorsement", domain.EndorsementOpened{Recommendation: w.id, Version: 1, Chambers: rules, ClosesAt: s.now + 86_400_000}, string(w.id))
	s.wait(24 * time.Hour)
	c := s.chance("delegates", string(w.id))
	closed := domain.EndorsementClosed{Recommendation: w.id, Version: 1, Tallies: []domain.Ref{}}
	no := 0
	for _, r := range rules {
		n := domain.ChamberCount{Chamber: r.Chamber, Eligible: len(s.where)}
		n.No = c.below(len(s.where)/6 + 1)
		n.Abstain = c.below(len(s.where)/10 + 1)
		n.Yes = n.Eligible - n.No - n.Abstain - c.below(len(s.where)/12+1)
		n.Cast = n.Yes + n.No + n.Abstain
		closed.Chambers = append(closed.Chambers, n)
		no += n.No
	}
	s.do(editor, "close-endorsement", closed, string(w.id))
	d := commands.DecideRecommendation{Recommendation: w.id, Version: 1, Outcome: domain.Adopted, DecidedBy: coordinatorPerson, DissentOffered: no > 0}
	if no > 0 {
		d.Dissents = []domain.Dissent{{Text: domain.In(sourceLang, dissents[c.below(len(dissents))]), Supporters: no}}
	}
	s.do(editor, "decide-recommendation", d, string(w.id))
}

// synthesise accounts for every recommendation of a country: it is behind one of the world, or left out with a reason.
func (s *script) synthesise() {
	done := domain.SynthesisCompleted{
		Edition: edition, Inputs: domain.SynthesisInputs{Codings: s.codings, Results: s.tallies}, Unused: []domain.Unused{}, Method: ref(artefactMethod),
		Editors: []string{editorPerson, secondEditor}, Reviewers: []string{committee[0].person, committee[1].person, committee[2].person},
	}
	unused := map[string][]domain.RecommendationID{}
	for i, n := range s.nationals {
		if !n.adopted {
			continue
		}
		stream := domain.RecommendationStream(n.id)
		r := domain.Ref{Stream: stream, Version: s.stands(stream)}
		done.Inputs.Recommendations = append(done.Inputs.Recommendations, r)
		if leftOut(i) {
			why := unusedReasons[i%len(unusedReasons)]
			unused[why] = append(unused[why], n.id)
		}
	}
	for _, why := range unusedReasons {
		if len(unused[why]) > 0 {
			done.Unused = append(done.Unused, domain.Unused{ReasonCode: why, Recommendations: unused[why]})
		}
	}
	for _, w := range slices.Concat(visions, cores) {
		done.Outputs = append(done.Outputs, w.id)
	}
	s.do(forPartner(domain.SynthesisEditor, editorPerson, coordinatorPartner), "complete-synthesis", done, strconv.Itoa(methodVersion))
}
