package commands

import (
	"context"

	"daybook.internal/domain"
)

func recommendationCommands() []Command {
	return []Command{
		define("draft-recommendation", "put a recommendation on the table, with its sources", (*Service).DraftRecommendation),
		define("revise-recommendation", "bring the next version of a recommendation", (*Service).ReviseRecommendation),
		define("open-endorsement", "call the chambers to vote on a recommendation", (*Service).OpenEndorsement),
		define("close-endorsement", "take the counts of the chambers", (*Service).CloseEndorsement),
		define("decide-recommendation", "settle the outcome of a recommendation", (*Service).DecideRecommendation),
		define("supersede-recommendation", "put other recommendations in place of one", (*Service).SupersedeRecommendation),
	}
}

// DraftRecommendation puts a recommendation on the table. Dialogue is empty for a global one. A source of version 0 is taken as it stands now.
type DraftRecommendation struct {
	Edition        domain.EditionID          `json:"edition"`
	Dialogue       domain.DialogueID         `json:"dialogue,omitempty"`
	Recommendation domain.RecommendationID   `json:"recommendation"`
	Level          domain.Level              `json:"level"`
	Body           domain.Body               `json:"body"`
	Kind           domain.RecommendationKind `json:"kind"`
	Topics         []domain.TopicID          `json:"topics,omitempty"`
	Text           domain.LText              `json:"text"`
	Sources        []domain.Source           `json:"sources"`
	Editor         string                    `json:"editor"`
}

// DraftRecommendation runs the command of that name.
func (s *Service) DraftRecommendation(ctx context.Context, by By, c DraftRecommendation) (Receipt, error) {
	v := s.look(ctx)
	e := v.edition(c.Edition)
	if c.Dialogue != "" {
		if d := v.dialogue(c.Dialogue); v.err == nil && d.Registered().Edition != c.Edition {
			v.refuse(domain.Reject(domain.ErrUnknownRef, "dialogue %s belongs to edition %s", c.Dialogue, d.Registered().Edition))
		}
	}
	draft := domain.RecommendationDrafted{
		Recommendation: c.Recommendation, Level: c.Level, Body: c.Body, Kind: c.Kind, Topics: c.Topics, Text: c.Text, Editor: c.Editor,
	}
	ground := v.ground(c.Sources, nil, c.Level)
	stream := domain.RecommendationStream(c.Recommendation)
	run := func(was []domain.Source) (Receipt, error) {
		draft.Sources = asTheyStand(c.Sources, ground.Sources, was)
		return execute(v, by, stream, c.Edition, c.Dialogue, func(r domain.RecommendationState) ([]domain.Event, error) {
			return r.Draft(draft, ground, c.Dialogue, e)
		})
	}
	receipt, err := run(nil)
	if was, sent := sentBefore[domain.RecommendationDrafted](ctx, s, err, by, stream); sent {
		return run(was.Sources)
	}
	return receipt, err
}

// ReviseRecommendation brings the next version of a recommendation. An added source of version 0 is taken as it stands now.
func (s *Service) ReviseRecommendation(ctx context.Context, by By, c domain.RecommendationRevised) (Receipt, error) {
	v := s.look(ctx)
	at, r := v.recommendation(c.Recommendation)
	e := v.edition(at.Source)
	added := c.SourcesAdded
	ground := v.ground(added, r.SourcesWithout(c.SourcesRemoved), r.Level())
	stream := domain.RecommendationStream(c.Recommendation)
	run := func(was []domain.Source) (Receipt, error) {
		c.SourcesAdded = asTheyStand(added, ground.Sources, was)
		return execute(v, by, stream, at.Source, at.Dialogue, func(r domain.RecommendationState) ([]domain.Event, error) {
			return r.Revise(c, ground, at.Dialogue, e)
		})
	}
	receipt, err := run(nil)
	if was, sent := sentBefore[domain.RecommendationRevised](ctx, s, err, by, stream); sent {
		return run(was.SourcesAdded)
	}
	return receipt, err
}

// SupersedeRecommendation puts other recommendations in place of one. They stand on it.
func (s *Service) SupersedeRecommendation(ctx context.Context, by By, c domain.RecommendationSuperseded) (Receipt, error) {
	v := s.look(ctx)
	at, _ := v.recommendation(c.Recommendation)
	var others, beyond []domain.RecommendationState
	seen := map[domain.RecommendationID]bool{c.Recommendation: true}
	for i, todo := 0, c.By; i < len(todo); i++ {
		id := todo[i]
		var other domain.RecommendationState
		if !seen[id] {
			other = sees[domain.RecommendationState](v, domain.RecommendationStream(id))
			todo = append(todo[:len(todo):len(todo)], other.SupersededBy()...)
		}
		if seen[id] = true; len(seen) > maxAncestors {
			v.refuse(domain.Reject(domain.ErrCycle, "more than %d recommendations superseded one another", maxAncestors))
			break
		}
		if i < len(c.By) {
			others = append(others, other)
		} else {
			beyond = append(beyond, other)
		}
	}
	return execute(v, by, domain.RecommendationStream(c.Recommendation), at.Source, at.Dialogue, func(r domain.RecommendationState) ([]domain.Event, error) {
		return r.Supersede(c, others, beyond)
	})
}

// recommendation finds a drafted recommendation, and where it was drafted. It is not noted: the commands that ask for it write to its stream.
func (v *sight) recommendation(id domain.RecommendationID) (at domain.Meta, r domain.RecommendationState) {
	if v.err != nil {
		return at, r
	}
	stream := domain.RecommendationStream(id)
	for record, err := range v.s.Ledger.Stream(v.ctx, stream, 0) {
		if err == nil {
			at, err = domain.DecodeMeta(record.Meta)
		}
		v.err = err
		break
	}
	if v.err == nil {
		r, _, v.err = loadWith[domain.RecommendationState](v.ctx, v.s, stream)
	}
	if v.err == nil && r.Version() == 0 {
		v.refuse(domain.Reject(domain.ErrUnknownRef, "recommendation %q is not drafted", id))
	}
	return at, r
}
