package domain

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDialogueRegister(t *testing.T) {
	t.Parallel()
	r, in, p := example[DialogueRegistered](), openEdition(), nairobi()
	change := func(f func(*DialogueRegistered)) func(Dialogue) ([]Event, error) {
		return asks3(Dialogue.Register, but(r, f), in, p)
	}
	with := func(p Partner, f func(*DialogueRegistered)) func(Dialogue) ([]Event, error) {
		return asks3(Dialogue.Register, but(r, f), in, p)
	}
	same := func(*DialogueRegistered) {}
	free := but(r, func(r *DialogueRegistered) { r.PlannedSize, r.Date = 0, "" })
	coordinator := Fold(Partner{}, PartnerAdmitted{Edition: "ed_2026", Partner: "pt_nairobi", Roles: []Role{Coordinator}, ValidFrom: "2026-01-01"})
	online := but(r, func(r *DialogueRegistered) { r.SampleType = OpenOnline })
	checkRulings(t, []ruling[Dialogue]{
		{"registers", nil, asks3(Dialogue.Register, r, in, p), nil, follows(r)},
		{"of no known size or date", nil, asks3(Dialogue.Register, free, in, p), nil, follows(free)},
		{"is registered", follows(r), asks3(Dialogue.Register, r, in, p), nil, nil},
		{"is registered, partnership ended since", follows(r), asks3(Dialogue.Register, r, in, Partner{}), nil, nil},
		{"is registered otherwise", follows(r), change(func(r *DialogueRegistered) { r.Place = "TZ" }), ErrDuplicate, nil},
		{"no id", nil, change(func(r *DialogueRegistered) { r.Dialogue = "" }), ErrInvalidID, nil},
		{"no partner", nil, change(func(r *DialogueRegistered) { r.Partner = "" }), ErrInvalidID, nil},
		{"no place", nil, change(func(r *DialogueRegistered) { r.Place = "" }), ErrInvalidField, nil},
		{"no day", nil, change(func(r *DialogueRegistered) { r.Date = "soon" }), ErrInvalidField, nil},
		{"unknown mode", nil, change(func(r *DialogueRegistered) { r.Mode = "hall" }), ErrInvalidField, nil},
		{"unknown sample type", nil, change(func(r *DialogueRegistered) { r.SampleType = "friends" }), ErrInvalidField, nil},
		{"no language", nil, change(func(r *DialogueRegistered) { r.Languages = nil }), ErrInvalidField, nil},
		{"a language in words", nil, change(func(r *DialogueRegistered) { r.Languages = []Lang{"s"} }), ErrInvalidField, nil},
		{"negative size", nil, change(func(r *DialogueRegistered) { r.PlannedSize = -1 }), ErrInvalidField, nil},
		{"edition not open", nil, asks3(Dialogue.Register, r, Edition{}, p), ErrUnknownRef, nil},
		{"in another edition", nil, change(func(r *DialogueRegistered) { r.Edition = "ed_2027" }), ErrUnknownRef, nil},
		{"partner not admitted", nil, with(Partner{}, same), ErrForbidden, nil},
		{"another partner", nil, change(func(r *DialogueRegistered) { r.Partner = "pt_mombasa" }), ErrUnknownRef, nil},
		{"partner of another place", nil, change(func(r *DialogueRegistered) { r.Place = "TZ" }), ErrForbidden, nil},
		{"agreement over", nil, change(func(r *DialogueRegistered) { r.Date = "2027-01-01" }), ErrForbidden, nil},
		{"by the coordinator", nil, with(coordinator, same), ErrForbidden, nil},
		{"open online by the coordinator", nil, asks3(Dialogue.Register, online, in, coordinator), nil, follows(online)},
		{"open online by the national partner", nil, asks3(Dialogue.Register, online, in, p), nil, follows(online)},
		{"open online by anybody", nil, asks3(Dialogue.Register, online, in, Partner{}), ErrForbidden, nil},
	})
}

