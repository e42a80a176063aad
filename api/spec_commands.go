package api

import (
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"daybook.internal/access"
	"daybook.internal/access/bearer"
	"daybook.internal/commands"
)

const tagCommands = "Commands"

type fileIn struct {
	Atomic bool `query:"atomic" example:"true" doc:"true: the file is tried as a whole first, and nothing is done where any line would be rejected. Without it, each line is done by itself."`
}

// commands puts what changes something on the router.
func (s *server) commands(d *described) {
	operation[none](d, huma.Operation{
		Method: http.MethodGet, Path: "/v1/commands", OperationID: "listCommands", Tags: []string{tagCommands}, Summary: "The commands",
		Description: "Every command there is, and where its schema is.",
		Responses:   replies(reply{status: 200, about: "the commands", kinds: []string{jsonKind}, schema: "Commands", example: example("listCommands")}),
	}, s.listCommands)
	operation[fileIn](d, huma.Operation{
		Method: http.MethodPost, Path: "/v1/commands", OperationID: "runFile", Tags: []string{tagCommands}, Summary: "Run a file of commands", Security: withToken,
		Description: "One command a line, each with an id and an actor of its own. Nothing is run before all of the file has come; then each line is answered as it is run. A line that is rejected shows in the " +
			"answers and not in the status. A last answer `failed`, or an answer that breaks off, means that lines were not run: send the same file again, and what is done is not done twice.\n\n" +
			"At most 64 MiB, and 1 MiB a line. The file may be compressed with gzip or zstd (`Content-Encoding`). `#/components/schemas/Line` is a line, and `LineAnswer` an answer.",
		RequestBody: &huma.RequestBody{Required: true, Description: "JSON objects, one a line.", Content: map[string]*huma.MediaType{ndjson: {Schema: &huma.Schema{Ref: schemaAt + "Line"}}}},
		Responses: replies(
			reply{status: 200, about: "an answer a line, as they are run", kinds: []string{ndjson}, schema: "LineAnswer"},
			reply{status: 422, about: "the file was to be done as a whole, and lines of it would be rejected: nothing was done. An answer a line", kinds: []string{ndjson}, schema: "LineAnswer"},
		),
	}, s.runFile)
	for _, c := range commands.All() {
		operation[none](d, commandOf(c), s.runCommand(c))
	}
	d.router().Post("/v1/commands/{name}", s.noSuchCommand)
}

func commandOf(c commands.Command) huma.Operation {
	receipt := []string{"Ledger-Position", "Link"}
	var second []*huma.Param
	if member := access.SecondOf(c.Name); member != "" {
		second = append(second, inHeader(bearer.SecondHeader, "The token of the second person, whom the content names as "+member+": Bearer TOKEN.", false, "Bearer eyJhbGciOi…"))
	}
	return huma.Operation{
		Method: http.MethodPost, Path: "/v1/commands/" + c.Name, OperationID: camel(c.Name), Tags: []string{tagCommands}, Summary: sentence(c.About),
		Description: fmt.Sprintf("%s.\n\nThe body is at most 1 MiB of JSON in which no member stands twice; members that are not in the schema are rejected. What a rule says no to is answered 422, with the rule as "+
			"`type`; then nothing was written. The command is durable when the answer comes, so there is no 202. Schema: [/v1/schemas/commands/%s](/v1/schemas/commands/%[2]s).", sentence(c.About), c.Name),
		Metadata: map[string]any{labelOf: "/v1/commands/{name}"}, Security: withToken,
		Parameters: append([]*huma.Param{
			inHeader(IdempotencyKey, "An id of your choice for this command, at most 200 characters. Sent again with the same one, a command is done once and gets the same answer; with other content it is a 422 (`idempotency-conflict`).", true, "open-2026-04-11"),
			inHeader(ActorHeader, "With a token: which of its roles acts, where several may. Without one, on a server that asks for none: who sends it, as role:principal or role:principal@partner. An account or a pseudonym, never a person's name.", false, "coordinator:ada@pt_1"),
			inHeader("If-Match", "A revision in quotes: the command is done only while the stream that it writes to (the first, where there are several) has so many events; otherwise it is a 412. It is `version` of the last receipt of that stream.", false, `"3"`),
		}, second...),
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{jsonKind: {Schema: &huma.Schema{Ref: schemaAt + contentOf(c)}, Example: example("content of " + c.Name)}}},
		Responses: replies(
			reply{status: 201, about: "done: the receipt of the events that were written", kinds: []string{jsonKind}, schema: "Receipt", headers: receipt},
			reply{status: 200, about: "it is so already: nothing had to be written", kinds: []string{jsonKind}, schema: "Receipt"},
		),
	}
}
