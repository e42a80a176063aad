// Reads and follows a daybook with the official Node client, and says what it got: one JSON object on each line. ../node_test.go compares it with the ledger.
//
//   node read.mjs 'kurrentdb://127.0.0.1:2113?tls=false'
//
// When it has said "live", it goes on following until its input ends.
import { KurrentDBClient, BACKWARDS, END, FORWARDS, START, eventTypeFilter, jsonEvent, streamNameFilter } from "@kurrent/kurrentdb-client";

const client = KurrentDBClient.connectionString(process.argv[2]);
const say = (part, what) => console.log(JSON.stringify({ part, ...what }, (_, v) => (typeof v === "bigint" ? Number(v) : v)));

const record = ({ event: e, commitPosition }) => ({
  id: e.id, stream: e.streamId, revision: e.revision, position: e.position.commit, prepare: e.position.prepare, commit: commitPosition,
  type: e.type, json: e.isJson, created: e.created.getTime(), data: JSON.stringify(e.data), meta: JSON.stringify(e.metadata),
});

async function read(part, events) {
  try {
    for await (const e of events) say(part, { record: record(e) });
    say(part, { end: true });
  } catch (error) {
    say(part, { error: error.type ?? error.name });
  }
}

await read("all", client.readAll({ direction: FORWARDS, fromPosition: START }));
await read("all-5", client.readAll({ direction: FORWARDS, fromPosition: { commit: 5n, prepare: 5n }, maxCount: 3 }));
await read("all-back", client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 4 }));
await read("all-back-5", client.readAll({ direction: BACKWARDS, fromPosition: { commit: 5n, prepare: 5n }, maxCount: 100 }));
await read("stream", client.readStream("test-0", { fromRevision: START, direction: FORWARDS }));
await read("stream-1", client.readStream("test-0", { fromRevision: 1n, direction: FORWARDS, maxCount: 2 }));
await read("stream-back", client.readStream("test-0", { fromRevision: END, direction: BACKWARDS, maxCount: 1 }));
await read("stream-unknown", client.readStream("test-unknown", { fromRevision: START, direction: FORWARDS }));

for (const [part, change] of [
  ["append", () => client.appendToStream("test-0", [jsonEvent({ type: "tested", data: {} })])],
  ["delete", () => client.deleteStream("test-0")],
  ["tombstone", () => client.tombstoneStream("test-0")],
]) {
  await change().then(() => say(part, { end: true }), (error) => say(part, { error: error.type ?? error.name }));
}

// follow subscribes, and is done when it has caught up or failed.
function follow(part, subscription) {
  return new Promise((done) => {
    subscription.on("confirmation", () => say(part, { confirmed: true }));
    subscription.on("data", (e) => say(part, { record: record(e) }));
    subscription.on("caughtUp", ({ date, revision, position }) => {
      say(part, { caughtUp: { dated: date?.getFullYear() > 2000, revision, position: position?.commit } });
      done();
    });
    subscription.on("error", (error) => {
      say(part, { error: error.type ?? error.name });
      done();
    });
  });
}

const types = {
  prefixes: ["odd"], maxSearchWindow: 2, checkpointInterval: 2,
  checkpointReached: async (_, { commit }) => say("follow-types", { checkpoint: commit }),
};
await Promise.all([
  follow("follow-all", client.subscribeToAll({ fromPosition: START })),
  follow("follow-all-5", client.subscribeToAll({ fromPosition: { commit: 5n, prepare: 5n } })),
  follow("follow-beyond", client.subscribeToAll({ fromPosition: { commit: 1000n, prepare: 1000n } })),
  follow("follow-types", client.subscribeToAll({ fromPosition: START, filter: eventTypeFilter(types) })),
  follow("follow-streams", client.subscribeToAll({ fromPosition: START, filter: streamNameFilter({ regex: "-1$" }) })),
  follow("follow-stream", client.subscribeToStream("test-0", { fromRevision: 0n })),
  follow("follow-stream-end", client.subscribeToStream("test-0", { fromRevision: END })),
  follow("follow-stream-unknown", client.subscribeToStream("test-unknown", { fromRevision: START })),
]);
say("live", {});
process.stdin.resume().on("end", () => process.exit(0));
