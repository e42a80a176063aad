package reactors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
)

// replays is a message.Subscriber over the parked messages of a receiver that somebody wants tried again. It looks for them now and then: whoever marks them may be another process.
type replays struct {
	*receiver
	every   time.Duration
	closing chan struct{}
	close   func()
	running sync.WaitGroup
}

var _ message.Subscriber = (*replays)(nil)

func newReplays(r *receiver, every time.Duration) *replays {
	closing := make(chan struct{})
	return &replays{receiver: r, every: every, closing: closing, close: sync.OnceFunc(func() { close(closing) })}
}

// Subscribe is that of message.Subscriber.
func (s *replays) Subscribe(ctx context.Context, _ string) (<-chan *message.Message, error) {
	out := make(chan *message.Message)
	ctx, cancel := context.WithCancel(ctx)
	s.running.Go(func() {
		defer cancel()
		select {
		case <-s.closing:
		case <-ctx.Done():
		}
	})
	s.running.Go(func() {
		defer close(out)
		defer cancel()
		for ctx.Err() == nil {
			if err := s.round(ctx, out); err != nil && ctx.Err() == nil {
				s.log.Error("parked messages could not be tried again", slog.Any("error", err))
			}
			t := time.NewTimer(s.every)
			select {
			case <-t.C:
			case <-ctx.Done():
			}
			t.Stop()
		}
	})
	return out, nil
}

// Close is that of message.Subscriber.
func (s *replays) Close() error {
	s.close()
	s.running.Wait()
	return nil
}

// round tries what is due, in the order of the ledger.
func (s *replays) round(ctx context.Context, out chan<- *message.Message) error {
	if s.stopped.Load() {
		return nil
	}
	due, err := s.state.due(ctx, s.Name, 100)
	if err != nil {
		return err
	}
	for _, t := range due {
		e, err := recordAt(ctx, s.ledger, t)
		if err != nil {
			return err
		}
		if !s.one(ctx, e, out) {
			return nil
		}
	}
	return nil
}

// one hands one message out. done is false where it was not dealt with, and comes again in the next round.
func (s *replays) one(ctx context.Context, e ledger.Entry, out chan<- *message.Message) (done bool) {
	m := leafOf(e)
	handled, cancel := context.WithCancel(feed.WithEntry(ctx, e))
	defer cancel()
	m.SetContext(handled)
	select {
	case out <- m:
	case <-ctx.Done():
		return false
	}
	select {
	case <-m.Acked():
		return true
	case <-m.Nacked():
		return false
	case <-ctx.Done():
	}
	grace := time.NewTimer(s.Within + maxRead) // for an attempt that is on its way
	defer grace.Stop()
	select {
	case <-m.Acked():
	case <-m.Nacked():
	case <-grace.C:
	}
	return false
}

// recordAt reads the record of a message that was parked.
func recordAt(ctx context.Context, l ledger.Reader, t Trouble) (ledger.Entry, error) {
	for e, err := range l.All(ctx, ledger.Cursor{Seq: t.Seq}) {
		if err == nil && (e.Seq != t.Seq || e.ID != t.Event) {
			err = fmt.Errorf("%w: record %d is %s there, and was %s", errLedger, t.Seq, e.ID, t.Event)
		}
		return e, err
	}
	return ledger.Entry{}, fmt.Errorf("%w: it has no record %d", errLedger, t.Seq)
}

// errLedger says that the state and the ledger do not belong together.
var errLedger = errors.New("the state of deliveries is that of another ledger, or the ledger was put back to an earlier day")
