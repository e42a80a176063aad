// Package feed hands a ledger to Watermill: a message for each record, in order, the next one only after the last one was acknowledged.
//
// The rule it keeps: nothing is left out. The position of a group moves behind a record only after its message was acknowledged, and a group has one reader at
// a time. So whoever is cut off gets again what was not saved yet, at most Config.Every messages, and then everything after it in order: at least once.
//
// It is for what goes to the outside, where a message that comes twice is recognised by its id. Decisions, the notary, views, tallies, replay and rebuilds read
// the ledger themselves: there a message that a handler skips would be a wrong result.
package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"daybook.internal/ledger"
)

// Config says what a Subscriber reads, and for whom. Ledger, Positions and Group must be there.
type Config struct {
	Ledger    ledger.Reader
	Positions Positions

	// Group is who reads: each group gets everything, whatever the others do.
	Group string

	// Pick tells which records belong to a topic; nil: all belong to every topic. Others are passed over without a message.
	Pick func(topic string, e ledger.Entry) bool

	// Message makes the message of a record; nil is Message of this package. It is called again for each delivery.
	Message func(e ledger.Entry) *message.Message

	// Every is how many acknowledged messages may stand behind the saved position, and so how many come again after a crash; 0 is 100. After is how long they may
	// stand there; 0 is a second. On Close everything is saved.
	Every int
	After time.Duration

	// Pause is the longest wait before a message that was not acknowledged comes again; 0 is a second. The first wait is 10 ms, each further one twice as long.
	Pause time.Duration

	// Grace is how long a message that is being handled when its subscription ends may still be acknowledged; 0: not at all.
	Grace time.Duration

	// Log is told why a subscription ended or stumbled; nil tells nobody.
	Log *slog.Logger
}

const firstPause = 10 * time.Millisecond

// A Subscriber is a message.Subscriber over a ledger. It is safe for concurrent use.
type Subscriber struct {
	Config

	closing chan struct{}
	close   func()
	mu      sync.Mutex     // held while running grows
	running sync.WaitGroup // subscriptions
}

var _ message.Subscriber = (*Subscriber)(nil)

// ErrClosed says that the subscriber was closed.
var ErrClosed = errors.New("the subscriber is closed")

// New makes a subscriber.
func New(c Config) (*Subscriber, error) {
	if c.Ledger == nil || c.Positions == nil || c.Group == "" {
		return nil, errors.New("a feed needs a ledger, a place for its positions, and the name of a group")
	}
	if c.Message == nil {
		c.Message = Message
	}
	if c.Every <= 0 {
		c.Every = 100
	}
	if c.After <= 0 {
		c.After = time.Second
	}
	if c.Pause <= 0 {
		c.Pause = time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	closing := make(chan struct{})
	return &Subscriber{Config: c, closing: closing, close: sync.OnceFunc(func() { close(closing) })}, nil
}

// Subscribe is that of message.Subscriber. Of several subscriptions of a group to one topic, one gets messages; the others wait until it ends, and go on where
// it stood. The channel is closed when ctx ends, when the subscriber is closed, and where there is no going on: the position is no place in this ledger, or the ledger
// is damaged or closed. Any other trouble with the ledger is logged, and reading goes on from the last acknowledged message.
func (s *Subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closing:
		return nil, ErrClosed
	default:
	}
	out := make(chan *message.Message)
	ctx, cancel := context.WithCancel(ctx)
	s.running.Add(2)
	go func() {
		defer s.running.Done()
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	go func() {
		defer s.running.Done()
		defer close(out)
		defer cancel()
		if err := s.run(ctx, topic, out); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "feed ended", slog.String("group", s.Group), slog.String("topic", topic), slog.Any("error", err))
		}
	}()
	return out, nil
}

// Close ends all subscriptions, saves where they stand, and waits until that is done. It may be called twice.
func (s *Subscriber) Close() error {
	s.mu.Lock()
	s.close()
	s.mu.Unlock()
	s.running.Wait()
	return nil
}

// isFinal tells whether trying again cannot help.
func isFinal(err error) bool {
	return errors.Is(err, ledger.ErrCursor) || errors.Is(err, ledger.ErrDamaged) || errors.Is(err, ledger.ErrClosed)
}

// pause waits before the n-th attempt at something, from 1 on: twice as long each time, up to longest. It returns early when ctx ends.
func pause(ctx context.Context, n int, longest time.Duration) {
	t := time.NewTimer(min(firstPause<<min(n-1, 20), longest))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func where(e error, at ledger.Cursor) error { return fmt.Errorf("after %d records: %w", at.Seq, e) }
