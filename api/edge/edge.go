// Package edge is what stands between the network and the API: who asks and how often, how much may be asked at once, what bodies may be, how answers are encoded, and what browsers are
// told. Its middlewares are plain net/http and know no route; the API says what a request is.
package edge

import (
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/cors"
)

// Problem answers with a problem document (RFC 9457).
type Problem func(w http.ResponseWriter, r *http.Request, status int, name, detail string)

// Config is what stands at the edge.
type Config struct {
	Problem Problem
	// Rate limits each client; the zero Rate limits nobody.
	Rate Rate
	// Unlimited tells of requests that cost nothing of a rate, such as files that are there to be copied as a whole. Nil: all cost.
	Unlimited func(*http.Request) bool
	// Known tells by what name a client is known, such as that of an API key, and how many times the rate it has. An empty name is a client that is known by its address only.
	Known func(*http.Request) (name string, times int)
	// Proxies are the networks of reverse proxies that say truly for whom they ask, in X-Forwarded-For. None: whoever connects is the client.
	Proxies []netip.Prefix
	// Class says what sort of work a request is. Nil: none is limited.
	Class func(*http.Request) Class
	// Gates are how much of each sort goes on at once.
	Gates map[Class]Gate
	// Files tells of a request whether its body may be compressed: a file that is read under a limit of its own.
	Files func(*http.Request) bool
	// Plain tells of answers that are not worth encoding, such as hashes. Nil: all may be.
	Plain func(*http.Request) bool
	// MaxFile is the most bytes of such a body when it is decoded.
	MaxFile int64
	// Now is the clock of rates; nil: time.Now.
	Now func() time.Time
}

// Chain gives the middlewares, the outermost first. They belong behind what gives a request its id, logs it and catches panics.
func Chain(c Config) []func(http.Handler) http.Handler {
	client := middleware.ClientIPFromRemoteAddr
	if len(c.Proxies) > 0 {
		names := make([]string, len(c.Proxies))
		for i, p := range c.Proxies {
			names[i] = p.String()
		}
		client = middleware.ClientIPFromXFF(names...)
	}
	chain := []func(http.Handler) http.Handler{client, secured, readable()}
	if c.Rate.Requests > 0 {
		chain = append(chain, newLimiter(c).limited)
	}
	if c.Class != nil {
		chain = append(chain, newGates(c).gated)
	}
	return append(chain, bodies{c.Problem, c.Files, c.MaxFile}.decoded, compressed(c.Plain))
}

// ParseProxies reads networks such as 10.0.0.0/8, and single addresses.
func ParseProxies(networks []string) (all []netip.Prefix, _ error) {
	for _, n := range networks {
		p, err := netip.ParsePrefix(n)
		if a, single := netip.ParseAddr(n); err != nil && single == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("a trusted proxy is a network such as 10.0.0.0/8 or 2001:db8::/32, or an address: %w", err)
		}
		all = append(all, p)
	}
	return all, nil
}

// secured sets what browsers are to make of answers; a page that needs more sets its own policy.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = noSniff
		h["Referrer-Policy"] = noReferrer
		h["Content-Security-Policy"] = noContent
		h["Cross-Origin-Resource-Policy"] = anyOrigin
		if r.TLS != nil {
			h["Strict-Transport-Security"] = onlyTLS
		}
		next.ServeHTTP(w, r)
	})
}

// Values of headers, which nobody changes.
var (
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"}
	anyOrigin  = []string{"cross-origin"} // what is read here is public
	onlyTLS    = []string{"max-age=63072000"}
)

// Exposed are the headers that pages from elsewhere may read.
var exposed = []string{"ETag", "Link", "Ledger-Position", "RateLimit", "RateLimit-Policy", "Retry-After", "Request-Id", "Deprecation", "Sunset"}

// readable lets pages from anywhere read, without credentials of their users. Commands are no business of pages from elsewhere.
func readable() func(http.Handler) http.Handler {
	open := cors.Handler(cors.Options{
		AllowedOrigins: []string{"*"}, AllowedMethods: []string{http.MethodGet, http.MethodHead}, ExposedHeaders: exposed, MaxAge: 24 * 60 * 60,
		AllowedHeaders: []string{"Accept", "Accept-Language", "Authorization", "Cache-Control", "If-None-Match", "Last-Event-ID"},
	})
	return func(next http.Handler) http.Handler {
		with := open(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
				with.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
