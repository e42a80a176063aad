package kurrent

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Append is that of ledger.Appender. It is one append of the server, which the server makes as a whole or not at all, and tries again, as often as there is
// time, where the answer was lost: the server knows its events again by their ids. Then it waits until the tail has counted them, which gives Seq, and
// shows what the server has taken for the same: ids alone, where a ledger looks at Type and Data too.
//
// Where the context ends after the append was sent, the error is an *UnknownError. The server limits an append as a whole, by default to 1 MiB up to version 25.0.
func (l *Ledger) Append(ctx context.Context, stream domain.StreamID, version uint64, drafts ...ledger.Draft) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	a, err := l.appending(stream, version, drafts)
	if err != nil {
		return 0, err
	}
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	ctx, cancel := l.patient(ctx)
	defer cancel()
	if err := l.gate.Acquire(ctx, 1); err != nil {
		return 0, context.Cause(ctx)
	}
	a.stay = newStay(func() { l.gate.Release(1) })
	defer a.stay.leave()
	seq, _, err := a.do(ctx)
	return seq, err
}

// An appending is one append on its way.
type appending struct {
	l       *Ledger
	stream  domain.StreamID
	version uint64
	drafts  []ledger.Draft   // the caller's
	events  []esdb.EventData // ours, so that a call that nobody waits for any more may still read them
	stay    *stay            // in the ledger's gate
	sent    atomic.Bool      // some call has begun
	unsure  atomic.Bool      // some call has ended without an answer
}

func (l *Ledger) appending(stream domain.StreamID, version uint64, drafts []ledger.Draft) (*appending, error) {
	events, err := toEvents(stream, drafts)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(l.tail.names.of(stream), "$") {
		return nil, fmt.Errorf("append to %.80s: streams that begin with $ belong to the server", stream)
	}
	if version > math.MaxInt64 {
		return nil, fmt.Errorf("append to %.80s: no stream has %d events", stream, version)
	}
	return &appending{l: l, stream: stream, version: version, drafts: drafts, events: events}, nil
}

// A stay lasts until the caller of an append has left, and every call that it made: one that nobody waits for any more may still append.
type stay struct {
	inside atomic.Int32
	end    func()
}

func newStay(end func()) *stay {
	s := &stay{end: end}
	s.inside.Store(1)
	return s
}

// enter is false when all have left.
func (s *stay) enter() bool {
	for {
		n := s.inside.Load()
		if n == 0 || s.inside.CompareAndSwap(n, n+1) {
			return n > 0
		}
	}
}

func (s *stay) leave() {
	if s.inside.Add(-1) == 0 {
		s.end()
	}
}

// do appends, and says whether the records were counted meanwhile or were there before. The ledger has begun.
func (a *appending) do(ctx context.Context) (seq uint64, written bool, err error) {
	for {
		seq, written, again, err := a.try(ctx)
		switch {
		case err != nil:
			return 0, false, a.outcome(ctx, err)
		case !again:
			return seq, written, nil
		}
		select { // the stream moves under us, which ends at the next try or the one after
		case <-time.After(leastPause):
		case <-ctx.Done():
			return 0, false, a.outcome(ctx, ended(ctx, nil))
		}
	}
}

// outcome is the error of an append: what it says about the ledger holds.
func (a *appending) outcome(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, ledger.ErrConflict), errors.Is(err, ledger.ErrDamaged):
		return err
	case a.unsure.Load(), a.sent.Load() && (ctx.Err() != nil || errors.Is(err, ledger.ErrClosed)):
		return &UnknownError{a.stream, err}
	}
	return err
}

// maxEarly is how often in a row the server may end an append before it has read it. Once may be an outage.
const maxEarly = 5

// try makes one append, which is many calls where the answer is lost.
func (a *appending) try(ctx context.Context) (seq uint64, written, again bool, err error) {
	t := a.l.tail
	w := t.expect(a.stream, a.version, len(a.drafts))
	defer t.forget(w)
	o := esdb.AppendToStreamOptions{ExpectedRevision: esdb.NoStream{}}
	if a.version > 0 {
		o.ExpectedRevision = esdb.Revision(a.version - 1)
	}
	early := 0
	result, err := call(ctx, a.l.link, func(ctx context.Context, c *esdb.Client) (*esdb.WriteResult, error) {
		if !a.stay.enter() {
			return nil, context.Cause(ctx)
		}
		defer a.stay.leave()
		a.sent.Store(true) // before the look at ctx: who is gone by then has either seen it, or nothing is sent
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		result, err := c.AppendToStream(ctx, w.stream, o, a.events...)
		if err != nil && kindOf(err) == lost {
			a.unsure.Store(true)
			if early++; endedEarly(err) && early >= maxEarly {
				err = fmt.Errorf("%w: %w", errEndedEarly, err)
			}
		}
		return result, err
	})
	switch {
	case err == nil:
	case kindOf(err) == conflict:
		return a.found(ctx)
	default:
		return 0, false, false, a.l.streamErr(a.stream, err)
	}
	a.unsure.Store(true) // until we know where it stands
	if last := a.version + uint64(len(a.drafts)) - 1; result.NextExpectedVersion != last {
		return 0, false, false, &ledger.DamagedError{Where: fmt.Sprintf("stream %.80s", a.stream),
			Detail: fmt.Sprintf("the server appended up to revision %d where %d follows: the stream was deleted before", result.NextExpectedVersion, last)}
	}
	seen, err := t.settle(ctx, w, result.CommitPosition)
	switch {
	case err != nil:
		return 0, false, false, err
	case seen == nil:
		return a.found(ctx)
	}
	for i, in := range seen {
		if in.err != nil || !same(a.drafts[i], in.Record) || in.Seq != seen[0].Seq+uint64(i) {
			return a.found(ctx) // another process has appended them meanwhile, or others
		}
	}
	return seen[0].Seq, true, false, nil
}

// found looks what the stream has where the drafts should stand: the same ones, or others. again is true if there is nothing, as the stream has grown just to there.
func (a *appending) found(ctx context.Context) (seq uint64, written, again bool, err error) {
	n := uint64(len(a.drafts))
	actual, err := a.l.version(ctx, a.stream)
	if err != nil {
		return 0, false, false, err
	}
	if actual == a.version {
		return 0, false, true, nil
	}
	differs := &ledger.ConflictError{Stream: a.stream, Expected: a.version, Actual: actual}
	if actual < a.version+n {
		return 0, false, false, differs
	}
	i := 0
	for from := a.version; i < len(a.drafts); {
		page, err := a.l.page(ctx, a.stream, from, n-uint64(i))
		if err != nil {
			return 0, false, false, err
		}
		if len(page) == 0 {
			return 0, false, false, lacks(a.stream, from)
		}
		for _, in := range page {
			if in.Revision != from {
				return 0, false, false, lacks(a.stream, from)
			}
			if in.err != nil {
				return 0, false, false, in.err
			}
			if !same(a.drafts[i], in.Record) {
				return 0, false, false, differs
			}
			if i == 0 {
				if seq, err = a.l.seqOf(ctx, in); err != nil {
					return 0, false, false, err
				}
			}
			i, from = i+1, from+1
		}
	}
	return seq, false, false, nil
}
