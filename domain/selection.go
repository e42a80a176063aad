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
	announced *SelectionAnnounced // with its quotas as last amended
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
	case QuotasAmended:
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

// stepOf tells whether ev is told again, and rejects it unless it is of the selection that goes on.
func (s SortitionState) stepOf(ev Event, of DialogueID, number int, in Dialogue) (again bool, err error) {
	told := s.selection.told
	switch ev.(type) {
	case FeasibilityReported, QuotasAmended: // what was changed and changed back can be changed once more
		told = told[max(0, len(told)-1):]
	}
	if slices.ContainsFunc(told, func(o Event) bool { return same(o, ev) }) {
		return true, nil
	}
	return false, s.goesOn(of, number, in)
}

// goesOn rejects what is not about the selection that was announced last, or comes after its end.
func (s SortitionState) goesOn(of DialogueID, number int, in Dialogue) error {
	switch a := s.selection.announced; {
	case a == nil || a.Dialogue != of || a.Selection != number:
		return reject(ErrUnknownRef, "selection %d of dialogue %q is not the one that was announced last", number, of)
	case s.selection.voided != nil:
		return reject(ErrFrozen, "selection %d is void: announce the next one", number)
	case in.Certified():
		return reject(ErrFrozen, "the dialogue is certified: nobody is drawn any more")
	}
	return nil
}

// notYet rejects a step that comes before another one, or after one that ends it.
func notYet(open bool, format string, args ...any) error {
	if open {
		return nil
	}
	return reject(ErrPhaseClosed, format, args...)
}

// AnnounceSelection says how seats will be filled in dialogue in of edition of. The first selection has the quotas of the plan; one that replaces people has what is left of them.
func (s SortitionState) AnnounceSelection(a SelectionAnnounced, in Dialogue, of Edition) ([]Event, error) {
	plan, to, last := in.QuotaPlan(), in.Registered(), s.selection
	if slices.ContainsFunc(last.told, func(o Event) bool { return same(o, a) }) {
		return nil, nil
	}
	next := 1
	if last.announced != nil {
		next = last.announced.Selection + 1
	}
	switch {
	case to == nil || to.Dialogue != a.Dialogue || !of.IsOpen() || plan == nil:
		return nil, reject(ErrUnknownRef, "dialogue %q is not registered, or has no quota plan", a.Dialogue)
	case in.Certified():
		return nil, reject(ErrFrozen, "the dialogue is certified: nobody is drawn any more")
	case s.sealed != nil:
		return nil, reject(ErrPoolSealed, "people of this dialogue are drawn from a sealed pool by commit-draw and execute-draw")
	case !last.over():
		return nil, reject(ErrDuplicate, "selection %d goes on: draw it, or void it", last.announced.Selection)
	case a.Selection != next:
		return nil, reject(ErrInvalidField, "the next selection is %d, not %d", next, a.Selection)
	case a.Beacon.Synthetic && !of.Synthetic():
		return nil, reject(ErrForbidden, "a synthetic beacon draws nobody but in synthetic editions: its maker knows every round")
	case a.Algorithm.Name == "" || a.Algorithm.Version == "" || a.Objective == "" || a.Panels < 1 || a.Fallback < 1:
		return nil, reject(ErrInvalidField, "a selection has an objective, an algorithm by name and version, panels, and a round that stands in for a missing one")
	case a.Beacon.Name == "" || a.Beacon.PublicKey == "" || a.Beacon.Period < 1 || a.Beacon.Period > mostPeriod || a.Beacon.Genesis < 1 || a.Fallback > mostFallback:
		return nil, reject(ErrInvalidField, "a beacon has a name, a public key, a genesis and a period of at most an hour, and a round that stands in comes at most %d rounds later", mostFallback)
	case a.BuildAfter < LeastBuildAfter || a.DrawAfter < LeastDrawAfter:
		return nil, reject(ErrCommitmentMismatch, "ten minutes lie between sealing and the first round at least, and a day between the panels and the second")
	}
	if err := s.checkVacant(a, to.PlannedSize); err != nil {
		return nil, err
	}
	if err := plan.fits(a); err != nil {
		return nil, err
	}
	return []Event{a}, nil
}

