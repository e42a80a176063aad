package domain

import (
	"bytes"
	"fmt"
	"reflect"
	"sync"
)

// An UnknownEventError names a wire name that this build does not know.
type UnknownEventError struct{ Type string }

func (e *UnknownEventError) Error() string {
	return fmt.Sprintf("the event type %q is not known to this version of daybook", e.Type)
}

// wire has every name that was ever written to a ledger; none is ever taken out. An old shape stays as an unexported struct with a pure
// conversion to the current one.
var wire = map[string]func(*interner, []byte) (Event, error){
	"edition-opened.v1":            decodes[EditionOpened](),
	"milestone-scheduled.v1":       decodes[MilestoneScheduled](),
	"milestone-reached.v1":         decodes[MilestoneReached](),
	"topic-added.v1":               decodes[TopicAdded](),
	"session-defined.v1":           decodes[SessionDefined](),
	"protocol-frozen.v1":           decodes[ProtocolFrozen](),
	"partner-admitted.v1":          decodes[PartnerAdmitted](),
	"interest-declared.v1":         decodes[InterestDeclared](),
	"training-completed.v1":        decodes[TrainingCompleted](),
	"partnership-ended.v1":         decodes[PartnershipEnded](),
	"artefact-version-added.v1":    decodes[ArtefactVersionAdded](),
	"review-recorded.v1":           decodes[ReviewRecorded](),
	"artefact-approved.v1":         decodes[ArtefactApproved](),
	"translation-submitted.v1":     decodes[TranslationSubmitted](),
	"translation-verified.v1":      decodes[TranslationVerified](),
	"artefact-withdrawn.v1":        decodes[ArtefactWithdrawn](),
	"dialogue-registered.v1":       decodes[DialogueRegistered](),
	"quota-plan-set.v1":            decodes[QuotaPlanSet](),
	"dialogue-authorised.v1":       decodes[DialogueAuthorised](),
	"session-opened.v1":            decodes[SessionOpened](),
	"session-closed.v1":            decodes[SessionClosed](),
	"deviation-reported.v1":        decodes[DeviationReported](),
	"dialogue-certified.v1":        decodes[DialogueCertified](),
	"recruitment-reported.v1":      decodes[RecruitmentReported](),
	"pool-sealed.v1":               decodes[PoolSealed](),
	"draw-committed.v1":            decodes[DrawCommitted](),
	"draw-executed.v1":             decodes[DrawExecuted](),
	"selection-announced.v1":       decodes[SelectionAnnounced](),
	"feasibility-reported.v1":      decodes[FeasibilityReported](),
	"quotas-amended.v1":            decodes[QuotasAmended](),
	"selection-pool-sealed.v1":     decodes[SelectionPoolSealed](),
	"rounds-pinned.v1":             decodes[RoundsPinned](),
	"beacon-observed.v1":           decodes[BeaconObserved](),
	"lottery-built.v1":             decodes[LotteryBuilt](),
	"panels-committed.v1":          decodes[PanelsCommitted](),
	"panel-drawn.v1":               decodes[PanelDrawn](),
	"seat-answered.v1":             decodes[SeatAnswered](),
	"selection-voided.v1":          decodes[SelectionVoided](),
	"participant-registered.v1":    decodes[ParticipantRegistered](),
	"consent-given.v1":             decodes[ConsentGiven](),
	"consent-withdrawn.v1":         decodes[ConsentWithdrawn](),
	"participant-checked-in.v1":    decodes[ParticipantCheckedIn](),
	"personal-data-erased.v1":      decodes[PersonalDataErased](),
	"table-formed.v1":              decodes[TableFormed](),
	"table-output-recorded.v1":     decodes[TableOutputRecorded](),
	"ballot-cast.v1":               decodes[BallotCast](),
	"ballot-voided.v1":             decodes[BallotVoided](),
	"tally-sheet-recorded.v1":      decodes[TallySheetRecorded](),
	"tally-reconciled.v1":          decodes[TallyReconciled](),
	"statement-posted.v1":          decodes[StatementPosted](),
	"statement-moderated.v1":       decodes[StatementModerated](),
	"statement-linked.v1":          decodes[StatementLinked](),
	"reaction-cast.v1":             decodes[ReactionCast](),
	"segment-coded.v1":             decodes[SegmentCoded](),
	"coding-adjudicated.v1":        decodes[CodingAdjudicated](),
	"recommendation-drafted.v1":    decodes[RecommendationDrafted](),
	"recommendation-revised.v1":    decodes[RecommendationRevised](),
	"endorsement-opened.v1":        decodes[EndorsementOpened](),
	"endorsement-closed.v1":        decodes[EndorsementClosed](),
	"recommendation-decided.v1":    decodes[RecommendationDecided](),
	"recommendation-superseded.v1": decodes[RecommendationSuperseded](),
	"synthesis-completed.v1":       decodes[SynthesisCompleted](),
	"recommendation-submitted.v1":  decodes[RecommendationSubmitted](),
	"response-received.v1":         decodes[ResponseReceived](),
	"follow-up-reported.v1":        decodes[FollowUpReported](),
	"publication-released.v1":      decodes[PublicationReleased](),
	"publication-corrected.v1":     decodes[PublicationCorrected](),
	"audit-finding-raised.v1":      decodes[AuditFindingRaised](),
	"audit-finding-resolved.v1":    decodes[AuditFindingResolved](),
	"words-erased.v1":              decodes[WordsErased](),
	"views-committed.v1":           decodes[ViewsCommitted](),
	"import-recorded.v1":           decodes[ImportRecorded](),
}

