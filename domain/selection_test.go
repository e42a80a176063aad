package domain

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// announcement is the first selection of the examples' dialogue, drawn by the examples' beacon.
func announcement() SelectionAnnounced {
	return but(example[SelectionAnnounced](), func(a *SelectionAnnounced) {
		a.Selection, a.Size, a.Vacant = 1, 96, nil
		a.Quotas = []SeatQuota{{"settlement", "urban", 20, 40, 10, 50}, {"settlement", "rural", 56, 76, 50, 80}}
	})
}

// selected are the steps of the first selection from the sealing on, as they follow from each other.
func selected() []Event {
	first := func(selection *int) { *selection = 1 }
	drawn := drawnIDs(0, 96)
	return []Event{
		but(example[SelectionPoolSealed](), func(p *SelectionPoolSealed) { first(&p.Selection) }),
		but(example[RoundsPinned](), func(p *RoundsPinned) { first(&p.Selection) }),
		but(example[BeaconObserved](), func(o *BeaconObserved) { first(&o.Selection); o.Round, o.Missed = exampleBuild, "" }),
		but(example[LotteryBuilt](), func(b *LotteryBuilt) { first(&b.Selection) }),
		but(example[PanelsCommitted](), func(c *PanelsCommitted) { first(&c.Selection) }),
		but(example[BeaconObserved](), func(o *BeaconObserved) { first(&o.Selection); o.Round, o.Missed = exampleDraw, "" }),
		but(example[PanelDrawn](), func(d *PanelDrawn) {
			first(&d.Selection)
			d.Selected, d.Quota = drawn, []DimensionCount{{"settlement", map[string]int{"rural": 66, "urban": 30}}}
		}),
	}
}

// possible is the report that the pool of selected makes a panel.
func possible() FeasibilityReported {
	return but(example[FeasibilityReported](), func(r *FeasibilityReported) { r.Selection, r.Suggestions = 1, nil })
}

// until are an announcement, the report of its quotas, and n steps after it.
func until(n int) []Event { return append(follows(announcement(), possible()), selected()[:n]...) }

