package domain

import (
	"maps"
	"slices"
)

// The least that a selection announces: how long nobody can know a round when the pool is sealed, and when the panels are committed to.
const (
	LeastBuildAfter = 10 * 60 * 1000
	LeastDrawAfter  = 24 * 60 * 60 * 1000
)

// The most that is taken for rounds, so that their times can be reckoned: product and sum stay within 63 bits.
const (
	mostRound    = 1 << 40
	mostFallback = 1 << 30
	mostPeriod   = 60 * 60 * 1000
)

// Selection is the state of one draw by lot. Its steps come in one order: announced, sealed, pinned, observed, built, committed, observed, drawn.
type Selection struct {
	announced *SelectionAnnounced  // with its quotas as last amended
	feasible  *FeasibilityReported // the last one of these quotas
	sealed    *SelectionPoolSealed
	pinned    *RoundsPinned
	first     *BeaconObserved
	built     *LotteryBuilt
	committed *PanelsCommitted
	second    *BeaconObserved
	drawn     *PanelDrawn
	voided    *SelectionVoided
	told      []Event                // what stands in the record and changes nothing when it is told again
	seats     map[ParticipantID]seat // of this selection and those before it, unless they are void
}

// A seat is what somebody was drawn for.
type seat struct {
	by       int        // the selection
	answer   SeatAnswer // the last one
	replaced int        // the selection that has drawn somebody else for it
}

// Announced is how the seats are filled, with the quotas as they stand; nil where there is no selection. What follows is nil before its step.
func (s Selection) Announced() *SelectionAnnounced { return s.announced }

// Feasible is what was last reported of the quotas as they stand: whether a panel meets them.
func (s Selection) Feasible() *FeasibilityReported { return s.feasible }

// Sealed is the pool.
func (s Selection) Sealed() *SelectionPoolSealed { return s.sealed }

// Pinned are the rounds.
func (s Selection) Pinned() *RoundsPinned { return s.pinned }

// First is the round that seeds the lottery.
func (s Selection) First() *BeaconObserved { return s.first }

// Built is the lottery.
func (s Selection) Built() *LotteryBuilt { return s.built }

// Committed says that the panels are public.
func (s Selection) Committed() *PanelsCommitted { return s.committed }

// Second is the round that draws.
func (s Selection) Second() *BeaconObserved { return s.second }

// Drawn is the outcome.
func (s Selection) Drawn() *PanelDrawn { return s.drawn }

// Voided says that the selection came to nothing.
func (s Selection) Voided() *SelectionVoided { return s.voided }

// over tells whether the next selection may be announced.
func (s Selection) over() bool { return s.announced == nil || s.voided != nil || s.drawn != nil }

// Selection is the last one that was announced.
func (s SortitionState) Selection() Selection { return s.selection }

// Fixed tells whether the quota plan is: a pool is sealed, a selection goes on, or somebody was drawn. When a selection that drew nobody is void, another plan may help.
func (s SortitionState) Fixed() bool {
	return s.sealed != nil || s.selection.announced != nil && s.selection.voided == nil || len(s.people) > 0
}

func (s Selection) evolve(ev Event) Selection {
	switch ev := ev.(type) {
	case SelectionAnnounced:
		s = Selection{announced: &ev, seats: s.seats}
	case FeasibilityReported:
		s.feasible = &ev
	case QuotasAmended:
		s.feasible = nil
		if s.announced != nil {
			a := *s.announced
			a.Quotas = amended(a.Quotas, ev.Changes)
			s.announced = &a
		}
	case SelectionPoolSealed:
		s.sealed = &ev
	case RoundsPinned:
		s.pinned = &ev
	case BeaconObserved:
		if s.built == nil {
			s.first = &ev
		} else {
			s.second = &ev
		}
	case LotteryBuilt:
		s.built = &ev
	case PanelsCommitted:
		s.committed = &ev
	case PanelDrawn:
		s.drawn, s.seats = &ev, s.filled(ev)
	case SeatAnswered:
		taken := s.seats[ev.Participant]
		taken.answer = ev.Answer
		s.seats = with(s.seats, ev.Participant, taken)
		return s
	case SelectionVoided:
		s.voided, s.seats = &ev, s.emptied(ev.Selection)
	}
	s.told = append(slices.Clip(s.told), ev)
	return s
}

// filled are the seats once a panel is drawn: those who are replaced have none to give back any more.
func (s Selection) filled(by PanelDrawn) map[ParticipantID]seat {
	seats := maps.Clone(s.seats)
	if seats == nil {
		seats = map[ParticipantID]seat{}
	}
	for _, id := range by.Selected {
		seats[id] = seat{by: by.Selection}
	}
	if s.announced != nil {
		for _, id := range s.announced.Vacant {
			left := seats[id]
			left.replaced = by.Selection
			seats[id] = left
		}
	}
	return seats
}

// emptied are the seats once a selection is void: nobody was drawn by it, and nobody replaced.
func (s Selection) emptied(of int) map[ParticipantID]seat {
	seats := map[ParticipantID]seat{}
	for id, one := range s.seats {
		if one.by == of {
			continue
		}
		if one.replaced == of {
			one.replaced = 0
		}
		seats[id] = one
	}
	return seats
}

// seats are who has one, after an event of a selection.
func (s SortitionState) seats(ev Event) map[ParticipantID]bool {
	people := maps.Clone(s.people)
	if people == nil {
		people = map[ParticipantID]bool{}
	}
	switch ev := ev.(type) {
	case PanelDrawn:
		for _, id := range ev.Selected {
			people[id] = true
		}
	case SeatAnswered:
		people[ev.Participant] = ev.Answer == SeatAccepted
	case SelectionVoided:
		if s.selection.drawn != nil {
			for _, id := range s.selection.drawn.Selected {
				delete(people, id)
			}
		}
	}
	return people
}

func amended(quotas, changes []SeatQuota) []SeatQuota {
	quotas = slices.Clone(quotas)
	for _, c := range changes {
		for i, q := range quotas {
			if q.Dimension == c.Dimension && q.Stratum == c.Stratum {
				quotas[i] = c
			}
		}
	}
	return quotas
}
