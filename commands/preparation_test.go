package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/vault"
)

// without tells the story without some of its steps, by name.
func (w *world) without(until string, names ...string) {
	w.t.Helper()
	for i, s := range story {
		if !strings.Contains(strings.Join(names, " "), s.name) {
			w.must(s.name, fmt.Sprint("story-", i), s.content)
		}
		if s.name == until {
			return
		}
	}
}

func (w *world) refused(rule *domain.Rejection, name, content string, about ...any) {
	w.t.Helper()
	before := len(w.records())
	_, err := w.run(name, fmt.Sprint("refused-", name, before, len(content)), content)
	require.ErrorIs(w.t, err, rule, about...)
	require.Len(w.t, w.records(), before)
}

// plant puts an event into the ledger that no command has decided.
func (w *world) plant(stream domain.StreamID, e domain.Event) {
	w.t.Helper()
	meta := domain.Meta{Source: "ed_1", Time: 1, Actor: by("").Actor, Command: "planted"}
	drafts, err := commands.Drafts(stream, meta, 0, []domain.Event{e})
	require.NoError(w.t, err)
	_, err = w.memory.Append(context.Background(), stream, 0, drafts...)
	require.NoError(w.t, err)
}

func partner(id, roles string) string {
	return fmt.Sprintf(`{"edition":"ed_1","partner":%q,"name":"N","kind":"other","roles":[%s],"agreement":%s,"validFrom":"2025-01-01"}`, id, roles, digest)
}

// A milestone is reached when its gates are passed, and each gate looks at what it is about.
func TestGates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gated := func(gate string) string {
		w.must("schedule-milestone", "plan-"+gate, fmt.Sprintf(`{"edition":"ed_1","key":%q,"phase":"deliberation","dueAt":"2025-10-10T09:00:00.000Z","gates":[%q]}`, gate, gate))
		return fmt.Sprintf(`{"edition":"ed_1","key":%q,"evidence":[]}`, gate)
	}
	looked := func(gate string) string {
		f := w.fact(w.must("reach-milestone", "reach-"+gate, fmt.Sprintf(`{"edition":"ed_1","key":%q,"evidence":[]}`, gate)).Events[0].Seq)
		var refs []string
		for _, o := range f.Meta.Observed {
			refs = append(refs, string(o.Stream))
		}
		return strings.Join(refs, " ")
	}
	w.tell("add-topic")
	content := map[string]string{}
	for _, gate := range domain.Gates() {
		content[gate] = gated(gate)
		w.refused(domain.ErrPhaseClosed, "reach-milestone", content[gate], gate)
	}
	w.refused(domain.ErrInvalidField, "schedule-milestone", `{"edition":"ed_1","key":"x","phase":"deliberation","dueAt":"2025-10-10T09:00:00.000Z","gates":["stars.aligned"]}`)

	past := false
	for i, s := range story {
		if past = past || s.name == "admit-partner"; !past {
			continue
		}
		if s.name == "verify-translation" && strings.Contains(s.content, "ar_q") {
			continue
		}
		if s.name == "authorise-dialogue" {
			w.refused(domain.ErrPhaseClosed, "reach-milestone", content[domain.GateDialoguesAuthorised])
		}
		w.must(s.name, fmt.Sprint("story-", i), s.content)
		switch s.name {
		case "define-session":
			require.Equal(t, "artefact-ar_q", looked(domain.GateInstrumentsApproved))
			w.refused(domain.ErrPhaseClosed, "reach-milestone", content[domain.GateMaterialsVerified])
			w.must("verify-translation", "late", contentOf("verify-translation"))
			require.Equal(t, "artefact-ar_q", looked(domain.GateMaterialsVerified))
			w.refused(domain.ErrPhaseClosed, "reach-milestone", content[domain.GateProtocolFrozen])
		case "freeze-protocol":
			require.Equal(t, "", looked(domain.GateProtocolFrozen))
		case "authorise-dialogue":
			require.Equal(t, "ledger dialogue-dl_1", looked(domain.GateDialoguesAuthorised))
			w.refused(domain.ErrPhaseClosed, "reach-milestone", content[domain.GateDialoguesCertified])
			w.refused(domain.ErrPhaseClosed, "reach-milestone", content[domain.GateSynthesisCompleted])
			w.plant("synthesis-ed_1", domain.SynthesisCompleted{Edition: "ed_1"})
			require.Equal(t, "synthesis-ed_1", looked(domain.GateSynthesisCompleted))
			return
		}
	}
}