func TestAnnounceSelection(t *testing.T) {
	t.Parallel()
	a := announcement()
	in := func(a SelectionAnnounced, d Dialogue, of Edition) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.AnnounceSelection, a, d, of)
	}
	ask := func(a SelectionAnnounced) func(SortitionState) ([]Event, error) {
		return in(a, planned(), openEdition())
	}
	cloned := func(a SelectionAnnounced, f func(*SelectionAnnounced)) func(SortitionState) ([]Event, error) {
		return ask(but(a, func(a *SelectionAnnounced) {
			a.Quotas = slices.Clone(a.Quotas)
			f(a)
		}))
	}
	change := func(f func(*SelectionAnnounced)) func(SortitionState) ([]Event, error) { return cloned(a, f) }
	real := Fold(Edition{}, but(example[EditionOpened](), func(o *EditionOpened) { o.Synthetic = false }))
	left := func(id ParticipantID) Event {
		return SeatAnswered{Dialogue: "dl_KE", Selection: 1, Participant: id, Answer: SeatDeclined}
	}
	drawn := append(until(7), left("pa_000"), left("pa_001"))
	next := but(example[SelectionAnnounced](), func(a *SelectionAnnounced) { a.Vacant = drawnIDs(0, 2) })
	replaces := func(f func(*SelectionAnnounced)) func(SortitionState) ([]Event, error) { return cloned(next, f) }
	void := but(example[SelectionVoided](), func(v *SelectionVoided) { v.Selection = 1 })
	anew := but(a, func(a *SelectionAnnounced) { a.Selection = 2 })
	checkRulings(t, []ruling[SortitionState]{
		{"announces", nil, ask(a), nil, follows(a)},
		{"is announced", follows(a), ask(a), nil, nil},
		{"announces the next one too early", follows(a), ask(anew), ErrDuplicate, nil},
		{"announces anew after a void", append(until(1), void), ask(anew), nil, follows(anew)},
		{"announces anew after a drawn one is void", append(until(7), void), ask(anew), nil, follows(anew)},
		{"replaces", drawn, ask(next), nil, follows(next)},
		{"replaces who is in", drawn, replaces(func(a *SelectionAnnounced) { a.Vacant = drawnIDs(1, 2) }), ErrUnknownRef, nil},
		{"replaces one twice", drawn, replaces(func(a *SelectionAnnounced) { a.Vacant = []ParticipantID{"pa_000", "pa_000"} }), ErrUnknownRef, nil},
		{"replaces fewer than left", drawn, replaces(func(a *SelectionAnnounced) { a.Vacant = drawnIDs(0, 1) }), ErrQuotaInfeasible, nil},
		{"replaces more than left", drawn, replaces(func(a *SelectionAnnounced) { a.Size = 3 }), ErrQuotaInfeasible, nil},
		{"replaces nobody", until(7), replaces(func(a *SelectionAnnounced) { a.Size, a.Vacant = 0, nil }), ErrQuotaInfeasible, nil},
		{"out of the row", nil, change(func(a *SelectionAnnounced) { a.Selection = 2 }), ErrInvalidField, nil},
		{"the pool is sealed", follows(example[PoolSealed]()), ask(a), ErrPoolSealed, nil},
		{"not registered", nil, in(a, Dialogue{}, openEdition()), ErrUnknownRef, nil},
		{"no edition", nil, in(a, planned(), Edition{}), ErrUnknownRef, nil},
		{"certified", nil, in(a, certified(), openEdition()), ErrFrozen, nil},
		{"another dialogue", nil, change(func(a *SelectionAnnounced) { a.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"a synthetic beacon for real people", nil, in(a, planned(), real), ErrForbidden, nil},
		{"no algorithm", nil, change(func(a *SelectionAnnounced) { a.Algorithm.Name = "" }), ErrInvalidField, nil},
		{"no panels", nil, change(func(a *SelectionAnnounced) { a.Panels = 0 }), ErrInvalidField, nil},
		{"no fallback", nil, change(func(a *SelectionAnnounced) { a.Fallback = 0 }), ErrInvalidField, nil},
		{"no beacon", nil, change(func(a *SelectionAnnounced) { a.Beacon.PublicKey = "" }), ErrInvalidField, nil},
		{"a fallback beyond reckoning", nil, change(func(a *SelectionAnnounced) { a.Fallback = 1 << 50 }), ErrInvalidField, nil},
		{"a beacon that never comes", nil, change(func(a *SelectionAnnounced) { a.Beacon.Period = 3_600_001 }), ErrInvalidField, nil},
		{"builds too early", nil, change(func(a *SelectionAnnounced) { a.BuildAfter-- }), ErrCommitmentMismatch, nil},
		{"draws too early", nil, change(func(a *SelectionAnnounced) { a.DrawAfter-- }), ErrCommitmentMismatch, nil},
		{"another size", nil, change(func(a *SelectionAnnounced) { a.Size = 95 }), ErrQuotaInfeasible, nil},
		{"replaces before anybody is drawn", nil, change(func(a *SelectionAnnounced) { a.Vacant = drawnIDs(0, 96) }), ErrUnknownRef, nil},
		{"other quotas than the plan", nil, change(func(a *SelectionAnnounced) { a.Quotas[0].Min++ }), ErrInvalidField, nil},
		{"a quota less", nil, change(func(a *SelectionAnnounced) { a.Quotas = a.Quotas[:1] }), ErrInvalidField, nil},
		{"a quota more", nil, change(func(a *SelectionAnnounced) { a.Quotas = append(a.Quotas, a.Quotas[0]) }), ErrInvalidField, nil},
		{"quotas in another order", nil, change(func(a *SelectionAnnounced) { slices.Reverse(a.Quotas) }), ErrInvalidField, nil},
		{"a quota beyond its relaxation", nil, change(func(a *SelectionAnnounced) { a.Quotas[0].MostMax = 39 }), ErrQuotaInfeasible, nil},
		{"quotas that do not fill the seats", drawn, replaces(func(a *SelectionAnnounced) { a.Quotas[0].Min, a.Quotas[1].Min, a.Quotas[0].LeastMin = 2, 1, 2 }), ErrQuotaInfeasible, nil},
	})
	checkRulings(t, []ruling[SortitionState]{
		{"a pool is sealed by the other way", follows(a), asks2(SortitionState.SealPool, example[PoolSealed](), planned()), ErrPoolSealed, nil},
		{"voids", until(1), asks2(SortitionState.VoidSelection, void, planned()), nil, follows(void)},
		{"voids what is drawn", until(7), asks2(SortitionState.VoidSelection, void, planned()), nil, follows(void)},
		{"voids without a reason", until(1), asks2(SortitionState.VoidSelection, but(void, func(v *SelectionVoided) { v.Reason = "" }), planned()), ErrInvalidField, nil},
		{"voids nothing", nil, asks2(SortitionState.VoidSelection, void, planned()), ErrUnknownRef, nil},
		{"voids otherwise", append(until(1), void), asks2(SortitionState.VoidSelection, but(void, func(v *SelectionVoided) { v.By = "x" }), planned()), ErrFrozen, nil},
	})
	s := Fold(SortitionState{}, append(until(7), void)...)
	require.False(t, s.Selected("pa_000"), "who was drawn by a selection that is void may be drawn again")
	require.True(t, Fold(SortitionState{}, until(7)...).In("pa_000"))
	require.False(t, Fold(SortitionState{}, drawn...).In("pa_000"))
}

func TestQuotasOfSelection(t *testing.T) {
	t.Parallel()
	a := slices.Clip(follows(announcement()))
	change := []SeatQuota{{"settlement", "urban", 15, 45, 10, 50}}
	report := but(example[FeasibilityReported](), func(r *FeasibilityReported) { r.Selection, r.Suggestions = 1, change })
	amend := but(example[QuotasAmended](), func(q *QuotasAmended) { q.Selection, q.Changes = 1, change })
	reports := func(f func(*FeasibilityReported)) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.ReportFeasibility, but(report, f), planned())
	}
	amends := func(f func(*QuotasAmended)) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.AmendQuotas, but(amend, f), planned())
	}
	same := func(*QuotasAmended) {}
	other := func(f func(*SeatQuota)) func(*QuotasAmended) {
		return func(q *QuotasAmended) {
			q.Changes = slices.Clone(q.Changes)
			f(&q.Changes[0])
		}
	}
	checkRulings(t, []ruling[SortitionState]{
		{"reports", a, reports(func(*FeasibilityReported) {}), nil, follows(report)},
		{"reports of nothing", nil, reports(func(*FeasibilityReported) {}), ErrUnknownRef, nil},
		{"reports after the sealing", until(1), reports(func(*FeasibilityReported) {}), ErrPhaseClosed, nil},
		{"fewer people than none", a, reports(func(r *FeasibilityReported) { r.People = -1 }), ErrInvalidField, nil},
		{"suggests what is no quota", a, reports(func(r *FeasibilityReported) { r.Suggestions = []SeatQuota{{"age", "old", 1, 2, 1, 2}} }), ErrUnknownRef, nil},
	})
	checkRulings(t, []ruling[SortitionState]{
		{"amends", a, amends(same), nil, follows(amend)},
		{"amends after the sealing", until(1), amends(same), ErrPhaseClosed, nil},
		{"amends without approval", a, amends(func(q *QuotasAmended) { q.ApprovedBy = "" }), ErrInvalidField, nil},
		{"amends nothing", a, amends(func(q *QuotasAmended) { q.Changes = nil }), ErrInvalidField, nil},
		{"amends beyond what was announced", a, amends(other(func(q *SeatQuota) { q.Min = 9 })), ErrQuotaInfeasible, nil},
		{"amends what was announced", a, amends(other(func(q *SeatQuota) { q.LeastMin = 9 })), ErrQuotaInfeasible, nil},
		{"amends one twice", a, amends(func(q *QuotasAmended) { q.Changes = append(slices.Clone(q.Changes), q.Changes...) }), ErrUnknownRef, nil},
	})
	back := but(amend, func(q *QuotasAmended) { q.Changes = announcement().Quotas[:1] })
	checkRulings(t, []ruling[SortitionState]{
		{"is amended", append(a, amend), amends(same), nil, nil},
		{"amends once more what was changed back", append(a, amend, back), amends(same), nil, follows(amend)},
		{"reports once more after a change", append(a, report, amend), reports(func(*FeasibilityReported) {}), nil, follows(report)},
		{"amends to more seats than there are", append(a, amend), amends(func(q *QuotasAmended) { q.Changes = []SeatQuota{{"settlement", "urban", 41, 45, 10, 50}} }), ErrQuotaInfeasible, nil},
	})
	require.Equal(t, 45, Fold(SortitionState{}, append(a, amend)...).Selection().Announced().Quotas[0].Max)
}

