package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// freshBallot is the example vote on paper, as a command: what the decision sets is not set. It comes with the proof that its code was issued.
func freshBallot() BallotCast {
	_, proofs := codes()
	proof := proofs["q7xk2"]
	return but(example[BallotCast](), func(c *BallotCast) {
		c.Pseudonym, c.Channel, c.Revision, c.Replaces, c.Table, c.Issued = "q7xk2", PaperChannel, 0, nil, "", &proof
		c.Device, c.Signature = DeviceKey{}, DeviceSignature{}
	})
}

// booth is where the example vote is cast.
func booth() Booth {
	return Booth{Dialogue: Fold(Dialogue{}, inSession()...), Edition: plannedEdition(), Question: approvedIn(wells())}
}

func TestBallotCast(t *testing.T) {
	t.Parallel()
	in := booth()
	closed := but(in, func(in *Booth) { in.Dialogue = Fold(in.Dialogue, example[SessionClosed]()) })
	c := freshBallot()
	users := Answer{Option: "users"}
	cast := func(revision int, replaces *Answer, answer Answer) BallotCast {
		return but(c, func(c *BallotCast) {
			if c.Revision, c.Replaces, c.Answer = revision, replaces, answer; revision > 1 {
				c.Issued = nil // it was shown with the first answer
			}
		})
	}
	ask := func(f func(*BallotCast)) func(Ballot) ([]Event, error) { return asks2(Ballot.Cast, but(c, f), in) }
	within := func(f func(*Booth)) func(Ballot) ([]Event, error) { return asks2(Ballot.Cast, c, but(in, f)) }
	as := func(a Answer) func(Ballot) ([]Event, error) { return ask(func(c *BallotCast) { c.Answer = a }) }
	pre := but(cast(1, nil, users), func(c *BallotCast) { c.Wave, c.Issued = PreWave, nil })
	void := but(example[BallotVoided](), func(v *BallotVoided) { v.Replaces = users })
	seated := but(cast(1, nil, users), func(c *BallotCast) { c.Table = "4" })
	once := follows(cast(1, nil, users))
	required := wells()
	required.Question.Required = true
	checkRulings(t, []ruling[Ballot]{
		{"casts", nil, as(users), nil, follows(cast(1, nil, users))},
		{"was cast", once, as(users), nil, nil},
		{"was cast, session closed since", once, asks2(Ballot.Cast, c, closed), nil, nil},
		{"was cast, question withdrawn since", once, within(func(in *Booth) {
			in.Question = Fold(in.Question, ArtefactWithdrawn{Artefact: "ar_wells", Version: 3, Reason: "r"})
		}), nil, nil},
		{"changes", once, as(Answer{Option: "state"}), nil, follows(cast(2, &users, Answer{Option: "state"}))},
		{"changes without the code", once, ask(func(c *BallotCast) { c.Answer, c.Issued = Answer{Option: "state"}, nil }), nil, follows(cast(2, &users, Answer{Option: "state"}))},
		{"takes the answer back", once, as(Answer{NonResponse: Refused}), nil, follows(cast(2, &users, Answer{NonResponse: Refused}))},
		{"sets what it was not asked to", nil, ask(func(c *BallotCast) { c.Revision, c.Replaces = 7, &users }), nil, follows(cast(1, nil, users))},
		{"in another wave", once, ask(func(c *BallotCast) { c.Wave = PreWave }), nil, follows(pre)},
		{"in the language of the source", nil, ask(func(c *BallotCast) { c.Lang = "en" }), nil, follows(but(cast(1, nil, users), func(c *BallotCast) { c.Lang = "en" }))},
		{"again after it was voided", append(once, void), as(users), nil, follows(cast(2, nil, users))},
		{"otherwise after it was voided", append(once, void), as(Answer{Option: "state"}), nil, follows(cast(2, nil, Answer{Option: "state"}))},
		{"with the number of the table", nil, ask(func(c *BallotCast) { c.Table = "4" }), nil, follows(seated)},
		{"no dialogue", nil, ask(func(c *BallotCast) { c.Dialogue = "" }), ErrInvalidID, nil},
		{"no pseudonym", nil, ask(func(c *BallotCast) { c.Pseudonym = "" }), ErrInvalidID, nil},
		{"no table", nil, ask(func(c *BallotCast) { c.Table = "a/b" }), ErrInvalidID, nil},
		{"no question", nil, ask(func(c *BallotCast) { c.Question = ArtefactRef{} }), ErrInvalidField, nil},
		{"no language", nil, ask(func(c *BallotCast) { c.Lang = "" }), ErrInvalidField, nil},
		{"unknown wave", nil, ask(func(c *BallotCast) { c.Wave = "tsunami" }), ErrInvalidField, nil},
		{"unknown channel", nil, ask(func(c *BallotCast) { c.Channel = "pigeon" }), ErrInvalidField, nil},
		{"unknown question", nil, within(func(in *Booth) { in.Question = Artefact{} }), ErrUnknownRef, nil},
		{"not on the ballot", nil, as(Answer{Option: "nobody"}), ErrInvalidAnswer, nil},
		{"no answer where one is required", nil, asks2(Ballot.Cast, cast(0, nil, Answer{NonResponse: Refused}), but(in, func(in *Booth) { in.Question = approvedIn(required) })), ErrInvalidAnswer, nil},
		{"dialogue not registered", nil, within(func(in *Booth) { in.Dialogue = Dialogue{} }), ErrUnknownRef, nil},
		{"session not open", nil, within(func(in *Booth) { in.Dialogue = Fold(Dialogue{}, authorised()...) }), ErrSessionNotOpen, nil},
		{"session closed", nil, asks2(Ballot.Cast, c, closed), ErrSessionClosed, nil},
		{"changes after closing", once, asks2(Ballot.Cast, cast(0, nil, Answer{Option: "state"}), closed), ErrSessionClosed, nil},
		{"another version", nil, ask(func(c *BallotCast) { c.Question.Version = 2 }), ErrUnknownRef, nil},
		{"not asked in the wave", nil, ask(func(c *BallotCast) { c.Wave = EvaluationWave }), ErrUnknownRef, nil},
		{"not asked in the session itself", nil, ask(func(c *BallotCast) { c.Wave = SessionWave }), ErrUnknownRef, nil},
		{"in another dialogue", nil, ask(func(c *BallotCast) { c.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"question withdrawn", nil, within(func(in *Booth) {
			in.Question = Fold(in.Question, ArtefactWithdrawn{Artefact: "ar_wells", Version: 3, Reason: "r"})
		}), ErrNotApproved, nil},
		{"in a language that nobody has verified", nil, ask(func(c *BallotCast) { c.Lang = "nl" }), ErrTranslationNotVerified, nil},
	})
}

func TestBallotCodes(t *testing.T) {
	t.Parallel()
	in, c := booth(), freshBallot()
	one := but(c, func(c *BallotCast) { c.Revision = 1 })
	_, proofs := codes()
	other, elsewhere := proofs["z9"], *c.Issued
	elsewhere.Index++
	ask := func(f func(*BallotCast)) func(Ballot) ([]Event, error) { return asks2(Ballot.Cast, but(c, f), in) }

	// The next session has the same codes, or others.
	next := func(change func(*SessionOpened)) Booth {
		s, _ := codes()
		s.Session, s.Instruments = "ss_3", s.Instruments[:1]
		change(&s)
		return but(in, func(in *Booth) { in.Dialogue = Fold(in.Dialogue, example[SessionClosed](), s) })
	}
	root, others := SealCodes("dl_KE", []Pseudonym{"q7xk2", "x"})
	proof := others["q7xk2"]
	third := but(c, func(c *BallotCast) { c.Session, c.Wave = "ss_3", SessionWave })
	bare := but(third, func(c *BallotCast) { c.Issued = nil })
	first := but(bare, func(c *BallotCast) { c.Revision = 1 })
	fresh := func(s *SessionOpened) { s.IssuedCodes, s.CodesCommitment = 2, root }
	none := func(s *SessionOpened) { s.IssuedCodes, s.CodesCommitment = 0, Digest{} }
	shown := but(first, func(c *BallotCast) { c.Issued = &proof })
	again := but(third, func(c *BallotCast) { c.Issued = &proof })
	online := but(next(none), func(in *Booth) {
		r := *in.Dialogue.registered
		r.SampleType = OpenOnline
		in.Dialogue.registered = &r
	})
	checkRulings(t, []ruling[Ballot]{
		{"shows its code", nil, ask(func(*BallotCast) {}), nil, follows(one)},
		{"shows nothing", nil, ask(func(c *BallotCast) { c.Issued = nil }), ErrCodeNotIssued, nil},
		{"shows another's code", nil, ask(func(c *BallotCast) { c.Issued = &other }), ErrCodeNotIssued, nil},
		{"shows it at another place", nil, ask(func(c *BallotCast) { c.Issued = &elsewhere }), ErrCodeNotIssued, nil},
		{"invents a code", nil, ask(func(c *BallotCast) { c.Pseudonym = "mine" }), ErrCodeNotIssued, nil},
		{"the same codes in the next session", follows(one), asks2(Ballot.Cast, bare, next(func(*SessionOpened) {})), nil, follows(first)},
		{"the same codes, shown again", follows(one), asks2(Ballot.Cast, third, next(func(*SessionOpened) {})), nil, follows(first)},
		{"other codes in the next session", follows(one), asks2(Ballot.Cast, again, next(fresh)), nil, follows(shown)},
		{"other codes, nothing shown", follows(one), asks2(Ballot.Cast, bare, next(fresh)), ErrCodeNotIssued, nil},
		{"other codes, the old one shown", follows(one), asks2(Ballot.Cast, third, next(fresh)), ErrCodeNotIssued, nil},
		{"no codes in the next session", follows(one), asks2(Ballot.Cast, bare, next(none)), ErrCodeNotIssued, nil},
		{"no codes online", nil, asks2(Ballot.Cast, third, online), nil, follows(first)},
		{"a person as a table", nil, ask(func(c *BallotCast) { c.Pseudonym = "T4" }), ErrInvalidAnswer, nil},
	})
}

func TestBallotOfTables(t *testing.T) {
	t.Parallel()
	in := booth()
	in.Question = approvedIn(but(wells(), func(v *ArtefactVersionAdded) {
		q := *v.Question
		q.Unit, v.Question = TableUnit, &q
	}))
	in.Table = Fold(Table{}, example[TableFormed]())
	c := but(freshBallot(), func(c *BallotCast) { c.Pseudonym, c.Table, c.Issued = "T4", "4", nil })
	ask := func(f func(*BallotCast)) func(Ballot) ([]Event, error) { return asks2(Ballot.Cast, but(c, f), in) }
	at := func(table Table) func(Ballot) ([]Event, error) {
		return asks2(Ballot.Cast, c, but(in, func(in *Booth) { in.Table = table }))
	}
	one := but(c, func(c *BallotCast) { c.Revision = 1 })
	day := but(example[TableFormed](), func(f *TableFormed) { f.Session = "" })
	later := but(day, func(f *TableFormed) { f.Session = "ss_3" })
	checkRulings(t, []ruling[Ballot]{
		{"a table", nil, ask(func(*BallotCast) {}), nil, follows(one)},
		{"a table of the day", nil, at(Fold(Table{}, day)), nil, follows(one)},
		{"a table of another session", nil, at(Fold(Table{}, later)), ErrUnknownRef, nil},
		{"a table that was never seated", nil, at(Table{}), ErrUnknownRef, nil},
		{"no table", nil, ask(func(c *BallotCast) { c.Table = "" }), ErrInvalidAnswer, nil},
		{"another table's name", nil, ask(func(c *BallotCast) { c.Pseudonym = "T5" }), ErrInvalidAnswer, nil},
		{"a person", nil, ask(func(c *BallotCast) { c.Pseudonym = "q7xk2" }), ErrInvalidAnswer, nil},
		{"a table with a code", nil, ask(func(c *BallotCast) { c.Issued = freshBallot().Issued }), ErrInvalidField, nil},
	})
}

func TestBallotEndorses(t *testing.T) {
	t.Parallel()
	template := approvedIn(text("ar_template", TemplateArtefact))
	v := ArtefactVersionAdded{
		Artefact: "ar_endorse", Version: 1, Kind: QuestionArtefact, SourceLang: "en", Content: exampleDigest(1), Author: "m",
		Question: &Question{Kind: Endorse, Text: In("en", "Words."), Unit: Individual, Recommendation: "rc_1", OfVersion: 1, Scale: YesNoAbstain, Template: ArtefactRef{"ar_template", 1}},
	}
	in := booth()
	in.Question, in.Template = Fold(Artefact{}, v), template // the question itself is not approved, its template is
	in.Recommendation, in.Home = Fold(RecommendationState{}, example[RecommendationDrafted](), example[EndorsementOpened]()), Home{"ed_2026", "dl_KE"}
	c := but(freshBallot(), func(c *BallotCast) {
		c.Question, c.Wave, c.Answer = ArtefactRef{"ar_endorse", 1}, EndorsementWave, Answer{Endorsement: Yes}
	})
	one := but(c, func(c *BallotCast) { c.Revision = 1 })
	ask := func(f func(*BallotCast)) func(Ballot) ([]Event, error) { return asks2(Ballot.Cast, but(c, f), in) }
	within := func(f func(*Booth)) func(Ballot) ([]Event, error) { return asks2(Ballot.Cast, c, but(in, f)) }
	called := func(f func(*EndorsementOpened)) func(Ballot) ([]Event, error) {
		return within(func(in *Booth) {
			in.Recommendation = Fold(RecommendationState{}, example[RecommendationDrafted](), but(example[EndorsementOpened](), f))
		})
	}
	checkRulings(t, []ruling[Ballot]{
		{"endorses", nil, ask(func(*BallotCast) {}), nil, follows(one)},
		{"endorses a global one", nil, within(func(in *Booth) { in.Home.Dialogue = "" }), nil, follows(one)},
		{"of another dialogue", nil, within(func(in *Booth) { in.Home.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"of another edition", nil, within(func(in *Booth) { in.Home = Home{Edition: "ed_2027"} }), ErrUnknownRef, nil},
		{"in another wave", nil, ask(func(c *BallotCast) { c.Wave = PostWave }), ErrUnknownRef, nil},
		{"off the scale", nil, ask(func(c *BallotCast) { c.Answer = Answer{Endorsement: "4"} }), ErrInvalidAnswer, nil},
		{"not called", nil, within(func(in *Booth) { in.Recommendation = Fold(RecommendationState{}, example[RecommendationDrafted]()) }), ErrPhaseClosed, nil},
		{"called before", nil, within(func(in *Booth) { in.Recommendation = Fold(in.Recommendation, example[EndorsementClosed]()) }), ErrPhaseClosed, nil},
		{"called to another version", nil, called(func(o *EndorsementOpened) { o.Version = 2 }), ErrPhaseClosed, nil},
		{"called by another question", nil, called(func(o *EndorsementOpened) { o.Question.Version = 2 }), ErrPhaseClosed, nil},
		{"called in this session", nil, called(func(o *EndorsementOpened) { o.Chambers[0].Session = "ss_2" }), nil, follows(one)},
		{"called in another session", nil, called(func(o *EndorsementOpened) { o.Chambers[0].Session = "ss_3" }), ErrUnknownRef, nil},
		{"template not approved", nil, within(func(in *Booth) { in.Template = Fold(Artefact{}, text("ar_template", TemplateArtefact)) }), ErrNotApproved, nil},
		{"template not verified", nil, ask(func(c *BallotCast) { c.Lang = "nl" }), ErrTranslationNotVerified, nil},
		{"session closed", nil, within(func(in *Booth) { in.Dialogue = Fold(in.Dialogue, example[SessionClosed]()) }), ErrSessionClosed, nil},
		{"nothing shown", nil, ask(func(c *BallotCast) { c.Issued = nil }), ErrCodeNotIssued, nil},
	})

	require.NoError(t, v.CheckEndorse(template))
	require.NoError(t, wells().CheckEndorse(Artefact{}), "other questions have no template")
	asking := func(f func(*ArtefactVersionAdded, *Question)) ArtefactVersionAdded {
		v, q := v, *v.Question
		f(&v, &q)
		v.Question = &q
		return v
	}
	for name, bad := range map[string]struct {
		v    ArtefactVersionAdded
		rule *Rejection
	}{
		"other words":      {asking(func(_ *ArtefactVersionAdded, q *Question) { q.Text = In("en", "Other words.") }), ErrInvalidAnswer},
		"another language": {asking(func(v *ArtefactVersionAdded, q *Question) { q.Text, v.SourceLang = In("nl", "Words."), "nl" }), ErrInvalidAnswer},
		"no version":       {asking(func(_ *ArtefactVersionAdded, q *Question) { q.Template.Version = 0 }), ErrInvalidField},
		"unknown version":  {asking(func(_ *ArtefactVersionAdded, q *Question) { q.Template.Version = 2 }), ErrUnknownRef},
	} {
		require.ErrorIs(t, bad.v.CheckEndorse(template), bad.rule, name)
	}
	require.ErrorIs(t, v.CheckEndorse(Fold(Artefact{}, text("ar_template", TemplateArtefact))), ErrNotApproved)
	require.ErrorIs(t, v.CheckEndorse(approvedIn(text("ar_template", ScriptArtefact))), ErrUnknownRef)
}

func TestBallotVoid(t *testing.T) {
	t.Parallel()
	cast := but(freshBallot(), func(c *BallotCast) { c.Revision = 1 })
	v := but(example[BallotVoided](), func(v *BallotVoided) { v.Replaces = Answer{} })
	voided := but(v, func(v *BallotVoided) { v.Replaces = cast.Answer })
	own := but(v, func(v *BallotVoided) { v.Reason, v.By, v.SecondBy = Withdrawal, "q7xk2", "" })
	open := Fold(Dialogue{}, inSession()...)
	from := func(v BallotVoided, counted Tally, in Dialogue) func(Ballot) ([]Event, error) {
		return asks3(Ballot.Void, v, counted, in)
	}
	void := func(v BallotVoided) func(Ballot) ([]Event, error) { return from(v, Tally{}, open) }
	settled := func(f func(*TallyReconciled)) Tally {
		return Fold(Tally{}, but(example[TallyReconciled](), func(r *TallyReconciled) {
			r.Dialogue, r.Session, r.Wave, r.Question = v.Dialogue, v.Session, v.Wave, v.Question
			f(r)
		}))
	}
	same := func(*TallyReconciled) {}
	ask := func(f func(*BallotVoided)) func(Ballot) ([]Event, error) { return void(but(v, f)) }
	again := but(cast, func(c *BallotCast) { c.Revision, c.Answer = 2, Answer{Option: "state"} })
	once := follows(cast)
	checkRulings(t, []ruling[Ballot]{
		{"voids", once, void(v), nil, follows(voided)},
		{"is void", follows(cast, voided), void(v), nil, nil},
		{"is void otherwise", follows(cast, voided), ask(func(v *BallotVoided) { v.Reason = Illegible }), ErrUnknownRef, nil},
		{"voids the next answer", follows(cast, voided, again), void(v), nil, follows(but(v, func(v *BallotVoided) { v.Replaces = again.Answer }))},
		{"withdraws alone", once, void(own), nil, follows(but(own, func(v *BallotVoided) { v.Replaces = cast.Answer }))},
		{"sets what it was not asked to", once, ask(func(v *BallotVoided) { v.Replaces = Answer{Option: "state"} }), nil, follows(voided)},
		{"another wave is reconciled", once, from(v, settled(func(r *TallyReconciled) { r.Wave = PreWave }), open), nil, follows(voided)},
		{"another version is reconciled", once, from(v, settled(func(r *TallyReconciled) { r.Question.Version++ }), open), nil, follows(voided)},
		{"is reconciled", once, from(v, settled(same), open), ErrFrozen, nil},
		{"is reconciled, and withdrawn", once, from(own, settled(same), open), ErrFrozen, nil},
		{"is void and reconciled", follows(cast, voided), from(v, settled(same), certified()), nil, nil},
		{"is certified", once, from(v, Tally{}, certified()), ErrPhaseClosed, nil},
		{"nothing cast", nil, void(v), ErrUnknownRef, nil},
		{"nothing cast in that wave", once, ask(func(v *BallotVoided) { v.Wave = PreWave }), ErrUnknownRef, nil},
		{"unknown reason", once, ask(func(v *BallotVoided) { v.Reason = "taste" }), ErrInvalidField, nil},
		{"no question", once, ask(func(v *BallotVoided) { v.Question = ArtefactRef{} }), ErrInvalidField, nil},
		{"nobody", once, ask(func(v *BallotVoided) { v.By = "" }), ErrInvalidField, nil},
		{"one clerk", once, ask(func(v *BallotVoided) { v.SecondBy = "" }), ErrSameClerk, nil},
		{"one clerk twice", once, ask(func(v *BallotVoided) { v.SecondBy = v.By }), ErrSameClerk, nil},
	})
}

// TestBallotNumbers walks one answer through its life: revisions never repeat, and Replaces is what stood.
func TestBallotNumbers(t *testing.T) {
	t.Parallel()
	in := booth()
	b := Ballot{}
	cast := func(option OptionID) BallotCast {
		c := freshBallot()
		c.Answer = Answer{Option: option}
		events, err := b.Cast(c, in)
		require.NoError(t, err)
		require.Len(t, events, 1)
		b = Fold(b, events...)
		return events[0].(BallotCast)
	}
	void := func() BallotVoided {
		events, err := b.Void(example[BallotVoided](), Tally{}, in.Dialogue)
		require.NoError(t, err)
		require.Len(t, events, 1)
		b = Fold(b, events...)
		return events[0].(BallotVoided)
	}
	state, users := Answer{Option: "state"}, Answer{Option: "users"}
	for i, c := range []BallotCast{cast("state"), cast("users"), cast("state")} {
		require.Equal(t, i+1, c.Revision)
		require.Equal(t, []*Answer{nil, &state, &users}[i], c.Replaces)
	}
	require.Equal(t, state, void().Replaces)
	c := cast("users")
	require.Equal(t, 4, c.Revision)
	require.Nil(t, c.Replaces, "what is void is not replaced")
	require.Equal(t, users, void().Replaces)
	require.Equal(t, 5, cast("users").Revision)
}
