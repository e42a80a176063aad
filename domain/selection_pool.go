package domain

import (
	"slices"
)

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
	if s.selection.sealed != nil {
		return nil, reject(ErrPoolSealed, "the pool is sealed already")
	}
	if err := s.selection.Possible(p.People); err != nil {
		return nil, err
	}
	switch {
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

// Possible rejects a pool of so many people unless it was reported that they make a panel that meets the quotas as they stand.
func (s Selection) Possible(people int) error {
	switch f := s.feasible; {
	case f == nil:
		return reject(ErrPhaseClosed, "it is not reported whether any panel meets these quotas: check them first")
	case !f.Feasible:
		return reject(ErrQuotaInfeasible, "no panel meets the quotas, it is reported: amend them, and check again")
	case f.People != people:
		return reject(ErrQuotaInfeasible, "it is reported of %d people that they make a panel possible, and these are %d: check again", f.People, people)
	}
	return nil
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