func TestSealSelection(t *testing.T) {
	t.Parallel()
	p := selected()[0].(SelectionPoolSealed)
	now := p.At
	change := func(f func(*SelectionPoolSealed)) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.SealSelection, but(p, f), planned(), now)
	}
	counts := func(n map[string]int) func(SortitionState) ([]Event, error) {
		return change(func(p *SelectionPoolSealed) { p.Strata = []DimensionCount{{"settlement", n}} })
	}
	same := func(*SelectionPoolSealed) {}
	amend := but(example[QuotasAmended](), func(q *QuotasAmended) {
		q.Selection, q.Changes = 1, []SeatQuota{{"settlement", "urban", 15, 45, 10, 50}}
	})
	checkRulings(t, []ruling[SortitionState]{
		{"seals", until(0), change(same), nil, follows(p)},
		{"seals what nobody has checked", follows(announcement()), change(same), ErrPhaseClosed, nil},
		{"seals what was checked before a change", append(until(0), amend), change(same), ErrPhaseClosed, nil},
		{"seals what was checked again", append(until(0), amend, possible()), change(same), nil, follows(p)},
		{"seals what no panel meets", append(until(0), but(possible(), func(r *FeasibilityReported) { r.Feasible = false })), change(same), ErrQuotaInfeasible, nil},
		{"seals others than were checked", append(until(0), but(possible(), func(r *FeasibilityReported) { r.People++ })), change(same), ErrQuotaInfeasible, nil},
		{"its time is not the sender's word", until(0), change(func(p *SelectionPoolSealed) { p.At-- }), nil, follows(p)},
		{"is sealed", until(1), asks3(SortitionState.SealSelection, p, planned(), now+9), nil, nil},
		{"is sealed otherwise", until(1), change(func(p *SelectionPoolSealed) { p.Pool[0]++ }), ErrPoolSealed, nil},
		{"seals nothing", nil, change(same), ErrUnknownRef, nil},
		{"seals of a dialogue that is certified", until(0), asks3(SortitionState.SealSelection, p, certified(), now), ErrFrozen, nil},
		{"no root", until(0), change(func(p *SelectionPoolSealed) { p.Pool = Digest{} }), ErrInvalidField, nil},
		{"fewer people than seats", until(0), change(func(p *SelectionPoolSealed) { p.People = 95 }), ErrQuotaInfeasible, nil},
		{"fewer than a minimum", until(0), counts(map[string]int{"rural": 195, "urban": 19}), ErrQuotaInfeasible, nil},
		{"counts that do not sum up", until(0), counts(map[string]int{"rural": 145, "urban": 70}), ErrInvalidField, nil},
		{"a stratum less", until(0), counts(map[string]int{"urban": 214}), ErrInvalidField, nil},
		{"a stratum more", until(0), counts(map[string]int{"rural": 144, "urban": 70, "sea": 0}), ErrInvalidField, nil},
		{"no dimension", until(0), change(func(p *SelectionPoolSealed) { p.Strata = nil }), ErrInvalidField, nil},
		{"a dimension more", until(0), change(func(p *SelectionPoolSealed) { p.Strata = append(slices.Clone(p.Strata), p.Strata[0]) }), ErrInvalidField, nil},
	})
}

