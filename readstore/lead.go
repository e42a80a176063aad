package readstore

import (
	"context"
	"errors"
	"time"

	"daybook.internal/ledger"
)

// While a process stands by, it looks so often how far the views are.
const standByEvery = 100 * time.Millisecond

// How long Run waits before it tries again what failed because the store or the ledger was away.
const (
	shortestWait = 50 * time.Millisecond
	longestWait  = 2 * time.Second
)

// run catches up and follows, of a Shared store whenever this process is the one to.
func (p *Projector) run(ctx context.Context) error {
	work := p.keepUp
	if s, ok := p.store.(Shared); ok {
		work = func(ctx context.Context) error { return p.lead(ctx, s) }
	}
	for wait := shortestWait; ; wait = min(2*wait, longestWait) {
		before := p.Position()
		err := work(ctx)
		if ctx.Err() != nil || !IsAway(err) {
			return err
		}
		if p.away != nil {
			p.away(err)
		}
		if p.Position() > before {
			wait = shortestWait
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// IsAway tells whether what has failed may go on by itself later, as the store or the ledger is away.
func IsAway(err error) bool {
	return errors.Is(err, ErrAway) || errors.Is(err, ledger.ErrUnavailable)
}

// keepUp catches up and follows until something fails or ctx ends.
func (p *Projector) keepUp(ctx context.Context) error {
	all, err := p.catchUp(ctx, nil)
	if err == nil {
		err = p.follow(ctx, all)
	}
	return err
}

// lead stands by until this process keeps the store up, and keeps it up as long as it does.
func (p *Projector) lead(ctx context.Context, s Shared) error {
	waiting, done := context.WithCancel(ctx)
	stoodBy := make(chan struct{})
	go func() {
		defer close(stoodBy)
		p.standBy(waiting)
	}()
	leading, release, err := s.Lead(ctx)
	done()
	<-stoodBy
	if err != nil {
		return err
	}
	defer release()
	if p.led != nil {
		p.led(leading)
	}
	if err = p.keepUp(leading); leading.Err() != nil {
		return context.Cause(leading)
	}
	return err
}

// standBy tells how far the views are that another process keeps up.
func (p *Projector) standBy(ctx context.Context) {
	for {
		if builds, err := p.builds(ctx); err == nil {
			p.publish(builds)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(standByEvery):
		}
	}
}