func TestDialogueImported(t *testing.T) {
	t.Parallel()
	r := but(example[DialogueRegistered](), func(r *DialogueRegistered) { r.SampleType = OpenOnline })
	a := DialogueAuthorised{Dialogue: "dl_KE", Waivers: []Waiver{{WaiveProtocol, "imported", "importer"}}}
	s := SessionOpened{Dialogue: "dl_KE", Session: "talk", Chamber: CitizenChamber}
	ask := func(f func(*DialogueRegistered, *DialogueAuthorised, *SessionOpened)) func(Dialogue) ([]Event, error) {
		r, a, s := r, a, s
		f(&r, &a, &s)
		return func(d Dialogue) ([]Event, error) { return d.Imported(r, a, s, openEdition()) }
	}
	checkRulings(t, []ruling[Dialogue]{
		{"takes over", nil, ask(func(*DialogueRegistered, *DialogueAuthorised, *SessionOpened) {}), nil, follows(r, a, s)},
		{"is there", follows(r), ask(func(*DialogueRegistered, *DialogueAuthorised, *SessionOpened) {}), ErrDuplicate, nil},
		{"no edition", nil, func(d Dialogue) ([]Event, error) { return d.Imported(r, a, s, Edition{}) }, ErrUnknownRef, nil},
		{"a drawn room", nil, ask(func(r *DialogueRegistered, _ *DialogueAuthorised, _ *SessionOpened) { r.SampleType = Sortition }), ErrForbidden, nil},
		{"with codes", nil, ask(func(_ *DialogueRegistered, _ *DialogueAuthorised, s *SessionOpened) { s.IssuedCodes = 3 }), ErrForbidden, nil},
		{"with a commitment", nil, ask(func(_ *DialogueRegistered, _ *DialogueAuthorised, s *SessionOpened) {
			s.CodesCommitment = exampleDigest(1)
		}), ErrForbidden, nil},
		{"with instruments", nil, ask(func(_ *DialogueRegistered, _ *DialogueAuthorised, s *SessionOpened) {
			s.Instruments = []ArtefactRef{{"ar_wells", 3}}
		}), ErrForbidden, nil},
		{"waiver without a reason", nil, ask(func(_ *DialogueRegistered, a *DialogueAuthorised, _ *SessionOpened) {
			a.Waivers = []Waiver{{Rule: WaiveProtocol}}
		}), ErrInvalidField, nil},
		{"no session", nil, ask(func(_ *DialogueRegistered, _ *DialogueAuthorised, s *SessionOpened) { s.Session = "" }), ErrInvalidID, nil},
		{"no chamber", nil, ask(func(_ *DialogueRegistered, _ *DialogueAuthorised, s *SessionOpened) { s.Chamber = "" }), ErrInvalidField, nil},
	}, "takes over")
}

