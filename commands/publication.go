package commands

import (
	"context"

	"daybook.internal/domain"
)

func publicationCommands() []Command {
	return []Command{
		define("release-publication", "make files public", (*Service).ReleasePublication),
		define("correct-publication", "bring files in place of those that were wrong", (*Service).CorrectPublication),
	}
}

// ReleasePublication makes files public.
func (s *Service) ReleasePublication(ctx context.Context, by By, c domain.PublicationReleased) (Receipt, error) {
	if err := s.settle(ctx); err != nil {
		return Receipt{}, err
	}
	v := s.look(ctx)
	stream := domain.PublicationStream(c.Publication)
	e := v.edition(c.Edition)
	if c.Dialogue != "" {
		if d := v.dialogue(c.Dialogue); v.err == nil && d.Registered().Edition != c.Edition {
			v.refuse(domain.Reject(domain.ErrUnknownRef, "dialogue %s belongs to edition %s", c.Dialogue, d.Registered().Edition))
		}
	}
	was := v.sentAs(by, stream)
	head := v.position(was)
	texts := make([]domain.RecommendationState, len(c.Recommendations))
	for i, id := range c.Recommendations {
		texts[i], _ = asOf[domain.RecommendationState](v, domain.RecommendationStream(id), head)
	}
	if v.err != nil {
		return Receipt{}, v.err
	}
	m := s.meta(by, c.Edition, c.Dialogue, v.observed...)
	at := m.Time // an embargo ends after it
	if was != nil {
		at = was.Time
	}
	return executeWith(ctx, s.Ledger, &s.states, stream, m, func(p domain.Publication) ([]domain.Event, error) { return p.Release(c, e, texts, head, at) })
}

// CorrectPublication brings files in place of others.
func (s *Service) CorrectPublication(ctx context.Context, by By, c domain.PublicationCorrected) (Receipt, error) {
	v := s.look(ctx)
	stream := domain.PublicationStream(c.Publication)
	edition, dialogue := v.begun(stream)
	if v.err == nil && edition == "" {
		return Receipt{}, domain.Reject(domain.ErrUnknownRef, "publication %q is not released", c.Publication)
	}
	return execute(v, by, stream, edition, dialogue, func(p domain.Publication) ([]domain.Event, error) { return p.Correct(c) })
}
