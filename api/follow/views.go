package follow

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"daybook.internal/projections"
	"daybook.internal/reactors/hints"
	"daybook.internal/readstore"
)

// stride is how far apart hints are looked at: under load there are hundreds in a second.
const stride = 10 * time.Millisecond

// followViews tells what hints tell.
func (l *Live) followViews(ctx context.Context) error {
	at, listener := places{store: l.Store}, l.Hub.Listen(nil)
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
				country, err := at.country(ctx, ref)
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
			l.views.lost(known)
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

// watchOthers says that something changed where the views move on by themselves: another process keeps them up, and says where they stand, but not what changed.
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
			l.views.lost(position)
		}
	}
}

// places knows in which country dialogues and conversations take place. That never changes, so each is read once.
type places struct {
	store readstore.Store
	of    map[projections.Ref]string
}

// country is the country that a document belongs to; empty where it belongs to none. The error says that it is not known now.
func (p *places) country(ctx context.Context, ref projections.Ref) (string, error) {
	first, _, _ := strings.Cut(ref.Key, "/")
	var at projections.Ref
	switch located[ref.View] {
	case "place":
		return ref.Key, nil
	case "dialogue":
		at = projections.Ref{View: projections.Dialogue.Name, Key: first}
	case "conversation":
		at = projections.Ref{View: projections.Conversation.Name, Key: first}
	default:
		return "", nil
	}
	if place, ok := p.of[at]; ok {
		return place, nil
	}
	d, err := p.store.Get(ctx, at)
	if errors.Is(err, readstore.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var frame struct {
		Place string `json:"place"`
	}
	if err := json.Unmarshal(d.Data, &frame); err != nil {
		return "", err
	}
	if frame.Place != "" { // otherwise it is asked again the next time
		if p.of == nil {
			p.of = map[projections.Ref]string{}
		}
		p.of[at] = frame.Place
	}
	return frame.Place, nil
}
