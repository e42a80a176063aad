package adjudicate

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

// findingOf names what a rejection means, by the event that it rejects.
func (v *sight) findingOf(r *domain.Rejection) string {
	is := func(rules ...*domain.Rejection) bool {
		return slices.ContainsFunc(rules, func(o *domain.Rejection) bool { return o.Rule == r.Rule })
	}
	switch e := v.f.Event.(type) {
	case domain.BallotCast:
		switch {
		case is(domain.ErrSessionNotOpen, domain.ErrSessionClosed):
			return replay.BallotWindow
		case is(domain.ErrSignature):
			return replay.BallotSignature
		case is(domain.ErrCodeNotIssued):
			return v.withoutCode(e)
		}
	case domain.ReactionCast:
		if is(domain.ErrSessionNotOpen, domain.ErrSessionClosed) {
			return replay.BallotWindow
		}
	case domain.TallySheetRecorded, domain.TallyReconciled, domain.EndorsementClosed, domain.RecommendationDecided:
		if is(domain.ErrTallyMismatch, domain.ErrNotReconciled) {
			return replay.TallyWrong
		}
	case domain.DialogueCertified:
		switch {
		case is(domain.ErrNotReconciled):
			return replay.TallyWrong
		case is(domain.ErrPhaseClosed):
			return replay.Phase
		}
	case domain.RecommendationDrafted, domain.RecommendationRevised, domain.SynthesisCompleted:
		if is(domain.ErrNoSource, domain.ErrUnknownRef) {
			return replay.SourceMissing
		}
	case domain.MilestoneScheduled, domain.MilestoneReached, domain.SessionOpened, domain.SessionClosed:
		if !is(domain.ErrInvalidID, domain.ErrChamber) {
			return replay.Phase
		}
	case domain.PoolSealed, domain.DrawCommitted, domain.DrawExecuted, domain.SelectionAnnounced, domain.FeasibilityReported, domain.QuotasAmended, domain.SelectionPoolSealed, domain.RoundsPinned,
		domain.BeaconObserved, domain.LotteryBuilt, domain.PanelsCommitted, domain.PanelDrawn, domain.SeatAnswered, domain.SelectionVoided:
		return replay.SortitionWrong
	case domain.ViewsCommitted:
		return replay.ViewRoot
	case domain.ConsentGiven, domain.ConsentWithdrawn, domain.ParticipantCheckedIn, domain.PersonalDataErased,
		domain.InterestDeclared, domain.TrainingCompleted, domain.PartnershipEnded:
		if is(domain.ErrUnknownRef) && v.c.book.entry(v.no).events == 0 {
			return replay.Unregistered
		}
	}
	return replay.Rule
}

// differs names what it means that the rules give another event.
func (v *sight) differs(by domain.Event) string {
	switch e := v.f.Event.(type) {
	case domain.BallotCast:
		if by, ok := by.(domain.BallotCast); ok && e.Revision < by.Revision {
			return replay.DuplicateBallot
		}
	case domain.ReactionCast:
		if by, ok := by.(domain.ReactionCast); ok && e.Revision < by.Revision {
			return replay.DuplicateBallot
		}
	case domain.TallyReconciled, domain.EndorsementClosed, domain.DialogueCertified:
		return replay.TallyWrong
	case domain.PoolSealed, domain.DrawCommitted, domain.DrawExecuted, domain.SelectionAnnounced, domain.FeasibilityReported, domain.QuotasAmended, domain.SelectionPoolSealed, domain.RoundsPinned,
		domain.BeaconObserved, domain.LotteryBuilt, domain.PanelsCommitted, domain.PanelDrawn, domain.SeatAnswered, domain.SelectionVoided:
		return replay.SortitionWrong
	}
	return replay.Rule
}

// repeated names what it means that nothing happens by the rules, because it is so already.
func (v *sight) repeated() string {
	switch v.f.Event.(type) {
	case domain.BallotCast, domain.ReactionCast:
		return replay.DuplicateBallot
	case domain.MilestoneReached, domain.SessionOpened, domain.SessionClosed:
		return replay.Phase
	}
	return replay.Rule
}

// elsewhere names what it means that an event does not stand in the stream of what it is about. A code that has a stream has answered there.
func (v *sight) elsewhere() string {
	if e, ok := v.f.Event.(domain.BallotCast); ok && v.c.find(domain.BallotStream(e.Dialogue, e.Pseudonym)).known {
		return replay.DuplicateBallot
	}
	return replay.Rule
}
