package follow

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"daybook.internal/reactors/hints"
)

// stride is how far apart hints are looked at: under load there are hundreds in a second.
const stride = 10 * time.Millisecond

// followViews tells what hints tell.
func (l *Live) followViews(ctx context.Context) error {
	listener := l.Hub.Listen(nil)
	if position, ok := l.Hub.Position(); ok {
		l.views.begin(position)
	}
	now, cancel := context.WithCancel(ctx)
	cancel() // to take what is there without waiting
	for {
		hint, err := listener.Next(ctx)
		known, whole, changed := l.views.known(), l.views.isBegun(), []moved(nil) // now, as they may have been moved on by another process
		for ; err == nil; hint, err = listener.Next(now) {
			if hint.Position <= known && whole {
				continue
			}
			whole = whole && hint.From <= known
			for _, ref := range hint.Changed {
				country, err := l.places.country(ctx, ref)
				whole = whole && err == nil
				changed = append(changed, moved{ref, country})
			}
			known = hint.Position
		}
		switch {
		case ctx.Err() != nil || errors.Is(err, hints.ErrClosed):
			return nil
		case errors.Is(err, hints.ErrSlow):
			listener, whole = l.Hub.Listen(nil), false
			known, _ = l.Hub.Position()
		}
		switch {
		case !l.views.isBegun():
			l.views.begin(known)
		case whole:
			l.views.tell(known, changed)
		default:
			l.missed(ctx, known)
		}
		select { // what comes now is looked at together
		case <-time.After(min(l.Every, stride)):
		case <-ctx.Done():
			return nil
		}
	}
}

// otherPatience is how long a step may be known to be done and not be told. The projector tells it right afterwards; after so long, it was another process's.
const otherPatience = 500 * time.Millisecond

// watchOthers tells what changed where the views move on by themselves: another process keeps them up, and says where they stand. What changed, the store has to be asked.
func (l *Live) watchOthers(ctx context.Context) {
	for {
		known := l.views.known()
		if l.Projector.Await(ctx, known) != nil {
			return
		}
		position := l.Projector.Position()
		select {
		case <-time.After(otherPatience):
		case <-ctx.Done():
			return
		}
		switch {
		case !l.views.isBegun():
			l.views.begin(position)
		case l.views.known() == known:
			l.Log.DebugContext(ctx, "views were moved on by another process", slog.Uint64("position", position))
			began := time.Now()
			l.missed(ctx, position)
			select {
			case <-time.After(4 * time.Since(began)): // a fifth of the time at most
			case <-ctx.Done():
				return
			}
		}
	}
}
