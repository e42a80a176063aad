package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/notary/publish"
)

// proofRel is the relation under which the answer to a command links to the receipts of its events (RFC 8288).
const proofRel = "https://c2sp.org/tlog-proof"

// notPublishedYet is nothing that went wrong.
const notPublishedYet = "not-published-yet"

// maxLinks is how many events of one command are linked to; the others' receipts are found by their seq.
const maxLinks = 16

func receiptPath(seq uint64) string { return fmt.Sprintf("/v1/receipts/%d", seq) }

// linkReceipts tells where the receipts of a command's events will be.
func (s *server) linkReceipts(w http.ResponseWriter, r commands.Receipt) {
	if s.Published == nil {
		return
	}
	for _, e := range r.Events[:min(len(r.Events), maxLinks)] {
		w.Header().Add("Link", fmt.Sprintf("<%s>; rel=%q", receiptPath(e.Seq), proofRel))
	}
}

// getReceipt answers with the receipt of an event, which is named by its seq or its id. Before the event is in the published log, the answer is 503 with the
// time after which to ask again, which clients know how to wait for.
func (s *server) getReceipt(w http.ResponseWriter, r *http.Request) {
	if s.Published == nil {
		s.problem(w, r, errNoLog)
		return
	}
	seq, err := s.seqOf(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	receipt, err := s.Published.Receipt(seq)
	if errors.Is(err, publish.ErrNotYet) || errors.Is(err, publish.ErrNothing) {
		err = s.notYet(w, r, seq)
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache") // a later one is as good, and has newer cosignatures
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(receipt.Text())
}

// seqOf reads which event a request is about. An id is looked for in the ledger, which has no index of ids: few at a time.
func (s *server) seqOf(r *http.Request) (uint64, error) {
	name := chi.URLParam(r, "event")
	seq, err := strconv.ParseUint(name, 10, 63)
	if err == nil {
		return seq, nil
	}
	var id domain.EventID
	if id.UnmarshalText([]byte(name)) != nil {
		return 0, &problemError{http.StatusBadRequest, "bad-request", "an event is named by its seq, a number, or its id"}
	}
	done, err := s.rebuilding(r.Context())
	if err != nil {
		return 0, err
	}
	defer done()
	seq, found, err := publish.SeqOf(r.Context(), s.Service.Ledger, id)
	if err == nil && !found {
		err = &problemError{http.StatusNotFound, "not-found", "the ledger has no event of that id"}
	}
	return seq, err
}

// notYet tells an event that is not published yet from one that is not there.
func (s *server) notYet(w http.ResponseWriter, r *http.Request, seq uint64) error {
	for _, err := range s.Service.Ledger.All(r.Context(), ledger.Cursor{Seq: seq}) {
		if errors.Is(err, ledger.ErrCursor) {
			break
		}
		if err != nil {
			return err
		}
		w.Header().Set("Retry-After", "1")
		return &problemError{http.StatusServiceUnavailable, notPublishedYet, fmt.Sprintf("event %d is recorded, and will be in the published log in a moment; ask again", seq)}
	}
	return &problemError{http.StatusNotFound, "not-found", fmt.Sprintf("the ledger has no record %d yet", seq)}
}

// getInclusion answers with the audit path of the seq-th event in the log of ?size=N events.
func (s *server) getInclusion(w http.ResponseWriter, r *http.Request) {
	index, err := number(chi.URLParam(r, "seq"), "an event is named by its seq, a number")
	if err != nil {
		s.problem(w, r, err)
		return
	}
	size, err := optional(r, "size")
	if err != nil {
		s.problem(w, r, err)
		return
	}
	s.prove(w, r, size > 0, func() (any, error) {
		return s.Published.ProveInclusion(index, size)
	})
}

// getConsistency answers with the proof that the log of ?to=N events begins with that of ?from=M.
func (s *server) getConsistency(w http.ResponseWriter, r *http.Request) {
	from, err := number(r.URL.Query().Get("from"), "from is a number of events")
	if err != nil {
		s.problem(w, r, err)
		return
	}
	to, err := optional(r, "to")
	if err != nil {
		s.problem(w, r, err)
		return
	}
	s.prove(w, r, to > 0, func() (any, error) {
		return s.Published.ProveConsistency(from, to)
	})
}

// prove answers with a proof. One between sizes that were named never changes.
func (s *server) prove(w http.ResponseWriter, r *http.Request, named bool, proof func() (any, error)) {
	if s.Published == nil {
		s.problem(w, r, errNoLog)
		return
	}
	answer, err := proof()
	if errors.Is(err, publish.ErrNotYet) || errors.Is(err, publish.ErrNothing) {
		err = &problemError{http.StatusBadRequest, "beyond-the-log", "the published log does not reach so far, or the numbers are the wrong way round; /log/ tells its size"}
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	if named {
		w.Header().Set("Cache-Control", cacheForEver)
	}
	s.writeJSON(w, r, http.StatusOK, answer)
}

func number(text, what string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, &problemError{http.StatusBadRequest, "bad-request", what}
	}
	return int64(n), nil
}

// optional reads a number of events that may be left out; 0 stands for that.
func optional(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := number(text, name+" is a number of events, at least 1")
	if err == nil && n == 0 {
		err = &problemError{http.StatusBadRequest, "bad-request", name + " is a number of events, at least 1"}
	}
	return n, err
}
