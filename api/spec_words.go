package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"daybook.internal/commands"
	"daybook.internal/notary"
	"daybook.internal/notary/publish"
)

const apiVersion = "1"

// Media types.
const (
	jsonKind   = "application/json"
	textKind   = "text/plain"
	htmlKind   = "text/html"
	bytesKind  = "application/octet-stream"
	schemaKind = "application/schema+json"
)

const introduction = `Daybook is the record of a global citizens' dialogue: every registration, vote, comment and recommendation is an event in a ledger that only grows. From it follow **views**, documents that are
kept up as events arrive, and **measures**, statistics that are computed from them. What is here can be read by
anybody, but for views that are made for few, which ask for a token; commands need a right.

**Places.** A place in the ledger is a number of records from its beginning. ` + "`Ledger-Position`" + ` on an answer says up to which place it reflects the ledger; ` + "`?at=`" + ` asks for an earlier one, and that answer
never changes. Numbers are whole unless a field says otherwise; times are in UTC to the millisecond; countries are codes of ISO 3166-1 alpha-2, where ZZ is unknown; hashes are SHA-256, in lower-case hex unless a field says base64.

**Again and again.** Reads carry an ` + "`ETag`" + `: send it back as ` + "`If-None-Match`" + `, and what is not new costs you nothing. Commands carry an ` + "`Idempotency-Key`" + `: send one again whenever you do not know what became of it.

**Problems.** What goes wrong is a problem document (RFC 9457, ` + "`application/problem+json`" + `). Its ` + "`type`" + ` is an address on this server with a word on what happened and the way out; ` + "`request`" + ` is what to tell the operator.

**Parameters** that are not known are refused with 400, so that a misspelt one is not passed over.`

// tags are the parts of the API in their order.
var tags = []*huma.Tag{
	{Name: tagHome, Description: "What there is, and whether all is well."},
	{Name: tagViews, Description: "Documents that are kept up as events arrive: what a page, a newsroom or a dashboard shows. Any of them can be rebuilt from the ledger, byte for byte."},
	{Name: tagMeasures, Description: "Statistics, computed from the ledger by public methods with named algorithms. Small groups are suppressed where a number could tell about a person (docs/disclosure.md)."},
	{Name: tagLineage, Description: "Where recommendations come from, and what came of them, as W3C PROV."},
	{Name: tagEvents, Description: "The ledger itself: what was recorded, in its order, as it was recorded."},
	{Name: tagFollow, Description: "Hearing what happens as it happens, and going on after a while without a gap."},
	{Name: tagProofs, Description: "Proofs that events and documents are what was published, for those who trust nobody."},
	{Name: tagLog, Description: "The published log as files (C2SP tlog-tiles)."},
	{Name: tagCommands, Description: "What changes something. A rule that says no is named, and nothing was written."},
	{Name: tagWebhooks, Description: "Addresses to which events are delivered."},
	{Name: tagKeys, Description: "Keys of those who read much."},
	{Name: tagSchemas, Description: "JSON Schemas of events, documents and commands."},
	{Name: tagProblems, Description: "What each problem means, and the way out."},
}

// headers are those of answers, by name.
func headers() map[string]*huma.Param {
	of := func(about string, schema *huma.Schema, value any) *huma.Param {
		return &huma.Param{Description: about, Schema: schema, Example: value}
	}
	return map[string]*huma.Param{
		"Request-Id":       of("The id of this request: tell it to the operator when something is wrong.", text(), "6J2XQH4RWVN7KC5T"),
		"Ledger-Position":  of("How many records of the ledger, from its beginning, the answer reflects.", whole(), 213),
		"ETag":             of("The version of the answer (RFC 9110, 8.8.3). Of a document: the view's version and the place of the last event that changed it. Weak (W/) where the answer names the ledger's place besides.", text(), `"2-160"`),
		"Link":             of(`Addresses that belong to this answer (RFC 8288): rel="next" is the next page; https://c2sp.org/tlog-proof the receipt of an event; https://www.rfc-editor.org/rfc/rfc6962#section-2.1.1 the proof of a document.`, text(), `</v1/events?after=50&limit=50>; rel="next"`),
		"Cache-Control":    of("How long the answer may be kept: a year for what is said of a place in the ledger, and five seconds for what is said of now.", text(), cacheNow),
		"Vary":             of("On which headers of a request the form of the answer depends.", text(), "Accept"),
		"Retry-After":      of("In how many seconds to ask again.", whole(), 5),
		"RateLimit":        of("How many requests the client has left (r), and in how many seconds all are there again (t). There where the server limits them (draft-ietf-httpapi-ratelimit-headers-11). An answer 304 costs none.", text(), `"public";r=298;t=1`),
		"RateLimit-Policy": of("How many requests (q) a client has in how many seconds (w): public for an address, key for an API key.", text(), `"public";q=300;w=60`),
		"Allow":            of("The methods that this address answers. With 405.", text(), "GET, HEAD"),
		"WWW-Authenticate": of("How to say who one is (RFC 6750). With 401.", text(), `Bearer realm="daybook"`),
	}
}

