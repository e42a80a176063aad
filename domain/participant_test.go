package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// registration is that of the examples under the id of its person.
func registration() ParticipantRegistered {
	return but(example[ParticipantRegistered](), func(r *ParticipantRegistered) { r.Participant = NewParticipantID("ed_2026", r.Person) })
}

// consentText is the artefact of the examples' consent: version 2 approved, verified in sw.
func consentText() Artefact {
	text := ArtefactVersionAdded{Artefact: "ar_consent", Version: 1, Kind: ConsentTextArtefact, SourceLang: "en", Content: exampleDigest(31), Author: "a"}
	return Fold(Artefact{}, text, but(text, func(v *ArtefactVersionAdded) { v.Version = 2 }),
		ArtefactApproved{Artefact: "ar_consent", Version: 2, Approvals: []string{"b"}, Quorum: 1},
		TranslationSubmitted{Artefact: "ar_consent", Version: 2, Lang: "sw", Translator: "c", Body: "Ndiyo", Content: exampleDigest(32), Method: HumanTranslation},
		TranslationVerified{Artefact: "ar_consent", Version: 2, Lang: "sw", Translation: exampleDigest(32), Verifier: "d", Method: IndependentReading})
}

func TestNewParticipantID(t *testing.T) {
	t.Parallel()
	id := NewParticipantID("ed_2026", exampleDigest(11))
	require.Equal(t, ParticipantID("pa_"), id[:3])
	require.Len(t, id, 35)
	require.NoError(t, CheckID("participant", id))
	require.NotEqual(t, id, NewParticipantID("ed_2027", exampleDigest(11)), "another edition")
	require.NotEqual(t, id, NewParticipantID("ed_2026", exampleDigest(12)), "another person")
	require.Equal(t, ParticipantID("pa_42cb7abbb01874dd31ecf2cc81b806f3"), id)
}

func TestParticipantRegister(t *testing.T) {
	t.Parallel()
	in := func(sample SampleType) Dialogue {
		return Fold(Dialogue{}, but(example[DialogueRegistered](), func(r *DialogueRegistered) { r.SampleType = sample }))
	}
	stakeholder := registration()
	citizen := but(stakeholder, func(r *ParticipantRegistered) { r.Chamber, r.Route, r.StakeholderGroup = CitizenChamber, Drawn, "" })
	drawn := Fold(SortitionState{}, but(firstDraw(), func(e *DrawExecuted) { e.Selected[0] = citizen.Participant }))
	left := Fold(drawn, but(nextDraw(), func(e *DrawExecuted) { e.Leavers[0] = citizen.Participant }))
	aged := Fold(openEdition(), but(example[ProtocolFrozen](), func(p *ProtocolFrozen) {
		p.Thresholds = map[string]Ratio{MinimumAge: RatioOf(16, 1)}
	}))
	with := func(r ParticipantRegistered, in Dialogue, of Edition, draw SortitionState) func(ParticipantState) ([]Event, error) {
		return func(p ParticipantState) ([]Event, error) { return p.Register(r, in, of, draw) }
	}
	ask := func(r ParticipantRegistered, in Dialogue, changes ...func(*ParticipantRegistered)) func(ParticipantState) ([]Event, error) {
		for _, change := range changes {
			change(&r)
		}
		return with(r, in, frozenEdition(), drawn)
	}
	by := func(route Route) ParticipantRegistered {
		return but(citizen, func(r *ParticipantRegistered) { r.Route = route })
	}
	unsaid := but(citizen, func(r *ParticipantRegistered) { r.OfAge = false })
	free := but(stakeholder, func(r *ParticipantRegistered) { r.Participant, r.Person = "pa_07", Digest{} })
	erased := follows(citizen, but(example[PersonalDataErased](), func(e *PersonalDataErased) { e.Participant = citizen.Participant }))
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
		{"nobody's own id", nil, ask(free, in(Sortition)), nil, follows(free)},
		{"an id that is not the person's", nil, ask(stakeholder, in(Sortition), func(r *ParticipantRegistered) { r.Participant = "pa_07" }), ErrInvalidID, nil},
		{"drawn, and nobody", nil, ask(citizen, in(Sortition), func(r *ParticipantRegistered) { r.Person = Digest{} }), ErrInvalidField, nil},
		{"by quota, and nobody", nil, ask(by(QuotaRoute), in(Quota), func(r *ParticipantRegistered) { r.Person = Digest{} }), ErrInvalidField, nil},
		{"was not drawn", nil, with(citizen, in(Sortition), frozenEdition(), SortitionState{}), ErrForbidden, nil},
		{"has left", nil, with(citizen, in(Sortition), frozenEdition(), left), ErrForbidden, nil},
		{"of age", nil, with(citizen, in(Sortition), aged, drawn), nil, follows(citizen)},
		{"of age, nobody says so", nil, with(unsaid, in(Sortition), aged, drawn), ErrForbidden, nil},
		{"of any age", nil, with(unsaid, in(Sortition), frozenEdition(), drawn), nil, follows(unsaid)},
		{"before there is a protocol", nil, with(unsaid, in(Sortition), openEdition(), drawn), nil, follows(unsaid)},
		{"registered and erased", erased, ask(citizen, in(Sortition)), nil, nil},
		{"erased, otherwise", erased, ask(stakeholder, in(Sortition)), ErrErased, nil},
		{"open into a drawn sample", nil, ask(by(OpenOnlineRoute), in(Sortition)), ErrForbidden, nil},
	})
}

