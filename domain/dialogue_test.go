package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// An edition with a frozen protocol, the dialogue of the examples in it, and that dialogue in session.
func openEdition() Edition { return Fold(Edition{}, example[EditionOpened]()) }

func frozenEdition() Edition { return Fold(openEdition(), example[ProtocolFrozen]()) }

func authorised() []Event {
	a := example[DialogueAuthorised]()
	a.Waivers = nil
	return follows(example[DialogueRegistered](), a)
}

func inSession() []Event { return append(authorised(), example[SessionOpened]()) }

func TestDialogueRegister(t *testing.T) {
	t.Parallel()
	r, in := example[DialogueRegistered](), openEdition()
	change := func(f func(*DialogueRegistered)) func(Dialogue) ([]Event, error) {
		return asks2(Dialogue.Register, but(r, f), in)
	}
	free := but(r, func(r *DialogueRegistered) { r.PlannedSize, r.Date = 0, "" })
	checkRulings(t, []ruling[Dialogue]{
		{"registers", nil, asks2(Dialogue.Register, r, in), nil, follows(r)},
		{"of no known size or date", nil, asks2(Dialogue.Register, free, in), nil, follows(free)},
		{"is registered", follows(r), asks2(Dialogue.Register, r, in), nil, nil},
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
		{"edition not open", nil, asks2(Dialogue.Register, r, Edition{}), ErrUnknownRef, nil},
		{"in another edition", nil, change(func(r *DialogueRegistered) { r.Edition = "ed_2027" }), ErrUnknownRef, nil},
	})
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
	in := frozenEdition()
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
	ask := func(a DialogueAuthorised, in Edition) func(Dialogue) ([]Event, error) {
		return asks2(Dialogue.Authorise, a, in)
	}
	checkRulings(t, []ruling[Dialogue]{
		{"authorises", follows(r), ask(a, in), nil, follows(a)},
		{"is authorised", follows(r, a), ask(a, in), nil, nil},
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
	})
}

func TestDialogueSessions(t *testing.T) {
	t.Parallel()
	s, c := example[SessionOpened](), example[SessionClosed]()
	next := but(s, func(s *SessionOpened) { s.Session, s.IssuedCodes, s.CodesCommitment = "ss_3", 0, Digest{} })
	aside := but(next, func(s *SessionOpened) { s.Chamber = StakeholderChamber })
	open := func(f func(*SessionOpened)) func(Dialogue) ([]Event, error) { return asks(Dialogue.Open, but(s, f)) }
	checkRulings(t, []ruling[Dialogue]{
		{"opens", authorised(), asks(Dialogue.Open, s), nil, follows(s)},
		{"is open", inSession(), asks(Dialogue.Open, s), nil, nil},
		{"is open otherwise", inSession(), open(func(s *SessionOpened) { s.IssuedCodes = 1 }), ErrPhaseClosed, nil},
		{"was open", append(inSession(), c), open(func(s *SessionOpened) { s.IssuedCodes = 1 }), ErrPhaseClosed, nil},
		{"next one of the chamber", inSession(), asks(Dialogue.Open, next), ErrPhaseClosed, nil},
		{"next one after closing", append(inSession(), c), asks(Dialogue.Open, next), nil, follows(next)},
		{"one of the other chamber", inSession(), asks(Dialogue.Open, aside), nil, follows(aside)},
		{"not registered", nil, asks(Dialogue.Open, s), ErrUnknownRef, nil},
		{"not authorised", follows(example[DialogueRegistered]()), asks(Dialogue.Open, s), ErrNotApproved, nil},
		{"no id", authorised(), open(func(s *SessionOpened) { s.Session = "" }), ErrInvalidID, nil},
		{"unknown chamber", authorised(), open(func(s *SessionOpened) { s.Chamber = "lords" }), ErrInvalidField, nil},
		{"codes without commitment", authorised(), open(func(s *SessionOpened) { s.CodesCommitment = Digest{} }), ErrInvalidField, nil},
		{"commitment without codes", authorised(), open(func(s *SessionOpened) { s.IssuedCodes = 0 }), ErrInvalidField, nil},
		{"negative codes", authorised(), open(func(s *SessionOpened) { s.IssuedCodes, s.CodesCommitment = -1, Digest{} }), ErrInvalidField, nil},
		{"instrument without version", authorised(), open(func(s *SessionOpened) { s.Instruments = []ArtefactRef{{"ar_1", 0}} }), ErrInvalidField, nil},

		{"closes", inSession(), asks(Dialogue.Close, c), nil, follows(c)},
		{"is closed", append(inSession(), c), asks(Dialogue.Close, c), nil, nil},
		{"is closed otherwise", append(inSession(), c), asks(Dialogue.Close, but(c, func(c *SessionClosed) { c.Minutes++ })), ErrSessionClosed, nil},
		{"never opened", authorised(), asks(Dialogue.Close, c), ErrSessionNotOpen, nil},
		{"negative minutes", inSession(), asks(Dialogue.Close, but(c, func(c *SessionClosed) { c.Minutes = -1 })), ErrInvalidField, nil},
		{"negative people", inSession(), asks(Dialogue.Close, but(c, func(c *SessionClosed) { c.CheckedIn = -1 })), ErrInvalidField, nil},
	})

	require.ErrorIs(t, Dialogue{}.InSession(), ErrSessionNotOpen)
	require.NoError(t, Fold(Dialogue{}, inSession()...).InSession())
	require.ErrorIs(t, Fold(Dialogue{}, append(inSession(), c)...).InSession(), ErrSessionClosed)
	require.NoError(t, Fold(Dialogue{}, append(inSession(), c, next)...).InSession(), "one session is enough")
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
		{"not registered", nil, asks(Dialogue.ReportDeviation, d), ErrUnknownRef, nil},
		{"no rule", inSession(), change(func(d *DeviationReported) { d.Rule = "" }), ErrInvalidField, nil},
		{"no words", inSession(), change(func(d *DeviationReported) { d.Description = LText{} }), ErrInvalidText, nil},
		{"unknown severity", inSession(), change(func(d *DeviationReported) { d.Severity = "grave" }), ErrInvalidField, nil},
		{"unknown session", authorised(), asks(Dialogue.ReportDeviation, d), ErrUnknownRef, nil},
	}, "reports", "reports again", "of a closed session")
}
