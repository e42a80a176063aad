package api

import (
	"net/http"
	"strings"

	"daybook.internal/api/edge"
	"daybook.internal/projections/measures"
)

// edges is what stands before the routes: rates, gates, encodings and headers for browsers. It is here that a request gets its class.
func (s *server) edges() []func(http.Handler) http.Handler {
	of := classes{}
	for _, v := range measures.All() {
		of[v.Name] = true
	}
	c := s.Edge
	c.Problem = func(w http.ResponseWriter, r *http.Request, status int, name, detail string) {
		s.problem(w, r, &problemError{status, name, detail})
	}
	if c.Known == nil {
		c.Known = s.consumer
	}
	c.Class, c.MaxFile = of.class, MaxFile
	c.Files = func(r *http.Request) bool { return of.class(r) == edge.File }
	c.Unlimited = func(r *http.Request) bool { // auditors and mirrors copy the log as a whole, thousands of files; and who looks whether the server lives must be told
		return strings.HasPrefix(r.URL.Path, "/log/") || r.URL.Path == "/livez" || r.URL.Path == "/readyz"
	}
	c.Plain = func(r *http.Request) bool { // tiles of hashes
		return strings.HasPrefix(r.URL.Path, "/log/tile/") && !strings.HasPrefix(r.URL.Path, "/log/tile/entries/")
	}
	return edge.Chain(c)
}

// classes are the views of measures, which are computed when they are asked for.
type classes map[string]bool

// class is the sort of work that a request is. It is told before anything is looked up, so a request that will be refused has one as well.
func (c classes) class(r *http.Request) edge.Class {
	path, query := r.URL.Path, r.URL.RawQuery
	switch {
	case r.Method == http.MethodPost && path == "/v1/commands":
		return edge.File
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
		return edge.Command
	case path == "/livez", path == "/readyz", waits(path, query):
		return edge.Free
	case strings.HasPrefix(path, "/v1/proofs/"), strings.HasPrefix(path, "/v1/receipts/"), strings.HasPrefix(path, "/v1/recommendations/"):
		return edge.Heavy // some of these read much of the ledger
	case strings.Contains(query, "at="), strings.Contains(query, "format="), strings.Contains(query, "country="):
		return edge.Heavy
	}
	rest, isView := strings.CutPrefix(path, "/v1/views/")
	if !isView {
		return edge.Read
	}
	view, _, _ := strings.Cut(rest, "/")
	if accept := r.Header.Get("Accept"); c[view] || (accept != "" && accept != "*/*" && !strings.HasPrefix(accept, "application/json")) {
		return edge.Heavy // computed, or perhaps tables
	}
	return edge.Read
}

// waits tells of what stays open until there is news; it is limited where it is served.
func waits(path, query string) bool {
	return path == "/v1/live" || (path == "/v1/events" && strings.Contains(query, "wait="))
}
