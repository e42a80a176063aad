package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// auditing is a partner with some roles, and an agreement for the first half of 2026.
func auditing(id PartnerID, roles ...Role) Partner {
	return Fold(Partner{}, PartnerAdmitted{Edition: "ed_2026", Partner: id, Roles: roles, ValidFrom: "2026-01-01", ValidTo: "2026-06-30"})
}

const auditDay Date = "2026-03-15"

// scoped is what the record holds of the scope of the example: a dialogue, and the edition.
func scoped() []Cited { return []Cited{{Version: 14, Dialogue: "dl_KE"}, {Version: 6}} }

func TestRaiseFinding(t *testing.T) {
	t.Parallel()
	f, auditor := example[AuditFindingRaised](), auditing("pt_audit", Auditor)
	concerned := []PartnerID{"pt_coordination", "pt_nairobi"}
	ask := func(f AuditFindingRaised, by Partner, on Date) func(Audit) ([]Event, error) {
		return func(a Audit) ([]Event, error) { return a.Raise(f, scoped(), by, concerned, on) }
	}
	change := func(change func(*AuditFindingRaised)) func(Audit) ([]Event, error) {
		return ask(but(f, change), auditor, auditDay)
	}
	resolved := example[AuditFindingResolved]()
	whole := but(f, func(f *AuditFindingRaised) { f.Scope, f.Dialogues = f.Scope[1:], []DialogueID{} })
	two := but(f, func(f *AuditFindingRaised) {
		f.Scope, f.Dialogues = []Ref{{DialogueStream("dl_NL"), 1}, {DialogueStream("dl_KE"), 1}, {"table-dl_KE/t4", 1}}, []DialogueID{"dl_KE", "dl_NL"}
	})
	checkRulings(t, []ruling[Audit]{
		{"raises", nil, ask(f, auditor, auditDay), nil, follows(f)},
		{"by an evaluator", nil, ask(f, auditing("pt_audit", Evaluator), auditDay), nil, follows(f)},
		{"on the last day", nil, ask(f, auditor, "2026-06-30"), nil, follows(f)},
		{"the dialogues follow from the scope", nil, change(func(f *AuditFindingRaised) { f.Dialogues = []DialogueID{"dl_NL"} }), nil, follows(f)},
		{"about the edition", nil, func(a Audit) ([]Event, error) { return a.Raise(whole, scoped()[1:], auditor, concerned, auditDay) }, nil, follows(whole)},
		{"about two dialogues", nil, func(a Audit) ([]Event, error) {
			return a.Raise(two, []Cited{{Version: 1, Dialogue: "dl_NL"}, {Version: 1, Dialogue: "dl_KE"}, {Version: 1, Dialogue: "dl_KE"}}, auditor, concerned, auditDay)
		}, nil, follows(two)},
		{"is raised", follows(f), ask(f, auditor, auditDay), nil, nil},
		{"is raised and resolved", follows(f, resolved), ask(f, auditor, auditDay), nil, nil},
		{"is raised otherwise", follows(f), change(func(f *AuditFindingRaised) { f.Severity = Minor }), ErrDuplicate, nil},
		{"no id", nil, change(func(f *AuditFindingRaised) { f.Finding = "" }), ErrInvalidID, nil},
		{"no partner", nil, change(func(f *AuditFindingRaised) { f.Partner = "" }), ErrInvalidID, nil},
		{"no words", nil, change(func(f *AuditFindingRaised) { f.Description = LText{} }), ErrInvalidText, nil},
		{"unknown severity", nil, change(func(f *AuditFindingRaised) { f.Severity = "grave" }), ErrInvalidField, nil},
		{"no rule", nil, change(func(f *AuditFindingRaised) { f.Rule = "" }), ErrInvalidField, nil},
		{"nobody", nil, change(func(f *AuditFindingRaised) { f.Auditor = "" }), ErrInvalidField, nil},
		{"about nothing", nil, change(func(f *AuditFindingRaised) { f.Scope = nil }), ErrInvalidField, nil},
		{"about a stream that there is not", nil, func(a Audit) ([]Event, error) {
			return a.Raise(f, []Cited{{}, {Version: 6}}, auditor, concerned, auditDay)
		}, ErrUnknownRef, nil},
		{"about what has not happened", nil, change(func(f *AuditFindingRaised) { f.Scope = []Ref{f.Scope[0], {EditionStream("ed_2026"), 7}} }), ErrUnknownRef, nil},
		{"about version 0", nil, change(func(f *AuditFindingRaised) { f.Scope = []Ref{f.Scope[0], {EditionStream("ed_2026"), 0}} }), ErrUnknownRef, nil},
		{"by no partner", nil, ask(f, Partner{}, auditDay), ErrForbidden, nil},
		{"by a partner of another role", nil, ask(f, auditing("pt_audit", Committee), auditDay), ErrForbidden, nil},
		{"before the agreement", nil, ask(f, auditor, "2025-12-31"), ErrForbidden, nil},
		{"after the agreement", nil, ask(f, auditor, "2026-07-01"), ErrForbidden, nil},
		{"after the partnership", nil, ask(f, auditor.Evolve(PartnershipEnded{Partner: "pt_audit"}), auditDay), ErrForbidden, nil},
		{"by the coordinator", nil, ask(but(f, func(f *AuditFindingRaised) { f.Partner = "pt_coordination" }), auditing("pt_coordination", Auditor), auditDay), ErrConflictOfInterest, nil},
		{"by the partner of the dialogue", nil, ask(but(f, func(f *AuditFindingRaised) { f.Partner = "pt_nairobi" }), auditing("pt_nairobi", Auditor), auditDay), ErrConflictOfInterest, nil},
	})
}