// The protocol is frozen on what the committee has approved.
func TestFreezingTakesApprovals(t *testing.T) {
	t.Parallel()
	freeze := contentOf("freeze-protocol")
	w := newWorld(t)
	w.tell("define-session")
	w.refused(domain.ErrQuorum, "freeze-protocol", strings.Replace(freeze, `"reviewQuorum":1`, `"reviewQuorum":2`, 1))
	w.refused(domain.ErrChecksum, "freeze-protocol", strings.Replace(freeze, `{"digest":"64`, `{"digest":"74`, 1))
	w.refused(domain.ErrUnknownRef, "freeze-protocol", strings.Replace(freeze, "ar_plan", "ar_f", 1), "a frame is no plan")
	w.refused(domain.ErrCommitmentMismatch, "freeze-protocol", strings.Replace(freeze, `{"FR":68000000}`, `{"FR":68000001}`, 1), "another table")
	w.refused(domain.ErrUnknownRef, "freeze-protocol", strings.Replace(freeze, `{"ar_q":"law"}`, `{"ar_q":"luck"}`, 1), "no such answer")
	w.refused(domain.ErrUnknownRef, "freeze-protocol", strings.Replace(freeze, "ar_plan", "ar_x", 1))

	session := contentOf("define-session")
	other := strings.NewReplacer(`"s1"`, `"s2"`, `"ordinal":1`, `"ordinal":2`, "ar_q", "ar_new").Replace(session)
	w.refused(domain.ErrUnknownRef, "define-session", other)
	w.must("add-artefact-version", "new", strings.Replace(contentOf("add-artefact-version"), "ar_plan", "ar_new", 1))
	w.must("define-session", "s2", other)
	w.refused(domain.ErrNotApproved, "freeze-protocol", freeze)
}

// Reviewers of the committee say first what they have at stake in the topics of the sessions.
func TestReviewersDeclareTheirInterests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("define-session") // on topic t1, with ar_q
	w.must("add-topic", "t2", strings.Replace(contentOf("add-topic"), "t1", "t2", 1))
	second := strings.NewReplacer(`"version":1`, `"version":2`).Replace(story[9].content)
	require.Contains(t, second, "ar_q")
	w.must("add-artefact-version", "second", second)
	review := func(who string) string {
		return fmt.Sprintf(`{"artefact":"ar_q","version":2,"reviewer":%q,"partner":"pt_c","kind":"committee","verdict":"approve"}`, who)
	}
	declare := func(who, topic, level string) {
		w.must("declare-interest", who+topic+level, fmt.Sprintf(`{"edition":"ed_1","partner":"pt_c","person":%q,"statement":{"source":"en","text":{"en":"x"}},"topics":[%q],"level":%q}`, who, topic, level))
	}
	w.refused(domain.ErrConflictOfInterest, "record-review", review("dana"), "nothing declared")
	declare("dana", "t1", "direct")
	w.refused(domain.ErrConflictOfInterest, "record-review", review("dana"), "in this topic")
	declare("eve", "t2", "direct")
	w.must("record-review", "eve", review("eve"))
	declare("dana", "t1", "indirect")
	w.must("record-review", "dana", review("dana"))
	w.refused(domain.ErrSelfReview, "record-review", review("committee"))
	w.refused(domain.ErrConflictOfInterest, "record-review", strings.Replace(review("frank"), "pt_c", "pt_x", 1), "of no partner")
	w.refused(domain.ErrUnknownRef, "record-review", strings.Replace(review("eve"), `"version":2`, `"version":3`, 1))
}