func TestDialogueQuotaPlan(t *testing.T) {
	t.Parallel()
	r, q := example[DialogueRegistered](), example[QuotaPlanSet]()
	plan := func(strata ...Stratum) QuotaPlanSet {
		return but(q, func(q *QuotaPlanSet) { q.Dimensions = []QuotaDimension{{"d", strata}} })
	}
	stratum := func(id string, num, den int64, low, high int) Stratum {
		return Stratum{id, "", RatioOf(num, den), low, high}
	}
	ask := func(q QuotaPlanSet) func(Dialogue) ([]Event, error) {
		return asks2(Dialogue.SetQuotaPlan, q, SortitionState{})
	}
	rounded := plan(stratum("a", 333, 1000, 0, 50), stratum("b", 666, 1000, 0, 50)) // 0.999
	exact := plan(stratum("a", 1, 1, 96, 96))
	checkRulings(t, []ruling[Dialogue]{
		{"sets", follows(r), ask(q), nil, follows(q)},
		{"is set", follows(r, q), ask(q), nil, nil},
		{"is set otherwise", follows(r, q), ask(exact), nil, follows(exact)},
		{"not registered", nil, ask(q), ErrUnknownRef, nil},
		{"after a session", follows(r, example[SessionOpened]()), ask(q), ErrFrozen, nil},
		{"no dimension", follows(r), ask(but(q, func(q *QuotaPlanSet) { q.Dimensions = nil })), ErrInvalidField, nil},
		{"no source", follows(r), ask(but(q, func(q *QuotaPlanSet) { q.Source = Document{} })), ErrInvalidField, nil},
		{"one thousandth away from 1", follows(r), ask(rounded), nil, follows(rounded)},
		{"more than that below", follows(r), ask(plan(stratum("a", 9989, 10000, 0, 100))), ErrQuotaInfeasible, nil},
		{"more than that above", follows(r), ask(plan(stratum("a", 10011, 10000, 0, 100))), ErrQuotaInfeasible, nil},
		{"no stratum", follows(r), ask(plan()), ErrQuotaInfeasible, nil},
		{"seats fit exactly", follows(r), ask(exact), nil, follows(exact)},
		{"too few seats", follows(r), ask(plan(stratum("a", 1, 1, 0, 95))), ErrQuotaInfeasible, nil},
		{"too many seats", follows(r), ask(plan(stratum("a", 1, 1, 97, 99))), ErrQuotaInfeasible, nil},
		{"min above max", follows(r), ask(plan(stratum("a", 1, 1, 97, 96))), ErrQuotaInfeasible, nil},
		{"negative min", follows(r), ask(plan(stratum("a", 1, 1, -1, 96))), ErrQuotaInfeasible, nil},
		{"negative share", follows(r), ask(plan(stratum("a", 2, 1, 0, 96), stratum("b", -1, 1, 0, 96))), ErrQuotaInfeasible, nil},
		{"stratum twice", follows(r), ask(plan(stratum("a", 1, 2, 0, 96), stratum("a", 1, 2, 0, 96))), ErrInvalidField, nil},
		{"stratum without id", follows(r), ask(plan(stratum("", 1, 1, 0, 96))), ErrInvalidField, nil},
	})
}