func TestRoundsAndBeacon(t *testing.T) {
	t.Parallel()
	s := selected()
	p, first, second := s[1].(RoundsPinned), s[2].(BeaconObserved), s[5].(BeaconObserved)
	now := s[0].(SelectionPoolSealed).At
	pin := func(build, draw int, now Time) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.PinRounds, RoundsPinned{Dialogue: "dl_KE", Selection: 1, Build: build, Draw: draw}, planned(), now)
	}
	soon := announcement().Beacon
	early := int((now+LeastBuildAfter-soon.Genesis)/3000) + 2 // the first round that is not before the delay is over
	for soon.At(early-1) >= now+LeastBuildAfter {
		early--
	}
	edge := RoundsPinned{Dialogue: "dl_KE", Selection: 1, Build: early, Draw: early + 28_800, BuildAt: soon.At(early), DrawAt: soon.At(early + 28_800)}
	checkRulings(t, []ruling[SortitionState]{
		{"pins", until(1), pin(exampleBuild, exampleDraw, now), nil, follows(p)},
		{"pins as early as can be", until(1), pin(early, early+28_800, now), nil, follows(edge)},
		{"pins a round too early", until(1), pin(early-1, early+28_800, now), ErrCommitmentMismatch, nil},
		{"draws a round too early", until(1), pin(early, early+28_799, now), ErrCommitmentMismatch, nil},
		{"pins what is known", until(1), pin(exampleBuild, exampleDraw, p.BuildAt), ErrCommitmentMismatch, nil},
		{"pins no round", until(1), pin(0, exampleDraw, now), ErrInvalidField, nil},
		{"draws before it builds", until(1), pin(exampleDraw, exampleBuild, now), ErrInvalidField, nil},
		{"pins before the sealing", until(0), pin(exampleBuild, exampleDraw, now), ErrPhaseClosed, nil},
		{"pins others", until(2), pin(exampleBuild+1, exampleDraw, now), ErrDuplicate, nil},
		{"pins for nobody", nil, pin(exampleBuild, exampleDraw, now), ErrUnknownRef, nil},
	})
	observe := func(o BeaconObserved, now Time) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.ObserveBeacon, o, planned(), now)
	}
	missed := but(first, func(o *BeaconObserved) { o.Round, o.Missed = exampleBuild+1200, "no round came" })
	due := soon.At(missed.Round)
	checkRulings(t, []ruling[SortitionState]{
		{"observes", until(2), observe(first, p.BuildAt), nil, follows(first)},
		{"observes the second round", until(5), observe(second, p.DrawAt), nil, follows(second)},
		{"observes what stands in", until(2), observe(missed, due), nil, follows(missed)},
		{"what stands in, too early", until(2), observe(missed, due-1), ErrCommitmentMismatch, nil},
		{"another round, and no reason", until(2), observe(but(missed, func(o *BeaconObserved) { o.Missed = "" }), due), ErrCommitmentMismatch, nil},
		{"a reason, and the round", until(2), observe(but(first, func(o *BeaconObserved) { o.Missed = "x" }), due), ErrCommitmentMismatch, nil},
		{"too early", until(2), observe(first, p.BuildAt-1), ErrCommitmentMismatch, nil},
		{"without a signature", until(2), observe(but(first, func(o *BeaconObserved) { o.Signature = "" }), due), ErrInvalidField, nil},
		{"not pinned", until(1), observe(first, due), ErrPhaseClosed, nil},
		{"another chance", until(3), observe(missed, due), ErrDuplicate, nil},
		{"the second round before the panels", until(4), observe(second, p.DrawAt), ErrPhaseClosed, nil},
		{"another chance to draw", until(6), observe(but(second, func(o *BeaconObserved) { o.Round, o.Missed = exampleDraw+1200, "x" }), p.DrawAt*2), ErrDuplicate, nil},
	})
}