// checkVacant rejects a number of seats that is not that of the room, or of those who have given theirs back.
func (s SortitionState) checkVacant(a SelectionAnnounced, size int) error {
	seated := 0
	for _, in := range s.people {
		if in {
			seated++
		}
	}
	for i, id := range a.Vacant {
		if s.In(id) || !s.Selected(id) || slices.Contains(a.Vacant[:i], id) {
			return reject(ErrUnknownRef, "%s has given no seat back", id)
		}
		if by := s.selection.seats[id].replaced; by > 0 {
			return reject(ErrUnknownRef, "%s was replaced by selection %d", id, by)
		}
	}
	switch {
	case size < 1 || a.Size != size-seated || a.Size < 1:
		return reject(ErrQuotaInfeasible, "%d seats are to be filled, and of %d planned ones %d are taken", a.Size, size, seated)
	case seated > 0 && len(a.Vacant) != a.Size:
		return reject(ErrQuotaInfeasible, "%d seats are to be filled, and %d are vacant", a.Size, len(a.Vacant))
	case seated == 0 && len(a.Vacant) > 0:
		return reject(ErrUnknownRef, "all seats are filled anew: nobody is replaced")
	}
	return nil
}

// fits rejects quotas that are not of the plan's dimensions and strata in its order, or that no panel of the size can meet.
func (q QuotaPlanSet) fits(a SelectionAnnounced) error {
	i := 0
	for _, dim := range q.Dimensions {
		for _, stratum := range dim.Strata {
			if i == len(a.Quotas) || a.Quotas[i].Dimension != dim.Name || a.Quotas[i].Stratum != stratum.ID {
				return reject(ErrInvalidField, "quota %d is not that of %s %s: quotas stand in the order of the plan", i, dim.Name, stratum.ID)
			}
			one := a.Quotas[i]
			if err := one.check(); err != nil {
				return err
			}
			if len(a.Vacant) == 0 && (one.Min != stratum.Min || one.Max != stratum.Max) {
				return reject(ErrInvalidField, "the plan has %d to %d seats for %s %s", stratum.Min, stratum.Max, dim.Name, stratum.ID)
			}
			i++
		}
	}
	if i != len(a.Quotas) {
		return reject(ErrInvalidField, "there are %d quotas, and the plan has %d strata", len(a.Quotas), i)
	}
	return a.fill(a.Quotas)
}

// fill rejects quotas of a dimension that no panel of the announced size can meet. Those of a dimension stand together.
func (a SelectionAnnounced) fill(quotas []SeatQuota) error {
	for len(quotas) > 0 {
		name, least, most := quotas[0].Dimension, 0, 0
		for len(quotas) > 0 && quotas[0].Dimension == name {
			least, most, quotas = least+quotas[0].Min, most+quotas[0].Max, quotas[1:]
		}
		if least > a.Size || most < a.Size {
			return reject(ErrQuotaInfeasible, "dimension %s: quotas of %d to %d do not fit %d seats", name, least, most, a.Size)
		}
	}
	return nil
}

func (q SeatQuota) check() error {
	if q.LeastMin < 0 || q.LeastMin > q.Min || q.Min > q.Max || q.Max > q.MostMax {
		return reject(ErrQuotaInfeasible, "%s %s: %d to %d seats, relaxed at most to %d to %d", q.Dimension, q.Stratum, q.Min, q.Max, q.LeastMin, q.MostMax)
	}
	return nil
}

// ReportFeasibility says whether any panel meets the quotas.
func (s SortitionState) ReportFeasibility(r FeasibilityReported, in Dialogue) ([]Event, error) {
	again, err := s.stepOf(r, r.Dialogue, r.Selection, in)
	if again || err != nil {
		return nil, err
	}
	if err := notYet(s.selection.sealed == nil, "the pool is sealed: its quotas stand"); err != nil {
		return nil, err
	}
	if r.People < 0 {
		return nil, reject(ErrInvalidField, "counts are not negative")
	}
	if err := s.changes(r.Suggestions); err != nil {
		return nil, err
	}
	return []Event{r}, nil
}

