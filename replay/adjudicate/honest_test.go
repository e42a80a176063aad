package adjudicate_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay/adjudicate"
)

// Whatever is let go of, an honest record has no violation.
func TestHonest(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]record{"small": small(), "tiny": tiny()} {
		for _, limit := range []int{0, 1, 40} {
			require.Empty(t, violations(t, r, adjudicate.Options{Streams: limit}), "%s, %d streams", name, limit)
		}
	}
}

// One event at a time is the same as a batch.
func TestJudge(t *testing.T) {
	t.Parallel()
	r := tiny()
	c := adjudicate.New(r, adjudicate.Options{})
	for _, f := range r.facts(t) {
		require.NoError(t, c.Judge(context.Background(), f))
	}
	require.Error(t, c.Judge(context.Background(), r.facts(t)[0]), "it stands elsewhere")
}

// What cannot be read again is no verdict, and what is another record now is none either.
func TestUndecided(t *testing.T) {
	t.Parallel()
	lost := errors.New("lost")
	judge := func(p past) error {
		c := adjudicate.New(p, adjudicate.Options{Streams: 1})
		return c.Try(context.Background(), c.Prepare(tiny().facts(t)), func(v *adjudicate.Violation) { require.NoError(t, v) })
	}
	require.NoError(t, judge(tiny().Record))
	require.ErrorIs(t, judge(func(context.Context, uint64) (domain.Record, error) { return domain.Record{}, lost }), lost)
	require.ErrorContains(t, judge(func(ctx context.Context, seq uint64) (domain.Record, error) { return tiny().Record(ctx, seq/2) }), "again")
	require.ErrorContains(t, judge(func(ctx context.Context, seq uint64) (domain.Record, error) {
		r, err := tiny().Record(ctx, seq/2)
		r.Seq = seq
		return r, err
	}), "it stands in")
	require.ErrorContains(t, judge(func(ctx context.Context, seq uint64) (domain.Record, error) {
		r, err := tiny().Record(ctx, seq)
		r.Data = nil
		return r, err
	}), "canonical")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := adjudicate.New(tiny(), adjudicate.Options{Streams: 1})
	require.ErrorIs(t, c.Try(ctx, c.Prepare(tiny().facts(t)), func(*adjudicate.Violation) {}), context.Canceled)
}

// past is a Past by a function.
type past func(ctx context.Context, seq uint64) (domain.Record, error)

// Record is that of adjudicate.Past.
func (p past) Record(ctx context.Context, seq uint64) (domain.Record, error) { return p(ctx, seq) }

// Batches are prepared by many while others are judged, and while somebody folds the same facts.
func TestPrepareBesides(t *testing.T) {
	t.Parallel()
	r := tiny()
	facts := r.facts(t)
	c := adjudicate.New(r, adjudicate.Options{Streams: 4})
	queue := make(chan chan adjudicate.Batch, 8)
	var all sync.WaitGroup
	all.Go(func() {
		defer close(queue)
		for len(facts) > 0 {
			n := min(len(facts), 64)
			chunk, answer := facts[:n], make(chan adjudicate.Batch, 1)
			facts = facts[n:]
			queue <- answer
			all.Go(func() { answer <- c.Prepare(chunk) })
			all.Go(func() {
				var statement domain.Statement
				for _, f := range chunk {
					statement = statement.Evolve(f.Event)
				}
			})
		}
	})
	for answer := range queue {
		require.NoError(t, c.Try(context.Background(), <-answer, func(v *adjudicate.Violation) { require.NoError(t, v) }))
	}
	all.Wait()
}
