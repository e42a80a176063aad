package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// eventAnswer is a record with its Meta and Data as they are stored.
type eventAnswer struct {
	Seq      uint64          `json:"seq"`
	Stream   domain.StreamID `json:"stream"`
	Revision uint64          `json:"revision"`
	ID       string          `json:"id" format:"uuid"`
	Type     string          `json:"type" pattern:"^[a-z]+(-[a-z]+)*\\.v[0-9]+$"`
	Meta     json.RawMessage `json:"meta"`
	Data     json.RawMessage `json:"data"`
}

type eventsAnswer struct {
	Events []eventAnswer `json:"events"`
	Next   string        `json:"next"`
}

func answerOf(r domain.Record) eventAnswer {
	return eventAnswer{r.Seq, r.Stream, r.Revision, r.ID.String(), r.Type, r.Meta, r.Data}
}

func (s *server) getEvent(w http.ResponseWriter, r *http.Request) {
	seq, err := strconv.ParseUint(chi.URLParam(r, "seq"), 10, 63)
	if err != nil {
		s.problem(w, r, &problemError{http.StatusBadRequest, "bad-request", "an event is named by its seq, a number"})
		return
	}
	for e, err := range s.Service.Ledger.All(r.Context(), ledger.Cursor{Seq: seq}) {
		if errors.Is(err, ledger.ErrCursor) {
			break
		}
		if err != nil {
			s.problem(w, r, err)
			return
		}
		w.Header().Set("Cache-Control", cacheForEver)
		position(w, seq+1)
		if s.settled(w, r, `"`+e.ID.String()+`"`) {
			return
		}
		s.writeJSON(w, r, http.StatusOK, answerOf(e.Record))
		return
	}
	s.problem(w, r, &problemError{http.StatusNotFound, "not-found", fmt.Sprintf("the ledger has no record %d yet", seq)})
}

// listEvents pages through the ledger: ?after=N&limit=M, where N is the number of records to leave out.
func (s *server) listEvents(w http.ResponseWriter, r *http.Request) {
	limit, err := limitOf(r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	after := uint64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		if after, err = strconv.ParseUint(text, 10, 63); err != nil {
			s.problem(w, r, &problemError{http.StatusBadRequest, "bad-request", "after is a number of records"})
			return
		}
	}
	answer, from := eventsAnswer{Events: []eventAnswer{}}, after
	for e, err := range s.Service.Ledger.All(r.Context(), ledger.Cursor{Seq: after}) {
		if err != nil {
			s.problem(w, r, err)
			return
		}
		answer.Events = append(answer.Events, answerOf(e.Record))
		if after = e.Cursor.Seq; len(answer.Events) == limit {
			break
		}
	}
	answer.Next = fmt.Sprintf("/v1/events?after=%d&limit=%d", after, limit)
	linkNext(w, answer.Next)
	w.Header().Set("Cache-Control", "no-cache")
	if len(answer.Events) == limit { // a full page stays as it is
		w.Header().Set("Cache-Control", cacheForEver)
	}
	if s.settled(w, r, fmt.Sprintf(`"%d-%d-%d"`, from, after, limit)) {
		return
	}
	s.writeJSON(w, r, http.StatusOK, answer)
}
