package api

import (
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5/middleware"

	"daybook.internal/api/follow"
)

// followed gives the handlers of package follow the problems of this server and the address of a client.
func (s *server) followed() {
	refuse := func(w http.ResponseWriter, r *http.Request, why *follow.Refusal) {
		s.problem(w, r, &problemError{why.Status, why.Name, why.Detail})
	}
	client := func(r *http.Request) string { return middleware.GetClientIP(r.Context()) } // as a trusted proxy says
	if s.Live != nil {
		s.Live.Allowed = s.mayRead
		s.Live.Refuse, s.Live.Fail, s.Live.Address = refuse, s.problem, client
	}
	if s.Events != nil {
		s.Events.Refuse, s.Events.Fail, s.Events.Address = refuse, s.problem, client
	}
	if h := s.Webhooks; h != nil {
		h.Refuse, h.Fail = refuse, s.problem
		if h.Allowed == nil {
			h.Allowed = s.subscriber
		}
	}
}

var (
	errNoLive     = &problemError{http.StatusNotFound, "not-found", "this server does not tell what changes"}
	errNoWebhooks = &problemError{http.StatusNotFound, "not-found", "this server delivers to nobody; see daybook serve --help, --reactors"}
)

func (s *server) live(w http.ResponseWriter, r *http.Request) {
	if s.Live == nil {
		s.problem(w, r, errNoLive)
		return
	}
	s.Live.ServeHTTP(w, r)
}

// webhooks is a handler of subscriptions. A page from elsewhere may not even look.
func (s *server) webhooks(of func(*follow.Webhooks) http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.Webhooks == nil {
			s.problem(w, r, errNoWebhooks)
			return
		}
		if s.Auth == nil || s.believes(r) { // who may do what with them is asked by subscriber
			if err := s.admit(r); err != nil {
				s.problem(w, r, err)
				return
			}
		}
		if isFromElsewhere(r) {
			s.problem(w, r, &problemError{http.StatusForbidden, "other-origin", "webhooks are no business of pages from elsewhere"})
			return
		}
		of(s.Webhooks).ServeHTTP(w, r)
	}
}

// isFromElsewhere tells whether a page of another server sends a request.
func isFromElsewhere(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}

// events answers in the form that is asked for: CloudEvents, which may be waited for, or records as they are stored.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	switch q := r.URL.Query(); {
	case s.Events != nil && s.Events.Wants(r):
		s.Events.ServeHTTP(w, r)
	case q.Has("wait") || q.Has("types") || q.Has("editions"):
		s.problem(w, r, &problemError{http.StatusBadRequest, "bad-request", "wait, types and editions are for CloudEvents: Accept: " + follow.TypeBatch})
	default:
		w.Header().Add("Vary", "Accept")
		s.listEvents(w, r)
	}
}
