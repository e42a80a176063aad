package kurrent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/ledger"
)

// A link is the way to the server: one client that has been seen to work, and another one as soon as that is lost.
//
// The client cannot be left to itself. When its server is away for longer than it tries, it stops for good and leaves callers hanging on a channel that nobody
// reads; when it connects anew, it forgets to close what it had. So nobody but run ever waits for a connection inside the client: a new client is tried out
// before anybody gets it, and the first sign that it has lost its server ends it, whatever it would do next. Closing it frees everybody who hangs in it: they panic, which
// guarded turns into an error.
type link struct {
	conf    esdb.Configuration
	log     *slog.Logger
	refused time.Duration                             // between two clients where the server refuses us; callers hear so at once
	try     func(context.Context, *esdb.Client) error // what a new client has to show
	running chan struct{}                             // holds one for each call that is inside the client, those that nobody waits for any more too
	closing chan struct{}                             // closed by Close
	stopped chan struct{}                             // closed when run has ended

	mu      sync.Mutex
	now     *client       // nil while there is none; guarded by mu, as is what follows
	refusal error         // why there is none, if trying again does not help
	trouble error         // why there is none otherwise
	changed chan struct{} // closed by the next change
}

// A client is one esdb.Client while it is good.
type client struct {
	*esdb.Client
	worked atomic.Bool // a call on it has succeeded
	once   sync.Once
	gone   chan struct{} // closed by giveUp
	why    error         // set before gone is closed
}

const (
	maxRunning   = 256                    // calls inside the client
	tryOut       = 10 * time.Second       // for a new client to show that it works
	leastPause   = 20 * time.Millisecond  // between two clients
	mostPause    = 500 * time.Millisecond // so an outage that ends is noticed within about this
	refusedPause = 5 * time.Second

	// What the client logs on the goroutine that owns its connection, between losing it and looking for another one, and where it did not get through to the
	// leader that a node has named.
	rediscovers = "starting a new discovery process"
	notLeader   = "exception when"
)

var errGone = errors.New("the client was given up")

// newLink makes a link that run has to keep. try is set before.
func newLink(conf *esdb.Configuration, log *slog.Logger, refused time.Duration) *link {
	return &link{
		conf:    *conf,
		log:     log,
		refused: cmp.Or(refused, refusedPause),
		running: make(chan struct{}, maxRunning),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
		changed: make(chan struct{}),
	}
}

// giveUp ends c: its connection is closed, and everybody inside gets an error.
func (c *client) giveUp(why error) {
	c.once.Do(func() {
		c.why = why
		close(c.gone)
		_ = c.Close() // never an error
	})
}

// run keeps a client at hand until the link is closed.
func (l *link) run() {
	defer close(l.stopped)
	var away time.Time // since when
	for pause := leastPause; ; {
		c, err := l.connect()
		switch {
		case err == nil:
			if !away.IsZero() {
				l.log.Info("the ledger's server is back", "after", time.Since(away).Round(time.Millisecond))
				away = time.Time{}
			}
			l.set(c, nil, nil)
			select {
			case <-c.gone:
			case <-l.closing:
				c.giveUp(ledger.ErrClosed)
				return
			}
			l.set(nil, nil, c.why)
			if c.worked.Load() {
				pause = leastPause
			}
			away = time.Now()
			l.log.Warn("the ledger's server is away", "why", c.why)
		case kindOf(err) == refused:
			l.refuse(fmt.Errorf("%w: %w", ErrRefused, err))
			pause = l.refused
		case errors.Is(err, ledger.ErrDamaged):
			l.refuse(err)
			pause = l.refused
		default:
			l.set(nil, nil, err)
		}
		select {
		case <-time.After(pause + rand.N(pause/2)):
		case <-l.closing:
			return
		}
		pause = min(2*pause, mostPause)
	}
}

// refuse tells callers that there will be no client as long as things are as they are.
func (l *link) refuse(why error) {
	if before, _, _ := l.state(); before == nil {
		l.log.Error("the ledger stops", "why", why)
	}
	l.set(nil, why, nil)
}

func (l *link) set(c *client, refusal, trouble error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now, l.refusal, l.trouble = c, refusal, trouble
	close(l.changed)
	l.changed = make(chan struct{})
}

// connect makes a client and tries it out.
func (l *link) connect() (*client, error) {
	c := &client{gone: make(chan struct{})}
	conf := l.conf
	conf.Logger = func(level esdb.LogLevel, format string, args ...any) {
		if format == rediscovers || strings.HasPrefix(format, notLeader) {
			c.giveUp(errors.New("its connection is lost"))
		}
	}
	var err error
	if c.Client, err = esdb.NewClient(&conf); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), tryOut)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := guarded(func() (struct{}, error) { return struct{}{}, l.try(ctx, c.Client) })
		done <- err
	}()
	select {
	case err = <-done: // also after the time is over: the client ends what it does by then, and one attempt at a time is enough
	case <-l.closing:
		err = ledger.ErrClosed
	}
	if err != nil {
		c.giveUp(err)
		return nil, err
	}
	return c, nil
}

// ready waits for a client that works.
func (l *link) ready(ctx context.Context) (*client, error) {
	for {
		l.mu.Lock()
		c, refusal, trouble, changed := l.now, l.refusal, l.trouble, l.changed
		l.mu.Unlock()
		switch {
		case l.isClosed():
			return nil, ledger.ErrClosed
		case ctx.Err() != nil:
			return nil, ended(ctx, trouble)
		case c != nil:
			return c, nil
		case refusal != nil:
			return nil, refusal
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-l.closing:
		}
	}
}

// state is why there is no client, if there is none, and a channel that is closed when that changes.
func (l *link) state() (refusal, trouble error, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusal, l.trouble, l.changed
}

func (l *link) isClosed() bool {
	select {
	case <-l.closing:
		return true
	default:
		return false
	}
}

// close ends everything and waits for run. What hangs inside a client that was being tried out ends when that client's attempt does.
func (l *link) close() {
	close(l.closing)
	<-l.stopped
}
