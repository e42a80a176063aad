package api_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/access"
	"daybook.internal/api"
	"daybook.internal/api/follow"
	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/reactors"
	"daybook.internal/readstore/live"
)

var (
	coordinates = access.Grant{Role: domain.Coordinator, Edition: "ed_demo"}
	sits        = access.Grant{Role: domain.Committee, Edition: "ed_demo"}
	counts      = access.Grant{Role: domain.TallyClerk, Dialogue: "dl_FR"}
)

const topic = `{"edition":"ed_demo","topic":"t-new","label":{"source":"en","text":{"en":"New"}},"scope":"national","policyLinks":[],"dialogue":"dl_FR"}`

// Whoever acts stands in the record by the pseudonym of the token, whatever a header says.
func TestTheActorComesFromTheToken(t *testing.T) {
	t.Parallel()
	g := newGate(t, nil)
	both := g.token(one, counts, coordinates)
	receipt := decode[commands.Receipt](t, g.as(both, "add-topic", "k1", topic))
	event := g.get("/v1/events/" + at("END"))
	require.Contains(t, string(event.body), `coordinator:`+one, "the role that may")
	require.Len(t, receipt.Events, 1)

	for header, status := range map[string]int{
		"coordinator": http.StatusOK, "coordinator:" + one: http.StatusOK, "tallyClerk": http.StatusForbidden, "committee": http.StatusForbidden, "coordinator:" + two: http.StatusForbidden,
		"king": http.StatusUnprocessableEntity, "": http.StatusOK,
	} {
		got := g.as(both, "add-topic", "again-"+strings.ReplaceAll(header, ":", "-"), topic, api.ActorHeader, header)
		require.Equal(t, status, got.StatusCode, "%q: %s", header, got.body)
	}
}

// The rules of two people hold for all tokens of one person: who they are is not theirs to choose.
func TestTwoPeopleAreTwo(t *testing.T) {
	t.Parallel()
	g := newGate(t, nil)
	brings, reviews := g.token(one, coordinates), g.token(one, sits)
	version := func(author string) string {
		return `{"edition":"ed_demo","artefact":"ar_new","version":1,"kind":"material","sourceLang":"en","content":"` + strings.Repeat("ab", 32) + `","uri":"https://example.org/words","wordingLocked":false,"author":"` + author + `"}`
	}
	review := func(reviewer string) string {
		return `{"artefact":"ar_new","version":1,"reviewer":"` + reviewer + `","partner":"pt_committee","kind":"committee","verdict":"approve"}`
	}
	requireProblem(t, g.as(brings, "add-artefact-version", "a1", version(two)), http.StatusForbidden, "forbidden")
	got := g.as(brings, "add-artefact-version", "a2", version(one))
	require.Equal(t, http.StatusCreated, got.StatusCode, "%s", got.body)
	requireProblem(t, g.as(reviews, "record-review", "r1", review(two)), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(reviews, "record-review", "r2", review(one)), http.StatusUnprocessableEntity, "self-review")
	other := g.token(two, sits)
	got = g.as(other, "declare-interest", "i", `{"edition":"ed_demo","partner":"pt_committee","person":"`+two+`","statement":{"source":"en","text":{"en":"None"}},"topics":[],"level":"none"}`)
	require.Equal(t, http.StatusCreated, got.StatusCode, "%s", got.body)
	got = g.as(other, "record-review", "r3", review(two))
	require.Equal(t, http.StatusCreated, got.StatusCode, "somebody else reviews: %s", got.body)
}