func TestParticipantConsent(t *testing.T) {
	t.Parallel()
	r, w := example[ParticipantRegistered](), example[ConsentWithdrawn]()
	g := but(example[ConsentGiven](), func(g *ConsentGiven) { g.Replaces = nil })
	give := func(f func(*ConsentGiven)) func(ParticipantState) ([]Event, error) {
		return asks2(ParticipantState.GiveConsent, but(g, f), consentText())
	}
	withdraw := func(f func(*ConsentWithdrawn)) func(ParticipantState) ([]Event, error) {
		return asks2(ParticipantState.WithdrawConsent, but(w, f), false)
	}
	partly := but(w, func(w *ConsentWithdrawn) { w.Scopes = []ConsentScope{Recording, Quotes} })
	known := follows(r, g)
	again := but(g, func(g *ConsentGiven) { g.Replaces = []ConsentScope{DataUse, Participate} })
	inEnglish := but(g, func(g *ConsentGiven) { g.Lang = "en" })
	onScript := but(inEnglish, func(g *ConsentGiven) { g.ConsentText = ArtefactRef{"ar_script", 1} })
	voids := but(w, func(w *ConsentWithdrawn) { w.Effect = VoidOpenBallots })
	gone := follows(r, g, example[PersonalDataErased]())
	checkRulings(t, []ruling[ParticipantState]{
		{"gives", follows(r), asks2(ParticipantState.GiveConsent, g, consentText()), nil, follows(g)},
		{"has given", known, asks2(ParticipantState.GiveConsent, g, consentText()), nil, nil},
		{"gives again after withdrawing", append(known, w), asks2(ParticipantState.GiveConsent, g, consentText()), nil, follows(again)},
		{"gives on the source text", follows(r), asks2(ParticipantState.GiveConsent, inEnglish, consentText()), nil, follows(inEnglish)},
		{"what it replaces is not the sender's word", follows(r), give(func(g *ConsentGiven) { g.Replaces = []ConsentScope{Contact} }), nil, follows(g)},
		{"on no such text", follows(r), asks2(ParticipantState.GiveConsent, g, Artefact{}), ErrUnknownRef, nil},
		{"on a text that is not approved", follows(r), give(func(g *ConsentGiven) { g.ConsentText.Version = 1 }), ErrNotApproved, nil},
		{"on a text that is not translated", follows(r), give(func(g *ConsentGiven) { g.Lang = "fr" }), ErrTranslationNotVerified, nil},
		{"on no consent text", follows(r), asks2(ParticipantState.GiveConsent, onScript, approved("ar_script", ScriptArtefact)), ErrUnknownRef, nil},
		{"has given, and is erased", gone, asks2(ParticipantState.GiveConsent, g, consentText()), nil, nil},
		{"gives, and is erased", gone, give(func(g *ConsentGiven) { g.Method = OnScreen }), ErrErased, nil},
		{"gives, not registered", nil, asks2(ParticipantState.GiveConsent, g, consentText()), ErrUnknownRef, nil},
		{"gives in another dialogue", follows(r), give(func(g *ConsentGiven) { g.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"to no text", follows(r), give(func(g *ConsentGiven) { g.ConsentText = ArtefactRef{} }), ErrInvalidField, nil},
		{"in no language", follows(r), give(func(g *ConsentGiven) { g.Lang = "" }), ErrInvalidField, nil},
		{"by a nod", follows(r), give(func(g *ConsentGiven) { g.Method = "nod" }), ErrInvalidField, nil},
		{"to nothing", follows(r), give(func(g *ConsentGiven) { g.Scopes = nil }), ErrInvalidField, nil},
		{"to the unknown", follows(r), give(func(g *ConsentGiven) { g.Scopes = []ConsentScope{"everything"} }), ErrInvalidField, nil},
		{"twice to the same", follows(r), give(func(g *ConsentGiven) { g.Scopes = []ConsentScope{Quotes, Quotes} }), ErrInvalidField, nil},

		{"withdraws", known, asks2(ParticipantState.WithdrawConsent, w, false), nil, follows(w)},
		{"has withdrawn", append(known, w), asks2(ParticipantState.WithdrawConsent, w, false), nil, nil},
		{"withdraws what stands in part", known, asks2(ParticipantState.WithdrawConsent, partly, false), nil, follows(partly)},
		{"withdraws what does not stand", known, withdraw(func(w *ConsentWithdrawn) { w.Scopes = []ConsentScope{Recording} }), ErrConsentMissing, nil},
		{"withdraws otherwise what was withdrawn", append(known, w), withdraw(func(w *ConsentWithdrawn) { w.Effect = VoidOpenBallots }), ErrConsentMissing, nil},
		{"withdraws with the ballots", known, asks2(ParticipantState.WithdrawConsent, voids, true), nil, follows(voids)},
		{"withdraws ballots without a code", known, asks2(ParticipantState.WithdrawConsent, voids, false), ErrCodeNotIssued, nil},
		{"withdraws, erased", gone, asks2(ParticipantState.WithdrawConsent, w, false), nil, follows(w)},
		{"withdraws before giving", follows(r), asks2(ParticipantState.WithdrawConsent, w, false), ErrConsentMissing, nil},
		{"withdraws, not registered", nil, asks2(ParticipantState.WithdrawConsent, w, false), ErrUnknownRef, nil},
		{"withdraws in another dialogue", known, withdraw(func(w *ConsentWithdrawn) { w.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"to no effect", known, withdraw(func(w *ConsentWithdrawn) { w.Effect = "" }), ErrInvalidField, nil},
		{"withdraws nothing", known, withdraw(func(w *ConsentWithdrawn) { w.Scopes = nil }), ErrInvalidField, nil},
	})

	p := Fold(ParticipantState{}, append(known, w)...)
	require.True(t, p.Consents(Participate))
	require.False(t, p.Consents(Quotes), "withdrawn")
	require.False(t, p.Consents(Contact), "never given")
}

func TestParticipantCheckIn(t *testing.T) {
	t.Parallel()
	r, g := example[ParticipantRegistered](), example[ConsentGiven]()
	c := but(example[ParticipantCheckedIn](), func(c *ParticipantCheckedIn) { c.Again = false })
	day := but(c, func(c *ParticipantCheckedIn) { c.Session = "" })
	next := but(c, func(c *ParticipantCheckedIn) { c.Session, c.Again = "ss_3", true })
	room, edition := Fold(Dialogue{}, inSession()...), Fold(openEdition(), but(example[SessionDefined](), func(s *SessionDefined) { s.Session = "ss_3" }))
	ask := func(c ParticipantCheckedIn, in Dialogue) func(ParticipantState) ([]Event, error) {
		return asks4(ParticipantState.CheckIn, c, in, edition, SortitionState{})
	}
	change := func(f func(*ParticipantCheckedIn)) func(ParticipantState) ([]Event, error) {
		return ask(but(c, f), room)
	}
	partly := but(g, func(g *ConsentGiven) { g.Scopes = []ConsentScope{Participate, Quotes} })
	known := follows(r, g)
	citizen := but(r, func(r *ParticipantRegistered) { r.Chamber, r.Route, r.StakeholderGroup = CitizenChamber, Drawn, "" })
	drawn := Fold(SortitionState{}, but(firstDraw(), func(e *DrawExecuted) { e.Selected[0] = r.Participant }))
	left := Fold(drawn, but(nextDraw(), func(e *DrawExecuted) { e.Leavers[0] = r.Participant }))
	after := func(draw SortitionState) func(ParticipantState) ([]Event, error) {
		return asks4(ParticipantState.CheckIn, c, room, edition, draw)
	}
	sits := but(c, func(c *ParticipantCheckedIn) { c.Chamber = CitizenChamber })
	checkRulings(t, []ruling[ParticipantState]{
		{"who was drawn", follows(citizen, g), after(drawn), nil, follows(sits)},
		{"who gave the seat back", follows(citizen, g), after(left), ErrForbidden, nil},
		{"whose selection is void", follows(citizen, g), after(SortitionState{}), ErrForbidden, nil},
		{"who is in, and gave the seat back then", follows(citizen, g, sits), after(left), nil, nil},
		{"checks in", known, ask(c, room), nil, follows(c)},
		{"for the day", known, ask(day, room), nil, follows(day)},
		{"for a planned session", append(known, c), ask(next, room), nil, follows(next)},
		{"the chamber is that of the registration", known, change(func(c *ParticipantCheckedIn) { c.Chamber = CitizenChamber }), nil, follows(c)},
		{"whether it is again, too", known, change(func(c *ParticipantCheckedIn) { c.Again = true }), nil, follows(c)},
		{"is in", append(known, c), ask(c, room), nil, nil},
		{"is in, again", append(known, c, next), ask(next, room), nil, nil},
		{"is in for the day", append(known, day), ask(day, room), nil, nil},
		{"is in otherwise", append(known, c), change(func(c *ParticipantCheckedIn) { c.By = "x" }), ErrDuplicate, nil},
		{"in a session of the day", append(known, day), ask(c, room), ErrDuplicate, nil},
		{"for the day after a session", append(known, c), ask(day, room), ErrDuplicate, nil},
		{"not registered", nil, ask(c, room), ErrUnknownRef, nil},
		{"another dialogue", known, change(func(c *ParticipantCheckedIn) { c.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"by nobody", known, change(func(c *ParticipantCheckedIn) { c.By = "" }), ErrInvalidField, nil},
		{"not authorised", known, ask(c, planned()), ErrNotApproved, nil},
		{"no consent", follows(r), ask(c, room), ErrConsentMissing, nil},
		{"not all the consent", follows(r, partly), ask(c, room), ErrConsentMissing, nil},
		{"consent withdrawn", append(known, but(example[ConsentWithdrawn](), func(w *ConsentWithdrawn) { w.Scopes = []ConsentScope{DataUse} })), ask(c, room), ErrConsentMissing, nil},
		{"a session that nobody plans", known, change(func(c *ParticipantCheckedIn) { c.Session = "ss_9" }), ErrUnknownRef, nil},
		{"a closed session", known, ask(c, Fold(room, example[SessionClosed]())), ErrSessionClosed, nil},
		{"erased", append(known, example[PersonalDataErased]()), ask(c, room), ErrErased, nil},
	})

	in := Fold(ParticipantState{}, append(known, c)...)
	require.True(t, in.CheckedIn("ss_2"))
	require.False(t, in.CheckedIn("ss_3"))
	require.False(t, in.CheckedIn(""))
	require.True(t, Fold(ParticipantState{}, append(known, day)...).CheckedIn("ss_3"))
	require.Equal(t, StakeholderChamber, in.Chamber())
	require.Equal(t, "water users' associations", in.StakeholderGroup())
	require.Empty(t, ParticipantState{}.Chamber())
	require.Empty(t, ParticipantState{}.StakeholderGroup())
}

func TestPersonalDataErased(t *testing.T) {
	t.Parallel()
	r, e := example[ParticipantRegistered](), example[PersonalDataErased]()
	change := func(f func(*PersonalDataErased)) func(ParticipantState) ([]Event, error) {
		return asks(ParticipantState.Erase, but(e, f))
	}
	strata := but(e, func(e *PersonalDataErased) { e.Fields = []string{"strata"} })
	told := but(r, func(r *ParticipantRegistered) { r.AccessNeeds = Commitment{} })
	checkRulings(t, []ruling[ParticipantState]{
		{"erases", follows(r), asks(ParticipantState.Erase, e), nil, follows(e)},
		{"erases what is left", follows(r), asks(ParticipantState.Erase, strata), nil, follows(strata)},
		{"is erased", follows(r, e), asks(ParticipantState.Erase, e), nil, nil},
		{"is erased otherwise", follows(r, e), asks(ParticipantState.Erase, strata), ErrErased, nil},
		{"not registered", nil, asks(ParticipantState.Erase, e), ErrUnknownRef, nil},
		{"another dialogue", follows(r), change(func(e *PersonalDataErased) { e.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"nobody asked", follows(r), change(func(e *PersonalDataErased) { e.RequestedAt = 0 }), ErrInvalidField, nil},
		{"asked in another age", follows(r), change(func(e *PersonalDataErased) { e.RequestedAt = 1 << 52 }), ErrInvalidField, nil},
		{"on no basis", follows(r), change(func(e *PersonalDataErased) { e.LegalBasis = "" }), ErrInvalidField, nil},
		{"nothing to erase", follows(r), change(func(e *PersonalDataErased) { e.Fields = nil }), ErrErased, nil},
		{"a field that was not told", follows(told), asks(ParticipantState.Erase, e), ErrInvalidField, nil},
		{"a field twice", follows(r), change(func(e *PersonalDataErased) { e.Fields = []string{"strata", "strata"} }), ErrInvalidField, nil},
		{"not in order", follows(r), change(func(e *PersonalDataErased) { e.Fields = []string{"strata", "accessNeeds"} }), ErrInvalidField, nil},
	})
	require.NoError(t, Fold(ParticipantState{}, r).MustKnow())
	require.ErrorIs(t, Fold(ParticipantState{}, r, e).MustKnow(), ErrErased)
}

// TestDialogueIssued: a code of any session of the dialogue is one of the dialogue, and no other is.
func TestDialogueIssued(t *testing.T) {
	t.Parallel()
	root, proofs := SealCodes("dl_KE", []Pseudonym{"a", "b", "c"})
	d := Fold(Dialogue{}, append(authorised(), but(example[SessionOpened](), func(s *SessionOpened) { s.IssuedCodes, s.CodesCommitment = 3, root }))...)
	require.True(t, d.Issued("b", proofs["b"]))
	require.False(t, d.Issued("b", proofs["a"]))
	require.False(t, d.Issued("x", proofs["a"]))
	require.False(t, Fold(Dialogue{}, inSession()...).Issued("b", proofs["b"]))
	require.False(t, Dialogue{}.Issued("b", proofs["b"]))
}
