package api

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// redoc is Redoc 2.5.4, which shows the OpenAPI document: bundles/redoc.standalone.js of the package redoc of npm, as it is there. Licence and digest stand beside it.
//
//go:embed redoc/redoc.standalone.js
var redoc []byte

const redocPath = "/docs/redoc.js"

// docsPage loads nothing from elsewhere.
const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Daybook API</title>
<link rel="service-desc" type="application/openapi+json" href="` + specPath + `">
<style>body { margin: 0 }</style>
</head>
<body>
<redoc spec-url="` + specPath + `" disable-google-font hide-hostname></redoc>
<noscript><p>This page needs JavaScript to show <a href="` + specPath + `">the OpenAPI document</a>.</p></noscript>
<script src="` + redocPath + `"></script>
</body>
</html>
`

// docsPolicy lets the page do what it needs: its script, styles that the script makes, the document, and a worker for its search.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// docs puts the page on the router that shows the OpenAPI document to people.
func (s *server) docs(d *described) {
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: docsPath, OperationID: "docs", Tags: []string{tagHome}, Summary: "The page that shows this document", Metadata: map[string]any{negotiates: true},
		Description: "For people. It loads nothing from elsewhere.", Responses: replies(reply{status: 200, about: "the page", kinds: []string{htmlKind}}),
	}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Content-Type", htmlKind+"; charset=utf-8")
		w.Header().Set("Cache-Control", cacheNow)
		_, _ = w.Write([]byte(docsPage))
	})
	tag := sync.OnceValue(func() string { return fmt.Sprintf(`"%x"`, sha256.Sum256(redoc)) })
	d.router().Get(redocPath, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=86400")
		if s.settled(w, r, tag()) {
			return
		}
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(redoc)
	})
}
