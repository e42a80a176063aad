package readstore

import (
	"context"
	"fmt"
	"slices"

	"daybook.internal/ledger"
	"daybook.internal/projections"
)

// kept is the fold of the last step, with the documents that it has open: the next step of the same builds goes on with it, and loads only what it does not have.
type kept struct {
	fold  *projections.Fold
	group group
	at    ledger.Cursor // where the fold and the builds stand
}

// mostOpen is how many documents a fold may keep between steps: Projector.most, but for tests. Documents are about a kilobyte.
const mostOpen = 20_000

// folding gives the fold for the next step of g. Until that is committed, nothing is kept: a fold that is ahead of its builds is of no use.
func (p *Projector) folding(ctx context.Context, g group) *projections.Fold {
	last := p.kept
	p.kept = kept{}
	if last.fold != nil && last.at == g[0].at && slices.Equal(last.group, g) && last.fold.Open() < p.most {
		return last.fold
	}
	return projections.NewFold(g.views(), func(ref projections.Ref) ([]byte, error) {
		if b := g.of(ref.View); b != nil {
			return b.load(ctx, ref.Key)
		}
		return nil, fmt.Errorf("view %s is not folded here", ref.View)
	})
}
