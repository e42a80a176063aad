package api

import (
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const tagHome = "About"

type homeAnswer struct {
	Daybook  string   `json:"daybook"`
	Views    string   `json:"views"`
	Proofs   string   `json:"proofs"`
	Events   string   `json:"events"`
	Live     string   `json:"live"`
	Commands string   `json:"commands"`
	Schemas  string   `json:"schemas"`
	Log      string   `json:"log"`
	Receipts string   `json:"receipts"`
	Problems string   `json:"problems"`
	OpenAPI  string   `json:"openapi"`
	Docs     string   `json:"docs"`
	Health   []string `json:"health"`
}

// home puts on the router what says what there is, and whether all is well.
func (s *server) home(d *described) {
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/", OperationID: "home", Tags: []string{tagHome}, Summary: "What there is",
		Description: "The addresses of everything else, for people who look around: a page in a browser, JSON elsewhere. Programs find them by the `Link` header as well (RFC 8288; RFC 9727).",
		Responses:   replies(reply{status: 200, about: "the addresses", kinds: []string{jsonKind, htmlKind}, schema: "Home", headers: []string{"Link", "Vary"}, example: example("home")}),
	}, s.index)
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/livez", OperationID: "alive", Tags: []string{tagHome}, Summary: "Whether the process lives", Metadata: map[string]any{negotiates: true},
		Description: "Answers as long as the process can answer at all. Restart it where it does not.",
		Responses:   replies(reply{status: 200, about: "it lives", kinds: []string{textKind}, example: "ok\n"}),
	}, func(w http.ResponseWriter, _ *http.Request) { writeText(w, "ok\n") })
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/readyz", OperationID: "ready", Tags: []string{tagHome}, Summary: "Whether all is well", Metadata: map[string]any{negotiates: true},
		Description: "Whether ledger, views, log and vault are as they should be. Send requests elsewhere while it answers 503, whose `detail` says what is not.",
		Responses:   replies(reply{status: 200, about: "all is well", kinds: []string{textKind}, example: "ready\n"}),
	}, s.readyz)
	s.discoverable(d)
}

func (s *server) index(w http.ResponseWriter, r *http.Request) {
	w.Header()["Link"] = s.site().Links()
	w.Header().Add("Vary", "Accept")
	if prefersHTML(r) {
		w.Header().Set("Content-Type", htmlKind+"; charset=utf-8")
		_, _ = io.WriteString(w, homePage)
		return
	}
	s.writeJSON(w, r, http.StatusOK, homeAnswer{
		Daybook: "the deliberation ledger", Views: "/v1/views", Proofs: "/v1/proofs/views", Events: "/v1/events", Live: "/v1/live", Commands: "/v1/commands", Schemas: "/v1/schemas/",
		Log: "/log/", Receipts: "/v1/receipts/{seq}", Problems: "/problems", OpenAPI: specPath, Docs: docsPath, Health: []string{"/livez", "/readyz"},
	})
}

// homePage is what people see who come with a browser: a page without scripts or styles, as those of problems are.
const homePage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Daybook, the deliberation ledger</title></head>
<body>
<main>
<h1>Daybook, the deliberation ledger</h1>
<p>The record of a citizens' dialogue: whatever was registered, voted, said and recommended stands in a ledger that only grows, and can be checked by anybody.</p>
<ul>
<li><a href="/docs">The API</a>, for people; <a href="/openapi.json">as OpenAPI</a>, for programs</li>
<li><a href="/v1/views">Views</a>: what the record says of countries, dialogues, questions and recommendations</li>
<li><a href="/v1/events">Events</a>: the ledger itself, in its order</li>
<li><a href="/log/">The published log</a>, and <a href="/v1/proofs/views">where views are committed to</a>: for those who trust nobody</li>
<li><a href="/v1/commands">Commands</a>: what changes something, by whom it may</li>
<li><a href="/v1/schemas/">Schemas</a> of events, documents and commands</li>
<li><a href="/problems">Problems</a>: what they mean, and the way out</li>
<li><a href="/readyz">Whether all is well</a></li>
</ul>
</main>
</body>
</html>
`

func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	if err := s.Ready(r.Context()); err != nil {
		s.problem(w, r, &problemError{http.StatusServiceUnavailable, "not-ready", err.Error()})
		return
	}
	writeText(w, "ready\n")
}
