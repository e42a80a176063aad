package simulate

import (
	"strings"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// handover: the results are published and handed to those who decide.
func (s *script) handover() {
	s.on(2025, time.March, 3, 9)
	var texts []domain.RecommendationID
	for _, w := range visions {
		texts = append(texts, w.id)
	}
	for _, w := range cores {
		texts = append(texts, w.id)
	}
	s.release(domain.PublicationReleased{Publication: "pb_sim_material", Kind: domain.MaterialPublication}, coordinator, "material.zip", "application/zip")
	s.release(domain.PublicationReleased{Publication: "pb_sim_toolkit", Kind: domain.Toolkit}, coordinator, "toolkit.zip", "application/zip")
	s.release(domain.PublicationReleased{
		Publication: "pb_sim_report", Kind: domain.GlobalReport, Recommendations: texts, Notified: s.o.Countries * s.o.Citizens * 7 / 10,
	}, coordinator, "report.pdf", "application/pdf")
	s.release(domain.PublicationReleased{Publication: "pb_sim_data", Kind: domain.Dataset, Views: map[string]int{"country": 1}}, coordinator, "countries.csv", "text/csv")
	s.release(domain.PublicationReleased{Publication: "pb_sim_map", Kind: domain.Visualisation, Views: map[string]int{"country": 1}}, coordinator, "map.html", "text/html")
	evaluator := forPartner(domain.Evaluator, evaluatorPerson, evaluatorPartner)
	s.release(domain.PublicationReleased{Publication: "pb_sim_evaluation", Kind: domain.EvaluationPublication}, evaluator, "evaluation.pdf", "application/pdf")
	s.wait(72 * time.Hour)
	second := domain.ReleasedFile{
		Name: "countries.csv", Digest: s.digest("file", "pb_sim_data", "second"), MediaType: "text/csv", Schema: "https://synthetic.example/schema/countries-2",
	}
	s.do(coordinator, "correct-publication", domain.PublicationCorrected{
		Publication: "pb_sim_data", Files: []domain.ReleasedFile{second}, Erratum: domain.In(sourceLang, "Two columns had each other's name."), Affected: []string{"countries.csv"}, Reason: "A reader told us.",
	}, "pb_sim_data")
	s.on(2025, time.March, 17, 9)
	for i, w := range cores {
		s.submit(w.id, i)
	}
	s.submit(visions[0].id, len(cores))
	s.move("handed-over", 2025, time.April, 7, "One addressee was on holiday.")
	s.reach("handed-over")
}

// release publishes a file that the simulation does not have.
func (s *script) release(p domain.PublicationReleased, by domain.Actor, file, media string) {
	p.Edition, p.Licence, p.LedgerPosition = edition, "CC-BY-4.0", s.head()
	f := domain.ReleasedFile{Name: file, Digest: s.digest("file", string(p.Publication)), MediaType: media}
	if len(p.Views) > 0 {
		f.Schema = "https://synthetic.example/schema/" + strings.TrimSuffix(strings.TrimSuffix(file, ".csv"), ".html") + "-1"
		p.DisclosureCheck = domain.DisclosureCheck{Rule: "cells under 5 people are hidden", Suppressed: s.chance("hidden", string(p.Publication)).below(40)}
	}
	p.Files = []domain.ReleasedFile{f}
	s.do(by, "release-publication", p, string(p.Publication))
}

func submissionOf(id domain.RecommendationID) domain.SubmissionID {
	return domain.SubmissionID("sb_" + string(id)[3:])
}

func (s *script) submit(id domain.RecommendationID, i int) {
	s.do(coordinator, "submit-recommendation", commands.SubmitRecommendation{
		Submission: submissionOf(id), Recommendation: id, Addressee: addressees[i%len(addressees)], Channel: "letter and meeting",
		Documents: []domain.Digest{s.digest("file", "pb_sim_report")}, SubmittedAt: s.now, ExpectedBy: s.now + 180*86_400_000, Publication: "pb_sim_report",
	}, string(id))
	s.wait(time.Hour)
}

// aftermath: what the addressees answer, what became of it, what people ask to be erased, and what the auditors and the evaluator find in the end.
func (s *script) aftermath() {
	s.on(2025, time.April, 14, 9)
	for i, w := range cores {
		s.respond(w.id, domain.Acknowledgement, "We have received the recommendation.", responses[i%len(responses)].office)
	}
	s.on(2025, time.August, 4, 9)
	for i, w := range cores[:len(cores)-1] { // one addressee never answers
		r := responses[i%len(responses)]
		s.respond(w.id, r.kind, r.text, r.office)
	}
	s.finding()
	s.erasures()
	s.on(2026, time.March, 2, 9)
	for i, w := range cores {
		r := responses[i%len(responses)]
		s.follow(w.id, r.status, r.progress, r.source)
		if r.source != domain.CivilSocietySource && i%3 == 0 { // another source sees it otherwise
			s.follow(w.id, domain.UnderConsideration, 5, domain.CivilSocietySource)
		}
	}
	s.move("answered", 2026, time.April, 10, "One answer is still awaited.")
	s.reach("answered")
	s.do(coordinator, "end-partnership", domain.PartnershipEnded{
		Edition: edition, Partner: sponsorPartner, Reason: "The agreement has run out.", EffectiveAt: s.now,
	}, string(sponsorPartner))
	s.on(2026, time.May, 4, 9)
	s.reach("evaluated")
}

func (s *script) respond(id domain.RecommendationID, kind domain.ResponseKind, text, office string) {
	r := commands.RecordResponse{Submission: submissionOf(id), Kind: kind, Text: domain.In(sourceLang, text), At: s.now, Official: office}
	if kind != domain.Acknowledgement {
		r.Evidence = s.document("response-" + string(id))
	}
	s.do(coordinator, "record-response", r, string(id), string(kind))
	s.wait(time.Hour)
}

func (s *script) follow(id domain.RecommendationID, status domain.FollowUpStatus, progress int, source domain.FollowUpSource) {
	s.do(coordinator, "report-follow-up", commands.ReportFollowUp{
		Submission: submissionOf(id), Status: status, Progress: progress, Evidence: s.document("follow-up-" + string(id) + "-" + string(source)),
		Reporter: "reporter-1", Source: source, At: s.now,
	}, string(id), string(source))
}

// finding: an auditor finds something in the synthesis, and another one accepts what was done about it.
func (s *script) finding() {
	stream := domain.SynthesisStream(edition)
	s.do(forPartner(domain.Auditor, auditorPerson, auditorPartner), "raise-finding", commands.RaiseFinding{
		Edition: edition, Finding: "fd_synthesis", Severity: domain.Major, Rule: "traceability", Scope: []domain.Ref{{Stream: stream, Version: s.stands(stream)}},
		Description: domain.In(sourceLang, "The reasons for which recommendations were left out are hard to find in the report."), Auditor: auditorPerson, Partner: auditorPartner,
	}, "fd_synthesis")
	s.wait(30 * 24 * time.Hour)
	evidence := domain.PublicationStream("pb_sim_report")
	s.do(forPartner(domain.Auditor, secondAuditor, auditorPartner), "resolve-finding", domain.AuditFindingResolved{
		Edition: edition, Finding: "fd_synthesis", Resolution: domain.In(sourceLang, "A table of them is published beside the report."),
		Evidence: []domain.Ref{{Stream: evidence, Version: s.stands(evidence)}}, AcceptedBy: secondAuditor, Partner: auditorPartner,
	}, "fd_synthesis")
}

// erasures: some people ask that something they said be deleted, or all that was stored about them.
func (s *script) erasures() {
	for _, u := range s.unsaid {
		s.do(u.c.acting(domain.NationalPartner, "head"), "erase-words", commands.EraseWords{
			In: u.in, Field: u.field, RequestedAt: s.now - 7*86_400_000, LegalBasis: "request of the participant", By: u.c.person("head"),
		}, string(u.in.Stream), u.field)
	}
	for _, e := range s.forgotten {
		s.do(e.c.acting(domain.NationalPartner, "head"), "erase-personal-data", commands.ErasePersonalData{
			Participant: e.id, Dialogue: e.c.dialogue(), RequestedAt: s.now - 7*86_400_000, LegalBasis: "request of the participant",
		}, string(e.id))
	}
}
