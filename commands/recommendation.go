package commands

import (
	"context"
	"fmt"
	"slices"

	"daybook.internal/domain"
)

func recommendationCommands() []Command {
	return []Command{
		define("draft-recommendation", "put a recommendation on the table, with its sources", (*Service).DraftRecommendation),
		define("open-endorsement", "call the chambers to vote on a recommendation", (*Service).OpenEndorsement),
		define("close-endorsement", "take the counts of the chambers", (*Service).CloseEndorsement),
		define("decide-recommendation", "settle the outcome of a recommendation", (*Service).DecideRecommendation),
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
	e, ref, err := s.edition(ctx, c.Edition)
	if err != nil {
		return Receipt{}, err
	}
	if !e.IsOpen() {
		return Receipt{}, domain.Reject(domain.ErrUnknownRef, "edition %q is not open", c.Edition)
	}
	observed := []domain.Ref{ref}
	if c.Dialogue != "" {
		d, ref, err := s.dialogue(ctx, c.Dialogue)
		if err != nil {
			return Receipt{}, err
		}
		if d.Registered().Edition != c.Edition {
			return Receipt{}, domain.Reject(domain.ErrUnknownRef, "dialogue %s belongs to edition %s", c.Dialogue, d.Registered().Edition)
		}
		observed = append(observed, ref)
	}
	sources := make([]domain.Source, len(c.Sources))
	known := make([]domain.KnownSource, len(c.Sources))
	for i, src := range c.Sources {
		if known[i], err = s.source(ctx, src.Ref.Stream); err != nil {
			return Receipt{}, err
		}
		if seen := (domain.Ref{Stream: src.Ref.Stream, Version: known[i].Version}); seen.Version > 0 && !slices.Contains(observed, seen) {
			observed = append(observed, seen)
		}
		if src.Ref.Version == 0 {
			src.Ref.Version = known[i].Version
		}
		sources[i] = src
	}
	draft := domain.RecommendationDrafted{
		Recommendation: c.Recommendation, Level: c.Level, Body: c.Body, Kind: c.Kind, Topics: c.Topics, Text: c.Text, Sources: sources, Editor: c.Editor,
	}
	stream := domain.RecommendationStream(c.Recommendation)
	run := func() (Receipt, error) {
		return executeWith(ctx, s.Ledger, &s.states, stream, s.meta(by, c.Edition, c.Dialogue, observed...),
			func(r domain.RecommendationState) ([]domain.Event, error) {
				return r.Draft(draft, known, c.Dialogue, e)
			})
	}
	receipt, err := run()
	was, sent := sentBefore[domain.RecommendationDrafted](ctx, s, err, by, stream)
	if !sent || len(was.Sources) != len(sources) {
		return receipt, err
	}
	for i, src := range c.Sources {
		if src.Ref.Version == 0 && was.Sources[i].Ref.Stream == src.Ref.Stream {
			sources[i].Ref.Version = was.Sources[i].Ref.Version
		}
	}
	return run()
}

// source looks up what the record holds of a stream that a recommendation stands on.
func (s *Service) source(ctx context.Context, stream domain.StreamID) (domain.KnownSource, error) {
	var k domain.KnownSource
	for r, err := range s.Ledger.Stream(ctx, stream, 0) {
		if err != nil {
			return k, fmt.Errorf("source %s: %w", stream, err)
		}
		if k.Version = r.Revision + 1; r.Revision > 0 {
			continue
		}
		f, err := r.Decode()
		if err != nil {
			return k, err
		}
		k.Dialogue = f.Meta.Dialogue
		if d, ok := f.Event.(domain.RecommendationDrafted); ok {
			k.Level = d.Level
		}
	}
	if k.Dialogue != "" {
		d, _, err := s.dialogue(ctx, k.Dialogue)
		if err != nil {
			return k, err
		}
		k.Place = d.Registered().Place
	}
	return k, nil
}

// OpenEndorsement calls the chambers to vote.
func (s *Service) OpenEndorsement(ctx context.Context, by By, c domain.EndorsementOpened) (Receipt, error) {
	return s.ofRecommendation(ctx, by, c.Recommendation, func(r domain.RecommendationState) ([]domain.Event, error) { return r.OpenEndorsement(c) })
}

// CloseEndorsement takes the counts of the chambers.
func (s *Service) CloseEndorsement(ctx context.Context, by By, c domain.EndorsementClosed) (Receipt, error) {
	return s.ofRecommendation(ctx, by, c.Recommendation, func(r domain.RecommendationState) ([]domain.Event, error) { return r.CloseEndorsement(c) })
}

// DecideRecommendation settles the outcome. Which chambers passed follows from the counts.
type DecideRecommendation struct {
	Recommendation domain.RecommendationID `json:"recommendation"`
	Version        int                     `json:"version"`
	Outcome        domain.Outcome          `json:"outcome"`
	Dissents       []domain.Dissent        `json:"dissents,omitempty"`
	DecidedBy      string                  `json:"decidedBy"`
}

// DecideRecommendation runs the command of that name.
func (s *Service) DecideRecommendation(ctx context.Context, by By, c DecideRecommendation) (Receipt, error) {
	d := domain.RecommendationDecided{Recommendation: c.Recommendation, Version: c.Version, Outcome: c.Outcome, Dissents: c.Dissents, DecidedBy: c.DecidedBy}
	return s.ofRecommendation(ctx, by, c.Recommendation, func(r domain.RecommendationState) ([]domain.Event, error) { return r.Decide(d) })
}

// ofRecommendation acts on a drafted recommendation, in the edition and the dialogue of its draft.
func (s *Service) ofRecommendation(ctx context.Context, by By, id domain.RecommendationID, decide func(domain.RecommendationState) ([]domain.Event, error)) (Receipt, error) {
	stream := domain.RecommendationStream(id)
	for r, err := range s.Ledger.Stream(ctx, stream, 0) {
		if err != nil {
			return Receipt{}, err
		}
		f, err := r.Decode()
		if err != nil {
			return Receipt{}, err
		}
		return executeWith(ctx, s.Ledger, &s.states, stream, s.meta(by, f.Meta.Source, f.Meta.Dialogue), decide)
	}
	return Receipt{}, domain.Reject(domain.ErrUnknownRef, "recommendation %q is not drafted", id)
}
