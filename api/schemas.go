package api

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

const tagSchemas = "Schemas"

type schemasAnswer struct {
	Events   []string `json:"events"`
	Views    []string `json:"views"`
	Commands []string `json:"commands"`
}

// schemas puts the JSON Schemas of everything on the router.
func (s *server) schemas(d *described) {
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/v1/schemas/", OperationID: "listSchemas", Tags: []string{tagSchemas}, Summary: "The JSON Schemas",
		Description: "The addresses of all schemas (JSON Schema 2020-12): of every type of event, of the documents of every view, and of every command.",
		Responses:   replies(reply{status: 200, about: "their addresses", kinds: []string{jsonKind}, schema: "Schemas", headers: []string{"Cache-Control"}, example: example("listSchemas")}),
	}, s.listSchemas)
	one := func(path, id, name, summary, about string, value any, of func(string) ([]byte, error)) {
		operation[none](d, huma.Operation{
			Method: http.MethodGet, Path: path, OperationID: id, Tags: []string{tagSchemas}, Summary: summary, Description: about,
			Parameters: []*huma.Param{inPath(name, "Which one.", text(), value)},
			Responses:  replies(reply{status: 200, about: "the schema", kinds: []string{schemaKind, jsonKind}, schema: "AnySchema", headers: []string{"ETag", "Cache-Control"}}, notModified),
		}, func(w http.ResponseWriter, r *http.Request) {
			schema, err := of(chi.URLParam(r, name))
			if err != nil {
				s.problem(w, r, err)
				return
			}
			w.Header().Set("Cache-Control", cacheNow)
			digest := sha256.Sum256(schema)
			if s.settled(w, r, fmt.Sprintf(`"%x"`, digest[:12])) {
				return
			}
			w.Header().Set("Content-Type", schemaKind)
			_, _ = w.Write(schema)
		})
	}
	one("/v1/schemas/events/{type}", "getEventSchema", "type", "Schema of an event", "What an event of this type looks like in the published log: a CloudEvents 1.0 event, whose `data` is at `#/$defs/data`. What is recorded "+
		"stays as it is for ever, so a change of an event's form has a new type.", "ballot-cast.v1", eventSchema)
	one("/v1/schemas/views/{view}", "getViewSchema", "view", "Schema of a view's documents", "What a document of this view looks like, in the version that is served.", "country", viewSchema)
	one("/v1/schemas/commands/{name}", "getCommandSchema", "name", "Schema of a command", "What a line of a file with this command looks like; `#/$defs/content` is the body of a single one.", "react", commandSchema)
}

func (s *server) listSchemas(w http.ResponseWriter, r *http.Request) {
	answer := schemasAnswer{}
	for _, typ := range slices.Sorted(maps.Keys(domain.EventTypes())) {
		answer.Events = append(answer.Events, "/v1/schemas/events/"+typ)
	}
	for _, v := range allViews() {
		answer.Views = append(answer.Views, "/v1/schemas/views/"+v.name)
	}
	for _, c := range commands.All() {
		answer.Commands = append(answer.Commands, "/v1/schemas/commands/"+c.Name)
	}
	w.Header().Set("Cache-Control", cacheNow)
	s.writeJSON(w, r, http.StatusOK, answer)
}

func eventSchema(typ string) ([]byte, error) {
	if _, ok := domain.EventTypes()[typ]; !ok {
		return nil, &problemError{http.StatusNotFound, "not-found", "there is no event of this type; GET /v1/schemas/ lists them"}
	}
	return commands.EventSchema(typ)
}

func viewSchema(name string) ([]byte, error) {
	i := slices.IndexFunc(allViews(), func(v *aView) bool { return v.name == name })
	if i < 0 {
		return nil, noView(name)
	}
	v := allViews()[i]
	return commands.DocumentSchema(v.name, sentence(v.about)+".", v.doc)
}

