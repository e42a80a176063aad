package adjudicate_test

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

func forgeries() []forgery {
	return slices.Concat(forgedBefore(), forgedRoom(), forgedVotes(), forgedAfter())
}

// meta changes what is said about an event, and not the event.
func meta[E domain.Event](finding, what string, change func(f *domain.Fact) bool) forgery {
	return instead(finding, what, func(f *domain.Fact, _ *E) bool { return change(f) })
}

// unobserved takes a stream out of what the decision says that it has looked at.
func unobserved(family string) func(f *domain.Fact) bool {
	return func(f *domain.Fact) bool {
		n := len(f.Meta.Observed)
		f.Meta.Observed = slices.DeleteFunc(slices.Clone(f.Meta.Observed), func(r domain.Ref) bool { return familyOf(r.Stream) == family })
		return len(f.Meta.Observed) < n
	}
}

func forgedBefore() []forgery {
	return []forgery{
		instead(replay.Rule, "without a language", func(_ *domain.Fact, e *domain.EditionOpened) bool { e.Languages = nil; return true }),
		meta[domain.EditionOpened](replay.Rule, "in another edition", func(f *domain.Fact) bool { f.Meta.Source = "ed_other"; return true }),
		meta[domain.EditionOpened](replay.Rule, "in a dialogue", func(f *domain.Fact) bool { f.Meta.Dialogue = "dl_other"; return true }),
		meta[domain.EditionOpened](replay.Rule, "at no time", func(f *domain.Fact) bool { f.Meta.Time = 0; return true }),
		meta[domain.EditionOpened](replay.Rule, "by no known role", func(f *domain.Fact) bool { f.Meta.Actor.Role = "king"; return true }),
		meta[domain.EditionOpened](replay.Rule, "looking at what is not there", func(f *domain.Fact) bool {
			f.Meta.Observed = append(f.Meta.Observed, domain.Ref{Stream: "edition-other", Version: 1})
			return true
		}),
		besides(replay.Phase, "before the phase before it", func(_ *domain.Fact, e *domain.MilestoneScheduled) bool {
			e.Key, e.Phase = "sooner", domain.EvaluationPhase
			e.DueAt--
			return true
		}),
		elsewhere(replay.Phase, "before its progress", func(record, uint64) uint64 { return 1000 }, func(f *domain.Fact, _ *domain.MilestoneReached) bool { return f.Seq > 1000 }),
		besides(replay.Phase, "twice", func(*domain.Fact, *domain.MilestoneReached) bool { return true }),
		besides(replay.Rule, "that is there already", func(_ *domain.Fact, e *domain.TopicAdded) bool { e.Label = domain.In("en", "other"); return true }),
		instead(replay.Rule, "on no topic", func(_ *domain.Fact, e *domain.SessionDefined) bool { e.Topic = "tp_none"; return true }),
		instead(replay.Rule, "with cells of four people", func(_ *domain.Fact, e *domain.ProtocolFrozen) bool { e.Suppression.MinBase = 4; return true }),
		instead(replay.Rule, "with a question of knowledge that nobody is asked", func(_ *domain.Fact, e *domain.ProtocolFrozen) bool {
			m := *e.Measures
			m.Correct = map[domain.ArtefactID]domain.OptionID{"ar_none": "network"}
			e.Measures = &m
			return true
		}),
		instead(replay.Rule, "with another population", func(_ *domain.Fact, e *domain.ProtocolFrozen) bool { e.Weighting.PopulationTable[0]++; return true }),
		meta[domain.ProtocolFrozen](replay.Rule, "without a look at the instruments", unobserved("artefact")),

		instead(replay.Rule, "in place of nobody", func(_ *domain.Fact, e *domain.PartnerAdmitted) bool { e.Succeeds = "pt_none"; return true }),
		meta[domain.PartnerAdmitted](replay.Rule, "without a look at the others", unobserved("ledger")),
		into(replay.Unregistered, "of a partner that was never admitted", func(e *domain.InterestDeclared) domain.StreamID {
			e.Partner = "pt_none"
			return domain.PartnerStream(e.Edition, e.Partner)
		}),
		instead(replay.Rule, "of oneself", func(_ *domain.Fact, e *domain.TrainingCompleted) bool { e.Trainer = e.Trainee; return true }),
		instead(replay.Rule, "without a reason", func(_ *domain.Fact, e *domain.PartnershipEnded) bool { e.Reason = ""; return true }),
		meta[domain.PartnershipEnded](replay.Rule, "without a look at its dialogues", unobserved("dialogue")),

		instead(replay.Rule, "that skips a version", func(_ *domain.Fact, e *domain.ArtefactVersionAdded) bool { e.Version++; return true }),
		meta[domain.ArtefactVersionAdded](replay.Unregistered, "of an edition that was never opened", func(f *domain.Fact) bool { f.Meta.Source = "ed_none"; return true }),
		instead(replay.Rule, "by a verdict that nobody gives", func(_ *domain.Fact, e *domain.ReviewRecorded) bool { e.Verdict = "perhaps"; return true }),
		instead(replay.Unregistered, "on behalf of nobody", func(_ *domain.Fact, e *domain.ReviewRecorded) bool { e.Partner = "pt_none"; return true }),
		instead(replay.Rule, "with one approval more", func(_ *domain.Fact, e *domain.ArtefactApproved) bool {
			e.Approvals = append(e.Approvals, "somebody")
			return true
		}),
		instead(replay.Rule, "in other words than its digest's", func(_ *domain.Fact, e *domain.TranslationSubmitted) bool {
			e.Content[0]++
			return e.Question != nil || e.Body != ""
		}),
		instead(replay.Rule, "of another text", func(_ *domain.Fact, e *domain.TranslationVerified) bool { e.Translation[0]++; return true }),
		instead(replay.Rule, "of a version that is not there", func(_ *domain.Fact, e *domain.ArtefactWithdrawn) bool { e.Version += 9; return true }),
	}
}
