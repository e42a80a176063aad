package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// approved is an artefact of one version that may be used in its source language, en.
func approved(id ArtefactID, kind ArtefactKind) Artefact {
	return Fold(Artefact{},
		ArtefactVersionAdded{Artefact: id, Version: 1, Kind: kind, SourceLang: "en", Content: exampleDigest(30), Author: "a"},
		ArtefactApproved{Artefact: id, Version: 1, Approvals: []string{"b"}, Quorum: 1})
}

// draftOnly is one that nobody has approved.
func draftOnly(id ArtefactID, kind ArtefactKind) Artefact {
	return Fold(Artefact{}, ArtefactVersionAdded{Artefact: id, Version: 1, Kind: kind, SourceLang: "en", Content: exampleDigest(30), Author: "a"})
}

// admission is the example of one that succeeds nobody.
func admission() PartnerAdmitted {
	return but(example[PartnerAdmitted](), func(a *PartnerAdmitted) { a.Succeeds = "" })
}

func TestPartnerAdmit(t *testing.T) {
	t.Parallel()
	a, in := admission(), openEdition()
	change := func(f func(*PartnerAdmitted)) func(Partner) ([]Event, error) {
		return asks3(Partner.Admit, but(a, f), in, nil)
	}
	other := func(f func(*PartnerAdmitted), after ...Event) []Partner {
		return []Partner{Fold(Partner{}, append(follows(but(but(a, func(a *PartnerAdmitted) { a.Partner = "pt_mombasa" }), f)), after...)...)}
	}
	among := func(others []Partner) func(Partner) ([]Event, error) { return asks3(Partner.Admit, a, in, others) }
	successor := but(a, func(a *PartnerAdmitted) { a.Succeeds = "pt_mombasa" })
	succeeding := func(id PartnerID, others []Partner) func(Partner) ([]Event, error) {
		return asks3(Partner.Admit, but(a, func(a *PartnerAdmitted) { a.Succeeds = id }), in, others)
	}
	same := func(*PartnerAdmitted) {}
	evaluator := but(a, func(a *PartnerAdmitted) { a.Roles, a.Place, a.ValidTo = []Role{Evaluator}, "", "" })
	checkRulings(t, []ruling[Partner]{
		{"admits", nil, among(nil), nil, follows(a)},
		{"an evaluator", nil, asks3(Partner.Admit, evaluator, in, nil), nil, follows(evaluator)},
		{"is admitted", follows(a), among(nil), nil, nil},
		{"is admitted otherwise", follows(a), change(func(a *PartnerAdmitted) { a.Name = "Else" }), ErrDuplicate, nil},
		{"no id", nil, change(func(a *PartnerAdmitted) { a.Partner = "" }), ErrInvalidID, nil},
		{"unknown kind", nil, change(func(a *PartnerAdmitted) { a.Kind = "club" }), ErrInvalidField, nil},
		{"a day in words", nil, change(func(a *PartnerAdmitted) { a.ValidFrom = "soon" }), ErrInvalidField, nil},
		{"another day in words", nil, change(func(a *PartnerAdmitted) { a.ValidTo = "never" }), ErrInvalidField, nil},
		{"no first day", nil, change(func(a *PartnerAdmitted) { a.ValidFrom = "" }), ErrInvalidField, nil},
		{"ends before it begins", nil, change(func(a *PartnerAdmitted) { a.ValidTo = "2025-12-31" }), ErrInvalidField, nil},
		{"a place in words", nil, change(func(a *PartnerAdmitted) { a.Place = "Kenya" }), ErrInvalidField, nil},
		{"edition not open", nil, asks3(Partner.Admit, a, Edition{}, nil), ErrUnknownRef, nil},
		{"another edition", nil, change(func(a *PartnerAdmitted) { a.Edition = "ed_2027" }), ErrUnknownRef, nil},
		{"no name", nil, change(func(a *PartnerAdmitted) { a.Name = "" }), ErrInvalidField, nil},
		{"no agreement", nil, change(func(a *PartnerAdmitted) { a.Agreement = Digest{} }), ErrInvalidField, nil},
		{"no role", nil, change(func(a *PartnerAdmitted) { a.Roles, a.Place = nil, "" }), ErrInvalidField, nil},
		{"unknown role", nil, change(func(a *PartnerAdmitted) { a.Roles, a.Place = []Role{"friend"}, "" }), ErrInvalidField, nil},
		{"one role twice", nil, change(func(a *PartnerAdmitted) { a.Roles = []Role{NationalPartner, NationalPartner} }), ErrInvalidField, nil},
		{"evaluates what it does", nil, change(func(a *PartnerAdmitted) { a.Roles = append([]Role{Evaluator}, a.Roles...) }), ErrConflictOfInterest, nil},
		{"national of no place", nil, change(func(a *PartnerAdmitted) { a.Place = "" }), ErrInvalidField, nil},
		{"place without being national", nil, change(func(a *PartnerAdmitted) { a.Roles = []Role{Recruiter} }), ErrInvalidField, nil},
		{"a second national partner", nil, among(other(same)), ErrConflictOfInterest, nil},
		{"after the first has ended", nil, among(other(same, PartnershipEnded{Partner: "pt_mombasa"})), nil, follows(a)},
		{"beside one of another place", nil, among(other(func(a *PartnerAdmitted) { a.Place = "TZ" })), nil, follows(a)},
		{"beside a partner of no place", nil, among(other(func(a *PartnerAdmitted) { a.Place = "" })), nil, follows(a)},
		{"as its successor", nil, succeeding("pt_mombasa", other(same)), nil, follows(successor)},
		{"as the successor of nobody", nil, succeeding("pt_mombasa", nil), ErrUnknownRef, nil},
		{"as the successor of another", nil, succeeding("pt_kisumu", other(same)), ErrConflictOfInterest, nil},
		{"as the successor of one of another place", nil, succeeding("pt_mombasa", other(func(a *PartnerAdmitted) { a.Place = "TZ" })), ErrUnknownRef, nil},
		{"as the successor of who has ended", nil, succeeding("pt_mombasa", other(same, PartnershipEnded{Partner: "pt_mombasa"})), ErrUnknownRef, nil},
		{"as the second successor", nil, succeeding("pt_mombasa", append(other(same), other(func(a *PartnerAdmitted) { a.Partner, a.Succeeds = "pt_lamu", "pt_mombasa" })...)), ErrConflictOfInterest, nil},
		{"an evaluator as a successor", nil, asks3(Partner.Admit, but(evaluator, func(a *PartnerAdmitted) { a.Succeeds = "pt_mombasa" }), in, other(same)), ErrUnknownRef, nil},
		{"beside nobody", nil, among([]Partner{{}}), nil, follows(a)},
	})
}

