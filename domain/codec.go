package domain

import (
	"bytes"
	"fmt"
	"reflect"
)

// An UnknownEventError names a wire name that this build does not know.
type UnknownEventError struct{ Type string }

func (e *UnknownEventError) Error() string {
	return fmt.Sprintf("the event type %q is not known to this version of daybook", e.Type)
}

// wire has every name that was ever written to a ledger; none is ever taken out. An old shape stays as an unexported struct with a pure
// conversion to the current one.
var wire = map[string]func([]byte) (Event, error){
	"edition-opened.v1":            decodeAs[EditionOpened],
	"milestone-scheduled.v1":       decodeAs[MilestoneScheduled],
	"milestone-reached.v1":         decodeAs[MilestoneReached],
	"topic-added.v1":               decodeAs[TopicAdded],
	"session-defined.v1":           decodeAs[SessionDefined],
	"protocol-frozen.v1":           decodeAs[ProtocolFrozen],
	"partner-admitted.v1":          decodeAs[PartnerAdmitted],
	"interest-declared.v1":         decodeAs[InterestDeclared],
	"training-completed.v1":        decodeAs[TrainingCompleted],
	"partnership-ended.v1":         decodeAs[PartnershipEnded],
	"artefact-version-added.v1":    decodeAs[ArtefactVersionAdded],
	"review-recorded.v1":           decodeAs[ReviewRecorded],
	"artefact-approved.v1":         decodeAs[ArtefactApproved],
	"translation-submitted.v1":     decodeAs[TranslationSubmitted],
	"translation-verified.v1":      decodeAs[TranslationVerified],
	"artefact-withdrawn.v1":        decodeAs[ArtefactWithdrawn],
	"dialogue-registered.v1":       decodeAs[DialogueRegistered],
	"quota-plan-set.v1":            decodeAs[QuotaPlanSet],
	"dialogue-authorised.v1":       decodeAs[DialogueAuthorised],
	"session-opened.v1":            decodeAs[SessionOpened],
	"session-closed.v1":            decodeAs[SessionClosed],
	"deviation-reported.v1":        decodeAs[DeviationReported],
	"dialogue-certified.v1":        decodeAs[DialogueCertified],
	"recruitment-reported.v1":      decodeAs[RecruitmentReported],
	"pool-sealed.v1":               decodeAs[PoolSealed],
	"draw-committed.v1":            decodeAs[DrawCommitted],
	"draw-executed.v1":             decodeAs[DrawExecuted],
	"participant-registered.v1":    decodeAs[ParticipantRegistered],
	"consent-given.v1":             decodeAs[ConsentGiven],
	"consent-withdrawn.v1":         decodeAs[ConsentWithdrawn],
	"participant-checked-in.v1":    decodeAs[ParticipantCheckedIn],
	"personal-data-erased.v1":      decodeAs[PersonalDataErased],
	"table-formed.v1":              decodeAs[TableFormed],
	"table-output-recorded.v1":     decodeAs[TableOutputRecorded],
	"ballot-cast.v1":               decodeAs[BallotCast],
	"ballot-voided.v1":             decodeAs[BallotVoided],
	"tally-sheet-recorded.v1":      decodeAs[TallySheetRecorded],
	"tally-reconciled.v1":          decodeAs[TallyReconciled],
	"statement-posted.v1":          decodeAs[StatementPosted],
	"statement-moderated.v1":       decodeAs[StatementModerated],
	"statement-linked.v1":          decodeAs[StatementLinked],
	"reaction-cast.v1":             decodeAs[ReactionCast],
	"segment-coded.v1":             decodeAs[SegmentCoded],
	"coding-adjudicated.v1":        decodeAs[CodingAdjudicated],
	"recommendation-drafted.v1":    decodeAs[RecommendationDrafted],
	"recommendation-revised.v1":    decodeAs[RecommendationRevised],
	"endorsement-opened.v1":        decodeAs[EndorsementOpened],
	"endorsement-closed.v1":        decodeAs[EndorsementClosed],
	"recommendation-decided.v1":    decodeAs[RecommendationDecided],
	"recommendation-superseded.v1": decodeAs[RecommendationSuperseded],
	"synthesis-completed.v1":       decodeAs[SynthesisCompleted],
	"recommendation-submitted.v1":  decodeAs[RecommendationSubmitted],
	"response-received.v1":         decodeAs[ResponseReceived],
	"follow-up-reported.v1":        decodeAs[FollowUpReported],
	"publication-released.v1":      decodeAs[PublicationReleased],
	"publication-corrected.v1":     decodeAs[PublicationCorrected],
	"audit-finding-raised.v1":      decodeAs[AuditFindingRaised],
	"audit-finding-resolved.v1":    decodeAs[AuditFindingResolved],
	"words-erased.v1":              decodeAs[WordsErased],
	"views-committed.v1":           decodeAs[ViewsCommitted],
	"import-recorded.v1":           decodeAs[ImportRecorded],
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
	decode, ok := wire[typ]
	if !ok {
		return nil, &UnknownEventError{typ}
	}
	e, err := decode(data)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// EventTypes gives the Go type of every event that Decode reads, by its wire name: for those who describe what may stand in a record.
func EventTypes() map[string]reflect.Type {
	types := make(map[string]reflect.Type, len(wire))
	for name, decode := range wire {
		e, _ := decode(nil)
		types[name] = reflect.TypeOf(e)
	}
	return types
}

// decodeAs gives an event of its type also where data is none.
func decodeAs[E Event](data []byte) (Event, error) {
	var e E
	err := readCanonical(data, reflect.ValueOf(&e).Elem())
	return e, err
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
