package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"daybook.internal/provenance"
)

const tagLineage = "Lineage"

type lineageIn struct {
	Direction string `query:"direction" enum:"back,forward,both" default:"both" example:"back" doc:"back: what it comes from. forward: what came of it. both: the two together; what else its descendants come from is left out."`
	At        uint64 `query:"at" example:"200" doc:"The number of records of the ledger, from its beginning, after which the lineage is to be shown. The answer never changes. Without it: now."`
	Limit     int    `query:"limit" minimum:"1" maximum:"10000" default:"10000" example:"500" doc:"The most versions of streams in the graph, those nearest to the recommendation. Where there are more, db:truncated of the node view:… is true."`
	Format    string `query:"format" enum:"prov-json,jsonld" example:"jsonld" doc:"The form of the answer, for links that people follow. It counts more than Accept."`
}

// lineage puts where recommendations come from on the router.
func (s *server) lineage(d *described) {
	op := huma.Operation{
		Method: http.MethodGet, Path: "/v1/recommendations/{id}/provenance", OperationID: "getProvenance", Tags: []string{tagLineage}, Summary: "Where a recommendation comes from, and what came of it",
		Description: "The lineage of a recommendation as W3C PROV: back to the statements, worksheets, results and codings on which it stands, and forward to the recommendations that stand on it, the synthesis, " +
			"the hand-over and what the addressees answered. PROV-JSON (W3C Member Submission of 2013), or JSON-LD in the terms of PROV-O.\n\nEntities are versions of streams of the record. No words and " +
			"nobody's names stand in it. `db:seq` and `db:event` are the place and the id of the event of a node: see `GET /v1/events/{seq}`.",
		Parameters: []*huma.Param{inPath("id", "The id of the recommendation.", text(), "rc_world_1")},
		Metadata:   map[string]any{negotiates: true},
		Responses: replies(
			reply{status: 200, about: "the lineage", kinds: provenanceKinds, schema: "Lineage", headers: []string{"Ledger-Position", "ETag", "Cache-Control", "Vary"}, example: example("getProvenance")},
			notModified,
		),
	}
	kinds := op.Responses["200"].Content
	kinds[provenance.MediaTypeProvJSON] = &huma.MediaType{Schema: &huma.Schema{Ref: schemaAt + "Lineage"}}
	kinds[provenance.MediaTypeJSONLD] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeObject, Description: "JSON-LD 1.1; the context stands in it."}}
	operation[lineageIn](d, op, s.getProvenance)
}

// lineageSchema is that of PROV-JSON, as far as it is written here.
const lineageSchema = `{"description":"PROV-JSON. Names are prefix:name; prefix has the namespaces.","type":"object","required":["prefix","entity","activity","agent"],"additionalProperties":false,"properties":{` +
	`"prefix":{"description":"the namespaces, by their prefixes","type":"object","additionalProperties":{"type":"string"}},` +
	`"entity":` + nodesSchema + `,"activity":` + nodesSchema + `,"agent":` + nodesSchema + `,` +
	`"wasDerivedFrom":` + relationSchema + `,"wasGeneratedBy":` + relationSchema + `,"used":` + relationSchema + `,` +
	`"wasAssociatedWith":` + relationSchema + `,"wasAttributedTo":` + relationSchema + `,"actedOnBehalfOf":` + relationSchema + `}}`

const nodesSchema = `{"description":"entities, activities or agents by their names, which are prefix:name","type":"object","additionalProperties":{"$ref":"` + schemaAt + `LineageNode"}}`

// lineageNodeSchema is that of an entity, an activity or an agent.
const lineageNodeSchema = `{"description":"What PROV and daybook say of an entity, an activity or an agent, by prefix:name.","type":"object","required":["db:seq","db:event","prov:type"],"properties":{` +
	`"db:seq":{"description":"the place of the event in the ledger, from 0","type":"integer","minimum":0},"db:event":{"description":"the id of the event","type":"string","format":"uuid"},` +
	`"prov:type":{"description":"a name as a value, or several"}},"additionalProperties":true}`

const relationSchema = `{"description":"by a number; members name what is related","type":"object","additionalProperties":{"type":"object","additionalProperties":true}}`
