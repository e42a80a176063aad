// The tour of the README over HTTP, by openapi-fetch and the types that openapi-typescript makes of the OpenAPI document: node out/tour.js ADDRESS. Each line is a step and what was seen.
import createClient from "openapi-fetch";
import type { paths } from "./daybook.js";

const api = createClient<paths, "application/json" | "application/problem+json">({ baseUrl: process.argv[2]! });

function saw(step: string, value: unknown) {
  console.log(JSON.stringify({ step, value }));
}

// got is what an operation answered; a problem ends the tour.
function got<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const views = got(await api.GET("/v1/views"));
saw("views", views.views.map((v) => v.view).sort());

const conversation = got(await api.GET("/v1/views/conversation/{key}", { params: { path: { key: "brexit-consensus" } } }));
saw("conversation", [conversation.respondents, conversation.statements, conversation.reactions.agree]);

const statement = got(await api.GET("/v1/views/statement/{key}", { params: { path: { key: "brexit-consensus/36" } } }));
saw("statement", [statement.statement, statement.reactions.agree]);

const edition = await api.GET("/v1/views/edition/{key}", { params: { path: { key: "ed_synthetic" } } });
saw("edition", [got(edition).title.text?.en, got(edition).synthetic]);
const tag = edition.response.headers.get("etag")!;
const unchanged = await api.GET("/v1/views/edition/{key}", { params: { path: { key: "ed_synthetic" } }, headers: { "If-None-Match": tag } });
saw("unchanged", unchanged.response.status);

const lineage = got(await api.GET("/v1/recommendations/{id}/provenance", { params: { path: { id: "rc_sim_vision_access" }, query: { direction: "back" } } }));
const drafted = lineage.entity["st:recommendation-rc_sim_vision_access@1"]!;
saw("lineage", [Object.keys(lineage.entity).length, drafted["db:seq"]]);

const event = got(await api.GET("/v1/events/{seq}", { params: { path: { seq: drafted["db:seq"] } } }));
saw("event", [event.type, event.id === drafted["db:event"]]);

const receipt = got(await api.GET("/v1/receipts/{event}", { params: { path: { event: event.id } }, parseAs: "text" }));
saw("receipt", receipt.split("\n")[0]);

const proof = got(await api.GET("/v1/proofs/inclusion/{seq}", { params: { path: { seq: event.seq } } }));
saw("proof", [proof.index, proof.path.length > 0]);

const open = {
  edition: "ed_tour", title: { source: "en", text: { en: "A tour" } }, mandate: { source: "en", text: { en: "To try it" } }, languages: ["en"], coordinator: "pt_1", decisionOwners: [],
};
for (const step of ["command", "repeat"]) {
  const done = await api.POST("/v1/commands/open-edition", { params: { header: { "Idempotency-Key": "tour", "Daybook-Actor": "coordinator:ada" } }, body: open });
  const { stream, version, events } = got(done);
  saw(step, [done.response.status, stream, version, events[0]?.type]);
}
const rejected = await api.POST("/v1/commands/open-edition", { params: { header: { "Idempotency-Key": "tour-2", "Daybook-Actor": "coordinator:ada" } }, body: { ...open, languages: [] } });
saw("rejected", [rejected.response.status, rejected.error?.type, rejected.error?.status]);