func TestDialogueAuthorise(t *testing.T) {
	t.Parallel()
	r, a := example[DialogueRegistered](), example[DialogueAuthorised]()
	a.Waivers = nil
	in, held, used := plannedEdition(), nairobi(), inUse()
	sized := func(size int, sample SampleType) []Event {
		return follows(but(r, func(r *DialogueRegistered) { r.PlannedSize, r.SampleType = size, sample }))
	}
	waiving := func(rules ...string) DialogueAuthorised {
		return but(a, func(a *DialogueAuthorised) {
			for _, rule := range rules {
				a.Waivers = append(a.Waivers, Waiver{rule, "flood", "committee"})
			}
		})
	}
	big := held
	for i := range 25 {
		big = Fold(big, TrainingCompleted{Trainee: fmt.Sprint("g", i), Role: TableFacilitator, Module: ArtefactRef{"ar_module", 1}})
	}
	ask := func(a DialogueAuthorised, in Edition) func(Dialogue) ([]Event, error) {
		return func(d Dialogue) ([]Event, error) { return d.Authorise(a, in, big, used) }
	}
	by := func(p Partner) func(Dialogue) ([]Event, error) {
		return func(d Dialogue) ([]Event, error) { return d.Authorise(a, in, p, used) }
	}
	using := func(id ArtefactID, state Artefact) func(Dialogue) ([]Event, error) {
		used := inUse()
		used[id] = state
		return func(d Dialogue) ([]Event, error) { return d.Authorise(a, in, held, used) }
	}
	only := func(as Role, n int) Partner {
		p := Fold(Partner{}, *held.Admitted())
		for i := range n {
			p = Fold(p, TrainingCompleted{Trainee: fmt.Sprint("x", i), Role: as, Module: ArtefactRef{"ar_module", 1}})
		}
		return p
	}
	v, c := wells(), but(text("ar_consent", ConsentTextArtefact), func(v *ArtefactVersionAdded) { v.Version = 2 })
	withdrawn := ArtefactWithdrawn{Artefact: "ar_wells", Version: 3, Reason: "misleading"}
	retranslated := TranslationSubmitted{Artefact: "ar_consent", Version: 2, Lang: "sw", Translator: "t"}
	without := but(a, func(a *DialogueAuthorised) { a.ConsentText = ArtefactRef{} })
	checkRulings(t, []ruling[Dialogue]{
		{"authorises", follows(r), by(held), nil, follows(a)},
		{"is authorised", follows(r, a), ask(a, in), nil, nil},
		{"is authorised, question withdrawn since", follows(r, a), using("ar_wells", Fold(approvedIn(v), withdrawn)), nil, nil},
		{"is authorised otherwise", follows(r, a), ask(waiving(WaiveSize), in), ErrDuplicate, nil},
		{"not registered", nil, ask(a, in), ErrUnknownRef, nil},
		{"protocol not frozen", follows(r), ask(a, openEdition()), ErrNotApproved, nil},
		{"protocol waived", follows(r), ask(waiving(WaiveProtocol), openEdition()), nil, follows(waiving(WaiveProtocol))},
		{"another method version", follows(r), ask(but(a, func(a *DialogueAuthorised) { a.MethodVersion = 1 }), in), ErrNotApproved, nil},
		{"50 drawn", sized(50, Sortition), ask(a, in), nil, follows(a)},
		{"200 by quota", sized(200, Quota), ask(a, in), nil, follows(a)},
		{"49 drawn", sized(49, Sortition), ask(a, in), ErrNotApproved, nil},
		{"201 by quota", sized(201, Quota), ask(a, in), ErrNotApproved, nil},
		{"49 drawn, waived", sized(49, Sortition), ask(waiving(WaiveSize), in), nil, follows(waiving(WaiveSize))},
		{"5000 online", sized(5000, OpenOnline), ask(a, in), nil, follows(a)},
		{"waiver without a reason", follows(r), ask(but(a, func(a *DialogueAuthorised) { a.Waivers = []Waiver{{WaiveSize, "", "c"}} }), in), ErrInvalidField, nil},

		{"question not approved", follows(r), using("ar_wells", Fold(Artefact{}, but(v, func(v *ArtefactVersionAdded) { v.Version = 1 }), but(v, func(v *ArtefactVersionAdded) { v.Version = 2 }), v)), ErrNotApproved, nil},
		{"question withdrawn", follows(r), using("ar_wells", Fold(approvedIn(v), withdrawn)), ErrNotApproved, nil},
		{"question unknown", follows(r), using("ar_wells", Artefact{}), ErrUnknownRef, nil},
		{"consent text not verified", follows(r), using("ar_consent", Fold(approvedIn(c), retranslated)), ErrTranslationNotVerified, nil},
		{"consent text unknown", follows(r), using("ar_consent", Artefact{}), ErrUnknownRef, nil},
		{"a song for a consent text", follows(r), using("ar_consent", approvedIn(but(c, func(v *ArtefactVersionAdded) { v.Kind = ScriptArtefact }))), ErrUnknownRef, nil},
		{"no consent text", follows(r), ask(without, in), ErrNotApproved, nil},
		{"consent text without version", follows(r), ask(but(a, func(a *DialogueAuthorised) { a.ConsentText.Version = 0 }), in), ErrInvalidField, nil},
		{"no consent text online", sized(5000, OpenOnline), ask(without, in), nil, follows(without)},
		{"nobody trained", follows(r), by(only(TableFacilitator, 12)), ErrNotTrained, nil},
		{"one table facilitator short", follows(r), by(Fold(only(TableFacilitator, 11), TrainingCompleted{Trainee: "h", Role: HeadFacilitator})), ErrNotTrained, nil},
		{"as many as are needed", follows(r), by(Fold(only(TableFacilitator, 12), TrainingCompleted{Trainee: "h", Role: HeadFacilitator})), nil, follows(a)},
		{"trained for too short a time", follows(r), by(Fold(only(TableFacilitator, 12), TrainingCompleted{Trainee: "h", Role: HeadFacilitator, ValidTo: "2026-03-13"})), ErrNotTrained, nil},
		{"nobody trained online", sized(96, OpenOnline), by(Partner{}), nil, follows(a)},
	})

	elsewhere := Fold(in, TopicAdded{Topic: "tp_else", Scope: NationalScope, Dialogue: "dl_NL"},
		SessionDefined{Session: "ss_9", Ordinal: 9, Topic: "tp_else", Kind: NationalSession, Chamber: CitizenChamber, Instruments: []Instrument{{ArtefactRef{"ar_dykes", 1}, SessionWave}}})
	checkRulings(t, []ruling[Dialogue]{{"what others ask does not matter", follows(r), ask(a, elsewhere), nil, follows(a)}})
}

