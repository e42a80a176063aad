package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const (
	tagEvents = "Events"
	tagProofs = "Proofs"
	tagLog    = "Log"
)

type committedIn struct {
	After uint64 `query:"after" example:"100" doc:"Only places behind this number of records."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" example:"20" doc:"The most places of one answer, 1 to 200."`
}

type atIn struct {
	At uint64 `query:"at" example:"199" doc:"A place that the views are committed to, as a number of records. Without it: the last one."`
}

type sizeIn struct {
	Size string `query:"size" pattern:"^[0-9]{1,19}$" example:"128" doc:"How many events the log has, at least 1. Without it: as many as are published now."`
}

type fromIn struct {
	From string `query:"from" required:"true" pattern:"^[0-9]{1,19}$" example:"64" doc:"How many events the earlier log has."`
	To   string `query:"to" pattern:"^[0-9]{1,19}$" example:"128" doc:"How many events the later log has, at least 1. Without it: as many as are published now."`
}

// record puts the ledger itself on the router: its events, their receipts and proofs, and the log that is published of it.
func (s *server) record(d *described) {
	get := func(path, id, tag, summary, about string, parameters []*huma.Param, with ...reply) huma.Operation {
		return huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Tags: []string{tag}, Summary: summary, Description: about, Parameters: parameters, Responses: replies(with...)}
	}
	seq := inPath("seq", "The place of the event in the ledger, from 0.", whole(), 0)

	operation[none](d, get("/v1/events/{seq}", "getEvent", tagEvents, "Get an event", "One record of the ledger. It never changes. The schema of `data` is at /v1/schemas/events/{type}.", []*huma.Param{seq},
		reply{status: 200, about: "the record", kinds: []string{jsonKind}, schema: "Event", headers: []string{"ETag", "Ledger-Position", "Cache-Control"}, example: example("getEvent")}, notModified), s.getEvent)

	operation[none](d, get("/v1/receipts/{event}", "getReceipt", tagProofs, "Get a receipt",
		"The receipt of an event: a proof that stands alone (C2SP tlog-proof), which anybody can check without this server. Before the event is in the published log, about a second after it was recorded, the "+
			"answer is 503 with `Retry-After`.",
		[]*huma.Param{inPath("event", "The place of the event in the ledger, from 0, or its id.", text(), "0")},
		reply{status: 200, about: "the receipt", kinds: []string{textKind}, headers: []string{"Cache-Control"}}), s.getReceipt)
	operation[sizeIn](d, get("/v1/proofs/inclusion/{seq}", "getInclusion", tagProofs, "Prove that an event is in the log", "The audit path of an event in a log of some size (RFC 6962, 2.1.1). Hashes are in base64.", []*huma.Param{seq},
		reply{status: 200, about: "the proof", kinds: []string{jsonKind}, schema: "Inclusion", headers: []string{"Cache-Control"}}), s.getInclusion)
	operation[fromIn](d, get("/v1/proofs/consistency", "getConsistency", tagProofs, "Prove that the log only grew", "The proof that a log begins with an earlier one (RFC 6962, 2.1.2). Hashes are in base64.", nil,
		reply{status: 200, about: "the proof", kinds: []string{jsonKind}, schema: "Consistency", headers: []string{"Cache-Control"}}), s.getConsistency)
	operation[committedIn](d, get("/v1/proofs/views", "listCommitments", tagProofs, "List where the views are committed to", "The places in the ledger at which an event commits to all documents of all views.", nil,
		reply{status: 200, about: "a page", kinds: []string{jsonKind}, schema: "Commitments", headers: []string{"Link"}}), s.listCommitments)
	proof := get("/v1/proofs/views/{view}/{key}", "getViewProof", tagProofs, "Prove a document, or that there is none",
		"The proof of what a view has by a key, or that it has nothing, at a place that the views are committed to. Of a view that is not made for everybody, for those who may read it.",
		[]*huma.Param{inPath("view", "The name of the view.", text(), "country"), inPath("key", "The key of the document. A slash in it may stand as it is or as %2F.", text(), "FR")},
		reply{status: 200, about: "the proof", kinds: []string{jsonKind}, schema: "ViewProof", headers: []string{"Ledger-Position", "Cache-Control"}})
	proof.Metadata, proof.Security = map[string]any{routeOf: "/v1/proofs/views/{view}/*"}, withToken // of views that are not made for everybody
	operation[atIn](d, proof, s.getViewProof)

	log := get("/log/", "aboutLog", tagLog, "About the log", "Whose log this is, its public key, and how many events are published.", nil,
		reply{status: 200, about: "the log", kinds: []string{jsonKind}, schema: "Log", headers: []string{"Cache-Control"}})
	log.Metadata = map[string]any{routeOf: "/log/*", negotiates: true}
	operation[none](d, log, s.getLog)
	file := func(path, id, summary, about, kind string, parameters ...*huma.Param) {
		d.mention(get(path, id, tagLog, summary, about, parameters, reply{status: 200, about: "the file", kinds: []string{kind}, headers: []string{"Cache-Control"}}))
	}
	size := inPath("size", "How many events the head is of.", whole(), 128)
	level := inPath("level", "The level of the tile, from 0.", whole(), 0)
	index := inPath("index", "The number of the tile as C2SP tlog-tiles writes it, such as 000 or x001/067; with .p/ and a width where it is not full.", text(), "000.p/133")
	file("/log/checkpoint", "getCheckpoint", "The head of the log", "The signed head of the published log (C2SP tlog-checkpoint).", textKind)
	file("/log/policy", "getPolicy", "Who is to have signed", "The signatures under which a head counts.", textKind)
	file("/log/checkpoints/{size}", "getOldCheckpoint", "An earlier head", "A head of the archive.", textKind, size)
	file("/log/tile/{level}/{index}", "getTile", "A tile of hashes", "256 hashes of 32 bytes, or fewer (C2SP tlog-tiles).", bytesKind, level, index)
	file("/log/tile/entries/{index}", "getEntries", "A bundle of entries", "The events themselves, each behind its length in two bytes (C2SP tlog-tiles).", bytesKind, index)
}
