package commands

import (
	"context"

	"daybook.internal/domain"
)

// OpenEndorsement calls the chambers to vote.
func (s *Service) OpenEndorsement(ctx context.Context, by By, c domain.EndorsementOpened) (Receipt, error) {
	v := s.look(ctx)
	at, _ := v.recommendation(c.Recommendation)
	var d domain.Dialogue
	if at.Dialogue != "" {
		defer v.enter(domain.DialogueStream(at.Dialogue))()
		d = v.dialogue(at.Dialogue)
	}
	var question, template domain.Artefact
	if c.Question != (domain.ArtefactRef{}) {
		question = v.artefact(c.Question.ID)
		if q, err := question.Question(c.Question); err == nil && q.Kind == domain.Endorse {
			template = v.artefact(q.Template.ID)
		}
	}
	return execute(v, by, domain.RecommendationStream(c.Recommendation), at.Source, at.Dialogue, func(r domain.RecommendationState) ([]domain.Event, error) {
		return r.OpenEndorsement(c, question, template, d)
	})
}

// CloseEndorsement takes the counts of the chambers. Those of a chamber that votes in a session must be the reconciled ones.
func (s *Service) CloseEndorsement(ctx context.Context, by By, c domain.EndorsementClosed) (Receipt, error) {
	v := s.look(ctx)
	defer v.shut(domain.RecommendationStream(c.Recommendation))()
	at, state := v.recommendation(c.Recommendation)
	tallies := map[domain.SessionID]domain.Tally{}
	for _, session := range state.VotesIn() {
		tallies[session] = sees[domain.Tally](v, domain.TallyStream(at.Dialogue, session))
	}
	return execute(v, by, domain.RecommendationStream(c.Recommendation), at.Source, at.Dialogue, func(r domain.RecommendationState) ([]domain.Event, error) {
		return r.CloseEndorsement(c, tallies)
	})
}

// DecideRecommendation settles the outcome. Which chambers passed follows from the counts. Where anybody voted no, either there are dissents or
// DissentOffered says that nobody wanted to have any on record.
type DecideRecommendation struct {
	Recommendation domain.RecommendationID `json:"recommendation"`
	Version        int                     `json:"version"`
	Outcome        domain.Outcome          `json:"outcome"`
	Dissents       []domain.Dissent        `json:"dissents,omitempty"`
	DissentOffered bool                    `json:"dissentOffered,omitempty"`
	DecidedBy      string                  `json:"decidedBy"`
}

// DecideRecommendation runs the command of that name.
func (s *Service) DecideRecommendation(ctx context.Context, by By, c DecideRecommendation) (Receipt, error) {
	if err := s.settle(ctx); err != nil {
		return Receipt{}, err
	}
	v := s.look(ctx)
	at, _ := v.recommendation(c.Recommendation)
	d := domain.RecommendationDecided{
		Recommendation: c.Recommendation, Version: c.Version, Outcome: c.Outcome, Dissents: c.Dissents, DissentOffered: c.DissentOffered, DecidedBy: c.DecidedBy,
	}
	return execute(v, by, domain.RecommendationStream(c.Recommendation), at.Source, at.Dialogue, func(r domain.RecommendationState) ([]domain.Event, error) {
		return r.Decide(d)
	})
}
