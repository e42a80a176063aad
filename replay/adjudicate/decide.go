package adjudicate

import (
	"fmt"

	"daybook.internal/domain"
)

// decide makes the decision behind the event again: as commands does, from what stood before the event and what its decision says that it looked at. What the
// command was given stands in the event; members that the decision sets are taken out of it first.
func (v *sight) decide() ([]domain.Event, error) {
	if x := v.imported(); x != nil {
		return v.decideImported(x)
	}
	switch e := v.f.Event.(type) {
	case domain.BallotCast:
		return v.castBallot(e)
	case domain.ReactionCast:
		return v.react(e)
	case domain.BallotVoided:
		return v.voidBallot(e)

	case domain.EditionOpened, domain.MilestoneScheduled, domain.MilestoneReached, domain.TopicAdded, domain.SessionDefined, domain.ProtocolFrozen:
		return v.ofEdition()
	case domain.PartnerAdmitted, domain.InterestDeclared, domain.TrainingCompleted, domain.PartnershipEnded:
		return v.ofPartner()
	case domain.ArtefactVersionAdded, domain.ReviewRecorded, domain.ArtefactApproved, domain.TranslationSubmitted, domain.TranslationVerified, domain.ArtefactWithdrawn:
		return v.ofArtefact()

	case domain.DialogueRegistered, domain.QuotaPlanSet, domain.DialogueAuthorised, domain.SessionOpened, domain.SessionClosed, domain.DeviationReported, domain.DialogueCertified:
		return v.ofDialogue()
	case domain.RecruitmentReported, domain.PoolSealed, domain.DrawCommitted, domain.DrawExecuted:
		return v.ofSortition()
	case domain.SelectionAnnounced, domain.FeasibilityReported, domain.QuotasAmended, domain.SelectionPoolSealed, domain.RoundsPinned,
		domain.BeaconObserved, domain.LotteryBuilt, domain.PanelsCommitted, domain.PanelDrawn, domain.SeatAnswered, domain.SelectionVoided:
		return v.ofSelection()
	case domain.ParticipantRegistered, domain.ConsentGiven, domain.ConsentWithdrawn, domain.ParticipantCheckedIn, domain.PersonalDataErased:
		return v.ofParticipant()
	case domain.TableFormed, domain.TableOutputRecorded:
		return v.ofTable()
	case domain.TallySheetRecorded, domain.TallyReconciled:
		return v.ofTally()
	case domain.StatementPosted, domain.StatementModerated, domain.StatementLinked:
		return v.ofStatement()

	case domain.SegmentCoded, domain.CodingAdjudicated:
		return v.ofCoding()
	case domain.RecommendationDrafted, domain.RecommendationRevised, domain.RecommendationSuperseded,
		domain.EndorsementOpened, domain.EndorsementClosed, domain.RecommendationDecided:
		return v.ofRecommendation()
	case domain.SynthesisCompleted:
		return v.synthesise(e)
	case domain.RecommendationSubmitted, domain.ResponseReceived, domain.FollowUpReported:
		return v.ofSubmission()
	case domain.PublicationReleased, domain.PublicationCorrected:
		return v.ofPublication()
	case domain.AuditFindingRaised, domain.AuditFindingResolved:
		return v.ofAudit()
	case domain.WordsErased:
		return v.eraseWords(e)
	case domain.ViewsCommitted:
		return v.commitViews(e)
	case domain.ImportRecorded:
		return v.recordImport(e)
	}
	v.err = fmt.Errorf("no court decides on %T", v.f.Event)
	return nil, nil
}

// day is when the event happened, as far as agreements and trainings are concerned.
func (v *sight) day() domain.Date {
	if v.f.Meta.OccurredAt != 0 {
		return v.f.Meta.OccurredAt.Date()
	}
	return v.f.Meta.Time.Date()
}

// ownHome is where the event's own stream began. Before it has, nothing belongs there.
func (v *sight) ownHome() (domain.Home, bool) {
	if v.c.book.entry(v.no).events == 0 {
		return domain.Home{}, false
	}
	return v.c.book.home(v.no), true
}

// homeOf is where a stream began.
func (v *sight) homeOf(s at) domain.Home {
	if v.c.events(s) == 0 {
		return domain.Home{}
	}
	return v.c.book.home(s.no)
}
