package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"daybook.internal/api/wire"
)

const (
	tagViews    = "Views"
	tagMeasures = "Measures"
)

// ListIn are the parameters of a list of documents. Handlers read them from the request; huma checks them by these tags and describes them.
type ListIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" example:"20" doc:"The most documents of one answer, 1 to 200."`
	Cursor string `query:"cursor" doc:"Where to go on: from the next of the answer before. What is in it is not for clients to look into."`
	After  string `query:"after" doc:"Where to go on: behind the document with this key. For people; programs follow next."`
	At     uint64 `query:"at" example:"200" doc:"The number of records of the ledger, from its beginning, after which the view is to be shown. The answer never changes. Without it: now."`
	ShapeIn
}

// ShapeIn says in which form documents are wanted.
type ShapeIn struct {
	Format string `query:"format" enum:"json,csv,ndjson,parquet" example:"csv" doc:"The form of the answer. It is stronger than the Accept header, and may be left out where that says it."`
	Table  string `query:"table" doc:"In the forms csv, ndjson and parquet: one of the tables of the view, where it has several (a list within documents is one). An unknown one is answered with their names."`
	Fields string `query:"fields" doc:"Names, with commas: in JSON, the members of a document at its top that are wanted; in the other forms, the columns. An unknown one is answered with those that there are."`
	Safe   string `query:"safe" enum:"spreadsheet" example:"spreadsheet" doc:"In CSV: puts an apostrophe before words that a spreadsheet would take for a formula. Without it, the bytes are those of the record."`
}

// placedIn is ListIn for views whose documents are of a country each.
type placedIn struct {
	ListIn
	Country string `query:"country" pattern:"^([A-Z]{2}|world)$" example:"FR" doc:"Only documents of this country or territory, by its code of ISO 3166-1 alpha-2. In measures, world is all of them together."`
}

// DocumentIn are the parameters of a single document.
type DocumentIn struct {
	At uint64 `query:"at" example:"200" doc:"The number of records of the ledger, from its beginning, after which the document is to be shown. The answer never changes. Without it: now."`
	ShapeIn
}

type statementIn struct {
	DocumentIn
	Words bool `query:"words" example:"true" doc:"true: the words of the statement beside the document, with the salt that ties them to the commitment in the record. null where they are erased, or kept back by moderation."`
}

// views puts the documents of all views on the router.
func (s *server) views(d *described) {
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/v1/views", OperationID: "listViews", Tags: []string{tagViews, tagMeasures}, Summary: "The views",
		Description: "The views that are served, their versions, and the place in the ledger that each reflects. Views are kept as events arrive; measures are statistics that are computed from them.",
		Responses:   replies(reply{status: 200, about: "the views", kinds: []string{jsonKind}, schema: "Views", headers: []string{"Cache-Control"}, example: example("listViews")}),
	}, s.listViews)
	for _, v := range allViews() {
		if s.one(d, v, s.listOf(v)); v.placed() {
			operation[placedIn](d, s.listOf(v), s.listDocuments(v))
		} else {
			operation[ListIn](d, s.listOf(v), s.listDocuments(v))
		}
		s.exemplify(d, v)
	}
	d.router().Get("/v1/views/{view}", s.noSuchView)
	d.router().Get("/v1/views/{view}/*", s.noSuchView)
}

// exemplify gives the parameters of a view whose values are its own an example each.
func (s *server) exemplify(d *described, v *aView) {
	var key string
	if text, ok := keyExample(v).(json.RawMessage); ok {
		_ = json.Unmarshal(text, &key) // a test asks for all examples
	}
	own := map[string]any{"cursor": wire.Cursor{View: v.name, Began: 200, Key: key}.String(), "after": key, "fields": strings.Join(v.members[:min(2, len(v.members))], ","), "table": s.tables.Of(v.name)[0].Name}
	for _, path := range []string{v.path(), v.path() + "/{key}"} {
		for _, p := range d.OpenAPI().Paths[path].Get.Parameters {
			if value, ok := own[p.Name]; ok {
				p.Example = value
			}
		}
	}
}

// forms are the media types of documents.
var forms = []string{jsonKind, "text/csv", ndjson, "application/vnd.apache.parquet"}

func tagOf(v *aView) string {
	if v.measured != nil {
		return tagMeasures
	}
	return tagViews
}

func (s *server) listOf(v *aView) huma.Operation {
	return huma.Operation{
		Method: http.MethodGet, Path: v.path(), OperationID: "list" + title(v.name), Tags: []string{tagOf(v)}, Summary: "List " + v.name, Security: v.security(),
		Description: fmt.Sprintf("%s.\n\nDocuments in the order of their keys, as of one place in the ledger, which `position` names. `next`, and the header `Link`, have the next page; "+
			"on it, `began` is the place of the first one, and a document whose `at` is greater was changed since. The schema of a document is at [/v1/schemas/views/%s](/v1/schemas/views/%[2]s).", sentence(v.about), v.name),
		Metadata: map[string]any{negotiates: true, labelOf: "/v1/views/{view}"},
		Responses: replies(
			reply{status: 200, about: "a page; in the other forms, the whole view", kinds: forms, schema: pageOf(v), headers: []string{"Ledger-Position", "ETag", "Cache-Control", "Vary", "Link"}},
			notModified,
		),
	}
}

// one puts a single document on the router.
func (s *server) one(d *described, v *aView, list huma.Operation) {
	op := huma.Operation{
		Method: http.MethodGet, Path: v.path() + "/{key}", OperationID: "get" + title(v.name), Tags: list.Tags, Summary: "Get " + v.name, Security: list.Security,
		Description: sentence(v.about) + ".\n\nThe bytes of the document are those that anybody gets who replays the ledger up to `Ledger-Position`.",
		Parameters:  []*huma.Param{inPath("key", "The key of the document, as the list has it. A slash in it may stand as it is or as %2F.", text(), keyExample(v))},
		Metadata:    map[string]any{negotiates: true, routeOf: v.path() + "/*", labelOf: "/v1/views/{view}/*"},
		Responses: replies(
			reply{status: 200, about: "the document", kinds: forms, schema: documentOf(v), headers: []string{"Ledger-Position", "ETag", "Cache-Control", "Vary", "Link"}, example: example("get" + title(v.name))},
			notModified,
		),
	}
	if v.name == "statement" {
		operation[statementIn](d, op, s.getDocument(v))
		return
	}
	operation[DocumentIn](d, op, s.getDocument(v))
}

var notModified = reply{status: 304, about: "If-None-Match names what is here now: the client has it", headers: []string{"ETag", "Ledger-Position", "Cache-Control", "Vary"}}
