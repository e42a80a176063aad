package commands_test

import (
	"fmt"

	"daybook.internal/domain"
)

func (p past) redecidePartner(f domain.Fact, in domain.Edition) ([]domain.Event, error) {
	seen := p.seenBy(f)
	switch e := f.Event.(type) {
	case domain.PartnerAdmitted:
		return own[domain.Partner](p, f).Admit(e, in, seen.partners)
	case domain.InterestDeclared:
		return own[domain.Partner](p, f).DeclareInterest(e)
	case domain.TrainingCompleted:
		return own[domain.Partner](p, f).CompleteTraining(e, seen.artefacts[e.Module.ID])
	case domain.PartnershipEnded:
		after := map[domain.PartnerID]domain.PartnerID{} // who takes over
		var successor domain.Partner
		for _, one := range seen.partners {
			if end := one.Ended(); end != nil {
				after[end.Partner] = end.ReassignTo
			}
			if one.Admitted().Partner == e.ReassignTo {
				successor = one
			}
		}
		var open []domain.DialogueID
		for _, d := range seen.dialogues {
			holder := d.Registered().Partner
			for after[holder] != "" {
				holder = after[holder]
			}
			if holder == e.Partner && !d.Certified() {
				open = append(open, d.Registered().Dialogue)
			}
		}
		return own[domain.Partner](p, f).EndPartnership(e, open, successor)
	}
	return nil, fmt.Errorf("no case for %T", f.Event)
}

// redecideSortition takes the word of a draw for what it drew: that is drawn again by whoever has the pool.
func (p past) redecideSortition(f domain.Fact, in domain.Dialogue) ([]domain.Event, error) {
	s := own[domain.SortitionState](p, f)
	switch e := f.Event.(type) {
	case domain.RecruitmentReported:
		e.Replaces = nil
		return s.ReportRecruitment(e, in)
	case domain.PoolSealed:
		return s.SealPool(e, in)
	case domain.DrawCommitted:
		return s.CommitDraw(e, in, f.Meta.Time)
	case domain.DrawExecuted:
		return s.ExecuteDraw(e, in, f.Meta.Time)
	}
	return nil, fmt.Errorf("no case for %T", f.Event)
}

func (p past) redecideParticipant(f domain.Fact, in domain.Dialogue) ([]domain.Event, error) {
	who := own[domain.ParticipantState](p, f)
	edition := func() (domain.Edition, error) {
		return observed[domain.Edition](p, f, domain.EditionStream(f.Meta.Source))
	}
	switch e := f.Event.(type) {
	case domain.ParticipantRegistered:
		of, err := edition()
		var draw domain.SortitionState
		if err == nil && e.Route == domain.Drawn {
			draw, err = observed[domain.SortitionState](p, f, domain.SortitionStream(e.Dialogue))
		}
		if err != nil {
			return nil, err
		}
		return who.Register(e, in, of, draw)
	case domain.ConsentGiven:
		text, err := observed[domain.Artefact](p, f, domain.ArtefactStream(e.ConsentText.ID))
		if err != nil {
			return nil, err
		}
		e.Replaces = nil
		return who.GiveConsent(e, text)
	case domain.ConsentWithdrawn:
		e.Replaces = nil
		return who.WithdrawConsent(e, true) // which code was presented is written nowhere
	case domain.ParticipantCheckedIn:
		of, err := edition()
		if err != nil {
			return nil, err
		}
		e.Again = false
		return who.CheckIn(e, in, of)
	case domain.PersonalDataErased:
		return who.Erase(e)
	}
	return nil, fmt.Errorf("no case for %T", f.Event)
}
