package commands_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// as is the content of the first step of that name, with replacements.
func as(name string, old ...string) string {
	return strings.NewReplacer(old...).Replace(contentOf(name))
}

// told is a way to come to a world: the story up to and with a step.
func told(until string, more ...step) func(w *world) {
	return func(w *world) {
		w.tell(until)
		for _, s := range more {
			w.must(s.name, "before-"+s.name+s.event, s.content)
		}
	}
}

// otherwise is the story up to and with a step, with one thing said otherwise in it.
func otherwise(until string, old ...string) func(w *world) {
	return func(w *world) {
		for i, s := range story {
			w.must(s.name, fmt.Sprint("told-", i), strings.NewReplacer(old...).Replace(s.content))
			if s.name == until {
				return
			}
		}
	}
}

// callToVote is the story with an endorsement in its session.
func callToVote(w *world) {
	w.tell("draft-recommendation")
	w.must("add-artefact-version", "template", endorseTemplate)
	w.given(domain.ArtefactStream("ar_tpl"), "", domain.ArtefactApproved{Artefact: "ar_tpl", Version: 1, Approvals: []string{"a"}, Quorum: 1})
	w.must("add-artefact-version", "question", endorseQuestion)
	w.must("open-endorsement", "open", openVote)
}

// voteOf is a vote of p2 in the endorsement.
var voteOf = `{"dialogue":"dl_1","pseudonym":"p2","session":"s1","wave":"endorsement","question":{"id":"ar_e","version":1},"lang":"fr","channel":"app","answer":{"endorsement":"5"},"issued":` + issuedTo("p2") + `}`

// elsewhere proves that p1 is a code of another dialogue.
var _, elsewhere = domain.SealCodes("dl_2", issued())

// secondVersion asks the story's question anew, and nobody has approved it; secondDraft stands on the first one.
var (
	secondVersion = step{"add-artefact-version", strings.Replace(story[9].content, `"version":1`, `"version":2`, 1), "ar_q"}
	secondDraft   = step{"draft-recommendation", as("draft-recommendation", "rc_1", "rc_2", "statement-dl_1/1", "recommendation-rc_1"), "rc_2"}
)

// twoSessions is the story with a second session under other codes, after p1 has answered in the first one.
func twoSessions(w *world) {
	second := []string{`"s1"`, `"s2"`, `"ordinal":1`, `"ordinal":2`}
	for i, s := range story {
		w.must(s.name, fmt.Sprint("told-", i), s.content)
		switch s.name {
		case "define-session":
			w.must("define-session", "second", as("define-session", second...))
		case "cast-ballot":
			root, _ := domain.SealCodes("dl_1", []domain.Pseudonym{"q1", "q2"})
			w.must("close-session", "close", contentOf("close-session"))
			w.must("open-session", "second", as("open-session", `"s1"`, `"s2"`, issuedRoot.String(), root.String(), `"issuedCodes":20`, `"issuedCodes":2`))
			return
		}
	}
}

