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
	"edition-opened.v1":         decodeAs[EditionOpened],
	"milestone-scheduled.v1":    decodeAs[MilestoneScheduled],
	"milestone-reached.v1":      decodeAs[MilestoneReached],
	"topic-added.v1":            decodeAs[TopicAdded],
	"session-defined.v1":        decodeAs[SessionDefined],
	"protocol-frozen.v1":        decodeAs[ProtocolFrozen],
	"artefact-version-added.v1": decodeAs[ArtefactVersionAdded],
	"dialogue-registered.v1":    decodeAs[DialogueRegistered],
	"quota-plan-set.v1":         decodeAs[QuotaPlanSet],
	"dialogue-authorised.v1":    decodeAs[DialogueAuthorised],
	"session-opened.v1":         decodeAs[SessionOpened],
	"session-closed.v1":         decodeAs[SessionClosed],
	"deviation-reported.v1":     decodeAs[DeviationReported],
	"participant-registered.v1": decodeAs[ParticipantRegistered],
	"consent-given.v1":          decodeAs[ConsentGiven],
	"consent-withdrawn.v1":      decodeAs[ConsentWithdrawn],
	"ballot-cast.v1":            decodeAs[BallotCast],
	"ballot-voided.v1":          decodeAs[BallotVoided],
	"statement-posted.v1":       decodeAs[StatementPosted],
	"statement-moderated.v1":    decodeAs[StatementModerated],
	"statement-linked.v1":       decodeAs[StatementLinked],
	"reaction-cast.v1":          decodeAs[ReactionCast],
	"recommendation-drafted.v1": decodeAs[RecommendationDrafted],
	"endorsement-opened.v1":     decodeAs[EndorsementOpened],
	"endorsement-closed.v1":     decodeAs[EndorsementClosed],
	"recommendation-decided.v1": decodeAs[RecommendationDecided],
	"import-recorded.v1":        decodeAs[ImportRecorded],
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
	case ArtefactVersionAdded:
		return "artefact-version-added.v1"
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
	case ParticipantRegistered:
		return "participant-registered.v1"
	case ConsentGiven:
		return "consent-given.v1"
	case ConsentWithdrawn:
		return "consent-withdrawn.v1"
	case BallotCast:
		return "ballot-cast.v1"
	case BallotVoided:
		return "ballot-voided.v1"
	case StatementPosted:
		return "statement-posted.v1"
	case StatementModerated:
		return "statement-moderated.v1"
	case StatementLinked:
		return "statement-linked.v1"
	case ReactionCast:
		return "reaction-cast.v1"
	case RecommendationDrafted:
		return "recommendation-drafted.v1"
	case EndorsementOpened:
		return "endorsement-opened.v1"
	case EndorsementClosed:
		return "endorsement-closed.v1"
	case RecommendationDecided:
		return "recommendation-decided.v1"
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
	return decode(data)
}

func decodeAs[E Event](data []byte) (Event, error) {
	var e E
	if err := readCanonical(data, reflect.ValueOf(&e).Elem()); err != nil {
		return nil, err
	}
	return e, nil
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