// inSession is a gate on the demo as it was while the sessions were open.
func inSession(t *testing.T) *gate {
	t.Helper()
	return newGate(t, func(n *node) {
		n.memory = ledgertest.NewMemory()
		for _, r := range demo().records {
			if r.Type == domain.TypeOf(domain.SessionClosed{}) {
				break
			}
			_, err := n.memory.Append(t.Context(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
			require.NoError(t, err)
		}
		n.Service.Ledger = n.memory
	})
}

// A second person consents by a token of their own.
func TestASecondPerson(t *testing.T) {
	t.Parallel()
	g := inSession(t)
	void := `{"dialogue":"dl_FR","pseudonym":"4632c15f0d6c","session":"s1","wave":"session","question":{"id":"ar_who-decides","version":1},"reason":"illegible","by":"` + one + `","secondBy":"` + two + `"}`
	first, second := g.token(one, counts), g.token(two, counts)
	requireProblem(t, g.as(first, "void-ballot", "v1", void), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(first, "void-ballot", "v2", void, "Daybook-Second", first), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(first, "void-ballot", "v3", void, "Daybook-Second", g.token(two, sits)), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(first, "void-ballot", "v4", void, "Daybook-Second", "Bearer x"), http.StatusUnauthorized, "invalid-token")
	requireProblem(t, g.post("void-ballot", "v5", void, "Daybook-Second", second), http.StatusUnauthorized, "invalid-token")
	same := strings.Replace(void, two, one, 1)
	requireProblem(t, g.as(first, "void-ballot", "v6", same, "Daybook-Second", first), http.StatusUnprocessableEntity, "same-clerk")
	got := g.as(first, "void-ballot", "v7", void, "Daybook-Second", second)
	require.Equal(t, http.StatusCreated, got.StatusCode, "%s", got.body)
}

// Two sheets by one clerk are one clerk's, by whatever token.
func TestOneClerkCountsOnce(t *testing.T) {
	t.Parallel()
	g := inSession(t)
	sheet := func(entry, clerk string) string {
		return `{"dialogue":"dl_FR","session":"s1","wave":"session","question":{"id":"ar_who-decides","version":1},"entry":"` + entry + `","counts":{"myself":3},"valid":3,"blank":0,"spoiled":0,"sheet":"` + strings.Repeat("ab", 32) + `","clerk":"` + clerk + `"}`
	}
	monday := g.token(one, counts)
	tuesday := g.token(one, access.Grant{Role: domain.TallyClerk, Dialogue: "dl_FR", Edition: "ed_demo"})
	got := g.as(monday, "record-tally-sheet", "s1", sheet("A", one))
	require.Equal(t, http.StatusCreated, got.StatusCode, "%s", got.body)
	requireProblem(t, g.as(tuesday, "record-tally-sheet", "s2", sheet("B", two)), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(tuesday, "record-tally-sheet", "s3", sheet("B", one)), http.StatusUnprocessableEntity, "same-clerk")
	got = g.as(g.token(two, counts), "record-tally-sheet", "s4", sheet("B", two))
	require.Equal(t, http.StatusCreated, got.StatusCode, "%s", got.body)
}

// A line acts for who sends the file, and for nobody else.
func TestLinesAreAdmittedOneByOne(t *testing.T) {
	t.Parallel()
	g := newGate(t, nil)
	line := func(id, name, actor, content string) string {
		return `{"command":"` + id + `","name":"` + name + `","actor":"` + actor + `","content":` + content + "}\n"
	}
	file := line("l1", "add-topic", "coordinator:"+one, topic) + line("l2", "add-topic", "coordinator:"+two, topic) + line("l3", "freeze-protocol", "tallyClerk:"+one, `{"edition":"ed_demo"}`) +
		line("l4", "form-table", "coordinator:"+one, `{"dialogue":"dl_FR","table":"1"}`)
	send := func(query, token string) answer {
		headers := []string{"Content-Type", "application/x-ndjson"}
		if token != "" {
			headers = append(headers, "Authorization", token)
		}
		return g.do(http.MethodPost, "/v1/commands"+query, file, headers...)
	}
	results := func(a answer) (all []string) {
		for _, l := range strings.Split(strings.TrimSpace(string(a.body)), "\n") {
			var answer commands.LineAnswer
			require.NoError(t, json.Unmarshal([]byte(l), &answer))
			all = append(all, strings.TrimSpace(string(answer.Result)+" "+answer.Rule))
		}
		return all
	}
	token := g.token(one, coordinates, counts)
	got := send("?atomic=true", token)
	require.Equal(t, http.StatusUnprocessableEntity, got.StatusCode)
	require.Equal(t, []string{"not done", "rejected forbidden", "rejected forbidden", "rejected forbidden"}, results(got))
	require.Equal(t, []string{"done", "rejected forbidden", "rejected forbidden", "rejected forbidden"}, results(send("", token)))
	requireProblem(t, send("", ""), http.StatusUnauthorized, "unauthenticated")
	requireProblem(t, send("", "Bearer nonsense"), http.StatusUnauthorized, "invalid-token")
	key, _, err := g.dir.AddKey("a newsroom", time.Now())
	require.NoError(t, err)
	requireProblem(t, send("", "Bearer "+key), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as("Bearer "+key, "add-topic", "k", topic), http.StatusForbidden, "forbidden")
	require.Equal(t, http.StatusOK, g.get("/v1/views", "Authorization", "Bearer "+key).StatusCode)
}

// A device proves its own answers by its signature; a code alone proves nothing to the server.
func TestDevicesNeedNoToken(t *testing.T) {
	t.Parallel()
	g := inSession(t)
	device := ed25519.NewKeyFromSeed(make([]byte, 32))
	cast := commands.CastBallot{
		Dialogue: "dl_FR", Session: "s1", Wave: domain.SessionWave, Question: domain.ArtefactRef{ID: "ar_who-decides", Version: 1}, Lang: "fr", Answer: domain.Answer{Option: "myself"}, Channel: "app",
	}.SignedBy(device, "signed", 1)
	content, err := json.Marshal(cast)
	require.NoError(t, err)
	requireProblem(t, g.post("cast-ballot", "signed", string(content)), http.StatusUnprocessableEntity, "code-not-issued")
	other := strings.Replace(string(content), `"pseudonym":"`, `"pseudonym":"x`, 1)
	requireProblem(t, g.post("cast-ballot", "coded", other), http.StatusUnauthorized, "unauthenticated")
	requireProblem(t, g.post("cast-ballot", "as-a-clerk", string(content), api.ActorHeader, "tallyClerk:x"), http.StatusUnauthorized, "unauthenticated")
	requireProblem(t, g.post("react", "k", `{"conversation":"dl_FR","respondent":"`+string(cast.Pseudonym)+`"}`), http.StatusUnauthorized, "unauthenticated")
}

// Views that are not made for everybody are for those who answer for an edition, and stay out of shared caches.
func TestViewsThatAreNotForEverybody(t *testing.T) {
	t.Parallel()
	g := newGate(t, func(n *node) { n.Measures = live.New(n.memory) })
	g.follow(t)
	closed := "/v1/views/consent/ed_demo/dl_FR"
	requireProblem(t, g.get(closed), http.StatusUnauthorized, "unauthenticated")
	for _, path := range []string{"/v1/views/consent", "/v1/views/consent?format=csv", closed + "?at=200"} {
		requireProblem(t, g.get(path), http.StatusUnauthorized, "unauthenticated")
	}
	requireProblem(t, g.get(closed, "Authorization", g.token(one, counts)), http.StatusForbidden, "forbidden")
	got := g.get(closed, "Authorization", g.token(one, sits))
	require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	require.Equal(t, "private, no-store", got.Header.Get("Cache-Control"))
	require.Equal(t, http.StatusOK, g.get("/v1/views/board/ed_demo").StatusCode, "what is public needs nobody's token")
	requireProblem(t, g.get("/v1/views/board/ed_demo", "Authorization", "Basic YTpi"), http.StatusUnauthorized, "invalid-token")
}

// Where requests of this machine are taken at their word, those that a proxy hands on are not, and tokens count where they are sent.
func TestThisMachineIsBelieved(t *testing.T) {
	t.Parallel()
	g := newGate(t, func(n *node) { n.Open, n.Local = true, true })
	got := g.post("add-topic", "k", topic)
	require.Equal(t, http.StatusCreated, got.StatusCode, "%s", got.body)
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip"} {
		requireProblem(t, g.post("add-topic", "k2", topic, header, "192.0.2.1"), http.StatusUnauthorized, "unauthenticated")
	}
	requireProblem(t, g.as(g.token(one, counts), "add-topic", "k3", topic), http.StatusForbidden, "forbidden")
	requireProblem(t, g.post("add-topic", "k4", topic, api.ActorHeader, "coordinator"), http.StatusUnprocessableEntity, "invalid-field")
}

// What is wrong with a token is said as RFC 6750 has it.
func TestChallenges(t *testing.T) {
	t.Parallel()
	g := newGate(t, nil)
	got := g.as("Bearer a.b.c", "add-topic", "k", topic)
	requireProblem(t, got, http.StatusUnauthorized, "invalid-token")
	require.Equal(t, `Bearer realm="daybook", error="invalid_token", error_description="malformed"`, got.Header.Get("WWW-Authenticate"))
	require.Equal(t, 1, g.counts["||malformed"])
	r, err := http.NewRequest(http.MethodGet, g.url+"/v1/views", nil)
	require.NoError(t, err)
	r.Header["Authorization"] = []string{g.token(one, counts), g.token(one, coordinates)}
	requireProblem(t, g.send(r), http.StatusUnauthorized, "invalid-token")
}

// subscriptions are none.
type subscriptions struct{ follow.DeliveryState }

func (subscriptions) Subscriptions(context.Context) ([]reactors.Subscription, error) { return nil, nil }
func (subscriptions) Standings(context.Context) ([]reactors.Standing, error)         { return nil, nil }

// Webhooks are for coordinators and for holders of API keys.
func TestWhoHasWebhooks(t *testing.T) {
	t.Parallel()
	g := newGate(t, func(n *node) { n.Webhooks = &follow.Webhooks{State: subscriptions{}} })
	key, as, err := g.dir.AddKey("a newsroom", time.Now())
	require.NoError(t, err)
	requireProblem(t, g.get("/v1/webhooks"), http.StatusUnauthorized, "unauthenticated")
	requireProblem(t, g.get("/v1/webhooks", "Authorization", g.token(one, counts)), http.StatusForbidden, "forbidden")
	for _, may := range []string{g.token(one, coordinates), "Bearer " + key} {
		got := g.get("/v1/webhooks", "Authorization", may)
		require.Equal(t, http.StatusOK, got.StatusCode, "%s", got.body)
	}
	require.NoError(t, g.dir.RevokeKey(as.ID))
	requireProblem(t, g.get("/v1/webhooks", "Authorization", "Bearer "+key), http.StatusUnauthorized, "invalid-token")
}

// What reaches beyond a dialogue is not a national partner's, whatever dialogue stands beside it.
func TestBeyondOnesDialogue(t *testing.T) {
	t.Parallel()
	g := newGate(t, nil)
	partner := g.token(one, access.Grant{Role: domain.NationalPartner, Dialogue: "dl_FR"})
	got := g.as(partner, "add-topic", "own", topic)
	require.Equal(t, http.StatusCreated, got.StatusCode, "%s", got.body)
	requireProblem(t, g.as(partner, "add-topic", "all", strings.Replace(topic, "national", "global", 1)), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(partner, "draft-recommendation", "world", `{"edition":"ed_demo","recommendation":"rc_x","level":"global","editor":"`+one+`"}`), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(partner, "revise-recommendation", "theirs", `{"recommendation":"rc_ke_1","editor":"`+one+`"}`), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(partner, "erase-words", "words", `{"in":{"stream":"statement-dl_KE/1","version":1},"by":"`+one+`"}`), http.StatusForbidden, "forbidden")
	requireProblem(t, g.as(partner, "open-session", "nowhere", `{"dialogue":"dl_XX"}`), http.StatusUnprocessableEntity, "unknown-ref")
	requireProblem(t, g.as(partner, "declare-interest", "i", `{"edition":"ed_other","person":"`+one+`"}`), http.StatusForbidden, "forbidden")
}