// changes rejects quotas that are not among those that were announced, or beyond what they may be relaxed to.
func (s SortitionState) changes(to []SeatQuota) error {
	for i, c := range to {
		if err := c.check(); err != nil {
			return err
		}
		known := func(q SeatQuota) bool { return q.Dimension == c.Dimension && q.Stratum == c.Stratum }
		at := slices.IndexFunc(s.selection.announced.Quotas, known)
		switch {
		case at < 0 || slices.ContainsFunc(to[:i], known):
			return reject(ErrUnknownRef, "%s %s has no quota, or two changes", c.Dimension, c.Stratum)
		case c.LeastMin != s.selection.announced.Quotas[at].LeastMin || c.MostMax != s.selection.announced.Quotas[at].MostMax:
			return reject(ErrQuotaInfeasible, "%s %s: how far a quota may be relaxed was announced", c.Dimension, c.Stratum)
		}
	}
	return nil
}

// AmendQuotas changes quotas before the pool is sealed.
func (s SortitionState) AmendQuotas(c QuotasAmended, in Dialogue) ([]Event, error) {
	again, err := s.stepOf(c, c.Dialogue, c.Selection, in)
	if again || err != nil {
		return nil, err
	}
	if err := first(notYet(s.selection.sealed == nil, "the pool is sealed: its quotas stand"), s.changes(c.Changes)); err != nil {
		return nil, err
	}
	if len(c.Changes) == 0 || c.Reason == "" || c.ApprovedBy == "" {
		return nil, reject(ErrInvalidField, "an amendment has changes, a reason, and somebody who approves of it")
	}
	if a := s.selection.announced; a != nil {
		if err := a.fill(amended(a.Quotas, c.Changes)); err != nil {
			return nil, err
		}
	}
	return []Event{c}, nil
}

// SealSelection fixes pool and quotas, at time now.
func (s SortitionState) SealSelection(p SelectionPoolSealed, in Dialogue, now Time) ([]Event, error) {
	if have := s.selection.sealed; have != nil {
		p.At = have.At
	} else {
		p.At = now
	}
	again, err := s.stepOf(p, p.Dialogue, p.Selection, in)
	if again || err != nil {
		return nil, err
	}
	a := s.selection.announced
	switch {
	case s.selection.sealed != nil:
		return nil, reject(ErrPoolSealed, "the pool is sealed already")
	case p.Pool == Digest{} || p.File == Digest{} || p.Quotas == Digest{} || p.Types < 1 || p.Shared < 0:
		return nil, reject(ErrInvalidField, "a sealed pool has a root, and the digests of its text and of its quotas")
	case p.People < a.Size:
		return nil, reject(ErrQuotaInfeasible, "a pool of %d does not fill %d seats", p.People, a.Size)
	}
	if err := a.counted(p.Strata, p.People, func(q SeatQuota, n int) bool { return n >= q.Min }); err != nil {
		return nil, err
	}
	return []Event{p}, nil
}

// counted rejects counts that are not those of the quotas' dimensions in their order, that do not sum up, or of which one does not fit.
func (a SelectionAnnounced) counted(counts []DimensionCount, total int, fits func(SeatQuota, int) bool) error {
	known := map[string]int{}
	for _, q := range a.Quotas {
		known[q.Dimension]++
		at := len(known) - 1
		if at >= len(counts) || counts[at].Name != q.Dimension {
			return reject(ErrInvalidField, "dimension %s of the quotas is not counted as it stands there", q.Dimension)
		}
		n, is := counts[at].Strata[q.Stratum]
		switch {
		case !is || n < 0:
			return reject(ErrInvalidField, "dimension %s: stratum %s is not counted", q.Dimension, q.Stratum)
		case !fits(q, n):
			return reject(ErrQuotaInfeasible, "dimension %s: %d people of stratum %s do not fit the quota of %d to %d", q.Dimension, n, q.Stratum, q.Min, q.Max)
		}
	}
	if len(counts) != len(known) {
		return reject(ErrInvalidField, "%d dimensions are counted, and quotas have %d", len(counts), len(known))
	}
	for _, c := range counts {
		sum := 0
		for _, n := range c.Strata {
			sum += n
		}
		if sum != total || len(c.Strata) != known[c.Name] {
			return reject(ErrInvalidField, "dimension %s counts %d people in %d strata, not %d in %d", c.Name, sum, len(c.Strata), total, known[c.Name])
		}
	}
	return nil
}

