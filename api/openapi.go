package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"go.yaml.in/yaml/v3"
)

// router is chi's, for what is not described.
func (d *described) router() chi.Router { return d.Adapter().(adapter).router }

// describes puts the OpenAPI document on the router, and the page that shows it. It comes last: the document has what is on the router by then.
func (s *server) describes(d *described) {
	document := sync.OnceValues(d.document)
	inYAML := sync.OnceValues(func() ([]byte, error) {
		text, err := document()
		if err != nil {
			return nil, err
		}
		return toYAML(text)
	})
	one := func(path, id, kind, summary string, text func() ([]byte, error)) {
		operation[none](d, huma.Operation{
			Method: http.MethodGet, Path: path, OperationID: id, Tags: []string{tagHome}, Summary: summary, Metadata: map[string]any{negotiates: true},
			Description: "The OpenAPI 3.1 document of this server: all addresses, parameters, answers and schemas, to read, or to make a client from.",
			Responses:   replies(reply{status: 200, about: "the document", kinds: []string{kind}, headers: []string{"ETag", "Cache-Control"}}, notModified),
		}, func(w http.ResponseWriter, r *http.Request) {
			body, err := text()
			if err != nil {
				s.problem(w, r, err)
				return
			}
			w.Header().Set("Cache-Control", cacheNow)
			digest := sha256.Sum256(body)
			if s.settled(w, r, fmt.Sprintf(`"%x"`, digest[:12])) {
				return
			}
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(body)
		})
	}
	one(specPath, "openapi", "application/openapi+json", "This document", document)
	one("/openapi.yaml", "openapiYAML", "application/openapi+yaml", "This document in YAML", inYAML)
	s.docs(d)
}

// document is the OpenAPI document, the same bytes every time: what huma has collected, with the schemas of bodies in it.
func (d *described) document() ([]byte, error) {
	schemas, err := bodies()
	if err != nil {
		return nil, err
	}
	answered := d.problematic()
	text, err := json.Marshal(d.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	var collected struct {
		OpenAPI json.RawMessage            `json:"openapi"`
		Info    json.RawMessage            `json:"info"`
		Tags    []*huma.Tag                `json:"tags"`
		Paths   map[string]json.RawMessage `json:"paths"`
		Parts   struct {
			Schemas   map[string]json.RawMessage `json:"schemas"`
			Headers   map[string]*huma.Param     `json:"headers"`
			Responses map[string]*huma.Response  `json:"responses"`
			Security  map[string]json.RawMessage `json:"securitySchemes"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &collected); err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	collected.Tags, collected.Parts.Schemas, collected.Parts.Headers, collected.Parts.Responses = tags, schemas, headers(), answered
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(collected); err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	return out.Bytes(), nil
}

func toYAML(text []byte) ([]byte, error) {
	var node yaml.Node // keeps the order
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	plain(&node)
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&node); err != nil {
		return nil, fmt.Errorf("the OpenAPI document: %w", err)
	}
	return out.Bytes(), enc.Close()
}

// plain takes the style of JSON off: braces, and quotes where none are needed.
func plain(n *yaml.Node) {
	n.Style &^= yaml.FlowStyle
	for _, c := range n.Content {
		plain(c)
	}
}

// examples are answers of the demo by operation, as a test has taken them (go test ./api -run OpenAPI -update).
//
//go:embed examples.json
var examplesText []byte

var examples = sync.OnceValue(func() (all map[string]json.RawMessage) {
	if err := json.Unmarshal(examplesText, &all); err != nil {
		panic("api: examples.json: " + err.Error()) // it is part of the program, and a test reads it
	}
	return all
})

// example is one of examples, nil where there is none.
func example(name string) any {
	if text, ok := examples()[name]; ok {
		return text
	}
	return nil
}

// keyExample is the key of the document that is an example.
func keyExample(v *aView) any { return example("key of " + v.name) }
