package domain

import "fmt"

// A Rejection is a decision not to act, by a rule that has a name. It is an outcome, not a fault.
type Rejection struct{ Rule, Detail string }

func (r *Rejection) Error() string {
	if r.Detail == "" {
		return r.Rule
	}
	return r.Rule + ": " + r.Detail
}

// Is compares the rule alone.
func (r *Rejection) Is(target error) bool {
	t, ok := target.(*Rejection)
	return ok && t.Rule == r.Rule
}

// The rules by which commands are rejected.
var (
	ErrInvalidID              = &Rejection{Rule: "invalid-id"}
	ErrInvalidText            = &Rejection{Rule: "invalid-text"}
	ErrInvalidField           = &Rejection{Rule: "invalid-field"}
	ErrInvalidAnswer          = &Rejection{Rule: "invalid-answer"}
	ErrUnknownRef             = &Rejection{Rule: "unknown-ref"}
	ErrDuplicate              = &Rejection{Rule: "duplicate"}
	ErrFrozen                 = &Rejection{Rule: "frozen"}
	ErrPhaseClosed            = &Rejection{Rule: "phase-closed"}
	ErrNotApproved            = &Rejection{Rule: "not-approved"}
	ErrSelfReview             = &Rejection{Rule: "self-review"}
	ErrConsentMissing         = &Rejection{Rule: "consent-missing"}
	ErrSessionNotOpen         = &Rejection{Rule: "session-not-open"}
	ErrSessionClosed          = &Rejection{Rule: "session-closed"}
	ErrQuotaInfeasible        = &Rejection{Rule: "quota-infeasible"}
	ErrSameClerk              = &Rejection{Rule: "same-clerk"}
	ErrNoSource               = &Rejection{Rule: "no-source"}
	ErrCycle                  = &Rejection{Rule: "cycle"}
	ErrChamber                = &Rejection{Rule: "chamber"}
	ErrThreshold              = &Rejection{Rule: "threshold"}
	ErrQuorum                 = &Rejection{Rule: "quorum"}
	ErrTallyMismatch          = &Rejection{Rule: "tally-mismatch"}
	ErrForbidden              = &Rejection{Rule: "forbidden"}
	ErrChecksum               = &Rejection{Rule: "checksum"}
	ErrTranslationNotVerified = &Rejection{Rule: "translation-not-verified"}
	ErrConflictOfInterest     = &Rejection{Rule: "conflict-of-interest"}
	ErrNotTrained             = &Rejection{Rule: "not-trained"}
	ErrErased                 = &Rejection{Rule: "erased"}
	ErrNotCheckedIn           = &Rejection{Rule: "not-checked-in"}
	ErrCodeNotIssued          = &Rejection{Rule: "code-not-issued"}
	ErrSignature              = &Rejection{Rule: "signature"}
	ErrCommitmentMismatch     = &Rejection{Rule: "commitment-mismatch"}
	ErrPoolSealed             = &Rejection{Rule: "pool-sealed"}
	ErrNotReconciled          = &Rejection{Rule: "not-reconciled"}
	ErrSuperseded             = &Rejection{Rule: "superseded"}
	ErrEmbargo                = &Rejection{Rule: "embargo"}
	ErrDisclosureRisk         = &Rejection{Rule: "disclosure-risk"}
	ErrIdempotencyConflict    = &Rejection{Rule: "idempotency-conflict"}
)

func reject(rule *Rejection, format string, args ...any) error {
	return &Rejection{Rule: rule.Rule, Detail: fmt.Sprintf(format, args...)}
}

// Reject says no by rule, with the circumstances in words.
func Reject(rule *Rejection, format string, args ...any) error { return reject(rule, format, args...) }