func commandSchema(name string) ([]byte, error) {
	c, ok := commands.ByName(name)
	if !ok {
		return nil, noCommand(name)
	}
	return c.Schema(), nil
}

// bodies are the schemas of all bodies of requests and answers, by the names under which the OpenAPI document has them.
var bodies = sync.OnceValues(func() (map[string]json.RawMessage, error) {
	c := commands.NewComponents()
	for _, b := range answers() {
		c.Document(b.name, b.about, b.is)
	}
	for _, v := range allViews() {
		c.Document(documentOf(v), sentence(v.about)+".", v.doc)
	}
	for _, of := range commands.All() {
		c.Content(contentOf(of), of)
	}
	all, err := c.JSON()
	if err != nil {
		return nil, err
	}
	for _, v := range allViews() {
		all[pageOf(v)] = fmt.Appendf(nil, pageSchema, v.name, schemaAt+documentOf(v), v.name)
	}
	maps.Copy(all, written)
	return all, nil
})

// pageSchema is the schema of a page of documents. %[1]s: the view, %[2]s: where the schema of its documents is.
const pageSchema = `{"description":"A page of %[1]s, as of one place in the ledger.","type":"object","properties":{` +
	`"view":{"description":"the name of the view","const":%[3]q},` +
	`"version":{"description":"the version of the view; in another one, documents may have another form","type":"integer","minimum":1},` +
	`"position":{"description":"how many records of the ledger, from its beginning, the page reflects","type":"integer","minimum":0},` +
	`"about":{"description":"what the view is","type":"string"},` +
	`"began":{"description":"on pages that go on: the position of the first one. A document whose at is greater was changed since","type":"integer","minimum":0},` +
	`"documents":{"description":"documents in the order of their keys","type":"array","items":{"type":"object","properties":{` +
	`"key":{"description":"the key of the document in its view","type":"string"},"at":{"description":"how many records of the ledger the document rests on: up to and with the last one that changed it","type":"integer","minimum":0},` +
	`"document":{"description":"the document, as it follows from the record","$ref":%[2]q}},"required":["key","at","document"]}},` +
	`"next":{"description":"the address of the next page; not there on the last one","type":"string"}},` +
	`"required":["view","version","position","about","documents"]}`

// written are the schemas of what no Go type tells.
var written = map[string]json.RawMessage{
	"Lineage": json.RawMessage(lineageSchema), "LineageNode": json.RawMessage(lineageNodeSchema),
	"AnySchema": json.RawMessage(`{"description":"A JSON Schema (2020-12).","type":"object"}`),
	"Line": json.RawMessage(`{"description":"A command on a line of a file. /v1/schemas/commands/{name} has the schema of a line with each command.","type":"object","properties":{` +
		`"command":{"description":"an id of your choice, another one for each command; with the same one it is done once","type":"string","minLength":1,"maxLength":200},` +
		`"name":{"description":"which command","type":"string"},"actor":{"description":"role:principal, or role:principal@partner","type":"string"},` +
		`"occurredAt":{"description":"when it happened, where that is another time than now","type":"string","format":"date-time"},` +
		`"content":{"description":"as the body of the single command","type":"object"}},"required":["command","name","actor","content"],"additionalProperties":false}`),
}

// title makes the name of a view that of a type: opinion-group becomes OpinionGroup.
func title(name string) string {
	out, up := []rune{}, true
	for _, r := range name {
		if r == '-' {
			up = true
			continue
		}
		if up && r >= 'a' && r <= 'z' {
			r += 'A' - 'a'
		}
		out, up = append(out, r), false
	}
	return string(out)
}

// camel makes the name of a command that of a function: cast-ballot becomes castBallot.
func camel(name string) string {
	t := title(name)
	return string(t[0]+'a'-'A') + t[1:]
}

// sentence begins words with a capital.
func sentence(words string) string {
	if words != "" && words[0] >= 'a' && words[0] <= 'z' {
		return string(words[0]-'a'+'A') + words[1:]
	}
	return words
}