// PinRounds names the rounds, at time now. Their times are set here.
func (s SortitionState) PinRounds(p RoundsPinned, in Dialogue, now Time) ([]Event, error) {
	if a := s.selection.announced; a != nil {
		if p.Build < 1 || p.Draw <= p.Build || p.Draw > mostRound {
			return nil, reject(ErrInvalidField, "the second round is later than the first one")
		}
		p.BuildAt, p.DrawAt = a.Beacon.At(p.Build), a.Beacon.At(p.Draw)
	}
	again, err := s.stepOf(p, p.Dialogue, p.Selection, in)
	if again || err != nil {
		return nil, err
	}
	at, a := s.selection, s.selection.announced
	switch {
	case at.sealed == nil:
		return nil, reject(ErrPhaseClosed, "rounds are pinned once the pool is sealed")
	case at.pinned != nil:
		return nil, reject(ErrDuplicate, "rounds %d and %d are pinned: there is no other chance", at.pinned.Build, at.pinned.Draw)
	case p.BuildAt <= now || p.BuildAt < at.sealed.At+Time(a.BuildAfter):
		return nil, reject(ErrCommitmentMismatch, "round %d of %s comes too early: it is one after %s", p.Build, p.BuildAt, max(now, at.sealed.At+Time(a.BuildAfter)-1))
	case p.DrawAt < p.BuildAt+Time(a.DrawAfter):
		return nil, reject(ErrCommitmentMismatch, "round %d of %s comes too early: panels are public for %d hours before it", p.Draw, p.DrawAt, a.DrawAfter/3_600_000)
	}
	return []Event{p}, nil
}

// ObserveBeacon says what the beacon said in a pinned round, at time now. That the signature is the chain's was verified before.
func (s SortitionState) ObserveBeacon(o BeaconObserved, in Dialogue, now Time) ([]Event, error) {
	again, err := s.stepOf(o, o.Dialogue, o.Selection, in)
	if again || err != nil {
		return nil, err
	}
	at := s.selection
	var named int
	switch {
	case at.pinned == nil:
		return nil, reject(ErrPhaseClosed, "no round is pinned")
	case at.built == nil && at.first == nil:
		named = at.pinned.Build
	case at.committed != nil && at.second == nil:
		named = at.pinned.Draw
	case at.built == nil || at.committed != nil:
		return nil, reject(ErrDuplicate, "the round is observed: there is no other chance")
	default:
		return nil, reject(ErrPhaseClosed, "the panels are not committed to")
	}
	due := named
	if o.Missed != "" {
		due += at.announced.Fallback
	}
	switch {
	case o.Round != due:
		return nil, reject(ErrCommitmentMismatch, "round %d was announced, not %d; if it is missing, say why, and bring round %d", named, o.Round, named+at.announced.Fallback)
	case now < at.announced.Beacon.At(o.Round):
		return nil, reject(ErrCommitmentMismatch, "round %d does not exist before %s", o.Round, at.announced.Beacon.At(o.Round))
	case o.Signature == "" || o.Randomness == Digest{}:
		return nil, reject(ErrInvalidField, "a round has a signature and its randomness")
	}
	return []Event{o}, nil
}

// BuildLottery holds the selection to a lottery. That its seed follows, that its panels meet the quotas and that its certificate adds up was checked before.
func (s SortitionState) BuildLottery(b LotteryBuilt, in Dialogue) ([]Event, error) {
	again, err := s.stepOf(b, b.Dialogue, b.Selection, in)
	if again || err != nil {
		return nil, err
	}
	at := s.selection
	switch {
	case at.first == nil:
		return nil, reject(ErrPhaseClosed, "the first round is not observed")
	case at.built != nil:
		return nil, reject(ErrDuplicate, "the lottery is built already")
	case b.Seed == Digest{} || b.File == Digest{} || b.Panels == Digest{} || b.Tickets == Digest{}:
		return nil, reject(ErrInvalidField, "a lottery has a seed, and the digests and roots of its panels and tickets")
	case b.Fewest < 0 || b.Most < b.Fewest || b.Most > at.announced.Panels || len(b.Impossible) > at.sealed.People-at.announced.Size:
		return nil, reject(ErrInvalidField, "nobody has fewer tickets than none, nor more than the %d panels", at.announced.Panels)
	}
	return []Event{b}, nil
}

