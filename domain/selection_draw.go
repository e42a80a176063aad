package domain

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
