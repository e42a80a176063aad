package measures

import "daybook.internal/domain"

// A diary is how far the record of one edition reaches in time, in whole days: there is no clock, and what is overdue is overdue on the last day that the record knows.
type diary struct {
	last domain.Time // midnight of that day, UTC
	at   uint64
}

// note takes the time of a record in. Records may tell of earlier days than those before them.
func (s *State) note(f *domain.Fact) {
	d := s.diary(f.Meta.Source)
	if day := f.Meta.Time - f.Meta.Time%wholeDay; day > d.last {
		d.last, d.at = day, s.position
	}
}

func (s *State) diary(id domain.EditionID) *diary {
	d := s.diaries[id]
	if d == nil {
		d = &diary{}
		s.diaries[id] = d
	}
	return d
}

// lastDay is the last day that the record of an edition knows: its first moment.
func (in *Inputs) lastDay(id domain.EditionID) domain.Time {
	d := in.s.diary(id)
	in.read(&d.at)
	return d.last
}
