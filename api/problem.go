package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"

	"daybook.internal/access/bearer"
	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary/publish"
	"daybook.internal/readstore"
	"daybook.internal/readstore/live"
	"daybook.internal/replay"
	"daybook.internal/vault"
)

// Problem is an RFC 9457 document.
type Problem struct {
	Type    string `json:"type" format:"uri-reference" pattern:"^/problems/[a-z-]+$"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail,omitempty"`
	Request string `json:"request,omitempty"`
}

// problemError is an answer that the API itself gives.
type problemError struct {
	status int
	name   string
	detail string
}

func (e *problemError) Error() string { return e.name + ": " + e.detail }

var (
	errNoRoute  = &problemError{http.StatusNotFound, "not-found", "there is nothing at this address; GET / lists what there is"}
	errNoMethod = &problemError{http.StatusMethodNotAllowed, "method-not-allowed", "this address does not answer that method"}
	errInternal = &problemError{http.StatusInternalServerError, "internal", "something went wrong here; the log has more under the request id"}
	errHost     = &problemError{http.StatusMisdirectedRequest, "misdirected", "commands go to this server by its address or as localhost"}
	errStandsBy = &problemError{http.StatusServiceUnavailable, "standing-by", "this server runs no commands now: another one does, or the database that says which one is away. Send the command there, or again"}
	errNoWrites = &problemError{http.StatusForbidden, "writes-not-admitted", "this server admits no commands; see daybook serve --help"}
)

// people finds the streams whose names bear a pseudonym or a participant.
var people = regexp.MustCompile(`\b(ballot|reactions|participant)-[A-Za-z0-9._~%/-]+`)

// problem answers with an error. It is the one place where errors become documents; what it does not know says nothing but a request id.
func (s *server) problem(w http.ResponseWriter, r *http.Request, err error) {
	p := s.fault(r.Context(), err)
	w.Header().Set("Content-Type", problemKind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("ETag")
	if refused, ok := errors.AsType[*bearer.Refusal](err); ok {
		w.Header().Set("WWW-Authenticate", bearer.Challenge(refused.Reason))
		if s.Denied != nil {
			s.Denied("", "", refused.Reason)
		}
		s.Log.WarnContext(r.Context(), "refused", "reason", refused.Reason, "request", p.Request)
	} else if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", bearer.Challenge(""))
	}
	if slices.Contains(passing, p.Type) {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// passing are the problems that pass by themselves: the same request may be sent again.
var passing = []string{"/problems/engine-away", "/problems/not-ready", "/problems/outcome-unknown", "/problems/standing-by", "/problems/stopping", "/problems/too-many-streams"}

// retryAfter is when to ask again, in seconds: by then another server has taken over, or a short outage is over.
const retryAfter = "5"

// ordinary are problems that nobody has to look after: the event will be published, whoever follows comes back.
var ordinary = []string{"/problems/" + notPublishedYet, "/problems/stopping", "/problems/too-many-streams"}

// fault makes a document of an error, and logs what the document does not say.
func (s *server) fault(ctx context.Context, err error) Problem {
	p := problemOf(err)
	p.Request = requestID(ctx)
	if p.Status >= http.StatusInternalServerError && !slices.Contains(ordinary, p.Type) && err != errStandsBy {
		s.Log.ErrorContext(ctx, "failed", "error", people.ReplaceAllString(err.Error(), "$1-…"), "request", p.Request)
	}
	return p
}

func problemOf(err error) Problem {
	var (
		own      *problemError
		rejected *domain.Rejection
		conflict *ledger.ConflictError
		tooLarge *http.MaxBytesError
		denied   *deniedError
		refused  *bearer.Refusal
		expected *commands.VersionError
	)
	if p := proofProblem(err); p != nil {
		return *p
	}
	switch {
	case errors.As(err, &denied) && denied.unknown:
		return problem(http.StatusUnauthorized, "unauthenticated", denied.Because+"; send a token as Authorization: Bearer (docs/access.md)")
	case errors.As(err, &denied):
		return problem(http.StatusForbidden, "forbidden", denied.Because)
	case errors.As(err, &refused):
		return problem(http.StatusUnauthorized, "invalid-token", refused.Error())
	case errors.Is(err, bearer.ErrAway):
		return problem(http.StatusServiceUnavailable, "engine-away", bearer.ErrAway.Error())
	case errors.As(err, &own):
		return problem(own.status, own.name, own.detail)
	case errors.As(err, &rejected):
		return problem(http.StatusUnprocessableEntity, rejected.Rule, rejected.Detail)
	case errors.As(err, &conflict):
		return problem(http.StatusConflict, "version-conflict", conflict.Error()+"; send the command again")
	case errors.As(err, &expected):
		return problem(http.StatusPreconditionFailed, "precondition-failed", expected.Error())
	case errors.As(err, &tooLarge):
		return problem(http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("at most %d MiB are taken here", tooLarge.Limit>>20))
	case errors.Is(err, readstore.ErrNotFound), errors.Is(err, replay.ErrNotFound):
		return problem(http.StatusNotFound, "not-found", "there is no such document")
	case errors.Is(err, replay.ErrBeyond), errors.Is(err, ledger.ErrCursor):
		return problem(http.StatusBadRequest, "beyond-the-ledger", "the ledger does not have that many records yet")
	case errors.Is(err, ledger.ErrDamaged), errors.Is(err, readstore.ErrDamaged), errors.Is(err, vault.ErrDamaged), errors.Is(err, publish.ErrAltered):
		return problem(http.StatusInternalServerError, "damaged", "what is stored is not what was written; nothing is served from it. The operator finds the place with: daybook replay")
	case errors.Is(err, ledger.ErrUnknownOutcome):
		return problem(http.StatusServiceUnavailable, "outcome-unknown", "the ledger went away before it had answered, so nobody knows whether the command is done: send it again with the same id (Idempotency-Key), and it is done once")
	case errors.Is(err, ledger.ErrUnavailable), errors.Is(err, readstore.ErrAway), errors.Is(err, vault.ErrAway):
		return problem(http.StatusServiceUnavailable, "engine-away", "the ledger, the views or the vault cannot be reached for now; a command is sent again with the same id (Idempotency-Key)")
	case errors.Is(err, live.ErrBehind):
		return problem(http.StatusServiceUnavailable, "not-ready", live.ErrBehind.Error())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, ledger.ErrClosed):
		return problem(http.StatusServiceUnavailable, "interrupted", "the request was not finished; the outcome of a command is unknown until it is sent again with the same id (Idempotency-Key)")
	}
	return problem(errInternal.status, errInternal.name, errInternal.detail)
}

func problem(status int, name, detail string) Problem {
	return Problem{Type: "/problems/" + name, Title: titles()[name], Status: status, Detail: detail}
}

// writeJSON answers with v. Stored bytes in it that are no JSON are not answered with at all: nobody shall take half an answer for a whole one.
func (s *server) writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		s.problem(w, r, fmt.Errorf("encode the answer: %w", err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func writeText(w http.ResponseWriter, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, s)
}