func TestPartnerInterests(t *testing.T) {
	t.Parallel()
	a, d := example[PartnerAdmitted](), example[InterestDeclared]()
	change := func(f func(*InterestDeclared)) func(Partner) ([]Event, error) {
		return asks(Partner.DeclareInterest, but(d, f))
	}
	later := but(d, func(d *InterestDeclared) { d.Level = NoInterest })
	checkRulings(t, []ruling[Partner]{
		{"declares", follows(a), asks(Partner.DeclareInterest, d), nil, follows(d)},
		{"has declared", follows(a, d), asks(Partner.DeclareInterest, d), nil, nil},
		{"declares anew", follows(a, d), asks(Partner.DeclareInterest, later), nil, follows(later)},
		{"declares what was before", follows(a, d, later), asks(Partner.DeclareInterest, d), nil, follows(d)},
		{"not admitted", nil, asks(Partner.DeclareInterest, d), ErrUnknownRef, nil},
		{"has ended", follows(a, example[PartnershipEnded]()), asks(Partner.DeclareInterest, d), ErrPhaseClosed, nil},
		{"unknown level", follows(a), change(func(d *InterestDeclared) { d.Level = "some" }), ErrInvalidField, nil},
		{"no words", follows(a), change(func(d *InterestDeclared) { d.Statement = LText{} }), ErrInvalidText, nil},
		{"a name, no principal", follows(a), change(func(d *InterestDeclared) { d.Person = "Faith Kamau" }), ErrInvalidField, nil},
		{"no topic", follows(a), change(func(d *InterestDeclared) { d.Topics = []TopicID{""} }), ErrInvalidID, nil},
		{"a topic twice", follows(a), change(func(d *InterestDeclared) { d.Topics = []TopicID{"a", "a"} }), ErrInvalidField, nil},
	})

	p := Fold(Partner{}, a, d)
	for _, c := range []struct {
		person   string
		topics   []TopicID
		level    InterestLevel
		declared bool
	}{
		{"f.kamau", []TopicID{"tp_wells"}, DirectInterest, true},
		{"f.kamau", []TopicID{"tp_rain", "tp_wells"}, DirectInterest, true},
		{"f.kamau", []TopicID{"tp_rain"}, NoInterest, true},
		{"f.kamau", nil, DirectInterest, true},
		{"somebody", nil, "", false},
	} {
		level, declared := p.Interest(c.person, c.topics)
		require.Equal(t, c.level, level, "%v", c)
		require.Equal(t, c.declared, declared, "%v", c)
	}
	everything := Fold(Partner{}, a, but(d, func(d *InterestDeclared) { d.Topics, d.Level = nil, IndirectInterest }))
	level, _ := everything.Interest("f.kamau", []TopicID{"tp_rain"})
	require.Equal(t, IndirectInterest, level)
}

