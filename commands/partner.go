package commands

import (
	"context"

	"daybook.internal/domain"
)

func partnerCommands() []Command {
	return []Command{
		define("admit-partner", "take an organisation into the coalition of an edition", (*Service).AdmitPartner),
		define("declare-interest", "say what somebody has at stake", (*Service).DeclareInterest),
		define("complete-training", "say that somebody was trained for a role", (*Service).CompleteTraining),
		define("end-partnership", "take a partner out of the coalition", (*Service).EndPartnership),
	}
}

// AdmitPartner takes an organisation into the coalition of an edition.
func (s *Service) AdmitPartner(ctx context.Context, by By, c domain.PartnerAdmitted) (Receipt, error) {
	v := s.look(ctx)
	v.backTo(v.sentAs(by, domain.PartnerStream(c.Edition, c.Partner)))
	e := v.edition(c.Edition)
	var others []domain.Partner
	for _, id := range v.partners(c.Edition) {
		if id != c.Partner {
			others = append(others, sees[domain.Partner](v, domain.PartnerStream(c.Edition, id)))
		}
	}
	return execute(v, by, domain.PartnerStream(c.Edition, c.Partner), c.Edition, "",
		func(p domain.Partner) ([]domain.Event, error) { return p.Admit(c, e, others) })
}

// DeclareInterest says what somebody has at stake.
func (s *Service) DeclareInterest(ctx context.Context, by By, c domain.InterestDeclared) (Receipt, error) {
	v := s.look(ctx)
	v.edition(c.Edition)
	return execute(v, by, domain.PartnerStream(c.Edition, c.Partner), c.Edition, "",
		func(p domain.Partner) ([]domain.Event, error) { return p.DeclareInterest(c) })
}

// CompleteTraining says that somebody was trained for a role.
func (s *Service) CompleteTraining(ctx context.Context, by By, c domain.TrainingCompleted) (Receipt, error) {
	v := s.look(ctx)
	v.edition(c.Edition)
	module := v.artefact(c.Module.ID)
	return execute(v, by, domain.PartnerStream(c.Edition, c.Partner), c.Edition, "",
		func(p domain.Partner) ([]domain.Event, error) { return p.CompleteTraining(c, module) })
}

// EndPartnership takes a partner out of the coalition.
func (s *Service) EndPartnership(ctx context.Context, by By, c domain.PartnershipEnded) (Receipt, error) {
	v := s.look(ctx)
	v.backTo(v.sentAs(by, domain.PartnerStream(c.Edition, c.Partner)))
	v.edition(c.Edition)
	open := v.openDialogues(c.Edition, c.Partner)
	var successor domain.Partner
	if c.ReassignTo != "" {
		successor = sees[domain.Partner](v, domain.PartnerStream(c.Edition, c.ReassignTo))
	}
	return execute(v, by, domain.PartnerStream(c.Edition, c.Partner), c.Edition, "",
		func(p domain.Partner) ([]domain.Event, error) { return p.EndPartnership(c, open, successor) })
}

// openDialogues are the dialogues of an edition that are a partner's now, after all successions, and not certified.
func (v *sight) openDialogues(e domain.EditionID, of domain.PartnerID) (open []domain.DialogueID) {
	for _, id := range v.dialogues(e) {
		d := v.dialogue(id)
		if v.err != nil {
			return nil
		}
		if a := v.partner(e, d.Registered().Partner).Admitted(); a != nil && a.Partner == of && !d.Certified() {
			open = append(open, id)
		}
	}
	return open
}
