package commands

import (
	"context"
	"errors"
	"fmt"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// notary is who commits to views: this program, on behalf of nobody.
var notary = domain.Actor{Role: domain.Notary, Principal: "daybook"}

// CommitViews holds the documents of all views to the first c.Size records. No command that people send leads here: the notary tells it, as an import tells
// what it brings. The edition is that of the last of these records, and the command id follows from the size, so that a place is committed to once.
func (s *Service) CommitViews(ctx context.Context, c domain.ViewsCommitted) (Receipt, error) {
	edition, err := s.editionBefore(ctx, c.Size)
	if err != nil {
		return Receipt{}, err
	}
	meta := s.meta(By{Command: fmt.Sprintf("views:%d", c.Size), Actor: notary}, edition, "", domain.Ref{Stream: domain.LedgerStream, Version: c.Size})
	return executeWith(ctx, s.Ledger, &s.states, domain.ViewsStream, meta, func(v domain.CommittedViews) ([]domain.Event, error) { return v.Commit(c, c.Size) })
}

// editionBefore is the edition of the last of the first size records.
func (s *Service) editionBefore(ctx context.Context, size uint64) (domain.EditionID, error) {
	if size > 0 {
		for e, err := range s.Ledger.All(ctx, ledger.Cursor{Seq: size - 1}) {
			if errors.Is(err, ledger.ErrCursor) {
				break
			}
			if err != nil {
				return "", fmt.Errorf("commit views: %w", err)
			}
			m, err := domain.DecodeMeta(e.Meta)
			return m.Source, err
		}
	}
	return "", domain.Reject(domain.ErrUnknownRef, "the ledger does not have a last of %d records", size)
}

// LastCommitment is the latest commitment to views, nil where there is none.
func (s *Service) LastCommitment(ctx context.Context) (*domain.ViewsCommitted, error) {
	v, _, err := loadWith[domain.CommittedViews](ctx, s, domain.ViewsStream)
	return v.Last(), err
}

// settle lets whoever keeps the views commit to them before something is decided or made public that rests on them.
func (s *Service) settle(ctx context.Context) error {
	if s.Settle == nil {
		return nil
	}
	if err := s.Settle(ctx); err != nil {
		return fmt.Errorf("the views before it are not committed: %w", err)
	}
	return nil
}
