package edge

import (
	"context"
	"net/http"
	"runtime"
	"time"
)

// Class is what sort of work a request is. Each has a gate of its own, so that no sort waits for another.
type Class int

// The classes of requests.
const (
	Free    Class = iota // goes past all gates: health, and what waits for news, which has limits of its own
	Read                 // answered from what is there
	Heavy                // folded, computed or written for this request: earlier positions, measures, tables
	Command              // one command
	File                 // a file of commands
)

// A Gate lets some requests in at once, and has some wait for it.
type Gate struct {
	Slots int           // requests that are worked on at once
	Queue int           // requests that wait for a slot; more are refused
	Wait  time.Duration // for which each waits at most
}

// Gates are what a server of this many processors has. Reads are a matter of processors, so that more at once would only be slower; commands wait for the disk, many for one write.
func Gates() map[Class]Gate {
	n := runtime.GOMAXPROCS(0)
	return map[Class]Gate{
		Read: {8 * n, 1024, 2 * time.Second}, Heavy: {4 * n, 64, 10 * time.Second},
		Command: {256, 2048, 10 * time.Second}, File: {4, 16, 10 * time.Second},
	}
}

type gates struct {
	Config
	of map[Class]*gate
}

type gate struct {
	Gate
	slots, queue chan struct{}
}

func newGates(c Config) *gates {
	g := &gates{c, map[Class]*gate{}}
	for class, one := range c.Gates {
		g.of[class] = &gate{one, make(chan struct{}, one.Slots), make(chan struct{}, one.Queue)}
	}
	return g
}

// enter waits for a slot. It is false where there is none in time, or no place to wait.
func (g *gate) enter(ctx context.Context) bool {
	select {
	case g.slots <- struct{}{}:
		return true
	default:
	}
	select {
	case g.queue <- struct{}{}:
		defer func() { <-g.queue }()
	default:
		return false
	}
	patience := time.NewTimer(g.Wait)
	defer patience.Stop()
	select {
	case g.slots <- struct{}{}:
		return true
	case <-patience.C:
	case <-ctx.Done():
	}
	return false
}

func (g *gate) leave() { <-g.slots }

// gated answers 503 where too much is asked at once. A slot is for the work, not for sending: it is free again when the answer begins, so that clients that read slowly hold none. Only
// files of commands, which work while they answer, keep theirs to the end.
func (g *gates) gated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		class := g.Class(r)
		of := g.of[class]
		if of == nil {
			next.ServeHTTP(w, r)
			return
		}
		if !of.enter(r.Context()) {
			w.Header().Set("Retry-After", "1")
			g.Problem(w, r, http.StatusServiceUnavailable, "overloaded", "more is asked of this server at once than it can do; nothing was done of this. Send it again, a command with the same id (Idempotency-Key)")
			return
		}
		if class == File {
			defer of.leave()
			next.ServeHTTP(w, r)
			return
		}
		left := false
		leave := func(int) {
			if !left {
				left = true
				of.leave()
			}
		}
		defer leave(0)
		next.ServeHTTP(&hooked{ResponseWriter: w, before: leave}, r)
	})
}
