package domain

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
)

// Meta travels with every event and is part of what is hashed. It is stamped once, by the command, from an injected clock. Its members are
// CloudEvents 1.0 attributes: lower-case names, simple values.
type Meta struct {
	Source      EditionID  `json:"source"`                // the id of the edition
	Dialogue    DialogueID `json:"dialogue,omitempty"`    // empty: the edition as a whole
	Time        Time       `json:"time"`                  // when it was recorded, in UTC
	OccurredAt  Time       `json:"occurredat,omitempty"`  // when it happened, where that is known to be another time
	Actor       Actor      `json:"actor"`                 // who acted, and in which role
	Command     string     `json:"command"`               // id given by whoever sent the command
	Causation   *EventID   `json:"causation,omitempty"`   // the event that this one follows from
	Correlation string     `json:"correlation,omitempty"` // what belongs together across commands
	Observed    Observed   `json:"observed,omitempty"`    // the streams that the decision looked at besides its own
}

// MaxCommandID is the most bytes that a command id has.
const MaxCommandID = 200

// Check rejects a Meta that may not be written.
func (m Meta) Check() error {
	if err := CheckID("source (the edition)", m.Source); err != nil {
		return err
	}
	if m.Dialogue != "" {
		if err := CheckID("dialogue", m.Dialogue); err != nil {
			return err
		}
	}
	switch {
	case m.Command == "" || len(m.Command) > MaxCommandID:
		return reject(ErrInvalidField, "a command id has 1 to %d bytes", MaxCommandID)
	case m.Time == 0:
		return reject(ErrInvalidField, "no recorded time")
	}
	return first(m.Time.Check(), m.OccurredAt.Check(), m.Actor.Check(), m.Observed.Check())
}

// EncodeMeta writes m in canonical form.
func EncodeMeta(m Meta) ([]byte, error) {
	b, err := codecOf(reflect.TypeFor[Meta]()).append(make([]byte, 0, 256), reflect.ValueOf(&m).Elem())
	if err != nil {
		return nil, fmt.Errorf("meta: %w", err)
	}
	return b, nil
}

// DecodeMeta reads what EncodeMeta writes and nothing else.
func DecodeMeta(data []byte) (Meta, error) {
	var m Meta
	err := readCanonical(nil, data, reflect.ValueOf(&m).Elem())
	return m, err
}

// An Actor is a principal in a role. The principal is an account name or a pseudonym, never a person's name.
type Actor struct {
	Role      Role
	Principal string
	Partner   PartnerID // on whose behalf, if anybody's
}

// Role is what somebody acts as.
type Role string

// The roles.
const (
	Coordinator      Role = "coordinator"
	Committee        Role = "committee"
	NationalPartner  Role = "nationalPartner"
	HeadFacilitator  Role = "headFacilitator"
	TableFacilitator Role = "tableFacilitator"
	NoteTaker        Role = "noteTaker"
	TallyClerk       Role = "tallyClerk"
	Recruiter        Role = "recruiter"
	Translator       Role = "translator"
	Verifier         Role = "verifier"
	Coder            Role = "coder"
	SynthesisEditor  Role = "synthesisEditor"
	Evaluator        Role = "evaluator"
	Auditor          Role = "auditor"
	Importer         Role = "importer"
	Notary           Role = "notary" // the program that commits to documents
	Participant      Role = "participant"
)

var roles = setOf(Coordinator, Committee, NationalPartner, HeadFacilitator, TableFacilitator, NoteTaker, TallyClerk, Recruiter,
	Translator, Verifier, Coder, SynthesisEditor, Evaluator, Auditor, Importer, Notary, Participant)

// Check rejects an unknown role and a principal or partner that is not made of letters, digits, '.', '_', '~' and '-'.
func (a Actor) Check() error {
	if !roles[a.Role] {
		return reject(ErrInvalidField, "role %q is not known", a.Role)
	}
	if !isToken(a.Principal) || (a.Partner != "" && !isToken(string(a.Partner))) {
		return reject(ErrInvalidField, "actor %q: principal and partner are 1 to %d letters, digits or . _ ~ -", a.String(), MaxID)
	}
	return nil
}

// ParseActor reads "role:principal" or "role:principal@partner".
func ParseActor(s string) (Actor, error) { return parseActor(nil, []byte(s)) }

func parseActor(in *interner, text []byte) (Actor, error) {
	role, rest, ok := bytes.Cut(text, []byte(":"))
	principal, partner, has := bytes.Cut(rest, []byte("@"))
	if !ok || (has && len(partner) == 0) {
		return Actor{}, reject(ErrInvalidField, "actor %q is not role:principal or role:principal@partner", text)
	}
	a := Actor{Role: Role(in.of(role)), Principal: in.of(principal), Partner: PartnerID(in.of(partner))}
	return a, a.Check()
}

func (a Actor) String() string { return string(a.appendText(nil)) }

func (a *Actor) appendText(b []byte) []byte {
	b = append(b, a.Role...)
	b = append(b, ':')
	b = append(b, a.Principal...)
	if a.Partner != "" {
		b = append(b, '@')
		b = append(b, a.Partner...)
	}
	return b
}

func (a *Actor) parseText(in *interner, text []byte) (err error) {
	*a, err = parseActor(in, text)
	return err
}

func isToken(s string) bool {
	if s == "" || len(s) > MaxID {
		return false
	}
	for i := range len(s) {
		if !isUnreserved(s[i]) {
			return false
		}
	}
	return true
}

// Observed lists stream versions in the order in which they were looked at. Its text is "stream@version stream@version". Those of decoded records share their
// memory: nobody changes one.
type Observed []Ref

// Check rejects what does not look like the name of a stream, and versions of more than 53 bits.
func (o Observed) Check() error {
	for _, r := range o {
		if !isStreamName(string(r.Stream)) || r.Version > maxInteger {
			return reject(ErrInvalidField, "observed %q is no version of a stream", r)
		}
	}
	return nil
}

// isStreamName knows the alphabet of StreamName. A blank or an at would end the name here.
func isStreamName[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; !isUnreserved(c) && c != '%' && c != '/' {
			return false
		}
	}
	return len(s) > 0
}

func (o *Observed) appendText(b []byte) []byte {
	for i, r := range *o {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, r.Stream...)
		b = append(b, '@')
		b = strconv.AppendUint(b, r.Version, 10)
	}
	return b
}

func (o *Observed) parseText(in *interner, text []byte) (err error) {
	*o, err = in.observed(text)
	return err
}

func parseObserved(in *interner, text []byte) (Observed, error) {
	o := make(Observed, 0, 1+bytes.Count(text, []byte(" ")))
	for more := true; more; {
		var part []byte
		part, text, more = bytes.Cut(text, []byte(" "))
		stream, version, ok := bytes.Cut(part, []byte("@"))
		n, err := strconv.ParseUint(string(version), 10, 53)
		if !ok || !isStreamName(stream) || err != nil || (version[0] == '0' && len(version) > 1) {
			return nil, fmt.Errorf("%q is not stream@version", part)
		}
		o = append(o, Ref{StreamID(in.of(stream)), n})
	}
	return o, nil
}

func setOf[T comparable](values ...T) map[T]bool {
	set := make(map[T]bool, len(values))
	for _, v := range values {
		set[v] = true
	}
	return set
}
