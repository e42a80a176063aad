package simulate

import (
	"slices"
	"strconv"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// design: everything that will be put before people is written, tried, reviewed, approved and translated; then the protocol is frozen.
func (s *script) design() {
	s.on(2024, time.February, 5, 9)
	for _, m := range materials {
		s.material(m)
	}
	for _, q := range questions {
		s.question(q)
	}
	s.filmAgain()
	for _, q := range questions {
		for i, l := range s.langs[1:] {
			s.translateQuestion(q, l, i)
		}
	}
	for _, m := range materials {
		for _, l := range s.langs[1:] {
			if m.public {
				s.translateMaterial(m, l)
			}
		}
	}
	ordinals := map[domain.Chamber]int{}
	for _, d := range sessions {
		ordinals[d.chamber]++
		s.session(d, ordinals[d.chamber])
	}
	s.move("protocol-frozen", 2024, time.April, 20, "The translations of two languages took longer.")
	s.on(2024, time.April, 15, 9)
	s.do(coordinator, "freeze-protocol", s.protocol(), strconv.Itoa(methodVersion))
	s.reach("protocol-frozen")
}

const methodVersion = 1

func (s *script) protocol() domain.ProtocolFrozen {
	return domain.ProtocolFrozen{
		Edition: edition, MethodVersion: methodVersion,
		AnalysisPlan: domain.Document{Digest: s.content(artefactPlan, 1), URI: "https://synthetic.example/analysis-plan"}, PlanArtefact: ref(artefactPlan),
		Weighting:        domain.Weighting{Schemes: []string{"pooled", "equalCountry", "population"}, PopulationTable: domain.PopulationTable(s.population())},
		Suppression:      domain.Suppression{MinBase: 5, MinCell: 3},
		RankScoring:      domain.FixedBorda,
		OpinionAlgorithm: domain.Algorithm{Name: "opinion-groups", Version: "1", Params: map[string]string{"groups": "2-5"}},
		Thresholds: map[string]domain.Ratio{
			domain.MinCountries: domain.RatioOf(2, 1), domain.MinimumAge: domain.RatioOf(18, 1),
		},
		CodingPlan: s.document("coding-plan"), ReviewQuorum: reviewQuorum, Measures: s.measures(),
	}
}

// content is the digest of a version of an artefact, as of a file that the simulation does not have.
func (s *script) content(id domain.ArtefactID, version int) domain.Digest {
	return s.digest("artefact", string(id), strconv.Itoa(version))
}

func (s *script) material(m material) {
	s.version(domain.ArtefactVersionAdded{
		Artefact: m.id, Version: 1, Kind: m.kind, Codes: m.codes(), Body: domain.In(sourceLang, m.body), WordingLocked: m.kind == domain.ConsentTextArtefact,
	})
	s.reviews(m.id, 1, false)
}

func (s *script) question(q *question) {
	d := q.domain()
	s.version(domain.ArtefactVersionAdded{Artefact: q.id, Version: 1, Kind: domain.QuestionArtefact, Question: &d, WordingLocked: true})
	s.reviews(q.id, 1, q.focus)
}

func (s *script) version(v domain.ArtefactVersionAdded) {
	v.SourceLang, v.Author, v.Content = sourceLang, authorPerson, s.content(v.Artefact, v.Version)
	s.do(coordinator, "add-artefact-version", commands.AddArtefactVersion{Edition: edition, ArtefactVersionAdded: v}, string(v.Artefact), strconv.Itoa(v.Version))
}

// reviews has a version tried and reviewed, and approves it. Some reviewers ask for a change first and approve what the author explains to them.
func (s *script) reviews(id domain.ArtefactID, version int, focus bool) {
	c := s.chance("reviews", string(id), strconv.Itoa(version))
	review := func(r commands.RecordReview, by domain.Actor, about string) {
		r.Artefact, r.Version = id, version
		s.do(by, "record-review", r, string(id), strconv.Itoa(version), r.Reviewer, about)
	}
	if focus {
		for i := range 2 {
			at := s.where[c.between(i*len(s.where)/2, (i+1)*len(s.where)/2-1)]
			review(commands.RecordReview{
				Reviewer: at.person("focus-group"), Partner: coordinatorPartner, Kind: domain.FocusGroupReview, Verdict: domain.Approve, Place: at.place,
				Scores: map[string]int{"clarity": c.between(3, 5)}, Comment: domain.In(sourceLang, "Read aloud and understood."),
			}, coordinator, "tried")
		}
	}
	for i, m := range committee[:reviewers] {
		by := forPartner(domain.Committee, m.person, m.partner)
		scores := map[string]int{"balance": c.between(4, 5), "clarity": c.between(3, 5), "relevance": c.between(4, 5)}
		if i == 1 && c.perMille(150) {
			review(commands.RecordReview{
				Reviewer: m.person, Partner: m.partner, Kind: domain.CommitteeReview, Verdict: domain.Revise, Scores: map[string]int{"clarity": 2},
				Comment: domain.In(sourceLang, "Who is meant by \"we\" here?"),
			}, by, "first")
		}
		review(commands.RecordReview{Reviewer: m.person, Partner: m.partner, Kind: domain.CommitteeReview, Verdict: domain.Approve, Scores: scores}, by, "verdict")
	}
	s.do(coordinator, "approve-artefact", commands.ApproveArtefact{Artefact: id, Version: version, Quorum: reviewQuorum}, string(id), strconv.Itoa(version))
}

// filmAgain: a country asked to be taken out of the film, so the first cut is withdrawn.
func (s *script) filmAgain() {
	film := materials[slices.IndexFunc(materials, func(m material) bool { return m.id == artefactFilm })]
	s.version(domain.ArtefactVersionAdded{
		Artefact: film.id, Version: 2, Kind: film.kind, Body: domain.In(sourceLang, film.body+" Shorter by one scene."), ChangeNote: "one scene taken out",
		URI: "https://synthetic.example/film-2",
	})
	s.reviews(film.id, 2, false)
	s.do(coordinator, "withdraw-artefact", domain.ArtefactWithdrawn{
		Artefact: film.id, Version: 1, Reason: "Somebody who can be recognised took their consent back.", ReplacedBy: domain.ArtefactRef{ID: film.id, Version: 2},
	}, string(film.id), "1")
}

// translateQuestion brings a question into a language. Now and then the first attempt came from a machine alone: the verifier refuses it, and a person
// translates again.
func (s *script) translateQuestion(q *question, l domain.Lang, nth int) {
	t := commands.SubmitTranslation{Artefact: q.id, Version: 1, Lang: l, Translator: string(l) + "-translator", Question: q.words(l), Method: domain.HumanTranslation}
	c := s.chance("translation", string(q.id), string(l))
	if refused := c.perMille(60) || (nth == 0 && q == questions[0]); refused {
		raw := t
		raw.Method, raw.Translator = domain.MachineTranslation, "machine-1"
		raw.Question = &domain.QuestionWords{Text: "[" + string(l) + ", by machine] " + q.text, Options: t.Question.Options, Labels: t.Question.Labels}
		s.do(forPartner(domain.Translator, "machine-1", languagePartner), "submit-translation", raw, string(q.id), string(l), "refused")
	}
	s.translation(t, c.below(3))
}

func (s *script) translateMaterial(m material, l domain.Lang) {
	t := commands.SubmitTranslation{Artefact: m.id, Version: 1, Lang: l, Translator: string(l) + "-translator", Body: translate(l, m.body), Method: domain.MachineEdited}
	s.translation(t, s.chance("translation", string(m.id), string(l)).below(3))
}

func (s *script) translation(t commands.SubmitTranslation, issues int) {
	verified := domain.TranslationVerified{
		Artefact: t.Artefact, Version: t.Version, Lang: t.Lang, Translation: domain.TranslationDigest(domain.TranslationSubmitted{Question: t.Question, Body: t.Body}), Verifier: string(t.Lang) + "-verifier",
		Method: domain.IndependentReading, Issues: issues,
	}
	if t.Question != nil {
		verified.Method = domain.BackTranslation
	}
	s.do(forPartner(domain.Translator, t.Translator, languagePartner), "submit-translation", t, string(t.Artefact), string(t.Lang))
	s.do(forPartner(domain.Verifier, verified.Verifier, languagePartner), "verify-translation", verified, string(t.Artefact), string(t.Lang))
}

// session plans a session with everything that is used in it.
func (s *script) session(d session, ordinal int) {
	defined := domain.SessionDefined{
		Edition: edition, Session: d.id, Ordinal: ordinal, Topic: d.topic, Kind: d.kind, Chamber: d.chamber, PlannedMinutes: d.minutes, Instruments: instrumentsOf(d),
	}
	s.do(coordinator, "define-session", defined, string(d.id))
}

// instrumentsOf are the questions of a session in each wave, and what is read and filled in there.
func instrumentsOf(d session) (found []domain.Instrument) {
	for _, w := range []domain.Wave{domain.ProfileWave, domain.PreWave, domain.SessionWave, domain.PostWave, domain.EvaluationWave} {
		for _, q := range asked(d.id, w) {
			found = append(found, domain.Instrument{Artefact: q.ref(), Wave: w})
		}
	}
	for _, m := range materials {
		if m.topic != "" && m.topic == d.topic && d.kind == domain.ThematicSession {
			found = append(found, domain.Instrument{Artefact: ref(m.id), Wave: domain.SessionWave})
		}
	}
	if d.kind == domain.ThematicSession || d.kind == domain.NationalSession {
		found = append(found, domain.Instrument{Artefact: ref(artefactWorksheet), Wave: domain.SessionWave})
	}
	return found
}
