package simulate

import (
	"context"

	"daybook.internal/commands"
	"daybook.internal/ledger"
)

// commitViews commits to the views after a line that closes something: a milestone, or the certificate of a dialogue. The time is that of the line. Where the
// ledger below has more than what was simulated so far, everything that this run would commit to is there already, or somebody else has written in
// between, and positions here are not those of the ledger: then nothing is committed to.
func (s *staging) commitViews(ctx context.Context, service *commands.Service, l Line) error {
	if l.Name != "reach-milestone" && l.Name != "certify-dialogue" {
		return nil
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	for _, err := range s.below.All(ctx, ledger.Cursor{Seq: s.position()}) {
		return err
	}
	last, err := service.LastCommitment(ctx)
	if err != nil {
		return err
	}
	c := s.roots.Commitment(last)
	if c == nil {
		return nil
	}
	_, err = service.CommitViews(ctx, *c)
	return err
}
