package kurrent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"daybook.internal/ledger"
)

// call makes a call on a client that works, and again on the next one where it was lost, until there is an answer or ctx is over. It returns by then, whatever the
// client does: the call runs on a goroutine of its own, which is left behind with the context that it has. At most maxRunning are inside the client at a time, left
// behind or not; who comes then waits. What f makes belongs to the caller only when call returns it.
func call[T any](ctx context.Context, l *link, f func(context.Context, *esdb.Client) (T, error)) (T, error) {
	var zero T
	for pause := leastPause; ; pause = min(2*pause, mostPause) {
		c, err := l.ready(ctx)
		if err != nil {
			return zero, err
		}
		v, err := run(ctx, l, c, f)
		switch {
		case err == nil:
			return v, nil
		case ctx.Err() != nil:
			return zero, ended(ctx, err)
		case l.isClosed():
			return zero, ledger.ErrClosed
		}
		switch kindOf(err) {
		case lost:
		case refused:
			return zero, fmt.Errorf("%w: %w", ErrRefused, err)
		default:
			return zero, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return zero, ended(ctx, err)
		case <-l.closing:
			return zero, ledger.ErrClosed
		}
	}
}

// run makes one call on c.
func run[T any](ctx context.Context, l *link, c *client, f func(context.Context, *esdb.Client) (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	select {
	case l.running <- struct{}{}:
	case <-ctx.Done():
		return answer{}.v, context.Cause(ctx)
	case <-l.closing:
		return answer{}.v, ledger.ErrClosed
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { <-l.running }()
		v, err := guarded(func() (T, error) { return f(leader(ctx), c.Client) })
		if err == nil {
			c.worked.Store(true)
		} else {
			c.heard(err)
		}
		done <- answer{v, err}
	}()
	select {
	case a := <-done:
		return a.v, a.err
	case <-ctx.Done():
		return answer{}.v, context.Cause(ctx)
	case <-l.closing:
		return answer{}.v, ledger.ErrClosed
	}
}

// heard ends c where err says that its connection is lost or that we are not known any more: the connection would come back by itself, but to whom is only seen when a new client
// is tried out.
func (c *client) heard(err error) {
	code, _ := statusOf(err)
	var e *esdb.Error
	if errors.Is(err, errGone) || code == codes.Unavailable || code == codes.Unauthenticated || (errors.As(err, &e) && e.Code() == esdb.ErrorCodeConnectionClosed) {
		c.giveUp(err)
	}
}

// guarded turns the panics that the client is known for into errors: a send on the channel of a client that was closed, and answers that it does not expect.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case error:
			if err = fmt.Errorf("%w: %w", errPanicked, p); p.Error() == "send on closed channel" {
				err = errGone
			}
		default:
			err = fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	return f()
}

var errPanicked = errors.New("the client panicked")

// leader asks for the leader's answer: other nodes may not know yet what was acknowledged. The client has an option for it that it sends nowhere.
func leader(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "requires-leader", "true")
}
