package readstore

import (
	"context"
	"errors"
	"time"
)

// While a process stands by, it looks so often how far the views are.
const standByEvery = 100 * time.Millisecond

// How long Run waits before it tries again what failed because the store was away.
const (
	shortestWait = 50 * time.Millisecond
	longestWait  = 2 * time.Second
)

// run catches up and follows, of a Shared store whenever this process is the one to.
func (p *Projector) run(ctx context.Context) error {
	s, ok := p.store.(Shared)
	if !ok {
		return p.keepUp(ctx)
	}
	for wait := shortestWait; ; wait = min(2*wait, longestWait) {
		before := p.Position()
		err := p.lead(ctx, s)
		if !errors.Is(err, ErrAway) || ctx.Err() != nil {
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
