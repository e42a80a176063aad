package kurrent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/ledger"
)

// A link is the way to the server: a pool of clients while the server is there, and one attempt after the other to find it again while it is not.
//
// The client cannot be left to itself, nor shared. When its server is away for longer than it tries, it stops for good and leaves all its callers but one hanging on a
// channel that nobody reads; when it connects anew, it forgets to close what it had. Neither can happen to a client that has one call at a time and is closed, when that
// call has ended, at the first sign that its server is lost. So a client here is what a connection is in a pool of a database.
type link struct {
	conf    esdb.Configuration
	log     *slog.Logger
	try     func(context.Context, *esdb.Client) error // what a new client has to show
	refused time.Duration                             // between two attempts where the server refuses us; callers hear so at once
	calls   chan struct{}                             // holds one for each call on its way, those that nobody waits for any more too
	closing chan struct{}                             // closed by close
	stopped chan struct{}                             // closed when run has ended

	mu         sync.Mutex
	up         bool // clients may be used and made; guarded by mu, as is what follows
	generation uint64
	worked     bool // some call has succeeded in this generation
	idle       []*client
	connecting int           // how many are being made
	freed      chan struct{} // closed when a client may be taken or made that could not before
	refusal    error         // why the link is down, if trying again does not help
	trouble    error         // why it is down otherwise
	changed    chan struct{} // closed by the next change
}

const (
	maxCalls      = 64 // and so many connections, besides those of subscriptions
	maxConnecting = 2
	tryOut        = 10 * time.Second       // for a new client to show that it works
	leastPause    = 20 * time.Millisecond  // between two attempts
	mostPause     = 500 * time.Millisecond // so an outage that ends is noticed within about this
	refusedPause  = 5 * time.Second
	idleFor       = time.Minute // then a client is closed
)

// newLink makes a link that run has to keep. try is set before.
func newLink(conf *esdb.Configuration, log *slog.Logger, refused time.Duration) *link {
	l := &link{
		conf:    *conf,
		log:     log,
		refused: cmp.Or(refused, refusedPause),
		calls:   make(chan struct{}, maxCalls),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
		changed: make(chan struct{}),
		freed:   make(chan struct{}),
	}
	l.conf.Logger = esdb.NoopLogging() // what it has to say, its errors say
	return l
}

// run finds the server, and again whenever it is lost, until the link is closed.
func (l *link) run() {
	defer close(l.stopped)
	for pause := leastPause; ; pause = min(2*pause, mostPause) {
		found := make(chan error, 1) // so that the attempt may outlast the link: it ends when the client's does
		go func() {
			c, err := l.connect()
			if err == nil {
				l.found(c)
			}
			found <- err
		}()
		select {
		case err := <-found:
			switch {
			case err == nil:
				if l.whileUp() {
					pause = leastPause
				}
			case kindOf(err) == refused:
				l.down(fmt.Errorf("%w: %w", ErrRefused, err), nil)
				pause = l.refused
			case errors.Is(err, ledger.ErrDamaged):
				l.down(err, nil)
				pause = l.refused
			default:
				l.down(nil, err)
			}
		case <-l.closing:
		}
		select {
		case <-time.After(pause + rand.N(pause/2)):
		case <-l.closing:
			return
		}
	}
}

// whileUp returns when the link is down or closed, and says whether it was of use.
func (l *link) whileUp() bool {
	tidy := time.NewTicker(idleFor / 2)
	defer tidy.Stop()
	for {
		l.mu.Lock()
		up, worked, changed := l.up, l.worked, l.changed
		l.mu.Unlock()
		if !up {
			return worked
		}
		select {
		case <-changed:
		case <-l.closing:
			return worked
		case <-tidy.C:
			l.tidy()
		}
	}
}

// found takes the link up with its first client.
func (l *link) found(c *client) {
	l.mu.Lock()
	if !l.fine() {
		l.log.Info("the ledger's server is back")
	}
	l.generation++
	l.up, l.worked, l.refusal, l.trouble = true, false, nil, nil
	c.generation = l.generation
	l.change()
	l.mu.Unlock()
	l.give(c)
}

// fine tells whether nothing is wrong that was said before. l.mu is held.
func (l *link) fine() bool { return l.refusal == nil && l.trouble == nil }

// lost takes the link down, if a client of its generation says so.
func (l *link) lost(generation uint64, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.up && generation == l.generation {
		l.drop(nil, why)
	}
}

// down takes the link down.
func (l *link) down(refusal, trouble error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(refusal, trouble)
}

// drop takes the link down, and closes what is idle. What is in use is closed by its user. l.mu is held.
func (l *link) drop(refusal, trouble error) {
	switch was := l.refusal; {
	case l.isClosed():
	case refusal != nil && (was == nil || was.Error() != refusal.Error()):
		l.log.Error("the ledger stops", "why", refusal)
	case refusal == nil && (l.up || l.fine()):
		l.log.Warn("the ledger's server is away", "why", trouble)
	}
	l.up, l.refusal, l.trouble = false, refusal, trouble
	for _, c := range l.idle {
		c.close() // which waits for nothing
	}
	l.idle = nil
	l.change()
}

// change tells those who wait. l.mu is held.
func (l *link) change() {
	close(l.changed)
	l.changed = make(chan struct{})
	l.free()
}

// ready waits until the server is there.
func (l *link) ready(ctx context.Context) error {
	for {
		l.mu.Lock()
		up, refusal, trouble, changed := l.up, l.refusal, l.trouble, l.changed
		l.mu.Unlock()
		switch {
		case l.isClosed():
			return ledger.ErrClosed
		case ctx.Err() != nil:
			return ended(ctx, trouble)
		case up:
			return nil
		case refusal != nil:
			return refusal
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-l.closing:
		}
	}
}

// state is a channel that is closed when the link changes, and why it is down, if it is.
func (l *link) state() (changed <-chan struct{}, refusal, trouble error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed, l.refusal, l.trouble
}

func (l *link) isClosed() bool {
	select {
	case <-l.closing:
		return true
	default:
		return false
	}
}

// close ends everything and waits for run. A client that is in use is closed when its call has ended, and an attempt to connect ends when the client's does.
func (l *link) close() {
	close(l.closing)
	<-l.stopped
	l.down(ledger.ErrClosed, nil)
}
