package commands_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/sortition"
)

// step is one command of the story and the type of the event that it writes.
type step struct{ name, content, event string }

const digest = `"64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525"`

// What the story needs to say in digests: its question and its consent text in French, the segment that its coders code, and the codes of
// its session.
var (
	inFrench              = domain.TranslationDigest(domain.TranslationSubmitted{Question: &domain.QuestionWords{Text: "Qui ?", Options: map[domain.OptionID]string{"me": "Moi", "law": "La loi"}}})
	consentInFrench       = domain.TranslationDigest(domain.TranslationSubmitted{Body: "Je participe."})
	coded                 = domain.NewCodingID(domain.Segment{Source: domain.Ref{Stream: "statement-dl_1/1", Version: 1}, End: 9})
	issuedRoot, issuedFor = domain.SealCodes("dl_1", issued())
)

// storyDraw draws four of six people for the story, and newcomer is the first of them.
var (
	storyDraw = func() commands.ExecuteDraw {
		secret, _ := seed(1)
		return commands.ExecuteDraw{Dialogue: "dl_1", Candidates: poolOf(6), Seed: secret, Randomness: domain.Digest{7}}
	}()
	newcomer = func() commands.RegisterParticipant {
		quotas := []sortition.Quota{{Dimension: "age", Stratum: "young", Min: 1, Max: 3}, {Dimension: "age", Stratum: "old", Min: 1, Max: 3}}
		var pool []sortition.Candidate
		for _, c := range storyDraw.Candidates {
			pool = append(pool, sortition.Candidate{ID: string(c.ID), Strata: c.Strata, Salt: c.Salt})
		}
		drawn, _, err := sortition.Draw(pool, quotas, 4, sortition.Key(storyDraw.Seed, storyDraw.Randomness, "dl_1", 1), nil, 100)
		if err != nil {
			panic(err)
		}
		r := commands.RegisterParticipant{
			Participant: domain.ParticipantID(drawn[0]), Dialogue: "dl_1", Chamber: domain.CitizenChamber, Route: domain.Drawn, Language: "fr", Strata: "f/30-59", AccessNeeds: "a ramp", OfAge: true,
		}
		for n := range pool {
			if hash, id := person(n); id == r.Participant {
				r.Person = hash
			}
		}
		return r
	}()
	who = string(newcomer.Participant)
)

// issued are the codes of the story: p1 to p20.
func issued() (all []domain.Pseudonym) {
	for n := range 20 {
		all = append(all, domain.Pseudonym(fmt.Sprint("p", n+1)))
	}
	return all
}

// issuedTo is the proof that a pseudonym is one of the codes of the story.
func issuedTo(p domain.Pseudonym) string { return text(issuedFor[p]) }

