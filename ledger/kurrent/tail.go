package kurrent

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/domain"
)

// A tail follows the server's log, filtered, and counts: it is where Seq comes from. It knows where every record stands, keeps the last ones for who follows, and
// tells appends where their records came to stand. It begins at the start of the log when the ledger is opened, and after an outage where it was.
//
// It is no second truth. What it holds follows from the server's log, and every process that opens the ledger comes to the same; what a countFile keeps of it is compared
// with the log.
type tail struct {
	link  *link
	names names
	log   *slog.Logger
	file  *countFile // run's; nil if there is none, or none any more

	mu        sync.Mutex // guards what follows
	places    places
	known     uint64               // the log is known up to this position
	last      uint64               // the last event that was taken stands there
	untried   bool                 // the places are those of the file, and were not compared with the server
	anew      bool                 // they were, and were others: the file has to begin anew
	recent    []entry              // the last records; the last one has Seq places.n-1
	bytes     int                  // of Meta and Data in recent
	waiters   map[string][]*waiter // by the server's name of the stream
	truncated map[string]string    // what the server forgets of which streams, in words
	again     context.CancelFunc   // ends the subscription, for another one
	awaited   bool                 // somebody waits for grown
	grown     chan struct{}        // closed when any of this changes
	scratch   []byte               // to hash
}

// An entry is a record with its place. err says why it cannot be read.
type entry struct {
	domain.Record
	position uint64
	check    uint32
	err      error
}

// Limits of what is kept for followers.
const (
	maxRecent      = 4096
	maxRecentBytes = 16 << 20
)

func newTail(l *link, n names, file *countFile, p places) *tail {
	t := &tail{link: l, names: n, log: l.log, file: file, places: p, waiters: make(map[string][]*waiter), truncated: make(map[string]string), grown: make(chan struct{})}
	if p.n > 0 {
		t.known, _ = p.at(p.n - 1)
		t.last, t.untried = t.known, true
	}
	return t
}

// run follows the log until ctx ends.
func (t *tail) run(ctx context.Context) {
	defer t.finish()
	said := ""
	for pause := leastPause; ctx.Err() == nil; pause = min(2*pause, mostPause) {
		before := t.at()
		err := t.follow(ctx)
		if t.at() > before {
			pause, said = leastPause, ""
		}
		if ctx.Err() != nil {
			return
		}
		if kindOf(err) != lost && err.Error() != said {
			said = err.Error()
			t.log.Warn("the ledger cannot be followed", "why", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

// follow is one subscription, from where the tail is until something breaks it.
func (t *tail) follow(ctx context.Context) error {
	if err := t.link.ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_, err := with(ctx, t.link, func(c *esdb.Client) (struct{}, error) {
		t.mu.Lock()
		t.again = cancel
		from := t.known
		t.mu.Unlock()
		s, err := subscribe(ctx, c, from, t.names.filter(true))
		if err != nil {
			return struct{}{}, err
		}
		defer func() { _ = s.Close() }() // never an error
		for {
			switch m := s.Recv(); {
			case m.SubscriptionDropped != nil:
				return struct{}{}, m.SubscriptionDropped.Error
			case m.EventAppeared != nil && m.EventAppeared.Event != nil:
				t.take(m.EventAppeared.Event)
				t.save(chunkRecords)
			case m.CheckPointReached != nil:
				t.reach(m.CheckPointReached.Commit)
			}
		}
	})
	if kindOf(err) == refused && ctx.Err() == nil {
		t.link.down(nil, err) // who may not follow may do nothing: a new client is refused, or is not
	}
	return err
}

// subscribe follows $all after a position, 0 for all of it, by a filter. The server looks at so many events at a time.
func subscribe(ctx context.Context, c *esdb.Client, after uint64, filter *esdb.SubscriptionFilter) (*esdb.Subscription, error) {
	o := esdb.SubscribeToAllOptions{
		From:               esdb.Start{},
		MaxSearchWindow:    1000,
		CheckpointInterval: 1,
		Filter:             filter,
	}
	if after > 0 {
		o.From = esdb.Position{Commit: after, Prepare: after}
	}
	return c.SubscribeToAll(leader(ctx), o)
}

func (t *tail) at() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known
}
