package kurrent

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/ledger"
)

// All is that of ledger.Reader.
func (l *Ledger) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return l.read(ctx, after, false)
}

// Follow is that of ledger.Reader. It goes on by itself after an outage, however long, and ends with an error that waiting does not cure.
func (l *Ledger) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return l.read(ctx, after, true)
}

func (l *Ledger) read(ctx context.Context, after ledger.Cursor, follow bool) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		r := reading{l: l, ctx: ctx, follow: follow, next: after.Seq, yield: yield}
		defer r.stop()
		if err := r.run(after); err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

// A reading is one All or Follow. What stands near the head is handed over from what the tail keeps, without asking the server; what stands before that is
// fetched by a subscription of its own. Either way the next record is the one whose Seq comes next.
type reading struct {
	l      *Ledger
	ctx    context.Context
	follow bool
	next   uint64 // Seq
	end    uint64 // All ends there
	yield  func(ledger.Entry, error) bool
	fetch  *fetch
	enough bool // the receiver had enough
}

func (r *reading) run(after ledger.Cursor) error {
	if err := r.begin(after); err != nil {
		return err
	}
	for r.follow || r.next < r.end {
		if err := r.step(); err != nil || r.enough {
			return err
		}
	}
	return r.ctx.Err()
}

// begin finds the place after which the reading goes on. It can only tell one beyond the head from one that is not counted yet at the head.
func (r *reading) begin(after ledger.Cursor) (err error) {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.end, err = r.l.head(r.ctx); r.again(err) {
		return r.begin(after)
	}
	if err != nil {
		return err
	}
	t := r.l.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.places.find(after)
}

// again says whether err is nothing but the end of a patience that the reading does not have.
func (r *reading) again(err error) bool {
	return r.follow && r.ctx.Err() == nil && errors.Is(err, ErrUnreachable)
}

// step yields what there is at hand, or waits for more.
func (r *reading) step() error {
	t := r.l.tail
	t.mu.Lock()
	stopped, first := t.refuse(), t.places.n-uint64(len(t.recent))
	var page []entry
	if stopped == nil && r.next >= first && r.next < t.places.n {
		page = t.recent[r.next-first:]
		page = append([]entry(nil), page[:min(len(page), pageRecords)]...)
	}
	waits := r.next >= t.places.n
	t.mu.Unlock()
	switch {
	case stopped != nil:
		return stopped
	case len(page) > 0:
		r.stop()
		return r.give(page, true)
	case !waits:
		return r.catchUp(first)
	}
	return t.wait(r.ctx, func() bool { return t.places.n > r.next })
}

// give yields a page. Records that others are given too are copied.
func (r *reading) give(page []entry, shared bool) error {
	for _, in := range page {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if r.l.link.isClosed() {
			return ledger.ErrClosed
		}
		if in.err != nil {
			return in.err
		}
		if !r.follow && r.next == r.end {
			return nil
		}
		if shared {
			in.Meta, in.Data = bytes.Clone(in.Meta), bytes.Clone(in.Data)
		}
		r.next++
		if !r.yield(ledger.Entry{Record: in.Record, Cursor: ledger.Cursor{Seq: r.next, Token: token(in.position, in.check)}}, nil) {
			r.enough = true
			return nil
		}
	}
	return nil
}

// catchUp yields the next page of what the tail does not keep: the records below first.
func (r *reading) catchUp(first uint64) error {
	to := first
	if !r.follow {
		to = min(first, r.end)
	}
	if r.fetch == nil {
		r.fetch = r.l.fetch(r.ctx, r.next, to)
	}
	timer := time.NewTimer(r.l.patience)
	defer timer.Stop()
	select {
	case page, ok := <-r.fetch.pages:
		if ok {
			return r.give(page, false)
		}
		err := r.fetch.err
		r.stop()
		switch {
		case err == nil: // it has come to where it should
			return nil
		case r.ctx.Err() != nil:
			return r.ctx.Err()
		case kindOf(err) != lost || errors.Is(err, ledger.ErrDamaged) || errors.Is(err, ledger.ErrClosed) || errors.Is(err, ErrRefused):
			return err
		}
		return r.pause()
	case <-r.ctx.Done():
		return r.ctx.Err()
	case <-r.l.link.closing:
		return ledger.ErrClosed
	case <-timer.C:
		r.stop()
		if r.follow {
			return nil
		}
		_, _, trouble := r.l.link.state()
		return fmt.Errorf("%w (%w)", ErrUnreachable, cmp.Or(trouble, errSilent))
	}
}

var errSilent = errors.New("it sends nothing")

// pause lets the link find the server again.
func (r *reading) pause() error {
	select {
	case <-time.After(leastPause):
		return nil
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

func (r *reading) stop() {
	if r.fetch != nil {
		r.fetch.cancel()
		r.fetch = nil
	}
}

// A fetch is a subscription that brings the records of a range, page by page. Its goroutine ends when they are all there, when it is cancelled, or when something breaks it.
type fetch struct {
	pages  chan []entry // closed at the end
	err    error        // why it ended; set before pages is closed
	cancel context.CancelFunc
}

// fetch brings the records with Seq from up to but not including to, which the tail has counted.
func (l *Ledger) fetch(ctx context.Context, from, to uint64) *fetch {
	ctx, cancel := context.WithCancel(ctx)
	f := &fetch{pages: make(chan []entry, 2), cancel: cancel}
	go func() {
		defer close(f.pages)
		defer cancel()
		f.err = l.bring(ctx, from, to, f.pages)
	}()
	return f
}

func (l *Ledger) bring(ctx context.Context, from, to uint64, pages chan<- []entry) error {
	if err := l.link.ready(ctx); err != nil {
		return err
	}
	t := l.tail
	var after uint64
	if from > 0 {
		t.mu.Lock()
		after, _ = t.places.at(from - 1)
		t.mu.Unlock()
	}
	_, err := with(ctx, l.link, func(c *esdb.Client) (struct{}, error) {
		s, err := subscribe(ctx, c, after, t.names.filter(false))
		if err != nil {
			return struct{}{}, err
		}
		defer func() { _ = s.Close() }() // never an error
		var page []entry
		var scratch []byte
		bytes := 0
		for seq := from; seq < to; {
			m := s.Recv()
			if m.SubscriptionDropped != nil {
				return struct{}{}, m.SubscriptionDropped.Error
			}
			if m.EventAppeared == nil || m.EventAppeared.Event == nil || isTombstone(m.EventAppeared.Event) {
				continue
			}
			e := m.EventAppeared.Event
			var in entry
			stream, _ := t.names.stream(e.StreamID)
			in, scratch = t.entryOf(stream, e, scratch)
			in.Seq = seq
			t.mu.Lock()
			position, check := t.places.at(seq)
			t.mu.Unlock()
			if in.position != position || in.check != check {
				return struct{}{}, &ledger.DamagedError{Where: fmt.Sprintf("record %d, at position %d of the server", seq, position),
					Detail: fmt.Sprintf("%.80s@%d at position %d stands there now", in.Stream, in.Revision, in.position)}
			}
			page, bytes, seq = append(page, in), bytes+len(in.Meta)+len(in.Data), seq+1
			if len(page) == pageRecords/4 || bytes >= pageBytes || seq == to {
				select {
				case pages <- page:
				case <-ctx.Done():
					return struct{}{}, ctx.Err()
				}
				page, bytes = nil, 0
			}
		}
		return struct{}{}, nil
	})
	return err
}
