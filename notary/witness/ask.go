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
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// The limits of a witness's answer.
const (
	maxAnswer = 64 << 10
	maxWords  = 200 // of an answer that says no, in an error
)

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

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return plainHTTP
}

// plainHTTP follows no redirects: whom to ask stands in the policy.
var plainHTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
