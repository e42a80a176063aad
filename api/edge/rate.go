package edge

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

// A Rate is how many requests a client has in a time. They come back evenly: a client that has used them all has one again after Per / Requests.
type Rate struct {
	Requests int
	Per      time.Duration
}

// ParseRate reads a rate such as 300/1m. 0 is none.
func ParseRate(s string) (Rate, error) {
	wrong := errors.New("a rate is requests in a time, such as 300/1m, or 0 for none")
	if s == "0" {
		return Rate{}, nil
	}
	requests, per, ok := strings.Cut(s, "/")
	n, err := strconv.Atoi(requests)
	if !ok || err != nil || n < 1 || n > 1_000_000_000 {
		return Rate{}, wrong
	}
	d, err := time.ParseDuration(per)
	if err != nil || d < time.Second || d > 24*time.Hour {
		return Rate{}, fmt.Errorf("%w, from 1s to 24h", wrong)
	}
	return Rate{n, d}, nil
}

func (r Rate) String() string {
	if r.Requests == 0 {
		return "0"
	}
	return fmt.Sprintf("%d/%s", r.Requests, r.Per)
}

// mostClients is how many clients are told apart. There are that many in a minute where somebody asks from a whole network; those that come after share one quota.
const mostClients = 100_000

// bucket holds what a client has left.
type bucket struct {
	left float64
	at   time.Time
}

// limiter is a bucket of tokens for each client (the tried library counts by fixed windows, and cannot give back what a 304 did not cost).
type limiter struct {
	Config
	most int

	mu      sync.Mutex
	buckets map[string]*bucket
	swept   time.Time
}

func newLimiter(c Config) *limiter {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &limiter{Config: c, most: mostClients, buckets: map[string]*bucket{}}
}

// quota is what a client may ask.
type quota struct {
	policy string // its name in the headers
	key    string
	most   float64
	per    time.Duration
}

func (l *limiter) quotaOf(r *http.Request) quota {
	if l.Known != nil {
		if name, times := l.Known(r); name != "" && times > 0 {
			return quota{"key", "key " + name, float64(l.Rate.Requests) * float64(times), l.Rate.Per}
		}
	}
	return quota{"public", clientOf(r), float64(l.Rate.Requests), l.Rate.Per}
}

// clientOf is the address of a client: of IPv6 the first 64 bits, as the others are the client's own to choose. Empty where there is none to trust: those share one quota.
func clientOf(r *http.Request) string {
	a := middleware.GetClientIPAddr(r.Context())
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	if a == (netip.Addr{}) {
		return ""
	}
	return a.String()
}

// take takes one request from a quota, and tells what is left; or gives one back, where n is -1. ok is false where there is none.
func (l *limiter) take(q quota, n float64) (left float64, ok bool) {
	now := l.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[q.key]
	if b == nil {
		if len(l.buckets) >= l.most {
			l.sweep(now)
		}
		if len(l.buckets) >= l.most {
			q.key = ""
			b = l.buckets[""]
		}
		if b == nil {
			b = &bucket{q.most, now}
			l.buckets[q.key] = b
		}
	}
	b.left = min(q.most, b.left+q.most*float64(now.Sub(b.at))/float64(q.per))
	b.at = now
	if b.left < n {
		return b.left, false
	}
	b.left = min(q.most, b.left-n)
	return b.left, true
}

// sweep forgets clients whose quota is whole again, at most once a second.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Second {
		return
	}
	l.swept = now
	for key, b := range l.buckets {
		if now.Sub(b.at) >= l.Rate.Per {
			delete(l.buckets, key)
		}
	}
}

// headers are those of draft-ietf-httpapi-ratelimit-headers-11: r is how many requests are left, and t after how many seconds the quota is whole again.
func (q quota) headers(h http.Header, left float64) {
	whole := (q.most - left) / q.most * q.per.Seconds()
	h.Set("RateLimit-Policy", fmt.Sprintf(`"%s";q=%.0f;w=%.0f`, q.policy, q.most, math.Ceil(q.per.Seconds())))
	h.Set("RateLimit", fmt.Sprintf(`"%s";r=%.0f;t=%.0f`, q.policy, math.Floor(left), math.Ceil(whole)))
}

// limited answers 429 to a client that has nothing left. An answer 304 costs nothing: to ask whether something is new is what clients are to do.
func (l *limiter) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.Unlimited != nil && l.Unlimited(r) {
			next.ServeHTTP(w, r)
			return
		}
		q := l.quotaOf(r)
		left, ok := l.take(q, 1)
		if !ok {
			q.headers(w.Header(), left)
			w.Header().Set("Retry-After", fmt.Sprintf("%.0f", math.Max(1, math.Ceil((1-left)/q.most*q.per.Seconds()))))
			l.Problem(w, r, http.StatusTooManyRequests, "too-many-requests", fmt.Sprintf("more than %.0f requests in %v: ask again after Retry-After. With If-None-Match, an answer that is not new costs nothing", q.most, q.per))
			return
		}
		next.ServeHTTP(&hooked{ResponseWriter: w, before: func(status int) {
			if status == http.StatusNotModified {
				left, _ = l.take(q, -1)
			}
			q.headers(w.Header(), left)
		}}, r)
	})
}

// hooked calls a function before the header of an answer goes out.
type hooked struct {
	http.ResponseWriter
	before func(status int)
	done   bool
}

func (w *hooked) WriteHeader(status int) {
	if !w.done && status >= 200 { // not 103 and its kind
		w.done = true
		w.before(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *hooked) Write(b []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Flush is for those who look for it here and not by http.ResponseController.
func (w *hooked) Flush() {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *hooked) Unwrap() http.ResponseWriter { return w.ResponseWriter }
