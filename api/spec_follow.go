package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"daybook.internal/api/follow"
)

const (
	tagFollow   = "Following"
	tagWebhooks = "Webhooks"

	streamKind = "text/event-stream"
)

type liveIn struct {
	View    []string `query:"view,explode" nullable:"false" example:"country" doc:"A view or a measure to hear of; may be given many times, but not views and measures together. Without it: every view that is made for everybody."`
	Key     string   `query:"key" maxLength:"512" example:"FR" doc:"The key of one document."`
	Country string   `query:"country" pattern:"^[A-Z]{2}$" example:"FR" doc:"Documents of a country alone, of the views country, conversation, dialogue, recruitment, room, statement and tally, or of the measures that have a document for each place, dialogue or conversation."`
	After   string   `query:"after" pattern:"^[0-9]{1,19}(-[0-9a-f]{8})?$" example:"405" doc:"The id of the event that came last, or a position alone, to go on from, where no Last-Event-ID can be sent."`
}

type eventsIn struct {
	After    string   `query:"after" pattern:"^([0-9]{1,19}|now)$" example:"100" doc:"How many records to leave out, from the beginning of the ledger; of CloudEvents also now, for all that there are."`
	Limit    int      `query:"limit" minimum:"1" maximum:"1000" example:"50" doc:"The most events of one answer: 1 to 200 of records, 50 where it is absent; 1 to 1000 of CloudEvents, 200 where it is absent."`
	Wait     string   `query:"wait" maxLength:"20" example:"25s" doc:"How long to wait for the first event where there is none yet, such as 25s, at most 1m. Of CloudEvents alone."`
	Types    []string `query:"types,explode" nullable:"false" example:"ballot-cast.v1,recommendation-*" doc:"Types of events, such as ballot-cast.v1, or patterns, such as recommendation-*, with commas between them. Of CloudEvents alone."`
	Editions []string `query:"editions,explode" nullable:"false" example:"ed_demo" doc:"Editions, with commas between them. Of CloudEvents alone."`
	Format   string   `query:"format" enum:"json,cloudevents,ndjson" example:"cloudevents" doc:"The form of the answer; it counts before Accept."`
}

