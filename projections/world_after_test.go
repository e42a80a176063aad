package projections

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// aftermath is what follows from the fixed history: rc_2 is used in a synthesis, rc_3 and rc_4 are not, and rc_1 goes to two addressees.
func (w *world) aftermath(must func(bool)) {
	must(w.draft("rc_3", "dl_3", "", domain.Source{Ref: domain.Ref{Stream: domain.StatementStream("dl_3", "st_1"), Version: 1}, Role: domain.Basis}))
	must(w.draft("rc_4", "dl_1", "", domain.Source{Ref: domain.Ref{Stream: domain.RecommendationStream("rc_1"), Version: 1}, Role: domain.ContrastRole}))
	for _, id := range []domain.RecommendationID{"rc_3", "rc_4"} {
		must(w.callEndorsement(id))
		must(w.countEndorsement(id, 6, 3))
		must(w.settle(id, domain.Adopted, 0))
	}
	must(w.synthesise("ed_1", []domain.RecommendationID{"rc_2"}, []domain.RecommendationID{"rc_1", "rc_3", "rc_4"}, "rc_3", "rc_4"))
	must(w.release("pb_1", "ed_1", "rc_1"))
	must(w.correct("pb_1", "a column was empty"))
	must(w.submit("sb_1", "rc_1", "pb_1", domain.Government))
	must(w.submit("sb_2", "rc_1", "pb_1", domain.Academia))
	must(w.respond("sb_1", domain.Acknowledgement, 2*wholeDay))
	must(w.respond("sb_1", domain.RejectionResponse, 9*wholeDay))
	must(w.respond("sb_1", domain.SubstantiveResponse, 7*wholeDay-1)) // recorded late
	must(w.followUp("sb_1", domain.AuthoritySource, domain.Implemented, 30*wholeDay))
	must(w.followUp("sb_1", domain.CivilSocietySource, domain.NoFollowUp, 29*wholeDay))
	must(w.followUp("sb_1", domain.AuthoritySource, domain.PartlyImplemented, 20*wholeDay)) // of an earlier wholeDay
}

// synthesise completes the synthesis of an edition: inputs as they stand, of which some are unused for one reason.
func (w *world) synthesise(e domain.EditionID, outputs, inputs []domain.RecommendationID, unused ...domain.RecommendationID) bool {
	method := domain.Fold(domain.Artefact{}, domain.ArtefactVersionAdded{Artefact: "ar_m", Version: 1}, domain.ArtefactApproved{Artefact: "ar_m", Version: 1})
	c := domain.SynthesisCompleted{Edition: e, Outputs: outputs, Method: domain.ArtefactRef{ID: "ar_m", Version: 1}, Editors: []string{"e1", "e2"}, Reviewers: []string{"c1"}}
	g := domain.SynthesisGround{Versions: map[domain.StreamID]uint64{}, Reached: map[domain.StreamID]bool{}}
	for _, id := range inputs {
		ref := domain.Ref{Stream: domain.RecommendationStream(id), Version: uint64(len(w.streams[domain.RecommendationStream(id)]))}
		c.Inputs.Recommendations = append(c.Inputs.Recommendations, ref)
		g.Versions[ref.Stream] = ref.Version
	}
	if len(unused) > 0 {
		c.Unused = []domain.Unused{{ReasonCode: "outsideMandate", Recommendations: unused}}
	}
	for _, id := range outputs {
		g.Outputs = append(g.Outputs, state[domain.RecommendationState](w, domain.RecommendationStream(id)).Level())
		for stream := range w.under(domain.RecommendationStream(id)) {
			g.Reached[stream] = true
		}
	}
	in := state[domain.Edition](w, domain.EditionStream(e))
	return decide(w, domain.SynthesisStream(e), domain.Meta{Source: e}, func(s domain.Synthesis) ([]domain.Event, error) { return s.Complete(c, in, method, g) })
}

