package witness

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// A Request asks a witness to cosign (https://c2sp.org/tlog-witness, add-checkpoint). Its text is the body of POST <prefix>/add-checkpoint:
//
//	old <size>
//	<hash of the consistency proof in base64>, a line each
//
//	<signed checkpoint>
type Request struct {
	Old        int64       // the size from which the proof leads: that of the head that the witness cosigned last, or 0
	Proof      []tlog.Hash // the consistency proof (RFC 6962 2.1.2); empty from 0
	Checkpoint []byte      // the signed checkpoint
}

// MaxProof is the most hashes of a proof, and MaxRequest the most bytes of a request.
const (
	MaxProof   = 63
	MaxRequest = 32 + MaxProof*45 + notary.MaxNote
)

// Text is the body of the request.
func (r Request) Text() []byte {
	b := fmt.Appendf(nil, "old %d\n", r.Old)
	for i := range r.Proof {
		b = append(base64.StdEncoding.AppendEncode(b, r.Proof[i][:]), '\n')
	}
	return append(append(b, '\n'), r.Checkpoint...)
}

// ParseRequest reads what Text writes, and nothing else. The checkpoint is what follows; it is not looked at. The error is ErrMalformed.
func ParseRequest(body []byte) (Request, error) {
	bad := func(what string) (Request, error) { return Request{}, fmt.Errorf("%w: %s", ErrMalformed, what) }
	if len(body) > MaxRequest {
		return bad("it is too long")
	}
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok || len(checkpoint) > notary.MaxNote {
		return bad("no empty line before the checkpoint, or the checkpoint is too long")
	}
	lines := strings.Split(string(head), "\n")
	size, ok := strings.CutPrefix(lines[0], "old ")
	old, err := parseSize(size)
	if !ok || err != nil {
		return bad("the first line is not: old <size>")
	}
	if len(lines) > 1+MaxProof {
		return bad("a proof has at most 63 hashes")
	}
	r := Request{Old: old, Checkpoint: checkpoint}
	for _, l := range lines[1:] {
		h, err := tlog.ParseHash(l)
		if err != nil || h.String() != l {
			return bad("a line of the proof is no hash in base64")
		}
		r.Proof = append(r.Proof, h)
	}
	return r, nil
}

// parseSize reads a size: a decimal without sign and leading zeros.
func parseSize(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > notary.MaxSize || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("%w: %q is no size", ErrMalformed, text)
	}
	return n, nil
}
