package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

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

// discoverable adds what says where everything is, for programs that know the host only.
func (s *server) discoverable(d *described) {
	site := s.site()
	get := func(path, id, summary, about, kind string, serve http.HandlerFunc) {
		operation[none](d, huma.Operation{
			Method: http.MethodGet, Path: path, OperationID: id, Tags: []string{tagHome}, Summary: summary, Description: about, Metadata: map[string]any{negotiates: true},
			Responses: replies(reply{status: 200, about: "the document", kinds: []string{kind}}),
		}, serve)
	}
	get("/.well-known/api-catalog", "apiCatalog", "The catalogue of this API", "A set of links to what describes the API for programs and for people (RFC 9727, RFC 9264).", "application/linkset+json", site.APICatalog)
	get("/catalog.jsonld", "dataCatalogue", "The catalogue of the data", "Every view as a dataset with its forms (DCAT 3, as JSON-LD), for portals of open data.", "application/ld+json", site.Catalogue)
	get("/robots.txt", "robots", "What robots leave alone", "The rules for crawlers (RFC 9309).", textKind, func(w http.ResponseWriter, _ *http.Request) { writeText(w, site.RobotsTXT()) })
	get("/.well-known/security.txt", "securityContact", "Whom to tell of a hole", "Addresses to tell of a hole in the security of this server (RFC 9116). 404 where the operator named none.", textKind,
		func(w http.ResponseWriter, r *http.Request) {
			text, ok := site.SecurityTXT(r, time.Now())
			if !ok {
				s.problem(w, r, &problemError{http.StatusNotFound, "not-found", "this server names nobody to tell of a hole; daybook serve --security-contact does"})
				return
			}
			writeText(w, text)
		})
}
