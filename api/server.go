// Package api serves commands and documents over HTTP. It decides nothing: what it answers was decided by commands, folded by projections, or
// stands in the ledger.
package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"daybook.internal/access/bearer"
	"daybook.internal/api/discovery"
	"daybook.internal/api/edge"
	"daybook.internal/api/follow"
	"daybook.internal/api/tabular"
	"daybook.internal/commands"
	"daybook.internal/notary/publish"
	"daybook.internal/notary/viewroots"
	"daybook.internal/readstore"
	"daybook.internal/readstore/live"
)

// Config is what a Server needs.
type Config struct {
	Service *commands.Service // commands; its ledger answers reads of events and of earlier positions
	Store   readstore.Store   // documents
	// Measures answers for the views of measures at the head; nil: this server computes none there.
	Measures *live.Live
	Log      *slog.Logger
	// Published is the log that is served under /log/ and gives receipts and proofs; nil where none is published.
	Published *publish.Log
	// Ready tells whether the views are there and being kept up with the ledger, and if not, why.
	Ready func(context.Context) error
	// Observed, if it is set, is told of every request that was answered: its method, the pattern of its route, which is empty where it has none, the status, and how long it took.
	Observed func(method, route string, status int, took time.Duration)
	// Writes admits commands.
	Writes bool
	// Auth tells who sends a request. Nil: there is no authentication, and every command is admitted as whom it says; only an address that strangers cannot reach may be served so.
	Auth bearer.Verifier
	// Keys lists the API keys; nil: there are none.
	Keys func() ([]bearer.APIKey, error)
	// Open says that what comes without a token is taken at its word all the same, as on an address of this machine.
	Open bool
	// Denied, if it is set, is told of every command that its sender may not send, and as which role, and of every credential that was refused, and why.
	Denied func(command, role, refused string)
	// Local says that commands come from this machine alone. Then only requests that name the server by address or as localhost may bring any: a
	// page from elsewhere whose name was bent to a loopback address may not.
	Local bool
	// Lead is for servers that share a ledger, of which one at a time runs commands: what a command holds open (commands/doors.go) holds in one process. It gives the context of a command,
	// which is ctx until another server may run them, and what to call after the command; ok is false where another one does. Nil: this server is the only one.
	Lead func(ctx context.Context) (leading context.Context, done func(), ok bool)
	// Edge says how often clients may ask and how much goes on at once (edges.go has the rest).
	Edge edge.Config
	// Site is what /.well-known/api-catalog, security.txt, robots.txt and /catalog.jsonld say of this server.
	Site discovery.Site
	// Live, Events and Webhooks tell clients what happens (package follow); nil: this server does not. Whoever makes them runs them, and ends them before the server is shut down.
	Live     *follow.Live
	Events   *follow.Events
	Webhooks *follow.Webhooks
	// Stopping ends when the server is about to stop. A file of commands, which may take long, is then left between two lines. Nil never ends.
	Stopping context.Context
}

// Limits of a request.
const (
	MaxBody  = commands.MaxLine // bytes of a command, alone or as a line
	MaxFile  = 64 << 20         // bytes of a file of commands: some 150,000 ballots, reactions or statements, more than a day of any one place
	MaxLimit = 200              // documents or events of one answer
)

// How long a request waits for its client. For a file of commands it begins anew with everything that comes or goes.
const (
	readPatience  = 30 * time.Second
	writePatience = 5 * time.Minute
)

type server struct {
	Config
	rebuilds chan struct{} // reading an earlier position folds the ledger anew: few at a time
	prover   *viewroots.Prover
	tables   *tabular.Tables
	lineages *lineages
	kept     keptPages
	past     past
	closed   map[string]bool   // views that are not made for everybody
	labels   map[string]string // of routes that are one of many of their sort
}

// Handler answers all routes.
func Handler(c Config) http.Handler {
	s := &server{Config: c, rebuilds: make(chan struct{}, 2), prover: viewroots.NewProver(c.Service.Ledger, c.Store), lineages: newLineages(), labels: map[string]string{}}
	tables, err := tablesOf()
	if err != nil {
		panic(err) // a view's Go type is at fault; a test makes the tables of all of them
	}
	s.tables = tables
	r := chi.NewRouter()
	r.Use(identified, s.logged, s.recovered)
	r.Use(s.edges()...)
	r.Use(s.authenticated)
	r.Use(middleware.GetHead)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) { s.problem(w, r, errNoRoute) })
	r.MethodNotAllowed(func(w http.ResponseWriter, req *http.Request) {
		path := cmp.Or(req.URL.RawPath, req.URL.Path)
		var allowed []string // RFC 9110 15.5.6
		if r.Match(chi.NewRouteContext(), http.MethodGet, path) {
			allowed = append(allowed, http.MethodGet, http.MethodHead)
		}
		if r.Match(chi.NewRouteContext(), http.MethodPost, path) {
			allowed = append(allowed, http.MethodPost)
		}
		if r.Match(chi.NewRouteContext(), http.MethodDelete, path) {
			allowed = append(allowed, http.MethodDelete)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.problem(w, req, errNoMethod)
	})

	d := describe(s, r)
	s.home(d)      // what there is, and whether all is well
	s.schemas(d)   // of events, of views and of commands
	s.views(d)     // documents of views and of measures
	s.lineage(d)   // where recommendations come from
	s.record(d)    // events, receipts, proofs and the published log
	s.following(d) // what happens: documents that change, events as they come, webhooks
	s.keyring(d)   // API keys
	s.commands(d)  // what changes something
	s.pages(d)     // what each problem means
	s.describes(d) // the OpenAPI document of all these, and the page that shows it
	return r
}

// NewHTTPServer puts the limits of time and size around a handler.
func NewHTTPServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: readPatience, WriteTimeout: writePatience,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
}

type requestKey struct{}

// identified gives every request an id of its own. One that the client sends is not taken over: it would stand in the log as it is.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()[:16]
		w.Header().Set("Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// logged writes one line a request: the route's pattern, never its parameters, which may name people's pseudonyms.
func (s *server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		pattern, took := chi.RouteContext(r.Context()).RoutePattern(), time.Since(began)
		if label, ok := s.labels[pattern]; ok {
			pattern = label
		}
		if s.Log.Enabled(r.Context(), slog.LevelInfo) {
			s.Log.InfoContext(r.Context(), "request", "method", r.Method, "route", pattern, "status", ww.Status(), "bytes", ww.BytesWritten(),
				"duration", took, "request", requestID(r.Context()))
		}
		if s.Observed != nil {
			s.Observed(r.Method, pattern, cmp.Or(ww.Status(), http.StatusOK), took)
		}
	})
}

// recovered turns a panic into an answer and a log line, so that one request takes nothing else down. Where the answer has begun already, it is cut
// off: the client must not take it for a whole one.
func (s *server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			s.Log.ErrorContext(r.Context(), "panic", "panic", p, "request", requestID(r.Context()), "stack", string(debug.Stack()))
			if ww, ok := w.(middleware.WrapResponseWriter); ok && ww.Status() != 0 {
				panic(http.ErrAbortHandler)
			}
			s.problem(w, r, errInternal)
		}()
		next.ServeHTTP(w, r)
	})
}

func position(w http.ResponseWriter, at uint64) {
	w.Header().Set("Ledger-Position", strconv.FormatUint(at, 10))
}