func TestLotteryAndPanels(t *testing.T) {
	t.Parallel()
	s := selected()
	b, c, d := s[3].(LotteryBuilt), s[4].(PanelsCommitted), s[6].(PanelDrawn)
	build := func(f func(*LotteryBuilt)) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.BuildLottery, but(b, f), planned())
	}
	checkRulings(t, []ruling[SortitionState]{
		{"builds", until(3), build(func(*LotteryBuilt) {}), nil, follows(b)},
		{"is built", until(4), build(func(*LotteryBuilt) {}), nil, nil},
		{"is built otherwise", until(4), build(func(b *LotteryBuilt) { b.Panels[0]++ }), ErrDuplicate, nil},
		{"builds before the round", until(2), build(func(*LotteryBuilt) {}), ErrPhaseClosed, nil},
		{"no seed", until(3), build(func(b *LotteryBuilt) { b.Seed = Digest{} }), ErrInvalidField, nil},
		{"more tickets than panels", until(3), build(func(b *LotteryBuilt) { b.Most = 1001 }), ErrInvalidField, nil},
		{"the least likely more likely than the most", until(3), build(func(b *LotteryBuilt) { b.Fewest = b.Most + 1 }), ErrInvalidField, nil},
		{"more impossible people than can be", until(3), build(func(b *LotteryBuilt) { b.Impossible = drawnIDs(0, 119) }), ErrInvalidField, nil},
	})
	commit := func(f func(*PanelsCommitted), now Time) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.CommitPanels, but(c, f), planned(), now)
	}
	same := func(*PanelsCommitted) {}
	last := s[1].(RoundsPinned).DrawAt - LeastDrawAfter
	checkRulings(t, []ruling[SortitionState]{
		{"commits", until(4), commit(same, c.At), nil, follows(c)},
		{"is committed", until(5), commit(same, c.At+9), nil, nil},
		{"commits at the last moment", until(4), commit(same, last), nil, follows(but(c, func(c *PanelsCommitted) { c.At = last }))},
		{"commits too late", until(4), commit(same, last+1), ErrCommitmentMismatch, nil},
		{"commits other panels", until(4), commit(func(c *PanelsCommitted) { c.Panels[0]++ }, c.At), ErrCommitmentMismatch, nil},
		{"commits before the lottery", until(3), commit(same, c.At), ErrPhaseClosed, nil},
		{"commits elsewhere", until(5), commit(func(c *PanelsCommitted) { c.URI += "x" }, c.At), ErrDuplicate, nil},
	})
	draw := func(f func(*PanelDrawn)) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.DrawPanel, but(d, f), planned())
	}
	checkRulings(t, []ruling[SortitionState]{
		{"draws", until(6), draw(func(*PanelDrawn) {}), nil, follows(d)},
		{"is drawn", until(7), draw(func(*PanelDrawn) {}), nil, nil},
		{"draws again", until(7), draw(func(d *PanelDrawn) { d.Index++ }), ErrDuplicate, nil},
		{"draws before the round", until(5), draw(func(*PanelDrawn) {}), ErrPhaseClosed, nil},
		{"draws a panel that is not there", until(6), draw(func(d *PanelDrawn) { d.Index = 1000 }), ErrInvalidField, nil},
		{"draws too few", until(6), draw(func(d *PanelDrawn) { d.Selected = drawnIDs(0, 95) }), ErrQuotaInfeasible, nil},
		{"draws one twice", until(6), draw(func(d *PanelDrawn) { d.Selected = append(drawnIDs(0, 95), "pa_094") }), ErrDuplicate, nil},
		{"draws nobody's id", until(6), draw(func(d *PanelDrawn) { d.Selected = append(drawnIDs(0, 95), "z/z") }), ErrInvalidID, nil},
		{"draws beyond a quota", until(6), draw(func(d *PanelDrawn) {
			d.Quota = []DimensionCount{{"settlement", map[string]int{"rural": 55, "urban": 41}}}
		}), ErrQuotaInfeasible, nil},
	})
	answer := func(id ParticipantID, a SeatAnswer) SeatAnswered {
		return SeatAnswered{Dialogue: "dl_KE", Selection: 1, Participant: id, Answer: a}
	}
	ask := func(id ParticipantID, a SeatAnswer) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.AnswerSeat, answer(id, a), planned())
	}
	accepted := append(until(7), answer("pa_000", SeatAccepted))
	withdrawn := but(answer("pa_000", SeatWithdrawn), func(a *SeatAnswered) { a.Replaces = SeatAccepted })
	checkRulings(t, []ruling[SortitionState]{
		{"accepts", until(7), ask("pa_000", SeatAccepted), nil, follows(answer("pa_000", SeatAccepted))},
		{"declines", until(7), ask("pa_000", SeatDeclined), nil, follows(answer("pa_000", SeatDeclined))},
		{"withdraws", accepted, ask("pa_000", SeatWithdrawn), nil, follows(withdrawn)},
		{"has accepted", accepted, ask("pa_000", SeatAccepted), nil, nil},
		{"declines what is accepted", accepted, ask("pa_000", SeatDeclined), ErrInvalidField, nil},
		{"comes back", append(accepted, withdrawn), ask("pa_000", SeatAccepted), ErrSuperseded, nil},
		{"says nothing", until(7), ask("pa_000", ""), ErrInvalidField, nil},
		{"was not drawn", until(7), ask("pa_900", SeatAccepted), ErrUnknownRef, nil},
		{"nobody is drawn yet", until(6), ask("pa_000", SeatAccepted), ErrUnknownRef, nil},
		{"in no selection", nil, ask("pa_000", SeatAccepted), ErrUnknownRef, nil},
		{"once seats stand", until(7), asks2(SortitionState.AnswerSeat, answer("pa_000", SeatAccepted), certified()), ErrFrozen, nil},
	})
	void := SelectionVoided{Dialogue: "dl_KE", Selection: 1, Reason: "r", By: "c"}
	anew := but(announcement(), func(a *SelectionAnnounced) { a.Selection = 2 })
	again := but(d, func(d *PanelDrawn) { d.Selection = 2 })
	by := func(selection int, id ParticipantID, a SeatAnswer) func(SortitionState) ([]Event, error) {
		return asks2(SortitionState.AnswerSeat, SeatAnswered{Dialogue: "dl_KE", Selection: selection, Participant: id, Answer: a}, planned())
	}
	redrawn := append(slices.Clip(accepted), void, anew, again)
	left := []Event{answer("pa_000", SeatDeclined), answer("pa_001", SeatDeclined)}
	replacing := slices.Clip(append(append(until(7), left...), but(example[SelectionAnnounced](), func(a *SelectionAnnounced) { a.Vacant = drawnIDs(0, 2) })))
	voided := append(replacing, but(void, func(v *SelectionVoided) { v.Selection = 2 }))
	replaced := append(replacing, example[PanelDrawn]())
	third := but(example[SelectionAnnounced](), func(a *SelectionAnnounced) {
		a.Selection, a.Vacant, a.Size = 3, []ParticipantID{"pa_12"}, 1
		a.Quotas = []SeatQuota{{"settlement", "urban", 0, 1, 0, 1}, {"settlement", "rural", 0, 1, 0, 1}}
	})
	gone := append(replaced, SeatAnswered{Dialogue: "dl_KE", Selection: 2, Participant: "pa_12", Answer: SeatDeclined})
	announce := func(id ParticipantID) func(SortitionState) ([]Event, error) {
		return asks3(SortitionState.AnnounceSelection, but(third, func(a *SelectionAnnounced) { a.Vacant = []ParticipantID{id} }), planned(), openEdition())
	}
	checkRulings(t, []ruling[SortitionState]{
		{"an answer to a void selection is none", redrawn, by(2, "pa_000", SeatDeclined), nil, follows(SeatAnswered{Dialogue: "dl_KE", Selection: 2, Participant: "pa_000", Answer: SeatDeclined})},
		{"answers a void selection", redrawn, by(1, "pa_000", SeatDeclined), ErrUnknownRef, nil},
		{"answers the first while others are replaced", replacing, by(1, "pa_005", SeatWithdrawn), nil, follows(answer("pa_005", SeatWithdrawn))},
		{"answers the first after a void one", voided, by(1, "pa_005", SeatWithdrawn), nil, follows(answer("pa_005", SeatWithdrawn))},
		{"answers another than drew", replaced, by(2, "pa_005", SeatWithdrawn), ErrUnknownRef, nil},
		{"replaces who was drawn in a replacement", gone, announce("pa_12"), nil, follows(third)},
		{"replaces who was replaced", gone, announce("pa_000"), ErrUnknownRef, nil},
	})
	require.False(t, Fold(SortitionState{}, append(until(2), void)...).Fixed(), "another plan may help")
	require.True(t, Fold(SortitionState{}, until(2)...).Fixed())
	require.True(t, Fold(SortitionState{}, voided...).Fixed(), "people were drawn by the plan")
}

