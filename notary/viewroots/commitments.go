package viewroots

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A Commitment is a domain.ViewsCommitted as it stands in the ledger.
type Commitment struct {
	Seq  uint64 // of the event
	Time domain.Time
	domain.ViewsCommitted
}

// ErrNotCommitted says that nobody has committed to the views at a place.
var ErrNotCommitted = errors.New("the views are not committed to at that place")

// Commitments finds the commitments of a ledger. It remembers where they stand and reads what has come since whenever it is asked. It is
// safe for concurrent use.
type Commitments struct {
	Ledger ledger.Reader

	mu    sync.Mutex
	sizes []uint64 // by revision of domain.ViewsStream, and so ascending; guarded by mu
}

// At gives the commitment to the first size records. ErrNotCommitted where there is none.
func (c *Commitments) At(ctx context.Context, size uint64) (Commitment, error) {
	sizes, err := c.known(ctx)
	if err != nil {
		return Commitment{}, err
	}
	if i, ok := slices.BinarySearch(sizes, size); ok {
		return c.read(ctx, uint64(i))
	}
	return Commitment{}, fmt.Errorf("%w: after %d records", ErrNotCommitted, size)
}

// Last gives the latest commitment. ErrNotCommitted where there is none yet.
func (c *Commitments) Last(ctx context.Context) (Commitment, error) {
	sizes, err := c.known(ctx)
	if err != nil {
		return Commitment{}, err
	}
	if len(sizes) == 0 {
		return Commitment{}, fmt.Errorf("%w: there is no commitment yet", ErrNotCommitted)
	}
	return c.read(ctx, uint64(len(sizes))-1)
}

// After yields the commitments to more than size records, in order.
func (c *Commitments) After(ctx context.Context, size uint64) iter.Seq2[Commitment, error] {
	return func(yield func(Commitment, error) bool) {
		sizes, err := c.known(ctx)
		if err != nil {
			yield(Commitment{}, err)
			return
		}
		from, found := slices.BinarySearch(sizes, size)
		if found {
			from++
		}
		for r, err := range c.Ledger.Stream(ctx, domain.ViewsStream, uint64(from)) {
			var at Commitment
			if err == nil {
				at, err = commitmentIn(r)
			}
			if !yield(at, err) || err != nil {
				return
			}
		}
	}
}

// known is what is remembered, with what has come since.
func (c *Commitments) known(ctx context.Context) ([]uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for r, err := range c.Ledger.Stream(ctx, domain.ViewsStream, uint64(len(c.sizes))) {
		if err != nil {
			return nil, fmt.Errorf("commitments to the views: %w", err)
		}
		at, err := commitmentIn(r)
		if err != nil {
			return nil, err
		}
		if n := len(c.sizes); n > 0 && c.sizes[n-1] >= at.Size {
			return nil, fmt.Errorf("commitments to the views: record %d goes back to %d records", r.Seq, at.Size)
		}
		c.sizes = append(c.sizes, at.Size)
	}
	return c.sizes[:len(c.sizes):len(c.sizes)], nil
}

func (c *Commitments) read(ctx context.Context, revision uint64) (Commitment, error) {
	for r, err := range c.Ledger.Stream(ctx, domain.ViewsStream, revision) {
		if err != nil {
			return Commitment{}, fmt.Errorf("commitments to the views: %w", err)
		}
		return commitmentIn(r)
	}
	return Commitment{}, fmt.Errorf("commitments to the views: revision %d of %s is gone", revision, domain.ViewsStream)
}

func commitmentIn(r domain.Record) (Commitment, error) {
	f, err := r.Decode()
	if err != nil {
		return Commitment{}, fmt.Errorf("commitments to the views: %w", err)
	}
	e, ok := f.Event.(domain.ViewsCommitted)
	if !ok {
		return Commitment{}, fmt.Errorf("commitments to the views: record %d is a %s", r.Seq, r.Type)
	}
	return Commitment{f.Seq, f.Meta.Time, e}, nil
}