func TestDialogueSessions(t *testing.T) {
	t.Parallel()
	s, c := example[SessionOpened](), example[SessionClosed]()
	in, used := plannedEdition(), inUse()
	next := but(s, func(s *SessionOpened) {
		s.Session, s.IssuedCodes, s.CodesCommitment, s.Instruments, s.PlannedMinutes = "ss_3", 0, Digest{}, s.Instruments[:1], 0
	})
	aside := but(next, func(s *SessionOpened) { s.Session, s.Chamber, s.Instruments = "ss_4", StakeholderChamber, nil })
	start := func(s SessionOpened) func(Dialogue) ([]Event, error) { return asks3(Dialogue.Open, s, in, used) }
	open := func(f func(*SessionOpened)) func(Dialogue) ([]Event, error) { return start(but(s, f)) }
	using := func(id ArtefactID, state Artefact) func(Dialogue) ([]Event, error) {
		return asks3(Dialogue.Open, s, in, map[ArtefactID]Artefact{id: state})
	}
	shut := func(c SessionClosed) func(Dialogue) ([]Event, error) {
		return func(d Dialogue) ([]Event, error) { return d.Close(c) }
	}
	opened := append(authorised(), s)
	closed := append(authorised(), s, c)
	elsewhere := Fold(in, but(example[TopicAdded](), func(p *TopicAdded) { p.Dialogue = "dl_NL" }))
	one := but(s, func(s *SessionOpened) { s.Instruments = s.Instruments[:1] })
	foreign := Fold(Artefact{}, but(wells(), func(v *ArtefactVersionAdded) { v.Artefact, v.Version = "ar_profile", 1 }))
	checkRulings(t, []ruling[Dialogue]{
		{"opens", authorised(), start(s), nil, follows(s)},
		{"opens with the edition's instruments alone", authorised(), start(one), nil, follows(one)},
		{"is open", opened, start(s), nil, nil},
		{"is open otherwise", opened, open(func(s *SessionOpened) { s.IssuedCodes = 1 }), ErrPhaseClosed, nil},
		{"was open", closed, open(func(s *SessionOpened) { s.IssuedCodes = 1 }), ErrPhaseClosed, nil},
		{"next one of the chamber", opened, start(next), ErrPhaseClosed, nil},
		{"next one after closing", closed, start(next), nil, follows(next)},
		{"one of the other chamber", opened, start(aside), nil, follows(aside)},
		{"not registered", nil, start(s), ErrUnknownRef, nil},
		{"not authorised", follows(example[DialogueRegistered]()), start(s), ErrNotApproved, nil},
		{"after certification", append(closed, example[DialogueCertified]()), start(next), ErrPhaseClosed, nil},
		{"no id", authorised(), open(func(s *SessionOpened) { s.Session = "" }), ErrInvalidID, nil},
		{"unknown chamber", authorised(), open(func(s *SessionOpened) { s.Chamber = "lords" }), ErrInvalidField, nil},
		{"not planned", authorised(), open(func(s *SessionOpened) { s.Session = "ss_8" }), ErrUnknownRef, nil},
		{"planned for another country", authorised(), asks3(Dialogue.Open, s, elsewhere, used), ErrUnknownRef, nil},
		{"planned for the other chamber", authorised(), open(func(s *SessionOpened) { s.Chamber = StakeholderChamber }), ErrChamber, nil},
		{"codes without commitment", authorised(), open(func(s *SessionOpened) { s.CodesCommitment = Digest{} }), ErrInvalidField, nil},
		{"commitment without codes", authorised(), open(func(s *SessionOpened) { s.IssuedCodes = 0 }), ErrInvalidField, nil},
		{"negative codes", authorised(), open(func(s *SessionOpened) { s.IssuedCodes, s.CodesCommitment = -1, Digest{} }), ErrInvalidField, nil},
		{"too many codes", authorised(), open(func(s *SessionOpened) { s.IssuedCodes = MaxCodes + 1 }), ErrInvalidField, nil},
		{"instrument without version", authorised(), open(func(s *SessionOpened) { s.Instruments = []ArtefactRef{{"ar_1", 0}} }), ErrInvalidField, nil},
		{"instrument twice", authorised(), open(func(s *SessionOpened) { s.Instruments = append(s.Instruments, s.Instruments[0]) }), ErrInvalidField, nil},
		{"instrument missing", authorised(), open(func(s *SessionOpened) { s.Instruments = s.Instruments[1:] }), ErrUnknownRef, nil},
		{"instrument of another version", authorised(), open(func(s *SessionOpened) { s.Instruments = []ArtefactRef{{"ar_wells", 2}} }), ErrNotApproved, nil},
		{"a national instrument that is not approved", authorised(), using("ar_profile", foreign), ErrNotApproved, nil},
		{"a national instrument that is not verified", authorised(), using("ar_profile", Fold(foreign, ArtefactApproved{Artefact: "ar_profile", Version: 1})), ErrTranslationNotVerified, nil},
		{"a national instrument in a session of all", closed, start(but(next, func(s *SessionOpened) { s.Instruments = example[SessionOpened]().Instruments })), ErrUnknownRef, nil},

		{"closes", opened, shut(c), nil, follows(c)},
		{"is closed", closed, shut(c), nil, nil},
		{"is closed otherwise", closed, shut(but(c, func(c *SessionClosed) { c.Minutes++ })), ErrSessionClosed, nil},
		{"never opened", authorised(), shut(c), ErrSessionNotOpen, nil},
		{"negative minutes", opened, shut(but(c, func(c *SessionClosed) { c.Minutes = -1 })), ErrInvalidField, nil},
		{"negative people", opened, shut(but(c, func(c *SessionClosed) { c.CheckedIn = -1 })), ErrInvalidField, nil},
	})

	require.ErrorIs(t, Dialogue{}.InSession(), ErrSessionNotOpen)
	require.NoError(t, Fold(Dialogue{}, opened...).InSession())
	require.ErrorIs(t, Fold(Dialogue{}, closed...).InSession(), ErrSessionClosed)
	require.NoError(t, Fold(Dialogue{}, append(closed, next)...).InSession(), "one session is enough")
}

