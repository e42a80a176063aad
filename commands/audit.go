package commands

import (
	"context"
	"slices"

	"daybook.internal/domain"
)

func auditCommands() []Command {
	return []Command{
		define("raise-finding", "say what is wrong in the record, and where", (*Service).RaiseFinding),
		define("resolve-finding", "settle a finding to the satisfaction of an auditor", (*Service).ResolveFinding),
	}
}

// RaiseFinding says what is wrong. The dialogues that it touches follow from its scope.
type RaiseFinding struct {
	Edition     domain.EditionID `json:"edition"`
	Finding     domain.FindingID `json:"finding"`
	Severity    domain.Severity  `json:"severity"`
	Rule        string           `json:"rule"`
	Scope       []domain.Ref     `json:"scope"`
	Description domain.LText     `json:"description"`
	Auditor     string           `json:"auditor"`
	Partner     domain.PartnerID `json:"partner"`
}

// RaiseFinding runs the command of that name.
func (s *Service) RaiseFinding(ctx context.Context, by By, c RaiseFinding) (Receipt, error) {
	v := s.look(ctx)
	known := v.cited(c.Edition, c.Scope)
	var dialogues []domain.DialogueID
	for _, k := range known {
		dialogues = append(dialogues, k.Dialogue)
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(dialogues))) {
		defer v.enter(domain.DialogueStream(id))()
	}
	concerned := v.concerned(c.Edition, dialogues)
	auditor := v.auditor(c.Edition, c.Partner)
	f := domain.AuditFindingRaised{
		Edition: c.Edition, Finding: c.Finding, Severity: c.Severity, Rule: c.Rule, Scope: c.Scope, Description: c.Description, Auditor: c.Auditor, Partner: c.Partner,
	}
	return inAudit(v, by, c.Edition, func(a domain.Audit) ([]domain.Event, error) { return a.Raise(f, known, auditor, concerned, s.day(by)) })
}

// ResolveFinding settles a finding.
func (s *Service) ResolveFinding(ctx context.Context, by By, c domain.AuditFindingResolved) (Receipt, error) {
	v := s.look(ctx)
	raised, _ := peeks[domain.Audit](v, domain.AuditStream(c.Edition)).Finding(c.Finding)
	known := v.cited(c.Edition, c.Evidence)
	concerned := v.concerned(c.Edition, raised.Dialogues)
	auditor := v.auditor(c.Edition, c.Partner)
	return inAudit(v, by, c.Edition, func(a domain.Audit) ([]domain.Event, error) {
		return a.Resolve(c, known, auditor, concerned, s.day(by))
	})
}

// auditor shows a partner as it is. Unlike elsewhere, one that took over does not stand for it: who audits is somebody in particular.
func (v *sight) auditor(e domain.EditionID, id domain.PartnerID) domain.Partner {
	return sees[domain.Partner](v, domain.PartnerStream(e, id))
}

// concerned are the partners that answer for an edition and for some of its dialogues: the coordinator, the partner that registered each dialogue, and
// those that took over from them.
func (v *sight) concerned(e domain.EditionID, dialogues []domain.DialogueID) (ids []domain.PartnerID) {
	todo := []domain.PartnerID{v.edition(e).Coordinator()}
	for _, id := range dialogues {
		if id == "" {
			continue
		}
		if r := v.dialogue(id).Registered(); r != nil {
			todo = append(todo, r.Partner)
		}
	}
	for ; len(todo) > 0 && v.err == nil; todo = todo[1:] {
		if slices.Contains(ids, todo[0]) {
			continue
		}
		ids = append(ids, todo[0])
		if end := sees[domain.Partner](v, domain.PartnerStream(e, todo[0])).Ended(); end != nil && end.ReassignTo != "" {
			todo = append(todo, end.ReassignTo)
		}
	}
	return ids
}

func inAudit(v *sight, by By, edition domain.EditionID, decide func(domain.Audit) ([]domain.Event, error)) (Receipt, error) {
	return execute(v, by, domain.AuditStream(edition), edition, "", decide)
}
