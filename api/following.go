package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5/middleware"

	"daybook.internal/access"
	"daybook.internal/access/bearer"
	"daybook.internal/api/follow"
	"daybook.internal/domain"
	"daybook.internal/projections/measures"
)

// followed gives the handlers of package follow the problems of this server and the address of a client.
func (s *server) followed() {
	refuse := func(w http.ResponseWriter, r *http.Request, why *follow.Refusal) {
		s.problem(w, r, &problemError{why.Status, why.Name, why.Detail})
	}
	client := func(r *http.Request) string { return middleware.GetClientIP(r.Context()) } // as a trusted proxy says
	if s.Live != nil {
		s.Live.Refuse, s.Live.Fail, s.Live.Address, s.Live.Allowed = refuse, s.problem, client, s.mayHear
	}
	if s.Events != nil {
		s.Events.Refuse, s.Events.Fail, s.Events.Address = refuse, s.problem, client
	}
	if h := s.Webhooks; h != nil {
		h.Refuse, h.Fail = refuse, s.problem
		h.Allowed = func(ctx context.Context) (follow.Right, error) {
			right, _ := ctx.Value(rightKey{}).(follow.Right)
			return right, nil
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

// mayHear keeps views that are not made for everybody from those who may not read them: that they change tells something, too.
func (s *server) mayHear(r *http.Request, view string) error {
	v, ok := measures.ByName(view)
	if !ok || v.Public || s.believes(r) {
		return nil
	}
	if p, has := bearer.From(r.Context()); !has || !p.Holds(access.Readers()...) {
		return &deniedError{&access.Denied{Command: "follow " + view, Because: "the view " + view + " is not made for everybody; it needs coordinator or committee or auditor"}, !has}
	}
	return nil
}

type rightKey struct{}

// subscriber is who may subscribe webhooks: a coordinator, who sees those of all others as well, and whoever has an API key; where nobody has to say who they are, whoever may send commands.
func (s *server) subscriber(r *http.Request) (follow.Right, error) {
	p, has := bearer.From(r.Context())
	switch {
	case s.believes(r):
		return follow.Right{Owner: "operator", All: true}, s.admit(r)
	case p.Holds(domain.Coordinator) && p.Subject != "":
		return follow.Right{Owner: p.Subject, All: true}, nil
	case p.Consumer != "":
		return follow.Right{Owner: "key:" + p.Consumer}, nil
	}
	return follow.Right{}, &deniedError{&access.Denied{Command: "webhooks", Because: "webhooks need coordinator, or an API key"}, !has}
}

// webhooks is a handler of subscriptions. A page from elsewhere may not even look.
func (s *server) webhooks(of func(*follow.Webhooks) http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.Webhooks == nil {
			s.problem(w, r, errNoWebhooks)
			return
		}
		right, err := s.subscriber(r)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
				s.problem(w, r, &problemError{http.StatusForbidden, "other-origin", "webhooks are no business of pages from elsewhere"})
				return
			}
		}
		of(s.Webhooks).ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), rightKey{}, right)))
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
		w.Header().Add("Vary", "Accept")
		s.listEvents(w, r)
	}
}