// What an open session uses is neither withdrawn nor doubled.
func TestArtefactsInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("open-session")
	w.must("add-artefact-version", "second", strings.Replace(story[9].content, `"version":1`, `"version":2`, 1))
	w.must("record-review", "its review", `{"artefact":"ar_q","version":2,"reviewer":"cleo","partner":"pt_c","kind":"committee","verdict":"approve"}`)
	approve := `{"artefact":"ar_q","version":2,"quorum":1}`
	w.refused(domain.ErrFrozen, "approve-artefact", approve)
	w.refused(domain.ErrFrozen, "withdraw-artefact", contentOf("withdraw-artefact"))
	w.refused(domain.ErrQuorum, "approve-artefact", strings.Replace(approve, `"quorum":1`, `"quorum":0`, 1))
	w.must("withdraw-artefact", "the second", `{"artefact":"ar_q","version":2,"reason":"too early","replacedBy":{"id":"ar_f","version":1}}`)
	w.refused(domain.ErrUnknownRef, "withdraw-artefact", strings.Replace(contentOf("withdraw-artefact"), `"version":1`, `"version":3`, 1))
	w.endSession(false)
	w.must("withdraw-artefact", "the first", contentOf("withdraw-artefact"))
}

// Who answers for something does not audit it, and neither does who took over from them.
func TestAuditorsAreOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("raise-finding")
	raise := func(partner, scope string) string {
		return strings.NewReplacer("fd_1", "fd_2", "pt_a", partner, `"stream":"dialogue-dl_1","version":4`, scope).Replace(contentOf("raise-finding"))
	}
	dialogue, edition := `"stream":"dialogue-dl_1","version":4`, `"stream":"edition-ed_1","version":2`
	w.must("admit-partner", "coordinator", partner("pt_1", `"coordinator","auditor"`))
	w.must("admit-partner", "heir", partner("pt_heir", `"auditor"`))
	w.must("admit-partner", "evaluator", partner("pt_e", `"evaluator"`))
	w.refused(domain.ErrConflictOfInterest, "raise-finding", raise("pt_1", edition), "the coordinator")
	w.refused(domain.ErrConflictOfInterest, "raise-finding", raise("pt_FR", dialogue), "the partner of the dialogue")
	w.refused(domain.ErrForbidden, "raise-finding", raise("pt_c", dialogue), "of the committee")
	w.refused(domain.ErrForbidden, "raise-finding", raise("pt_x", dialogue), "nobody")
	w.refused(domain.ErrUnknownRef, "raise-finding", raise("pt_e", `"stream":"dialogue-dl_9","version":1`), "no such stream")
	w.refused(domain.ErrUnknownRef, "raise-finding", raise("pt_e", `"stream":"dialogue-dl_1","version":99`), "not happened")
	w.must("end-partnership", "handed over", `{"edition":"ed_1","partner":"pt_FR","reason":"r","effectiveAt":"2025-10-11T18:00:00.000Z","reassignTo":"pt_heir"}`)
	w.refused(domain.ErrConflictOfInterest, "raise-finding", raise("pt_heir", dialogue), "took over")
	resolve := func(partner, who string) string {
		return strings.NewReplacer("pt_a", partner, "abel", who).Replace(contentOf("resolve-finding"))
	}
	w.refused(domain.ErrSelfReview, "resolve-finding", resolve("pt_1", "ada"))
	w.refused(domain.ErrSelfReview, "resolve-finding", resolve("pt_heir", "hal"))
	w.refused(domain.ErrForbidden, "resolve-finding", resolve("pt_c", "cleo"))
	w.refused(domain.ErrUnknownRef, "resolve-finding", strings.Replace(resolve("pt_e", "eva"), "fd_1", "fd_9", 1))

	require.NotEmpty(t, w.must("raise-finding", "of the edition", raise("pt_e", edition)).Events)
	f := w.fact(w.must("raise-finding", "of both", strings.Replace(raise("pt_e", edition+"},{"+dialogue), "fd_2", "fd_3", 1)).Events[0].Seq)
	require.Equal(t, []domain.DialogueID{"dl_1"}, f.Event.(domain.AuditFindingRaised).Dialogues)
	w.must("resolve-finding", "by another", resolve("pt_e", "eva"))

	w.must("open-edition", "two", strings.Replace(contentOf("open-edition"), "ed_1", "ed_2", 1))
	w.refused(domain.ErrUnknownRef, "raise-finding", raise("pt_e", `"stream":"edition-ed_2","version":1`), "of another edition")
}

