package witness

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
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

// The limits of a witness's answer.
const (
	maxAnswer = 64 << 10
	maxWords  = 200 // of an answer that says no, in an error
)

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

// submission is what all witnesses are asked for.
type submission struct {
	head   notary.Checkpoint
	signed []byte
	old    int64
	prove  func(from int64) ([]tlog.Hash, error)
}

// ask asks one witness; a second time, if it says that it is elsewhere.
func (c *Client) ask(ctx context.Context, w notary.Witness, s submission) Answer {
	ctx, cancel := context.WithTimeout(ctx, or(c.Patience, 10*time.Second))
	defer cancel()
	from := min(c.size(w.Name, s.old), s.head.Size)
	line, at, err := c.post(ctx, w, s, from)
	var conflict *ConflictError
	if errors.As(err, &conflict) {
		if c.setSize(w.Name, conflict.Size); conflict.Size > s.head.Size {
			return Answer{Witness: w.Name, Err: fmt.Errorf("%w: it knows %d events, and this head has %d", ErrAhead, conflict.Size, s.head.Size)}
		}
		line, at, err = c.post(ctx, w, s, conflict.Size)
		if errors.As(err, &conflict) {
			c.setSize(w.Name, conflict.Size)
			err = fmt.Errorf("%w: %d", ErrMoving, conflict.Size)
		}
	}
	if err == nil {
		c.setSize(w.Name, s.head.Size)
	}
	return Answer{Witness: w.Name, Time: at, Err: err, line: line}
}

// post sends one request and gives the line of a cosignature that holds, and its time.
func (c *Client) post(ctx context.Context, w notary.Witness, s submission, from int64) ([]byte, int64, error) {
	r := Request{Old: from, Checkpoint: s.signed}
	if from > 0 && from < s.head.Size {
		var err error
		if r.Proof, err = s.prove(from); err != nil {
			return nil, 0, fmt.Errorf("proof from %d to %d: %w", from, s.head.Size, err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL+"/add-checkpoint", bytes.NewReader(r.Text()))
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	response, err := c.http().Do(request)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("%w: %w", ErrUnreachable, err)
	case len(body) > maxAnswer:
		return nil, 0, fmt.Errorf("%w: more than %d bytes", ErrAnswer, maxAnswer)
	case response.StatusCode == http.StatusOK:
		return readCosignature(w.Key, s.signed, body)
	case response.StatusCode == http.StatusConflict:
		return nil, 0, readConflict(response.Header.Get("Content-Type"), body)
	}
	why := ErrAnswer
	switch code := response.StatusCode; {
	case code == http.StatusBadRequest:
		why = ErrMalformed
	case code == http.StatusForbidden:
		why = ErrUnsigned
	case code == http.StatusNotFound:
		why = ErrUnknownLog
	case code == http.StatusUnprocessableEntity:
		why = ErrInconsistent
	case code == http.StatusTooManyRequests || code >= 500:
		why = ErrBusy
	}
	return nil, 0, fmt.Errorf("%w: status %d: %q", why, response.StatusCode, strings.TrimSpace(string(body[:min(len(body), maxWords)])))
}

// readCosignature takes the cosignature by key out of an answer. There may be others; they are dropped.
func readCosignature(key *notary.WitnessKey, signed, body []byte) ([]byte, int64, error) {
	text, _ := split(signed)
	n, err := note.Open(bytes.Join([][]byte{text, body}, []byte("\n")), note.VerifierList(key))
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	at, err := notary.CosignatureTime(n.Sigs[0])
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return fmt.Appendf(nil, "— %s %s\n", key.Name(), base64.StdEncoding.EncodeToString(raw)), at, nil // in the one base64 that the bytes have
}

// readConflict gives the ConflictError that an answer with status 409 says.
func readConflict(kind string, body []byte) error {
	media, _, err := mime.ParseMediaType(kind)
	line, ended := strings.CutSuffix(string(body), "\n")
	size, sizeErr := parseSize(line)
	if err != nil || media != typeSize || !ended || sizeErr != nil {
		return fmt.Errorf("%w: status 409 without the size it is at: %q", ErrAnswer, body[:min(len(body), maxWords)])
	}
	return &ConflictError{size}
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

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return plainHTTP
}

// plainHTTP follows no redirects: whom to ask stands in the policy.
var plainHTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

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
