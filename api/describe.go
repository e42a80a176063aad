package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
)

// described is the router with the OpenAPI document of what is on it. huma checks the parameters of a request against what the document says of them; the answers are those of plain handlers,
// which send documents byte for byte as they are stored.
type described struct {
	huma.API
	server *server
}

func describe(s *server, r chi.Router) *described {
	humanErrors()
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Daybook, the deliberation ledger", Version: apiVersion, Description: introduction},
			Components: &huma.Components{SecuritySchemes: map[string]*huma.SecurityScheme{tokenScheme: {
				Type: "http", Scheme: "bearer", Description: "A token of 'daybook token', or of the OpenID provider of this server; to read, an API key. docs/access.md says who may do what.",
			}}},
		},
		Formats: map[string]huma.Format{jsonKind: huma.DefaultJSONFormat, problemKind: huma.DefaultJSONFormat}, DefaultFormat: jsonKind, RejectUnknownQueryParameters: true,
	}
	return &described{API: huma.NewAPI(config, adapter{humachi.NewAdapter(r), r, s}), server: s}
}

// adapter puts operations on chi. A key may hold slashes, which OpenAPI has no word for: such an operation names its route on chi besides its path.
type adapter struct {
	huma.Adapter
	router chi.Router
	server *server
}

// What an operation's Metadata may say: how chi is to match it, and by what name of a route logs and figures tell of it, where that is one of many of its sort.
const (
	routeOf = "route"
	labelOf = "label"
)

type serverKey struct{}

func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	route := op.Path
	if other, ok := op.Metadata[routeOf].(string); ok {
		route = other
	}
	if label, ok := op.Metadata[labelOf].(string); ok {
		a.server.labels[route] = label
	}
	kinds := kindsOf(op)
	a.router.MethodFunc(op.Method, route, func(w http.ResponseWriter, r *http.Request) {
		if !acceptable(r.Header.Values("Accept"), kinds) {
			a.server.problem(w, r, &problemError{http.StatusNotAcceptable, "not-acceptable", "what Accept asks for is not here: " + strings.Join(kinds, ", ")})
			return
		}
		handler(huma.WithValue(humachi.NewContext(op, r, w), serverKey{}, a.server))
	})
}

// operation puts a handler on the router under its description. In has the parameters of the query, by the tags of huma; what does not fit them never comes to the handler.
func operation[In any](d *described, op huma.Operation, serve http.HandlerFunc) {
	body := op.RequestBody
	op.RequestBody = nil // else huma would read it, which is for the handler
	huma.Register(d.API, op, func(context.Context, *In) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(c huma.Context) {
			r, w := humachi.Unwrap(c)
			serve(w, r)
		}}, nil
	})
	if body != nil {
		d.OpenAPI().Paths[op.Path].Post.RequestBody = body
	}
}

// tokenScheme is the name of tokens in the document. withToken are operations that need one, but for a server of this machine alone, and for answers that a device has signed.
const tokenScheme = "token"

var withToken = []map[string][]string{{tokenScheme: {}}, {}}

// none are no parameters.
type none struct{}

// mention puts an operation into the document that is on the router already, under a route that serves several.
func (d *described) mention(op huma.Operation) { d.OpenAPI().AddOperation(&op) }

// humanErrors makes huma's errors the documents that all others are. It is set once for the process: huma keeps it in a variable of its package.
var humanErrors = sync.OnceFunc(func() {
	huma.NewError = func(_ int, detail string, _ ...error) huma.StatusError {
		p := problem(http.StatusBadRequest, "bad-request", detail)
		return &p
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, detail string, errs ...error) huma.StatusError {
		if c == nil {
			return huma.NewError(status, detail)
		}
		s, _ := c.Context().Value(serverKey{}).(*server)
		for _, err := range errs {
			var d huma.ErrorDetailer
			if errors.As(err, &d) { // its Value, which is what the client sent, is left out
				detail = d.ErrorDetail().Location + ": " + d.ErrorDetail().Message
			}
		}
		p := s.fault(c.Context(), &problemError{http.StatusBadRequest, "bad-request", detail})
		c.SetHeader("Cache-Control", "no-store")
		return &p
	}
})

// GetStatus makes a Problem an error of huma's.
func (p *Problem) GetStatus() int { return p.Status }

func (p *Problem) Error() string { return p.Type + ": " + p.Detail }

// ContentType is that of RFC 9457, whatever was asked for.
func (p *Problem) ContentType(string) string { return problemKind }

const problemKind = "application/problem+json"

// reply is an answer of an operation as the document describes it.
type reply struct {
	status  int
	about   string
	kinds   []string // media types; the first is that of the schema
	schema  string   // its name among the components; empty: any text or bytes
	headers []string // their names among the components
	example any
}

// replies are the answers of an operation: those that are named, and problems for all others.
func replies(all ...reply) map[string]*huma.Response {
	byStatus := map[string]*huma.Response{"default": {Ref: "#/components/responses/Problem"}}
	for _, one := range all {
		r := &huma.Response{Description: one.about, Headers: map[string]*huma.Param{}}
		for _, name := range append([]string{"Request-Id", "RateLimit", "RateLimit-Policy"}, one.headers...) {
			r.Headers[name] = &huma.Param{Ref: "#/components/headers/" + name}
		}
		if len(one.kinds) > 0 {
			r.Content = map[string]*huma.MediaType{}
		}
		for i, kind := range one.kinds {
			m := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
			if i == 0 && one.schema != "" {
				m = &huma.MediaType{Schema: &huma.Schema{Ref: schemaAt + one.schema}, Example: one.example}
			}
			r.Content[kind] = m
		}
		byStatus[strconv.Itoa(one.status)] = r
	}
	return byStatus
}

const schemaAt = "#/components/schemas/"

// inPath describes a parameter of a path.
func inPath(name, about string, schema *huma.Schema, example any) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Description: about, Schema: schema, Example: example}
}

// inHeader describes a header of a request.
func inHeader(name, about string, required bool, example any) *huma.Param {
	return &huma.Param{Name: name, In: "header", Required: required, Description: about, Schema: text(), Example: example}
}

func text() *huma.Schema { return &huma.Schema{Type: huma.TypeString} }

// whole is a number of records or of events, from 0.
func whole() *huma.Schema {
	least := 0.0
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: &least}
}