func TestCoding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.without("adjudicate-coding", "adjudicate-coding")
	code := contentOf("code-segment")
	again := func(old ...string) string { return strings.NewReplacer(old...).Replace(code) }
	f := w.fact(uint64(len(w.records()) - 1))
	require.Equal(t, coded, f.Event.(domain.SegmentCoded).Coding, "the words came with version 1, whatever version is named")
	require.Equal(t, []string{"access"}, f.Event.(domain.SegmentCoded).Agreed)
	require.Empty(t, w.must("code-segment", "the same", again(`"version":2`, `"version":1`)).Events)

	w.refused(domain.ErrFrozen, "code-segment", again(`"privacy",`, ""), "otherwise")
	w.refused(domain.ErrNotTrained, "code-segment", again("carl", "cleo"))
	w.refused(domain.ErrNotTrained, "code-segment", again("carl", "cleo", "pt_c", "pt_x"))
	w.refused(domain.ErrUnknownRef, "code-segment", again("privacy", "secrecy", `"round":1`, `"round":2`))
	w.refused(domain.ErrUnknownRef, "code-segment", again("ar_f", "ar_q"), "a question is no frame")
	w.refused(domain.ErrUnknownRef, "code-segment", again(`"version":2`, `"version":9`))
	w.refused(domain.ErrUnknownRef, "code-segment", again("dl_1/1", "dl_1/9"))
	w.refused(domain.ErrUnknownRef, "code-segment", again("statement-dl_1/1", "edition-ed_1"), "no words")
	w.refused(domain.ErrUnknownRef, "code-segment", again(`"start"`, `"item":"i","start"`), "no worksheet")
	w.refused(domain.ErrInvalidField, "code-segment", again(`"end":9`, `"end":0`))
	w.refused(domain.ErrUnknownRef, "adjudicate-coding", strings.Replace(contentOf("adjudicate-coding"), string(coded), "x", 1))
	w.refused(domain.ErrSelfReview, "adjudicate-coding", strings.Replace(contentOf("adjudicate-coding"), "cleo", "cora", 1))
	w.refused(domain.ErrQuorum, "adjudicate-coding", strings.Replace(contentOf("adjudicate-coding"), `"round":1`, `"round":2`, 1))

	w.must("open-edition", "two", strings.Replace(contentOf("open-edition"), "ed_1", "ed_2", 1))
	w.refused(domain.ErrUnknownRef, "code-segment", again(`"ed_1"`, `"ed_2"`), "of another edition")

	// The words of statement 2 are erased: nobody codes them any more, and who has is told so again.
	second := again("dl_1/1", "dl_1/2")
	r := w.must("code-segment", "in time", second)
	posted := w.records()[0]
	for _, p := range w.records() {
		if p.Stream == "statement-dl_1/2" && p.Revision == 0 {
			posted = p
		}
	}
	at := vault.Place{Event: posted.ID, Field: "text"}
	require.Contains(t, w.words.kept, at)
	delete(w.words.kept, at)
	w.refused(domain.ErrErased, "code-segment", strings.Replace(second, "carl", "cora", 1))
	require.Equal(t, repeated(r), w.must("code-segment", "in time", second))
}
