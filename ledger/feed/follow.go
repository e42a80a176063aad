package feed

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"daybook.internal/ledger"
)

// run waits for the position, and follows the ledger from there until ctx ends or there is no going on.
func (s *Subscriber) run(ctx context.Context, topic string, out chan<- *message.Message) error {
	log := s.Log.With(slog.String("group", s.Group), slog.String("topic", topic))
	p, err := s.take(ctx, topic, log)
	if err != nil {
		return err
	}
	k := keep(ctx, p, s.Every, s.After, log)
	defer k.end(ctx)
	for failed := 0; ctx.Err() == nil; {
		from := k.reached()
		err := s.follow(ctx, topic, from, k, out)
		if isFinal(err) {
			return where(err, k.reached())
		}
		if ctx.Err() != nil {
			break
		}
		if failed++; k.reached() != from {
			failed = 1
		}
		log.WarnContext(ctx, "the ledger could not be followed; it is tried again", slog.Uint64("after", k.reached().Seq), slog.Any("error", err))
		pause(ctx, failed, 20*s.Pause)
	}
	return nil
}

func (s *Subscriber) take(ctx context.Context, topic string, log *slog.Logger) (Position, error) {
	for n := 1; ; n++ {
		p, err := s.Positions.Take(ctx, s.Group, topic)
		if err == nil || ctx.Err() != nil || isFinal(err) {
			return p, err
		}
		log.WarnContext(ctx, "the position could not be read; it is tried again", slog.Any("error", err))
		pause(ctx, n, 20*s.Pause)
	}
}

// errEnded is what is wrong with an iterator that ends without saying why.
var errEnded = errors.New("the ledger stopped being followed without saying why")

// follow hands out the records after a place, one after the other.
func (s *Subscriber) follow(ctx context.Context, topic string, from ledger.Cursor, k *keeper, out chan<- *message.Message) error {
	for e, err := range s.Ledger.Follow(ctx, from) {
		if err != nil {
			return err
		}
		if s.Pick != nil && !s.Pick(topic, e) {
			k.passed(e.Cursor)
			continue
		}
		if !s.deliver(ctx, e, out) {
			return ctx.Err()
		}
		k.acknowledged(ctx, e.Cursor)
	}
	return errEnded
}

// deliver hands out one record until it is acknowledged. It is not, where ctx ends before.
func (s *Subscriber) deliver(ctx context.Context, e ledger.Entry, out chan<- *message.Message) (acknowledged bool) {
	for n := 1; ; n++ {
		m := s.Message(e)
		handled, done := context.WithCancel(WithEntry(ctx, e))
		m.SetContext(handled)
		select {
		case out <- m:
		case <-ctx.Done():
			done()
			return false
		}
		acknowledged, ended := s.outcome(ctx, m)
		done()
		if acknowledged || ended {
			return acknowledged
		}
		if pause(ctx, n, s.Pause); ctx.Err() != nil {
			return false
		}
	}
}

// outcome waits for what becomes of a message.
func (s *Subscriber) outcome(ctx context.Context, m *message.Message) (acknowledged, ended bool) {
	select {
	case <-m.Acked():
		return true, false
	case <-m.Nacked():
		return false, false
	case <-ctx.Done():
	}
	grace := time.NewTimer(s.Grace)
	defer grace.Stop()
	select {
	case <-m.Acked():
		return true, true
	case <-m.Nacked():
	case <-grace.C:
	}
	return false, true
}
