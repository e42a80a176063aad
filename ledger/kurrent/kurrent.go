// Package kurrent keeps a ledger in KurrentDB (EventStoreDB), through its client for Go (v4.2.0), which stands under supervision.
//
// The rule it keeps: every call returns by its deadline, an outage of any length ends in recovery, and what is read is dense, in order and what was written, or an error. A
// stream of the ledger is a stream of the server behind a prefix. Seq is the ordinal of a record in the server's log, counted over the streams with that
// prefix; each process counts for itself, as it follows the log. docs/kurrent.md says how to run it.
package kurrent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"golang.org/x/sync/semaphore"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// A Ledger is a daybook on a server. It is safe for concurrent use.
type Ledger struct {
	link     *link
	tail     *tail
	patience time.Duration
	gate     *semaphore.Weighted // one for each append that is on its way; all of them for a bulk append
	upToDate atomic.Bool         // the tail has come to the head once
	stop     context.CancelFunc  // ends the tail
	running  sync.WaitGroup      // the tail
	closed   sync.Once
}

// maxAppends is how many appends are on their way at a time. Others wait.
const maxAppends = 256

var (
	_ ledger.Ledger    = (*Ledger)(nil)
	_ ledger.Bulk      = (*Ledger)(nil)
	_ ledger.Ingester  = (*Ledger)(nil)
	_ ledger.Header    = (*Ledger)(nil)
	_ ledger.Versioner = (*Ledger)(nil)
)

// Open connects to the server, and returns when it has answered or refused us, when ctx ends, or when patience does. It begins to count the records that are there; calls
// that need the count wait for it (docs/kurrent.md says how long that takes).
func Open(ctx context.Context, c Config) (*Ledger, error) {
	conf, err := c.check()
	if err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Patience == 0 {
		c.Patience = 30 * time.Second
	}
	if conf.DisableTLS {
		c.Log.Warn("the connection to the ledger is not encrypted, and nobody is asked for credentials", "ledger", c)
	}
	names := c.names()
	var file *countFile
	var count places
	if c.CountFile != "" {
		if file, count, err = openCount(c.CountFile, string(names)); err != nil {
			return nil, err
		}
	}
	l := &Ledger{link: newLink(conf, c.Log, c.refusedPause), patience: c.Patience, gate: semaphore.NewWeighted(maxAppends)}
	l.tail = newTail(l.link, names, file, count)
	l.link.try = l.tail.try
	go l.link.run()
	following, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.running.Go(func() { l.tail.run(following) })
	ctx, cancel := l.patient(ctx)
	defer cancel()
	if err := l.link.ready(ctx); err != nil {
		_ = l.Close() // never an error
		return nil, fmt.Errorf("%s: %w", hidden(c.URL), err)
	}
	return l, nil
}

// Close ends the iterators and the calls that wait with ledger.ErrClosed. What the client itself still does ends within the time that its attempt to connect has
// (gossipTimeout, twice for each node). A second call does nothing.
func (l *Ledger) Close() error {
	l.closed.Do(func() {
		l.stop()
		l.link.close()
		l.running.Wait()
	})
	return nil
}

// patient is ctx with an end.
func (l *Ledger) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, l.patience, ErrUnreachable)
}

// Head is that of ledger.Header.
func (l *Ledger) Head(ctx context.Context) (uint64, error) { return l.head(ctx) }

// head asks the server where its log ends, and gives the number of records up to there or further. Patience is for who hears nothing: it does not end while
// records are counted.
func (l *Ledger) head(ctx context.Context) (n uint64, err error) {
	for before := l.tail.at(); ; {
		n, err = l.headSoon(ctx)
		now := l.tail.at()
		if !errors.Is(err, ErrUnreachable) || now == before {
			return n, err
		}
		before = now
	}
}

func (l *Ledger) headSoon(ctx context.Context) (n uint64, err error) {
	ctx, cancel := l.patient(ctx)
	defer cancel()
	end, err := call(ctx, l.link, func(ctx context.Context, c *esdb.Client) (uint64, error) { return l.tail.end(ctx, c) })
	if err != nil {
		return 0, err
	}
	err = l.tail.wait(ctx, func() bool {
		n = l.tail.places.n
		return l.tail.known >= end
	})
	switch {
	case err == nil:
		l.upToDate.Store(true)
	case ctx.Err() != nil && !l.upToDate.Load():
		err = fmt.Errorf("%w: the records that are there are being counted, %d so far", err, n)
	}
	return n, err
}

// begin sees to it that the ledger may be used, and that the tail is not far behind: an append that waited for a count of all that is there would outlast its deadline
// after it was sent.
func (l *Ledger) begin(ctx context.Context) error {
	if l.link.isClosed() {
		return ledger.ErrClosed
	}
	if !l.upToDate.Load() {
		_, err := l.head(ctx)
		return err
	}
	return l.tail.usable()
}

// end is the position of the last event on the server that the tail takes, or one that the tail has passed. It reads back from the end of the log, past what others have
// written.
func (t *tail) end(ctx context.Context, c *esdb.Client) (uint64, error) {
	var from esdb.AllPosition = esdb.End{}
	for count := uint64(1); ; count = min(16*count, 4096) {
		known := t.at()
		s, err := c.ReadAll(ctx, esdb.ReadAllOptions{From: from, Direction: esdb.Backwards}, count)
		if err != nil {
			return 0, err
		}
		n := uint64(0)
		for ; n < count; n++ {
			e, err := s.Recv()
			if isEnd(err) {
				break
			}
			if err != nil {
				s.Close()
				return 0, err
			}
			from = esdb.Position{Commit: e.Event.Position.Commit, Prepare: e.Event.Position.Prepare}
			if e.Event.Position.Commit <= known || t.names.takes(e.Event.StreamID) {
				s.Close()
				return e.Event.Position.Commit, nil
			}
		}
		s.Close()
		if n < count {
			return 0, nil // nothing of ours is there
		}
	}
}

// streamErr says what an error of the client means for a stream.
func (l *Ledger) streamErr(stream domain.StreamID, err error) error {
	if err != nil && kindOf(err) == deleted {
		return &TruncatedError{Stream: stream, Why: "it was deleted"}
	}
	return err
}