func TestPartnerTraining(t *testing.T) {
	t.Parallel()
	a := example[PartnerAdmitted]()
	c := but(example[TrainingCompleted](), func(c *TrainingCompleted) { c.Module = ArtefactRef{"ar_facilitation", 1} })
	module := approved("ar_facilitation", GuideArtefact)
	score := func(num, den int64) *Ratio { r := RatioOf(num, den); return &r }
	change := func(f func(*TrainingCompleted)) func(Partner) ([]Event, error) {
		return asks2(Partner.CompleteTraining, but(c, f), module)
	}
	untested := but(c, func(c *TrainingCompleted) { c.Score, c.ValidTo = nil, "" })
	full := but(c, func(c *TrainingCompleted) { c.Score = score(1, 1) })
	checkRulings(t, []ruling[Partner]{
		{"trained", follows(a), asks2(Partner.CompleteTraining, c, module), nil, follows(c)},
		{"untested", follows(a), asks2(Partner.CompleteTraining, untested, module), nil, follows(untested)},
		{"full marks", follows(a), asks2(Partner.CompleteTraining, full, module), nil, follows(full)},
		{"is trained", follows(a, c), asks2(Partner.CompleteTraining, c, module), nil, nil},
		{"trained anew", follows(a, c), asks2(Partner.CompleteTraining, untested, module), nil, follows(untested)},
		{"not admitted", nil, asks2(Partner.CompleteTraining, c, module), ErrUnknownRef, nil},
		{"has ended", follows(a, example[PartnershipEnded]()), asks2(Partner.CompleteTraining, c, module), ErrPhaseClosed, nil},
		{"trains oneself", follows(a), change(func(c *TrainingCompleted) { c.Trainer = c.Trainee }), ErrSelfReview, nil},
		{"no trainee", follows(a), change(func(c *TrainingCompleted) { c.Trainee = "" }), ErrInvalidField, nil},
		{"no trainer", follows(a), change(func(c *TrainingCompleted) { c.Trainer = "" }), ErrInvalidField, nil},
		{"unknown role", follows(a), change(func(c *TrainingCompleted) { c.Role = "friend" }), ErrInvalidField, nil},
		{"more than all", follows(a), change(func(c *TrainingCompleted) { c.Score = score(11, 10) }), ErrInvalidField, nil},
		{"less than nothing", follows(a), change(func(c *TrainingCompleted) { c.Score = score(-1, 10) }), ErrInvalidField, nil},
		{"valid to some day", follows(a), change(func(c *TrainingCompleted) { c.ValidTo = "some day" }), ErrInvalidField, nil},
		{"no such module", follows(a), change(func(c *TrainingCompleted) { c.Module.Version = 2 }), ErrUnknownRef, nil},
		{"module not approved", follows(a), asks2(Partner.CompleteTraining, c, draftOnly("ar_facilitation", GuideArtefact)), ErrNotApproved, nil},
	})

	note := but(untested, func(c *TrainingCompleted) { c.Trainee, c.Role = "i.otieno", NoteTaker })
	p := Fold(Partner{}, a, c, note, but(untested, func(c *TrainingCompleted) { c.Module.ID = "ar_other" }))
	require.True(t, p.Trained("g.njeri", TableFacilitator, "2026-12-31"))
	require.True(t, p.Trained("g.njeri", TableFacilitator, "2027-01-01"), "the other module holds without an end")
	require.False(t, Fold(Partner{}, a, c).Trained("g.njeri", TableFacilitator, "2027-01-01"))
	require.False(t, p.Trained("g.njeri", NoteTaker, "2026-06-01"))
	require.Equal(t, 1, p.TrainedFor(TableFacilitator, "2026-06-01"), "two modules, one person")
	require.Equal(t, 1, p.TrainedFor(NoteTaker, "2026-06-01"))
	require.Equal(t, 0, p.TrainedFor(Coder, "2026-06-01"))
	require.Equal(t, 0, Fold(Partner{}, a, c).TrainedFor(TableFacilitator, "2027-01-01"))
}