func TestResolveFinding(t *testing.T) {
	t.Parallel()
	f, r := example[AuditFindingRaised](), example[AuditFindingResolved]()
	concerned := []PartnerID{"pt_coordination", "pt_nairobi"}
	known := []Cited{{Version: 4, Dialogue: "dl_KE"}}
	other := but(r, func(r *AuditFindingResolved) { r.AcceptedBy, r.Partner = "a.roux", "pt_paris" })
	ask := func(r AuditFindingResolved, by Partner) func(Audit) ([]Event, error) {
		return func(a Audit) ([]Event, error) { return a.Resolve(r, known, by, concerned, auditDay) }
	}
	change := func(change func(*AuditFindingResolved)) func(Audit) ([]Event, error) {
		return ask(but(r, change), auditing("pt_audit", Auditor))
	}
	given := follows(f)
	checkRulings(t, []ruling[Audit]{
		{"resolves", given, ask(r, auditing("pt_audit", Auditor)), nil, follows(r)},
		{"the raiser needs no role any more", given, ask(r, Partner{}), nil, follows(r)},
		{"another auditor", given, ask(other, auditing("pt_paris", Auditor)), nil, follows(other)},
		{"an evaluator", given, ask(other, auditing("pt_paris", Evaluator)), nil, follows(other)},
		{"is resolved", append(given, r), ask(r, Partner{}), nil, nil},
		{"is resolved otherwise", append(given, r), ask(other, auditing("pt_paris", Auditor)), ErrFrozen, nil},
		{"never raised", nil, ask(r, auditing("pt_audit", Auditor)), ErrUnknownRef, nil},
		{"no partner", given, change(func(r *AuditFindingResolved) { r.Partner = "" }), ErrInvalidID, nil},
		{"no words", given, change(func(r *AuditFindingResolved) { r.Resolution = LText{} }), ErrInvalidText, nil},
		{"nobody", given, change(func(r *AuditFindingResolved) { r.AcceptedBy = "" }), ErrInvalidField, nil},
		{"evidence that there is not", given, change(func(r *AuditFindingResolved) { r.Evidence = []Ref{{"table-dl_KE/t4", 5}} }), ErrUnknownRef, nil},
		{"somebody without a role", given, ask(other, auditing("pt_paris", Coder)), ErrForbidden, nil},
		{"the raiser's name at another partner", given, ask(but(r, func(r *AuditFindingResolved) { r.Partner = "pt_paris" }), Partner{}), ErrForbidden, nil},
		{"the coordinator", given, ask(but(other, func(r *AuditFindingResolved) { r.Partner = "pt_coordination" }), auditing("pt_coordination", Auditor)), ErrSelfReview, nil},
		{"the audited", given, ask(but(other, func(r *AuditFindingResolved) { r.Partner = "pt_nairobi" }), auditing("pt_nairobi", Auditor)), ErrSelfReview, nil},
	})
}

func TestOpenFindings(t *testing.T) {
	t.Parallel()
	kenya, settled := example[AuditFindingRaised](), example[AuditFindingResolved]()
	whole := but(kenya, func(f *AuditFindingRaised) { f.Finding, f.Dialogues = "fd_2", []DialogueID{} })
	open := func(events ...Event) [3]int {
		a := Fold(Audit{}, events...)
		return [3]int{a.Open("dl_KE"), a.Open("dl_NL"), a.Open("")}
	}
	require.Equal(t, [3]int{}, open())
	require.Equal(t, [3]int{1, 0, 0}, open(kenya))
	require.Equal(t, [3]int{2, 1, 1}, open(kenya, whole), "a finding about the edition is about every dialogue")
	require.Equal(t, [3]int{1, 1, 1}, open(kenya, whole, settled))
	got, ok := Fold(Audit{}, kenya).Finding("fd_1")
	require.True(t, ok)
	require.Equal(t, kenya, got)
	_, ok = Audit{}.Finding("fd_1")
	require.False(t, ok)
}

func TestAuditMachine(t *testing.T) {
	t.Parallel()
	partners := map[PartnerID]Partner{"pt_audit": auditing("pt_audit", Auditor), "pt_paris": auditing("pt_paris", Evaluator), "pt_nairobi": auditing("pt_nairobi", Auditor), "pt_none": {}}
	concerned := []PartnerID{"pt_coordination", "pt_nairobi"}
	partner := func(t *rapid.T) PartnerID {
		return pick[PartnerID](t, "partner", "pt_audit", "pt_audit", "pt_paris", "pt_nairobi", "pt_none")
	}
	checkMachine(t, nothing, map[string]draw[Audit]{
		"raise": func(t *rapid.T) func(Audit) ([]Event, error) {
			f := but(example[AuditFindingRaised](), func(f *AuditFindingRaised) {
				f.Finding, f.Partner, f.Severity = pick[FindingID](t, "finding", "a", "b"), partner(t), pick(t, "severity", Minor, Major)
			})
			return func(a Audit) ([]Event, error) { return a.Raise(f, scoped(), partners[f.Partner], concerned, auditDay) }
		},
		"resolve": func(t *rapid.T) func(Audit) ([]Event, error) {
			r := but(example[AuditFindingResolved](), func(r *AuditFindingResolved) {
				r.Finding, r.Partner, r.AcceptedBy = pick[FindingID](t, "finding", "a", "b"), partner(t), pick(t, "by", "e.dubois", "x")
			})
			return func(a Audit) ([]Event, error) {
				return a.Resolve(r, []Cited{{Version: 9}}, partners[r.Partner], concerned, auditDay)
			}
		},
	})
}
