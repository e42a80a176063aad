// Package admin is what an operator sees of a running daybook: whether it lives, whether it is ready and why not, figures for Prometheus, and profiles of the process.
//
// The rule it keeps: nothing here tells of people. Labels are names of views, of engines and of routes, never a path, a stream or a key; what a check says of a failure
// is what the engine says of it, and stays on this address. Profiles show the memory of the process, so the address is one that strangers cannot reach.
package admin

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"daybook.internal/ledger"
	"daybook.internal/notary/publish"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/vault"
)

// Config is what there is to look at.
type Config struct {
	Ledger    Engine
	Store     readstore.Store
	Views     []projections.View // those that are kept up in Store
	Published *publish.Log       // nil: nothing is published here
	Vault     vault.Vault        // nil: there is none

	// Leads tells whether this process is the one that keeps shared views up and runs the commands; nil where nothing is shared.
	Leads func() bool

	Names   Names
	Version string // of the program

	// A daybook is not ready while views, or the published head, lack a record for longer than this. 0 is 10 seconds for views, and a minute for the head, for which
	// witnesses may be asked.
	ViewsWithin, HeadWithin time.Duration

	// Stopping ends when the server is about to stop; from then on it is not ready. nil never ends.
	Stopping context.Context

	Now func() time.Time // nil: the machine's clock
}

// Names are the kinds of the engines, as in "sqlite".
type Names struct{ Ledger, Views, Vault string }

// Engine is a ledger with what every engine offers besides.
type Engine interface {
	ledger.Ledger
	ledger.Bulk
	ledger.Header
	ledger.Versioner
}

// An Admin looks at one daybook.
type Admin struct {
	c        Config
	registry *prometheus.Registry
	appends  *prometheus.HistogramVec
	requests *prometheus.HistogramVec
	heads    heads
}

// New makes an Admin; Run keeps it knowing since when records wait.
func New(c Config) *Admin {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.ViewsWithin == 0 {
		c.ViewsWithin = 10 * time.Second
	}
	if c.HeadWithin == 0 {
		c.HeadWithin = time.Minute
	}
	if c.Stopping == nil {
		c.Stopping = context.Background()
	}
	a := &Admin{c: c}
	a.register()
	return a
}

// patience is how long a look at an engine may take.
const patience = 5 * time.Second

// every is how often the head of the ledger is looked at, and so how exactly waiting is told in seconds.
const every = time.Second

// Run looks at the head of the ledger until ctx ends.
func (a *Admin) Run(ctx context.Context) {
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		_, _ = a.head(ctx) // the checks tell of an error
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// head is the number of records of the ledger, as of now.
func (a *Admin) head(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	n, err := a.c.Ledger.Head(ctx)
	if err == nil {
		a.heads.saw(n, a.c.Now())
	}
	return n, err
}

// waiting is for how long the ledger has had records that lie behind a place; 0 where it has none.
func (a *Admin) waiting(place uint64) time.Duration {
	since, ok := a.heads.since(place)
	if !ok {
		return 0
	}
	return max(0, a.c.Now().Sub(since))
}

// position is the place that a view reflects.
func (a *Admin) position(ctx context.Context, view string) (uint64, error) {
	_, at, ok, err := a.c.Store.Served(ctx, view)
	if err == nil && !ok {
		err = errNotServed
	}
	return at.Seq, err
}

var errNotServed = errors.New("it is not served yet")

// published is the size of the published head.
func (a *Admin) published() (uint64, error) {
	head, _, err := a.c.Published.Published()
	if errors.Is(err, publish.ErrNothing) {
		err = nil
	}
	return uint64(max(0, head.Size)), err
}

// heads are the sizes of the ledger and when they were first seen.
type heads struct {
	mu   sync.Mutex
	seen []sighting // ascending in both; guarded by mu
}

type sighting struct {
	size uint64
	at   time.Time
}

// maxSeen is how many sightings are kept: over an hour of a ledger that grows all the time, and then less exactly.
const maxSeen = 4096

func (h *heads) saw(size uint64, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.seen); n > 0 && h.seen[n-1].size >= size {
		return
	}
	if len(h.seen) == maxSeen {
		kept := h.seen[:0]
		for i, s := range h.seen { // a place between two sightings waits since the later one
			if i%2 == 1 {
				kept = append(kept, s)
			}
		}
		h.seen = kept
	}
	h.seen = append(h.seen, sighting{size, at})
}

// since is when a ledger was first seen that is longer than a place.
func (h *heads) since(place uint64) (time.Time, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.seen) == 0 || h.seen[len(h.seen)-1].size <= place {
		return time.Time{}, false
	}
	low, high := 0, len(h.seen)-1
	for low < high {
		if mid := (low + high) / 2; h.seen[mid].size > place {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return h.seen[low].at, true
}