func TestPartnershipEnds(t *testing.T) {
	t.Parallel()
	a, e := example[PartnerAdmitted](), example[PartnershipEnded]()
	successor := Fold(Partner{}, but(a, func(a *PartnerAdmitted) { a.Partner = e.ReassignTo }))
	alone := but(e, func(e *PartnershipEnded) { e.ReassignTo = "" })
	open := []DialogueID{"dl_KE"}
	change := func(f func(*PartnershipEnded)) func(Partner) ([]Event, error) {
		return asks3(Partner.EndPartnership, but(e, f), open, successor)
	}
	checkRulings(t, []ruling[Partner]{
		{"handed on", follows(a), asks3(Partner.EndPartnership, e, open, successor), nil, follows(e)},
		{"nothing to hand on", follows(a), asks3(Partner.EndPartnership, alone, nil, Partner{}), nil, follows(alone)},
		{"has ended", follows(a, e), asks3(Partner.EndPartnership, e, open, successor), nil, nil},
		{"has ended otherwise", follows(a, e), asks3(Partner.EndPartnership, alone, nil, Partner{}), ErrDuplicate, nil},
		{"not admitted", nil, asks3(Partner.EndPartnership, e, open, successor), ErrUnknownRef, nil},
		{"dialogues stay open", follows(a), asks3(Partner.EndPartnership, alone, open, Partner{}), ErrPhaseClosed, nil},
		{"no reason", follows(a), change(func(e *PartnershipEnded) { e.Reason = "" }), ErrInvalidField, nil},
		{"no time", follows(a), change(func(e *PartnershipEnded) { e.EffectiveAt = 0 }), ErrInvalidField, nil},
		{"follows itself", follows(a), change(func(e *PartnershipEnded) { e.ReassignTo = e.Partner }), ErrCycle, nil},
		{"to nobody", follows(a), asks3(Partner.EndPartnership, e, open, Partner{}), ErrUnknownRef, nil},
		{"to who has ended", follows(a), asks3(Partner.EndPartnership, e, open, Fold(successor, alone)), ErrUnknownRef, nil},
	})
}

func TestPartnerHolds(t *testing.T) {
	t.Parallel()
	a := example[PartnerAdmitted]()
	p := Fold(Partner{}, a)
	require.NoError(t, p.Holds(NationalPartner, "KE", "2026-01-01"))
	require.NoError(t, p.Holds(NationalPartner, "", "2026-12-31"))
	require.NoError(t, p.Holds(Recruiter, "TZ", ""), "only a national partner has a place")
	require.NoError(t, Fold(Partner{}, but(a, func(a *PartnerAdmitted) { a.ValidTo = "" })).Holds(Recruiter, "", "2036-01-01"))
	for name, err := range map[string]error{
		"not admitted":  Partner{}.Holds(NationalPartner, "KE", ""),
		"ended":         Fold(p, example[PartnershipEnded]()).Holds(NationalPartner, "KE", ""),
		"another role":  p.Holds(Coder, "", ""),
		"another place": p.Holds(NationalPartner, "TZ", ""),
		"too early":     p.Holds(NationalPartner, "KE", "2025-12-31"),
		"too late":      p.Holds(NationalPartner, "KE", "2027-01-01"),
	} {
		require.ErrorIs(t, err, ErrForbidden, name)
	}
}

func TestPartnerMachine(t *testing.T) {
	t.Parallel()
	a, e := admission(), example[PartnershipEnded]()
	rival := []Partner{Fold(Partner{}, but(a, func(a *PartnerAdmitted) { a.Partner = "pt_mombasa" }))}
	module := approved("ar_facilitation", GuideArtefact)
	checkMachine(t, [][]Event{nil, follows(a)}, map[string]draw[Partner]{
		"admit": func(t *rapid.T) func(Partner) ([]Event, error) {
			return asks3(Partner.Admit, but(a, func(a *PartnerAdmitted) {
				a.Name, a.Succeeds = pick(t, "name", "a", "b"), pick[PartnerID](t, "succeeds", "", "", "pt_mombasa")
			}), openEdition(), pick(t, "others", nil, nil, rival))
		},
		"declare": func(t *rapid.T) func(Partner) ([]Event, error) {
			return asks(Partner.DeclareInterest, but(example[InterestDeclared](), func(d *InterestDeclared) {
				d.Person, d.Level = pick(t, "person", "a", "b", ""), pick(t, "level", NoInterest, DirectInterest)
			}))
		},
		"train": func(t *rapid.T) func(Partner) ([]Event, error) {
			return asks2(Partner.CompleteTraining, but(example[TrainingCompleted](), func(c *TrainingCompleted) {
				c.Module.Version, c.Trainee, c.Trainer, c.ValidTo = pick(t, "version", 1, 1, 2), pick(t, "trainee", "a", "b"), pick(t, "trainer", "a", "c"), pick[Date](t, "to", "", "2026-01-01")
			}), module)
		},
		"end": func(t *rapid.T) func(Partner) ([]Event, error) {
			e := but(e, func(e *PartnershipEnded) {
				e.ReassignTo, e.Reason = pick[PartnerID](t, "to", "", "pt_mombasa"), pick(t, "reason", "a", "b", "")
			})
			return asks3(Partner.EndPartnership, e, pick(t, "open", nil, []DialogueID{"dl_KE"}), rival[0])
		},
	})
}
