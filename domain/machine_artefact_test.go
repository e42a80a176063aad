package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// artefactDraws are random commands on the example question. What stands in them is small, so that reviews, approvals and translations meet.
func artefactDraws() map[string]draw[Artefact] {
	open := openEdition()
	version := func(t *rapid.T) int { return pick(t, "version", 1, 1, 1, 2) }
	person := func(t *rapid.T) string { return pick(t, "person", "a", "b", "m.odhiambo") }
	return map[string]draw[Artefact]{
		"add": func(t *rapid.T) func(Artefact) ([]Event, error) {
			return asks(Artefact.AddVersion, but(firstVersion(), func(v *ArtefactVersionAdded) {
				if v.Version, v.ChangeNote = pick(t, "version", 1, 2, 3, 4), pick(t, "note", "a", "b"); pick(t, "kind", 1, 1, 1, 2) == 2 {
					v.Kind, v.Question = ScriptArtefact, nil
				}
			}))
		},
		"review": func(t *rapid.T) func(Artefact) ([]Event, error) {
			return asks3(Artefact.Review, but(committee("a", Approve), func(r *ReviewRecorded) {
				r.Version, r.Reviewer = version(t), person(t)
				r.Verdict = pick(t, "verdict", Approve, Approve, Approve, Revise, Block)
			}), pick(t, "interest", NoInterest, NoInterest, NoInterest, DirectInterest), pick(t, "declared", true, true, true, false))
		},
		"approve": func(t *rapid.T) func(Artefact) ([]Event, error) {
			return asks3(Artefact.Approve, ArtefactApproved{Artefact: "ar_wells", Version: version(t), Quorum: pick(t, "quorum", 1, 1, 2)}, open, pick(t, "others", false, false, true))
		},
		"translate": func(t *rapid.T) func(Artefact) ([]Event, error) {
			return asks2(Artefact.SubmitTranslation, but(translated(), func(s *TranslationSubmitted) {
				s.Version, s.Lang, s.Translator = version(t), pick[Lang](t, "lang", "sw", "nl", "en"), person(t)
				s.Method = pick(t, "method", HumanTranslation, HumanTranslation, MachineTranslation)
			}), open)
		},
		"verify": func(t *rapid.T) func(Artefact) ([]Event, error) {
			return asks(Artefact.VerifyTranslation, but(verified(), func(v *TranslationVerified) {
				v.Version, v.Lang, v.Verifier = version(t), pick[Lang](t, "lang", "sw", "nl"), person(t)
			}))
		},
		"withdraw": func(t *rapid.T) func(Artefact) ([]Event, error) {
			return asks3(Artefact.Withdraw, ArtefactWithdrawn{Artefact: "ar_wells", Version: version(t), Reason: pick(t, "reason", "r", "s")}, pick(t, "in use", false, true), Artefact{})
		},
	}
}

func TestArtefactMachine(t *testing.T) {
	t.Parallel()
	checkMachine(t, [][]Event{nil, follows(firstVersion())}, artefactDraws())
}

// TestArtefactPromises: however it came about, what is approved had its quorum and no block, nobody reviewed or verified their own work, and nothing that
// was approved or verified says anything else later.
func TestArtefactPromises(t *testing.T) {
	t.Parallel()
	approvals, verifications := 0, 0
	draws := artefactDraws()
	checkUntil(t, func() bool { return approvals > 0 && verifications > 0 }, func(t *rapid.T) {
		a := Fold(Artefact{}, firstVersion())
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			before := a
			events, _ := draws[rapid.SampledFrom(sortedKeys(draws)).Draw(t, "command")](t)(a)
			a = Fold(a, events...)
			for _, e := range events {
				switch e := e.(type) {
				case ReviewRecorded:
					require.NotEqual(t, "m.odhiambo", e.Reviewer)
				case ArtefactApproved:
					approvals++
					require.GreaterOrEqual(t, len(e.Approvals), e.Quorum)
					for _, r := range before.versions[e.Version-1].reviews {
						require.NotEqual(t, Block, r.Verdict)
					}
				case TranslationVerified:
					verifications++
					require.NotEqual(t, before.versions[e.Version-1].translations[e.Lang].Translator, e.Verifier)
				}
			}
			for i, v := range before.versions {
				require.Equal(t, v.ArtefactVersionAdded, a.versions[i].ArtefactVersionAdded)
				if v.approved != nil {
					require.Equal(t, v.approved, a.versions[i].approved)
					require.Equal(t, v.reviews, a.versions[i].reviews)
				}
				for lang, tr := range v.translations {
					if tr.verified != nil {
						require.Equal(t, tr, a.versions[i].translations[lang])
					}
				}
			}
		}
	})
	require.Positive(t, approvals)
	require.Positive(t, verifications)
}