// following puts on the router how clients hear what happens.
func (s *server) following(d *described) {
	s.followed()
	operation[liveIn](d, huma.Operation{
		Method: http.MethodGet, Path: "/v1/live", OperationID: "live", Tags: []string{tagFollow}, Summary: "Hear which documents change", Security: withToken,
		Description: "Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Each has as its id the position up to which everything was told, with a mark of the views' versions behind a dash, and as its data `#/components/schemas/LiveEvent`: " +
			"`position` is where listening begins, `changed` names the documents that have changed (one without a key stands for all of its view), and `reset` says that it cannot be known what has changed, so that " +
			"everything has to be read anew. What is told can be read; of views that are not made for everybody, by those who may read them.\n\nWhoever comes back with `Last-Event-ID` is told once what has changed since, also after a restart of the server or from another one, and no position twice. `reset` comes where the id is of another version of a view, or of more records than there are. A comment comes every 15 seconds where nothing " +
			"else does. Clients that do not take what they are sent are dropped.",
		Parameters: []*huma.Param{inHeader("Last-Event-ID", "The id of the event that came last; a browser sends it by itself. A position alone will do.", false, "405-8f2ce10b")},
		Responses: replies(reply{
			status: 200, about: "the stream, which ends when the server stops", kinds: []string{streamKind},
			example: "retry: 2000\n\nid: 405-8f2ce10b\nevent: position\ndata: {\"position\":405}\n\nid: 412-8f2ce10b\nevent: changed\ndata: {\"position\":412,\"changed\":[{\"view\":\"country\",\"key\":\"FR\"}]}\n\n",
		}),
	}, s.live)
	events := huma.Operation{
		Method: http.MethodGet, Path: "/v1/events", OperationID: "listEvents", Tags: []string{tagEvents, tagFollow}, Summary: "List events, and wait for more",
		Description: "The ledger in its order, in one of three forms.\n\n`application/json` has records with `meta` and `data` byte for byte as they are stored. A page that is full never changes. `next` is there in any case: " +
			"at the end of the ledger it is where what comes will stand.\n\n`application/cloudevents-batch+json` and `application/x-ndjson` have CloudEvents 1.0, as an array or one a line, and can be waited for (`wait`), so " +
			"that whoever goes along `Link`, `rel=\"next\"`, has every event once and in order, also where an answer is empty. Each is the leaf of the published log with `seq` behind it.",
		Responses: replies(reply{
			status: 200, about: "events", kinds: []string{jsonKind, follow.TypeBatch, follow.TypeNDJSON}, schema: "Events", headers: []string{"ETag", "Cache-Control", "Link", "Ledger-Position", "Vary"},
			example: example("listEvents"),
		}, notModified),
	}
	one := &huma.Schema{Ref: schemaAt + "CloudEvent"}
	events.Responses["200"].Content[follow.TypeBatch] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeArray, Items: one}}
	events.Responses["200"].Content[follow.TypeNDJSON] = &huma.MediaType{Schema: one}
	operation[eventsIn](d, events, s.events)

	name := []*huma.Param{inPath("name", "The name of the webhook, as the answer to the subscription had it.", text(), "wh_5kq2x7m4c6ab3dfe")}
	hook := func(method, path, id, summary, about string, parameters []*huma.Param, body string, of func(*follow.Webhooks) http.Handler, with reply) {
		op := huma.Operation{
			Method: method, Path: path, OperationID: id, Tags: []string{tagWebhooks}, Summary: summary, Parameters: parameters, Responses: replies(with), Security: withToken,
			Description: about + " For coordinators, who see all, and for whoever has an API key.",
		}
		if body != "" {
			op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{jsonKind: {Schema: &huma.Schema{Ref: schemaAt + body}}}}
		}
		operation[none](d, op, s.webhooks(of))
	}
	json := func(status int, about, schema string) reply {
		return reply{status: status, about: about, kinds: []string{jsonKind}, schema: schema, headers: []string{"Cache-Control"}}
	}
	hook(http.MethodGet, "/v1/webhooks", "listWebhooks", "List webhooks", "The webhooks that were subscribed, and how things stand with each.", nil, "", (*follow.Webhooks).List, json(200, "the webhooks", "Webhooks"))
	hook(http.MethodPost, "/v1/webhooks", "subscribeWebhook", "Subscribe a webhook",
		"From now on events are delivered to an address: signed, in order, at least once. The secret of the signatures is in this answer and is not shown again, but to who sends the same again with the same Idempotency-Key. "+
			"Addresses that are not public are refused, and so is what one owner subscribes beyond ten.",
		[]*huma.Param{inHeader(IdempotencyKey, "An id of your choice for this webhook, at most 200 characters. Sent again with the same one, it is subscribed once and gets the same answer, for as long as it is there; with other content it is a 422.", false, "press-1")},
		"Subscribing", (*follow.Webhooks).Post, json(201, "it is subscribed", "Webhook"))
	hook(http.MethodGet, "/v1/webhooks/{name}", "getWebhook", "Get a webhook", "How things stand with one webhook.", name, "", (*follow.Webhooks).Get, json(200, "the webhook", "Webhook"))
	hook(http.MethodDelete, "/v1/webhooks/{name}", "endWebhook", "End a webhook", "Ends deliveries, when the attempt that is on its way has come to its end, and forgets the webhook with what is parked for it.",
		name, "", (*follow.Webhooks).Delete, reply{status: 204, about: "it is forgotten"})
	hook(http.MethodGet, "/v1/webhooks/{name}/parked", "listParked", "List parked events", "The events that were given up, and why.", name, "", (*follow.Webhooks).Parked, json(200, "the events", "Parked"))
	hook(http.MethodPost, "/v1/webhooks/{name}/replay", "replayParked", "Have parked events tried again", "Has parked events tried again, behind events that came later, under the ids that they always had.",
		name, "Replaying", (*follow.Webhooks).Replay, json(200, "how many", "Replayed"))
	hook(http.MethodPost, "/v1/webhooks/{name}/resume", "resumeWebhook", "Deliver again to a webhook that was stopped", "A webhook is stopped when it answers 410, or when 1,000 events are parked for it. Nothing is left out meanwhile.",
		name, "", (*follow.Webhooks).Resume, reply{status: 204, about: "it is delivered to again"})
}

// followAnswers are the bodies of following.
func followAnswers() []answerType {
	return []answerType{
		{"LiveEvent", "The data of an event of /v1/live. position: what happened up to there was told. changed: documents that have changed; one without a key stands for all of its view.", reflect.TypeFor[follow.LiveEvent]()},
		{"CloudEvent", "An event of the ledger (CloudEvents 1.0). Without its last member, seq, it is the leaf of the published log, byte for byte. subject: the stream; revision: the place in it, from 0; source: the " +
			"edition; seq: the place in the ledger, from 0.", reflect.TypeFor[follow.CloudEvent]()},
		{"Webhook", "A webhook that was subscribed. to: the address without its path; position: how many records it needs no more; parked: events that were given up; due: parked ones that are about to be tried again; " +
			"stopped: why nothing is sent any more; secret: in the answer to the subscription alone.", reflect.TypeFor[follow.Subscribed]()},
		{"Webhooks", "Webhooks that were subscribed.", reflect.TypeFor[follow.WebhookList]()},
		{"Subscribing", "What is sent to subscribe. url: https://, a host and a path; types: of events, or patterns, such as recommendation-*, and none for all; from: now, or beginning.", reflect.TypeFor[follow.Subscribing]()},
		{"Parked", "Events that were given up. attempts, refusals: since the event was tried first or marked last; why: of the last attempt.", reflect.TypeFor[follow.ParkedList]()},
		{"Replaying", "Which parked events are to be tried again, by their places in the ledger; none: all.", reflect.TypeFor[follow.Replaying]()},
		{"Replayed", "How many events are tried again.", reflect.TypeFor[follow.Replayed]()},
	}
}