func TestDialogueCertify(t *testing.T) {
	t.Parallel()
	c := but(example[DialogueCertified](), func(c *DialogueCertified) {
		c.OpenFindings, c.Accepted, c.Ballots = 0, nil, map[SessionID]int{"ss_2": 90}
	})
	closed := append(inSession(), example[SessionClosed]())
	deviated := append(closed, but(example[DeviationReported](), func(d *DeviationReported) { d.Severity = Major }))
	accepted := but(c, func(c *DialogueCertified) { c.Accepted = []Waiver{{"table-size", "one table of nine", "committee"}} })
	d := Fold(Dialogue{}, closed...)
	polls := d.Polls(plannedEdition(), inUse())
	require.Equal(t, []Poll{
		{"ss_2", PostWave, ArtefactRef{"ar_wells", 3}}, {"ss_2", PreWave, ArtefactRef{"ar_wells", 3}}, {"ss_2", SessionWave, ArtefactRef{"ar_profile", 1}},
	}, polls, "the edition's questions in its waves, the country's in the session")
	require.Equal(t, []ArtefactRef{{"ar_wells", 3}, {"ar_profile", 1}}, d.Instruments())
	require.Equal(t, []SessionID{"ss_2"}, d.Sessions())
	all := func(Poll) bool { return true }
	ask := func(f func(*DialogueCertified)) func(Dialogue) ([]Event, error) {
		return func(d Dialogue) ([]Event, error) { return d.Certify(but(c, f), polls, all, 0) }
	}
	same := func(*DialogueCertified) {}
	checkRulings(t, []ruling[Dialogue]{
		{"certifies", closed, ask(same), nil, follows(c)},
		{"is certified", append(closed, c), ask(same), nil, nil},
		{"is certified otherwise", append(closed, c), ask(func(c *DialogueCertified) { c.By = "x" }), ErrDuplicate, nil},
		{"not registered", nil, ask(same), ErrUnknownRef, nil},
		{"no session", authorised(), func(d Dialogue) ([]Event, error) { return d.Certify(c, nil, all, 0) }, ErrPhaseClosed, nil},
		{"a session is open", inSession(), ask(same), ErrPhaseClosed, nil},
		{"nobody", closed, ask(func(c *DialogueCertified) { c.By = "" }), ErrInvalidField, nil},
		{"no certificate", closed, ask(func(c *DialogueCertified) { c.Certificate = Digest{} }), ErrInvalidField, nil},
		{"negative people", closed, ask(func(c *DialogueCertified) { c.CheckedIn = -1 }), ErrInvalidField, nil},
		{"ballots of no session", closed, ask(func(c *DialogueCertified) { c.Ballots = map[SessionID]int{"ss_9": 1} }), ErrInvalidField, nil},
		{"negative ballots", closed, ask(func(c *DialogueCertified) { c.Ballots = map[SessionID]int{"ss_2": -1} }), ErrInvalidField, nil},
		{"one question not reconciled", closed, func(d Dialogue) ([]Event, error) {
			return d.Certify(c, polls, func(p Poll) bool { return p != polls[1] }, 0)
		}, ErrNotReconciled, nil},
		{"a finding is open", closed, func(d Dialogue) ([]Event, error) { return d.Certify(c, polls, all, 1) }, ErrNotReconciled, nil},
		{"a finding is said to be open", closed, ask(func(c *DialogueCertified) { c.OpenFindings = 1 }), ErrNotReconciled, nil},
		{"a major deviation", deviated, ask(same), ErrNotReconciled, nil},
		{"a major deviation, another one accepted", deviated, ask(func(c *DialogueCertified) { c.Accepted = []Waiver{{"minutes", "r", "c"}} }), ErrNotReconciled, nil},
		{"a major deviation, accepted", deviated, func(d Dialogue) ([]Event, error) { return d.Certify(accepted, polls, all, 0) }, nil, follows(accepted)},
		{"accepted without a reason", deviated, ask(func(c *DialogueCertified) { c.Accepted = []Waiver{{"table-size", "", "c"}} }), ErrInvalidField, nil},
		{"a minor deviation", append(closed, example[DeviationReported]()), ask(same), nil, follows(c)},
	})
	require.False(t, d.Certified())
	require.True(t, Fold(d, c).Certified())
	require.NotNil(t, d.Authorised())
}

