package commands

import (
	"context"

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
	return s.inEdition(ctx, by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.Open(c) })
}

// ScheduleMilestone plans a milestone, or moves it.
func (s *Service) ScheduleMilestone(ctx context.Context, by By, c domain.MilestoneScheduled) (Receipt, error) {
	return s.inEdition(ctx, by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.ScheduleMilestone(c) })
}

// ReachMilestone says that a milestone is passed. No gate can be met yet by this version of daybook, so only milestones without gates are.
func (s *Service) ReachMilestone(ctx context.Context, by By, c domain.MilestoneReached) (Receipt, error) {
	return s.inEdition(ctx, by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.ReachMilestone(c, nil) })
}

// AddTopic puts a topic on the agenda.
func (s *Service) AddTopic(ctx context.Context, by By, c domain.TopicAdded) (Receipt, error) {
	return s.inEdition(ctx, by, c.Edition, c.Dialogue, func(e domain.Edition) ([]domain.Event, error) { return e.AddTopic(c) })
}

// DefineSession plans a session.
func (s *Service) DefineSession(ctx context.Context, by By, c domain.SessionDefined) (Receipt, error) {
	return s.inEdition(ctx, by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.DefineSession(c) })
}

// FreezeProtocol fixes the parameters.
func (s *Service) FreezeProtocol(ctx context.Context, by By, c domain.ProtocolFrozen) (Receipt, error) {
	return s.inEdition(ctx, by, c.Edition, "", func(e domain.Edition) ([]domain.Event, error) { return e.FreezeProtocol(c) })
}

// AddArtefactVersion is a new version of an artefact, for an edition.
type AddArtefactVersion struct {
	Edition domain.EditionID `json:"edition"`
	domain.ArtefactVersionAdded
}

// AddArtefactVersion brings a new version of an artefact.
func (s *Service) AddArtefactVersion(ctx context.Context, by By, c AddArtefactVersion) (Receipt, error) {
	e, ref, err := s.edition(ctx, c.Edition)
	if err != nil {
		return Receipt{}, err
	}
	if !e.IsOpen() {
		return Receipt{}, domain.Reject(domain.ErrUnknownRef, "edition %q is not open", c.Edition)
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.ArtefactStream(c.Artefact), s.meta(by, c.Edition, "", ref),
		func(a domain.Artefact) ([]domain.Event, error) { return a.AddVersion(c.ArtefactVersionAdded) })
}

func (s *Service) inEdition(ctx context.Context, by By, id domain.EditionID, dialogue domain.DialogueID, decide func(domain.Edition) ([]domain.Event, error)) (Receipt, error) {
	return executeWith(ctx, s.Ledger, &s.states, domain.EditionStream(id), s.meta(by, id, dialogue), decide)
}
