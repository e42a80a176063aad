package adjudicate_test

import (
	"daybook.internal/domain"
	"daybook.internal/replay"
)

func forgedAfter() []forgery {
	return []forgery{
		instead(replay.Rule, "with a code that the frame has not", func(_ *domain.Fact, e *domain.SegmentCoded) bool { e.Codes = []string{"none"}; return true }),
		instead(replay.Rule, "without a look at the frame", func(f *domain.Fact, _ *domain.SegmentCoded) bool { return unobserved("artefact")(f) }),
		instead(replay.Rule, "that agrees with nobody", func(_ *domain.Fact, e *domain.SegmentCoded) bool { e.Agreed = []string{"x"}; return true }),
		instead(replay.Rule, "by a basis of its own", func(_ *domain.Fact, e *domain.CodingAdjudicated) bool { e.Basis = e.Basis[:1]; return true }),

		instead(replay.SourceMissing, "on a version that is not there", func(_ *domain.Fact, e *domain.RecommendationDrafted) bool {
			e.Sources[0].Ref.Version += 99
			return true
		}),
		instead(replay.SourceMissing, "on nothing", func(_ *domain.Fact, e *domain.RecommendationDrafted) bool {
			e.Sources[0].Ref.Stream = "statement-none"
			return true
		}),
		instead(replay.SourceMissing, "without a source", func(_ *domain.Fact, e *domain.RecommendationDrafted) bool { e.Sources = nil; return true }),
		instead(replay.Rule, "without a look at its sources", func(f *domain.Fact, e *domain.RecommendationDrafted) bool {
			return unobserved(familyOf(e.Sources[0].Ref.Stream))(f)
		}),
		instead(replay.SourceMissing, "on what is not there", func(_ *domain.Fact, e *domain.RecommendationRevised) bool {
			e.SourcesAdded = append(e.SourcesAdded, domain.Source{Ref: domain.Ref{Stream: "statement-none", Version: 1}, Role: domain.Basis})
			return true
		}),
		instead(replay.Rule, "by what is not there", func(_ *domain.Fact, e *domain.RecommendationSuperseded) bool { e.By[0] = "rc_none"; return true }),
		instead(replay.Rule, "of another version", func(_ *domain.Fact, e *domain.EndorsementOpened) bool { e.Version++; return true }),
		instead(replay.TallyWrong, "with one vote more", func(_ *domain.Fact, e *domain.EndorsementClosed) bool {
			e.Chambers[0].Yes++
			e.Chambers[0].Cast++
			e.Chambers[0].Eligible++
			return len(e.Tallies) > 0
		}),
		instead(replay.TallyWrong, "that does not add up", func(_ *domain.Fact, e *domain.EndorsementClosed) bool { e.Chambers[0].Cast++; return true }),
		instead(replay.Rule, "passed by nobody", func(_ *domain.Fact, e *domain.RecommendationDecided) bool {
			e.ChambersPassed = nil
			return e.Outcome == domain.Adopted
		}),
		instead(replay.Rule, "adopted all the same", func(_ *domain.Fact, e *domain.RecommendationDecided) bool {
			was := e.Outcome
			e.Outcome = domain.Adopted
			return was == domain.TurnedOut
		}),
		instead(replay.SourceMissing, "with an output that is not there", func(_ *domain.Fact, e *domain.SynthesisCompleted) bool {
			e.Outputs = append(e.Outputs, "rc_none")
			return true
		}),
		instead(replay.SourceMissing, "that forgets an input", func(_ *domain.Fact, e *domain.SynthesisCompleted) bool {
			e.Inputs.Recommendations = e.Inputs.Recommendations[1:]
			return true
		}),

		instead(replay.Rule, "at another version", func(_ *domain.Fact, e *domain.RecommendationSubmitted) bool { e.Recommendation.Version++; return true }),
		instead(replay.Rule, "to another recommendation", func(_ *domain.Fact, e *domain.ResponseReceived) bool { e.RecommendationID = "rc_none"; return true }),
		instead(replay.Rule, "beyond its end", func(_ *domain.Fact, e *domain.FollowUpReported) bool { e.Progress = 101; return true }),
		instead(replay.Rule, "of records that are not there", func(f *domain.Fact, e *domain.PublicationReleased) bool { e.LedgerPosition = f.Seq + 1; return true }),
		instead(replay.Rule, "without a reason", func(_ *domain.Fact, e *domain.PublicationCorrected) bool { e.Reason = ""; return true }),
		instead(replay.Rule, "of other dialogues", func(_ *domain.Fact, e *domain.AuditFindingRaised) bool {
			e.Dialogues = append(e.Dialogues, "dl_none")
			return true
		}),
		instead(replay.Unregistered, "by nobody", func(_ *domain.Fact, e *domain.AuditFindingRaised) bool { e.Partner = "pt_none"; return true }),
		instead(replay.Rule, "of nothing", func(_ *domain.Fact, e *domain.AuditFindingResolved) bool { e.Finding = "f_none"; return true }),

		instead(replay.ViewRoot, "of more records than there are", func(f *domain.Fact, e *domain.ViewsCommitted) bool { e.Size = f.Seq + 1; return true }),
		besides(replay.ViewRoot, "with other roots", func(_ *domain.Fact, e *domain.ViewsCommitted) bool { e.Views[0].Root[0]++; return true }),
		instead(replay.Rule, "by somebody else", func(f *domain.Fact, _ *domain.ViewsCommitted) bool { f.Meta.Actor.Role = domain.Auditor; return true }),
		instead(replay.Rule, "in another edition", func(f *domain.Fact, _ *domain.ViewsCommitted) bool { f.Meta.Source = "ed_other"; return true }),

		instead(replay.Rule, "of another event", func(_ *domain.Fact, e *domain.WordsErased) bool { e.In.Version++; return true }),
		instead(replay.Rule, "on no basis", func(_ *domain.Fact, e *domain.WordsErased) bool { e.LegalBasis = ""; return true }),
		instead(replay.Rule, "in no edition", func(f *domain.Fact, _ *domain.WordsErased) bool { f.Meta.Source = "ed_none"; return true }),
		instead(replay.Rule, "without a look at the words", func(f *domain.Fact, e *domain.WordsErased) bool { return unobserved(familyOf(e.In.Stream))(f) }),

		instead(replay.Rule, "of another source", func(_ *domain.Fact, e *domain.ImportRecorded) bool { e.Source.Digest[0]++; return true }),
		instead(replay.Unregistered, "into no edition", func(f *domain.Fact, _ *domain.ImportRecorded) bool { f.Meta.Source = "ed_none"; return true }),
	}
}
