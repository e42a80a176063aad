package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

const (
	endorseQuestion = `{"edition":"ed_1","artefact":"ar_e","version":1,"kind":"question","question":{"kind":"endorse","unit":"individual","text":{"source":"fr","text":{"fr":"Oui?"}},"options":[],"recommendation":"rc_1","ofVersion":1,"scale":"fivePoint","template":{"id":"ar_tpl","version":1}},"sourceLang":"fr","content":` + digest + `,"wordingLocked":true,"author":"ed"}`
	endorseTemplate = `{"edition":"ed_1","artefact":"ar_tpl","version":1,"kind":"recommendationTemplate","body":{"source":"fr","text":{"fr":"Oui?"}},"sourceLang":"fr","content":` + digest + `,"wordingLocked":true,"author":"committee"}`
	openVote        = `{"recommendation":"rc_1","version":1,"chambers":[{"chamber":"citizen","electorate":"checkedIn","threshold":"1/2","quorum":"1/2","session":"s1"}],"question":{"id":"ar_e","version":1},"closesAt":"2025-10-11T18:00:00.000Z"}`
	closeVote       = `{"recommendation":"rc_1","version":1,"chambers":[{"chamber":"citizen","eligible":8,"cast":6,"yes":3,"no":2,"abstain":1}],"tallies":[]}`
	settleVote      = `{"dialogue":"dl_1","session":"s1","wave":"endorsement","question":{"id":"ar_e","version":1},"source":"ballots"}`
)

// Those who have checked in vote in a session of their chamber, and what the tally of it says is what counts.
func TestEndorsementInASession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("draft-recommendation")
	refused := func(rule *domain.Rejection, name, content string) {
		t.Helper()
		before := len(w.records())
		_, err := w.run(name, fmt.Sprint("refused-", before, len(content)), content)
		require.ErrorIs(t, err, rule)
		require.Len(t, w.records(), before)
	}
	refused(domain.ErrUnknownRef, "open-endorsement", openVote)            // nobody has made the question
	refused(domain.ErrUnknownRef, "add-artefact-version", endorseQuestion) // nor the template
	w.must("add-artefact-version", "template", endorseTemplate)
	refused(domain.ErrNotApproved, "add-artefact-version", endorseQuestion)
	w.put(domain.ArtefactStream("ar_tpl"), domain.ArtefactApproved{Artefact: "ar_tpl", Version: 1, Approvals: []string{"a"}, Quorum: 1})
	refused(domain.ErrInvalidAnswer, "add-artefact-version", strings.Replace(endorseQuestion, "Oui?", "Oui ou non?", 1))
	made := w.must("add-artefact-version", "question", endorseQuestion)
	require.Equal(t, "edition-ed_1@6 artefact-ar_tpl@2", observedBy(w.fact(made.Events[0].Seq)))
	refused(domain.ErrSessionNotOpen, "open-endorsement", strings.Replace(openVote, `"s1"`, `"s2"`, 1))
	opened := w.must("open-endorsement", "open", openVote)
	require.Equal(t, "dialogue-dl_1@5 artefact-ar_e@1 artefact-ar_tpl@2", observedBy(w.fact(opened.Events[0].Seq)))

	for i, e := range []domain.Endorsement{"5", "4", "4", "3", "2", "1"} {
		w.answer(domain.Pseudonym(fmt.Sprint("e", i)), domain.EndorsementWave, domain.ArtefactRef{ID: "ar_e", Version: 1}, domain.Answer{Endorsement: e})
	}
	w.answer("e9", domain.EndorsementWave, domain.ArtefactRef{ID: "ar_e", Version: 1}, domain.Answer{NonResponse: domain.Refused})
	refused(domain.ErrNotReconciled, "close-endorsement", closeVote)
	w.must("close-session", "close", `{"dialogue":"dl_1","session":"s1","checkedIn":8}`)
	settled := w.must("reconcile-tally", "settle", settleVote)
	refused(domain.ErrTallyMismatch, "close-endorsement", strings.Replace(closeVote, `"yes":3,"no":2`, `"yes":4,"no":1`, 1))
	refused(domain.ErrTallyMismatch, "close-endorsement", strings.Replace(closeVote, `"eligible":8`, `"eligible":7`, 1))
	closed := w.must("close-endorsement", "count", closeVote)
	f := w.fact(closed.Events[0].Seq)
	require.Equal(t, "tally-dl_1/s1@1", observedBy(f))
	require.Equal(t, []domain.Ref{{Stream: settled.Stream, Version: 1}}, f.Event.(domain.EndorsementClosed).Tallies)

	decide := `{"recommendation":"rc_1","version":1,"outcome":"adopted","decidedBy":"pt_FR"}`
	refused(domain.ErrInvalidField, "decide-recommendation", decide) // two voted no
	w.must("decide-recommendation", "decide", strings.Replace(decide, `"decidedBy"`, `"dissentOffered":true,"decidedBy"`, 1))
	refused(domain.ErrFrozen, "revise-recommendation", `{"recommendation":"rc_1","version":2,"text":{"source":"en","text":{"en":"Other."}},"rationale":"r","editor":"ed"}`)

	w.must("record-tally-sheet", "late", sheetOf("", "A", "a", 0, 0, 0)) // the tally moves on
	require.Equal(t, repeated(closed), w.must("close-endorsement", "count", closeVote))
	require.Equal(t, repeated(opened), w.must("open-endorsement", "open", openVote))

	judges(t, w.records(), domain.EndorsementOpened{}, domain.EndorsementClosed{}, domain.TallyReconciled{})
}

func observedBy(f domain.Fact) string {
	refs := []string{}
	for _, o := range f.Meta.Observed {
		refs = append(refs, o.String())
	}
	return strings.Join(refs, " ")
}
