package adjudicate

import (
	"hash/maphash"

	"daybook.internal/domain"
)

// prepared is what can be found out about an event without knowing any other.
type prepared struct {
	name    fingerprint // of the stream
	id      uint64      // a hash of the event's id
	command uint64      // a hash of the command's id
	ordinal int64       // for which the id follows from command and stream: 0, or else the revision; -1: neither
	family  family
	own     bool  // the event stands in the stream of what it is about
	signed  bool  // the signature of a ballot holds, or it is one without
	meta    error // what is wrong with Meta as such
}

func (c *Court) prepare(f *domain.Fact) prepared {
	p := prepared{
		name: c.fingerprint(f.Stream), id: maphash.Bytes(c.seeds[0], f.ID[:]), command: maphash.String(c.seeds[0], f.Meta.Command), ordinal: -1, meta: f.Meta.Check(),
	}
	p.family, p.own = familyOf(f)
	if e, ok := f.Event.(domain.BallotCast); ok {
		p.signed = e.Verify() == nil
	}
	switch {
	case domain.NewEventID(f.Meta.Command, f.Stream, 0) == f.ID:
		p.ordinal = 0
	case f.Revision > 0 && domain.NewEventID(f.Meta.Command, f.Stream, int(f.Revision)) == f.ID:
		p.ordinal = int64(f.Revision)
	}
	return p
}

// family is what a stream is about.
type family uint8

const (
	editionFamily family = iota + 1
	partnerFamily
	artefactFamily
	dialogueFamily
	sortitionFamily
	participantFamily
	tableFamily
	ballotFamily
	tallyFamily
	statementFamily
	reactionsFamily
	codingFamily
	recommendationFamily
	synthesisFamily
	submissionFamily
	publicationFamily
	auditFamily
	erasureFamily
	importFamily
	viewsFamily
	families
)

// derived tells whether states of the family are made from the book when they are needed, see votes.go.
func (f family) derived() bool { return f == ballotFamily || f == reactionsFamily }

func (c *Court) openShelves(limit int) {
	const few, some, more = 2, 3, 8 // people are looked at as they are; what many share, as it was a moment before, too; and nearly everybody looks at these three
	c.byFamily = [families]anyShelf{
		editionFamily: c.editions.open(limit, more), partnerFamily: c.partners.open(limit, some), artefactFamily: c.artefacts.open(limit, some),
		dialogueFamily: c.dialogues.open(limit, more), sortitionFamily: c.sortitions.open(limit, some), participantFamily: c.participants.open(limit, few),
		tableFamily: c.tables.open(limit, some), ballotFamily: c.ballots.open(limit, few), tallyFamily: c.tallies.open(limit, some),
		statementFamily: c.statements.open(limit, few), reactionsFamily: c.reactions.open(limit, few), codingFamily: c.codings.open(limit, few),
		recommendationFamily: c.recommendations.open(limit, more), synthesisFamily: c.syntheses.open(limit, few), submissionFamily: c.submissions.open(limit, few),
		publicationFamily: c.publications.open(limit, few), auditFamily: c.audits.open(limit, some), erasureFamily: c.erasures.open(limit, few),
		importFamily: c.importing.open(limit, few), viewsFamily: c.views.open(limit, few),
	}
}

