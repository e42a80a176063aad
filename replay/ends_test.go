package replay_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// goroutines waits until there are no more than n of them.
func goroutines(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), n, buf[:runtime.Stack(buf, true)])
		}
	}
}

// endless yields records until somebody has enough, or ctx ends.
func endless(ctx context.Context, ended *atomic.Bool) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		defer ended.Store(true)
		model := long()[len(long())-1]
		for i, r := 0, model; ; i++ {
			if ctx.Err() != nil {
				yield(domain.Record{}, ctx.Err())
				return
			}
			if i < len(long()) {
				r = long()[i]
			} else {
				r.Seq, r.Revision = uint64(i), r.Revision+1
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Not parallel: it counts goroutines.
func TestEndsLeaveNothingBehind(t *testing.T) {
	long()
	before := runtime.NumGoroutine()
	for name, c := range map[string]func(ctx context.Context, cancel func(), s iter.Seq2[domain.Record, error]) error{
		"break at once": func(ctx context.Context, _ func(), s iter.Seq2[domain.Record, error]) error {
			for range replay.Facts(ctx, s) {
				break
			}
			return nil
		},
		"break later": func(ctx context.Context, _ func(), s iter.Seq2[domain.Record, error]) error {
			n := 0
			for facts, err := range replay.Facts(ctx, s) {
				if n += len(facts); n > 5000 || err != nil {
					return err
				}
			}
			return errors.New("it has ended by itself")
		},
		"a panic of the receiver": func(ctx context.Context, _ func(), s iter.Seq2[domain.Record, error]) (err error) {
			defer func() { recover() }()
			for range replay.Facts(ctx, s) {
				panic("enough")
			}
			return nil
		},
		"cancelled while folding": func(ctx context.Context, cancel func(), s iter.Seq2[domain.Record, error]) error {
			n, failures := 0, 0
			for facts, err := range replay.Facts(ctx, s) {
				if n += len(facts); n > 3000 {
					cancel()
				}
				if err != nil {
					failures++
				}
				if err != nil && !errors.Is(err, context.Canceled) {
					return err
				}
			}
			if failures != 1 {
				return fmt.Errorf("%d errors", failures)
			}
			return nil
		},
		"cancelled before": func(ctx context.Context, cancel func(), s iter.Seq2[domain.Record, error]) error {
			cancel()
			_, err := replay.Run(ctx, s, replay.Served{}, replay.Head, nil)
			if !errors.Is(err, context.Canceled) {
				return fmt.Errorf("not cancelled: %w", err)
			}
			return nil
		},
		"cancelled by progress": func(ctx context.Context, cancel func(), s iter.Seq2[domain.Record, error]) error {
			_, err := replay.Run(ctx, s, replay.Served{}, replay.Head, func(n uint64) {
				if n > 2000 {
					cancel()
				}
			})
			if !errors.Is(err, context.Canceled) {
				return fmt.Errorf("not cancelled: %w", err)
			}
			return nil
		},
		"a place within": func(ctx context.Context, _ func(), s iter.Seq2[domain.Record, error]) error {
			_, n, err := replay.Rebuild(ctx, s, projections.All(), 700)
			if n != 700 {
				return fmt.Errorf("%d records", n)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var ended atomic.Bool
			require.NoError(t, c(ctx, cancel, endless(ctx, &ended)))
			require.True(t, ended.Load(), "the source was let go")
			goroutines(t, before+1) // that of this subtest
		})
	}
}

// A source that waits for its own network ends with its context, too.
func TestCancelWhileTheSourceWaits(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	waiting := make(chan struct{})
	go func() {
		<-waiting
		cancel()
	}()
	_, _, err := replay.Rebuild(ctx, func(yield func(domain.Record, error) bool) {
		if yield(honest().records[0], nil) {
			close(waiting)
			<-ctx.Done()
			yield(domain.Record{}, ctx.Err())
		}
	}, projections.All(), replay.Head)
	require.ErrorIs(t, err, context.Canceled)
}
