package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-chi/chi/v5"

	"daybook.internal/domain"
	"daybook.internal/notary/viewroots"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

type commitmentAnswer struct {
	Size  uint64      `json:"size"`
	Event uint64      `json:"event"`
	Time  domain.Time `json:"time"`
}

type commitmentsAnswer struct {
	Committed []commitmentAnswer `json:"committed"`
	Next      string             `json:"next"`
}

// listCommitments pages through the places that the views are committed to at: ?after=SIZE&limit=N.
func (s *server) listCommitments(w http.ResponseWriter, r *http.Request) {
	limit, err := limitOf(r)
	after := uint64(0)
	if text := r.URL.Query().Get("after"); err == nil && text != "" {
		if after, err = strconv.ParseUint(text, 10, 63); err != nil {
			err = &problemError{http.StatusBadRequest, "bad-request", "after is a number of records"}
		}
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	answer := commitmentsAnswer{Committed: []commitmentAnswer{}}
	for c, err := range s.prover.Commitments.After(r.Context(), after) {
		if err != nil {
			s.problem(w, r, err)
			return
		}
		answer.Committed = append(answer.Committed, commitmentAnswer{c.Size, c.Seq, c.Time})
		if after = c.Size; len(answer.Committed) == limit {
			break
		}
	}
	answer.Next = fmt.Sprintf("/v1/proofs/views?after=%d&limit=%d", after, limit)
	linkNext(w, answer.Next)
	s.writeJSON(w, r, http.StatusOK, answer)
}

// getViewProof proves what a view has by a key, or that it has nothing, at a committed place: ?at=N, or at the last one.
func (s *server) getViewProof(w http.ResponseWriter, r *http.Request) {
	view, ok := projections.ByName(chi.URLParam(r, "view"))
	if !ok {
		s.problem(w, r, noView(chi.URLParam(r, "view")))
		return
	}
	key, err := keyOf(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	cache := cacheForEver
	var at uint64
	if text := r.URL.Query().Get("at"); text != "" {
		at, err = atOf(text)
	} else {
		var last viewroots.Commitment
		last, err = s.prover.Commitments.Last(r.Context())
		at, cache = last.Size, "no-cache"
	}
	var body []byte
	if err == nil {
		body, err = s.viewProof(r.Context(), view, key, at)
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	position(w, at)
	w.Header().Set("Cache-Control", cache)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

func (s *server) viewProof(ctx context.Context, view projections.View, key string, at uint64) ([]byte, error) {
	done, err := s.rebuilding(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	proof, err := s.prover.Prove(ctx, view, key, at)
	if err != nil {
		return nil, err
	}
	return proof.JSON()
}

// The relations under which a document links to its proof (RFC 8288; the audit paths of RFC 6962), and to the event that commits to it.
const (
	viewProofRel  = "https://www.rfc-editor.org/rfc/rfc6962#section-2.1.1"
	commitmentRel = "via"
)

// pointAtProof says in the answer with a document where its proof is, where there is one.
func (s *server) pointAtProof(ctx context.Context, w http.ResponseWriter, view projections.View, key string, at uint64) error {
	c, err := s.prover.Commitments.At(ctx, at)
	if errors.Is(err, viewroots.ErrNotCommitted) {
		return nil
	}
	if err != nil {
		return err
	}
	address := url.URL{Path: "/v1/proofs/views/" + view.Name + "/" + key, RawQuery: fmt.Sprintf("at=%d", at)}
	w.Header().Add("Link", fmt.Sprintf(`<%s>; rel=%q, </v1/events/%d>; rel=%q`, address.String(), viewProofRel, c.Seq, commitmentRel))
	return nil
}

func atOf(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, &problemError{http.StatusBadRequest, "bad-request", "at is a number of records"}
	}
	return n, nil
}

// proofProblem turns the errors of proofs into answers; nil for others.
func proofProblem(err error) *Problem {
	var p Problem
	switch {
	case errors.Is(err, viewroots.ErrNotCommitted):
		p = problem(http.StatusNotFound, "not-committed", "the views are not committed to there, so nothing proves them; GET /v1/proofs/views lists the places where they are")
	case errors.Is(err, viewroots.ErrVersion):
		p = problem(http.StatusNotFound, "other-version", "the view was committed to in a version that this server does not make any more; the version of daybook that made it can prove it")
	case errors.Is(err, viewroots.ErrDiffers):
		p = problemOf(readstore.ErrDamaged)
	default:
		return nil
	}
	return &p
}
