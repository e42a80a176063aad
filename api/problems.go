package api

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
)

const tagProblems = "Problems"

// A ProblemType is what a type of problem means. Its page is at /problems/{name}, which is the type itself.
type ProblemType struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Title    string `json:"title"` // what answers of this type are called, whatever it is about: what happened, up to the first stop or colon
	Statuses []int  `json:"statuses"`
	What     string `json:"what"`
	WayOut   string `json:"wayOut"`
}

type problemsAnswer struct {
	Problems []ProblemType `json:"problems"`
}

// pages puts a page for each problem on the router.
func (s *server) pages(d *described) {
	kinds := []string{jsonKind, htmlKind}
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/problems", OperationID: "listProblems", Tags: []string{tagProblems}, Summary: "All problems",
		Description: "Every type of problem that this server answers with: what happened, and the way out. A page for people, or JSON for programs.",
		Responses:   replies(reply{status: 200, about: "the problems", kinds: kinds, schema: "Problems", headers: []string{"Cache-Control", "Vary"}}),
	}, func(w http.ResponseWriter, r *http.Request) {
		s.answerPage(w, r, problemsAnswer{Problems()}, Problems()...)
	})
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/problems/{name}", OperationID: "getProblem", Tags: []string{tagProblems}, Summary: "What a problem means",
		Description: "The address that `type` of a problem names.", Parameters: []*huma.Param{inPath("name", "The last part of the type.", text(), "not-found")},
		Responses: replies(reply{status: 200, about: "what it means", kinds: kinds, schema: "ProblemPage", headers: []string{"Cache-Control", "Vary"}, example: example("getProblem")}),
	}, func(w http.ResponseWriter, r *http.Request) {
		all := Problems()
		i := slices.IndexFunc(all, func(p ProblemType) bool { return p.Name == chi.URLParam(r, "name") })
		if i < 0 {
			s.problem(w, r, &problemError{http.StatusNotFound, "not-found", "there is no problem of this name; GET /problems lists them"})
			return
		}
		s.answerPage(w, r, all[i], all[i])
	})
}

func (s *server) answerPage(w http.ResponseWriter, r *http.Request, asJSON any, shown ...ProblemType) {
	w.Header().Add("Vary", "Accept")
	w.Header().Set("Cache-Control", cacheNow)
	if !prefersHTML(r) {
		s.writeJSON(w, r, http.StatusOK, asJSON)
		return
	}
	w.Header().Set("Content-Type", htmlKind+"; charset=utf-8")
	_, _ = w.Write([]byte(problemHTML(shown)))
}

// problemHTML is a page without scripts or styles, which needs nothing else.
func problemHTML(shown []ProblemType) string {
	head := "Problems"
	if len(shown) == 1 {
		head = shown[0].Name
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>%s – Daybook</title></head>\n<body>\n<main>\n<h1>%[1]s</h1>\n",
		html.EscapeString(head))
	for _, p := range shown {
		if len(shown) > 1 {
			fmt.Fprintf(&b, "<h2><a href=\"%s\">%s</a></h2>\n", html.EscapeString(p.Type), html.EscapeString(p.Name))
		}
		statuses := make([]string, len(p.Statuses))
		for i, n := range p.Statuses {
			statuses[i] = fmt.Sprintf("%d %s", n, http.StatusText(n))
		}
		fmt.Fprintf(&b, "<p>%s</p>\n<p>%s %s</p>\n", html.EscapeString(strings.Join(statuses, ", ")), html.EscapeString(p.What), html.EscapeString(p.WayOut))
	}
	b.WriteString("<p><a href=\"/problems\">All problems</a> · <a href=\"/docs\">The API</a></p>\n</main>\n</body>\n</html>\n")
	return b.String()
}

// Problems are all of them by name: those of the API, and the rules by which commands are rejected.
func Problems() []ProblemType {
	all := slices.Concat(apiProblems, ruleProblems)
	for i := range all {
		all[i].Type = "/problems/" + all[i].Name
		all[i].Title, _, _ = strings.Cut(all[i].What, ".")
		all[i].Title, _, _ = strings.Cut(all[i].Title, ": ")
	}
	slices.SortFunc(all, func(a, b ProblemType) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// titles are those of problems by name. They do not change from one answer to the next (RFC 9457, 3.1.3).
var titles = sync.OnceValue(func() map[string]string {
	by := map[string]string{}
	for _, p := range Problems() {
		by[p.Name] = p.Title
	}
	return by
})
