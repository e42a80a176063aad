package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Result is what a run came to.
type Result struct {
	Edition domain.EditionID `json:"edition"`
	Events  int              `json:"events"`
	Written int              `json:"written"` // of them, not there before
	Types   map[string]int   `json:"types"`   // events by type
}

// Run makes the edition in the ledger and the vault of s; their Service's clock is not asked. Run again, it finds everything there and writes nothing; a
// run that was cut off goes on where it stopped. progress is told how many events there are, and of about how many.
//
// A rejected command is a bug of the simulation, and ends it; what was done before stands in the ledger.
func Run(ctx context.Context, s *commands.Service, o Options, progress func(done, total int)) (Result, error) {
	r := Result{Edition: edition}
	if err := o.Check(); err != nil {
		return r, err
	}
	keeps, ok := s.Vault.(keeper)
	if !ok {
		return r, errors.New("this vault does not take openings with their salts, so the simulation would not be the same twice")
	}
	base, err := baseOf(ctx, s.Ledger, o)
	if err != nil {
		return r, err
	}
	gone, err := erasedSince(ctx, s.Ledger, base)
	if err != nil {
		return r, err
	}
	v := newStagingVault(keeps, o.Seed, gone)
	above, err := newStaging(ctx, s.Ledger, v, base)
	if err != nil {
		return r, err
	}
	var now domain.Time
	inner := &commands.Service{Ledger: above, Vault: v, Now: func() time.Time { return now.Std() }}
	total, n := o.Expected(), 0
	for l, err := range lines(o, above) {
		if err != nil {
			return r, err
		}
		now, n = l.At, n+1
		receipt, err := l.run(ctx, inner)
		switch {
		case err != nil:
			return r, fmt.Errorf("line %d, %s %s: %w", n, l.Name, l.ID, err)
		case len(receipt.Events) == 0:
			return r, fmt.Errorf("line %d, %s %s: it changes nothing", n, l.Name, l.ID)
		}
		if err := above.commitViews(ctx, inner, l); err != nil {
			return r, fmt.Errorf("line %d, %s %s: %w", n, l.Name, l.ID, err)
		}
		if n%500 == 0 {
			progress(above.records(), max(total, above.records()))
		}
	}
	if err := above.flush(ctx); err != nil {
		return r, err
	}
	r.Events, r.Written, r.Types = above.records(), above.written, above.types
	progress(r.Events, r.Events)
	return r, nil
}

// erasedSince is what a ledger declares erased from a place on: of an edition that was made before, whatever its script or anybody else had erased.
func erasedSince(ctx context.Context, l ledger.Ledger, base uint64) (*domain.Erased, error) {
	var gone domain.Erased
	erasures := map[string]bool{domain.TypeOf(domain.PersonalDataErased{}): true, domain.TypeOf(domain.WordsErased{}): true}
	for e, err := range l.All(ctx, ledger.Cursor{Seq: base}) {
		if err != nil {
			return nil, err
		}
		if !erasures[e.Type] {
			continue
		}
		f, err := e.Record.Decode()
		if err != nil {
			return nil, err
		}
		gone.See(f.Event)
	}
	return &gone, nil
}

// baseOf is where the edition begins: at its first record, or behind the last one of the ledger where it is not there yet.
func baseOf(ctx context.Context, l ledger.Ledger, o Options) (uint64, error) {
	_, data, err := domain.Encode(opening(o))
	if err != nil {
		return 0, err
	}
	for r, err := range l.Stream(ctx, domain.EditionStream(edition), 0) {
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(r.Data, data) {
			return 0, fmt.Errorf("%w: %s was made from other options, or by hand; take another data directory", ErrOther, edition)
		}
		return r.Seq, nil
	}
	if h, ok := l.(ledger.Header); ok {
		return h.Head(ctx)
	}
	n := uint64(0)
	for e, err := range l.All(ctx, ledger.Cursor{}) {
		if err != nil {
			return 0, err
		}
		n = e.Cursor.Seq
	}
	return n, nil
}