// TypeOf is the wire name under which new events of e's kind are written.
func TypeOf(e Event) string {
	switch e.(type) {
	case EditionOpened:
		return "edition-opened.v1"
	case MilestoneScheduled:
		return "milestone-scheduled.v1"
	case MilestoneReached:
		return "milestone-reached.v1"
	case TopicAdded:
		return "topic-added.v1"
	case SessionDefined:
		return "session-defined.v1"
	case ProtocolFrozen:
		return "protocol-frozen.v1"
	case PartnerAdmitted:
		return "partner-admitted.v1"
	case InterestDeclared:
		return "interest-declared.v1"
	case TrainingCompleted:
		return "training-completed.v1"
	case PartnershipEnded:
		return "partnership-ended.v1"
	case ArtefactVersionAdded:
		return "artefact-version-added.v1"
	case ReviewRecorded:
		return "review-recorded.v1"
	case ArtefactApproved:
		return "artefact-approved.v1"
	case TranslationSubmitted:
		return "translation-submitted.v1"
	case TranslationVerified:
		return "translation-verified.v1"
	case ArtefactWithdrawn:
		return "artefact-withdrawn.v1"
	case DialogueRegistered:
		return "dialogue-registered.v1"
	case QuotaPlanSet:
		return "quota-plan-set.v1"
	case DialogueAuthorised:
		return "dialogue-authorised.v1"
	case SessionOpened:
		return "session-opened.v1"
	case SessionClosed:
		return "session-closed.v1"
	case DeviationReported:
		return "deviation-reported.v1"
	case DialogueCertified:
		return "dialogue-certified.v1"
	case RecruitmentReported:
		return "recruitment-reported.v1"
	case PoolSealed:
		return "pool-sealed.v1"
	case DrawCommitted:
		return "draw-committed.v1"
	case DrawExecuted:
		return "draw-executed.v1"
	case SelectionAnnounced:
		return "selection-announced.v1"
	case FeasibilityReported:
		return "feasibility-reported.v1"
	case QuotasAmended:
		return "quotas-amended.v1"
	case SelectionPoolSealed:
		return "selection-pool-sealed.v1"
	case RoundsPinned:
		return "rounds-pinned.v1"
	case BeaconObserved:
		return "beacon-observed.v1"
	case LotteryBuilt:
		return "lottery-built.v1"
	case PanelsCommitted:
		return "panels-committed.v1"
	case PanelDrawn:
		return "panel-drawn.v1"
	case SeatAnswered:
		return "seat-answered.v1"
	case SelectionVoided:
		return "selection-voided.v1"
	case ParticipantRegistered:
		return "participant-registered.v1"
	case ConsentGiven:
		return "consent-given.v1"
	case ConsentWithdrawn:
		return "consent-withdrawn.v1"
	case ParticipantCheckedIn:
		return "participant-checked-in.v1"
	case PersonalDataErased:
		return "personal-data-erased.v1"
	case TableFormed:
		return "table-formed.v1"
	case TableOutputRecorded:
		return "table-output-recorded.v1"
	case BallotCast:
		return "ballot-cast.v1"
	case BallotVoided:
		return "ballot-voided.v1"
	case TallySheetRecorded:
		return "tally-sheet-recorded.v1"
	case TallyReconciled:
		return "tally-reconciled.v1"
	case StatementPosted:
		return "statement-posted.v1"
	case StatementModerated:
		return "statement-moderated.v1"
	case StatementLinked:
		return "statement-linked.v1"
	case ReactionCast:
		return "reaction-cast.v1"
	case SegmentCoded:
		return "segment-coded.v1"
	case CodingAdjudicated:
		return "coding-adjudicated.v1"
	case RecommendationDrafted:
		return "recommendation-drafted.v1"
	case RecommendationRevised:
		return "recommendation-revised.v1"
	case EndorsementOpened:
		return "endorsement-opened.v1"
	case EndorsementClosed:
		return "endorsement-closed.v1"
	case RecommendationDecided:
		return "recommendation-decided.v1"
	case RecommendationSuperseded:
		return "recommendation-superseded.v1"
	case SynthesisCompleted:
		return "synthesis-completed.v1"
	case RecommendationSubmitted:
		return "recommendation-submitted.v1"
	case ResponseReceived:
		return "response-received.v1"
	case FollowUpReported:
		return "follow-up-reported.v1"
	case PublicationReleased:
		return "publication-released.v1"
	case PublicationCorrected:
		return "publication-corrected.v1"
	case AuditFindingRaised:
		return "audit-finding-raised.v1"
	case AuditFindingResolved:
		return "audit-finding-resolved.v1"
	case WordsErased:
		return "words-erased.v1"
	case ViewsCommitted:
		return "views-committed.v1"
	case ImportRecorded:
		return "import-recorded.v1"
	}
	panic(fmt.Sprintf("domain: %T has no wire name", e)) // the sum-type check in the tests and linters keeps this from happening
}

