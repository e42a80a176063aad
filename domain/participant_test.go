package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParticipantRegister(t *testing.T) {
	t.Parallel()
	in := func(sample SampleType) Dialogue {
		return Fold(Dialogue{}, but(example[DialogueRegistered](), func(r *DialogueRegistered) { r.SampleType = sample }))
	}
	stakeholder := example[ParticipantRegistered]()
	citizen := but(stakeholder, func(r *ParticipantRegistered) { r.Chamber, r.Route, r.StakeholderGroup = CitizenChamber, Drawn, "" })
	ask := func(r ParticipantRegistered, in Dialogue, changes ...func(*ParticipantRegistered)) func(ParticipantState) ([]Event, error) {
		for _, change := range changes {
			change(&r)
		}
		return asks2(ParticipantState.Register, r, in)
	}
	by := func(route Route) ParticipantRegistered {
		return but(citizen, func(r *ParticipantRegistered) { r.Route = route })
	}
	checkRulings(t, []ruling[ParticipantState]{
		{"a citizen", nil, ask(citizen, in(Sortition)), nil, follows(citizen)},
		{"a stakeholder", nil, ask(stakeholder, in(Sortition)), nil, follows(stakeholder)},
		{"a citizen by quota", nil, ask(by(QuotaRoute), in(Quota)), nil, follows(by(QuotaRoute))},
		{"a citizen online", nil, ask(by(OpenOnlineRoute), in(OpenOnline)), nil, follows(by(OpenOnlineRoute))},
		{"is registered", follows(citizen), ask(citizen, in(Sortition)), nil, nil},
		{"is registered otherwise", follows(citizen), ask(stakeholder, in(Sortition)), ErrDuplicate, nil},
		{"no id", nil, ask(citizen, in(Sortition), func(r *ParticipantRegistered) { r.Participant = "" }), ErrInvalidID, nil},
		{"no language", nil, ask(citizen, in(Sortition), func(r *ParticipantRegistered) { r.Language = "" }), ErrInvalidField, nil},
		{"unknown route", nil, ask(by("window"), in(Sortition)), ErrInvalidField, nil},
		{"unknown support", nil, ask(citizen, in(Sortition), func(r *ParticipantRegistered) { r.Support = []Support{"cake"} }), ErrInvalidField, nil},
		{"dialogue not registered", nil, ask(citizen, Dialogue{}), ErrUnknownRef, nil},
		{"another dialogue", nil, ask(citizen, in(Sortition), func(r *ParticipantRegistered) { r.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"in the joint chamber", nil, ask(citizen, in(Sortition), func(r *ParticipantRegistered) { r.Chamber = JointChamber }), ErrInvalidField, nil},
		{"stakeholder of no group", nil, ask(stakeholder, in(Sortition), func(r *ParticipantRegistered) { r.StakeholderGroup = "" }), ErrInvalidField, nil},
		{"citizen of a group", nil, ask(citizen, in(Sortition), func(r *ParticipantRegistered) { r.StakeholderGroup = "g" }), ErrInvalidField, nil},
		{"stakeholder not invited", nil, ask(stakeholder, in(Sortition), func(r *ParticipantRegistered) { r.Route = Drawn }), ErrForbidden, nil},
		{"citizen invited", nil, ask(by(StakeholderInvite), in(Sortition)), ErrForbidden, nil},
		{"drawn into a quota sample", nil, ask(by(Drawn), in(Quota)), ErrForbidden, nil},
		{"by quota into a drawn sample", nil, ask(by(QuotaRoute), in(Sortition)), ErrForbidden, nil},
		{"open into a drawn sample", nil, ask(by(OpenOnlineRoute), in(Sortition)), ErrForbidden, nil},
	})
}

func TestParticipantConsent(t *testing.T) {
	t.Parallel()
	r, g, w := example[ParticipantRegistered](), example[ConsentGiven](), example[ConsentWithdrawn]()
	give := func(f func(*ConsentGiven)) func(ParticipantState) ([]Event, error) {
		return asks(ParticipantState.GiveConsent, but(g, f))
	}
	withdraw := func(f func(*ConsentWithdrawn)) func(ParticipantState) ([]Event, error) {
		return asks(ParticipantState.WithdrawConsent, but(w, f))
	}
	partly := but(w, func(w *ConsentWithdrawn) { w.Scopes = []ConsentScope{Recording, Quotes} })
	known := follows(r, g)
	checkRulings(t, []ruling[ParticipantState]{
		{"gives", follows(r), asks(ParticipantState.GiveConsent, g), nil, follows(g)},
		{"has given", known, asks(ParticipantState.GiveConsent, g), nil, nil},
		{"gives again after withdrawing", append(known, w), asks(ParticipantState.GiveConsent, g), nil, follows(g)},
		{"gives, not registered", nil, asks(ParticipantState.GiveConsent, g), ErrUnknownRef, nil},
		{"gives in another dialogue", follows(r), give(func(g *ConsentGiven) { g.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"to no text", follows(r), give(func(g *ConsentGiven) { g.ConsentText = ArtefactRef{} }), ErrInvalidField, nil},
		{"in no language", follows(r), give(func(g *ConsentGiven) { g.Lang = "" }), ErrInvalidField, nil},
		{"by a nod", follows(r), give(func(g *ConsentGiven) { g.Method = "nod" }), ErrInvalidField, nil},
		{"to nothing", follows(r), give(func(g *ConsentGiven) { g.Scopes = nil }), ErrInvalidField, nil},
		{"to the unknown", follows(r), give(func(g *ConsentGiven) { g.Scopes = []ConsentScope{"everything"} }), ErrInvalidField, nil},
		{"twice to the same", follows(r), give(func(g *ConsentGiven) { g.Scopes = []ConsentScope{Quotes, Quotes} }), ErrInvalidField, nil},

		{"withdraws", known, asks(ParticipantState.WithdrawConsent, w), nil, follows(w)},
		{"has withdrawn", append(known, w), asks(ParticipantState.WithdrawConsent, w), nil, nil},
		{"withdraws what stands in part", known, asks(ParticipantState.WithdrawConsent, partly), nil, follows(partly)},
		{"withdraws what does not stand", known, withdraw(func(w *ConsentWithdrawn) { w.Scopes = []ConsentScope{Recording} }), ErrConsentMissing, nil},
		{"withdraws otherwise what was withdrawn", append(known, w), withdraw(func(w *ConsentWithdrawn) { w.Effect = VoidOpenBallots }), ErrConsentMissing, nil},
		{"withdraws before giving", follows(r), asks(ParticipantState.WithdrawConsent, w), ErrConsentMissing, nil},
		{"withdraws, not registered", nil, asks(ParticipantState.WithdrawConsent, w), ErrUnknownRef, nil},
		{"withdraws in another dialogue", known, withdraw(func(w *ConsentWithdrawn) { w.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"to no effect", known, withdraw(func(w *ConsentWithdrawn) { w.Effect = "" }), ErrInvalidField, nil},
		{"withdraws nothing", known, withdraw(func(w *ConsentWithdrawn) { w.Scopes = nil }), ErrInvalidField, nil},
	})

	p := Fold(ParticipantState{}, append(known, w)...)
	require.True(t, p.Consents(Participate))
	require.False(t, p.Consents(Quotes), "withdrawn")
	require.False(t, p.Consents(Contact), "never given")
}
