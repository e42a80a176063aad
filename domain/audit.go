package domain

import "slices"

// AuditStream is the stream of all findings in one edition.
func AuditStream(e EditionID) StreamID { return StreamName("audit", string(e)) }

// Audit is the state of one edition's audit stream.
type Audit struct {
	findings map[FindingID]finding
}

type finding struct {
	AuditFindingRaised
	resolved *AuditFindingResolved
}

// Evolve folds one event.
func (a Audit) Evolve(ev Event) Audit {
	switch ev := ev.(type) {
	case AuditFindingRaised:
		a.findings = with(a.findings, ev.Finding, finding{ev, nil})
	case AuditFindingResolved:
		a.findings = with(a.findings, ev.Finding, finding{a.findings[ev.Finding].AuditFindingRaised, &ev})
	}
	return a
}

// Finding is a finding that was raised.
func (a Audit) Finding(id FindingID) (AuditFindingRaised, bool) {
	f, ok := a.findings[id]
	return f.AuditFindingRaised, ok
}

// Open counts the findings about a dialogue that are not resolved. A finding about no dialogue in particular is about every one.
func (a Audit) Open(d DialogueID) int {
	n := 0
	for _, id := range sortedKeys(a.findings) {
		if f := a.findings[id]; f.resolved == nil && (len(f.Dialogues) == 0 || slices.Contains(f.Dialogues, d)) {
			n++
		}
	}
	return n
}

// Raise says what is wrong. known has an entry for each reference of the scope, in their order; Dialogues of f are set from it. by is the auditor's
// partner, on the day of the finding; concerned are the partners that answer for what is audited: the coordinator, and whoever carries or has
// carried a dialogue of the scope.
func (a Audit) Raise(f AuditFindingRaised, known []Cited, by Partner, concerned []PartnerID, on Date) ([]Event, error) {
	err := first(CheckID("finding", f.Finding), CheckID("partner", f.Partner), f.Description.Check("description"))
	switch {
	case err != nil:
		return nil, err
	case f.Severity != Minor && f.Severity != Major:
		return nil, reject(ErrInvalidField, "severity %q is not known", f.Severity)
	case f.Rule == "" || !isToken(f.Auditor):
		return nil, reject(ErrInvalidField, "a finding names a rule, and auditor %q is a principal", f.Auditor)
	case len(f.Scope) == 0:
		return nil, reject(ErrInvalidField, "a finding is about something in the record")
	}
	f.Dialogues = []DialogueID{}
	for i, r := range f.Scope {
		if err := known[i].has(r); err != nil {
			return nil, err
		}
		if d := known[i].Dialogue; d != "" && !slices.Contains(f.Dialogues, d) {
			f.Dialogues = append(f.Dialogues, d)
		}
	}
	slices.Sort(f.Dialogues)
	if have, known := a.findings[f.Finding]; known {
		if same(have.AuditFindingRaised, f) {
			return nil, nil
		}
		return nil, reject(ErrDuplicate, "finding %s is raised already", f.Finding)
	}
	if err := audits(by, on); err != nil {
		return nil, err
	}
	if slices.Contains(concerned, f.Partner) {
		return nil, reject(ErrConflictOfInterest, "partner %s answers for what is audited", f.Partner)
	}
	return []Event{f}, nil
}

// Resolve settles a finding to the satisfaction of who has raised it, or of another auditor. known has an entry for each piece of evidence; by and
// concerned are as in Raise.
func (a Audit) Resolve(r AuditFindingResolved, known []Cited, by Partner, concerned []PartnerID, on Date) ([]Event, error) {
	have, raised := a.findings[r.Finding]
	err := first(CheckID("partner", r.Partner), r.Resolution.Check("resolution"))
	switch {
	case !raised:
		return nil, reject(ErrUnknownRef, "there is no finding %q", r.Finding)
	case err != nil:
		return nil, err
	case have.resolved != nil && same(*have.resolved, r):
		return nil, nil
	case have.resolved != nil:
		return nil, reject(ErrFrozen, "finding %s is resolved", r.Finding)
	case !isToken(r.AcceptedBy):
		return nil, reject(ErrInvalidField, "who accepts, %q, is a principal", r.AcceptedBy)
	case slices.Contains(concerned, r.Partner):
		return nil, reject(ErrSelfReview, "partner %s answers for what is audited", r.Partner)
	}
	for i, e := range r.Evidence {
		if err := known[i].has(e); err != nil {
			return nil, err
		}
	}
	if r.AcceptedBy != have.Auditor || r.Partner != have.Partner {
		if err := audits(by, on); err != nil {
			return nil, err
		}
	}
	return []Event{r}, nil
}

// audits rejects by ErrForbidden unless the partner is an auditor or an evaluator on a day.
func audits(p Partner, on Date) error {
	err := p.Holds(Auditor, "", on)
	if err != nil && p.Holds(Evaluator, "", on) == nil {
		return nil
	}
	return err
}

// Cited is what the record holds of a stream to which a finding refers: how many events, and of which dialogue, if of any.
type Cited struct {
	Version  uint64
	Dialogue DialogueID
}

// has rejects a reference that points beyond what is known of its stream.
func (c Cited) has(r Ref) error {
	if r.Version == 0 || r.Version > c.Version {
		return reject(ErrUnknownRef, "%s: the stream has %d events", r, c.Version)
	}
	return nil
}
