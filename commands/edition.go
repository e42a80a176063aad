package commands

import (
	"context"
	"slices"

	"daybook.internal/domain"
)

func editionCommands() []Command {
	return []Command{
		define("open-edition", "begin an edition", (*Service).OpenEdition),
		define("schedule-milestone", "plan a milestone of an edition, or move it", (*Service).ScheduleMilestone),
		define("reach-milestone", "say that a milestone is passed", (*Service).ReachMilestone),
		define("add-topic", "put a topic on the agenda", (*Service).AddTopic),
		define("define-session", "plan a session of the day", (*Service).DefineSession),
		define("freeze-protocol", "fix the parameters that give the numbers their meaning", (*Service).FreezeProtocol),
	}
}

// OpenEdition begins an edition.
func (s *Service) OpenEdition(ctx context.Context, by By, c domain.EditionOpened) (Receipt, error) {
	return inEdition(s.look(ctx), by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.Open(c) })
}

// ScheduleMilestone plans a milestone, or moves it.
func (s *Service) ScheduleMilestone(ctx context.Context, by By, c domain.MilestoneScheduled) (Receipt, error) {
	return inEdition(s.look(ctx), by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.ScheduleMilestone(c) })
}

// ReachMilestone says that a milestone is passed, if its gates are. It looks at what they ask for, and at nothing else.
func (s *Service) ReachMilestone(ctx context.Context, by By, c domain.MilestoneReached) (Receipt, error) {
	v := s.look(ctx)
	v.backTo(v.sentAs(by, domain.EditionStream(c.Edition)))
	e := peeks[domain.Edition](v, domain.EditionStream(c.Edition))
	gates := e.GatesOf(c.Key)
	asks := func(any ...string) bool {
		return slices.ContainsFunc(any, func(g string) bool { return slices.Contains(gates, g) })
	}
	var p domain.Progress
	if asks(domain.GateInstrumentsApproved, domain.GateMaterialsVerified) {
		p.Artefacts = v.artefacts(e.Instruments()...)
	}
	if asks(domain.GateDialoguesAuthorised, domain.GateDialoguesCertified) {
		for _, id := range v.dialogues(c.Edition) {
			p.Dialogues = append(p.Dialogues, v.dialogue(id))
		}
	}
	if asks(domain.GateSynthesisCompleted) {
		p.Synthesised = v.begins(domain.SynthesisStream(c.Edition))
	}
	return inEdition(v, by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.ReachMilestone(c, e.Met(p)) })
}

// AddTopic puts a topic on the agenda.
func (s *Service) AddTopic(ctx context.Context, by By, c domain.TopicAdded) (Receipt, error) {
	return inEdition(s.look(ctx), by, c.Edition, c.Dialogue, func(e domain.Edition) ([]domain.Event, error) { return e.AddTopic(c) })
}

// DefineSession plans a session.
func (s *Service) DefineSession(ctx context.Context, by By, c domain.SessionDefined) (Receipt, error) {
	v := s.look(ctx)
	refs := make([]domain.ArtefactRef, len(c.Instruments))
	for i, instrument := range c.Instruments {
		refs[i] = instrument.Artefact
	}
	artefacts := v.artefacts(refs...)
	return inEdition(v, by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.DefineSession(c, artefacts) })
}

// FreezeProtocol fixes the parameters. It is rejected where a session is defined meanwhile whose instruments nobody has looked at.
func (s *Service) FreezeProtocol(ctx context.Context, by By, c domain.ProtocolFrozen) (Receipt, error) {
	v := s.look(ctx)
	e := peeks[domain.Edition](v, domain.EditionStream(c.Edition))
	artefacts := v.artefacts(append(e.Instruments(), c.PlanArtefact)...)
	return inEdition(v, by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.FreezeProtocol(c, artefacts) })
}

func inEdition(v *sight, by By, id domain.EditionID, dialogue domain.DialogueID, decide func(domain.Edition) ([]domain.Event, error)) (Receipt, error) {
	return execute(v, by, domain.EditionStream(id), id, dialogue, decide)
}