// Encode gives the wire name of e and its canonical bytes. A value that has no canonical form, such as text that is not UTF-8, an integer of
// more than 53 bits or a fraction not in lowest terms, is rejected by name.
func Encode(e Event) (typ string, data []byte, err error) {
	typ = TypeOf(e)
	v := reflect.New(reflect.TypeOf(e)).Elem()
	v.Set(reflect.ValueOf(e))
	if data, err = codecOf(v.Type()).append(make([]byte, 0, 256), v); err != nil {
		return "", nil, fmt.Errorf("%s: %w", typ, err)
	}
	return typ, data, nil
}

// Decode reads the canonical bytes of an event, and nothing that differs from them in a single byte: unknown, missing, repeated or misplaced
// members, white space, other escapes and other numbers are a *FormatError, an unknown wire name is an *UnknownEventError.
func Decode(typ string, data []byte) (Event, error) {
	return decode(nil, typ, data)
}

func decode(in *interner, typ string, data []byte) (Event, error) {
	decode, ok := wire[typ]
	if !ok {
		return nil, &UnknownEventError{typ}
	}
	e, err := decode(in, data)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// EventTypes gives the Go type of every event that Decode reads, by its wire name: for those who describe what may stand in a record.
func EventTypes() map[string]reflect.Type {
	types := make(map[string]reflect.Type, len(wire))
	for name, decode := range wire {
		e, _ := decode(nil, nil)
		types[name] = reflect.TypeOf(e)
	}
	return types
}

// decodes makes the function that decodes one kind of events. It gives an event of its type also where data is none.
func decodes[E Event]() func(in *interner, data []byte) (Event, error) {
	used := sync.Pool{New: func() any { return new(E) }} // what an event is read into before it is copied into the Event
	return func(in *interner, data []byte) (Event, error) {
		e := used.Get().(*E)
		defer used.Put(e)
		*e = *new(E)
		err := readCanonical(in, data, reflect.ValueOf(e).Elem())
		return *e, err
	}
}

// appendCanonical appends the canonical form of what v points at.
func appendCanonical(b []byte, v any) ([]byte, error) {
	e := reflect.ValueOf(v).Elem()
	return codecOf(e.Type()).append(b, e)
}

// same tells whether two events say the same.
func same(a, b Event) bool {
	at, ab, aerr := Encode(a)
	bt, bb, berr := Encode(b)
	return aerr == nil && berr == nil && at == bt && bytes.Equal(ab, bb)
}
