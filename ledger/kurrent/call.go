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

// call makes a call when the server is there, and again where its answer was lost, until there is one or ctx is over. It returns by then, whatever the
// client does: the call runs on a goroutine of its own, which is left behind with the context that it has. At most maxCalls are on their way at a time, left
// behind or not; who comes then waits. What f makes belongs to the caller only when call returns it.
func call[T any](ctx context.Context, l *link, f func(context.Context, *esdb.Client) (T, error)) (T, error) {
	var zero T
	for pause := leastPause; ; pause = min(2*pause, mostPause) {
		if err := l.ready(ctx); err != nil {
			return zero, err
		}
		v, err := run(ctx, l, f)
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

// run makes one call.
func run[T any](ctx context.Context, l *link, f func(context.Context, *esdb.Client) (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	select {
	case l.calls <- struct{}{}:
	case <-ctx.Done():
		return answer{}.v, context.Cause(ctx)
	case <-l.closing:
		return answer{}.v, ledger.ErrClosed
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { <-l.calls }()
		v, err := with(ctx, l, func(c *esdb.Client) (T, error) { return f(leader(ctx), c) })
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

// with lends f a client, and looks at the error for what it says about the server.
func with[T any](ctx context.Context, l *link, f func(*esdb.Client) (T, error)) (v T, err error) {
	c, err := l.take(ctx)
	if err != nil {
		return v, err
	}
	defer l.give(c)
	if v, err = guarded(func() (T, error) { return f(c.Client) }); err == nil {
		l.mu.Lock()
		l.worked = true
		l.mu.Unlock()
	}
	code, _ := statusOf(err)
	var e *esdb.Error
	switch {
	case code == codes.Unavailable, code == codes.Unauthenticated, errors.As(err, &e) && e.Code() == esdb.ErrorCodeConnectionClosed:
		l.lost(c.generation, err) // a connection would come back by itself, but to whom is only seen when a new client is tried out
	case errors.Is(err, errPanicked), errors.As(err, &e) && e.Code() == esdb.ErrorCodeUnknown:
		c.generation = 0 // it may be out of step with its server
	}
	return v, err
}

// guarded turns the panics that the client is known for into errors: it has some for answers that it does not expect.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case error:
			err = fmt.Errorf("%w: %w", errPanicked, p)
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