// CommitPanels says that the panels are public, at time now.
func (s SortitionState) CommitPanels(c PanelsCommitted, in Dialogue, now Time) ([]Event, error) {
	if have := s.selection.committed; have != nil {
		c.At = have.At
	} else {
		c.At = now
	}
	again, err := s.stepOf(c, c.Dialogue, c.Selection, in)
	if again || err != nil {
		return nil, err
	}
	at := s.selection
	switch {
	case at.built == nil:
		return nil, reject(ErrPhaseClosed, "the lottery is not built")
	case at.committed != nil:
		return nil, reject(ErrDuplicate, "the panels are committed to already")
	case c.Panels != at.built.Panels:
		return nil, reject(ErrCommitmentMismatch, "these are not the panels of the lottery")
	case at.pinned.DrawAt < c.At+Time(at.announced.DrawAfter):
		return nil, reject(ErrCommitmentMismatch, "round %d of %s is less than %d hours away: void the selection", at.pinned.Draw, at.pinned.DrawAt, at.announced.DrawAfter/3_600_000)
	}
	return []Event{c}, nil
}

// DrawPanel says which panel is drawn. That the index follows from the second round, and that the panel stands there in the commitment, was checked before.
func (s SortitionState) DrawPanel(d PanelDrawn, in Dialogue) ([]Event, error) {
	again, err := s.stepOf(d, d.Dialogue, d.Selection, in)
	if again || err != nil {
		return nil, err
	}
	at := s.selection
	switch {
	case at.second == nil:
		return nil, reject(ErrPhaseClosed, "the second round is not observed")
	case at.drawn != nil:
		return nil, reject(ErrDuplicate, "a panel is drawn already")
	case d.Index < 0 || d.Index >= at.announced.Panels:
		return nil, reject(ErrInvalidField, "there are %d panels", at.announced.Panels)
	case len(d.Selected) != at.announced.Size:
		return nil, reject(ErrQuotaInfeasible, "%d people are drawn for %d seats", len(d.Selected), at.announced.Size)
	}
	for i, id := range d.Selected {
		if err := CheckID("participant", id); err != nil {
			return nil, err
		}
		if s.Selected(id) || i > 0 && d.Selected[i-1] >= id {
			return nil, reject(ErrDuplicate, "%s was drawn before, or members are not in order", id)
		}
	}
	if err := at.announced.counted(d.Quota, at.announced.Size, func(q SeatQuota, n int) bool { return q.Min <= n && n <= q.Max }); err != nil {
		return nil, err
	}
	return []Event{d}, nil
}

// AnswerSeat says what somebody says to the selection that drew them, which need not be the last one. Who has given a seat back does not get it again. Replaces of a is set here.
func (s SortitionState) AnswerSeat(a SeatAnswered, in Dialogue) ([]Event, error) {
	a.Replaces = ""
	if err := oneOf("answer", a.Answer, seatAnswers); err != nil {
		return nil, err
	}
	of := s.selection.announced
	taken, was := s.selection.seats[a.Participant]
	switch {
	case of == nil || of.Dialogue != a.Dialogue || !was || taken.by != a.Selection:
		return nil, reject(ErrUnknownRef, "%s was not drawn by selection %d of dialogue %q", a.Participant, a.Selection, a.Dialogue)
	case taken.answer == a.Answer:
		return nil, nil
	case in.Certified():
		return nil, reject(ErrFrozen, "the dialogue is certified: seats stand as they are")
	case !s.In(a.Participant):
		return nil, reject(ErrSuperseded, "%s has given the seat back", a.Participant)
	case taken.answer == SeatAccepted && a.Answer == SeatDeclined:
		return nil, reject(ErrInvalidField, "who has accepted a seat withdraws from it")
	}
	a.Replaces = taken.answer
	return []Event{a}, nil
}

// VoidSelection ends a selection that came to nothing.
func (s SortitionState) VoidSelection(v SelectionVoided, in Dialogue) ([]Event, error) {
	again, err := s.stepOf(v, v.Dialogue, v.Selection, in)
	if again || err != nil {
		return nil, err
	}
	if v.Reason == "" || v.By == "" {
		return nil, reject(ErrInvalidField, "who voids a selection says why")
	}
	return []Event{v}, nil
}