// under is everything that a stream stands on.
func (w *world) under(stream domain.StreamID) map[domain.StreamID]bool {
	found := map[domain.StreamID]bool{}
	for _, s := range state[domain.RecommendationState](w, stream).Sources() {
		found[s.Ref.Stream] = true
		maps.Copy(found, w.under(s.Ref.Stream)) // the graph has no cycle
	}
	return found
}

func (w *world) release(id domain.PublicationID, e domain.EditionID, texts ...domain.RecommendationID) bool {
	r := domain.PublicationReleased{
		Publication: id, Edition: e, Kind: domain.Dataset, Recommendations: texts, Files: []domain.ReleasedFile{{Name: "a.csv", Digest: domain.Digest{1}, MediaType: "text/csv"}},
		LedgerPosition: 3, Views: map[string]int{"country": 1}, Licence: "CC0", EmbargoUntil: w.now + wholeDay, DisclosureCheck: domain.DisclosureCheck{Rule: "minBase 10", Suppressed: 2},
	}
	states := make([]domain.RecommendationState, len(texts))
	for i, t := range texts {
		states[i] = state[domain.RecommendationState](w, domain.RecommendationStream(t))
	}
	in := state[domain.Edition](w, domain.EditionStream(e))
	return decide(w, domain.PublicationStream(id), domain.Meta{Source: e}, func(p domain.Publication) ([]domain.Event, error) {
		return p.Release(r, in, states, uint64(len(w.records)), w.now)
	})
}

func (w *world) correct(id domain.PublicationID, reason string) bool {
	stream := domain.PublicationStream(id)
	return decide(w, stream, w.metaOf(stream), func(p domain.Publication) ([]domain.Event, error) {
		return p.Correct(domain.PublicationCorrected{
			Publication: id, Files: []domain.ReleasedFile{{Name: "a.csv", Digest: domain.Digest{2}, MediaType: "text/csv"}}, Erratum: domain.In("en", "Empty."), Affected: []string{"a.csv"}, Reason: reason,
		})
	})
}

// submit hands a recommendation over under an embargo, two days ago.
func (w *world) submit(id domain.SubmissionID, rec domain.RecommendationID, text domain.PublicationID, kind domain.PartnerKind) bool {
	stream := domain.RecommendationStream(rec)
	version := uint64(len(w.streams[stream]))
	r := domain.RecommendationSubmitted{
		Submission: id, Recommendation: domain.Ref{Stream: stream, Version: version}, RecommendationID: rec, Addressee: domain.Addressee{Name: "Ministry", Kind: kind},
		Channel: "letter", SubmittedAt: w.now - 2*wholeDay, ExpectedBy: w.now + 90*wholeDay, Publication: text, EmbargoUntil: w.now + 2*wholeDay,
	}
	return decide(w, domain.SubmissionStream(id), w.metaOf(stream), func(s domain.Submission) ([]domain.Event, error) {
		return s.Submit(r, state[domain.RecommendationState](w, stream), version, state[domain.Publication](w, domain.PublicationStream(text)))
	})
}

// respond and followUp say something so long after the submission.
func (w *world) respond(id domain.SubmissionID, kind domain.ResponseKind, after domain.Time) bool {
	stream := domain.SubmissionStream(id)
	return decide(w, stream, w.metaOf(stream), func(s domain.Submission) ([]domain.Event, error) {
		r := domain.ResponseReceived{Submission: id, Kind: kind, Text: domain.In("en", "We have read it."), Evidence: domain.Document{Digest: domain.Digest{7}}, Official: "secretary"}
		if made := s.Submitted(); made != nil {
			r.At = made.SubmittedAt + after
		}
		return s.Respond(r)
	})
}

