// Package process says what is missing, and proposes what to do next. It is pure, and it acts on nothing: what it proposes is content for commands, which a
// person sends or does not send, and which the domain decides anew.
//
// Every function takes a small struct of what it has to know, so that it can be asked about a plan as well as about the record. A Dossier fills them from
// the facts of the record.
package process

import "fmt"

// A Gap is one thing that is missing.
type Gap struct {
	Rule  string `json:"rule"`            // one of the rules below
	About string `json:"about,omitempty"` // what it concerns: an artefact version, a session, a recommendation
	Text  string `json:"text"`            // what to do, for people
}

// The rules that gaps are named by.
const (
	Registration = "registration"
	ProtocolRule = "protocol"
	Instruments  = "instruments"
	Approval     = "approval"
	Translation  = "translation"
	Consent      = "consent"
	Facilitation = "facilitation"
	QuotaPlan    = "quotaPlan"
	SizeRule     = "plannedSize"
	Authorising  = "authorisation"
	SessionOpen  = "sessionOpen"
	NoSession    = "noSession"
	SecondCount  = "secondCount"
	ThirdCount   = "thirdCount"
	Reconciling  = "reconciliation"
	DeviationOK  = "deviation"
	FindingOpen  = "finding"
	Orphan       = "orphan"
	Unaccounted  = "unaccounted"
)

func gap(rule, about, format string, args ...any) Gap {
	return Gap{rule, about, fmt.Sprintf(format, args...)}
}
