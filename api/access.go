package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"daybook.internal/access"
	"daybook.internal/access/bearer"
	"daybook.internal/api/follow"
	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// believes tells whether a request that brings no token is taken at its word: where there is no authentication at all, and from this machine where that is enough. What a proxy
// hands on is not from this machine, wherever the proxy is.
func (s *server) believes(r *http.Request) bool {
	if s.Auth == nil {
		return true
	}
	if _, has := bearer.From(r.Context()); has || !s.Open {
		return false
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	return true
}

// authenticated finds out who sends a request.
func (s *server) authenticated(next http.Handler) http.Handler {
	if s.Auth == nil {
		return next
	}
	return bearer.Authenticate(s.Auth, s.problem)(s.readers(next))
}

// consumer tells by what API key a client reads, for its rate.
func (s *server) consumer(r *http.Request) (name string, times int) {
	credential, has, err := bearer.Credential(r.Header, "Authorization")
	if s.Auth == nil || !has || err != nil || !bearer.IsAPIKey(credential) {
		return "", 0
	}
	p, err := s.Auth.Verify(r.Context(), credential)
	if err != nil {
		return "", 0
	}
	return p.Consumer, keyTimes
}

// keyTimes is how many times the rate of the public an API key has.
const keyTimes = 10

// readers keeps views that are not made for everybody from those who may not read them.
func (s *server) readers(next http.Handler) http.Handler {
	closed := map[string]bool{}
	for _, v := range projections.All() {
		closed[v.Name] = !v.Public
	}
	for _, v := range measures.All() {
		closed[v.Name] = !v.Public
	}
	s.closed = closed
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), believedKey{}, s.believes(r)))
		rest, isView := strings.CutPrefix(strings.Replace(r.URL.Path, "/v1/proofs/", "/v1/", 1), "/v1/views/") // a hash of few numbers tells them
		name, _, _ := strings.Cut(rest, "/")
		if !isView || !closed[name] {
			next.ServeHTTP(w, r)
			return
		}
		if err := s.mayRead(r, name); err != nil {
			s.problem(w, r, err)
			return
		}
		next.ServeHTTP(&private{w}, r)
	})
}

// mayRead says whether whoever sends a request may read a view, or hear of it.
func (s *server) mayRead(r *http.Request, view string) error {
	if !s.closed[view] || s.believes(r) {
		return nil
	}
	p, known := bearer.From(r.Context())
	if known && p.Holds(access.Readers()...) {
		return nil
	}
	d := &access.Denied{Command: "read " + view, Because: "the view " + view + " is not made for everybody; it needs coordinator or committee or auditor"}
	s.denied(r.Context(), d)
	return &deniedError{d, !known}
}

type believedKey struct{}

// subscriber says what whoever sends a request may do with webhooks.
func (s *server) subscriber(ctx context.Context) (follow.Right, error) {
	return s.consumerRight(ctx, "webhooks")
}

// consumerRight says what whoever sends a request may do with things of consumers: a coordinator everything, and the holder of an API key with those of the key.
func (s *server) consumerRight(ctx context.Context, things string) (follow.Right, error) {
	if believed, _ := ctx.Value(believedKey{}).(bool); s.Auth == nil || believed {
		return follow.Right{Owner: "operator", All: true}, nil
	}
	p, known := bearer.From(ctx)
	switch {
	case p.Consumer != "":
		return follow.Right{Owner: "key:" + p.Consumer}, nil
	case p.Holds(domain.Coordinator):
		return follow.Right{Owner: p.Subject, All: true}, nil
	}
	d := &access.Denied{Command: things, Because: things + " need coordinator, or an API key"}
	s.denied(ctx, d)
	return follow.Right{}, &deniedError{d, !known}
}

// private keeps what few may read out of caches that many share.
type private struct{ http.ResponseWriter }

func (p *private) WriteHeader(status int) {
	p.Header().Set("Cache-Control", "private, no-store")
	p.ResponseWriter.WriteHeader(status)
}