// familyOf tells to which family an event belongs, and whether it stands in the stream of what it is about.
func familyOf(f *domain.Fact) (family, bool) {
	at := f.Stream
	switch e := f.Event.(type) {
	case domain.EditionOpened:
		return editionFamily, at == domain.EditionStream(e.Edition)
	case domain.MilestoneScheduled:
		return editionFamily, at == domain.EditionStream(e.Edition)
	case domain.MilestoneReached:
		return editionFamily, at == domain.EditionStream(e.Edition)
	case domain.TopicAdded:
		return editionFamily, at == domain.EditionStream(e.Edition)
	case domain.SessionDefined:
		return editionFamily, at == domain.EditionStream(e.Edition)
	case domain.ProtocolFrozen:
		return editionFamily, at == domain.EditionStream(e.Edition)
	case domain.PartnerAdmitted:
		return partnerFamily, at == domain.PartnerStream(e.Edition, e.Partner)
	case domain.InterestDeclared:
		return partnerFamily, at == domain.PartnerStream(e.Edition, e.Partner)
	case domain.TrainingCompleted:
		return partnerFamily, at == domain.PartnerStream(e.Edition, e.Partner)
	case domain.PartnershipEnded:
		return partnerFamily, at == domain.PartnerStream(e.Edition, e.Partner)
	case domain.ArtefactVersionAdded:
		return artefactFamily, at == domain.ArtefactStream(e.Artefact)
	case domain.ReviewRecorded:
		return artefactFamily, at == domain.ArtefactStream(e.Artefact)
	case domain.ArtefactApproved:
		return artefactFamily, at == domain.ArtefactStream(e.Artefact)
	case domain.TranslationSubmitted:
		return artefactFamily, at == domain.ArtefactStream(e.Artefact)
	case domain.TranslationVerified:
		return artefactFamily, at == domain.ArtefactStream(e.Artefact)
	case domain.ArtefactWithdrawn:
		return artefactFamily, at == domain.ArtefactStream(e.Artefact)
	case domain.DialogueRegistered:
		return dialogueFamily, at == domain.DialogueStream(e.Dialogue)
	case domain.QuotaPlanSet:
		return dialogueFamily, at == domain.DialogueStream(e.Dialogue)
	case domain.DialogueAuthorised:
		return dialogueFamily, at == domain.DialogueStream(e.Dialogue)
	case domain.SessionOpened:
		return dialogueFamily, at == domain.DialogueStream(e.Dialogue)
	case domain.SessionClosed:
		return dialogueFamily, at == domain.DialogueStream(e.Dialogue)
	case domain.DeviationReported:
		return dialogueFamily, at == domain.DialogueStream(e.Dialogue)
	case domain.DialogueCertified:
		return dialogueFamily, at == domain.DialogueStream(e.Dialogue)
	case domain.RecruitmentReported:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.PoolSealed:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.DrawCommitted:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.DrawExecuted:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.SelectionAnnounced:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.FeasibilityReported:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.QuotasAmended:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.SelectionPoolSealed:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.RoundsPinned:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.BeaconObserved:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.LotteryBuilt:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.PanelsCommitted:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.PanelDrawn:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.SeatAnswered:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.SelectionVoided:
		return sortitionFamily, at == domain.SortitionStream(e.Dialogue)
	case domain.ParticipantRegistered:
		return participantFamily, at.Is("participant", string(e.Participant))
	case domain.ConsentGiven:
		return participantFamily, at.Is("participant", string(e.Participant))
	case domain.ConsentWithdrawn:
		return participantFamily, at.Is("participant", string(e.Participant))
	case domain.ParticipantCheckedIn:
		return participantFamily, at.Is("participant", string(e.Participant))
	case domain.PersonalDataErased:
		return participantFamily, at.Is("participant", string(e.Participant))
	case domain.TableFormed:
		return tableFamily, at == domain.TableStream(e.Dialogue, e.Table)
	case domain.TableOutputRecorded:
		return tableFamily, at == domain.TableStream(e.Dialogue, e.Table)
	case domain.BallotCast:
		return ballotFamily, at.Is("ballot", string(e.Dialogue), string(e.Pseudonym))
	case domain.BallotVoided:
		return ballotFamily, at.Is("ballot", string(e.Dialogue), string(e.Pseudonym))
	case domain.TallySheetRecorded:
		return tallyFamily, at == domain.TallyStream(e.Dialogue, e.Session)
	case domain.TallyReconciled:
		return tallyFamily, at == domain.TallyStream(e.Dialogue, e.Session)
	case domain.StatementPosted:
		return statementFamily, at.Is("statement", string(e.Conversation), string(e.Statement))
	case domain.StatementModerated:
		return statementFamily, at.Is("statement", string(e.Conversation), string(e.Statement))
	case domain.StatementLinked:
		return statementFamily, at.Is("statement", string(e.Conversation), string(e.Statement))
	case domain.ReactionCast:
		return reactionsFamily, at.Is("reactions", string(e.Conversation), string(e.Respondent))
	case domain.SegmentCoded:
		return codingFamily, at == domain.CodingStream(e.Coding)
	case domain.CodingAdjudicated:
		return codingFamily, at == domain.CodingStream(e.Coding)
	case domain.RecommendationDrafted:
		return recommendationFamily, at == domain.RecommendationStream(e.Recommendation)
	case domain.RecommendationRevised:
		return recommendationFamily, at == domain.RecommendationStream(e.Recommendation)
	case domain.EndorsementOpened:
		return recommendationFamily, at == domain.RecommendationStream(e.Recommendation)
	case domain.EndorsementClosed:
		return recommendationFamily, at == domain.RecommendationStream(e.Recommendation)
	case domain.RecommendationDecided:
		return recommendationFamily, at == domain.RecommendationStream(e.Recommendation)
	case domain.RecommendationSuperseded:
		return recommendationFamily, at == domain.RecommendationStream(e.Recommendation)
	case domain.SynthesisCompleted:
		return synthesisFamily, at == domain.SynthesisStream(e.Edition)
	case domain.RecommendationSubmitted:
		return submissionFamily, at == domain.SubmissionStream(e.Submission)
	case domain.ResponseReceived:
		return submissionFamily, at == domain.SubmissionStream(e.Submission)
	case domain.FollowUpReported:
		return submissionFamily, at == domain.SubmissionStream(e.Submission)
	case domain.PublicationReleased:
		return publicationFamily, at == domain.PublicationStream(e.Publication)
	case domain.PublicationCorrected:
		return publicationFamily, at == domain.PublicationStream(e.Publication)
	case domain.AuditFindingRaised:
		return auditFamily, at == domain.AuditStream(e.Edition)
	case domain.AuditFindingResolved:
		return auditFamily, at == domain.AuditStream(e.Edition)
	case domain.WordsErased:
		return erasureFamily, at == domain.ErasureStream(e.Event, e.Field)
	case domain.ViewsCommitted:
		return viewsFamily, at == domain.ViewsStream
	case domain.ImportRecorded:
		return importFamily, at == domain.ImportStream(e.Import)
	}
	return 0, false
}