// story calls every command there is at least once, each in a state in which it is accepted; but see untold.
var story = []step{
	{"open-edition", `{"edition":"ed_1","title":{"source":"en","text":{"en":"One"}},"mandate":{"source":"en","text":{"en":"To try"}},"languages":["en","fr"],"coordinator":"pt_1","decisionOwners":["forum"]}`, "edition-opened.v1"},
	{"schedule-milestone", `{"edition":"ed_1","key":"day","phase":"deliberation","dueAt":"2025-10-10T08:00:00.000Z","gates":[]}`, "milestone-scheduled.v1"},
	{"reach-milestone", `{"edition":"ed_1","key":"day","evidence":[]}`, "milestone-reached.v1"},
	{"add-topic", `{"edition":"ed_1","topic":"t1","label":{"source":"en","text":{"en":"Data"}},"scope":"global","policyLinks":[]}`, "topic-added.v1"},
	{"admit-partner", `{"edition":"ed_1","partner":"pt_c","name":"Academy","kind":"academia","roles":["committee","coder"],"agreement":` + digest + `,"validFrom":"2025-01-01"}`, "partner-admitted.v1"},
	{"declare-interest", `{"edition":"ed_1","partner":"pt_c","person":"cleo","statement":{"source":"en","text":{"en":"Nothing"}},"topics":[],"level":"none"}`, "interest-declared.v1"},
	{"add-artefact-version", `{"edition":"ed_1","artefact":"ar_plan","version":1,"kind":"analysisPlan","sourceLang":"en","content":` + digest + `,"wordingLocked":true,"author":"committee"}`, "artefact-version-added.v1"},
	{"record-review", `{"artefact":"ar_plan","version":1,"reviewer":"cleo","partner":"pt_c","kind":"committee","verdict":"approve"}`, "review-recorded.v1"},
	{"approve-artefact", `{"artefact":"ar_plan","version":1,"quorum":1}`, "artefact-approved.v1"},
	{"add-artefact-version", `{"edition":"ed_1","artefact":"ar_q","version":1,"kind":"question","question":{"kind":"single","unit":"individual","text":{"source":"en","text":{"en":"Who?"}},"options":[{"id":"me","label":{"source":"en","text":{"en":"Me"}}},{"id":"law","label":{"source":"en","text":{"en":"Law"}}}]},"sourceLang":"en","content":` + digest + `,"wordingLocked":true,"author":"committee"}`, "artefact-version-added.v1"},
	{"record-review", `{"artefact":"ar_q","version":1,"reviewer":"cleo","partner":"pt_c","kind":"committee","verdict":"approve"}`, "review-recorded.v1"},
	{"approve-artefact", `{"artefact":"ar_q","version":1,"quorum":1}`, "artefact-approved.v1"},
	{"submit-translation", `{"artefact":"ar_q","version":1,"lang":"fr","translator":"tom","question":{"text":"Qui ?","options":{"me":"Moi","law":"La loi"}},"method":"human"}`, "translation-submitted.v1"},
	{"verify-translation", `{"artefact":"ar_q","version":1,"lang":"fr","translation":"` + inFrench.String() + `","verifier":"vera","method":"independent","issues":0}`, "translation-verified.v1"},
	{"add-artefact-version", `{"edition":"ed_1","artefact":"ar_f","version":1,"kind":"codingFrame","codes":[{"id":"privacy","label":{"source":"en","text":{"en":"Privacy"}}},{"id":"access","label":{"source":"en","text":{"en":"Access"}}}],"sourceLang":"en","content":` + digest + `,"wordingLocked":true,"author":"committee"}`, "artefact-version-added.v1"},
	{"record-review", `{"artefact":"ar_f","version":1,"reviewer":"cleo","partner":"pt_c","kind":"committee","verdict":"approve"}`, "review-recorded.v1"},
	{"approve-artefact", `{"artefact":"ar_f","version":1,"quorum":1}`, "artefact-approved.v1"},
	{"complete-training", `{"edition":"ed_1","partner":"pt_c","trainee":"carl","role":"coder","module":{"id":"ar_f","version":1},"trainer":"cleo"}`, "training-completed.v1"},
	{"complete-training", `{"edition":"ed_1","partner":"pt_c","trainee":"cora","role":"coder","module":{"id":"ar_f","version":1},"trainer":"cleo"}`, "training-completed.v1"},
	{"add-artefact-version", `{"edition":"ed_1","artefact":"ar_c","version":1,"kind":"consentText","body":{"source":"en","text":{"en":"I take part."}},"sourceLang":"en","content":` + digest + `,"wordingLocked":true,"author":"committee"}`, "artefact-version-added.v1"},
	{"record-review", `{"artefact":"ar_c","version":1,"reviewer":"cleo","partner":"pt_c","kind":"committee","verdict":"approve"}`, "review-recorded.v1"},
	{"approve-artefact", `{"artefact":"ar_c","version":1,"quorum":1}`, "artefact-approved.v1"},
	{"submit-translation", `{"artefact":"ar_c","version":1,"lang":"fr","translator":"tom","body":"Je participe.","method":"human"}`, "translation-submitted.v1"},
	{"verify-translation", `{"artefact":"ar_c","version":1,"lang":"fr","translation":"` + consentInFrench.String() + `","verifier":"vera","method":"independent","issues":0}`, "translation-verified.v1"},
	{"add-artefact-version", `{"edition":"ed_1","artefact":"ar_g","version":1,"kind":"guide","codes":[{"id":"rude","label":{"source":"en","text":{"en":"Rude"}}}],"sourceLang":"en","content":` + digest + `,"wordingLocked":true,"author":"committee"}`, "artefact-version-added.v1"},
	{"record-review", `{"artefact":"ar_g","version":1,"reviewer":"cleo","partner":"pt_c","kind":"committee","verdict":"approve"}`, "review-recorded.v1"},
	{"approve-artefact", `{"artefact":"ar_g","version":1,"quorum":1}`, "artefact-approved.v1"},
	{"add-artefact-version", `{"edition":"ed_1","artefact":"ar_w","version":1,"kind":"worksheet","sourceLang":"en","content":` + digest + `,"wordingLocked":true,"author":"committee"}`, "artefact-version-added.v1"},
	{"record-review", `{"artefact":"ar_w","version":1,"reviewer":"cleo","partner":"pt_c","kind":"committee","verdict":"approve"}`, "review-recorded.v1"},
	{"approve-artefact", `{"artefact":"ar_w","version":1,"quorum":1}`, "artefact-approved.v1"},
	{"define-session", `{"edition":"ed_1","session":"s1","ordinal":1,"topic":"t1","kind":"thematic","chamber":"citizen","instruments":[{"artefact":{"id":"ar_q","version":1},"wave":"session"}],"plannedMinutes":90}`, "session-defined.v1"},
	{"freeze-protocol", `{"edition":"ed_1","methodVersion":1,"analysisPlan":{"digest":` + digest + `},"planArtefact":{"id":"ar_plan","version":1},"weighting":{"schemes":["pooled"],"populationTable":"cd0213744770b20e765837e17971b700736c94c097f57129d39a5eba21e4f7c0"},"suppression":{"minBase":10,"minCell":5},"rankScoring":"avgBorda","opinionAlgorithm":{"name":"polis","version":"1","params":{}},"thresholds":{"globalMinCountries":"1","outputGraceMinutes":"30"},"codingPlan":{"digest":` + digest + `},"reviewQuorum":1,"measures":{"population":{"FR":68000000},"world":8200000000,"correct":{"ar_q":"law"},"seed":7,"permutations":99}}`, "protocol-frozen.v1"},
	{"admit-partner", `{"edition":"ed_1","partner":"pt_FR","name":"Forum","kind":"civilSociety","roles":["nationalPartner","auditor"],"place":"FR","agreement":` + digest + `,"validFrom":"2025-01-01"}`, "partner-admitted.v1"},
	{"complete-training", `{"edition":"ed_1","partner":"pt_FR","trainee":"hal","role":"headFacilitator","module":{"id":"ar_g","version":1},"trainer":"cleo"}`, "training-completed.v1"},
	{"complete-training", `{"edition":"ed_1","partner":"pt_FR","trainee":"fay","role":"tableFacilitator","module":{"id":"ar_g","version":1},"trainer":"hal"}`, "training-completed.v1"},
	{"declare-interest", `{"edition":"ed_1","partner":"pt_FR","person":"fay","statement":{"source":"en","text":{"en":"Nothing"}},"topics":[],"level":"none"}`, "interest-declared.v1"},
	{"register-dialogue", `{"dialogue":"dl_1","edition":"ed_1","place":"FR","partner":"pt_FR","mode":"room","sampleType":"sortition","languages":["fr"],"plannedSize":4}`, "dialogue-registered.v1"},
	{"set-quota-plan", `{"dialogue":"dl_1","dimensions":[{"name":"age","strata":[{"id":"young","label":"Young","populationShare":"1/2","min":1,"max":3},{"id":"old","label":"Old","populationShare":"1/2","min":1,"max":3}]}],"source":{"digest":` + digest + `},"nonExpertRule":"","minorityStrata":[]}`, "quota-plan-set.v1"},
	{"report-recruitment", `{"dialogue":"dl_1","report":"r1","channel":"phone","counts":{"invited":90,"reached":30,"refused":20,"ineligible":1,"accepted":6},"from":"2025-09-01","to":"2025-09-30"}`, "recruitment-reported.v1"},
	{"seal-pool", text(commands.SealPool{Dialogue: "dl_1", Candidates: poolOf(6)}), "pool-sealed.v1"},
	{"commit-draw", strings.Replace(commitment("dl_1", 1, 0), domain.Time(0).String(), "@due", 1), "draw-committed.v1"},
	{"execute-draw", text(storyDraw), "draw-executed.v1"},
	{"authorise-dialogue", `{"dialogue":"dl_1","methodVersion":1,"waivers":[{"rule":"plannedSize","reason":"a first try","approvedBy":"committee"}],"consentText":{"id":"ar_c","version":1}}`, "dialogue-authorised.v1"},
	{"register-participant", text(newcomer), "participant-registered.v1"},
	{"give-consent", `{"participant":"` + who + `","dialogue":"dl_1","consentText":{"id":"ar_c","version":1},"lang":"fr","scopes":["participate","dataUse","quotes"],"method":"paper"}`, "consent-given.v1"},
	{"open-session", `{"dialogue":"dl_1","session":"s1","chamber":"citizen","issuedCodes":20,"codesCommitment":"` + issuedRoot.String() + `","instruments":[{"id":"ar_q","version":1}]}`, "session-opened.v1"},
	{"check-in", `{"participant":"` + who + `","dialogue":"dl_1","by":"hal"}`, "participant-checked-in.v1"},
	{"form-table", `{"dialogue":"dl_1","table":"1","session":"s1","chamber":"citizen","facilitator":"fay","members":["` + who + `"],"waiver":{"rule":"tableSize","reason":"few came","approvedBy":"hal"}}`, "table-formed.v1"},
	{"post-statement", `{"conversation":"dl_1","statement":"1","kind":"statement","text":"Everybody may see their data.","lang":"en","author":"p1"}`, "statement-posted.v1"},
	{"post-statement", `{"conversation":"dl_1","statement":"2","kind":"reply","parent":"1","text":"Not everybody.","lang":"en","author":"p2"}`, "statement-posted.v1"},
	{"moderate-statement", `{"conversation":"dl_1","statement":"1","decision":"accept","moderator":"mod"}`, "statement-moderated.v1"},
	{"link-statement", `{"conversation":"dl_1","statement":"2","relation":"rewordedFrom","target":"1","by":"mod"}`, "statement-linked.v1"},
	{"react", `{"conversation":"dl_1","statement":"1","respondent":"p2","value":"agree"}`, "reaction-cast.v1"},
	{"cast-ballot", `{"dialogue":"dl_1","pseudonym":"p1","session":"s1","wave":"session","question":{"id":"ar_q","version":1},"lang":"fr","answer":{"option":"me"},"channel":"app","issued":` + issuedTo("p1") + `}`, "ballot-cast.v1"},
	{"void-ballot", `{"dialogue":"dl_1","pseudonym":"p1","session":"s1","wave":"session","question":{"id":"ar_q","version":1},"reason":"illegible","by":"clerk-1","secondBy":"clerk-2"}`, "ballot-voided.v1"},
	{"record-table-output", `{"dialogue":"dl_1","table":"1","output":"sheet","session":"s1","template":{"id":"ar_w","version":1},"items":[{"item":"1","kind":"idea","text":"See your own data.","lang":"en"},{"item":"2","kind":"quote","text":"It is mine.","lang":"en"}],"by":"fay"}`, "table-output-recorded.v1"},
	{"report-deviation", `{"dialogue":"dl_1","rule":"minutes","description":{"source":"en","text":{"en":"It ran long"}},"severity":"minor","session":"s1"}`, "deviation-reported.v1"},
	{"withdraw-consent", `{"participant":"` + who + `","dialogue":"dl_1","scopes":["quotes"],"effect":"stopFuture"}`, "consent-withdrawn.v1"},
	{"draft-recommendation", `{"edition":"ed_1","dialogue":"dl_1","recommendation":"rc_1","level":"national","body":"citizens","kind":"recommendation","topics":["t1"],"text":{"source":"en","text":{"en":"Show it."}},"sources":[{"ref":{"stream":"statement-dl_1/1","version":0},"role":"basis"}],"editor":"ed"}`, "recommendation-drafted.v1"},
	{"open-endorsement", `{"recommendation":"rc_1","version":1,"chambers":[{"chamber":"citizen","electorate":"the citizens in the room","threshold":"1/2","quorum":"1/2"}],"closesAt":"2025-10-11T18:00:00.000Z"}`, "endorsement-opened.v1"},
	{"close-endorsement", `{"recommendation":"rc_1","version":1,"chambers":[{"chamber":"citizen","eligible":10,"cast":8,"yes":6,"no":2,"abstain":0}],"tallies":[]}`, "endorsement-closed.v1"},
	{"decide-recommendation", `{"recommendation":"rc_1","version":1,"outcome":"adopted","dissents":[],"dissentOffered":true,"decidedBy":"pt_FR"}`, "recommendation-decided.v1"},
	{"close-session", `{"dialogue":"dl_1","session":"s1","minutes":95,"checkedIn":1}`, "session-closed.v1"},
	{"record-tally-sheet", `{"dialogue":"dl_1","session":"s1","wave":"session","question":{"id":"ar_q","version":1},"entry":"A","counts":{},"valid":0,"blank":0,"spoiled":1,"sheet":` + digest + `,"clerk":"clerk-1"}`, "tally-sheet-recorded.v1"},
	{"record-tally-sheet", `{"dialogue":"dl_1","session":"s1","wave":"session","question":{"id":"ar_q","version":1},"entry":"B","counts":{},"valid":0,"blank":0,"spoiled":1,"sheet":` + digest + `,"clerk":"clerk-2"}`, "tally-sheet-recorded.v1"},
	{"reconcile-tally", `{"dialogue":"dl_1","session":"s1","wave":"session","question":{"id":"ar_q","version":1},"source":"sheets"}`, "tally-reconciled.v1"},
	{"draft-recommendation", `{"edition":"ed_1","recommendation":"rc_w","level":"global","body":"joint","kind":"vision","topics":["t1"],"text":{"source":"en","text":{"en":"Show it everywhere."}},"sources":[{"ref":{"stream":"recommendation-rc_1","version":0},"role":"basis"}],"editor":"ed"}`, "recommendation-drafted.v1"},
	{"release-publication", `{"publication":"pb_1","edition":"ed_1","kind":"nationalReport","dialogue":"dl_1","recommendations":["rc_1"],"files":[{"name":"report.pdf","digest":` + digest + `,"mediaType":"application/pdf"}],"ledgerPosition":9,"views":{"country":1},"licence":"CC-BY-4.0","disclosureCheck":{"rule":"minBase 10","suppressed":2}}`, "publication-released.v1"},
	{"correct-publication", `{"publication":"pb_1","files":[{"name":"report-2.pdf","digest":` + digest + `,"mediaType":"application/pdf"}],"erratum":{"source":"en","text":{"en":"Page 3 was empty."}},"affected":["report.pdf"],"reason":"printing"}`, "publication-corrected.v1"},
	{"submit-recommendation", `{"submission":"sb_1","recommendation":"rc_1","addressee":{"name":"Forum","kind":"IO"},"channel":"by letter","submittedAt":"2025-11-01T09:00:00.000Z","expectedBy":"2026-05-01T09:00:00.000Z","publication":"pb_1"}`, "recommendation-submitted.v1"},
	{"record-response", `{"submission":"sb_1","kind":"acknowledgement","text":{"source":"en","text":{"en":"We have it."}},"at":"2025-11-03T09:00:00.000Z","official":"secretariat"}`, "response-received.v1"},
	{"report-follow-up", `{"submission":"sb_1","status":"underConsideration","progress":10,"reporter":"pt_FR","source":"partner","at":"2025-12-01T09:00:00.000Z"}`, "follow-up-reported.v1"},
	{"draft-recommendation", `{"edition":"ed_1","dialogue":"dl_1","recommendation":"rc_2","level":"national","body":"citizens","kind":"recommendation","topics":["t1"],"text":{"source":"en","text":{"en":"Show it to all."}},"sources":[{"ref":{"stream":"recommendation-rc_1","version":0},"role":"basis"}],"editor":"ed"}`, "recommendation-drafted.v1"},
	{"revise-recommendation", `{"recommendation":"rc_2","version":2,"text":{"source":"en","text":{"en":"Show it to all at once."}},"sourcesAdded":[{"ref":{"stream":"tally-dl_1/s1","version":0},"role":"support"}],"sourcesRemoved":[],"rationale":"it was asked when","editor":"ed"}`, "recommendation-revised.v1"},
	{"supersede-recommendation", `{"recommendation":"rc_1","by":["rc_2"],"relation":"replaced","reason":"the second one says more"}`, "recommendation-superseded.v1"},
	{"code-segment", `{"edition":"ed_1","segment":{"source":{"stream":"statement-dl_1/1","version":2},"start":0,"end":9},"frame":{"id":"ar_f","version":1},"codes":["privacy","access"],"coder":"carl","partner":"pt_c","method":"human","round":1}`, "segment-coded.v1"},
	{"code-segment", `{"edition":"ed_1","segment":{"source":{"stream":"statement-dl_1/1","version":2},"start":0,"end":9},"frame":{"id":"ar_f","version":1},"codes":["access"],"coder":"cora","partner":"pt_c","method":"human","round":1}`, "segment-coded.v1"},
	{"adjudicate-coding", `{"coding":"` + string(coded) + `","frame":{"id":"ar_f","version":1},"round":1,"codes":["access"],"adjudicator":"cleo"}`, "coding-adjudicated.v1"},
	{"admit-partner", `{"edition":"ed_1","partner":"pt_a","name":"Audit","kind":"civilSociety","roles":["auditor"],"agreement":` + digest + `,"validFrom":"2025-01-01"}`, "partner-admitted.v1"},
	{"raise-finding", `{"edition":"ed_1","finding":"fd_1","severity":"minor","rule":"minutes","scope":[{"stream":"dialogue-dl_1","version":4}],"description":{"source":"en","text":{"en":"It ran long"}},"auditor":"abel","partner":"pt_a"}`, "audit-finding-raised.v1"},
	{"resolve-finding", `{"edition":"ed_1","finding":"fd_1","resolution":{"source":"en","text":{"en":"It was reported"}},"evidence":[{"stream":"dialogue-dl_1","version":5}],"acceptedBy":"abel","partner":"pt_a"}`, "audit-finding-resolved.v1"},
	{"certify-dialogue", `{"dialogue":"dl_1","certificate":` + digest + `,"by":"hal"}`, "dialogue-certified.v1"},
	{"withdraw-artefact", `{"artefact":"ar_q","version":1,"reason":"the day is over"}`, "artefact-withdrawn.v1"},
	{"end-partnership", `{"edition":"ed_1","partner":"pt_a","reason":"the audit is over","effectiveAt":"2025-10-11T18:00:00.000Z"}`, "partnership-ended.v1"},
	{"erase-personal-data", `{"participant":"` + who + `","dialogue":"dl_1","requestedAt":"2025-10-10T12:00:00.000Z","legalBasis":"request"}`, "personal-data-erased.v1"},
	{"erase-words", `{"in":{"stream":"statement-dl_1/2","version":1},"field":"text","requestedAt":"2025-10-10T12:00:00.000Z","legalBasis":"request","by":"dpo"}`, "words-erased.v1"},
}

