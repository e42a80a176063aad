package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"daybook.internal/api/follow"
)

// following adds the routes by which clients hear what happens (package follow), as far as this server has them.
func (s *server) following(r chi.Router) {
	refuse := func(w http.ResponseWriter, r *http.Request, why *follow.Refusal) {
		s.problem(w, r, &problemError{why.Status, why.Name, why.Detail})
	}
	client := func(r *http.Request) string { return middleware.GetClientIP(r.Context()) } // as a trusted proxy says
	if s.Live != nil {
		s.Live.Refuse, s.Live.Fail, s.Live.Address = refuse, s.problem, client
		r.Method(http.MethodGet, "/v1/live", s.Live)
	}
	if s.Events != nil {
		s.Events.Refuse, s.Events.Fail, s.Events.Address = refuse, s.problem, client
	}
	r.Get("/v1/events", s.events)
	if h := s.Webhooks; h != nil {
		h.Refuse, h.Fail = refuse, s.problem
		if h.Allowed == nil {
			h.Allowed = func(context.Context) (follow.Right, error) { return follow.Right{Owner: "operator", All: true}, nil }
		}
		r.Group(func(r chi.Router) {
			r.Use(s.subscribing)
			r.Method(http.MethodGet, "/v1/webhooks", h.List())
			r.Method(http.MethodPost, "/v1/webhooks", h.Post())
			r.Method(http.MethodGet, "/v1/webhooks/{name}", h.Get())
			r.Method(http.MethodDelete, "/v1/webhooks/{name}", h.Delete())
			r.Method(http.MethodGet, "/v1/webhooks/{name}/parked", h.Parked())
			r.Method(http.MethodPost, "/v1/webhooks/{name}/replay", h.Replay())
			r.Method(http.MethodPost, "/v1/webhooks/{name}/resume", h.Resume())
		})
	}
}

// events answers in the form that is asked for: CloudEvents, which may be waited for, or records as they are stored.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	switch q := r.URL.Query(); {
	case s.Events != nil && s.Events.Wants(r):
		s.Events.ServeHTTP(w, r)
	case q.Has("wait") || q.Has("types") || q.Has("editions"):
		s.problem(w, r, &problemError{http.StatusBadRequest, "bad-request", "wait, types and editions are for CloudEvents: Accept: " + follow.TypeBatch})
	default:
		w.Header().Set("Vary", "Accept")
		s.listEvents(w, r)
	}
}

// subscribing admits whoever may send commands here. A page from elsewhere may not even look.
func (s *server) subscribing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.admit(r); err != nil {
			s.problem(w, r, err)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				s.problem(w, r, &problemError{http.StatusForbidden, "other-origin", "webhooks are no business of pages from elsewhere"})
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
