package kurrent

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// A client is one esdb.Client, and has one user at a time.
type client struct {
	*esdb.Client
	generation uint64 // older ones are not used any more
	since      time.Time
}

func (c *client) close() { _ = c.Client.Close() } // never an error

// connect makes a client and tries it out.
func (l *link) connect() (*client, error) {
	conf := l.conf
	inner, err := esdb.NewClient(&conf)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), tryOut)
	defer cancel()
	if _, err = guarded(func() (struct{}, error) { return struct{}{}, l.try(ctx, inner) }); err != nil {
		_ = inner.Close() // never an error
		return nil, err
	}
	return &client{Client: inner}, nil
}

// take is a client that nobody else uses: one that is idle, or a new one. Few are made at a time, so that after an outage not everybody who waited comes with a
// connection of their own while the server is still finding its feet.
func (l *link) take(ctx context.Context) (*client, error) {
	for {
		l.mu.Lock()
		if !l.up {
			defer l.mu.Unlock()
			return nil, cmp.Or(l.trouble, errLost)
		}
		if n := len(l.idle); n > 0 {
			c := l.idle[n-1]
			l.idle = l.idle[:n-1]
			l.mu.Unlock()
			return c, nil
		}
		generation, freed := l.generation, l.freed
		if l.connecting < maxConnecting {
			l.connecting++
			l.mu.Unlock()
			return l.make(generation)
		}
		l.mu.Unlock()
		select {
		case <-freed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// make connects within a generation.
func (l *link) make(generation uint64) (*client, error) {
	c, err := l.connect()
	if err != nil {
		l.lost(generation, err)
	} else {
		c.generation = generation
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connecting--
	l.free()
	return c, err
}

// free tells those who wait in take. l.mu is held.
func (l *link) free() {
	close(l.freed)
	l.freed = make(chan struct{})
}

// errLost says that the server was lost between two looks at the link.
var errLost = errors.New("the connection is lost")

// give takes a client back, or closes it if it is of no use any more.
func (l *link) give(c *client) {
	c.since = time.Now()
	l.mu.Lock()
	keep := l.up && c.generation == l.generation && !l.isClosed()
	if keep {
		l.idle = append(l.idle, c)
		l.free()
	}
	l.mu.Unlock()
	if !keep {
		c.close()
	}
}

// tidy closes clients that nobody has used for a while.
func (l *link) tidy() {
	l.mu.Lock()
	n := 0
	for n < len(l.idle) && time.Since(l.idle[n].since) > idleFor { // the last one given is the first one taken
		n++
	}
	old := l.idle[:n:n]
	l.idle = l.idle[n:]
	l.mu.Unlock()
	for _, c := range old {
		c.close()
	}
}