// tell runs the story up to and with the first step of that name; no name means all of it.
func (w *world) tell(until string) {
	w.t.Helper()
	for i, s := range story {
		w.must(s.name, fmt.Sprint("story-", i), s.content)
		if s.name == until {
			return
		}
	}
}

// contentOf is the content of the first step of that name.
func contentOf(name string) string {
	for _, s := range story {
		if s.name == name {
			return s.content
		}
	}
	panic(name)
}

// theDay is the story from the draw on, which a venue can write into one file. What comes before cannot stand in it: a draw waits for a moment that
// was announced before, and a file is run at once.
var theDay = func() []step {
	for i, s := range story {
		if s.name == "execute-draw" {
			return story[i+1:]
		}
	}
	panic("nobody draws")
}()

// morning is told once; every day begins with a copy of it.
var morning = sync.OnceValue(func() *world {
	w := newWorld(&probe{})
	w.tell("execute-draw")
	return w
})

// newDay is a world on the morning of the day.
func newDay(t requirer) *world {
	t.Helper()
	w, m := newWorld(t), morning()
	for _, r := range m.records() {
		_, err := w.memory.Append(context.Background(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(t, err)
	}
	maps.Copy(w.words.kept, m.words.kept)
	*w.clock, w.due = *m.clock, m.due
	return w
}

// dayFile is the day as a file.
func dayFile() string {
	var b strings.Builder
	for i, s := range theDay {
		b.WriteString(lineOf(fmt.Sprint("day-", i), s.name, s.content) + "\n")
	}
	return b.String()
}