// TestRefused is the list of what must not happen. Each is rejected by its rule, and leaves ledger and vault as they were.
func TestRefused(t *testing.T) {
	t.Parallel()
	declare := func(who, partner, level string) step {
		return step{"declare-interest", as("declare-interest", "cleo", who, "pt_c", partner, `"topics":[]`, `"topics":["t1"]`, `"none"`, `"`+level+`"`), who}
	}
	for name, c := range map[string]struct {
		world         func(*world)
		name, content string
		rule          *domain.Rejection
	}{
		"a vote after the closing":     {func(w *world) { callToVote(w); w.must("close-session", "close", contentOf("close-session")) }, "cast-ballot", voteOf, domain.ErrSessionClosed},
		"a ballot after the closing":   {told("close-session"), "cast-ballot", as("cast-ballot", `"p1"`, `"p2"`, issuedTo("p1"), issuedTo("p2")), domain.ErrSessionClosed},
		"a code that was never issued": {told("check-in"), "cast-ballot", as("cast-ballot", `"p1"`, `"p99"`), domain.ErrCodeNotIssued},
		"no proof of a code":           {told("check-in"), "cast-ballot", as("cast-ballot", `,"issued":`+issuedTo("p1"), ""), domain.ErrCodeNotIssued},
		"a proof of another dialogue":  {told("check-in"), "cast-ballot", as("cast-ballot", issuedTo("p1"), text(elsewhere["p1"])), domain.ErrCodeNotIssued},
		"a proof of another code":      {told("check-in"), "cast-ballot", as("cast-ballot", issuedTo("p1"), issuedTo("p2")), domain.ErrCodeNotIssued},

		"a question version that is not approved": {told("define-session", secondVersion,
			step{"define-session", as("define-session", `"s1"`, `"s2"`, `"ordinal":1`, `"ordinal":2`, `"version":1`, `"version":2`), ""}), "freeze-protocol", contentOf("freeze-protocol"), domain.ErrNotApproved},
		"a version that nobody made":           {told("check-in"), "cast-ballot", as("cast-ballot", `"version":1`, `"version":2`), domain.ErrUnknownRef},
		"a translation that is not verified":   {told("check-in"), "cast-ballot", as("cast-ballot", `"lang":"fr"`, `"lang":"de"`), domain.ErrTranslationNotVerified},
		"a consent text that nobody verified":  {func(w *world) { w.without("execute-draw", "verify-translation") }, "authorise-dialogue", contentOf("authorise-dialogue"), domain.ErrTranslationNotVerified},
		"a code of another session":            {twoSessions, "cast-ballot", as("cast-ballot", `"session":"s1"`, `"session":"s2"`), domain.ErrCodeNotIssued},
		"a consent in such a language":         {told("register-participant"), "give-consent", as("give-consent", `"lang":"fr"`, `"lang":"de"`), domain.ErrTranslationNotVerified},
		"a question not asked in this wave":    {told("check-in"), "cast-ballot", as("cast-ballot", `"wave":"session"`, `"wave":"post"`), domain.ErrUnknownRef},
		"a question not asked in this session": {told("check-in"), "cast-ballot", as("cast-ballot", "ar_q", "ar_f"), domain.ErrUnknownRef},
		"a question asked, session not open":   {told("check-in"), "cast-ballot", as("cast-ballot", `"session":"s1"`, `"session":"s2"`), domain.ErrSessionNotOpen},
		"a cycle of recommendations":           {told("draft-recommendation", secondDraft), "revise-recommendation", reviseOn("rc_1", 2, sourcesOn(0, "recommendation-rc_2"), "[]"), domain.ErrCycle},
		"a cycle of statements":                {told("link-statement"), "link-statement", as("link-statement", `"statement":"2"`, `"statement":"1"`, `"target":"1"`, `"target":"2"`), domain.ErrCycle},
		"an artefact reviewed by its author":   {told("approve-artefact"), "record-review", as("record-review", "cleo", "committee"), domain.ErrSelfReview},
		"a translation verified by its author": {told("submit-translation"), "verify-translation", as("verify-translation", "vera", "tom"), domain.ErrSelfReview},
		"somebody who trains themselves":       {told("complete-training"), "complete-training", as("complete-training", "carl", "cleo"), domain.ErrSelfReview},
		"a statement moderated by its author":  {told("post-statement"), "moderate-statement", as("moderate-statement", `"mod"`, `"p1"`), domain.ErrSelfReview},
		"a coder who adjudicates":              {func(w *world) { w.without("adjudicate-coding", "adjudicate-coding") }, "adjudicate-coding", as("adjudicate-coding", "cleo", "cora"), domain.ErrSelfReview},
		"a finding resolved by who is audited": {told("raise-finding"), "resolve-finding", as("resolve-finding", "pt_a", "pt_FR", "abel", "hal"), domain.ErrSelfReview},
		"an auditor of its own dialogue":       {told("raise-finding"), "raise-finding", as("raise-finding", "fd_1", "fd_2", "pt_a", "pt_FR", "abel", "hal"), domain.ErrConflictOfInterest},
		"a reviewer with a direct interest":    {told("define-session", secondVersion, declare("dana", "pt_c", "direct")), "record-review", strings.NewReplacer("cleo", "dana", `"version":1`, `"version":2`).Replace(story[10].content), domain.ErrConflictOfInterest},
		"a facilitator with a direct interest": {told("check-in", declare("fay", "pt_FR", "direct")), "form-table", contentOf("form-table"), domain.ErrConflictOfInterest},
		"an evaluator with a second role":      {told("admit-partner"), "admit-partner", partner("pt_e", `"evaluator","coder"`), domain.ErrConflictOfInterest},
		"an endorsement below its quorum":      {otherwise("close-endorsement", `"eligible":10`, `"eligible":20`), "decide-recommendation", contentOf("decide-recommendation"), domain.ErrQuorum},
		"an endorsement below its threshold":   {otherwise("close-endorsement", `"yes":6,"no":2`, `"yes":2,"no":6`), "decide-recommendation", contentOf("decide-recommendation"), domain.ErrThreshold},
		"an approval below its quorum":         {told("add-artefact-version"), "approve-artefact", contentOf("approve-artefact"), domain.ErrQuorum},
		"a protocol below its quorum":          {told("define-session"), "freeze-protocol", as("freeze-protocol", `"reviewQuorum":1`, `"reviewQuorum":2`), domain.ErrQuorum},
		"a synthesis below its quorum":         {synthesised, "complete-synthesis", strings.Replace(synthesisOfOne, `["e1","e2"]`, `["e1"]`, 1), domain.ErrQuorum},
		"a synthesis that no reviewer read":    {synthesised, "complete-synthesis", strings.Replace(synthesisOfOne, `["c1"]`, `[]`, 1), domain.ErrQuorum},
		"a synthesis reviewed by an editor":    {synthesised, "complete-synthesis", strings.Replace(synthesisOfOne, `["c1"]`, `["e1"]`, 1), domain.ErrSelfReview},
		"both counts by one clerk":             {told("record-tally-sheet"), "record-tally-sheet", as("record-tally-sheet", `"entry":"A"`, `"entry":"B"`), domain.ErrSameClerk},
		"a certificate while a tally is open":  {told("record-tally-sheet"), "certify-dialogue", contentOf("certify-dialogue"), domain.ErrNotReconciled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.world(w)
			ledger, vault := w.records(), maps.Clone(w.words.kept)
			_, err := w.run(c.name, "refused", c.content)
			require.ErrorIs(t, err, c.rule)
			require.Equal(t, ledger, w.records())
			require.Equal(t, vault, w.words.kept)
		})
	}
}

// synthesised is an edition with a national recommendation and a global one on it, ready to be drawn together.
func synthesised(w *world) {
	w.must("open-edition", "open", contentOf("open-edition"))
	v := domain.ArtefactVersionAdded{Artefact: "ar_m", Version: 1, Kind: domain.ScriptArtefact}
	w.keep(domain.ArtefactStream("ar_m"), "ed_1", "", v, domain.ArtefactApproved{Artefact: "ar_m", Version: 1, Approvals: []string{"c1"}, Quorum: 1})
	w.place(1, 1, 1)
	w.recommend("rc_x", "", domain.GlobalLevel, true, nationalStream(1, 0))
}

var synthesisOfOne = synthesis([]domain.StreamID{nationalStream(1, 0)}, nil, "rc_x")