func (p *private) Write(b []byte) (int, error) {
	p.Header().Set("Cache-Control", "private, no-store")
	return p.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (p *private) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// A deniedError is a request that its sender may not send; unknown says that nobody knows who that is.
type deniedError struct {
	*access.Denied
	unknown bool
}

// Unwrap leads to the denial.
func (d *deniedError) Unwrap() error { return d.Denied }

// admission says who acts in a command of a request, and whether they may. by bears the actor that the request or a line names. Without a token that is taken at its word where requests are
// believed; otherwise nobody may, but a device that signs its own answer.
func (s *server) admission(r *http.Request) commands.Admission {
	believed := s.believes(r)
	return func(ctx context.Context, on *commands.Service, c commands.Command, by commands.By, content []byte) (commands.By, error) {
		if believed {
			return by, nil
		}
		p, known := bearer.From(ctx)
		actor, err := s.actor(ctx, on, p, c, by.Actor, content)
		if denied, ok := errors.AsType[*access.Denied](err); ok {
			s.denied(ctx, denied)
			return by, &deniedError{denied, !known}
		}
		by.Actor = actor
		return by, err
	}
}

// actor is who acts in a command, and as what: of the roles of a token the one that asked names, or one that may.
func (s *server) actor(ctx context.Context, on *commands.Service, p access.Principal, c commands.Command, asked domain.Actor, content []byte) (domain.Actor, error) {
	if c.Name == "cast-ballot" && (asked.Role == "" || asked.Role == domain.Participant) {
		at, err := on.Where(ctx, c, content)
		if err != nil && p.Subject == "" {
			return domain.Actor{}, err
		}
		if pseudonym := at.Of("pseudonym"); err == nil && domain.Pseudonym(pseudonym).OfDevice() && (asked.Principal == "" || asked.Principal == pseudonym) {
			return domain.Actor{Role: domain.Participant, Principal: pseudonym}, nil // proved by its signature, or rejected for it
		}
	}
	if asked.Principal != "" && asked.Principal != p.Subject && p.Subject != "" {
		return domain.Actor{}, &access.Denied{Command: c.Name, Role: asked.Role, Because: "the actor is somebody else than the token is for"}
	}
	if !access.May(p, asked.Role, c.Name) {
		_, err := access.Decide(p, asked.Role, c.Name, access.Scope{})
		return domain.Actor{}, err
	}
	at, err := on.Where(ctx, c, content)
	if err != nil {
		return domain.Actor{}, err
	}
	scope := access.Scope{
		Edition: at.Edition, Dialogue: at.Dialogue, Table: at.Table, Partner: domain.PartnerID(at.Of("partner")), Kind: at.Of("kind"), People: at.Members,
	}
	if scope.Dialogue == "" {
		if p, err = placed(ctx, on, p); err != nil {
			return domain.Actor{}, err
		}
	}
	g, err := access.Decide(p, asked.Role, c.Name, scope)
	return domain.Actor{Role: g.Role, Principal: p.Subject, Partner: g.Partner}, err
}

// placed says of which edition the dialogues of grants are that do not say so.
func placed(ctx context.Context, on *commands.Service, p access.Principal) (access.Principal, error) {
	grants := make([]access.Grant, len(p.Grants))
	for i, g := range p.Grants {
		if g.Edition == "" && g.Dialogue != "" {
			var err error
			if g.Edition, err = on.EditionOf(ctx, g.Dialogue); err != nil {
				return p, err
			}
		}
		grants[i] = g
	}
	p.Grants = grants
	return p, nil
}

// denied counts and logs a denial: the command and the role, and never who it was.
func (s *server) denied(ctx context.Context, d *access.Denied) {
	if s.Denied != nil {
		s.Denied(d.Command, string(d.Role), "")
	}
	s.Log.WarnContext(ctx, "denied", "command", d.Command, "role", d.Role, "request", requestID(ctx))
}

// parseAsked reads whom a request names as the actor: a role, or a role and a principal. With a token, the role chooses among its own.
func parseAsked(header string) (domain.Actor, error) {
	if header == "" {
		return domain.Actor{}, nil
	}
	if !strings.Contains(header, ":") {
		a := domain.Actor{Role: domain.Role(header), Principal: "any"}
		err := a.Check()
		a.Principal = ""
		return a, err
	}
	return domain.ParseActor(header)
}
