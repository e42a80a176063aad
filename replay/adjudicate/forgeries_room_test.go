package adjudicate_test

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

func forgedRoom() []forgery {
	return []forgery{
		instead(replay.Unregistered, "held by nobody", func(_ *domain.Fact, e *domain.DialogueRegistered) bool { e.Partner = "pt_none"; return true }),
		instead(replay.Unregistered, "in no edition", func(_ *domain.Fact, e *domain.DialogueRegistered) bool { e.Edition = "ed_none"; return true }),
		instead(replay.Rule, "in another country", func(_ *domain.Fact, e *domain.DialogueRegistered) bool {
			e.Place = "XX"
			return e.SampleType != domain.OpenOnline
		}),
		besides(replay.Rule, "that is there already", func(_ *domain.Fact, e *domain.DialogueRegistered) bool { e.PlannedSize++; return true }),
		instead(replay.Rule, "without a source", func(_ *domain.Fact, e *domain.QuotaPlanSet) bool { e.Source = domain.Document{}; return true }),
		meta[domain.QuotaPlanSet](replay.Rule, "without a look at the draw", unobserved("sortition")),
		instead(replay.Rule, "by another method", func(_ *domain.Fact, e *domain.DialogueAuthorised) bool { e.MethodVersion++; return true }),
		besides(replay.Phase, "for the second time", func(_ *domain.Fact, e *domain.SessionOpened) bool { e.IssuedCodes++; return e.IssuedCodes > 1 }),
		instead(replay.Phase, "while another one is open", func(f *domain.Fact, e *domain.SessionOpened) bool {
			e.Session = "s9"
			return f.Meta.Dialogue != ""
		}),
		late(replay.Phase, "of a dialogue that is certified", func(_ *domain.Fact, e *domain.SessionOpened) bool { e.Session = "s_sim_more"; return true }),
		late(replay.Phase, "once more", func(*domain.Fact, *domain.SessionOpened) bool { return true }),
		instead(replay.Rule, "for as long as one likes", func(_ *domain.Fact, e *domain.SessionOpened) bool { e.PlannedMinutes++; return true }),
		besides(replay.Phase, "for the second time", func(_ *domain.Fact, e *domain.SessionClosed) bool { e.Minutes++; return true }),
		instead(replay.Rule, "in no session that was opened", func(_ *domain.Fact, e *domain.DeviationReported) bool { e.Session = "s_none"; return true }),
		instead(replay.TallyWrong, "with one person more", func(_ *domain.Fact, e *domain.DialogueCertified) bool { e.CheckedIn++; return true }),
		instead(replay.TallyWrong, "with one ballot less", func(_ *domain.Fact, e *domain.DialogueCertified) bool {
			for session, n := range e.Ballots {
				e.Ballots[session] = n - 1
				return n > 0
			}
			return false
		}),
		instead(replay.Rule, "after a look at nothing", func(f *domain.Fact, e *domain.DialogueCertified) bool { return unobserved("audit")(f) }),

		instead(replay.Rule, "with more people reached than asked", func(_ *domain.Fact, e *domain.RecruitmentReported) bool {
			e.Counts.Reached = e.Counts.Invited + 1
			return true
		}),
		instead(replay.SortitionWrong, "with too few people", func(_ *domain.Fact, e *domain.PoolSealed) bool { e.Size = 1; return true }),
		instead(replay.SortitionWrong, "to what is known already", func(f *domain.Fact, e *domain.DrawCommitted) bool { e.Randomness.At = f.Meta.Time; return true }),
		instead(replay.SortitionWrong, "by another algorithm", func(_ *domain.Fact, e *domain.DrawCommitted) bool { e.Algorithm.Name = "dice"; return true }),
		instead(replay.SortitionWrong, "with another seed", func(_ *domain.Fact, e *domain.DrawExecuted) bool { e.Seed[0]++; return true }),
		instead(replay.SortitionWrong, "before its time", func(f *domain.Fact, _ *domain.DrawExecuted) bool { f.Meta.Time -= 30 * 24 * 3600 * 1000; return true }),
		instead(replay.SortitionWrong, "in more attempts than were committed to", func(_ *domain.Fact, e *domain.DrawExecuted) bool { e.Attempts = 1 << 20; return true }),
		besides(replay.SortitionWrong, "once more", func(_ *domain.Fact, e *domain.DrawExecuted) bool { e.Attempts++; return true }),

		instead(replay.SortitionWrong, "with a wider quota than the plan", func(_ *domain.Fact, e *domain.SelectionAnnounced) bool {
			e.Quotas = slices.Clone(e.Quotas)
			e.Quotas[0].Min++
			return true
		}),
		instead(replay.SortitionWrong, "by another beacon under the same hash", func(_ *domain.Fact, e *domain.SelectionAnnounced) bool { e.Beacon.Period *= 2; return true }),
		instead(replay.SortitionWrong, "by a made-up beacon that is not called so", func(_ *domain.Fact, e *domain.SelectionAnnounced) bool { e.Beacon.Synthetic = false; return true }),
		instead(replay.SortitionWrong, "by another algorithm", func(_ *domain.Fact, e *domain.SelectionAnnounced) bool { e.Algorithm.Version = "2"; return true }),
		instead(replay.SortitionWrong, "of fewer people than none", func(_ *domain.Fact, e *domain.FeasibilityReported) bool { e.People = -1; return true }),
		instead(replay.SortitionWrong, "that nobody approves of", func(_ *domain.Fact, e *domain.QuotasAmended) bool { e.ApprovedBy = ""; return true }),
		instead(replay.SortitionWrong, "with quotas that were changed", func(_ *domain.Fact, e *domain.SelectionPoolSealed) bool { e.Quotas[0]++; return true }),
		instead(replay.SortitionWrong, "at another time", func(_ *domain.Fact, e *domain.SelectionPoolSealed) bool { e.At--; return true }),
		besides(replay.SortitionWrong, "with a leaf moved", func(_ *domain.Fact, e *domain.SelectionPoolSealed) bool { e.Pool[0]++; return true }),
		instead(replay.SortitionWrong, "that are known already", func(_ *domain.Fact, e *domain.RoundsPinned) bool { e.Build = 1; return true }),
		instead(replay.SortitionWrong, "at other times", func(_ *domain.Fact, e *domain.RoundsPinned) bool { e.DrawAt++; return true }),
		instead(replay.SortitionWrong, "in a round that was not pinned", func(_ *domain.Fact, e *domain.BeaconObserved) bool { e.Round++; return true }),
		instead(replay.SortitionWrong, "that the beacon did not say", func(_ *domain.Fact, e *domain.BeaconObserved) bool { e.Randomness[0]++; return true }),
		instead(replay.SortitionWrong, "with a signature of something else", func(_ *domain.Fact, e *domain.BeaconObserved) bool {
			e.Signature = "00" + e.Signature[2:]
			return true
		}),
		instead(replay.SortitionWrong, "before its time", func(f *domain.Fact, _ *domain.BeaconObserved) bool { f.Meta.Time -= 24 * 3600 * 1000; return true }),
		instead(replay.SortitionWrong, "from another seed", func(_ *domain.Fact, e *domain.LotteryBuilt) bool { e.Seed[0]++; return true }),
		besides(replay.SortitionWrong, "with other panels", func(_ *domain.Fact, e *domain.LotteryBuilt) bool { e.Panels[0]++; return true }),
		instead(replay.SortitionWrong, "to other panels", func(_ *domain.Fact, e *domain.PanelsCommitted) bool { e.Panels[0]++; return true }),
		instead(replay.SortitionWrong, "when the second round is near", func(f *domain.Fact, e *domain.PanelsCommitted) bool {
			f.Meta.Time += 2 * 3600 * 1000
			e.At = f.Meta.Time
			return true
		}),
		instead(replay.SortitionWrong, "that the round does not draw", func(_ *domain.Fact, e *domain.PanelDrawn) bool { e.Index ^= 1; return true }),
		instead(replay.SortitionWrong, "with somebody else on it", func(_ *domain.Fact, e *domain.PanelDrawn) bool {
			e.Selected = slices.Clone(e.Selected)
			e.Selected[len(e.Selected)-1] += "x"
			return true
		}),
		instead(replay.SortitionWrong, "that breaks a quota", func(_ *domain.Fact, e *domain.PanelDrawn) bool {
			for id := range e.Quota[0].Strata {
				e.Quota[0].Strata[id] = 0
			}
			return true
		}),
		besides(replay.SortitionWrong, "once more", func(_ *domain.Fact, e *domain.PanelDrawn) bool { e.Index ^= 1; return true }),
		instead(replay.SortitionWrong, "of somebody who was not drawn", func(_ *domain.Fact, e *domain.SeatAnswered) bool { e.Participant += "x"; return true }),
		instead(replay.SortitionWrong, "that was another one before", func(_ *domain.Fact, e *domain.SeatAnswered) bool { e.Replaces = domain.SeatDeclined; return true }),
		instead(replay.SortitionWrong, "for no reason", func(_ *domain.Fact, e *domain.SelectionVoided) bool { e.Reason = ""; return true }),

		instead(replay.Rule, "under the id of somebody else", func(_ *domain.Fact, e *domain.ParticipantRegistered) bool {
			e.Person[0]++
			return e.Person != domain.Digest{1}
		}),
		instead(replay.Unregistered, "in no dialogue", func(_ *domain.Fact, e *domain.ParticipantRegistered) bool { e.Dialogue = "dl_none"; return true }),
		into(replay.Unregistered, "of nobody", func(e *domain.ConsentGiven) domain.StreamID {
			e.Participant = "pa_none"
			return domain.ParticipantStream(e.Participant)
		}),
		instead(replay.Rule, "to something else before", func(_ *domain.Fact, e *domain.ConsentGiven) bool {
			e.Replaces = []domain.ConsentScope{domain.Quotes}
			return true
		}),
		instead(replay.Rule, "that never stood", func(_ *domain.Fact, e *domain.ConsentWithdrawn) bool { e.Replaces = nil; return true }),
		into(replay.Unregistered, "of nobody", func(e *domain.ParticipantCheckedIn) domain.StreamID {
			e.Participant = "pa_none"
			return domain.ParticipantStream(e.Participant)
		}),
		besides(replay.Rule, "twice", func(_ *domain.Fact, e *domain.ParticipantCheckedIn) bool { e.By += "2"; return true }),
		meta[domain.ParticipantCheckedIn](replay.Rule, "without a look at the draw", unobserved("sortition")),
		instead(replay.Rule, "in another chamber", func(_ *domain.Fact, e *domain.ParticipantCheckedIn) bool {
			e.Chamber = domain.JointChamber
			return true
		}),
		instead(replay.Rule, "of what was never told", func(_ *domain.Fact, e *domain.PersonalDataErased) bool { e.Fields = []string{"shoes"}; return true }),

		instead(replay.Unregistered, "with somebody who was never registered", func(_ *domain.Fact, e *domain.TableFormed) bool { e.Members[0] = "pa_none"; return true }),
		instead(replay.Rule, "with somebody who sits at another one", func(_ *domain.Fact, e *domain.TableFormed) bool { e.Members[1] = e.Members[0]; return true }),
		meta[domain.TableFormed](replay.Rule, "without a look at the others", unobserved("table")),
		instead(replay.Rule, "out of the row", func(_ *domain.Fact, e *domain.TableOutputRecorded) bool { e.Revision += 4; return true }),
		instead(replay.Rule, "with a quote that nobody consented to", func(f *domain.Fact, e *domain.TableOutputRecorded) bool {
			e.Items[0].Kind = domain.QuoteItem
			return unobserved("participant")(f)
		}),
	}
}
