package measures

import "daybook.internal/domain"

// annals are what happened in one edition, by kind of event, and as far as an auditor asks for it.
type annals struct {
	records   int
	streams   int
	types     map[string]int
	voids     map[domain.VoidReason]int
	severity  map[domain.Severity]int // deviations
	replaced  int                     // answers that replaced an earlier one
	rounds    int                     // draws beyond the first round
	corrected int                     // reports of recruitment in place of others
	at        uint64
}

// chronicle counts a record.
func (s *State) chronicle(f *domain.Fact) {
	a := s.annals[f.Meta.Source]
	if a == nil {
		a = &annals{types: map[string]int{}, voids: map[domain.VoidReason]int{}, severity: map[domain.Severity]int{}}
		s.annals[f.Meta.Source], s.chronicled = a, s.position
	}
	a.records++
	if f.Revision == 0 {
		a.streams++
	}
	a.types[domain.TypeOf(f.Event)]++
	a.at = s.position
	switch e := f.Event.(type) {
	case domain.BallotCast:
		if e.Replaces != nil {
			a.replaced++
		}
	case domain.BallotVoided:
		a.voids[e.Reason]++
	case domain.DeviationReported:
		a.severity[e.Severity]++
	case domain.DrawExecuted:
		if e.Round > 1 {
			a.rounds++
		}
	case domain.SelectionAnnounced:
		if len(e.Vacant) > 0 {
			a.rounds++
		}
	case domain.RecruitmentReported:
		if e.Supersedes != "" {
			a.corrected++
		}
	}
}

// annals are those of an edition; nil where nothing happened in it.
func (in *Inputs) annals(id domain.EditionID) *annals {
	a := in.s.annals[id]
	if a == nil {
		in.read(&in.s.chronicled)
		return nil
	}
	in.read(&a.at)
	return a
}