func (w *world) followUp(id domain.SubmissionID, source domain.FollowUpSource, status domain.FollowUpStatus, after domain.Time) bool {
	stream := domain.SubmissionStream(id)
	return decide(w, stream, w.metaOf(stream), func(s domain.Submission) ([]domain.Event, error) {
		f := domain.FollowUpReported{Submission: id, Status: status, Evidence: domain.Document{Digest: domain.Digest{8}}, Reporter: "r", Source: source}
		if status == domain.Implemented {
			f.Progress = 100
		}
		if made := s.Submitted(); made != nil {
			f.At = made.SubmittedAt + after
		}
		return s.FollowUp(f)
	})
}

// afterActs are what can happen after the votes.
func (w *world) afterActs(t *rapid.T) map[string]func() bool {
	recommendation := func() domain.RecommendationID { return number[domain.RecommendationID](t, "rc_", 3) }
	submission := func() domain.SubmissionID { return number[domain.SubmissionID](t, "sb_", 3) }
	publication := func() domain.PublicationID { return number[domain.PublicationID](t, "pb_", 2) }
	after := func() domain.Time { return domain.Time(pick(t, "after", 0, 1, 2*wholeDay, 3*wholeDay)) }
	return map[string]func() bool{
		"carry": func() bool { // from a statement to a decision
			id, dl := recommendation(), pick[domain.DialogueID](t, "carried by", "dl_1", "dl_3")
			return w.draft(id, dl, "", domain.Source{Ref: domain.Ref{Stream: domain.StatementStream(domain.ConversationID(dl), "st_1"), Version: 1}, Role: domain.Basis}) &&
				w.callEndorsement(id) && w.countEndorsement(id, 6, 3) && w.settle(id, domain.Adopted, 0)
		},
		"world": func() bool { // from countries to the world
			var sources []domain.Source
			for _, d := range happenedOf[domain.RecommendationDrafted](w) {
				if d.Level == domain.NationalLevel && w.metaOf(domain.RecommendationStream(d.Recommendation)).Source == "ed_1" && pick(t, "used", true, true, false) {
					sources = append(sources, domain.Source{Ref: domain.Ref{Stream: domain.RecommendationStream(d.Recommendation), Version: 1}, Role: domain.Basis})
				}
			}
			return w.draft("rc_w", "", "ed_1", sources...)
		},
		"synthesise": func() bool {
			var outputs, unused, inputs []domain.RecommendationID
			reached := map[domain.StreamID]bool{}
			for _, d := range happenedOf[domain.RecommendationDrafted](w) {
				if d.Level == domain.GlobalLevel {
					outputs = append(outputs, d.Recommendation)
					maps.Copy(reached, w.under(domain.RecommendationStream(d.Recommendation)))
				}
			}
			for _, d := range happenedOf[domain.RecommendationDrafted](w) {
				if slices.Contains(outputs, d.Recommendation) || w.metaOf(domain.RecommendationStream(d.Recommendation)).Source != "ed_1" {
					continue
				}
				if inputs = append(inputs, d.Recommendation); !reached[domain.RecommendationStream(d.Recommendation)] {
					unused = append(unused, d.Recommendation)
				}
			}
			return pick(t, "early", true, true, false) && w.synthesise("ed_1", outputs, inputs, unused...)
		},
		"release": func() bool { return w.release(publication(), "ed_1", recommendation()) },
		"correct": func() bool { return w.correct(publication(), pick(t, "reason", "a", "b")) },
		"submit": func() bool {
			return w.submit(submission(), recommendation(), pick[domain.PublicationID](t, "text", "", "pb_1"), pick(t, "kind", domain.Government, domain.Academia))
		},
		"respond": func() bool {
			return w.respond(submission(), pick(t, "response", domain.Acknowledgement, domain.SubstantiveResponse, domain.AdoptionResponse), after())
		},
		"follow up": func() bool {
			return w.followUp(submission(), pick(t, "source", domain.AuthoritySource, domain.PartnerSource), pick(t, "status", domain.NoFollowUp, domain.Implemented), after())
		},
	}
}