// answer is a body that a Go type describes.
type answerType struct {
	name, about string
	is          reflect.Type
}

func answers() []answerType {
	return append(followAnswers(), []answerType{
		{"APIKeys", "API keys: whose they are, and on which day each was used last.", reflect.TypeFor[KeyList]()},
		{"Problem", "A problem document (RFC 9457). type is an address on this server; detail is for people; request is the id of the request.", reflect.TypeFor[Problem]()},
		{"Home", "Addresses on this server.", reflect.TypeFor[homeAnswer]()},
		{"Views", "The views that are served. position: how many records of the ledger each reflects.", reflect.TypeFor[viewsAnswer]()},
		{"View", "A view. position: how many records of the ledger it reflects.", reflect.TypeFor[viewAnswer]()},
		{"Command", "A command and the address of its schema.", reflect.TypeFor[commandAnswer]()},
		{"Commitment", "A place that the views are committed to. size: how many records; event: the place of the event that commits to them.", reflect.TypeFor[commitmentAnswer]()},
		{"Schemas", "Addresses of schemas.", reflect.TypeFor[schemasAnswer]()},
		{"Events", "Records of the ledger in their order. next: where to go on, also at the end.", reflect.TypeFor[eventsAnswer]()},
		{"Event", "A record of the ledger. seq: its place, from 0. revision: its place in its stream, from 0. meta, data: as they are stored; the schema of data is at /v1/schemas/events/{type}.", reflect.TypeFor[eventAnswer]()},
		{"Inclusion", "The audit path of an event (RFC 6962, 2.1.1). Hashes in base64.", reflect.TypeFor[publish.Inclusion]()},
		{"Consistency", "The proof that a log begins with another (RFC 6962, 2.1.2). Hashes in base64.", reflect.TypeFor[publish.Consistency]()},
		{"ViewProof", "The proof of a document, by leaf, or that there is none, by the leaves before and after its place. Digests in hexadecimal digits; docs/view-roots.md has how to check it.", reflect.TypeFor[notary.ViewProof]()},
		{"Commitments", "Places that the views are committed to. next: where to go on, also at the end.", reflect.TypeFor[commitmentsAnswer]()},
		{"Log", "The published log. size: how many events; root: their Merkle tree hash in base64; key: of the signatures (C2SP signed-note).", reflect.TypeFor[logAnswer]()},
		{"Commands", "The commands and the addresses of their schemas.", reflect.TypeFor[commandsAnswer]()},
		{"Receipt", "What came of a command. version: how many events its stream has; events: those that were written, with their places in the ledger; none where it was so already.", reflect.TypeFor[commands.Receipt]()},
		{"LineAnswer", "What came of a line. result: done, already done, rejected, failed or not done.", reflect.TypeFor[commands.LineAnswer]()},
		{"Problems", "The problems.", reflect.TypeFor[problemsAnswer]()},
		{"ProblemPage", "What a problem means, and the way out.", reflect.TypeFor[ProblemType]()},
	}...)
}

// Names of schemas.
func documentOf(v *aView) string { return title(v.name) + "Document" }
func pageOf(v *aView) string     { return title(v.name) + "Page" }

func contentOf(c commands.Command) string { return title(c.Name) }
