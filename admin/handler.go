package admin

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler answers /livez, /readyz, /metrics and /debug/pprof/. With local, only requests that name the server by address or as localhost are answered: a page from elsewhere
// whose name was bent to a loopback address is not to read the memory of this process.
func (a *Admin) Handler(local bool) http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, map[string]bool{"live": true}) })
	m.HandleFunc("GET /readyz", a.readyz)
	m.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	m.HandleFunc("GET /debug/pprof/", pprof.Index)
	m.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	m.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	m.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	m.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	if !local {
		return m
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !namesThisMachine(r.Host) {
			http.Error(w, "name this server by its address", http.StatusForbidden)
			return
		}
		m.ServeHTTP(w, r)
	})
}

// NewHTTPServer puts limits around a handler. A profile may take as long as it is asked to, up to some minutes.
func NewHTTPServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 5 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
}

// readyz tells each check; with ?verbose, what was seen and how long that took.
func (a *Admin) readyz(w http.ResponseWriter, r *http.Request) {
	ready, status := a.Ready(r.Context()), http.StatusOK
	if !ready.Ready {
		status = http.StatusServiceUnavailable
	}
	if !r.URL.Query().Has("verbose") {
		for i, c := range ready.Checks {
			ready.Checks[i] = Check{Check: c.Check, OK: c.OK}
			if !c.OK {
				ready.Checks[i].Detail = c.Detail
			}
		}
	}
	answer(w, status, ready)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v)
}

// namesThisMachine tells whether the Host of a request is an address or localhost, which nobody else can bend.
func namesThisMachine(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "localhost" || net.ParseIP(strings.Trim(host, "[]")) != nil
}
