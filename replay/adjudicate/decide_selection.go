package adjudicate

import (
	"daybook.internal/domain"
	"daybook.internal/lots"
)

// ofSelection decides on a draw by lot. Rounds, seeds, the index and the panel that is drawn are computed again. Whose panels they are that a lottery is held to, and what people are in
// the pool, is taken at its word: whoever has the files of the selection counts them, see package lots.
func (v *sight) ofSelection() ([]domain.Event, error) {
	s := own(v, &v.c.sortitions)
	in := func(id domain.DialogueID) domain.Dialogue {
		d := v.dialogue(id)
		v.inDialogue(d)
		return d
	}
	now := v.f.Meta.Time
	at := s.Selection()
	switch e := v.f.Event.(type) {
	case domain.SelectionAnnounced:
		d := in(e.Dialogue)
		of := v.editionOf(d)
		if err := lots.CheckAnnounced(e); err != nil {
			return nil, err
		}
		return s.AnnounceSelection(e, d, of)
	case domain.FeasibilityReported:
		return s.ReportFeasibility(e, in(e.Dialogue))
	case domain.QuotasAmended:
		return s.AmendQuotas(e, in(e.Dialogue))
	case domain.SelectionPoolSealed:
		d := in(e.Dialogue)
		if a := at.Announced(); a != nil && lots.QuotasDigest(*a) != e.Quotas {
			return nil, domain.Reject(domain.ErrCommitmentMismatch, "the quotas that are sealed are not those that were announced and amended")
		}
		return s.SealSelection(e, d, now)
	case domain.RoundsPinned:
		return s.PinRounds(e, in(e.Dialogue), now)
	case domain.BeaconObserved:
		d := in(e.Dialogue)
		events, err := s.ObserveBeacon(e, d, now)
		if len(events) > 0 {
			err = lots.CheckRound(*at.Announced(), e)
		}
		if err != nil {
			return nil, err
		}
		return events, nil
	case domain.LotteryBuilt:
		d := in(e.Dialogue)
		if at.First() != nil && at.Sealed() != nil && lots.Seed(*at.Sealed(), *at.First()) != e.Seed {
			return nil, domain.Reject(domain.ErrCommitmentMismatch, "the seed does not follow from pool, quotas and first round")
		}
		return s.BuildLottery(e, d)
	case domain.PanelsCommitted:
		return s.CommitPanels(e, in(e.Dialogue), now)
	case domain.PanelDrawn:
		d := in(e.Dialogue)
		if err := lots.CheckDrawn(at, e); err != nil {
			return nil, err
		}
		return s.DrawPanel(e, d)
	case domain.SeatAnswered:
		d := in(e.Dialogue)
		return s.AnswerSeat(e, d)
	case domain.SelectionVoided:
		return s.VoidSelection(e, in(e.Dialogue))
	}
	return nil, nil
}