func TestDialogueDeviations(t *testing.T) {
	t.Parallel()
	d := example[DeviationReported]()
	change := func(f func(*DeviationReported)) func(Dialogue) ([]Event, error) {
		return asks(Dialogue.ReportDeviation, but(d, f))
	}
	checkRulings(t, []ruling[Dialogue]{
		{"reports", inSession(), asks(Dialogue.ReportDeviation, d), nil, follows(d)},
		{"reports again", append(inSession(), d), asks(Dialogue.ReportDeviation, d), nil, follows(d)},
		{"of a closed session", append(inSession(), example[SessionClosed]()), asks(Dialogue.ReportDeviation, d), nil, follows(d)},
		{"after certification", append(inSession(), example[SessionClosed](), example[DialogueCertified]()), asks(Dialogue.ReportDeviation, d), nil, follows(d)},
		{"not registered", nil, asks(Dialogue.ReportDeviation, d), ErrUnknownRef, nil},
		{"no rule", inSession(), change(func(d *DeviationReported) { d.Rule = "" }), ErrInvalidField, nil},
		{"no words", inSession(), change(func(d *DeviationReported) { d.Description = LText{} }), ErrInvalidText, nil},
		{"unknown severity", inSession(), change(func(d *DeviationReported) { d.Severity = "grave" }), ErrInvalidField, nil},
		{"unknown session", authorised(), asks(Dialogue.ReportDeviation, d), ErrUnknownRef, nil},
	}, "reports", "reports again", "of a closed session", "after certification")
}
