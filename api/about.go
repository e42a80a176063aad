package api

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"daybook.internal/api/discovery"
	"daybook.internal/api/tabular"
	"daybook.internal/projections"
	"daybook.internal/projections/measures"
)

// Where the API is described.
const (
	specPath = "/openapi.json"
	docsPath = "/docs"
)

// site is what this server says of itself: what its operator said, and the views.
func (s *server) site() discovery.Site {
	site := s.Site
	if site.Title == "" {
		site.Title = "Daybook, the deliberation ledger"
	}
	site.Spec, site.Docs, site.Status, site.Robots = specPath, docsPath, "/readyz", []string{"/v1/proofs/", "/v1/commands", "/*?*at="}
	var forms []discovery.Form
	for _, f := range tabular.Formats() {
		form := discovery.Form{Name: map[tabular.Format]string{tabular.JSON: "JSON", tabular.CSV: "CSV", tabular.NDJSON: "NDJSON", tabular.Parquet: "Parquet"}[f], MediaType: f.Name(), Query: "format=" + string(f)}
		if f == tabular.JSON {
			form.Query = ""
		}
		forms = append(forms, form)
	}
	for _, v := range projections.All() {
		site.Datasets = append(site.Datasets, discovery.Dataset{Name: v.Name, About: v.About, Path: "/v1/views/" + v.Name, Version: v.Version, Forms: forms})
	}
	if s.Measures != nil {
		for _, v := range measures.All() {
			site.Datasets = append(site.Datasets, discovery.Dataset{Name: v.Name, About: v.About, Path: "/v1/views/" + v.Name, Version: v.Version, Forms: forms})
		}
	}
	return site
}

// discoverable adds what says where everything is.
func (s *server) discoverable(r chi.Router) {
	site := s.site()
	r.Get("/.well-known/api-catalog", site.APICatalog)
	r.Get("/catalog.jsonld", site.Catalogue)
	r.Get("/robots.txt", func(w http.ResponseWriter, _ *http.Request) { writeText(w, site.RobotsTXT()) })
	r.Get("/.well-known/security.txt", func(w http.ResponseWriter, r *http.Request) {
		text, ok := site.SecurityTXT(r, time.Now())
		if !ok {
			s.problem(w, r, &problemError{http.StatusNotFound, "not-found", "this server names nobody to tell of a hole; daybook serve --security-contact does"})
			return
		}
		writeText(w, text)
	})
}
