package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// Why a client has no cosignature of a witness, besides the errors that a witness gives.
var (
	ErrUnreachable = errors.New("the witness could not be asked")                                                     // network, or too late
	ErrSlow        = errors.New("the witness had not answered when there was a quorum, nor soon after")               //
	ErrAnswer      = errors.New("the witness answered what it may not")                                               // form, or a cosignature that does not hold
	ErrAhead       = errors.New("the witness has cosigned a larger head: this log was put back, or is run twice")     // 409
	ErrBusy        = errors.New("the witness cannot cosign now")                                                      // 429, 5xx
	ErrNoAddress   = errors.New("the policy has no address of the witness")                                           //
	ErrMoving      = errors.New("the witness is at another size each time it is asked: another client submits heads") // 409 twice
)

// Client asks the witnesses of a policy to cosign. It may be used from many goroutines.
type Client struct {
	Policy *notary.Policy
	// Patience is how long one witness may take in all, 10 s by default. Grace is for how long answers are still waited for when there is a quorum, 500 ms by
	// default.
	Patience, Grace time.Duration
	// Answered, if it is set, is told of each witness that was asked, one after the other, before Cosign returns.
	Answered func(Answer)
	// HTTP sends the requests. By default it is one that follows no redirects.
	HTTP *http.Client

	mu    sync.Mutex
	sizes map[string]int64 // where each witness is, by its name in the policy
}

// Answer is what came of asking a witness.
type Answer struct {
	Witness string // its name in the policy
	Size    int64  // of the checkpoint
	Time    int64  // of the cosignature, in unix seconds by the witness's clock
	Took    time.Duration
	Err     error // why there is none

	line []byte
}

// Cosign asks every witness of the policy that has not cosigned yet, all at once, and gives the checkpoint with the cosignatures that came; each was verified.
// It returns when all have answered, or a while after there is a quorum: nobody slow holds the others up. Without a quorum there is an error besides, which
// wraps notary.ErrSignature and names who is missing; the cosignatures that did come are in what it returns, and the same call with it asks the others again.
//
// old is the size of the head that was published last: a witness that was never asked is believed to be there, and says so if it is elsewhere. prove gives the
// consistency proof (RFC 6962 2.1.2) from a size to that of the checkpoint. It is called once for a size, never twice at the same time, and not after Cosign
// has returned.
func (c *Client) Cosign(ctx context.Context, old int64, prove func(from int64) ([]tlog.Hash, error), signed []byte) ([]byte, error) {
	have, err := c.Policy.Cosignatures(signed)
	if err != nil {
		return signed, err
	}
	text, _ := split(signed)
	head, err := notary.ParseCheckpoint(string(text))
	if err != nil {
		return signed, err
	}
	prove, end := once(prove)
	defer end()
	asked := submission{head: head, signed: signed, old: old, prove: prove}
	lines := map[string][]byte{}
	waiting := map[string]bool{}
	began := time.Now()
	take := func(a Answer) {
		delete(waiting, a.Witness)
		a.Size, a.Took = head.Size, time.Since(began)
		if a.Err == nil {
			lines[a.Witness] = a.line
			have = append(have, notary.Cosignature{Witness: a.Witness, Time: a.Time})
		}
		if c.Answered != nil {
			c.Answered(a)
		}
	}
	giveUp := func(why error) {
		for _, w := range c.Policy.Witnesses {
			if waiting[w.Name] {
				take(Answer{Witness: w.Name, Err: why})
			}
		}
	}
	already := map[string]bool{}
	for _, h := range have {
		already[h.Witness] = true
	}
	asking, stop := context.WithCancel(ctx)
	defer stop()
	answers := make(chan Answer, len(c.Policy.Witnesses)) // nobody waits for room in it
	for _, w := range c.Policy.Witnesses {
		switch {
		case already[w.Name]:
		case w.URL == "":
			take(Answer{Witness: w.Name, Err: ErrNoAddress})
		default:
			waiting[w.Name] = true
			go func() { answers <- c.ask(asking, w, asked) }()
		}
	}
	var grace <-chan time.Time
	for len(waiting) > 0 {
		if grace == nil && c.Policy.CheckQuorum(have) == nil {
			timer := time.NewTimer(or(c.Grace, 500*time.Millisecond))
			defer timer.Stop()
			grace = timer.C
		}
		select {
		case a := <-answers:
			take(a)
		case <-grace:
			giveUp(ErrSlow)
		case <-ctx.Done():
			giveUp(fmt.Errorf("%w: %w", ErrUnreachable, ctx.Err()))
		}
	}
	cosigned := bytes.Clone(signed)
	for _, w := range c.Policy.Witnesses {
		cosigned = append(cosigned, lines[w.Name]...)
	}
	return cosigned, c.Policy.CheckQuorum(have)
}

func (c *Client) size(witness string, unknown int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if size, ok := c.sizes[witness]; ok {
		return size
	}
	return unknown
}

func (c *Client) setSize(witness string, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sizes == nil {
		c.sizes = map[string]int64{}
	}
	c.sizes[witness] = size
}

// once keeps what prove gave for each size, and calls it for one at a time; after end it is not called any more.
func once(prove func(int64) ([]tlog.Hash, error)) (kept func(int64) ([]tlog.Hash, error), end func()) {
	type proof struct {
		hashes []tlog.Hash
		err    error
	}
	var mu sync.Mutex
	proofs, ended := map[int64]proof{}, false
	kept = func(from int64) ([]tlog.Hash, error) {
		mu.Lock()
		defer mu.Unlock()
		p, ok := proofs[from]
		switch {
		case ended:
			return nil, context.Canceled
		case !ok:
			p.hashes, p.err = prove(from)
			proofs[from] = p
		}
		return p.hashes, p.err
	}
	return kept, func() {
		mu.Lock()
		defer mu.Unlock()
		ended = true
	}
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