// TestSelectionMachine takes the steps at random: nobody is drawn but in their order.
func TestSelectionMachine(t *testing.T) {
	t.Parallel()
	steps := selected()
	clock := func(t *rapid.T) Time {
		return pick(t, "now", exampleTime(6, 0), exampleTime(8, 0), announcement().Beacon.At(exampleDraw))
	}
	in := planned()
	beginnings := [][]Event{nil, follows(announcement())}
	for n := range len(steps) + 1 {
		beginnings = append(beginnings, until(n))
	}
	checkMachine(t, beginnings, map[string]draw[SortitionState]{
		"announce": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks3(SortitionState.AnnounceSelection, but(announcement(), func(a *SelectionAnnounced) { a.Selection = pick(t, "selection", 1, 2, 3) }), in, openEdition())
		},
		"report": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks2(SortitionState.ReportFeasibility, but(possible(), func(r *FeasibilityReported) {
				r.People, r.Feasible = pick(t, "people", 100, r.People), pick(t, "feasible", true, false)
			}), in)
		},
		"amend": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			q := SeatQuota{"settlement", "urban", 20, pick(t, "max", 39, 40, 41), 10, 50}
			return asks2(SortitionState.AmendQuotas, QuotasAmended{"dl_KE", 1, []SeatQuota{q}, "r", "c"}, in)
		},
		"seal": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			now := clock(t)
			return func(s SortitionState) ([]Event, error) {
				events, err := s.SealSelection(steps[0].(SelectionPoolSealed), in, now)
				if len(events) > 0 {
					f := s.Selection().Feasible()
					require.NotNil(t, f, "a pool is sealed that was checked")
					require.True(t, f.Feasible)
				}
				return events, err
			}
		},
		"pin": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks3(SortitionState.PinRounds, but(steps[1].(RoundsPinned), func(p *RoundsPinned) { p.Draw += pick(t, "later", 0, 1) }), in, clock(t))
		},
		"observe": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks3(SortitionState.ObserveBeacon, pick(t, "round", steps[2].(BeaconObserved), steps[5].(BeaconObserved)), in, clock(t))
		},
		"build": func(*rapid.T) func(SortitionState) ([]Event, error) {
			return asks2(SortitionState.BuildLottery, steps[3].(LotteryBuilt), in)
		},
		"commit": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks3(SortitionState.CommitPanels, steps[4].(PanelsCommitted), in, clock(t))
		},
		"draw": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			d := steps[6].(PanelDrawn)
			return func(s SortitionState) ([]Event, error) {
				events, err := s.DrawPanel(d, in)
				if len(events) > 0 {
					at := s.Selection()
					require.NotNil(t, at.Second(), "a panel is drawn by the second round")
					require.Less(t, at.Sealed().At, at.Pinned().BuildAt)
					require.Less(t, at.Committed().At, at.Pinned().DrawAt)
				}
				return events, err
			}
		},
		"answer": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks2(SortitionState.AnswerSeat, SeatAnswered{
				Dialogue: "dl_KE", Selection: 1, Participant: pick[ParticipantID](t, "who", "pa_000", "pa_001"), Answer: pick(t, "answer", SeatAccepted, SeatDeclined, SeatWithdrawn),
			}, in)
		},
		"void": func(t *rapid.T) func(SortitionState) ([]Event, error) {
			return asks2(SortitionState.VoidSelection, SelectionVoided{"dl_KE", pick(t, "selection", 1, 2), "r", "c"}, in)
		},
	})
}
